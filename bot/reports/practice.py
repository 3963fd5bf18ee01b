"""What the community keeps, and whether it is used again."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.reports.material import KnowHowRecord, SearchRecord, SuggestionRecord
from bot.reports.suppression import Cell, share


def know_how_kept(items: Iterable[KnowHowRecord], start: datetime, end: datetime) -> dict[str, int]:
    """Know-how kept: items filed and confirmed by a person, per domain; each counts in the week of its
    confirmation.

    Source: potential value, Wenger, Trayner & de Laat, Promoting and assessing value creation (2011).
    """
    kept = (i for i in items if i.confirmed_at is not None and start <= i.confirmed_at < end)
    return dict(Counter(item.domain or "" for item in kept))


def search_success(searches: Sequence[SearchRecord]) -> float | None:
    """Reuse by searching: searches with an opened or *helped* result ÷ searches. Source: applied value
    (same)."""
    return _reused([(s.person, s.opened or s.helped) for s in searches])


def suggestions_accepted(suggestions: Sequence[SuggestionRecord]) -> float | None:
    """Reuse without searching: suggestions accepted (*This helped*) ÷ shown. Source: applied value (same)."""
    return _reused([(s.person, s.accepted) for s in suggestions])


def _reused(tries: Sequence[tuple[str, bool]]) -> float | None:
    """Both sides must have K people behind them, or none."""
    good, rest = [p for p, ok in tries if ok], [p for p, ok in tries if not ok]
    return share(Cell(len(good), len(set(good))), Cell(len(rest), len(set(rest))))
