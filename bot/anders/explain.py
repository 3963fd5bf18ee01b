"""Why somebody was chosen, in one sentence that a person can check: it quotes the telling line of their evidence."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from babel.dates import format_date

from bot.anders.choose import Ranked
from bot.anders.evidence import Evidence
from bot.anders.words import shared_runs
from bot.locale import texts
from bot.model import EvidenceKind, Ref

_LONGEST = 80
_LEAST = 12
"""Letters and digits of a line that can tell something: "hi all," cannot."""
_READ = 2_000  # characters
_ENDS = re.compile(r"\n+|(?<=[.!?…])\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What the reader may see of an item: what it is about, in which channel (no "#"), when, and the question that
    it answered, "" when it answered none or the reader may not see that."""

    about: str
    channel: str
    at: datetime
    answered: str = ""


Describe = Callable[[Ref], Described | None]
"""None for what the reader may not see (any more)."""


def explain(
    ranked: Ranked,
    lang: str,
    describe: Describe,
    *,
    question: str = "",
    name: str | None = None,
    now: datetime | None = None,
) -> str:
    """One sentence for the first evidence that `describe` shows; "" when it shows none: then say nothing.

    It quotes the line that has most in common with `question`. With `name` it speaks of that person, without to
    them. With `now` a month of long ago gets its year.
    """
    return reason(ranked.why, lang, describe, question=question, name=name, now=now)


def reason(
    why: Iterable[Evidence],
    lang: str,
    describe: Describe,
    *,
    question: str = "",
    name: str | None = None,
    now: datetime | None = None,
) -> str:
    """As `explain`, from evidence that was kept."""
    for evidence in why:
        if evidence.kind is EvidenceKind.OFFER:
            return _pattern(evidence.kind, lang, them=name is not None).format(name=name, domain=evidence.domain or "")
        item = describe(evidence.item) if evidence.item is not None else None
        if item is not None:
            return _sentence(evidence.kind, item, lang, question, name, now)
    return ""


def _sentence(
    kind: EvidenceKind, item: Described, lang: str, question: str, name: str | None, now: datetime | None
) -> str:
    about = short(telling(item, question))
    pattern = _pattern(kind, lang, them=name is not None)
    return pattern.format(name=name, about=about, channel=item.channel, month=_month(item.at, lang, now))


def telling(item: Described, question: str) -> str:
    """The line of an item, or of the question it answered, that has most runs of letters in common with `question`
    for its length; the first line that says anything when none has."""
    lines = _lines(item.about)
    every = [*lines, *_lines(item.answered)]
    best = max(every, key=lambda line: shared_runs(question, line), default="")
    return best if shared_runs(question, best) > 0 else next(iter(lines), item.about)


def _lines(text: str) -> list[str]:
    """Its sentences that can tell something."""
    lines = [line.strip(" >*-•\t") for line in _ENDS.split(text[:_READ])]
    return [line for line in lines if sum(map(str.isalnum, line)) >= _LEAST]


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
