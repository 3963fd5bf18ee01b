"""First come, first served: work that gets ready at its own pace, but goes on in the order in which it came."""

import asyncio
from collections.abc import Collection, Hashable

_ONE_LINE = (None,)


class Turns:
    """Lines of people; nobody overtakes, and nobody who gives up lets others pass too early."""

    def __init__(self) -> None:
        self._last: dict[Hashable, asyncio.Future[None]] = {}

    def join(self, lines: Collection[Hashable] = _ONE_LINE) -> "Place":
        """Queue at once, in all these lines; `Place.turn` waits until everybody before has left, in each of them."""
        place = Place([self._last[line] for line in lines if line in self._last])
        self._last |= dict.fromkeys(lines, place.left)
        place.left.add_done_callback(lambda left: self._shorten(lines, left))
        return place

    def _shorten(self, lines: Collection[Hashable], left: asyncio.Future[None]) -> None:
        """Forget lines in which nobody stands any more."""
        for line in lines:
            if self._last.get(line) is left:
                del self._last[line]


class Place:
    """Somebody's place in their lines. Must be left, whatever happens; leaving twice is fine."""

    def __init__(self, before: Collection[asyncio.Future[None]]) -> None:
        self.left: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._before = before
        self._leaving = False

    async def turn(self) -> None:
        """Wait for everybody before."""
        for one in self._before:
            await asyncio.shield(one)

    def leave(self) -> None:
        """Let the next one go on, once everybody before has left too."""
        if not self._leaving:
            self._leaving = True
            self._pass_on()

    def _pass_on(self, _: object = None) -> None:
        waiting = next((one for one in self._before if not one.done()), None)
        if waiting is None:
            self.left.set_result(None)
        else:
            waiting.add_done_callback(self._pass_on)
