"""Ander's stays in channels: the notice first, once for each stay, and nothing read outside of one."""

from bot.events import AnderAdded, AnderRemoved, ChannelId, MembersListed, PersonId
from tests.core.conftest import Scene

QUESTION = "How do I reset the password of a locked mailbox in the new webmail?"
HELP = ChannelId("fake:help")


def notices(scene: Scene) -> int:
    return sum(one.purpose == "notice" and one.target.channel == HELP for one in scene.chat.sent)


def added(scene: Scene) -> AnderAdded:
    return AnderAdded(event=scene.event(), channel=HELP, at=scene.clock())


def removed(scene: Scene) -> AnderRemoved:
    return AnderRemoved(event=scene.event(), channel=HELP, at=scene.clock())


async def test_saying_again_that_ander_is_there_gives_no_second_notice(scene: Scene) -> None:
    await scene.hear(added(scene), added(scene))
    await scene.sender.drain()
    assert notices(scene) == 1


async def test_after_being_taken_out_nothing_is_read_until_a_new_notice_stands_there(scene: Scene) -> None:
    await scene.hear(removed(scene))
    assert await scene.item(await scene.say("bo", "help", QUESTION)) is None
    await scene.hear(added(scene), added(scene))
    assert await scene.item(await scene.say("bo", "help", QUESTION)) is None
    await scene.sender.drain()
    assert notices(scene) == 2
    assert await scene.item(await scene.say("bo", "help", QUESTION)) is not None


async def test_a_notice_that_was_not_sent_yet_is_taken_back_with_ander(scene: Scene) -> None:
    await scene.hear(removed(scene), added(scene))
    scene.clock.forward(hours=1)
    await scene.hear(removed(scene), added(scene))
    await scene.sender.drain()
    assert notices(scene) == 2  # the first stay's, and one for the stay that lasts


async def test_a_list_of_members_says_who_came_and_who_left(scene: Scene) -> None:
    for name in ("eva", "bo"):
        await scene.person(name, "help")
    scene.clock.forward(minutes=1)
    people = frozenset(PersonId(f"fake:{name}") for name in ("bo", "cas"))
    await scene.hear(MembersListed(event=scene.event(), channel=HELP, people=people, at=scene.clock()))
    async with scene.world.store.snapshot() as tx:
        assert await tx.members(HELP) == people
