"""What an import could not read, kept short: single notes up to a number, the rest counted."""

from collections import Counter

from adapters.archive.contract import Problem

KEPT = 100


class Notes:
    """Collects problems. `add` is for what an administrator can look at one by one, `count` for the rest."""

    def __init__(self) -> None:
        self._kept: dict[Problem, None] = {}
        self._more = 0
        self._counts: Counter[tuple[str, str]] = Counter()

    def add(self, where: str, what: str, do: str = "") -> None:
        """A problem at one place; the same one twice counts once."""
        problem = Problem(where=where, what=what, do=do)
        if len(self._kept) < KEPT:
            self._kept[problem] = None
        elif problem not in self._kept:
            self._more += 1

    def count(self, what: str, do: str = "", by: int = 1) -> None:
        """One more (or `by` more) of a kind. Kinds come from the archive too, so their number is bounded."""
        key = (what, do)
        self._counts[key if len(self._counts) < KEPT or key in self._counts else ("of other kinds", "")] += by

    def list(self, name: str) -> list[Problem]:
        """All of it, as problems; `name` is the archive's."""
        found = list(self._kept)
        if self._more:
            found.append(Problem(where=name, what=f"{self._more} more problems like these", do=""))
        for (what, do), n in self._counts.most_common():
            found.append(Problem(where=name, what=f"{n} × {what}", do=do))
        return found
