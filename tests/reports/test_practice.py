"""Know-how kept and reuse, counted by hand."""

from bot.reports.material import KnowHowRecord, SearchRecord, SuggestionRecord
from bot.reports.practice import know_how_kept, search_success, suggestions_accepted
from tests.reports.moments import WEEK, at


def test_know_how_counts_when_it_is_confirmed() -> None:
    items = [
        KnowHowRecord(at=at(1, weeks_ago=3), domain="wounds", confirmed_at=at(2)),  # filed earlier, confirmed now
        KnowHowRecord(at=at(1), domain="wounds", confirmed_at=at(1)),
        KnowHowRecord(at=at(2), domain=None, confirmed_at=at(3)),
        KnowHowRecord(at=at(2), domain="wounds"),  # never confirmed
        KnowHowRecord(at=at(2), domain="wounds", confirmed_at=at(8)),  # next week
    ]
    assert know_how_kept(items, WEEK.start, WEEK.end) == {"wounds": 2, "": 1}


def search(person: int, *, opened: bool = False, helped: bool = False) -> SearchRecord:
    return SearchRecord(person=str(person), at=at(1), opened=opened, helped=helped)


def test_search_success_is_searches_with_an_opened_or_helped_result() -> None:
    # Five people opened something, one of them also helped another time; five found nothing: 6 ÷ 12.
    good = [search(n, opened=True) for n in range(5)] + [search(0, helped=True)]
    bad = [search(n) for n in range(4, 9)] + [search(8)]
    assert search_success(good + bad) == 0.5


def test_searches_of_few_people_are_not_reported() -> None:
    assert search_success([search(1, opened=True)] * 40 + [search(n) for n in range(9)]) is None
    assert search_success([]) is None


def test_suggestions_accepted_of_those_shown() -> None:
    shown = [SuggestionRecord(person=str(n), at=at(1), accepted=n < 15) for n in range(20)]
    assert suggestions_accepted(shown) == 0.75
