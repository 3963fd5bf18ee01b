"""Why somebody was chosen, in one sentence that a person can check."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from babel.dates import format_date

from bot.anders.choose import Ranked
from bot.anders.evidence import Evidence
from bot.locale import texts
from bot.model import EvidenceKind, Ref

_LONGEST = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What the reader may see of an item: what it is about, in which channel (no "#"), and when."""

    about: str
    channel: str
    at: datetime


Describe = Callable[[Ref], Described | None]
"""None for what the reader may not see (any more)."""


def explain(
    ranked: Ranked, lang: str, describe: Describe, *, name: str | None = None, now: datetime | None = None
) -> str:
    """One sentence for the first evidence that `describe` shows; "" when it shows none: then say nothing.

    With `name` it speaks of that person, without to them. With `now` a month of long ago gets its year.
    """
    return reason(ranked.why, lang, describe, name=name, now=now)


def reason(
    why: Iterable[Evidence],
    lang: str,
    describe: Describe,
    *,
    name: str | None = None,
    now: datetime | None = None,
) -> str:
    """As `explain`, from evidence that was kept."""
    for evidence in why:
        sentence = _sentence(evidence, lang, describe, name, now)
        if sentence:
            return sentence
    return ""


def _sentence(evidence: Evidence, lang: str, describe: Describe, name: str | None, now: datetime | None) -> str:
    pattern = _pattern(evidence.kind, lang, them=name is not None)
    if evidence.kind is EvidenceKind.OFFER:
        return pattern.format(name=name, domain=evidence.domain or "")
    item = describe(evidence.item) if evidence.item is not None else None
    if item is None:
        return ""
    return pattern.format(name=name, about=short(item.about), channel=item.channel, month=_month(item.at, lang, now))


def _month(at: datetime, lang: str, now: datetime | None) -> str:
    old = now is not None and now - at > timedelta(days=300)
    return format_date(at.date(), "LLLL y" if old else "LLLL", locale="nl" if lang == "nl" else "en")


def _pattern(kind: EvidenceKind, lang: str, *, them: bool) -> str:
    _ = texts(lang).gettext
    match kind:
        case EvidenceKind.OFFER:
            return _("{name} offered to help with {domain}.") if them else _("You offered to help with {domain}.")
        case EvidenceKind.KNOW_HOW:
            if them:
                return _("{name} shared “{about}” in #{channel} in {month}.")
            return _("You shared “{about}” in #{channel} in {month}.")
        case EvidenceKind.HELPFUL:
            if them:
                return _("{name} helped somebody with “{about}” in #{channel} in {month}.")
            return _("You helped somebody with “{about}” in #{channel} in {month}.")
        case _:
            if them:
                return _("{name} explained “{about}” in #{channel} in {month}.")
            return _("You explained “{about}” in #{channel} in {month}.")


def short(text: str, longest: int = _LONGEST) -> str:
    """The first line of a text, cut at a word where it is too long."""
    line = " ".join(text.split("\n", 1)[0].split())
    if len(line) <= longest:
        return line
    return line[:longest].rsplit(" ", 1)[0].rstrip(",;:.") + "…"
