"""Work shared by two threads: all of it is done, and none of it goes on."""

import threading

import pytest

from storage.search.helper import share


def test_all_is_done_and_comes_back_in_order() -> None:
    one, others = share(lambda: "one", [lambda n=n: n * n for n in range(50)])  # type: ignore[misc] # mypy guesses no lambda
    assert (one, others) == ("one", [n * n for n in range(50)])
    assert share(lambda: 1, []) == (1, [])


def test_two_calls_are_made_at_a_time() -> None:
    """Each waits for the other: one after the other neither would end."""
    met = threading.Barrier(2, timeout=30)
    one, (other,) = share(met.wait, [met.wait])
    assert {one, other} == {0, 1}


@pytest.mark.parametrize("where", [0, 1])
def test_what_goes_wrong_is_raised_when_nothing_goes_on_any_more(where: int) -> None:
    met, ended = threading.Barrier(2, timeout=30), threading.Event()

    def breaks() -> None:
        met.wait()
        raise ValueError("broken")

    def goes_on() -> None:
        met.wait()
        ended.set()

    calls = [goes_on, goes_on]
    calls[where] = breaks
    with pytest.raises(ValueError, match="broken"):
        share(calls[0], calls[1:])
    assert ended.is_set()
    assert share(lambda: 1, [lambda: 2]) == (1, [2])
