"""`help`: what Ander does and which words it knows."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.commands.asked import Asked
from bot.commands.reply import Reply, say
from bot.commands.words import nearest, split, taught
from bot.locale import texts
from bot.outgoing import Heading
from bot.quoting import shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """One word of Ander's, in one language: what it does, and what follows it: in capitals what has to, else an example
    of what may; "" when nothing does."""

    word: str
    meaning: str
    follows: str = ""


def described(lang: str) -> list[Described]:
    """Everybody's words, for platforms that show them while somebody types."""
    guide = (taught("help", lang), texts(lang).gettext("What you can ask me"))
    return [_described(usage, meaning) for usage, meaning in (guide, *_everybody(lang))]


def _described(usage: str, meaning: str) -> Described:
    _command, follows = split(usage)
    return Described(word=usage.removesuffix(follows).strip(), meaning=meaning, follows=follows)


async def answer(asked: Asked) -> Reply:
    """Everybody's words; a facilitator also sees theirs."""
    _ = texts(asked.lang).gettext
    looks_after = any(asked.person.id in c.facilitators for c in (await asked.tx.communities()).values())
    return say(
        asked.lang,
        Heading(text=_("What you can ask me")),
        _list(_everybody(asked.lang)),
        *(_for_facilitators(asked.lang) if looks_after else ()),
        _("I read along quietly. 📚 on a message keeps it as know-how, ✅ marks an answer, 🚫 undoes a filing."),
        private=looks_after,
    )


def _for_facilitators(lang: str) -> tuple[Heading, str]:
    return Heading(text=texts(lang).gettext("For you as a facilitator")), _list(_facilitators(lang))


def _list(lines: Sequence[tuple[str, str]]) -> str:
    return "\n".join(f"`{word}` — {meaning}" for word, meaning in lines)


def _everybody(lang: str) -> list[tuple[str, str]]:
    _ = texts(lang).gettext
    return [
        (_("search WORDS"), _("what colleagues asked and knew; add domain:X, in:#channel, since:30d or open")),
        ("open", _("questions that wait for an answer, those in your domains first")),
        (_("domains"), _("what the communities care about")),
        (_("offer DOMAIN"), _("you would like to help others with this")),
        (_("me"), _("your settings: invitations, how many, quiet hours, language")),
        (_("pause 2w"), _("no invitations for two weeks; pause off ends it")),
        (_("link"), _("you have an account elsewhere too: make them one to me")),
        (_("my-data"), _("everything I keep about you, as a file")),
        (_("forget-me"), _("wipe all of it; I ask once more first")),
        (_("leave me out"), _("I keep nothing you write from now on; read me again turns it back")),
    ]


def _facilitators(lang: str) -> list[tuple[str, str]]:
    _ = texts(lang).gettext
    return [
        (_("report"), _("how your community learned last week")),
        (_("domain add|rename|merge|describe"), _("look after the domains")),
        (_("invite QUESTION"), _("look for somebody from outside now; in the thread itself invite is enough")),
        (_("history 30d"), _("read back what was said in a channel before I came")),
        (_("settings"), _("the community's language, time zone and hours")),
    ]


def unknown(asked: Asked) -> Reply:
    """A word we do not know: say what may have been meant, never silence."""
    _ = texts(asked.lang).gettext
    near = nearest(asked.words, asked.lang)
    said = shown(asked.words, 60).replace("`", "'")
    if near:
        return say(
            asked.lang,
            _("I don't know “{said}”. Did you mean `{near}`? `help` shows all my words.").format(said=said, near=near),
            private=False,
        )
    if len(asked.words.split()) > 2:
        return say(
            asked.lang,
            _("Shall I look that up? Say `search {said}`. `help` shows all my words.").format(said=said),
            private=False,
        )
    return say(asked.lang, _("I don't know “{said}”. `help` shows all my words.").format(said=said), private=False)
