"""First come, first served: work that gets ready at its own pace, but goes on in the order in which it came."""

import asyncio


class Turns:
    """A line of people; nobody overtakes, and nobody who gives up lets others pass too early."""

    def __init__(self) -> None:
        self._last: asyncio.Future[None] | None = None

    def join(self) -> "Place":
        """Queue at once; `Place.turn` waits until everybody before has left."""
        place = Place(self._last)
        self._last = place.left
        return place


class Place:
    """Somebody's place in the line. Must be left, whatever happens; leaving twice is fine."""

    def __init__(self, before: asyncio.Future[None] | None) -> None:
        self.left: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._before = before
        self._leaving = False

    async def turn(self) -> None:
        """Wait for everybody before."""
        if self._before is not None:
            await asyncio.shield(self._before)

    def leave(self) -> None:
        """Let the next one go on, once everybody before has left too."""
        if self._leaving:
            return
        self._leaving = True
        if self._before is None or self._before.done():
            self.left.set_result(None)
        else:
            self._before.add_done_callback(lambda _: self.left.set_result(None))
