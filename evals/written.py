"""`python -m evals.written --data DIR COMMUNITY...`: reads training/chat by weights trained without that community.

The scales and the cut for keeping, a few single numbers, are the shipped ones.
"""

import argparse
from pathlib import Path

from rich.console import Console
from rich.table import Table

from evals.reading import chat_rows, without
from training.corpora import our_chat


def main() -> None:
    """Train without each of them, read them, print the table."""
    parser = argparse.ArgumentParser(prog="python -m evals.written", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("community", nargs="+")
    asked = parser.parse_args()
    chat = our_chat()
    unknown = set(asked.community) - {row.community for row in chat}
    if unknown:
        parser.error(f"no community of training/chat: {', '.join(sorted(unknown))}")
    labelled = [row for row in chat if row.community in asked.community]
    table = Table("task", "n", "metric", "score (95 %)", "floor", "peers", box=None)
    for row in chat_rows("training/chat", labelled, lambda name: without(asked.data, name)):
        peers = ", ".join(f"{name} {value:.3f}" for name, value in row.peers.items())
        score = f"{row.value:.3f} ({row.low:.2f}–{row.high:.2f})"
        floor = "–" if row.floor is None else f"{row.floor:.3f}"
        table.add_row(row.task, str(row.n), row.metric, score, floor, peers)
    Console(width=160).print(table)


if __name__ == "__main__":
    main()
