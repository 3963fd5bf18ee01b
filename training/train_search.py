"""Train the fusion and the gate of "already asked": `python -m training.train_search DATA`, about four minutes.

Learns from duplicates/meta (Stack Exchange, CC BY-SA) and gold/nl (ours) of DATA and from crossing.txt (ours), and
writes bot/practice/weights/.
What it is worth is measured by `python -m evals` with weights fitted without the group they are scored on.
"""

import sys
from pathlib import Path

import numpy as np

from bot.practice import fusion
from evals import search as measured
from training.ranking import Judged, fit_chance, fit_ranking

WEIGHTS = Path(fusion.__file__).with_name("weights")


def train(data: Path, into: Path = WEIGHTS) -> None:
    """Read `data`, write two small files of arrays."""
    made = measured.tasks(data)
    once = measured.all_read(made)
    taught, again = measured.teaching_reading(once), measured.teaching_reading(measured.all_read_again(once))
    closer, second = fit_ranking(taught), fit_ranking(again)
    np.savez(
        into / "fusion.npz",
        rank=fit_ranking(measured.teaching(made)),
        closer=closer,
        chance=_line(taught, closer),
        second=second,
        second_chance=_line(again, second),
    )
    gate = measured.fit_gate([d for some in measured.all_decisions(made).values() for d in some])
    np.savez(
        into / "suggest.npz",
        weights=gate.weights,
        mean=gate.mean,
        spread=gate.spread,
        constant=np.array(gate.constant),
        threshold=np.array(gate.threshold),
    )


def _line(taught: list[Judged], rank: np.ndarray) -> np.ndarray:
    """From a rank, against the mean of its query's, to the chance of being relevant."""
    taught = [query for query in taught if len(query.rows)]
    ranks = np.concatenate([query.rows @ rank - (query.rows @ rank).mean() for query in taught])
    relevant = np.concatenate([query.relevant for query in taught])
    weight = np.concatenate([np.full(len(query.rows), query.weight / len(query.rows)) for query in taught])
    spread = ranks.std()
    slope, height = fit_chance(ranks[:, None] / spread, relevant, weight=weight, ridge=0.0)
    return np.array([slope / spread, height])


if __name__ == "__main__":
    train(Path(sys.argv[1]))
