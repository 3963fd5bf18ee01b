"""Speaking and hearing on the fake Slack: each thing once, to whom it is for, at the pace Slack asks."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest

from adapters.slack.client import Slack as Chat
from adapters.slack.settings import Secrets, SlackSection, demand, read_secrets
from adapters.slack.workspaces import OneWorkspace
from bot.errors import ConfigError, TransportError, UnclearSend
from bot.events import (
    AnderAdded,
    ChannelChanged,
    ChannelId,
    ChannelKind,
    MembersListed,
    PersonChanged,
    PersonId,
    WorkspaceId,
)
from bot.model import Channel as Place
from bot.model import OutgoingId, Ref
from bot.outgoing import Audience, Body, BodyPart, Button, Buttons, File, Outgoing, Target, Text
from bot.ports import Store
from tests.core.fakes import Clock, Ear
from tests.slack.fake import AppSettings, CallFault, Channel, Pace, Slack, User
from tests.slack.living import HTTP, Life, chat_on, living
from tests.slack.moments import NOW

POST = "chat.postMessage"


@pytest.fixture
def chat(slack: Slack, clock: Clock) -> Chat:
    return chat_on(slack, clock)


@pytest.fixture
async def life(slack: Slack, store: Store, tmp_path: Path, clock: Clock) -> AsyncIterator[Life]:
    async with living(slack, store, tmp_path, clock) as made:
        yield made


def to(
    channel: Channel,
    *,
    person: User | None = None,
    audience: Audience = Audience.CHANNEL,
    id: str = "out-1",
    purpose: str = "test",
    parts: tuple[BodyPart, ...] = (Text(text="Hello"),),
    thread: str | None = None,
) -> Outgoing:
    return Outgoing(
        purpose=purpose,
        target=Target(
            audience=audience,
            channel=ChannelId(f"slack:{channel.id}"),
            thread=thread,  # type: ignore[arg-type]
            person=PersonId(f"slack:{person.id}") if person else None,
        ),
        key=id,
        body=Body(lang="en", parts=parts),
        due_at=NOW,
        id=OutgoingId(id),
    )


# ── saying ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("fault", [CallFault.LOST, CallFault.BROKEN_AFTER, CallFault.FATAL_AFTER])
async def test_a_message_that_arrived_without_an_answer_is_found(
    slack: Slack, chat: Chat, help: Channel, fault: CallFault
) -> None:
    slack.schedule.plan(POST, fault)
    with pytest.raises(UnclearSend):
        await chat.send(to(help))
    (said,) = slack.from_app(help)
    assert await chat.find_sent(to(help)) == said.ts


@pytest.mark.parametrize("fault", [CallFault.BROKEN, CallFault.RESET])
async def test_a_message_that_never_arrived_is_certainly_not_there(
    slack: Slack, chat: Chat, help: Channel, fault: CallFault
) -> None:
    slack.schedule.plan(POST, fault)
    with pytest.raises(UnclearSend):
        await chat.send(to(help))
    assert await chat.find_sent(to(help)) is None


async def test_an_answer_in_a_thread_is_found_after_a_restart(
    slack: Slack, chat: Chat, clock: Clock, help: Channel, eva: User
) -> None:
    question = await slack.says(eva, help, "Who knows?")
    sent = await chat.send(to(help, thread=question.ts))
    assert await chat_on(slack, clock).find_sent(to(help, thread=question.ts)) == sent


async def test_what_only_one_person_sees_is_never_said_twice(
    slack: Slack, chat: Chat, help: Channel, eva: User
) -> None:
    whisper = to(help, person=eva, audience=Audience.WHISPER)
    slack.schedule.plan("chat.postEphemeral", CallFault.LOST)
    with pytest.raises(UnclearSend):
        await chat.send(whisper)
    with pytest.raises(UnclearSend):
        await chat.find_sent(whisper)
    assert len(slack.whispers(eva)) == 1


async def test_a_page_is_simply_laid_out_again(slack: Slack, chat: Chat, help: Channel, eva: User) -> None:
    slack.schedule.plan("views.publish", CallFault.LOST)
    page = to(help, person=eva, audience=Audience.HOME)
    with pytest.raises(TransportError) as failed:
        await chat.send(page)
    assert not isinstance(failed.value, UnclearSend)
    assert failed.value.retryable
    assert await chat.send(page)


async def test_slack_asks_to_slow_down(slack: Slack, chat: Chat, help: Channel) -> None:
    slack.schedule.plan(POST, CallFault.RATE_LIMITED)
    with pytest.raises(TransportError) as busy:
        await chat.send(to(help))
    assert busy.value.retry_after
    with pytest.raises(TransportError) as waiting:
        await chat.send(to(help, id="out-2"))
    assert (waiting.value.retry_after or 0) > busy.value.retry_after
    assert slack.from_app(help) == []


async def test_whom_ander_cannot_whisper_to_gets_a_letter(slack: Slack, chat: Chat, help: Channel) -> None:
    gone = slack.user("gone")
    await chat.send(to(help, person=gone, audience=Audience.WHISPER))
    assert [one.text for one in slack.letters(gone)] == ["Hello"]


async def test_a_closed_channel_is_given_up(slack: Slack, chat: Chat, help: Channel, eva: User) -> None:
    await slack.archives(eva, help)
    with pytest.raises(TransportError) as refused:
        await chat.send(to(help))
    assert not refused.value.retryable
    assert "is_archived" in str(refused.value)


async def test_the_notice_is_pinned_where_that_is_allowed(slack: Slack, clock: Clock, help: Channel) -> None:
    await chat_on(slack, clock, SlackSection(pin=False)).send(to(help, purpose="notice"))
    assert help.pins == []
    sent = await chat_on(slack, clock).send(to(help, purpose="notice", id="out-2"))
    assert help.pins == [sent]


async def test_without_the_scope_the_notice_stands_unpinned(clock: Clock) -> None:
    async with Slack(clock=clock, scopes={"chat:write", "channels:read"}) as slack:
        help = slack.channel("help", slack.bot())
        assert await chat_on(slack, clock).send(to(help, purpose="notice"))
        assert help.pins == []


async def test_files_follow_the_words_once(
    slack: Slack, chat: Chat, clock: Clock, help: Channel, eva: User, tmp_path: Path
) -> None:
    paths = [tmp_path / "page.html", tmp_path / "week.png"]
    for path in paths:
        path.write_bytes(b"something")
    files = [File(path=str(path), name=path.name) for path in paths]
    parts: tuple[BodyPart, ...] = (Text(text="The week"), *files)
    report = to(help, person=eva, audience=Audience.DIRECT, parts=parts)
    slack.schedule.plan("files.completeUploadExternal", CallFault.BROKEN)
    with pytest.raises(UnclearSend):
        await chat.send(report)
    assert await chat_on(slack, clock).find_sent(report) == slack.letters(eva)[0].ts  # finishes what was begun
    letters = slack.letters(eva)
    assert [[file["name"] for file in one.files] for one in letters] == [[], ["page.html", "week.png"]]
    await chat_on(slack, clock).find_sent(report)
    assert slack.letters(eva) == letters


# ── asking ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_membership_is_asked_live_and_kept_for_a_moment(
    slack: Slack, chat: Chat, help: Channel, eva: User
) -> None:
    person, channel = PersonId(f"slack:{eva.id}"), ChannelId(f"slack:{help.id}")
    assert await chat.is_member(person, channel) is True
    assert await chat.is_member(PersonId("slack:UNOBODY"), channel) is False
    assert await chat.is_member(person, ChannelId("slack:CNOWHERE")) is False
    slack.schedule.plan("conversations.members", *[CallFault.BROKEN] * 9)
    assert await chat.is_member(person, channel) is True


async def test_asking_is_tried_again_where_slack_is_in_trouble(
    slack: Slack, chat: Chat, help: Channel, eva: User
) -> None:
    slack.schedule.plan("conversations.members", CallFault.FATAL_AFTER, CallFault.BROKEN_AFTER, CallFault.LOST)
    assert await chat.is_member(PersonId(f"slack:{eva.id}"), ChannelId(f"slack:{help.id}")) is True


async def test_an_ander_is_brought_into_a_public_channel(slack: Slack, chat: Chat, clock: Clock, help: Channel) -> None:
    bo, channel = slack.user("bo"), ChannelId(f"slack:{help.id}")
    person = PersonId(f"slack:{bo.id}")
    assert await chat_on(slack, clock, SlackSection(invite=False)).bring_in(person, channel) is False
    assert await chat.bring_in(person, channel) is True
    assert bo.id in help.members
    assert await chat.bring_in(person, channel) is True
    assert await chat.bring_in(person, ChannelId("slack:CNOWHERE")) is False


async def test_a_link_leads_to_the_message(slack: Slack, chat: Chat, help: Channel) -> None:
    ref = Ref(ChannelId(f"slack:{help.id}"), "1772442000.000100")  # type: ignore[arg-type]
    assert chat.link(ref) is None  # nobody knows the address yet
    await chat.send(to(help))
    assert chat.link(ref) == f"https://home.slack.com/archives/{help.id}/p1772442000000100"
    assert chat.link(ref._replace(id="ander-5f2c-0")) is None  # type: ignore[arg-type]


async def test_a_preflight_says_what_is_well(slack: Slack, chat: Chat, help: Channel) -> None:
    findings = {one.what: one for one in await chat.check()}
    assert all(one.well for one in findings.values()), findings
    assert "#help" in findings["Slack channels"].detail


async def test_a_preflight_says_what_to_mend(slack: Slack, clock: Clock) -> None:
    secrets = Secrets(bot_token="xoxb-old", app_token="xapp-old", base=slack.url)
    chat = Chat(SlackSection(), secrets, OneWorkspace("xoxb-old", slack.url), clock=clock)
    findings = await chat.check()
    assert [one.well for one in findings] == [False, False]
    assert "SLACK_BOT_TOKEN" in findings[0].do
    assert "SLACK_APP_TOKEN" in findings[1].detail


# ── hearing ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("wrong", ["bot_token", "app_token"])
async def test_a_token_that_is_no_good_ends_it_plainly(slack: Slack, clock: Clock, wrong: str) -> None:
    tokens = {"bot_token": slack.bot_token, "app_token": slack.app_token} | {wrong: "xoxb-revoked"}
    secrets = Secrets(**tokens, base=slack.url)  # type: ignore[arg-type]
    chat = Chat(SlackSection(), secrets, OneWorkspace(secrets.bot_token, slack.url), clock=clock)
    with pytest.raises(TransportError, match="invalid_auth") as ended:
        await asyncio.wait_for(chat.run(Ear()), 10)
    assert not ended.value.retryable


async def test_being_removed_from_the_workspace_ends_it_plainly(slack: Slack, life: Life) -> None:
    await life.begin()
    assert life.running is not None
    await slack.uninstalls()
    with pytest.raises(TransportError, match="removed from the Slack workspace"):
        await asyncio.wait_for(life.running, 10)
    life.running = None


async def test_at_the_start_the_record_learns_who_is_where(slack: Slack, chat: Chat, help: Channel, eva: User) -> None:
    ear = Ear()
    home = WorkspaceId(f"slack:{slack.home.id}")
    ear.places = [Place(id=ChannelId("slack:CGONE"), workspace=home, name="gone", kind=ChannelKind.PUBLIC)]
    running = asyncio.create_task(chat.run(ear))
    await asyncio.wait_for(chat.listening.wait(), 10)
    for _ in range(500):
        if f"heard:{slack.home.id}" in ear.marks:  # everything was told
            break
        await asyncio.sleep(0.02)
    assert any(isinstance(one, PersonChanged) and one.person == f"slack:{eva.id}" for one in ear.heard)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    listed = next(one for one in ear.heard if isinstance(one, MembersListed))
    assert listed.people == {f"slack:{eva.id}", f"slack:{slack.bot().id}"}
    assert any(isinstance(one, AnderAdded) for one in ear.heard)
    hidden = [one for one in ear.heard if isinstance(one, ChannelChanged) and one.channel == "slack:CGONE"]
    assert [one.kind for one in hidden] == [ChannelKind.PRIVATE]  # not shown any more: unsure means no


async def test_a_command_where_ander_is_not_is_answered_there(slack: Slack, life: Life, eva: User) -> None:
    elsewhere = slack.channel("elsewhere", eva)
    await life.begin()
    await slack.types_command(eva, elsewhere, "help")
    await life.settle()
    assert "search" in slack.whispers(eva, elsewhere)[-1].text


async def test_a_command_after_a_response_url_ran_out_is_answered_all_the_same(
    slack: Slack, life: Life, help: Channel, eva: User
) -> None:
    await life.begin()
    await slack.types_command(eva, help, "help")
    life.clock.forward(minutes=31)
    await life.settle()
    assert len(slack.whispers(eva)) == 1


async def test_a_mention_in_a_thread_is_answered_there_and_is_no_practice(
    slack: Slack, life: Life, help: Channel, eva: User
) -> None:
    await life.begin()
    question = await slack.says(eva, help, "Does anybody know how to fix the printer?")
    mention = await slack.says(eva, help, f"<@{slack.bot().id}> domains", thread=question)
    await life.settle()
    assert slack.whispers(eva)[-1].thread_ts == question.ts
    assert not await life.has(mention)


async def test_a_shortcut_saves_and_shows_it(slack: Slack, life: Life, help: Channel, eva: User) -> None:
    await life.begin()
    life.clock.forward(minutes=1)
    said = await slack.says(eva, help, "Unplug the scanner first, then start the driver again.")
    await life.settle()
    await slack.shortcut(eva, said, "save_know_how")
    await life.settle()
    item = await life.item(said)
    assert item is not None
    assert (item.kind, item.confirmed) == ("know_how", True)
    await slack.until(lambda: "books" in help.messages[said.ts].reactions)


async def test_one_choice_takes_the_buttons_of_a_letter_away(
    slack: Slack, life: Life, help: Channel, eva: User
) -> None:
    await life.begin()
    choose = Buttons(buttons=(Button(label="Yes", token="run:help"), Button(label="No", token="run:me")), once=True)
    await life.chat.send(to(help, person=eva, audience=Audience.DIRECT, parts=(Text(text="Shall I?"), choose)))
    await slack.presses(eva, slack.letters(eva)[0], "Yes")
    await slack.until(lambda: "✓ Yes" in str(slack.letters(eva)[0].blocks))
    assert "Shall I?" in str(slack.letters(eva)[0].blocks)
    assert "press-" not in str(slack.letters(eva)[0].blocks)


async def test_what_happens_to_a_channel_is_followed(slack: Slack, life: Life, help: Channel, eva: User) -> None:
    await life.begin()
    await slack.renames(eva, help, "helpdesk")
    await slack.makes_private(eva, help)
    await life.settle()
    async with life.world.store.snapshot() as tx:
        (known,) = (await tx.channels()).values()
    assert (known.name, known.kind, known.archived) == ("helpdesk", "private", False)
    await slack.archives(eva, help)
    await life.settle()
    async with life.world.store.snapshot() as tx:
        (known,) = (await tx.channels()).values()
    assert known.archived
    await slack.leaves(slack.bot(), help, removed_by=eva)
    await life.settle()
    assert not await life.noticed(help)


async def test_what_changes_about_a_person_is_followed(slack: Slack, life: Life, help: Channel, eva: User) -> None:
    await life.begin()
    await slack.changes(eva, is_ultra_restricted=True, tz="Asia/Tokyo")
    newcomer = await slack.arrives("newcomer")
    await slack.changes(newcomer, deleted=True)
    await life.settle()
    async with life.world.store.snapshot() as tx:
        known = await tx.people([PersonId(f"slack:{one.id}") for one in (eva, newcomer)])
    told = [
        (known[PersonId(f"slack:{one.id}")].guest, known[PersonId(f"slack:{one.id}")].active) for one in (eva, newcomer)
    ]
    assert told == [(True, True), (False, False)]
    assert known[PersonId(f"slack:{eva.id}")].timezone == "Asia/Tokyo"


async def test_a_stranger_is_looked_up_before_they_are_answered(
    slack: Slack, life: Life, help: Channel, eva: User
) -> None:
    await life.begin()
    guest = slack.user("guest", is_restricted=True)
    await slack.types_command(guest, help, "me")
    await life.settle()
    async with life.world.store.snapshot() as tx:
        people = await tx.people([PersonId(f"slack:{guest.id}")])
    assert [one.guest for one in people.values()] == [True]


async def test_nothing_is_acknowledged_before_it_is_kept(slack: Slack, help: Channel, eva: User, clock: Clock) -> None:
    gate, heard = asyncio.Event(), asyncio.Event()

    class Slow(Ear):
        async def listen(self, events: object) -> None:
            if any(type(one).__name__ == "MessagePosted" for one in events):  # type: ignore[attr-defined]
                heard.set()
                await gate.wait()

    chat = chat_on(slack, clock)
    running = asyncio.create_task(chat.run(Slow()))
    await asyncio.wait_for(chat.listening.wait(), 10)
    await slack.says(eva, help, "Is anybody there?")
    await asyncio.wait_for(heard.wait(), 10)
    assert slack.deliveries.open
    gate.set()
    await slack.settled()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
async def test_a_socket_is_replaced_before_it_ends(
    store: Store, tmp_path: Path, clock: Clock, reason: Literal["warning", "refresh_requested"]
) -> None:
    async with Slack(clock=clock, pace=Pace(warning=0.2)) as slack:
        eva = slack.user("eva")
        help = slack.channel("help", eva, slack.bot())
        async with living(slack, store, tmp_path, clock) as life:
            await life.begin()
            await slack.sockets.disconnect(reason)
            await slack.until(lambda: slack.sockets.opened >= 2)
            clock.forward(minutes=1)
            said = await slack.says(eva, help, "Still here?")
            await life.settle()
            assert await life.has(said)


async def test_a_broken_socket_is_opened_again(slack: Slack, life: Life, help: Channel, eva: User) -> None:
    await life.begin()
    await slack.sockets.cut()
    await slack.connected()
    life.clock.forward(minutes=1)
    said = await slack.says(eva, help, "And now?")
    await life.settle()
    assert await life.has(said)


@pytest.mark.parametrize("late", [timedelta(), timedelta(minutes=6)])
async def test_what_slack_did_not_sign_just_now_is_refused(
    store: Store, tmp_path: Path, clock: Clock, late: timedelta
) -> None:
    async with Slack(clock=clock, app=AppSettings(socket_mode=False)) as slack:
        eva = slack.user("eva")
        help = slack.channel("help", eva, slack.bot())
        secrets = Secrets(bot_token=slack.bot_token, signing_secret="another secret", base=slack.url)
        ours = Clock(clock() + late)
        if late:
            secrets = Secrets(bot_token=slack.bot_token, signing_secret=slack.state.app.signing_secret, base=slack.url)
        chat = Chat(HTTP, secrets, OneWorkspace(slack.bot_token, slack.url), clock=ours)
        async with living(slack, store, tmp_path, clock, chat=chat) as life:
            life.running = asyncio.create_task(chat.run(life.listener))
            await asyncio.wait_for(chat.listening.wait(), 10)
            slack.state.app.request_url = f"http://127.0.0.1:{chat.port}/slack/events"
            delivery = await slack.types_command(eva, help, "forget-me")
            assert not delivery.taken


async def test_bolt_has_nothing_to_warn_of(
    slack: Slack,
    life: Life,
    help: Channel,
    eva: User,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", slack.bot_token)
    monkeypatch.setenv("SLACK_SIGNING_SECRET", slack.state.app.signing_secret)
    await life.begin()
    await slack.types_command(eva, help, "help")
    await life.settle()
    assert not [one for one in caplog.records if "bolt" in one.name.lower()]


# ── settings ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("section", "env", "said"),
    [
        (SlackSection(), {}, "SLACK_BOT_TOKEN is not set"),
        (SlackSection(), {"SLACK_BOT_TOKEN": "xoxb-1"}, "SLACK_APP_TOKEN is not set"),
        (SlackSection(), {"SLACK_BOT_TOKEN": "xapp-1", "SLACK_APP_TOKEN": "xoxb-1"}, "belongs in SLACK_APP_TOKEN"),
        (SlackSection(mode="http"), {"SLACK_BOT_TOKEN": "xoxb-1"}, "SLACK_SIGNING_SECRET is not set"),
        (SlackSection(workspaces="many"), {}, "ANDER_SLACK_KEY is not set"),
        (SlackSection(workspaces="many"), {}, "`slack.url` is not set"),
    ],
)
def test_what_lacks_is_named(section: SlackSection, env: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        demand(section, read_secrets(env))


def test_secrets_do_not_show() -> None:
    secrets = read_secrets({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "hush", "ANDER_SLACK_KEY": "a,b"})
    assert not any(word in repr(secrets) for word in ("xoxb-1", "hush", "'a'"))
    assert secrets.keys == ("a", "b")
