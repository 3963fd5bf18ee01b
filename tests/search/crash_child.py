"""A process that keeps an index beside a record that grows, until it is killed: `crash_child.py FOLDER`.

The record is a file of lines (`put`/`drop`, reference, text), each on the disk before the index hears of it.
"""

import asyncio
import json
import os
import random
import string
import sys
from pathlib import Path
from typing import cast

from bot.ports import Store
from storage.search import open_plane, plane
from tests.search.record import DIM, MODEL, Record, ref

plane.SAVE_EVERY = 40  # so that the saving is hit as well
ITEMS = 60


def read_record(folder: Path) -> Record:
    """The record as far as it was written; a last line cut off by the kill was not committed."""
    record = Record()
    path = folder / "record.jsonl"
    text = path.read_text() if path.exists() else ""
    for line in text[: text.rfind("\n") + 1].splitlines():
        play(record, *json.loads(line))
    return record


def play(record: Record, op: str, id: str, text: str) -> None:
    """One line of the record."""
    where = ref(f"c{int(id) % 3}", id)
    if op == "put":
        record.put(where, text, f"antwoord op {id}")
    elif where in record.rows:
        record.drop(where)


async def run(folder: Path, seed: int) -> None:
    """Change, follow, now and then rebuild or scrub, for ever."""
    record, chance = read_record(folder), random.Random(seed)
    index = await open_plane(cast(Store, record), folder / "index", MODEL, DIM)
    print("open", flush=True)
    with (folder / "record.jsonl").open("a") as file:
        while True:
            for _ in range(chance.randrange(1, 30)):
                op = "drop" if chance.random() < 0.3 else "put"
                word = "".join(chance.choices(string.ascii_lowercase, k=12))  # far from all others: no typo of any
                line = (op, str(chance.randrange(ITEMS)), f"vraag {word}")
                file.write(json.dumps(line) + "\n")
                file.flush()
                os.fsync(file.fileno())
                play(record, *line)
            await index.catch_up()
            if chance.random() < 0.1:
                await index.rebuild()
            if chance.random() < 0.1:
                await index.scrub()


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1]), int(sys.argv[2])))
