"""The record's tables. Whatever is a channel's content has the channel first in its key.

There are no foreign keys: history arrives in any order, and what must go together is deleted together, in
`storage/erasing.py`. Columns say what they may tell about people (`storage/columns.py`).
"""

from sqlalchemy import Index, MetaData, Table, UniqueConstraint, text

from storage.columns import (
    About,
    blob,
    counter,
    flag,
    key,
    moment,
    number,
    person,
    person_key,
    prose,
    share,
    word,
)

REVISION = "0004"
"""The newest migration: a record at this revision needs no Alembic to be opened. A test compares."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

people = Table(
    "people",
    metadata,
    person_key("id"),
    word("workspace"),
    word("name", about=About.OWN),
    word("timezone", about=About.OWN, nullable=True),
    word("lang", about=About.OWN, nullable=True),
    word("chosen_lang", about=About.OWN, nullable=True),
    flag("guest"),
    flag("external"),
    flag("automatic"),
    flag("active"),
    moment("opted_out_at", nullable=True),
    flag("invitations"),
    number("per_week", nullable=True),
    word("quiet_from", about=About.OWN, nullable=True),
    word("quiet_to", about=About.OWN, nullable=True),
    moment("paused_until", nullable=True),
    person("main", nullable=True),
    Index(None, "main"),
)

link_codes = Table("link_codes", metadata, key("hash"), person(), moment("until"), Index(None, "person"))

channels = Table(
    "channels",
    metadata,
    key("id"),
    word("workspace"),
    word("name"),
    word("kind"),
    word("community", nullable=True),
    flag("archived"),
    flag("encrypted"),
    flag("past_closed"),
    word("spaces"),
    moment("noticed_at", nullable=True),
    moment("removed_at", nullable=True),
    moment("recall_from", nullable=True),
)

memberships = Table(
    "memberships",
    metadata,
    key("channel"),
    person_key(),
    moment("first_at", nullable=True),
    moment("joined_at", nullable=True),
    moment("left_at", nullable=True),
    Index(None, "person"),
)

communities = Table(
    "communities",
    metadata,
    key("id"),
    word("name"),
    word("lang"),
    word("timezone"),
    prose("facilitators", about=About.PERSON),
)

domains = Table(
    "domains",
    metadata,
    key("community"),
    key("key"),
    word("name"),
    prose("description", about=About.NOBODY),
    word("merged_into", nullable=True),
)

inbox = Table(
    "inbox",
    metadata,
    key("event"),
    word("state"),
    moment("seen_at"),
    word("error"),
    word("where_"),
    Index(None, "seen_at"),
    Index("ix_inbox_dead", "seen_at", sqlite_where=text("state = 'dead'"), postgresql_where=text("state = 'dead'")),
)

messages = Table(
    "messages",
    metadata,
    key("channel"),
    key("id"),
    word("thread", nullable=True),
    word("reply_to", nullable=True),
    person("author"),
    moment("at"),
    prose("text", about=About.OWN),
    word("lang", nullable=True),
    word("kind"),
    flag("resolved"),
    moment("edited_at", nullable=True),
    flag("past_closed"),
    Index(None, "channel", "at"),
    Index(
        None,
        "channel",
        "thread",
        sqlite_where=text("thread IS NOT NULL"),
        postgresql_where=text("thread IS NOT NULL"),
    ),
    Index(None, "author"),
    Index(None, "at"),
)

early_edits = Table(
    "early_edits",
    metadata,
    key("channel"),
    key("id"),
    person_key("author"),
    prose("text", about=About.OWN),
    word("lang", nullable=True),
    word("kind"),
    moment("at"),
    moment("seen_at", nullable=True),
    Index(None, "author"),
    Index(None, "seen_at"),
)
"""One per author: who may not change a message must not displace the edit of who may."""

tombstones = Table("tombstones", metadata, key("channel"), key("id"), moment("at"))

bookmarks = Table("bookmarks", metadata, key("name"), word("value"))
"""Where each platform's client left off."""

first_posts = Table(
    "first_posts", metadata, key("channel"), person_key(), word("id"), moment("at"), Index(None, "person")
)
"""Outlives the messages, so that who once posted is never taken for a newcomer."""

items = Table(
    "items",
    metadata,
    key("channel"),
    key("id"),
    word("kind"),
    person("author"),
    moment("at"),
    prose("text", about=About.OWN),
    word("lang", nullable=True),
    word("community", nullable=True),
    word("thread", nullable=True),
    share("confidence"),
    word("domain", nullable=True),
    share("domain_confidence"),
    word("domain_by"),
    word("decided_by"),
    word("status"),
    flag("confirmed"),
    flag("hidden"),
    number("helped"),
    moment("first_reply_at", nullable=True),
    person("first_reply_by", nullable=True),
    moment("resolved_at", nullable=True),
    moment("look_at", nullable=True),
    flag("past_closed"),
    Index(None, "kind", "status", "at"),
    Index(None, "channel", "kind", "status", "at"),
    Index(None, "community", "at"),
    Index(None, "community", "domain", "at"),
    Index(None, "author"),
    Index(None, "look_at", sqlite_where=text("look_at IS NOT NULL"), postgresql_where=text("look_at IS NOT NULL")),
)

answer_links = Table(
    "answer_links",
    metadata,
    key("question_channel"),
    key("question_id"),
    key("answer_channel"),
    key("answer_id"),
    share("confidence"),
    word("decided_by"),
    flag("rejected"),
    Index(None, "answer_channel", "answer_id"),
)

item_vectors = Table(
    "item_vectors",
    metadata,
    key("channel"),
    key("id"),
    key("part"),
    key("model"),
    number("dim"),
    blob("vector", about=About.OWN),
    number("made"),
)
"""`made`: the item's newest `changes.seq` when the vector came; a thread that changed later makes it stale."""

vector_marks = Table("vector_marks", metadata, key("part"), key("model"), number("seq"))
"""Every change up to `seq` is known to lack no vector: where `lacking_vectors` begins to look."""

changes = Table(
    "changes",
    metadata,
    counter("seq"),
    word("channel"),
    word("id"),
    word("op"),
    UniqueConstraint("channel", "id"),
    sqlite_autoincrement=True,
)
"""One row per item, its newest change: an older one says nothing that a follower still needs."""

evidence = Table(
    "evidence",
    metadata,
    person_key(),
    key("kind"),
    key("key"),
    word("community", nullable=True),
    word("domain", nullable=True),
    moment("at"),
    word("item_channel", nullable=True),
    word("item_id", nullable=True),
    word("about_channel", nullable=True),
    word("about_id", nullable=True),
    Index(None, "at"),
    Index(None, "item_channel", "item_id"),
    Index(None, "about_channel", "about_id"),
)

suggestions = Table(
    "suggestions",
    metadata,
    key("question_channel"),
    key("question_id"),
    key("earlier_channel"),
    key("earlier_id"),
    person_key(),
    moment("shown_at"),
    flag("helped", nullable=True),
    Index(None, "earlier_channel", "earlier_id"),
    Index(None, "person"),
)

consents = Table(
    "consents",
    metadata,
    key("question_channel"),
    key("question_id"),
    person(),
    moment("asked_at"),
    flag("granted", nullable=True),
    Index(None, "person"),
)

tellings = Table(
    "tellings",
    metadata,
    key("question_channel"),
    key("question_id"),
    person_key(),
    moment("asked_at"),
    flag("granted", nullable=True),
    Index(None, "person"),
)

searches = Table(
    "searches",
    metadata,
    key("id"),
    word("community", nullable=True),
    moment("at"),
    number("results"),
    flag("opened"),
    flag("helped"),
    Index(None, "community", "at"),
)

invitations = Table(
    "invitations",
    metadata,
    key("id"),
    word("question_channel"),
    word("question_id"),
    person(),
    word("community"),
    word("state"),
    word("occasion"),
    moment("due_at"),
    moment("until"),
    prose("evidence", about=About.NOBODY),
    moment("sent_at", nullable=True),
    moment("accepted_at", nullable=True),
    moment("replied_at", nullable=True),
    moment("helpful_at", nullable=True),
    moment("closed_at", nullable=True),
    UniqueConstraint("question_channel", "question_id", "person"),
    Index(None, "person", "due_at"),
    Index(None, "community", "due_at"),
    Index(None, "state", "due_at"),
)

outbox = Table(
    "outbox",
    metadata,
    counter("seq"),
    word("id"),
    word("purpose"),
    word("target", about=About.PERSON),
    word("key", about=About.QUOTES),
    word("platform"),
    word("audience"),
    word("channel", nullable=True),
    word("thread", nullable=True),
    person(nullable=True),
    prose("body", about=About.QUOTES),
    prose("about", about=About.NOBODY),
    moment("due_at"),
    word("state"),
    number("attempts"),
    word("remote", nullable=True),
    word("error"),
    moment("settled_at", nullable=True),
    moment("emptied_at", nullable=True),
    UniqueConstraint("id"),
    UniqueConstraint("purpose", "target", "key"),
    Index(None, "platform", "state", "due_at"),
    Index(None, "state", "seq"),
    Index(
        "ix_outbox_full",
        "due_at",
        sqlite_where=text("emptied_at IS NULL"),
        postgresql_where=text("emptied_at IS NULL"),
    ),
    Index(None, "person"),
    sqlite_autoincrement=True,
)

holders = Table(
    "holders",
    metadata,
    key("channel"),
    key("id"),
    key("kind"),
    key("holder"),
    Index(None, "kind", "holder"),
)
"""Which outbox rows and invitations show or name a message: how a deletion finds them."""

job_runs = Table(
    "job_runs",
    metadata,
    key("job"),
    key("period"),
    number("fence"),
    moment("lease_until"),
    number("next_step"),
    moment("done_at", nullable=True),
)

erasures = Table("erasures", metadata, key("hash"), moment("at"))
"""Keyed hashes of who asked to be forgotten: tells nobody's name, yet recognises them in a history import."""

meta = Table("meta", metadata, key("key"), word("value"))
