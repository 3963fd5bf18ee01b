"""A conversation at the terminal: speak as anybody, anywhere, and see what Ander says to whom."""

import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.text import Text

from adapters.terminal import render, translate
from adapters.terminal.client import Terminal
from adapters.terminal.keyboard import ReadLine
from bot.errors import InputError
from bot.events import (
    ButtonPressed,
    ChannelChanged,
    ChannelId,
    ChannelKind,
    CommandCalled,
    Event,
    EventId,
    MemberJoined,
    MessageDeleted,
    MessageEdited,
    MessageId,
    MessagePosted,
    PersonChanged,
    PersonId,
    ReactionAdded,
    ReactionRemoved,
    WorkspaceId,
)
from bot.model import Channel, Message, Person, Ref
from bot.outgoing import Audience, Button, Outgoing
from bot.permission import may_enter
from bot.quoting import name
from bot.world import World

WORKSPACE = WorkspaceId("terminal:home")
RECENT = 8
_STEP = timedelta(minutes=30)

Listen = Callable[[Sequence[Event]], Awaitable[object]]
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
    here = Session(listen, settle, world, terminal, console, move)
    await here.begin(person, channel)
    while (line := await read_line(here.prompt)) is not None:
        typed = translate.understand(line)
        if isinstance(typed, translate.Quit):
            break
        try:
            await here.act(typed)
        except InputError as wrong:
            here.note(str(wrong))
    terminal.show = None


@dataclass(slots=True)
class _Seen:
    """What has a number on the screen."""

    messages: list[Ref] = field(default_factory=list)
    buttons: list[tuple[Button, PersonId | None, ChannelId]] = field(default_factory=list)
    read: set[int] = field(default_factory=set)
    """Which of the terminal's messages were shown, by their place in `sent`."""


class Session:
    """Where the conversation stands: who speaks, where, and what has which number."""

    def __init__(
        self,
        listen: Listen,
        settle: Settle,
        world: World,
        terminal: Terminal,
        console: Console,
        move: Callable[[timedelta], None] | None,
    ) -> None:
        self._listen = listen
        self._settle = settle
        self._world = world
        self._terminal = terminal
        self._console = console
        self._move = move
        self._seen = _Seen()
        self._person: Person
        self._channel: Channel
        self._last_at: datetime | None = None

    @property
    def prompt(self) -> str:
        """Who speaks where."""
        return f"{name(self._person.name)} in {self._place(self._channel)} › "

    # ── who and where ─────────────────────────────────────────────────────────────────────────────────────────

    async def begin(self, person: str, channel: str) -> None:
        """Take a seat and look around."""
        self._person = await self._find_person(person)
        self._channel = await self._find_channel(channel)
        self._terminal.show = self._on_sent
        await self._enter()
        await self._settle()
        await self._show_recent()
        self.note("Type to talk, /help for the rest, /quit to leave.")

    async def _find_person(self, wanted: str) -> Person:
        wanted = wanted.strip()
        async with self._world.store.snapshot() as tx:
            people = await tx.people()
        found = people.get(PersonId(wanted)) or people.get(PersonId(f"terminal:{wanted.lower()}"))
        found = found or next((p for p in people.values() if _called(p.name, wanted)), None)
        return found or await self._make_person(wanted)

    async def _make_person(self, wanted: str) -> Person:
        id = PersonId(wanted if ":" in wanted else f"terminal:{wanted.lower().replace(' ', '-')}")
        shown = wanted.partition(":")[2] or wanted
        workspace = await self._workspace()
        await self._tell(PersonChanged(event=_new(), person=id, workspace=workspace, name=shown, at=self._now()))
        async with self._world.store.snapshot() as tx:
            return (await tx.people([id]))[id]

    async def _workspace(self) -> WorkspaceId:
        """New people and channels belong with those already there."""
        async with self._world.store.snapshot() as tx:
            known = [c.workspace for c in (await tx.channels()).values()]
        return max(set(known), key=lambda w: (known.count(w), w)) if known else WORKSPACE

    async def _find_channel(self, wanted: str) -> Channel:
        bare = wanted.strip().removeprefix("#")
        async with self._world.store.snapshot() as tx:
            channels = await tx.channels()
        for id in (wanted.strip(), f"terminal:#{bare}", f"terminal:{bare}"):
            if id in channels:
                return channels[ChannelId(id)]
        found = next((c for c in channels.values() if c.name.removeprefix("#") == bare), None)
        return found or await self._make_channel(bare)

    async def _make_channel(self, bare: str) -> Channel:
        id = ChannelId(bare if ":" in bare else f"terminal:#{bare}")
        shown = bare.partition(":")[2] or bare
        await self._announce(id, await self._workspace(), shown, ChannelKind.PUBLIC)
        async with self._world.store.snapshot() as tx:
            return (await tx.channels([id]))[id]

    async def _announce(self, id: ChannelId, workspace: WorkspaceId, shown: str, kind: ChannelKind) -> None:
        await self._tell(
            ChannelChanged(event=_new(), channel=id, workspace=workspace, name=shown, kind=kind, at=self._now())
        )

    async def _enter(self) -> None:
        """Be in the channel: join it when it is open to all. Ander reads there from its notice on."""
        channel, person = self._channel, self._person
        async with self._world.store.snapshot() as tx:
            member = channel.id in await tx.memberships(person.id)
        if not member and not may_enter(person, channel, member=False):
            raise InputError(f"{self._place(channel)} is private, and {name(person.name)} is not in it.")
        if not member:
            await self._tell(MemberJoined(event=_new(), channel=channel.id, person=person.id, at=self._now()))
        if channel.noticed_at is None:
            await self._announce(channel.id, channel.workspace, channel.name, channel.kind)

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
        match typed:
            case translate.Recent():
                await self._show_recent()
            case translate.Help():
                self._console.print(_HELP, markup=False, highlight=False)
            case translate.Unclear():
                self.note(f"I don't know that one. Try: {typed.instead}")

    async def _say(self, typed: translate.Say | translate.ReplyTo) -> None:
        root = await self._root(typed.number) if isinstance(typed, translate.ReplyTo) else None
        at = self._now()
        message = MessageId(f"{at.timestamp():.6f}")
        channel = root.channel if root else self._channel.id
        self._seen.messages.append(Ref(channel, message))
        self._print_own(len(self._seen.messages), at, typed)
        await self._happen(
            MessagePosted(
                event=_new(),
                channel=channel,
                message=message,
                author=self._person.id,
                text=typed.text,
                at=at,
                thread=root.id if root else None,
            )
        )

    def _print_own(self, number: int, at: datetime, typed: translate.Say | translate.ReplyTo) -> None:
        thread = typed.number if isinstance(typed, translate.ReplyTo) else None
        self._console.print(render.talk(number, at, self._person.name, typed.text, thread=thread, zone=self._zone()))

    async def _root(self, number: int) -> Ref:
        """The message that the thread of a numbered one began with."""
        ref = self._numbered(number)
        async with self._world.store.snapshot() as tx:
            known = await tx.message(ref)
        return Ref(ref.channel, known.thread) if known and known.thread else ref

    async def _change(self, typed: translate.React | translate.Edit | translate.Delete) -> None:
        ref = self._numbered(typed.number)
        match typed:
            case translate.React():
                self._console.print(render.reaction(typed.number, self._person.name, typed.emoji, away=typed.away))
                await self._happen(self._reaction(ref, typed))
            case translate.Edit():
                await self._happen(
                    MessageEdited(
                        event=_new(),
                        channel=ref.channel,
                        message=ref.id,
                        author=self._person.id,
                        text=typed.text,
                        at=self._now(),
                    )
                )
                self.note(f"{typed.number} now says: {typed.text}")
            case translate.Delete():
                await self._delete(ref, typed.number)

    async def _delete(self, ref: Ref, number: int) -> None:
        async with self._world.store.snapshot() as tx:
            known = await tx.message(ref)
        if known and known.author != self._person.id:
            raise InputError("That message is not yours to take back.")
        await self._happen(MessageDeleted(event=_new(), channel=ref.channel, message=ref.id, at=self._now()))
        self.note(f"{number} is taken back.")

    def _reaction(self, ref: Ref, typed: translate.React) -> Event:
        kind = ReactionRemoved if typed.away else ReactionAdded
        return kind(
            event=_new(),
            channel=ref.channel,
            message=ref.id,
            person=self._person.id,
            name=typed.emoji,
            at=self._now(),
        )

    def _command(self, text: str) -> Event:
        return CommandCalled(event=_new(), person=self._person.id, channel=self._channel.id, text=text, at=self._now())

    async def _press(self, typed: translate.Press) -> None:
        if not 0 < typed.number <= len(self._seen.buttons):
            raise InputError(f"There is no button #{typed.number}.")
        button, owner, channel = self._seen.buttons[typed.number - 1]
        if owner is not None and owner != self._person.id:
            raise InputError(f"That button is somebody else's: /as {owner.partition(':')[2]} first.")
        if button.asks and not typed.text:
            raise InputError(f"{button.asks} Type: #{typed.number} your words")
        await self._happen(
            ButtonPressed(
                event=_new(),
                person=self._person.id,
                channel=channel,
                button=button.token,
                at=self._now(),
                text=typed.text,
            )
        )

    async def _move_to(self, typed: translate.BecomePerson | translate.GoTo) -> None:
        before = self._person, self._channel
        if isinstance(typed, translate.BecomePerson):
            self._person = await self._find_person(typed.name)
            if not await self._welcome():
                self._channel = await self._own_channel()
        else:
            self._channel = await self._find_channel(typed.name)
        try:
            await self._enter()
        except InputError:
            self._person, self._channel = before
            raise
        await self._settle()
        if self._channel.id != before[1].id:
            await self._show_recent()
        self._show_unread()

    async def _welcome(self) -> bool:
        async with self._world.store.snapshot() as tx:
            member = self._channel.id in await tx.memberships(self._person.id)
        return may_enter(self._person, self._channel, member)

    async def _own_channel(self) -> Channel:
        """A channel the person is in: where they would be found."""
        async with self._world.store.snapshot() as tx:
            joined = await tx.channels(await tx.memberships(self._person.id))
        open_first = sorted(joined.values(), key=lambda c: (c.kind is not ChannelKind.PUBLIC, c.name))
        return open_first[0] if open_first else self._channel

    async def _wait(self, span: timedelta) -> None:
        if self._move is None:
            raise InputError("Time cannot be moved here.")
        left = span
        while left > timedelta():
            self._move(min(left, _STEP))
            left -= _STEP
            await self._settle()
        self.note(f"It is now {self._now().astimezone(self._zone()):%A %d %B, %H:%M}.")

    # ── telling and showing ───────────────────────────────────────────────────────────────────────────────────

    async def _happen(self, event: Event) -> None:
        await self._tell(event)
        await self._settle()

    async def _tell(self, event: Event) -> None:
        await self._listen([event])

    def _now(self) -> datetime:
        """Never the same moment twice: messages are named by it."""
        now = self._world.clock()
        if self._last_at is not None and now <= self._last_at:
            now = self._last_at + timedelta(microseconds=1)
        self._last_at = now
        return now

    def _zone(self) -> ZoneInfo:
        try:
            return ZoneInfo(self._person.timezone or "Europe/Amsterdam")
        except (KeyError, ValueError, OSError):
            return ZoneInfo("UTC")

    def _numbered(self, number: int) -> Ref:
        if not 0 < number <= len(self._seen.messages):
            raise InputError(f"There is no message {number} on this screen.")
        return self._seen.messages[number - 1]

    async def _show_recent(self) -> None:
        async with self._world.store.snapshot() as tx:
            recent = await tx.recent(self._channel.id, RECENT)
            people = await tx.people({message.author for message in recent})
        self._console.rule(Text(self._place(self._channel), style="bold"), align="left", style=render.QUIET)
        for message in recent:
            self._show_message(message, people)

    def _show_message(self, message: Message, people: dict[PersonId, Person]) -> None:
        if message.ref not in self._seen.messages:
            self._seen.messages.append(message.ref)
        number = self._seen.messages.index(message.ref) + 1
        root = Ref(message.ref.channel, message.thread) if message.thread else None
        thread = self._seen.messages.index(root) + 1 if root in self._seen.messages else 0 if root else None
        author = people[message.author].name if message.author in people else "?"
        self._console.print(render.talk(number, message.at, author, message.text, thread=thread, zone=self._zone()))

    def _on_sent(self, out: Outgoing) -> None:
        target = out.target
        if target.audience is Audience.CHANNEL and target.channel == self._channel.id:
            self._show_out(out, self._place(self._channel))
        elif target.person == self._person.id:
            self._show_out(out, name(self._person.name))
        elif target.person:
            who = target.person.partition(":")[2]
            self._console.print(render.elsewhere(out, who, f"/as {who}"))
        elif out.purpose != "notice":
            where = (target.channel or "").partition(":")[2]
            self._console.print(render.elsewhere(out, where, f"/channel {where.removeprefix('#')}"))

    def _show_unread(self) -> None:
        """What Ander wrote to this person, or in this channel, before we came."""
        for place, out in enumerate(self._terminal.sent):
            here = out.target.channel == self._channel.id and out.target.person is None
            if place not in self._seen.read and (here or out.target.person == self._person.id):
                self._on_sent(out)

    def _show_out(self, out: Outgoing, whom: str) -> None:
        self._seen.read.update(n for n, sent in enumerate(self._terminal.sent) if sent is out)
        owner = out.target.person
        channel = out.target.channel or ChannelId(f"{owner}/direct")

        def number(button: Button) -> int:
            self._seen.buttons.append((button, owner, channel))
            return len(self._seen.buttons)

        self._console.print()
        plain = self._console.no_color or self._console.color_system is None
        self._console.print(render.message(out, whom, number, plain=plain))
        self._console.print()

    @staticmethod
    def _place(channel: Channel) -> str:
        return "#" + name(channel.name.removeprefix("#"))

    def note(self, text: str) -> None:
        """A quiet line of the terminal's own."""
        self._console.print(Text(text, style=render.QUIET))


def _called(full: str, wanted: str) -> bool:
    wanted = wanted.casefold()
    return wanted in (full.casefold(), full.casefold().split()[0] if full.split() else "")


def _new() -> EventId:
    return EventId(f"terminal:{uuid.uuid4().hex}")


_HELP = """\
  words …            say something            > 3 words …   answer in the thread of message 3
  +3 ✅              mark message 3           -3 ✅          take the mark away
  /edit 3 words …    change message 3         /delete 3     take it back
  /ander help        ask Ander (or !ander)    #2            press button 2  (#2 words … where it asks)
  /as NAME           go on as somebody else   /channel C    go somewhere else
  /wait 4h           let time pass            /recent       the last messages
  /help              this                     /quit         leave"""
