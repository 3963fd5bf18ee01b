"""A small organisation in a real record: a care group with a private channel, a town hall, and who may see what."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType

import pytest

from adapters.embedding import open_embedder
from bot import commands
from bot.anders.invitation import State, Step, draft, take
from bot.config import Config
from bot.events import (
    ButtonPressed,
    ChannelId,
    ChannelKind,
    CommandCalled,
    EventId,
    MessageId,
    PersonId,
    WorkspaceId,
)
from bot.model import (
    AnswerLink,
    Channel,
    Community,
    CommunityId,
    Domain,
    DomainKey,
    InvitationRow,
    Item,
    ItemKind,
    ItemVector,
    Message,
    Part,
    Person,
    Ref,
    Status,
)
from bot.outgoing import Button, Buttons, Outgoing, Quote, SendState, Text
from bot.ports import Store
from bot.replies import look_up
from bot.world import World
from storage.search import open_plane

HOME = WorkspaceId("t:home")
CARE, TOWN = CommunityId("care"), CommunityId("town")


def person(name: str) -> PersonId:
    return PersonId(f"t:{name}")


def channel(name: str) -> ChannelId:
    return ChannelId(f"t:#{name}")


class Place:
    """Calls commands, presses buttons and looks into the record."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._count = 0

    @property
    def now(self) -> datetime:
        return self.world.clock()

    async def call(self, who: str, text: str, where: str = "care", thread: str | None = None) -> commands.Reply:
        event = CommandCalled(
            event=self._event(),
            person=person(who),
            channel=channel(where),
            text=text,
            at=self.now,
            thread=MessageId(thread) if thread else None,
        )
        found = await look_up([event], self.world)
        async with self.world.store.transaction() as tx:
            return await commands.answer(event, tx, self.world, found.get(event.event))

    async def press(
        self,
        who: str,
        token: str,
        text: str = "",
        where: str = "care",
        answers: Mapping[str, str] = MappingProxyType({}),
    ) -> commands.Reply | None:
        event = ButtonPressed(
            event=self._event(),
            person=person(who),
            channel=channel(where),
            button=token,
            at=self.now,
            text=text,
            answers=answers,
        )
        found = await look_up([event], self.world)
        async with self.world.store.transaction() as tx:
            return await commands.press(event, tx, self.world, found.get(event.event))

    def _event(self) -> EventId:
        self._count += 1
        return EventId(f"t:{self._count}")

    async def item(self, where: str, id: str) -> Item:
        ref = Ref(channel(where), MessageId(id))
        async with self.world.store.snapshot() as tx:
            return (await tx.items([ref]))[ref]

    async def person(self, who: str) -> Person:
        async with self.world.store.snapshot() as tx:
            return (await tx.people())[person(who)]

    async def posted(self, purpose: str) -> list[Outgoing]:
        async with self.world.store.snapshot() as tx:
            return [out for out in await tx.out(SendState.NEW) if out.purpose == purpose]

    async def say(self, where: str, id: str, who: str, text: str, **more: object) -> Ref:
        """Something that was said, as a message and, with `kind`, as an item in the practice."""
        ref = Ref(channel(where), MessageId(id))
        kind = more.pop("kind", None)
        community = TOWN if where == "town" else CARE
        message = Message(
            ref=ref, thread=None, reply_to=None, author=person(who), at=self.now, text=text, lang="en", kind="other"
        )
        item = Item(
            ref=ref,
            kind=kind if isinstance(kind, ItemKind) else ItemKind.QUESTION,
            author=person(who),
            at=self.now - timedelta(days=3),
            text=text,
            lang="en",
            community=community,
        )
        async with self.world.store.transaction() as tx:
            await tx.add_messages([message])
            if kind is not None:
                await tx.put_items([replace(item, **more)])  # type: ignore[arg-type]
                vector = (await self.world.embedder.embed([text]))[0]
                model = self.world.embedder.model
                await tx.put_vectors([ItemVector(ref=ref, part=Part.OWN, model=model, vector=vector)])
        return ref

    async def invite(self, who: str, question: Ref, state: State = State.SENT) -> InvitationRow:
        row = draft(
            question=question,
            person=person(who),
            community=CARE,
            due_at=self.now,
            until=self.now + timedelta(days=2),
        )
        if state is not State.DUE:
            row = take(row, Step.SEND, self.now)
        async with self.world.store.transaction() as tx:
            await tx.add_invitations([row])
            await tx.put_invitation(row)
        return row

    async def invitation(self, row: InvitationRow) -> InvitationRow:
        async with self.world.store.snapshot() as tx:
            found = await tx.invitation(row.id)
        assert found is not None
        return found


@pytest.fixture
async def place(store: Store, tmp_path: Path, now: datetime) -> AsyncIterator[Place]:
    embedder = open_embedder("lexical", allow_download=False)
    plane = await open_plane(store, tmp_path / "search", embedder.model, embedder.dim)
    config = Config(data=tmp_path)
    world = World(store=store, plane=plane, embedder=embedder, chats={}, clock=lambda: now, config=config)
    made = Place(world)
    await _populate(made, now)
    await plane.catch_up()
    yield made
    await plane.close()


async def _populate(place: Place, now: datetime) -> None:
    names = {"eva": "nl", "lotte": "en", "ineke": "nl", "anouk": "en", "noor": "en"}
    where = {"care": ("eva", "lotte", "ineke"), "beech": ("eva", "ineke"), "town": ("anouk",), "wound": ("noor",)}
    async with place.world.store.transaction() as tx:
        await tx.put_communities(
            [
                Community(id=CARE, name="Care", lang="nl", facilitators=(person("lotte"),)),
                Community(id=TOWN, name="Town", lang="en"),
            ]
        )
        await tx.put_people(
            [
                Person(id=person(n), workspace=HOME, name=n.title(), lang=lang, guest=n == "noor")
                for n, lang in names.items()
            ]
        )
        await tx.put_channels(
            [
                Channel(
                    id=channel(c),
                    workspace=HOME,
                    name=c,
                    kind=ChannelKind.PRIVATE if c == "beech" else ChannelKind.PUBLIC,
                    community=TOWN if c == "town" else CARE,
                    noticed_at=now,
                )
                for c in where
            ]
        )
        await tx.put_members([(channel(c), person(p), now) for c, people in where.items() for p in people], [])
        await tx.put_domains(
            [
                Domain(community=CARE, key=DomainKey("wounds"), name="Wounds"),
                Domain(community=CARE, key=DomainKey("visits"), name="Home visits"),
            ]
        )
    domain = DomainKey("wounds")
    question = await place.say(
        "care", "q1", "eva", "How often do you change a hydrocolloid dressing?", kind=ItemKind.QUESTION, domain=domain,
        status=Status.ANSWERED,
    )  # fmt: skip
    answer = await place.say("care", "a1", "ineke", "Every three to five days.", kind=ItemKind.ANSWER)
    await place.say("beech", "p1", "eva", "Who holds the key agreement now?", kind=ItemKind.QUESTION, domain=domain)
    await place.say("care", "q2", "ineke", "How do clients remember their appointment?", kind=ItemKind.QUESTION)
    async with place.world.store.transaction() as tx:
        await tx.link_answers([AnswerLink(question=question, answer=answer, confidence=0.9)])


def words(reply: commands.Reply) -> str:
    """Everything that is said, in one string."""
    texts = [part.text for part in reply.body.parts if not isinstance(part, Buttons) and hasattr(part, "text")]
    return "\n".join(texts)


def quotes(reply: commands.Reply) -> list[str]:
    return [part.text for part in reply.body.parts if isinstance(part, Quote)]


def buttons(reply: commands.Reply) -> list[Button]:
    return [button for part in reply.body.parts if isinstance(part, Buttons) for button in part.buttons]


def paragraphs(reply: commands.Reply) -> list[str]:
    return [part.text for part in reply.body.parts if isinstance(part, Text)]
