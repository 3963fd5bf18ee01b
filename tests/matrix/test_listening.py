"""What Ander hears on a real homeserver, in the clear and encrypted."""

from bot.events import (
    AnderAdded,
    AnderRemoved,
    ButtonPressed,
    ChannelChanged,
    ChannelKind,
    CommandCalled,
    MemberJoined,
    MemberLeft,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    PersonChanged,
    ReactionAdded,
    ReactionRemoved,
)
from tests.matrix.fixtures import Town


async def test_what_people_write_comes_in_with_its_place(town: Town) -> None:
    eva = await town.person("eva")
    room = await town.room(eva)
    first = await eva.say(room, "Hoe reset ik een wachtwoord?")
    second = await eva.reply(room, first, "Iemand?")
    third = await eva.say(room, "> <@x:y> oud\n\nnieuw", **{"m.relates_to": {"m.in_reply_to": {"event_id": first}}})
    await town.until(lambda: len(town.all(MessagePosted, room)) == 3)
    posted = town.all(MessagePosted, room)
    assert [one.message for one in posted] == [first, second, third]
    assert [one.thread for one in posted] == [None, first, None]
    assert [one.reply_to for one in posted] == [None, None, first]
    assert posted[2].text == "nieuw"
    assert {one.author for one in posted} == {f"matrix:{eva.user}"}
    (channel,) = town.all(ChannelChanged, room)
    assert (channel.name, channel.kind) == ("help", ChannelKind.PUBLIC)
    assert f"matrix:{eva.user}" in {one.person for one in town.all(PersonChanged)}


async def test_changes_and_marks_come_in(town: Town) -> None:
    eva = await town.person("eva")
    room = await town.room(eva)
    message = await eva.say(room, "een")
    await eva.edit(room, message, "twee")
    mark = await eva.react(room, message, "✅")
    await eva.redact(room, mark)
    await eva.redact(room, message)
    await town.until(lambda: town.all(MessageDeleted, room))
    (edited,) = town.all(MessageEdited, room)
    assert (edited.message, edited.text, edited.author) == (message, "twee", f"matrix:{eva.user}")
    (added,) = town.all(ReactionAdded, room)
    (removed,) = town.all(ReactionRemoved, room)
    assert (added.message, added.name) == (removed.message, removed.name) == (message, "white_check_mark")
    assert [one.message for one in town.all(MessageDeleted, room)] == [message]


async def test_people_come_and_go_and_so_does_ander(town: Town) -> None:
    eva, bo = await town.person("eva"), await town.person("bo")
    room = await town.room(eva)
    await bo.join(room)
    await bo.leave(room)
    await town.until(lambda: town.all(MemberLeft, room))
    assert [one.person for one in town.all(MemberJoined, room)] == [f"matrix:{bo.user}"]
    await eva.ask("POST", f"/rooms/{room}/kick", {"user_id": town.ander.user})
    await town.until(lambda: town.all(AnderRemoved, room))
    await eva.invite(room, town.ander.user)
    await town.until(lambda: len(town.all(AnderAdded, room)) == 2)


async def test_commands_are_called_by_sign_by_mention_and_alone(town: Town) -> None:
    eva = await town.person("eva")
    room = await town.room(eva)
    await eva.say(room, "!ander zoek pdf")
    await eva.say(room, f"{town.ander.user}: open", **{"m.mentions": {"user_ids": [town.ander.user]}})
    await eva.say(room, "ander onderwerp: koffie")
    direct = await eva.create("", preset="trusted_private_chat", is_direct=True, invite=[town.ander.user])
    await eva.say(direct, "domeinen")
    await town.until(lambda: town.all(CommandCalled, direct))
    assert [one.text for one in town.all(CommandCalled)] == ["zoek pdf", "open", "domeinen"]
    assert [one.text for one in town.all(MessagePosted)] == ["ander onderwerp: koffie"]
    assert town.all(AnderAdded, direct) == []


async def test_encrypted_words_are_read_and_plain_ones_in_their_place_are_not_believed(town: Town) -> None:
    eva = await town.member("eva")
    room = await town.encrypted_room(eva)
    await eva.account.say(room, "!ander forget-me")
    await eva.account.say(room, "niet versleuteld")
    await eva.say(room, "wel versleuteld")
    await eva.say(room, "!ander help")
    await town.until(lambda: town.all(CommandCalled, room))
    assert [one.text for one in town.all(MessagePosted, room)] == ["wel versleuteld"]
    assert [one.text for one in town.all(CommandCalled, room)] == ["help"]
    assert town.all(ButtonPressed) == []
