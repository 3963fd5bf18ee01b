"""Which command, in which language, and never silence."""

from pathlib import Path

import pytest

from bot.commands.words import WORDS, nearest, split
from tests.commands.conftest import Place, words


@pytest.mark.parametrize(
    ("text", "command", "rest"),
    [
        ("", "help", ""),
        ("HELP", "help", ""),
        ("zoek hoe vaak", "search", "hoe vaak"),
        ("leave me out", "opt-out", ""),
        ("Lees mij niet!", "opt-out", ""),
        ("mijn gegevens", "my-data", ""),
        ("vergeet-mij", "forget-me", ""),
        ("domein nieuw Wonden: huid", "domain", "nieuw Wonden: huid"),
        ("what is this", None, "what is this"),
    ],
)
def test_words_of_both_languages(text: str, command: str | None, rest: str) -> None:
    assert split(text) == (command, rest)


def test_every_word_leads_to_its_command() -> None:
    for command, taught in WORDS.items():
        for word in taught:
            assert split(f"{word} more words") == (command, "more words")


@pytest.mark.parametrize(("typo", "meant"), [("serch", "search"), ("instelingen", "instellingen"), ("hoi", "hulp")])
def test_a_typo_gets_a_suggestion(typo: str, meant: str) -> None:
    assert nearest(typo, "nl") == meant


async def test_the_answer_is_in_the_persons_language(place: Place) -> None:
    assert "Wat je mij kunt vragen" in words(await place.call("eva", "help"))
    assert "What you can ask me" in words(await place.call("anouk", "help", "town"))


async def test_without_a_language_of_their_own_the_communitys(place: Place) -> None:
    assert "Wat je mij kunt vragen" in words(await place.call("stranger", "help"))


async def test_only_a_facilitator_sees_a_facilitators_words(place: Place) -> None:
    assert "`report`" in words(await place.call("lotte", "help"))
    assert "`rapport`" not in words(await place.call("eva", "help"))


async def test_an_unknown_word_is_never_met_with_silence(place: Place) -> None:
    assert "`search`" in words(await place.call("anouk", "serch dressing", "town"))
    assert "`search how do I do this`" in words(await place.call("anouk", "how do I do this", "town"))


async def test_what_they_typed_cannot_call_everybody(place: Place) -> None:
    said = words(await place.call("anouk", "xyzzy <!channel> @here", "town"))
    assert "<!" not in said
    assert "@here" not in said


@pytest.mark.parametrize("text", ["report", "domain add Night shifts", "invite care/q2", "settings"])
async def test_others_cannot_do_a_facilitators_work(place: Place, text: str) -> None:
    refused = words(await place.call("anouk", text, "town"))
    assert refused == words(await place.call("anouk", "invite t:#care/no-such-thing", "town"))
    assert "`help`" in refused


async def test_all_that_hangs_on_who_asks_is_answered_privately(place: Place) -> None:
    for text in ("open", "domains", "me", "my-data", "link", "forget-me"):
        assert (await place.call("eva", text)).private


def test_every_word_we_teach_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "commands.md").read_text(encoding="utf-8")
    for taught in WORDS.values():
        assert f"`{taught[0]}" in page
        assert len(taught) < 2 or f"`{taught[1]}" in page
