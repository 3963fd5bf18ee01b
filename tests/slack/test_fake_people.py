"""People at the fake: what they press, fill in and see, and what reaches the app of it."""

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from tests.core.fakes import Clock
from tests.slack.fake import Channel, Json, Slack, User
from tests.slack.listening import listening

BUTTONS: list[Json] = [
    {
        "type": "actions",
        "block_id": "choices",
        "elements": [
            {"type": "button", "action_id": "yes", "value": "token-1", "text": {"type": "plain_text", "text": "Yes"}},
            {
                "type": "button",
                "action_id": "no",
                "value": "token-2",
                "text": {"type": "plain_text", "text": "Not now"},
            },
        ],
    }
]
MODAL: Json = {
    "type": "modal",
    "callback_id": "settings",
    "title": {"type": "plain_text", "text": "Settings"},
    "submit": {"type": "plain_text", "text": "Save"},
    "notify_on_close": True,
    "blocks": [
        {
            "type": "input",
            "block_id": "words",
            "label": {"type": "plain_text", "text": "Words"},
            "element": {"type": "plain_text_input", "action_id": "typed"},
        },
        {
            "type": "input",
            "block_id": "language",
            "label": {"type": "plain_text", "text": "Language"},
            "element": {
                "type": "static_select",
                "action_id": "lang",
                "initial_option": {"text": {"type": "plain_text", "text": "Dutch"}, "value": "nl"},
                "options": [
                    {"text": {"type": "plain_text", "text": "Dutch"}, "value": "nl"},
                    {"text": {"type": "plain_text", "text": "English"}, "value": "en"},
                ],
            },
        },
    ],
}


async def test_a_pressed_button_says_which_where_and_by_whom(
    slack: Slack, web: AsyncWebClient, help: Channel, eva: User
) -> None:
    posted = await web.chat_postMessage(channel=help.id, text="Well?", blocks=BUTTONS)
    async with listening(slack) as app:
        await slack.presses(eva, help.messages[posted["ts"]], "Not now")
    [payload] = [one.payload for one in app.heard if one.type == "interactive"]
    assert payload["type"] == "block_actions"
    assert payload["actions"][0]["value"] == "token-2"
    assert payload["actions"][0]["block_id"] == "choices"
    assert payload["container"]["message_ts"] == payload["message"]["ts"] == posted["ts"]
    assert payload["user"]["id"] == eva.id


async def test_a_pressed_whisper_is_replaced_through_its_response_url(
    slack: Slack, web: AsyncWebClient, help: Channel, eva: User
) -> None:
    await web.chat_postEphemeral(channel=help.id, user=eva.id, text="Well?", blocks=BUTTONS)
    async with listening(slack) as app:
        await slack.presses(eva, slack.whispers(eva)[0], "yes")
    payload = app.heard[-1].payload
    assert payload["container"]["is_ephemeral"] is True
    assert "message" not in payload
    hook = AsyncWebhookClient(payload["response_url"])
    await hook.send(text="Thanks", replace_original=True)
    assert [one.text for one in slack.whispers(eva)] == ["Thanks"]
    await hook.send_dict({"delete_original": True})
    assert slack.whispers(eva) == []


async def test_a_response_url_is_good_five_times_and_half_an_hour(
    slack: Slack, help: Channel, eva: User, clock: Clock
) -> None:
    hook = AsyncWebhookClient(slack.state.new_response_url(eva, slack.home.id, help.id))
    answers = [(await hook.send(text=str(number))).status_code for number in range(6)]
    assert answers == [200] * 5 + [404]
    late = AsyncWebhookClient(slack.state.new_response_url(eva, slack.home.id, help.id))
    clock.forward(minutes=31)
    answer = await late.send(text="too late")
    assert (answer.status_code, answer.body) == (404, '{"ok": false, "error": "expired_url"}')


async def test_a_person_presses_only_what_they_see(slack: Slack, web: AsyncWebClient, help: Channel, eva: User) -> None:
    await web.chat_postEphemeral(channel=help.id, user=eva.id, text="Well?", blocks=BUTTONS)
    joop = slack.user("joop")
    with pytest.raises(AssertionError, match="does not see"):
        await slack.presses(joop, slack.whispers(eva)[0], "yes")


async def test_a_modal_is_filled_in_and_sent(slack: Slack, web: AsyncWebClient, eva: User) -> None:
    await web.views_open(trigger_id=slack.state.new_trigger(eva, slack.home.id), view=MODAL)
    view = slack.modal(eva)
    async with listening(slack) as app:
        with pytest.raises(AssertionError, match="words must be filled in"):
            await slack.submits_modal(eva, view)
        app.answer = {"response_action": "errors", "errors": {"words": "Too short"}}
        await slack.submits_modal(eva, view, {"typed": "x"})
        assert slack.modal(eva) is view
        app.answer = None
        await slack.submits_modal(eva, view, {"typed": "words", "lang": "en"})
        assert not view.open
    values = app.heard[-1].payload["view"]["state"]["values"]
    assert values["words"]["typed"] == {"type": "plain_text_input", "value": "words"}
    assert values["language"]["lang"]["selected_option"]["value"] == "en"


async def test_an_answer_may_put_another_view_in_its_place(slack: Slack, web: AsyncWebClient, eva: User) -> None:
    await web.views_open(trigger_id=slack.state.new_trigger(eva, slack.home.id), view=MODAL)
    first = slack.modal(eva)
    async with listening(slack) as app:
        app.answer = {"response_action": "push", "view": MODAL | {"callback_id": "second"}}
        await slack.submits_modal(eva, first, {"typed": "x"})
        second = slack.modal(eva)
        assert (second.content["callback_id"], second.previous) == ("second", first.id)
        app.answer = {"response_action": "clear"}
        await slack.submits_modal(eva, second, {"typed": "x"})
    assert not first.open
    assert not second.open


async def test_closing_a_modal_is_told_to_those_who_asked(slack: Slack, web: AsyncWebClient, eva: User) -> None:
    await web.views_open(trigger_id=slack.state.new_trigger(eva, slack.home.id), view=MODAL)
    async with listening(slack) as app:
        await slack.closes_modal(eva, slack.modal(eva))
    assert app.heard[-1].payload["type"] == "view_closed"


async def test_the_home_tab_and_the_shortcuts(slack: Slack, web: AsyncWebClient, help: Channel, eva: User) -> None:
    message = await slack.says(eva, help, "worth keeping")
    home = {"type": "home", "blocks": BUTTONS}
    async with listening(slack) as app:
        await slack.settled()
        await slack.opens_home(eva)
        await web.views_publish(user_id=eva.id, view=home)
        await slack.opens_home(eva)
        published = slack.home_of(eva)
        assert published is not None
        await slack.presses(eva, published, "yes")
        await slack.shortcut(eva, message, "save")
        await slack.global_shortcut(eva, "ask")
    first, second = (one for one in app.events if one["type"] == "app_home_opened")
    assert "view" not in first
    assert second["view"]["id"] == published.id
    pressed, saved, asked = (one.payload for one in app.heard if one.type == "interactive")
    assert (pressed["type"], pressed["view"]["id"]) == ("block_actions", published.id)
    assert (saved["type"], saved["callback_id"], saved["message"]["text"]) == ("message_action", "save", message.text)
    assert (asked["type"], asked["callback_id"]) == ("shortcut", "ask")


async def test_a_direct_message_to_the_app_is_heard(slack: Slack, eva: User) -> None:
    async with listening(slack) as app:
        await slack.says(eva, slack.direct(eva), "help")
        await slack.settled()
    assert (app.events[0]["channel_type"], app.events[0]["text"]) == ("im", "help")
