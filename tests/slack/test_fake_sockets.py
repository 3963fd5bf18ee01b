"""The fake's Socket Mode as slack_sdk's own client sees it."""

import json

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.core.fakes import Clock
from tests.slack.fake import Channel, EventFault, Pace, Slack, User
from tests.slack.listening import Listener, listening

HASTE = Pace(ack=0.1, retries=(0.0, 0.02, 0.05), warning=0.05)


async def test_a_ticket_opens_one_socket_once(slack: Slack) -> None:
    web = AsyncWebClient(base_url=slack.url, retry_handlers=[])
    url = (await web.apps_connections_open(app_token=slack.app_token))["url"]
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(url) as socket:
            hello = await socket.receive_json()
            assert (hello["type"], hello["num_connections"]) == ("hello", 1)
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(url)
    assert len(slack.sockets.refused) == 1


async def test_only_an_app_token_opens_sockets(slack: Slack) -> None:
    web = AsyncWebClient(base_url=slack.url, retry_handlers=[])
    with pytest.raises(SlackApiError, match="not_allowed_token_type"):
        await web.apps_connections_open(app_token=slack.bot_token)
    with pytest.raises(SlackApiError, match="invalid_auth"):
        await web.apps_connections_open(app_token="xapp-made-up")
    with pytest.raises(SlackApiError, match="not_authed"):
        await web.api_call("apps.connections.open", data={"token": slack.app_token})


async def test_what_is_said_is_heard_and_acknowledged(slack: Slack, help: Channel, eva: User) -> None:
    async with listening(slack) as app:
        message = await slack.says(eva, help, "Hello")
        await slack.settled()
        [event] = app.events
    assert (event["type"], event["text"], event["user"], event["ts"]) == ("message", "Hello", eva.id, message.ts)
    assert (event["channel"], event["channel_type"]) == (help.id, "channel")
    [delivery] = slack.deliveries.all
    assert delivery.taken
    assert app.heard[0].retry_attempt == 0
    assert app.heard[0].payload["authorizations"][0]["user_id"] == slack.bot().id


async def test_an_event_goes_to_one_of_the_sockets(slack: Slack, help: Channel, eva: User) -> None:
    async with listening(slack) as one, listening(slack) as other:
        for number in range(20):
            await slack.says(eva, help, str(number))
        await slack.settled()
        assert len(one.events) + len(other.events) == 20
        assert one.events
        assert other.events


async def test_what_is_not_acknowledged_comes_again_and_says_so(clock: Clock) -> None:
    async with Slack(clock=clock, pace=HASTE) as slack, listening(slack) as app:
        eva = slack.user("eva")
        app.deaf_for = 2
        await slack.says(eva, slack.channel("help", eva, slack.bot()), "Hello")
        await slack.settled()
    assert [(one.retry_attempt, one.retry_reason) for one in app.heard] == [(0, ""), (1, "timeout"), (2, "timeout")]
    assert len({one.payload["event_id"] for one in app.heard}) == 1
    assert slack.deliveries.all[0].taken


async def test_after_three_retries_an_event_is_given_up(clock: Clock) -> None:
    async with Slack(clock=clock, pace=HASTE) as slack, listening(slack) as app:
        eva = slack.user("eva")
        app.deaf_for = 99
        await slack.says(eva, slack.channel("help", eva, slack.bot()), "Hello")
        await slack.settled()
        assert len(app.heard) == 4
        assert len(slack.deliveries.lost) == 1


async def test_a_client_that_is_told_to_refresh_comes_back(slack: Slack, help: Channel, eva: User) -> None:
    async with listening(slack) as app:
        await slack.sockets.disconnect("refresh_requested")
        await slack.until(lambda: slack.sockets.opened == 2)
        await slack.says(eva, help, "still there?")
        await slack.settled()
        assert [one["text"] for one in app.events] == ["still there?"]


async def test_after_a_warning_the_socket_stays_for_a_while(clock: Clock) -> None:
    async with Slack(clock=clock, pace=HASTE) as slack, aiohttp.ClientSession() as session:
        socket = await session.ws_connect(slack.sockets.ticket())
        await socket.receive_json()
        await slack.sockets.disconnect("warning")
        assert (await socket.receive_json())["reason"] == "warning"
        assert len(slack.sockets.open) == 1
        assert (await socket.receive_json())["reason"] == "refresh_requested"
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE


async def test_a_cut_socket_is_opened_again_and_nothing_is_lost(slack: Slack, help: Channel, eva: User) -> None:
    slack.schedule.plan_events(EventFault.CUT)
    async with listening(slack) as app:
        await slack.says(eva, help, "Hello")
        await slack.settled()
    assert [one["text"] for one in app.events][-1:] == ["Hello"]
    assert slack.deliveries.all[0].taken
    assert len(slack.deliveries.all[0].attempts) == 2


async def test_an_event_may_come_twice_or_late(clock: Clock) -> None:
    async with Slack(clock=clock, pace=Pace(late=0.05)) as slack, listening(slack) as app:
        eva = slack.user("eva")
        help = slack.channel("help", eva, slack.bot())
        slack.schedule.plan_events(EventFault.DOUBLED, EventFault.HELD, None)
        for text in ("twice", "late", "last"):
            await slack.says(eva, help, text)
        await slack.settled()
    assert [one["text"] for one in app.events] == ["twice", "twice", "last", "late"]
    assert app.heard[0].payload["event_id"] == app.heard[1].payload["event_id"]


async def test_no_more_than_ten_sockets(slack: Slack) -> None:
    async with aiohttp.ClientSession() as session:
        ten = [await session.ws_connect(slack.sockets.ticket()) for _ in range(10)]
        assert [(await one.receive_json())["num_connections"] for one in ten] == list(range(1, 11))
        eleventh = await session.ws_connect(slack.sockets.ticket())
        assert json.loads((await eleventh.receive()).data)["reason"] == "too_many_websockets"


async def test_pings_are_answered(slack: Slack) -> None:
    async with listening(slack) as app:
        await slack.until(lambda: slack.sockets.open[0].pings >= 3)
        assert app.client.last_ping_pong_time is not None
        assert not await app.client.is_ping_pong_failing()


async def test_a_command_is_answered_in_the_acknowledgement(slack: Slack, help: Channel, eva: User) -> None:
    async with listening(slack) as app:
        app.answer = {"text": "Here is what I found"}
        delivery = await slack.types_command(eva, help, "search pdf")
    assert delivery.taken
    assert app.heard[0].payload["text"] == "search pdf"
    assert app.heard[0].payload["command"] == "/ander"
    assert [one.text for one in slack.whispers(eva, help)] == ["Here is what I found"]


async def test_a_command_is_not_tried_again(clock: Clock) -> None:
    async with Slack(clock=clock, pace=HASTE) as slack, listening(slack) as app:
        eva = slack.user("eva")
        app.deaf_for = 1
        delivery = await slack.types_command(eva, slack.channel("help", eva), "help")
        assert not delivery.taken
        assert len(app.heard) == 1


def heard_types(app: Listener) -> list[str]:
    return [one["type"] if one["type"] != "message" else one.get("subtype", "message") for one in app.events]


async def test_what_happens_to_a_channel_is_told_as_slack_tells_it(slack: Slack, eva: User) -> None:
    async with listening(slack) as app:
        channel = await slack.creates(eva, "new")
        await slack.joins(slack.bot(), channel, inviter=eva)
        await slack.renames(eva, channel, "newer")
        await slack.sets_topic(eva, channel, "topic")
        await slack.makes_private(eva, channel)
        await slack.says(eva, channel, "between us")
        await slack.archives(eva, channel)
        await slack.settled()
    assert heard_types(app) == [
        "channel_created",
        "channel_join",
        "member_joined_channel",
        "channel_name",
        "channel_rename",
        "channel_topic",
        "channel_convert_to_private",
        "message",
        "group_archive",
        "group_archive",
    ]
    assert [one.get("channel_type") for one in app.events if one.get("text") == "between us"] == ["group"]


async def test_edits_and_deletions_carry_what_was_before(slack: Slack, help: Channel, eva: User) -> None:
    async with listening(slack) as app:
        question = await slack.says(eva, help, "befor")
        await slack.edits(eva, question, "before")
        reply = await slack.says(eva, help, "reply", thread=question)
        await slack.deletes(eva, question)
        await slack.deletes(eva, reply)
        await slack.settled()
    _, edited, _, tombstone, deleted = app.events
    assert (edited["message"]["text"], edited["previous_message"]["text"]) == ("before", "befor")
    assert edited["hidden"] is True
    assert tombstone["message"]["subtype"] == "tombstone"
    assert (deleted["subtype"], deleted["deleted_ts"]) == ("message_deleted", reply.ts)


async def test_the_app_hears_nothing_of_where_it_is_not(slack: Slack, eva: User) -> None:
    public, private = slack.channel("public", eva), slack.channel("private", eva, type="group")
    async with listening(slack) as app:
        message = await slack.says(eva, public, "x")
        await slack.reacts(eva, message, "eyes")
        await slack.says(eva, private, "x")
        await slack.renames(eva, private, "secret")
        await slack.settled()
    assert app.heard == []
    assert len(slack.deliveries.withheld) == 5


async def test_without_the_scope_no_event_comes(slack: Slack) -> None:
    team = slack.team("Poor")
    slack.install(team, ["chat:write"])
    joop = slack.user("joop", team=team)
    channel = slack.channel("x", joop, slack.bot(team), team=team)
    async with listening(slack) as app:
        await slack.says(joop, channel, "x")
        await slack.changes(joop, tz="Asia/Tokyo")
        await slack.settled()
    assert app.heard == []


async def test_reactions_people_and_mentions_are_told(slack: Slack, help: Channel, eva: User) -> None:
    async with listening(slack) as app:
        message = await slack.says(eva, help, f"<@{slack.bot().id}> open")
        await slack.reacts(eva, message, "white_check_mark")
        await slack.unreacts(eva, message, "white_check_mark")
        await slack.changes(eva, deleted=True)
        await slack.arrives("joop")
        await slack.another_bot_says(help, "build is green")
        await slack.huddle(eva, help)
        await slack.uninstalls()
        await slack.settled()
    assert heard_types(app) == [
        "message",
        "app_mention",
        "reaction_added",
        "reaction_removed",
        "user_change",
        "team_join",
        "bot_message",
        "huddle_thread",
        "tokens_revoked",
        "app_uninstalled",
    ]
    assert "user" not in app.events[6]


async def test_a_shared_channel_is_public_on_one_side_and_private_on_the_other(slack: Slack, eva: User) -> None:
    partner = slack.team("Partner")
    token = slack.install(partner)
    vera = slack.user("vera", team=partner)
    channel = slack.channel("together", eva, slack.bot(partner))
    async with listening(slack) as app:
        await slack.shares(channel, partner, private_there=True)
        await slack.joins(vera, channel)
        await slack.says(vera, channel, "hello from outside")
        await slack.unshares(channel, partner)
        await slack.settled()
    shared, _, joined, said, unshared = (one.payload for one in app.heard)
    assert (shared["event"]["type"], shared["event"]["connected_team_id"]) == ("channel_shared", partner.id)
    assert (joined["event"]["type"], joined["event"]["team"]) == ("member_joined_channel", partner.id)
    assert (said["team_id"], said["event"]["channel_type"]) == (partner.id, "group")
    assert said["is_ext_shared_channel"] is True
    assert (unshared["event"]["type"], vera.id in channel.members) == ("channel_unshared", False)
    seen = await AsyncWebClient(token=token, base_url=slack.url).users_list()
    assert "is_stranger" not in next(one for one in seen["members"] if one["id"] == vera.id)


async def test_several_workspaces_are_told_apart(slack: Slack, eva: User) -> None:
    other = slack.team("Other")
    slack.install(other)
    joop = slack.user("joop", team=other)
    async with listening(slack) as app:
        await slack.says(eva, slack.channel("here", eva, slack.bot()), "one")
        await slack.says(joop, slack.channel("there", joop, slack.bot(other), team=other), "two")
        await slack.types_command(joop, slack.direct(joop), "help")
        await slack.settled()
    assert [one.payload["team_id"] for one in app.heard] == [slack.home.id, other.id, other.id]
