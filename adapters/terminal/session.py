"""A conversation at the terminal: speak as anybody, anywhere, and see what Ander says to whom."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from rich.console import Console

from adapters.terminal import translate
from adapters.terminal.client import Terminal
from adapters.terminal.keyboard import ReadLine
from adapters.terminal.screen import Screen
from adapters.terminal.seats import Listen, Seats, new_event, place
from bot.errors import InputError
from bot.events import (
    ButtonPressed,
    CommandCalled,
    Event,
    MessageDeleted,
    MessageEdited,
    MessageId,
    MessagePosted,
    ReactionAdded,
    ReactionRemoved,
)
from bot.language import language
from bot.locale import texts
from bot.model import Channel, Person, Ref
from bot.outgoing import Audience, Outgoing
from bot.permission import may_enter
from bot.quoting import name
from bot.world import World

RECENT = 8
"""How many of the last messages are shown on entering."""
_STEP = timedelta(minutes=30)

Settle = Callable[[], Awaitable[object]]
"""Sends what Ander has to say, and does what is due."""


async def chat(
    *,
    listen: Listen,
    settle: Settle,
    world: World,
    terminal: Terminal,
    person: str,
    channel: str,
    console: Console,
    read_line: ReadLine,
    move: Callable[[timedelta], None] | None = None,
) -> None:
    """Talk until /quit or the end of the input.

    `person` and `channel` are ids or names; whoever is not known yet is made. `move` lets time pass for /wait.
    Raises InputError when the channel is private and the person is no member.
    """
    here = Session(listen, settle, world, terminal, Screen(console), move)
    try:
        await here.begin(person, channel)
        while (line := await read_line(here.prompt)) is not None:
            typed = translate.understand(line)
            if isinstance(typed, translate.Quit):
                break
            try:
                await here.act(typed)
            except InputError as wrong:
                here.screen.note(str(wrong))
    finally:
        terminal.show = None


class Session:
    """Where the conversation stands: who speaks, and where."""

    def __init__(
        self,
        listen: Listen,
        settle: Settle,
        world: World,
        terminal: Terminal,
        screen: Screen,
        move: Callable[[timedelta], None] | None,
    ) -> None:
        self.screen = screen
        self._listen = listen
        self._settle = settle
        self._world = world
        self._terminal = terminal
        self._move = move
        self._seats = Seats(listen, world)
        self._read: set[int] = set()
        """Which of the terminal's messages were shown, by their place in `sent`."""
        self._person: Person
        self._channel: Channel
        self._last_at: datetime | None = None

    @property
    def prompt(self) -> str:
        """Who speaks where."""
        return f"{name(self._person.name)} in {place(self._channel)} › "

    # ── who and where ─────────────────────────────────────────────────────────────────────────────────────────

    async def begin(self, person: str, channel: str) -> None:
        """Take a seat and look around."""
        self._sit(await self._seats.person(person))
        self._channel = await self._seats.channel(channel)
        self._terminal.show = self._on_sent
        await self._seats.enter(self._person, self._channel, self.screen.lang)
        await self._settle()
        await self._show_recent()
        _ = texts(self.screen.lang).gettext
        self.screen.note(_("Type to talk, /help for the rest, /quit to leave."))

    def _sit(self, person: Person) -> None:
        self._person = person
        self.screen.lang = language(person, None)
        self.screen.zone = _zone(person)

    async def _move_to(self, typed: translate.BecomePerson | translate.GoTo) -> None:
        before = self._person, self._channel
        if isinstance(typed, translate.BecomePerson):
            self._sit(await self._seats.person(typed.name))
            if not await self._is_welcome():
                self._channel = await self._seats.home(self._person) or self._channel
        else:
            self._channel = await self._seats.channel(typed.name)
        try:
            await self._seats.enter(self._person, self._channel, self.screen.lang)
        except InputError:
            self._channel = before[1]
            self._sit(before[0])
            raise
        await self._settle()
        if self._channel.id != before[1].id:
            await self._show_recent()
        self._show_unread()

    async def _is_welcome(self) -> bool:
        return may_enter(self._person, self._channel, await self._seats.is_member(self._person, self._channel))

    # ── what was typed ────────────────────────────────────────────────────────────────────────────────────────

    async def act(self, typed: translate.Typed) -> None:
        """Do what was typed. Raises InputError when that cannot be done."""
        match typed:
            case translate.Say() | translate.ReplyTo():
                await self._say(typed)
            case translate.React() | translate.Edit() | translate.Delete():
                await self._change(typed)
            case translate.Ask():
                await self._happen(self._command(typed.text))
            case translate.Press():
                await self._press(typed)
            case translate.BecomePerson() | translate.GoTo():
                await self._move_to(typed)
            case translate.Wait():
                await self._wait(typed.span)
            case _:
                await self._look(typed)

    async def _look(self, typed: translate.Typed) -> None:
        _ = texts(self.screen.lang).gettext
        match typed:
            case translate.Recent():
                await self._show_recent()
            case translate.Help():
                self.screen.plain(_(_HELP))
            case translate.Unclear():
                self.screen.note(_("I don't know that one. Try: {instead}").format(instead=typed.instead))

    async def _say(self, typed: translate.Say | translate.ReplyTo) -> None:
        number = typed.number if isinstance(typed, translate.ReplyTo) else None
        root = await self._root(number) if number is not None else None
        at = self._now()
        ref = Ref(root.channel if root else self._channel.id, MessageId(f"{at.timestamp():.6f}"))
        self.screen.said(ref, self._person.name, typed.text, at, number)
        await self._happen(
            MessagePosted(
                event=new_event(),
                channel=ref.channel,
                message=ref.id,
                author=self._person.id,
                text=typed.text,
                at=at,
                thread=root.id if root else None,
            )
        )

    async def _root(self, number: int) -> Ref:
        """The message that the thread of a numbered one began with."""
        ref = self.screen.ref(number)
        async with self._world.store.snapshot() as tx:
            known = await tx.message(ref)
        return Ref(ref.channel, known.thread) if known and known.thread else ref

    async def _change(self, typed: translate.React | translate.Edit | translate.Delete) -> None:
        ref = self.screen.ref(typed.number)
        match typed:
            case translate.React():
                self.screen.reaction(typed.number, self._person.name, typed.emoji, away=typed.away)
                await self._happen(self._reaction(ref, typed))
            case translate.Edit():
                await self._edit(ref, typed)
            case translate.Delete():
                await self._delete(ref, typed.number)

    async def _edit(self, ref: Ref, typed: translate.Edit) -> None:
        await self._own(ref)
        author, at = self._person.id, self._now()
        await self._happen(
            MessageEdited(event=new_event(), channel=ref.channel, message=ref.id, author=author, text=typed.text, at=at)
        )
        _ = texts(self.screen.lang).gettext
        self.screen.note(_("{n} now says: {text}").format(n=typed.number, text=typed.text))

    async def _delete(self, ref: Ref, number: int) -> None:
        await self._own(ref)
        await self._happen(MessageDeleted(event=new_event(), channel=ref.channel, message=ref.id, at=self._now()))
        self.screen.note(texts(self.screen.lang).gettext("{n} is taken back.").format(n=number))

    async def _own(self, ref: Ref) -> None:
        async with self._world.store.snapshot() as tx:
            known = await tx.message(ref)
        if known and known.author != self._person.id:
            raise InputError(texts(self.screen.lang).gettext("That message is not yours."))

    def _reaction(self, ref: Ref, typed: translate.React) -> Event:
        kind = ReactionRemoved if typed.away else ReactionAdded
        who, at = self._person.id, self._now()
        return kind(event=new_event(), channel=ref.channel, message=ref.id, person=who, name=typed.emoji, at=at)

    def _command(self, text: str) -> Event:
        who, at = self._person.id, self._now()
        return CommandCalled(event=new_event(), person=who, channel=self._channel.id, text=text, at=at)

    async def _press(self, typed: translate.Press) -> None:
        _ = texts(self.screen.lang).gettext
        button, owner, channel = self.screen.button(typed.number)
        if owner is not None and owner != self._person.id:
            who = owner.partition(":")[2]
            raise InputError(_("That button is somebody else's: /as {who} first.").format(who=who))
        if button.asks and not typed.text:
            raise InputError(_("{asks} Type: #{n} your words").format(asks=button.asks, n=typed.number))
        await self._happen(
            ButtonPressed(
                event=new_event(),
                person=self._person.id,
                channel=channel,
                button=button.token,
                at=self._now(),
                text=typed.text,
            )
        )

    async def _wait(self, span: timedelta) -> None:
        _ = texts(self.screen.lang).gettext
        if self._move is None:
            raise InputError(_("Time cannot be moved here."))
        left = span
        while left > timedelta():
            self._move(min(left, _STEP))
            left -= _STEP
            await self._settle()
        local = self._now().astimezone(self.screen.zone)
        now = format_datetime(local, "EEEE d MMMM HH:mm", locale=self.screen.lang)
        self.screen.note(_("It is now {now}.").format(now=now))

    # ── telling and showing ───────────────────────────────────────────────────────────────────────────────────

    async def _happen(self, event: Event) -> None:
        await self._listen([event])
        await self._settle()

    def _now(self) -> datetime:
        """Never the same moment twice: messages are named by it."""
        now = self._world.clock()
        if self._last_at is not None and now <= self._last_at:
            now = self._last_at + timedelta(microseconds=1)
        self._last_at = now
        return now

    async def _show_recent(self) -> None:
        async with self._world.store.snapshot() as tx:
            recent = await tx.recent(self._channel.id, RECENT)
            people = await tx.people({message.author for message in recent})
        self.screen.place(place(self._channel))
        for message in recent:
            self.screen.message(message, people)

    def _on_sent(self, out: Outgoing) -> None:
        target = out.target
        if target.audience is Audience.CHANNEL and target.channel == self._channel.id:
            self._show(out, place(self._channel))
        elif target.person == self._person.id:
            self._show(out, name(self._person.name))
        elif target.person:
            who = target.person.partition(":")[2]
            self.screen.elsewhere(out, who, f"/as {who}")
        elif out.purpose != "notice":
            where = (target.channel or "").partition(":")[2]
            self.screen.elsewhere(out, where, f"/channel {where.removeprefix('#')}")

    def _show_unread(self) -> None:
        """What Ander wrote to this person, or in this channel, before we came."""
        for number, out in enumerate(self._terminal.sent):
            here = out.target.channel == self._channel.id and out.target.person is None
            if number not in self._read and (here or out.target.person == self._person.id):
                self._on_sent(out)

    def _show(self, out: Outgoing, whom: str) -> None:
        self._read.update(number for number, sent in enumerate(self._terminal.sent) if sent is out)
        self.screen.ander(out, whom)


def _zone(person: Person) -> ZoneInfo:
    try:
        return ZoneInfo(person.timezone or "Europe/Amsterdam")
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def _(text: str) -> str:
    """Marks a text for translation where no language is known yet."""
    return text


_HELP = _(
    """\
  words …            say something           > 3 words …    answer message 3
  +3 ✅              mark message 3          -3 ✅          take the mark away
  /edit 3 words …    change message 3        /delete 3      take it back
  /ander help        ask Ander (!ander)      #2             press button 2
  #2 words …         press and say something /wait 4h       let time pass
  /as NAME           be somebody else        /channel C     go somewhere else
  /recent            the last messages       /help, /quit   this, leave"""
)
