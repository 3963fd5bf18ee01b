"""The one gate: the rule over all its cases, and as a law."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.events import (
    AnderAdded,
    AnderRemoved,
    ChannelChanged,
    ChannelId,
    ChannelKind,
    MemberJoined,
    MemberLeft,
    MembersListed,
    MessageEdited,
    MessageId,
    PersonId,
    WorkspaceId,
)
from bot.model import Channel, Person, Ref
from bot.outgoing import Audience, Target
from bot.permission import may_be_asked, may_be_told, may_enter, may_read, may_show, readable, stays_sealed
from tests.core.conftest import HOME, Scene

QUESTION = "How do I reset the password of a locked mailbox in the new webmail?"


def person(**what: bool | str) -> Person:
    return Person(**({"id": PersonId("p"), "workspace": WorkspaceId("home"), "name": "P"} | what))  # type: ignore[arg-type]


def channel(kind: ChannelKind, workspace: str = "home") -> Channel:
    return Channel(id=ChannelId("c"), workspace=WorkspaceId(workspace), name="c", kind=kind)


@pytest.mark.parametrize(
    ("who", "where", "member", "may"),
    [
        (person(), channel(ChannelKind.PUBLIC), False, True),
        (person(), channel(ChannelKind.PUBLIC, "elsewhere"), False, False),
        (person(), channel(ChannelKind.PUBLIC, "elsewhere"), True, True),
        (person(), channel(ChannelKind.PRIVATE), False, False),
        (person(), channel(ChannelKind.PRIVATE), True, True),
        (person(guest=True), channel(ChannelKind.PUBLIC), False, False),
        (person(guest=True), channel(ChannelKind.PUBLIC), True, True),
        (person(external=True), channel(ChannelKind.PUBLIC), False, False),
        (person(automatic=True), channel(ChannelKind.PUBLIC), False, False),
        (person(active=False), channel(ChannelKind.PUBLIC), True, False),
        (person(), channel(ChannelKind.DIRECT), True, False),
    ],
)
def test_the_rule(who: Person, where: Channel, member: bool, may: bool) -> None:
    assert may_enter(who, where, member) is may


@given(
    guest=st.booleans(),
    external=st.booleans(),
    active=st.booleans(),
    kind=st.sampled_from(ChannelKind),
    workspace=st.sampled_from(["home", "elsewhere"]),
)
def test_whoever_is_no_member_sees_public_channels_of_their_own_workspace_at_most(
    guest: bool, external: bool, active: bool, kind: ChannelKind, workspace: str
) -> None:
    if may_enter(person(guest=guest, external=external, active=active), channel(kind, workspace), member=False):
        assert (kind, workspace, guest, external, active) == (ChannelKind.PUBLIC, "home", False, False, True)


@pytest.mark.parametrize(
    ("where", "may"),
    [
        (channel(ChannelKind.PUBLIC), True),
        (channel(ChannelKind.PRIVATE), False),
        (replace(channel(ChannelKind.PUBLIC), encrypted=True), False),
        (None, False),
    ],
)
def test_where_nobody_looks_who_reads_only_what_is_public_and_in_the_clear_is_quoted(
    where: Channel | None, may: bool
) -> None:
    assert may_be_told(where, past_closed=False) is may
    assert not may_be_told(where, past_closed=True)


async def test_nobody_knows_strangers_and_unknown_channels(scene: Scene) -> None:
    ref = await scene.say("bo", "help", QUESTION)
    await scene.person("eva")
    async with scene.world.store.snapshot() as tx:
        assert await may_read(tx, PersonId("fake:eva"), ref)
        assert not await may_read(tx, PersonId("fake:stranger"), ref)
        assert not await may_read(tx, PersonId("fake:eva"), Ref(ChannelId("fake:nowhere"), ref.id))
        assert await readable(tx, PersonId("fake:stranger")) == frozenset()


async def test_a_message_to_a_channel_may_show_only_what_all_its_members_may_read(scene: Scene) -> None:
    secret = await scene.channel("secret", ChannelKind.PRIVATE)
    await scene.person("eva", "help", "secret")
    open_ref = await scene.say("eva", "help", QUESTION)
    secret_ref = await scene.say("eva", "secret", QUESTION)
    to_help = Target(audience=Audience.CHANNEL, channel=ChannelId("fake:help"))
    to_secret = Target(audience=Audience.CHANNEL, channel=secret)
    async with scene.world.store.snapshot() as tx:
        assert await may_show(tx, to_help, secret_ref)  # eva is the only one there, and may
    await scene.person("bo", "help")
    async with scene.world.store.snapshot() as tx:
        assert not await may_show(tx, to_help, secret_ref)
        assert await may_show(tx, to_secret, open_ref)
        assert await may_show(tx, to_secret, secret_ref)
    await scene.person("guest", "secret", guest=True)
    async with scene.world.store.snapshot() as tx:
        assert not await may_show(tx, to_secret, open_ref)


async def test_a_private_question_is_shown_outside_only_with_consent(scene: Scene) -> None:
    from bot.model import Consent

    await scene.channel("secret", ChannelKind.PRIVATE)
    await scene.person("eva", "secret")
    await scene.person("ander")
    ref = await scene.say("eva", "secret", QUESTION)
    asked = Consent(question=ref, person=PersonId("fake:eva"), asked_at=datetime(2026, 3, 2, tzinfo=UTC))
    for granted, may in ((None, False), (False, False), (True, True)):
        async with scene.world.store.transaction() as tx:
            await tx.put_consent(Consent(question=ref, person=asked.person, asked_at=asked.asked_at, granted=granted))
            assert await may_be_asked(tx, PersonId("fake:ander"), ref) is may


async def _room(scene: Scene, id: str, *, encrypted: bool) -> ChannelId:
    channel = Channel(
        id=ChannelId(id), workspace=WorkspaceId("home"), name=id, kind=ChannelKind.PRIVATE, encrypted=encrypted
    )
    async with scene.world.store.transaction() as tx:
        await tx.put_channels([channel])
    return channel.id


@pytest.mark.parametrize("source_encrypted", [False, True])
@pytest.mark.parametrize(
    ("target", "sealed"),
    [
        (Target(audience=Audience.CHANNEL, channel=ChannelId("a:source")), True),
        (Target(audience=Audience.CHANNEL, channel=ChannelId("a:closed")), True),
        (Target(audience=Audience.CHANNEL, channel=ChannelId("a:open")), False),
        (Target(audience=Audience.CHANNEL, channel=ChannelId("b:open")), False),
        (Target(audience=Audience.CHANNEL, channel=ChannelId("b:unknown")), False),
        (Target(audience=Audience.WHISPER, channel=ChannelId("a:open"), person=PersonId("a:eva")), True),
        (Target(audience=Audience.DIRECT, person=PersonId("a:eva")), True),
        (Target(audience=Audience.DIRECT, person=PersonId("b:eva")), False),
        (Target(audience=Audience.WHISPER, channel=ChannelId("b:open"), person=PersonId("b:eva")), False),
        (Target(audience=Audience.HOME, person=PersonId("b:eva")), False),
        (Target(audience=Audience.DIRECT), False),
    ],
)
async def test_what_was_said_encrypted_never_comes_to_lie_in_the_clear(
    scene: Scene, source_encrypted: bool, target: Target, sealed: bool
) -> None:
    source = await _room(scene, "a:source", encrypted=source_encrypted)
    for name, encrypted in (("a:closed", True), ("a:open", False), ("b:open", False)):
        await _room(scene, name, encrypted=encrypted)
    async with scene.world.store.snapshot() as tx:
        ref = Ref(source, MessageId("m"))
        assert await stays_sealed(tx, target, ref) is (sealed or not source_encrypted)
        if not sealed and source_encrypted:
            assert not await may_show(tx, target, ref)
            assert target.person is None or not await may_be_asked(tx, target.person, ref)


async def test_an_encrypted_channel_stays_so_whatever_an_import_says(scene: Scene) -> None:
    for encrypted in (True, False):
        id = await _room(scene, "a:source", encrypted=encrypted)
    async with scene.world.store.snapshot() as tx:
        assert (await tx.channels([id]))[id].encrypted


HELP = ChannelId("fake:help")


@pytest.fixture
async def closed(scene: Scene) -> Scene:
    """#help, private, where who comes later may not look back; Early has been there for longer than Ander."""
    at = scene.clock()
    early = await scene.person("early")
    await scene.hear(
        MembersListed(event=scene.event(), channel=HELP, people=frozenset({early}), at=at - timedelta(days=1)),
        _closed(scene),
    )
    return scene


def _closed(scene: Scene) -> ChannelChanged:
    return ChannelChanged(
        event=scene.event(),
        channel=HELP,
        workspace=HOME,
        name="help",
        kind=ChannelKind.PRIVATE,
        at=scene.clock(),
        past_closed=True,
    )


async def _readers(scene: Scene, ref: Ref) -> set[str]:
    names = ("early", "late", "mallory")
    async with scene.world.store.snapshot() as tx:
        return {name for name in names if await may_read(tx, PersonId(f"fake:{name}"), ref)}


async def test_where_the_past_is_closed_who_came_later_sees_nothing_of_it(closed: Scene) -> None:
    ref = await closed.say("early", "help", QUESTION)
    closed.clock.forward(minutes=1)
    await closed.person("late", "help")
    assert await _readers(closed, ref) == {"early"}
    assert await _readers(closed, await closed.say("early", "help", QUESTION)) == {"early", "late"}
    await closed.hear(replace(_closed(closed), past_closed=False))
    assert await _readers(closed, ref) == {"early"}


async def test_what_is_said_once_the_past_is_open_again_is_for_who_comes_later_too(closed: Scene) -> None:
    await closed.hear(replace(_closed(closed), past_closed=False))
    ref = await closed.say("early", "help", QUESTION)
    await closed.hear(replace(_closed(closed), past_closed=True))
    closed.clock.forward(minutes=1)
    await closed.person("late", "help")
    assert await _readers(closed, ref) == {"early", "late"}


async def test_what_is_changed_while_the_past_is_closed_is_not_for_who_comes_later(closed: Scene) -> None:
    await closed.hear(replace(_closed(closed), past_closed=False))
    ref = await closed.say("early", "help", QUESTION)
    await closed.hear(replace(_closed(closed), past_closed=True))
    closed.clock.forward(minutes=1)
    edited = MessageEdited(
        event=closed.event(),
        channel=HELP,
        message=ref.id,
        author=PersonId("fake:early"),
        text=f"{QUESTION} It says 4711.",
        at=closed.clock(),
    )
    await closed.hear(edited)
    closed.clock.forward(minutes=1)
    await closed.person("late", "help")
    assert await _readers(closed, ref) == {"early"}


async def test_what_was_imported_is_closed_where_the_past_is_when_ander_comes(scene: Scene) -> None:
    room = ChannelId("fake:annex")
    told = replace(_closed(scene), channel=room, name="annex", past_closed=False)
    early = await scene.person("early")
    await scene.hear(told, MemberJoined(event=scene.event(), channel=room, person=early, at=scene.clock()), live=False)
    posted = scene.posted("early", "annex", QUESTION)
    await scene.hear(posted, live=False)
    ref = Ref(room, posted.message)
    scene.clock.forward(minutes=1)
    await scene.person("late", "annex")
    assert await _readers(scene, ref) == {"early", "late"}
    await scene.hear(replace(_closed(scene), channel=room, name="annex"))
    assert await _readers(scene, ref) == {"early"}


async def test_an_import_does_not_open_what_the_platform_says_is_closed(closed: Scene) -> None:
    await closed.hear(replace(_closed(closed), past_closed=False), live=False)
    posted = closed.posted("early", "help", QUESTION)
    await closed.hear(posted, live=False)
    closed.clock.forward(minutes=1)
    await closed.person("late", "help")
    assert await _readers(closed, Ref(HELP, posted.message)) == {"early"}


LOOKING_BACK = ("early", "late")
Happening = tuple[str, str]
_happenings = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["come", "go"]), st.sampled_from(LOOKING_BACK)),
        st.tuples(st.just("past"), st.sampled_from(["open", "closed"])),
        st.just(("say", "")),
    ),
    max_size=14,
)


def _as_the_platform_has_it(happened: list[Happening]) -> list[set[str]]:
    """For each message who may read it at the end, as Matrix says: members all of what was said with the past open; of
    the rest what was said since they came, for the last time."""
    inside: dict[str, int] = {}
    said: list[tuple[int, bool]] = []
    closed = True
    for moment, (what, which) in enumerate(happened):
        if what == "come":
            inside.setdefault(which, moment)
        elif what == "go":
            inside.pop(which, None)
        elif what == "past":
            closed = which == "closed"
        else:
            said.append((moment, closed))
    return [{who for who, came in inside.items() if not closed or came < moment} for moment, closed in said]


def _is_sound(happened: list[Happening]) -> bool:
    inside = set[str]()
    for what, which in happened:
        if (what == "come" and which in inside) or (what == "go" and which not in inside):
            return False
        inside = inside | {which} if what == "come" else inside - {which} if what == "go" else inside
    return True


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(happened=_happenings)
async def test_who_may_look_back_is_as_the_platform_has_it(closed: Scene, happened: list[Happening]) -> None:
    """The law: whatever came, went, opened and closed, a message has no reader whom the platform does not give; all
    of those where nobody comes who is there, or goes who is not."""
    room = await closed.channel(f"room{closed.event()}", ChannelKind.PRIVATE)
    here = replace(_closed(closed), channel=room, name=room.partition(":")[2])
    await closed.hear(here)
    said: list[Ref] = []
    for what, which in happened:
        closed.clock.forward(minutes=1)
        at, event = closed.clock(), closed.event()
        who = PersonId(f"fake:{which}")
        if what == "come":
            await closed.person(which)
            await closed.hear(MemberJoined(event=event, channel=room, person=who, at=at))
        elif what == "go":
            await closed.hear(MemberLeft(event=event, channel=room, person=who, at=at))
        elif what == "past":
            await closed.hear(replace(here, event=event, at=at, past_closed=which == "closed"))
        else:
            await closed.person("speaker")
            said.append(await closed.say("speaker", here.name, QUESTION))
    found = [await _readers(closed, ref) for ref in said]
    wanted = _as_the_platform_has_it(happened)
    assert all(readers <= those for readers, those in zip(found, wanted, strict=True))
    assert found == wanted or not _is_sound(happened)


async def test_where_the_past_is_closed_who_was_there_when_it_was_said_sees_it(closed: Scene) -> None:
    await closed.person("late", "help")
    assert await _readers(closed, await closed.say("early", "help", QUESTION)) == {"early", "late"}


async def test_where_the_past_is_closed_ander_s_coming_back_opens_nothing(closed: Scene) -> None:
    ref = await closed.say("early", "help", QUESTION)
    closed.clock.forward(minutes=1)
    await closed.hear(AnderRemoved(event=closed.event(), channel=HELP, at=closed.clock()))
    closed.clock.forward(minutes=1)
    people = frozenset({await closed.person("early"), await closed.person("late")})
    await closed.hear(
        _closed(closed),
        MembersListed(event=closed.event(), channel=HELP, people=people, at=closed.clock()),
        AnderAdded(event=closed.event(), channel=HELP, at=closed.clock()),
    )
    closed.clock.forward(minutes=1)
    await closed.sender.drain()
    assert await _readers(closed, ref) == {"early"}


async def test_where_the_past_is_closed_who_left_and_came_back_sees_nothing_of_before(closed: Scene) -> None:
    ref = await closed.say("early", "help", QUESTION)
    early = PersonId("fake:early")
    for kind in (MemberLeft, MemberJoined):
        closed.clock.forward(minutes=1)
        await closed.hear(kind(event=closed.event(), channel=HELP, person=early, at=closed.clock()))
    assert await _readers(closed, ref) == set()


async def test_nobody_s_server_can_say_that_they_came_earlier(closed: Scene) -> None:
    ref = await closed.say("early", "help", QUESTION)
    mallory, long_ago = await closed.person("mallory"), closed.clock() - timedelta(days=400)
    await closed.hear(MemberJoined(event=closed.event(), channel=HELP, person=mallory, at=long_ago))
    assert await _readers(closed, ref) == {"early"}
