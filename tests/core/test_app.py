"""The one door: what comes in is kept once, only where it may be, with what it means."""

from dataclasses import fields, replace

from bot.app import App
from bot.errors import TransportError
from bot.events import ChannelKind, EventId, MessageDeleted, MessageEdited, PersonId
from bot.model import DeadEvent, ItemKind, Part, Ref, Status
from bot.reading import Conversation, Glance, Reader, Utterance, load_reader
from tests.core.conftest import Scene

QUESTION = "How do I reset the password of a locked mailbox in the new webmail?"
ANSWER = "Open Settings, choose Security, click Reset; the person gets a mail with a link within five minutes."


async def test_a_question_and_its_answer_in_a_thread(scene: Scene) -> None:
    asked = await scene.say("eva", "help", QUESTION)
    answered = await scene.say("bo", "help", ANSWER, thread=asked.id)
    question, answer = await scene.item(asked), await scene.item(answered)
    assert question is not None
    assert (question.kind, question.status, question.first_reply_by) == (
        ItemKind.QUESTION,
        Status.ANSWERED,
        PersonId("fake:bo"),
    )
    assert answer is not None
    assert answer.kind is ItemKind.ANSWER
    async with scene.world.store.snapshot() as tx:
        evidence = await tx.evidence()
        assert [(row.person, row.about) for row in evidence] == [(PersonId("fake:bo"), asked)]
        assert asked in await tx.vectors([asked], Part.OWN, scene.world.embedder.model)


async def test_the_same_event_twice_is_kept_once(scene: Scene) -> None:
    posted = scene.posted("eva", "help", QUESTION)
    first = await scene.app.listen([posted])
    again = await scene.app.listen([posted, posted])
    assert (first.new, again.new) == (1, 0)


async def test_a_batch_reads_as_one_by_one(scene: Scene) -> None:
    asked = scene.posted("eva", "help", QUESTION)
    answer = scene.posted("bo", "help", ANSWER, thread=asked.message)
    heed = await scene.app.listen([asked, answer])
    question = await scene.item(Ref(asked.channel, asked.message))
    assert question is not None
    assert question.status is Status.ANSWERED
    assert (heed.kinds[ItemKind.QUESTION], heed.answered) == (1, 1)


async def test_nothing_is_read_before_the_notice(scene: Scene) -> None:
    await scene.channel("quiet")
    early = scene.posted("eva", "quiet", QUESTION)
    await scene.hear(replace(early, at=scene.chat.sent[0].due_at.replace(year=2025)))
    assert await scene.item(Ref(early.channel, early.message)) is None


async def test_nothing_is_read_where_the_notice_could_not_be_sent(scene: Scene) -> None:
    scene.chat.failures = [TransportError("away")]
    await scene.channel("away")
    ref = await scene.say("eva", "away", QUESTION)
    assert await scene.item(ref) is None


async def test_direct_messages_and_unknown_channels_are_never_practice(scene: Scene) -> None:
    await scene.channel("secret", ChannelKind.DIRECT)
    assert await scene.item(await scene.say("eva", "secret", QUESTION)) is None
    assert await scene.item(await scene.say("eva", "nowhere", QUESTION)) is None


async def test_who_opted_out_leaves_only_an_event_id(scene: Scene) -> None:
    eva = await scene.person("eva", "help")
    async with scene.world.store.transaction() as tx:
        person = (await tx.people([eva]))[eva]
        await tx.put_settings(replace(person, opted_out_at=scene.clock()))
    ref = await scene.say("eva", "help", QUESTION)
    async with scene.world.store.snapshot() as tx:
        assert await tx.message(ref) is None
        assert await scene.item(ref) is None


async def test_secrets_are_masked_before_they_are_stored(scene: Scene) -> None:
    ref = await scene.say("eva", "help", "How do I log in? My password: Zomer-2026-regen does not work any more")
    async with scene.world.store.snapshot() as tx:
        message = await tx.message(ref)
    assert message is not None
    assert "Zomer-2026-regen" not in message.text


async def test_an_edit_changes_the_item_and_only_by_its_author(scene: Scene) -> None:
    ref = await scene.say("eva", "help", QUESTION)
    edit = MessageEdited(
        event=EventId("edit-1"),
        channel=ref.channel,
        message=ref.id,
        author=PersonId("fake:eva"),
        text=QUESTION.replace("mailbox", "calendar"),
        at=scene.clock(),
    )
    await scene.hear(replace(edit, event=EventId("edit-0"), author=PersonId("fake:mallory"), text="Buy now"), edit)
    item = await scene.item(ref)
    assert item is not None
    assert "calendar" in item.text


async def test_a_deletion_leaves_nothing_also_when_it_comes_first(scene: Scene) -> None:
    ref = await scene.say("eva", "help", QUESTION)
    late = scene.posted("eva", "help", QUESTION)
    for number, gone in enumerate((ref, Ref(late.channel, late.message))):
        event = MessageDeleted(event=EventId(f"del-{number}"), channel=gone.channel, message=gone.id, at=scene.clock())
        await scene.hear(event)
    await scene.hear(late)
    for gone in (ref, Ref(late.channel, late.message)):
        async with scene.world.store.snapshot() as tx:
            assert await tx.message(gone) is None
        assert await scene.item(gone) is None


async def test_marks_by_people_stand(scene: Scene) -> None:
    await scene.person("eva", "help")
    await scene.person("bo", "help")
    asked = await scene.say("eva", "help", QUESTION)
    said = await scene.say("bo", "help", "It is under the third tab.", thread=asked.id)
    await scene.react("eva", said, "white_check_mark")
    question, answer = await scene.item(asked), await scene.item(said)
    assert question is not None
    assert answer is not None
    assert (question.status, answer.confirmed) == (Status.RESOLVED, True)


async def test_a_wrong_filing_is_undone_and_stays_undone(scene: Scene) -> None:
    await scene.person("bo", "help")
    asked = await scene.say("eva", "help", QUESTION)
    await scene.react("bo", asked, "no_entry_sign")
    item = await scene.item(asked)
    assert item is not None
    assert item.hidden


async def test_a_message_saved_as_know_how_can_be_found(scene: Scene) -> None:
    await scene.person("bo", "help")
    said = await scene.say("bo", "help", "blue cable = printer, red cable = scanner")
    await scene.react("bo", said, "books")
    item = await scene.item(said)
    assert item is not None
    assert (item.kind, item.confirmed) == (ItemKind.KNOW_HOW, True)


async def test_what_a_person_saves_is_know_how_whatever_it_was_read_as(scene: Scene) -> None:
    await scene.person("bo", "help")
    asked = await scene.say("eva", "help", QUESTION)
    await scene.react("bo", asked, "books")
    item = await scene.item(asked)
    assert item is not None
    assert (item.kind, item.confirmed) == (ItemKind.KNOW_HOW, True)


async def test_a_stranger_cannot_mark_what_they_may_not_read(scene: Scene) -> None:
    await scene.channel("closed", ChannelKind.PRIVATE)
    await scene.person("mallory")
    asked = await scene.say("eva", "closed", QUESTION)
    await scene.react("mallory", asked, "no_entry_sign")
    item = await scene.item(asked)
    assert item is not None
    assert not item.hidden


class Fragile(Reader):
    """Chokes on one word."""

    def glance(self, utterance: Utterance, conversation: Conversation) -> Glance:
        if "boom" in utterance.text:
            raise ZeroDivisionError
        return super().glance(utterance, conversation)


async def test_an_event_that_breaks_is_buried_and_the_rest_goes_on(scene: Scene) -> None:
    reader = load_reader()
    app = App(scene.world, Fragile(**{field.name: getattr(reader, field.name) for field in fields(reader)}))
    before, bad, good = (scene.posted("eva", "help", text) for text in (QUESTION, "boom", QUESTION))
    heed = await app.listen([before, bad, good])
    assert (heed.dead, heed.messages) == (1, 2)
    async with scene.world.store.snapshot() as tx:
        assert [one.event for one in await tx.dead_events()] == [bad.event]
    assert await scene.item(Ref(good.channel, good.message)) is not None


async def test_a_dead_event_can_be_revived(scene: Scene) -> None:
    posted = scene.posted("eva", "help", QUESTION)
    async with scene.world.store.transaction() as tx:
        await tx.bury(DeadEvent(event=posted.event, at=scene.clock(), error="ZeroDivisionError"))
    assert (await scene.app.listen([posted])).new == 0
    async with scene.world.store.transaction() as tx:
        await tx.revive(posted.event)
    assert (await scene.app.listen([posted])).new == 1
