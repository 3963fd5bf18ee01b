"""`python -m evals.learning --data DIR`: how much more labelled chat would help reading.

Weights are trained on an eighth, a quarter, half and all of the labelled communities (the same ones of each size every
time) and read real English chat, on which nothing is trained.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from evals import reading
from training.corpora import Row
from training.kinds import Corpus, train_kinds
from training.train_reading import gather

SHARES = (0.125, 0.25, 0.5, 1.0)


def main() -> None:
    """Train, measure, print the table."""
    parser = argparse.ArgumentParser(prog="python -m evals.learning", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data
    whole = gather(data)
    table = Table("communities", "chat messages", "question F1", "kind macro-F1", "keep F1", box=None)
    for share in SHARES:
        corpus, communities = _part(whole, share)
        shipped = reading.shipped()
        kinds, _notes = train_kinds(corpus, shipped.network, calibrate=False)
        known = shipped.kinds
        reader = replace(shipped, kinds=replace(kinds, scale=known.scale, lean=known.lean, keep_from=known.keep_from))
        question, kind, keep = (f"{row.value:.3f}" for row in reading.english_chat(data, reader)[:3])
        chat = sum(not row.lone and not row.again for row in corpus.rows)
        table.add_row(str(communities), str(chat), question, kind, keep)
    Console().print(table)


def _part(whole: Corpus, share: float) -> tuple[Corpus, int]:
    """Every so many-eth community by the alphabet, so that they make up this share; and all lone sentences."""
    names = sorted({row.community for row in whole.rows if not row.lone})
    step = round(1 / share)
    some = set(names[::step])
    kept = [at for at, row in enumerate(whole.rows) if _counts(row, some)]
    return Corpus([whole.rows[at] for at in kept], whole.vectors[kept]), len(some)


def _counts(row: Row, communities: set[str]) -> bool:
    return row.lone or row.community in communities


if __name__ == "__main__":
    main()
