"""What Ander says of its own accord: warm, short, and only when somebody is helped by it.

Pure functions from names, quotes and reasons to a Body in one language. Quotes come from `bot.quoting.quote`, so
that what people wrote is safe to show; the sentences in `why` come from `bot.anders`, which names only what the
reader may see.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.anders.invitation import Step
from bot.buttons import Choice, ConsentChoice, InvitationChoice, SuggestionChoice, TellChoice, button
from bot.locale import texts
from bot.model import Community, InvitationId, Occasion, Ref
from bot.outgoing import Body, BodyPart, Button, Buttons, File, Form, Heading, Quote, Text
from bot.quoting import name, shown

HELLO = "👋"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """One suggestion for the facilitator: what to do, and the one click that does it (None: nothing to press)."""

    text: str
    label: str = ""
    choice: Choice | None = None


def channel_notice(community: Community, retention_days: int) -> Body:
    """Stands in a channel, pinned, before Ander reads anything there. `retention_days` 0: messages are kept."""
    lang = community.lang
    _ = texts(lang).gettext
    return _say(
        lang,
        Heading(text=_("{hello} I am Ander, and from now on I read along here").format(hello=HELLO)),
        Text(
            text=_(
                "I keep the questions you ask, the answers you give and what you know, so that a colleague finds "
                "them later. When nobody here has an answer, I look for somebody outside this group who may. "
                "Apart from that I keep quiet."
            )
        ),
        Text(text=_guarded(lang)),
        Text(text=_kept(lang, retention_days)),
        Text(
            text=_(
                "Rather not? Say `leave me out` to me: from then on I keep nothing you write. `my-data` shows "
                "what I know about you, `forget-me` wipes it, `help` shows the rest."
            )
        ),
    )


def _guarded(lang: str) -> str:
    _ = texts(lang).gettext
    return _(
        "Only who may read this channel can find what is said here. Passwords, tokens, bank and citizen numbers "
        "are masked before anything is stored. I judge nobody's mood and rank nobody."
    )


def _kept(lang: str, days: int) -> str:
    _ = texts(lang).gettext
    if not days:
        return _("Messages and questions stay until somebody removes them.")
    counted = texts(lang).ngettext(
        "Messages are forgotten after {n} day; a question with its answers stays until somebody removes it.",
        "Messages are forgotten after {n} days; a question with its answers stays until somebody removes it.",
        days,
    )
    return counted.format(n=days)


def already_asked(lang: str, *, question: Ref, earlier: Quote, answer: Quote | None, aloud: bool = False) -> Body:
    """To the asker alone, or `aloud` in their thread: somebody asked this before. `earlier` must carry its `ref`."""
    _ = texts(lang).gettext
    if earlier.ref is None:
        raise ValueError("the earlier question must carry its reference")
    choose = SuggestionChoice(helped=True, question=question, earlier=earlier.ref)
    other = SuggestionChoice(helped=False, question=question, earlier=earlier.ref)
    return _say(
        lang,
        Text(
            text=_("This looks like a question that was answered before.")
            if aloud
            else _("This looks like a question that was answered before. Only you see this.")
        ),
        earlier,
        *((Text(text=_("The answer then:")), answer) if answer else ()),
        _choice(button(_("This helped"), choose), button(_("Not the same"), other)),
    )


def consent_request(lang: str, *, question: Ref, shared: Quote) -> Body:
    """To the asker alone, once: may the question leave its channel? `shared` is all that would be shown."""
    _ = texts(lang).gettext
    return _say(
        lang,
        Text(
            text=_(
                "Nobody has answered your question in {channel} yet. Somebody elsewhere may know, but cannot read "
                "along there, so I ask you first. This is exactly what I would show, to one person at a time:"
            ).format(channel=shared.channel or _("the channel"))
        ),
        shared,
        Text(text=_("If you say no, or nothing, it stays where it is.")),
        _choice(
            button(_("Yes, ask around"), ConsentChoice(granted=True, question=question), form=_consent(lang, shared)),
            button(_("No, keep it here"), ConsentChoice(granted=False, question=question)),
        ),
    )


def _consent(lang: str, shared: Quote) -> Form:
    """Once more, before it leaves the channel: what exactly."""
    _ = texts(lang).gettext
    return Form(
        title=_("May I ask around?"),
        submit=_("Yes, show this"),
        parts=(Text(text=_("This is all that one person at a time would see:")), shared),
    )


def invitation(
    lang: str,
    *,
    invitation: InvitationId,
    question: Quote,
    asker: str,
    community: str,
    why: str,
    occasion: Occasion = Occasion.QUESTION,
) -> Body:
    """To the ander, in a direct message. `why`: the sentence with evidence by which they were chosen."""
    _ = texts(lang).gettext
    opening = {
        Occasion.QUESTION: _("{hello} {asker} of {community} is stuck on something you may know about:"),
        Occasion.MOMENT: _("{hello} {community} talked a lot about this. {asker} began with:"),
    }[occasion]
    wish = {
        Occasion.QUESTION: _("A few words are enough, and no is fine too: nobody will know."),
        Occasion.MOMENT: _("What do you see that they do not? A few words are enough, and no is fine too."),
    }[occasion]
    return _say(
        lang,
        Text(text=opening.format(hello=HELLO, asker=name(asker), community=name(community))),
        question,
        Text(text=_("Why you? {why}").format(why=shown(why))),
        Text(text=wish),
        invitation_buttons(lang, invitation),
    )


def invitation_buttons(lang: str, invitation: InvitationId) -> Buttons:
    """The five things an ander can say to an invitation."""
    _ = texts(lang).gettext

    def choice(step: Step) -> InvitationChoice:
        return InvitationChoice(step=step, invitation=invitation)

    return _buttons(
        button(_("I'll join"), choice(Step.ACCEPT)),
        button(
            _("Answer here"),
            choice(Step.ANSWER),
            _("What would you like to say? I put it in the thread, with your name."),
        ),
        button(_("Not now"), choice(Step.DECLINE)),
        button(_("Not my field"), choice(Step.DISCLAIM)),
        button(_("Stop asking me"), choice(Step.STOP)),
    )


def introduction(
    lang: str, *, ander: str, community: str | None, why: str, occasion: Occasion = Occasion.QUESTION
) -> Body:
    """In the thread, when an ander joins in: who, from where, and why them (what the channel may know of it)."""
    _ = texts(lang).gettext
    joins = _("{hello} {ander} of {community} joins in.") if community else _("{hello} {ander} joins in.")
    line = joins.format(hello=HELLO, ander=name(ander), community=name(community or ""))
    asks = Text(text=_("What would somebody from outside see here that you do not?"))
    moment = (asks,) if occasion is Occasion.MOMENT else ()
    return _say(lang, Text(text=f"{line} {shown(why)}".strip()), *moment)


def relayed(lang: str, *, words: Quote, invitation: InvitationId, community: str | None) -> Body:
    """In the thread: what an ander answered from where they are, in their own words, with their name."""
    _ = texts(lang).gettext
    says = _("{ander} of {community} answers:") if community else _("{ander} answers:")
    helped = InvitationChoice(step=Step.HELP, invitation=invitation)
    return _say(
        lang,
        Text(text=says.format(ander=words.author, community=name(community or ""))),
        words,
        _buttons(button(_("This helped"), helped)),
    )


def relayed_reply(lang: str, *, reply: Quote, invitation: InvitationId) -> Body:
    """To an ander who answered from elsewhere: somebody in the thread wrote back."""
    _ = texts(lang).gettext
    back = InvitationChoice(step=Step.ANSWER, invitation=invitation)
    return _say(
        lang,
        Text(text=_("{author} writes back in {channel}:").format(author=reply.author, channel=reply.channel or "…")),
        reply,
        _buttons(
            button(_("Answer here"), back, _("What would you like to say? I put it in the thread, with your name."))
        ),
    )


def thanks(lang: str, *, asker: str, question: Quote | None) -> Body:
    """To the ander, when what they said helped. `question` only when they may (still) read it."""
    _ = texts(lang).gettext
    return _say(
        lang,
        Text(text=_("Your answer helped {asker}. Thank you for crossing over! 🙏").format(asker=name(asker))),
        *((question,) if question else ()),
    )


def weekly_report(
    lang: str,
    *,
    community: str,
    week: str,
    lines: Sequence[str],
    prompts: Sequence[Prompt] = (),
    files: Sequence[File] = (),
) -> Body:
    """To a facilitator: the week in a few lines, at most three things to do, some plots and the page with them all."""
    _ = texts(lang).gettext
    title = _("Weekly report of {community}, {week}").format(community=name(community), week=week)
    parts: list[BodyPart] = [Heading(text=title), Text(text="\n".join(lines))]
    if prompts:
        parts.append(Text(text=_("For next week:")))
    for prompt in prompts[:3]:
        parts.append(Text(text=f"• {prompt.text}"))
        if prompt.choice:
            parts.append(_buttons(button(prompt.label or _("Show me"), prompt.choice)))
    return _say(lang, *parts, *files)


def may_be_told(lang: str, *, question: Ref, shown: Quote, community: str) -> Body:
    """To the asker and to the ander, each alone: may the weekly report tell about what they found together?"""
    _ = texts(lang).gettext
    return _say(
        lang,
        Text(text=_("This is a fine example of what colleagues find across their groups:")),
        shown,
        Text(
            text=_(
                "May the weekly report of {community} tell it, with your names? Only if you both say yes; silence "
                "is no."
            ).format(community=name(community))
        ),
        _buttons(
            button(_("Yes, tell it"), TellChoice(granted=True, question=question)),
            button(_("Rather not"), TellChoice(granted=False, question=question)),
        ),
    )


def reading_back(lang: str, *, by: str, since: str) -> Body:
    """In the channel: a facilitator wants what was said before to be read too. `since`: a day, in words."""
    _ = texts(lang).gettext
    return _say(
        lang,
        Text(
            text=_(
                "{by} asked me to read back what was said here since {since}. Rather not? Say `leave me out` or "
                "`forget-me` to me; the notice above tells what I keep."
            ).format(by=name(by), since=since)
        ),
    )


def consent_thanks(lang: str, *, granted: bool) -> Body:
    """What the asker hears after choosing."""
    _ = texts(lang).gettext
    yes = _("Thank you. I look for somebody, and tell you as soon as they join in.")
    no = _("Fine: it stays in the channel, and I will not ask again.")
    return _say(lang, Text(text=yes if granted else no))


def saved(lang: str, *, author: str) -> Body:
    """To whoever saved a message as know-how with 📚."""
    _ = texts(lang).gettext
    return _say(lang, Text(text=_("Kept as know-how, with thanks to {author}. 📚").format(author=name(author))))


def _buttons(*buttons: Button) -> Buttons:
    return Buttons(buttons=buttons)


def _choice(*buttons: Button) -> Buttons:
    return Buttons(buttons=buttons, once=True)


def _say(lang: str, *parts: BodyPart) -> Body:
    return Body(lang=lang, parts=parts)
