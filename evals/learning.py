"""`python -m evals.learning --data DIR`: how much more labelled text would help reading.

Weights are trained on an eighth, a quarter, half and all of the labelled communities and sentences (the same ones of
each size every time) and read what none of them has seen: real English chat, the help desk, gold/nl, and one half of
Home Assistant and xSID. The scales and the cut for keeping, a few single numbers, are the shipped ones.
"""

import argparse
from dataclasses import replace
from pathlib import Path
from zlib import crc32

from rich.console import Console
from rich.table import Table

from bot.reading import Reader
from evals import reading
from evals.table import Row
from training.corpora import Row as Labelled
from training.corpora import gold_dutch
from training.kinds import Corpus
from training.train_reading import gather, train_links

STEPS = (8, 4, 2, 1)
UNSEEN_HALF = 0


def main() -> None:
    """Train, measure, print the table."""
    parser = argparse.ArgumentParser(prog="python -m evals.learning", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data
    ours = frozenset(row.community for row in gold_dutch(data))
    whole = gather(data, without=ours).having(lambda row: not reading.of_half(row, UNSEEN_HALF))
    columns = [_column(data, _part(whole, step)) for step in STEPS]
    table = Table("read", *(f"1/{step}" if step > 1 else "all" for step in STEPS), box=None)
    for name in columns[-1]:
        table.add_row(name, *(column[name] for column in columns))
    Console(width=160).print(table)


def _column(data: Path, corpus: Corpus) -> dict[str, str]:
    """How much there was to learn from, and what was learned: each score by its name."""
    chat = [row for row in corpus.rows if not row.lone]
    reader = _reader(corpus)
    rows = [*reading.english_chat(data, reader)[:3], *reading.dutch_chat(data, reader)[:5]]
    rows += [*reading.helpdesk(data, reader), *reading.commands_of_half(data, reader, UNSEEN_HALF)]
    counts = {
        "communities": len({row.community for row in chat}),
        "chat messages": sum(not row.again for row in chat),
        "sentences": len(corpus.rows) - len(chat),
    }
    return {name: str(count) for name, count in counts.items()} | {_name(row): f"{row.value:.3f}" for row in rows}


def _name(row: Row) -> str:
    return f"{row.data.partition(',')[0]}: {row.task.partition(',')[0]}, {row.metric}"


def _reader(corpus: Corpus) -> Reader:
    network = reading.shipped().network
    return replace(reading.shipped(), kinds=reading.train(corpus), links=train_links(corpus, network))


def _part(whole: Corpus, step: int) -> Corpus:
    """Every so many-eth community by the alphabet, and as large a part of the lone sentences, by their text."""
    names = sorted({row.community for row in whole.rows if not row.lone})
    some = set(names[::step])

    def counts(row: Labelled) -> bool:
        # the lowest bit tells the halves of what is left out
        return crc32(row.utterance.text.encode()) // 2 % step == 0 if row.lone else row.community in some

    return whole.having(counts)


if __name__ == "__main__":
    main()
