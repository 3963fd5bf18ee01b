"""`me`, `pause`, `leave me out` and `read me again`: what somebody chose for themselves."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from babel.dates import format_date

from bot.accounts import wish
from bot.anders.hours import clock
from bot.buttons import ChangeSettings, button
from bot.commands.asked import Asked
from bot.commands.reply import Reply, say
from bot.errors import InputError
from bot.language import language
from bot.locale import texts
from bot.model import Person
from bot.outgoing import Buttons, Choice, Field, Form, Heading

ON, OFF = ("on", "aan", "yes", "ja"), ("off", "uit", "no", "nee")
_MOST_PER_WEEK = 5
_YEAR = timedelta(days=366)
_SPAN = re.compile(r"(\d{1,3})\s*(d|w|m|day|days|dag|dagen|week|weeks|weken|month|months|maand|maanden)")
_HOURS = re.compile(r"(\S+?)\s*(?:-|–|to|tot|until)\s*(\S+)")


async def answer(asked: Asked) -> Reply:
    """Show the settings, or change the one that is named."""
    what, _space, rest = asked.words.strip().partition(" ")
    name = _NAMES.get(what.lower())
    return show(asked) if name is None else await change(asked, {name: rest})


def show(asked: Asked, person: Person | None = None) -> Reply:
    """The settings as they are, and how to change each."""
    person = person or asked.person
    _ = texts(asked.lang).gettext
    lines = [
        _("• invitations: {state} — `me invitations on|off`").format(state=_state(asked, person)),
        _("• at most {n} a week — `me per-week 1`").format(n=_limit(asked, person)),
        _("• quiet hours: {hours} — `me quiet 12:00-13:30`").format(hours=_hours(asked, person)),
        _("• language: {lang} — `me language nl|en`").format(lang=_tongue(asked)),
        _("• reading: {state} — `leave me out` or `read me again`").format(state=_reading(asked, person)),
    ]
    change = button(_("Change"), ChangeSettings(), form=_form(asked, person))
    return say(asked.lang, Heading(text=_("Your settings")), "\n".join(lines), Buttons(buttons=(change,)))


def _form(asked: Asked, person: Person) -> Form:
    """The same, to fill in; `change` reads what comes back."""
    _ = texts(asked.lang).gettext
    quiet = f"{person.quiet_from}-{person.quiet_to}" if person.quiet_from and person.quiet_to else ""
    numbers = tuple(Choice(label=str(n), value=str(n)) for n in range(_MOST_PER_WEEK + 1))
    return Form(
        title=_("Your settings"),
        submit=_("Keep"),
        fields=(
            Field(
                name="invitations",
                label=_("May I invite you to questions from elsewhere?"),
                value="on" if person.invitations else "off",
                choices=(Choice(label=_("Yes"), value="on"), Choice(label=_("No"), value="off")),
            ),
            Field(
                name="per-week", label=_("At most so often a week"), value=str(_limit(asked, person)), choices=numbers
            ),
            Field(name="quiet", label=_("Quiet hours"), value=quiet, hint=_("Like 12:00-13:30; empty for none")),
            Field(
                name="language",
                label=_("Language"),
                value=asked.lang,
                choices=(Choice(label="Nederlands", value="nl"), Choice(label="English", value="en")),
            ),
        ),
    )


def _state(asked: Asked, person: Person) -> str:
    _ = texts(asked.lang).gettext
    if person.paused_until and person.paused_until > asked.now:
        return _("paused until {day}").format(day=_day(asked, person.paused_until))
    return _("on") if person.invitations else _("off")


def _limit(asked: Asked, person: Person) -> int:
    return asked.world.config.anders.per_week if person.per_week is None else person.per_week


def _hours(asked: Asked, person: Person) -> str:
    if person.quiet_from and person.quiet_to:
        return f"{person.quiet_from}–{person.quiet_to}"
    return texts(asked.lang).gettext("none, apart from evenings and weekends")


def _tongue(asked: Asked) -> str:
    return "Nederlands" if asked.lang == "nl" else "English"


def _reading(asked: Asked, person: Person) -> str:
    _ = texts(asked.lang).gettext
    return _("I keep nothing you write") if person.opted_out_at else _("I keep what you teach")


def _day(asked: Asked, moment: datetime) -> str:
    return format_date(moment.astimezone(_zone(asked)).date(), "d MMMM", locale=asked.lang)


def _zone(asked: Asked) -> ZoneInfo:
    known = asked.person.timezone or (asked.community.timezone if asked.community else None)
    try:
        return ZoneInfo(known or "Europe/Amsterdam")
    except (KeyError, ValueError, OSError):
        return ZoneInfo("Europe/Amsterdam")


# ── changing them ─────────────────────────────────────────────────────────────────────────────────────────────


async def change(asked: Asked, answers: Mapping[str, str]) -> Reply:
    """Take over what was said of some settings, by the names of `_SETTINGS`. What cannot be understood is answered
    with how to say it; the rest is kept. A setting that is not named stays as it is."""
    person, unclear = asked.person, []
    for name, setting in _SETTINGS.items():
        if name in answers:
            changed = setting.read(person, answers[name].strip().lower())
            person = changed or person
            unclear += [] if changed else [setting.usage(asked.lang)]
    person = await wish(asked.tx, asked.person, **{name: getattr(person, name) for name in _CHANGED})
    if unclear:
        return say(asked.lang, *unclear)
    return show(replace(asked, person=person, lang=language(person, asked.community)))


_CHANGED = ("invitations", "per_week", "quiet_from", "quiet_to", "lang")
"""The fields of Person that the settings are about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Setting:
    """`read` makes the person with the setting as the words say, None when they cannot be understood; `usage` says
    in a language how to say it."""

    words: tuple[str, ...]
    read: Callable[[Person, str], Person | None]
    usage: Callable[[str], str]


def _invitations(person: Person, words: str) -> Person | None:
    return replace(person, invitations=words in ON) if words in ON + OFF else None


def _per_week(person: Person, words: str) -> Person | None:
    allowed = words.isdecimal() and int(words) <= _MOST_PER_WEEK
    return replace(person, per_week=int(words)) if allowed else None


def _quiet(person: Person, words: str) -> Person | None:
    if not words or words in OFF:
        return replace(person, quiet_from=None, quiet_to=None)
    found = _HOURS.fullmatch(words)
    try:
        hours = [clock(side).strftime("%H:%M") for side in found.groups()] if found else []
    except InputError:
        hours = []
    if not hours or hours[0] == hours[1]:
        return None
    return replace(person, quiet_from=hours[0], quiet_to=hours[1])


def _language(person: Person, words: str) -> Person | None:
    lang = {"nl": "nl", "nederlands": "nl", "dutch": "nl", "en": "en", "english": "en", "engels": "en"}.get(words)
    return replace(person, lang=lang) if lang else None


def _how_to_invite(lang: str) -> str:
    return texts(lang).gettext("Write `me invitations on` or `me invitations off`.")


def _how_many(lang: str) -> str:
    _ = texts(lang).gettext
    return _("Write a number from 0 to {most}, like `me per-week 1`.").format(most=_MOST_PER_WEEK)


def _how_quiet(lang: str) -> str:
    return texts(lang).gettext("Write two times, like `me quiet 12:00-13:30`, or `me quiet off`.")


def _which_language(lang: str) -> str:
    return texts(lang).gettext("I speak Dutch and English: `me language nl` or `me language en`.")


_SETTINGS: Mapping[str, _Setting] = MappingProxyType(
    {
        "invitations": _Setting(words=("invitations", "uitnodigingen"), read=_invitations, usage=_how_to_invite),
        "per-week": _Setting(words=("per-week", "perweek", "max"), read=_per_week, usage=_how_many),
        "quiet": _Setting(words=("quiet", "stil"), read=_quiet, usage=_how_quiet),
        "language": _Setting(words=("language", "lang", "taal"), read=_language, usage=_which_language),
    }
)
_NAMES = {word: name for name, setting in _SETTINGS.items() for word in setting.words}


# ── pausing ───────────────────────────────────────────────────────────────────────────────────────────────────


async def pause(asked: Asked) -> Reply:
    """No invitations for a while ("2w", "3 dagen", "2026-08-31"; a week when nothing is said), or again."""
    _ = texts(asked.lang).gettext
    words = asked.words.strip().lower()
    if words in OFF or words == "stop":
        await wish(asked.tx, asked.person, paused_until=None)
        return say(asked.lang, _("Welcome back: I may ask you again."))
    until = _until(words or "1w", asked)
    if until is None:
        return say(asked.lang, _("For how long? Like `pause 3d`, `pause 2w` or `pause 2026-08-31`; a year at most."))
    await wish(asked.tx, asked.person, paused_until=until)
    return say(asked.lang, _("No invitations until {day}. `pause off` ends it sooner.").format(day=_day(asked, until)))


def _until(words: str, asked: Asked) -> datetime | None:
    found = _SPAN.fullmatch(words)
    if found:
        days = {"d": 1, "w": 7, "m": 30}[found[2][0]] * int(found[1])
        until = asked.now + timedelta(days=days)
    else:
        try:
            until = datetime.combine(date.fromisoformat(words), time(0), _zone(asked)).astimezone(asked.now.tzinfo)
        except ValueError:
            return None
    return until if asked.now < until <= asked.now + _YEAR else None


# ── being read ────────────────────────────────────────────────────────────────────────────────────────────────


async def leave_out(asked: Asked) -> Reply:
    """In force before the next message is stored."""
    _ = texts(asked.lang).gettext
    await wish(asked.tx, asked.person, opted_out_at=asked.person.opted_out_at or asked.now)
    return say(
        asked.lang,
        _("From now on I keep nothing you write, and I will not ask you anything."),
        _("What I kept before is still there: `forget-me` wipes that too. `read me again` turns this back."),
    )


async def read_again(asked: Asked) -> Reply:
    """The opposite; whoever was forgotten stays so."""
    if await asked.tx.forgotten([asked.person.id]):
        sorry = texts(asked.lang).gettext("You asked me to forget you, and that stays so: I don't read along with you.")
        return say(asked.lang, sorry)
    await wish(asked.tx, asked.person, opted_out_at=None)
    return say(asked.lang, texts(asked.lang).gettext("Good to have you: from now on I read along with you again."))
