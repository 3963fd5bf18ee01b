"""Two communities that each meet on Slack and on Matrix: the strict Slack fake and a real homeserver in one life.

A question finds somebody on the other platform, words are carried both ways with names, people link their accounts
and are forgotten at both, and nothing that was said encrypted comes to Slack or into the clear.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot.config import CommunitySection
from bot.listening import PlatformListener
from bot.model import Status
from bot.ports import Store
from tests.matrix.homeserver import Homeserver
from tests.matrix.living import Life, ShiftedClock
from tests.matrix.member import Member
from tests.slack.fake import Channel, Message, Slack, User, audit
from tests.slack.living import chat_on

pytestmark = pytest.mark.timeout(300)

SLUGS = "How do I keep slugs away from the lettuce in the vegetable garden?"
TAPE = "Put a ring of coffee grounds and copper tape around the lettuce; slugs in the garden will not cross it."
TOMATOES = "Why do the leaves of the tomato plants in the greenhouse turn yellow?"
MAGNESIUM = "Yellow leaves on tomato plants in a greenhouse lack magnesium: give them a spoon of Epsom salt."
ASKED_ON_MATRIX = "Does anybody know how to keep slugs away from the lettuce in our vegetable garden?"
ASKED_ON_SLACK = "Does anybody know why the leaves of our tomato plants in the greenhouse turn yellow?"
ASKED_IN_SECRET = "Who knows how to keep slugs away from the lettuce behind the vault of the bank?"


class Both(Life):
    """Help and garden, each a community with a channel on Slack and a room on Matrix. Greta explained something on
    Slack, Carla on Matrix."""

    slack: Slack

    async def settle_in(self, store: Store, slack: Slack, clock: ShiftedClock) -> None:
        self.slack = slack
        chat = chat_on(slack, clock)
        communities = {name: CommunitySection(name=name.title(), channels=(name,)) for name in ("help", "garden")}
        await self.start(store, communities, {"slack": chat}, clock)
        listener = PlatformListener(self.app, "slack", self.sender.wake)
        self._on_slack = asyncio.create_task(chat.run(listener))
        await asyncio.wait_for(chat.listening.wait(), 20)
        self.sam, self.greta, self.gus = (slack.user(name) for name in ("sam", "greta", "gus"))
        self.help = await self._channel("help", self.sam)
        self.garden = await self._channel("garden", self.greta, self.gus)
        self.eva, self.carla, self.dirk = [await self._named(name) for name in ("Eva", "Carla", "Dirk")]
        self.help_room = await self.public_room(self.eva, "help")
        self.garden_room = await self.public_room(self.dirk, "garden", self.carla)
        await self._explain()

    async def _named(self, name: str) -> Member:
        member = await self.member(name.lower())
        await member.account.ask("PUT", f"/profile/{member.account.user}/displayname", {"displayname": name})
        return member

    async def _channel(self, name: str, *members: User) -> Channel:
        channel = self.slack.channel(name, *members)
        await self.slack.joins(self.slack.bot(), channel)
        await self.slack.until(lambda: self.slack.from_app(channel))
        return channel

    async def _explain(self) -> None:
        asked = await self.slack.says(self.gus, self.garden, SLUGS)
        told = await self.slack.says(self.greta, self.garden, TAPE, thread=asked)
        await self.slack.reacts(self.gus, told, "white_check_mark")
        wondered = await self.dirk.say(self.garden_room, TOMATOES)
        await self.until_item(self.garden_room, wondered)
        explained = await self.carla.reply(self.garden_room, wondered, MAGNESIUM)
        await self.until_item(self.garden_room, wondered, Status.ANSWERED)
        await self.dirk.account.react(self.garden_room, explained, "✅")
        await self.until_item(self.garden_room, wondered, Status.RESOLVED)
        await self.slack.settled()

    async def stop(self) -> None:
        self._on_slack.cancel()
        await asyncio.gather(self._on_slack, return_exceptions=True)
        await super().stop()

    async def letter(self, user: User, words: str) -> Message:
        """A direct message of Ander's on Slack that holds these words."""
        return await self._newest(lambda: self.slack.letters(user), words)

    async def whisper(self, user: User, words: str) -> Message:
        """A message on Slack that only one person sees."""
        return await self._newest(lambda: self.slack.whispers(user), words)

    async def relayed(self, channel: Channel, words: str) -> Message:
        """What Ander said in a channel."""
        return await self._newest(lambda: self.slack.from_app(channel), words)

    async def _newest(self, where: Callable[[], list[Message]], words: str) -> Message:
        def found() -> list[Message]:
            return [one for one in where() if words in one.text + str(one.blocks)]

        await self.slack.until(found, 20)
        return found()[-1]

    def everything_on_slack(self) -> str:
        """All that Ander ever put before people there."""
        return str([(one.text, one.blocks) for one in self.slack.said])


@pytest.fixture
async def both(homeserver: Homeserver, store: Store, tmp_path: Path) -> AsyncIterator[Both]:
    clock = ShiftedClock()
    async with Slack(clock=clock) as slack:
        life = Both(homeserver, tmp_path)
        try:
            await life.settle_in(store, slack, clock)
            yield life
        finally:
            await life.stop()
        assert audit([one for one in slack.said if one.text]).clean
        assert not any(one.alarms or one.unfurls for one in slack.said)


async def _consent(life: Both, words: str) -> None:
    asked = await life.eva.receives(words, by=life.ander)
    await life.eva.reply(asked["room_id"], asked["event_id"], "1")
    await life.eva.receives("I look for somebody", by=life.ander)


async def test_words_are_carried_both_ways_with_names(both: Both) -> None:
    on_matrix = await both.eva.say(both.help_room, ASKED_ON_MATRIX)
    on_slack = await both.slack.says(both.sam, both.help, ASKED_ON_SLACK)
    await both.until_item(both.help_room, on_matrix)
    await both.slack.settled()

    # nobody elsewhere is shown anything before the askers agreed
    await both.pass_working_hours(8)
    await both.carla.sync()
    assert ASKED_ON_MATRIX not in both.everything_on_slack()
    assert ASKED_ON_SLACK not in str(both.carla.read)
    await _consent(both, ASKED_ON_MATRIX)
    consent = await both.whisper(both.sam, ASKED_ON_SLACK)
    await both.slack.presses(both.sam, consent, "Yes, ask around")
    await both.slack.submits_modal(both.sam, both.slack.modal(both.sam))
    await both.pass_working_hours(8)
    await _from_slack_to_matrix(both, on_matrix)
    await _from_matrix_to_slack(both, on_slack)


async def _from_slack_to_matrix(both: Both, asked: str) -> None:
    slack, greta = both.slack, both.greta
    invitation = await both.letter(greta, ASKED_ON_MATRIX)
    assert "Eva of Help" in invitation.text
    await slack.presses(greta, invitation, "Answer here")
    await slack.submits_modal(greta, slack.modal(greta), {"text": "Water them in the morning."})
    relayed = await both.eva.receives("Water them in the morning.", by=both.ander)
    assert (relayed["room_id"], relayed["content"]["m.relates_to"]["event_id"]) == (both.help_room, asked)
    assert "Greta of Garden answers" in relayed["content"]["body"]

    await both.eva.reply(both.help_room, asked, "Does that also work on a roof?")
    back = await both.letter(greta, "Does that also work on a roof?")
    assert "Eva writes back" in back.text
    await slack.presses(greta, back, "Answer here")
    await slack.submits_modal(greta, slack.modal(greta), {"text": "On a roof as well."})
    again = await both.eva.receives("On a roof as well.", by=both.ander)
    await both.eva.reply(both.help_room, again["event_id"], "1")
    await both.letter(greta, "Thank you for crossing over")
    await both.until_item(both.help_room, asked, Status.RESOLVED)


async def _from_matrix_to_slack(both: Both, asked: Message) -> None:
    slack, sam, carla = both.slack, both.sam, both.carla
    invitation = await carla.receives(ASKED_ON_SLACK, by=both.ander)
    assert "Sam of Help" in invitation["content"]["body"]
    assert carla.client.rooms[invitation["room_id"]].encrypted
    await carla.reply(invitation["room_id"], invitation["event_id"], "2 Epsom salt, a spoon a week.")
    relayed = await both.relayed(both.help, "a spoon a week")
    assert (relayed.thread_ts, "Carla of Garden answers" in relayed.text) == (asked.ts, True)

    await slack.says(sam, both.help, "And how long until they are green?", thread=asked)
    back = await carla.receives("And how long until they are green?", by=both.ander)
    assert "Sam writes back" in back["content"]["body"]
    await carla.reply(back["room_id"], back["event_id"], "1 About two weeks.")
    again = await both.relayed(both.help, "About two weeks.")
    await slack.presses(sam, again, "This helped")
    await carla.receives("Thank you for crossing over", by=both.ander)


async def test_what_was_said_encrypted_stays_off_slack_and_out_of_the_clear(both: Both) -> None:
    closed = await both.closed_room(both.eva, "help", both.dirk)
    asked = await both.eva.say(closed, ASKED_IN_SECRET)
    await both.until_item(closed, asked)
    await both.pass_working_hours(8)
    await _consent(both, ASKED_IN_SECRET)
    await both.pass_working_hours(16)  # Greta knows, and Eva agreed; but Greta is on Slack
    await both.drain()
    assert "vault" not in both.everything_on_slack()
    assert "vault" not in str(await both.eva.account.timeline(both.help_room))
    assert "vault" not in str(await both.dirk.account.timeline(both.garden_room))


async def test_one_person_at_two_places_is_linked_by_a_code_and_forgotten_at_both(both: Both) -> None:
    code = await _linked(both)
    await both.dirk.say(both.garden_room, "Tip: Dirk's own compost recipe needs coffee, straw and a lid.")
    await both.slack.types_command(both.gus, both.garden, "forget-me")
    sure = await both.whisper(both.gus, "cannot be undone")
    await both.slack.presses(both.gus, sure, "Yes, forget me")
    await both.whisper(both.gus, "I know nothing about you any more")
    await both.slack.settled()
    await both.drain()
    await _leaves_no_trace(both, SLUGS, TOMATOES, "compost recipe", code)
    async with both.world.store.snapshot() as tx:
        ids = {f"slack:{both.gus.id}", f"matrix:{both.dirk.account.user}"}
        assert await tx.forgotten(ids) == ids  # type: ignore[arg-type]
        assert not ids & (await tx.people()).keys()
    for path in (both.folder / "state").iterdir():
        assert both.dirk.account.user.encode() not in path.read_bytes(), path


async def _linked(life: Both) -> str:
    """Dirk of Matrix and Gus of Slack are one."""
    direct = await life.dirk.account.create("", preset="trusted_private_chat", is_direct=True, invite=[life.ander.user])
    await life.dirk.sync()
    await life.dirk.say(direct, "link")
    given = await life.dirk.receives("link ", by=life.ander)
    code = re.search(r"link ([A-Z0-9]{5}-[A-Z0-9]{5})", given["content"]["body"])
    assert code is not None
    await life.slack.types_command(life.greta, life.garden, "link AAAAA-AAAAA")
    await life.whisper(life.greta, "I don't know that code")
    await life.slack.types_command(life.gus, life.garden, f"link {code[1]}")
    await life.whisper(life.gus, "Linked")
    return code[1]


async def _leaves_no_trace(life: Both, *words: str) -> None:
    """Nothing of it in any file of the record and the index."""
    for path in life.folder.rglob("*"):
        if path.is_file() and "member-" not in str(path) and "synapse" not in str(path):
            data = path.read_bytes()
            assert not [word for word in words if word.encode() in data], path
