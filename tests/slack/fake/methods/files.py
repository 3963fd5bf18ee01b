"""files.*: the three steps of files_upload_v2."""

from tests.slack.fake import acts, posting, shapes
from tests.slack.fake.calls import METHODS, Call
from tests.slack.fake.errors import Refused
from tests.slack.fake.model import Channel, Json, Message, StoredFile


@METHODS.add("files.getUploadURLExternal", "files:write")
def upload_url(call: Call) -> Json:
    """Where to put the bytes."""
    length = call.number("length", 0, 1_000_000_000) if call.text("length") else 0
    if not length:
        raise Refused("missing_argument")
    file = StoredFile(
        id=call.state.new_id("F"),
        team=call.holder,
        user=call.token.user,
        name=call.needed("filename"),
        length=length,
        created=call.state.seconds(),
    )
    call.state.files[file.id] = file
    return {"upload_url": f"{call.state.base}/upload/v1/{file.id}", "file_id": file.id}


@METHODS.add("files.completeUploadExternal", "files:write")
def complete(call: Call) -> Json:
    """Share what was uploaded, with a message about it."""
    entries = call.data("files")
    if not isinstance(entries, list) or not entries:
        raise Refused("invalid_arguments")
    files = [_finished(call, entry) for entry in entries]
    for channel in _channels(call):
        _share(call, channel, files)
    return {"files": [shapes.file(one, call.state.base) for one in files]}


def _finished(call: Call, entry: Json) -> StoredFile:
    file = call.state.files.get(entry.get("id", ""))
    if file is None or file.team != call.holder or file.content is None:
        raise Refused("file_not_found")
    if file.shared:
        raise Refused("file_already_shared")
    file.title = entry.get("title") or file.name
    return file


def _channels(call: Call) -> list[Channel]:
    ids = [one for one in (call.text("channel_id") or call.text("channels") or "").split(",") if one]
    found = [call.state.channel_for(call.token, one) for one in ids]
    for channel in found:
        if call.token.user not in channel.members:
            raise Refused("not_in_channel")
        if channel.archived:
            raise Refused("is_archived")
    return found


def _share(call: Call, channel: Channel, files: list[StoredFile]) -> None:
    for file in files:
        file.shared = True
        file.channels.append(channel.id)
    text = call.text("initial_comment") or ""
    message = Message(
        ts=call.state.ts(),
        channel=channel.id,
        team=call.token.team,
        user=call.token.user,
        text=text,
        subtype="file_share",
        bot_id=call.state.installs[call.token.team].bot_id,
        app_id=call.state.app.id,
        thread_ts=posting.thread_of(channel, call.text("thread_ts")),
        files=[shapes.file(one, call.state.base) for one in files],
        extra={"upload": False},
    )
    posting.note(call.state, "files.completeUploadExternal", message, {"unfurl_links": False, "unfurl_media": False})
    acts.add(call.state, channel, message)
