"""What people choose for themselves: settings, pauses, being read, seeing and wiping what is kept."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from bot.buttons import ForgetChoice, make
from bot.outgoing import File
from tests.commands.conftest import Place, buttons, person, words


async def test_settings_are_shown_and_changed(place: Place) -> None:
    for text in ("ik uitnodigingen uit", "ik per-week 1", "ik stil 12:00-13:30", "me language en"):
        await place.call("eva", text)
    eva = await place.person("eva")
    assert (eva.invitations, eva.per_week, eva.quiet_from, eva.quiet_to, eva.lang) == (
        False, 1, "12:00", "13:30", "en",
    )  # fmt: skip
    assert "quiet hours: 12:00–13:30" in words(await place.call("eva", "me"))


@pytest.mark.parametrize("text", ["me quiet late", "me quiet 25:00-26:00", "me per-week 99", "me language fr", "me x"])
async def test_a_wrong_setting_changes_nothing_and_says_how(place: Place, text: str) -> None:
    before = await place.person("anouk")
    assert "`me" in words(await place.call("anouk", text, "town"))
    assert await place.person("anouk") == before


async def test_quiet_hours_can_be_taken_away(place: Place) -> None:
    await place.call("eva", "ik stil 12:00-13:30")
    await place.call("eva", "ik stil uit")
    assert (await place.person("eva")).quiet_from is None


@pytest.mark.parametrize(("span", "days"), [("2w", 14), ("3 dagen", 3), ("1 month", 30), ("", 7)])
async def test_a_pause_ends_by_itself(place: Place, span: str, days: int) -> None:
    await place.call("eva", f"pauze {span}")
    assert (await place.person("eva")).paused_until == place.now + timedelta(days=days)


async def test_a_pause_until_a_day_or_no_more(place: Place) -> None:
    await place.call("anouk", "pause 2026-10-01", "town")
    paused = (await place.person("anouk")).paused_until
    assert paused is not None
    assert paused.isoformat() == "2026-09-30T22:00:00+00:00"  # midnight in Amsterdam
    await place.call("anouk", "pause off", "town")
    assert (await place.person("anouk")).paused_until is None


@pytest.mark.parametrize("span", ["999w", "2020-01-01", "soon", "0d"])
async def test_an_impossible_pause_is_refused(place: Place, span: str) -> None:
    assert "`pause 2w`" in words(await place.call("anouk", f"pause {span}", "town"))
    assert (await place.person("anouk")).paused_until is None


async def test_leaving_out_keeps_its_first_moment_and_can_be_undone(place: Place) -> None:
    await place.call("eva", "lees mij niet")
    assert (await place.person("eva")).opted_out_at == place.now
    await place.call("eva", "lees mij weer")
    assert (await place.person("eva")).opted_out_at is None


async def test_my_data_is_a_file_only_they_can_read(place: Place) -> None:
    reply = await place.call("eva", "mijn-gegevens")
    file = next(part for part in reply.body.parts if isinstance(part, File))
    held, others_may = look_at(file)
    assert not others_may
    assert "hydrocolloid" in json.dumps(held)
    assert "Every three to five days" not in json.dumps(held)


def look_at(file: File) -> tuple[object, int]:
    """What is in it, and what anybody else may do with it."""
    path = Path(file.path)
    return json.loads(path.read_text(encoding="utf-8")), path.stat().st_mode & 0o077


async def test_forgetting_asks_first(place: Place) -> None:
    asked = await place.call("ineke", "vergeet-mij")
    assert [b.token for b in buttons(asked)] == [make(ForgetChoice(confirmed=c)) for c in (True, False)]
    kept = await place.press("ineke", make(ForgetChoice(confirmed=False)))
    assert kept is not None
    assert not kept.forgot
    assert (await place.item("care", "q2")).author == person("ineke")


async def test_forgetting_leaves_nothing(place: Place) -> None:
    done = await place.press("ineke", make(ForgetChoice(confirmed=True)))
    async with place.world.store.snapshot() as tx:
        left = await tx.export(person("ineke"))
        known = await tx.people([person("ineke")])
    assert done is not None
    assert done.forgot
    assert not any(left.values())
    assert not known
