"""The words that Ander knows, described in a room's state where it may: put there, changed, taken away."""

from typing import Any

import pytest

from adapters.matrix import descriptions
from adapters.matrix.descriptions import changes, state_key, wanted
from adapters.matrix.rooms import DESCRIPTION, Room
from tests.matrix.fixtures import Town
from tests.matrix.homeserver import Account

US = "@ander:x.nl"


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(descriptions, "PAUSE", 0.0)


def test_a_description_is_as_the_proposal_has_it() -> None:
    content = wanted("en", US)[state_key("search", US)]
    (parameter,) = content["parameters"]
    assert content["command"] == "search"
    assert content["description"] == {"m.text": [{"body": content["description"]["m.text"][0]["body"]}]}
    assert parameter["schema"] == {"schema_type": "primitive", "type": "string"}
    assert parameter["description"] == {"m.text": [{"body": "WORDS"}]}
    assert "optional" not in parameter
    (pause,) = wanted("nl", US)[state_key("pauze", US)]["parameters"]
    assert pause["optional"] is True
    assert wanted("nl", US)[state_key("lees mij niet", US)]["parameters"] == []


def test_the_state_key_is_the_one_of_the_proposal_s_example() -> None:
    assert state_key("ban", "@draupnir:draupnir.space") == "JBDLR6YMe+72yqsEMi/MVdTmjN3ynPThMz+M7QLATZQ="


def test_only_what_differs_is_sent_and_what_others_describe_is_left_alone() -> None:
    room, now = Room(id="!r:x.nl"), wanted("en", US)
    assert changes(room, US, now) == now
    room.descriptions = {key: (US, content) for key, content in now.items()}
    room.descriptions |= {"theirs": ("@draupnir:x.nl", {"command": "ban"}), "old": (US, {"command": "old"})}
    room.descriptions |= {"gone": (US, {})}
    first = next(iter(now))
    room.descriptions[first] = (US, {"command": "otherwise"})
    assert changes(room, US, now) == {first: now[first], "old": {}}


def _event(room: Room, key: str) -> None:
    room.apply({"type": DESCRIPTION, "state_key": key, "sender": "@m:x.nl", "content": {"command": "x"}})


def test_a_flood_of_descriptions_is_not_remembered() -> None:
    room = Room(id="!r:x.nl")
    for number in range(3_000):
        _event(room, str(number))
    assert len(room.descriptions) == 1_000


async def _described(account: Account, room: str) -> dict[str, Any]:
    path = f"/rooms/{room}/state"
    found = await account.ask("GET", path)
    events = [one for one in found if one["type"] == DESCRIPTION]  # type: ignore[index]
    return {one["content"]["command"]: one for one in events if one["content"]}  # type: ignore[index]


async def _until_described(town: Town, account: Account, room: str, words: set[str]) -> None:
    for _ in range(100):
        if words == set(await _described(account, room)):
            return
        await town.until(lambda: True)
        await account.say(room, "…")  # wakes the sync
    raise AssertionError(words ^ set(await _described(account, room)))


async def test_they_stand_where_ander_may_and_follow_its_language(town: Town) -> None:
    eva = await town.person("eva")
    town.ear.lang = "en"
    english = {content["command"] for content in wanted("en", town.ander.user).values()}
    dutch = {content["command"] for content in wanted("nl", town.ander.user).values()}
    allowed = await town.room(eva, power_level_content_override={"users": {town.ander.user: 50}})
    await _until_described(town, eva, allowed, english)
    found = (await _described(eva, allowed))["search"]
    assert (found["sender"], found["state_key"]) == (town.ander.user, state_key("search", town.ander.user))

    refused = await town.room(eva)
    await eva.say(refused, "hoi")
    await town.until(lambda: "hoi" in str(town.ear.heard))
    assert await _described(eva, refused) == {}

    levels = await eva.ask("GET", f"/rooms/{refused}/state/m.room.power_levels")
    levels["users"][town.ander.user] = 50
    await eva.ask("PUT", f"/rooms/{refused}/state/m.room.power_levels", levels)
    await _until_described(town, eva, refused, english)

    await town.disconnect()
    town.ear.lang = "nl"
    town.connect()
    await _until_described(town, eva, allowed, dutch)
