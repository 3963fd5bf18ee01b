"""The fake's Web API as slack_sdk's own client sees it."""

from datetime import timedelta

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.core.fakes import Clock
from tests.slack.fake import ALL_SCOPES, Channel, Slack, User
from tests.slack.fake.installing import issue_whole


def client(slack: Slack, token: str) -> AsyncWebClient:
    return AsyncWebClient(token=token, base_url=slack.url, retry_handlers=[])


async def refused(call: object) -> dict[str, object]:
    """The body of the refusal that a call ends in."""
    with pytest.raises(SlackApiError) as caught:
        await call  # type: ignore[misc]
    data: dict[str, object] = caught.value.response.data
    return data


async def test_auth_test_says_whose_token_it_is(slack: Slack, web: AsyncWebClient) -> None:
    answer = await web.auth_test()
    assert (answer["user_id"], answer["team_id"]) == (slack.bot().id, slack.home.id)
    assert answer["bot_id"] == slack.bot().bot_id
    assert set(answer.headers["X-OAuth-Scopes"].split(",")) == ALL_SCOPES


async def test_a_token_that_is_wrong_or_gone_is_refused(slack: Slack, web: AsyncWebClient) -> None:
    assert (await refused(client(slack, "xoxb-made-up").auth_test()))["error"] == "invalid_auth"
    await slack.uninstalls()
    assert (await refused(web.auth_test()))["error"] == "token_revoked"


async def test_a_method_without_its_scope_says_which_one_is_missing(slack: Slack, help: Channel, eva: User) -> None:
    team = slack.team("Poor")
    poor = client(slack, slack.install(team, ["chat:write"]))
    body = await refused(poor.users_info(user=slack.bot(team).id))
    assert (body["error"], body["needed"], body["provided"]) == ("missing_scope", "users:read", "chat:write")


async def test_what_is_posted_stands_in_the_history(web: AsyncWebClient, help: Channel, slack: Slack) -> None:
    posted = await web.chat_postMessage(channel=help.id, text="Hello", unfurl_links=False, unfurl_media=False)
    history = await web.conversations_history(channel=help.id)
    assert [(one["ts"], one["text"], one["user"]) for one in history["messages"]] == [
        (posted["ts"], "Hello", slack.bot().id)
    ]
    assert [one.unfurls for one in slack.said] == [False]


async def test_metadata_is_shown_only_to_those_who_ask(web: AsyncWebClient, help: Channel) -> None:
    metadata = {"event_type": "ander", "event_payload": {"key": "42"}}
    await web.chat_postMessage(channel=help.id, text="Hello", metadata=metadata)
    plain = await web.conversations_history(channel=help.id)
    asked = await web.conversations_history(channel=help.id, include_all_metadata=True)
    assert "metadata" not in plain["messages"][0]
    assert asked["messages"][0]["metadata"] == metadata


async def test_the_app_speaks_only_where_it_is(web: AsyncWebClient, slack: Slack, eva: User) -> None:
    elsewhere, secret = slack.channel("elsewhere", eva), slack.channel("secret", eva, type="group")
    assert (await refused(web.chat_postMessage(channel=elsewhere.id, text="x")))["error"] == "not_in_channel"
    assert (await refused(web.chat_postMessage(channel=secret.id, text="x")))["error"] == "channel_not_found"
    assert (await refused(web.conversations_history(channel=elsewhere.id)))["error"] == "not_in_channel"
    assert (await refused(web.conversations_info(channel=secret.id)))["error"] == "channel_not_found"


async def test_an_archived_channel_takes_nothing(web: AsyncWebClient, help: Channel, slack: Slack, eva: User) -> None:
    await slack.archives(eva, help)
    assert (await refused(web.chat_postMessage(channel=help.id, text="x")))["error"] == "is_archived"


async def test_a_whisper_goes_to_a_member_and_into_no_history(
    web: AsyncWebClient, slack: Slack, help: Channel, eva: User
) -> None:
    stranger = slack.user("joop")
    await web.chat_postEphemeral(channel=help.id, user=eva.id, text="psst")
    assert [one.text for one in slack.whispers(eva)] == ["psst"]
    assert (await web.conversations_history(channel=help.id))["messages"] == []
    body = await refused(web.chat_postEphemeral(channel=help.id, user=stranger.id, text="psst"))
    assert body["error"] == "user_not_in_channel"


async def test_a_message_to_a_person_opens_a_direct_conversation(web: AsyncWebClient, slack: Slack, eva: User) -> None:
    opened = await web.conversations_open(users=[eva.id])
    posted = await web.chat_postMessage(channel=eva.id, text="hoi")
    assert posted["channel"] == opened["channel"]["id"] == slack.direct(eva).id
    assert [one.text for one in slack.letters(eva)] == ["hoi"]


async def test_only_own_messages_are_changed_and_taken_back(
    web: AsyncWebClient, slack: Slack, help: Channel, eva: User
) -> None:
    theirs = await slack.says(eva, help, "mine")
    own = await web.chat_postMessage(channel=help.id, text="first")
    await web.chat_update(channel=help.id, ts=own["ts"], text="second")
    assert help.messages[own["ts"]].text == "second"
    assert (await refused(web.chat_update(channel=help.id, ts=theirs.ts, text="x")))["error"] == "cant_update_message"
    assert (await refused(web.chat_delete(channel=help.id, ts=theirs.ts)))["error"] == "cant_delete_message"
    await web.chat_delete(channel=help.id, ts=own["ts"])
    assert (await refused(web.chat_delete(channel=help.id, ts=own["ts"])))["error"] == "message_not_found"


async def test_replies_come_with_their_parent_and_not_in_the_history(
    web: AsyncWebClient, slack: Slack, help: Channel, eva: User
) -> None:
    question = await slack.says(eva, help, "question")
    await slack.says(eva, help, "reply", thread=question)
    await slack.says(eva, help, "shown to all", thread=question, broadcast=True)
    thread = await web.conversations_replies(channel=help.id, ts=question.ts)
    history = await web.conversations_history(channel=help.id)
    assert [one["text"] for one in thread["messages"]] == ["question", "reply", "shown to all"]
    assert [one["text"] for one in history["messages"]] == ["shown to all", "question"]
    assert history["messages"][0]["subtype"] == "thread_broadcast"
    assert history["messages"][0]["root"]["ts"] == question.ts
    assert history["messages"][1]["reply_count"] == 2


async def test_pages_follow_their_cursors_to_the_end(
    web: AsyncWebClient, slack: Slack, help: Channel, eva: User
) -> None:
    said = [await slack.says(eva, help, str(number)) for number in range(5)]
    texts = [
        one["text"]
        async for page in await web.conversations_history(channel=help.id, limit=2)
        for one in page["messages"]
    ]
    assert texts == ["4", "3", "2", "1", "0"]
    since = await web.conversations_history(channel=help.id, oldest=said[2].ts)
    assert [one["text"] for one in since["messages"]] == ["4", "3"]
    assert (await refused(web.conversations_history(channel=help.id, cursor="?")))["error"] == "invalid_cursor"


async def test_channel_lists_show_what_the_app_may_know(web: AsyncWebClient, slack: Slack, eva: User) -> None:
    public, inside = slack.channel("public", eva), slack.channel("inside", slack.bot(), type="group")
    slack.channel("outside", eva, type="group")
    listed = await web.conversations_list(types="public_channel,private_channel")
    assert {one["id"]: one["is_member"] for one in listed["channels"]} == {public.id: False, inside.id: True}
    mine = await web.users_conversations(types="public_channel,private_channel")
    assert [one["id"] for one in mine["channels"]] == [inside.id]


async def test_people_have_their_zone_their_language_and_their_standing(
    web: AsyncWebClient, slack: Slack, help: Channel
) -> None:
    guest = slack.user("gast", is_restricted=True, tz="Asia/Tokyo", locale="nl-NL")
    other_team = slack.team("Other")
    stranger = slack.user("vreemd", team=other_team)
    assert (await refused(web.users_info(user=stranger.id)))["error"] == "user_not_visible"
    await slack.shares(help, other_team)
    await slack.joins(stranger, help)
    seen = (await web.users_info(user=guest.id, include_locale=True))["user"]
    assert (seen["is_restricted"], seen["tz"], seen["locale"]) == (True, "Asia/Tokyo", "nl-NL")
    assert (await web.users_info(user=stranger.id))["user"]["is_stranger"] is True


async def test_joining_and_inviting(web: AsyncWebClient, slack: Slack, eva: User) -> None:
    joop, guest = slack.user("joop"), slack.user("gast", is_restricted=True)
    channel = slack.channel("public", eva)
    await web.conversations_join(channel=channel.id)
    await web.conversations_invite(channel=channel.id, users=[joop.id])
    assert channel.members == [eva.id, slack.bot().id, joop.id]
    again = await refused(web.conversations_invite(channel=channel.id, users=[joop.id]))
    assert again["error"] == "already_in_channel"
    assert (await refused(web.conversations_invite(channel=channel.id, users=[guest.id])))["error"] == "cant_invite"


async def test_a_file_is_uploaded_in_three_steps(web: AsyncWebClient, slack: Slack, help: Channel) -> None:
    await web.files_upload_v2(channel=help.id, filename="report.html", content="<h1>Hi</h1>", initial_comment="Here")
    [message] = slack.from_app(help)
    [file] = slack.state.files.values()
    assert (message.text, message.subtype, file.content) == ("Here", "file_share", b"<h1>Hi</h1>")


async def test_a_modal_opens_within_three_seconds_and_once(
    web: AsyncWebClient, slack: Slack, eva: User, clock: Clock
) -> None:
    view = {"type": "modal", "title": {"type": "plain_text", "text": "Settings"}, "blocks": []}
    trigger = slack.state.new_trigger(eva, slack.home.id)
    await web.views_open(trigger_id=trigger, view=view)
    assert slack.modal(eva).content["title"]["text"] == "Settings"
    assert (await refused(web.views_open(trigger_id=trigger, view=view)))["error"] == "exchanged_trigger_id"
    late = slack.state.new_trigger(eva, slack.home.id)
    clock.forward(seconds=4)
    assert (await refused(web.views_open(trigger_id=late, view=view)))["error"] == "expired_trigger_id"


async def test_a_home_tab_is_published_and_guarded_by_its_hash(web: AsyncWebClient, slack: Slack, eva: User) -> None:
    first = await web.views_publish(user_id=eva.id, view={"type": "home", "blocks": [{"type": "divider"}]})
    await web.views_publish(user_id=eva.id, view={"type": "home", "blocks": []}, hash=first["view"]["hash"])
    body = await refused(
        web.views_publish(user_id=eva.id, view={"type": "home", "blocks": []}, hash=first["view"]["hash"])
    )
    assert body["error"] == "hash_conflict"
    home = slack.home_of(eva)
    assert home is not None
    assert home.content["blocks"] == []


async def test_one_message_a_second_per_channel(clock: Clock) -> None:
    async with Slack(clock=clock, limits=True) as slack:
        web, channel = client(slack, slack.bot_token), slack.channel("help", slack.bot())
        await web.chat_postMessage(channel=channel.id, text="one")
        with pytest.raises(SlackApiError) as caught:
            await web.chat_postMessage(channel=channel.id, text="two")
        assert caught.value.response.status_code == 429
        assert caught.value.response.headers["Retry-After"] == "1"
        await refused(web.chat_postMessage(channel=channel.id, text="two"))
        clock.forward(seconds=1)
        await web.chat_postMessage(channel=channel.id, text="two")
        assert slack.limits.hasty == ["chat.postMessage"]


async def test_a_burst_is_let_pass_where_it_is_allowed(clock: Clock) -> None:
    async with Slack(clock=clock, limits=True) as slack:
        slack.limits.burst = 3
        web, channel = client(slack, slack.bot_token), slack.channel("help", slack.bot())
        for _ in range(3):
            await web.chat_postMessage(channel=channel.id, text="x")
        assert (await refused(web.chat_postMessage(channel=channel.id, text="x")))["error"] == "ratelimited"
        clock.forward(seconds=1)
        await web.chat_postMessage(channel=channel.id, text="x")
        assert (await refused(web.chat_postMessage(channel=channel.id, text="x")))["error"] == "ratelimited"


async def test_a_method_has_its_tier(clock: Clock) -> None:
    async with Slack(clock=clock, limits=True) as slack:
        web = client(slack, slack.bot_token)
        for _ in range(20):
            await web.conversations_list()
        assert (await refused(web.conversations_list()))["error"] == "ratelimited"
        clock.forward(seconds=61)
        await web.conversations_list()


async def test_what_would_wake_people_is_noted(web: AsyncWebClient, slack: Slack, help: Channel, eva: User) -> None:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": f"<!here> <@{eva.id}>"}}
    await web.chat_postMessage(channel=help.id, text="<!channel> &lt;!everyone&gt;", blocks=[section])
    assert slack.said[0].alarms == ("<!channel>", "<!here>", f"<@{eva.id}>")
    assert slack.said[0].unfurls


async def test_a_workspace_is_added_with_a_code_and_tokens_rotate(slack: Slack, clock: Clock) -> None:
    slack.state.app.rotation = True
    team = slack.team("Second")
    boss = slack.user("boss", team=team)
    scope = ",".join(sorted(ALL_SCOPES))
    back = slack.approves(
        boss,
        f"https://slack.com/oauth/v2/authorize?client_id=1.2&scope={scope}&redirect_uri=https://a.example/&state=s",
    )
    code = back.partition("code=")[2].partition("&")[0]
    web, app = client(slack, ""), slack.state.app
    got = await web.oauth_v2_access(client_id=app.client_id, client_secret=app.client_secret, code=code)
    assert got["team"]["id"] == team.id
    await client(slack, got["access_token"]).auth_test()
    clock.forward(hours=13)
    assert (await refused(client(slack, got["access_token"]).auth_test()))["error"] == "token_expired"
    new = await web.oauth_v2_access(
        client_id=app.client_id,
        client_secret=app.client_secret,
        grant_type="refresh_token",
        refresh_token=got["refresh_token"],
    )
    assert timedelta(seconds=new["expires_in"]) == timedelta(hours=12)
    await client(slack, new["access_token"]).auth_test()
    body = await refused(web.oauth_v2_access(client_id=app.client_id, client_secret=app.client_secret, code=code))
    assert body["error"] == "invalid_code"


async def test_an_organisation_s_token_says_which_workspace_it_means(slack: Slack) -> None:
    home, other, elsewhere = slack.home, slack.team("Other"), slack.team("Elsewhere")
    whole = slack.organisation("Grid", home, other)
    token = issue_whole(slack.state, whole.id, slack.admin.id, ALL_SCOPES).value
    web = client(slack, token)
    slack.channel("care", slack.user("ann", team=other), team=other)
    assert [one["id"] for one in (await web.auth_teams_list())["teams"]] == [home.id, other.id]
    assert (await web.auth_test())["is_enterprise_install"] is True
    listed = await web.conversations_list(team_id=other.id)
    assert [one["name"] for one in listed["channels"]] == ["care"]
    assert (await refused(web.conversations_list()))["error"] == "missing_argument"
    assert (await refused(web.conversations_list(team_id=elsewhere.id)))["error"] == "team_access_not_granted"
