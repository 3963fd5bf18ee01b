"""`my-data` and `forget-me`: what Ander keeps about somebody, and wiping it."""

import asyncio
import hashlib
import json
import os
from pathlib import Path

from bot import accounts
from bot.buttons import ForgetChoice, button
from bot.commands.asked import Asked
from bot.commands.reply import Reply, say
from bot.events import PersonId
from bot.locale import texts
from bot.outgoing import Buttons, File
from bot.world import platform_of

Export = dict[str, list[dict[str, object]]]


async def answer(asked: Asked) -> Reply:
    """A summary in words and everything as a file."""
    _ = texts(asked.lang).gettext
    found, elsewhere = await _apart(asked, await accounts.export(asked.tx, asked.person.id))
    rows = {table: len(kept) for table, kept in sorted(found.items()) if kept}
    if not rows:
        return say(asked.lang, _("I keep nothing about you."))
    path = await asyncio.to_thread(_write, export_path(asked.world.config.data, asked.person.id), found)
    lines = "\n".join(f"• {table.replace('_', ' ')}: {count}" for table, count in rows.items())
    return say(
        asked.lang,
        _("This is everything I keep about you, and nothing about anybody else:"),
        lines,
        File(path=str(path), name="ander-my-data.json"),
        *([_("What you said encrypted I show you only there: ask me with your other account.")] if elsewhere else []),
        _("`forget-me` wipes all of it."),
    )


async def _apart(asked: Asked, found: Export) -> tuple[Export, bool]:
    """Without what the person said in encrypted channels of another platform, and whether there was any: it would come
    to lie in the clear here."""
    here, channels = platform_of(asked.person.id), await asked.tx.channels()
    closed = {id for id, channel in channels.items() if channel.encrypted and platform_of(id) != here}
    kept = {table: [row for row in rows if row.get("channel") not in closed] for table, rows in found.items()}
    return kept, sum(map(len, kept.values())) < sum(map(len, found.values()))


def export_path(folder: Path, person: PersonId) -> Path:
    """Where what Ander holds about a person lies while it is handed over."""
    return folder / "exports" / f"{hashlib.sha256(person.encode()).hexdigest()[:24]}.json"


def _write(path: Path, found: Export) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    aside = path.with_suffix(".new")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(found, file, ensure_ascii=False, indent=2, default=str)
    aside.replace(path)
    return path


async def forget(asked: Asked) -> Reply:
    """Ask once more before anything is wiped."""
    _ = texts(asked.lang).gettext
    return say(
        asked.lang,
        _(
            "Everything by and about you goes: your messages, questions, answers and settings. Answers others "
            "leaned on go too, and it cannot be undone. I will also keep nothing you write later."
        ),
        _("`my-data` shows first what there is. Sure?"),
        Buttons(
            buttons=(
                button(_("Yes, forget me"), ForgetChoice(confirmed=True)),
                button(_("No, keep it"), ForgetChoice(confirmed=False)),
            )
        ),
    )


async def forget_now(asked: Asked, choice: ForgetChoice) -> Reply:
    """After the button."""
    _ = texts(asked.lang).gettext
    if not choice.confirmed:
        return say(asked.lang, _("Nothing was wiped."))
    gone = await accounts.forget(asked.tx, asked.person.id, asked.now)
    done = say(asked.lang, _("It is done: I know nothing about you any more. Take care. 👋"))
    return Reply(body=done.body, forgot=tuple(gone))
