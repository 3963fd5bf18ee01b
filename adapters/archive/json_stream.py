"""JSON read piece by piece: an array of any length in the memory of its largest value.

`json` wants the whole text at once and forgets everything when the last bracket is missing. Here every value is
decoded when it is complete, so that a half-written file still gives what was written.
"""

import codecs
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Any

BROKEN = (
    OSError,
    EOFError,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    NotImplementedError,
    OverflowError,
    UnicodeDecodeError,
)
"""What reading a damaged file may raise."""

_READ = 1 << 16
_SPACE = re.compile(r"[\s,]*")
_SPACE_COLON = re.compile(r"[\s:]*")


def _int(digits: str) -> int | None:
    """Python refuses to read numbers of thousands of digits; none of ours has more than twenty."""
    return int(digits) if len(digits) <= 20 else None


def _not_a_number(_: str) -> None:
    """NaN and Infinity, which JSON does not know."""


_decode = json.JSONDecoder(parse_int=_int, parse_constant=_not_a_number).raw_decode


class BrokenJson(Exception):
    """The text ends too early, is no JSON, or holds a value beyond the limit; `str()` says which."""


class JsonStream:
    """One JSON text. `repaired` tells whether bytes that are no UTF-8 were replaced; `read` counts bytes."""

    def __init__(self, file: IO[bytes], limit: int) -> None:
        """`limit`: the most characters one value may take."""
        self.read = 0
        self.repaired = False
        self._file = file
        self._limit = limit
        self._utf8 = codecs.getincrementaldecoder("utf-8")("strict")
        self._text = ""
        self._at = 0
        self._ended = False

    def peek(self) -> str:
        """The next sign that is no white space, "" at the end."""
        return self._next(_SPACE)

    def array(self) -> Iterator[Any]:
        """The values of an array. Raises BrokenJson where it cannot go on."""
        self._expect("[")
        while self.peek() not in ("]", ""):
            yield self.value()
        self._close("]")

    def members(self) -> Iterator[str]:
        """The keys of an object; the caller takes each value, by `value` or `array`, before the next key."""
        self._expect("{")
        while self.peek() not in ("}", ""):
            key = self.value()
            if not isinstance(key, str) or self._next(_SPACE_COLON) == "":
                raise BrokenJson("it is cut off or is no JSON")
            yield key
        self._close("}")

    def value(self) -> Any:
        """The next whole value. Raises BrokenJson."""
        size = _READ
        while True:
            try:
                value, end = _decode(self._text, self._at)
                if end < len(self._text) or self._ended:
                    self._at = end
                    return value
            except RecursionError:
                raise BrokenJson("it is nested too deep") from None
            except ValueError:
                if self._ended:
                    raise BrokenJson("it is cut off or is no JSON") from None
            room = self._limit + 1 - (len(self._text) - self._at)
            if room <= 0:
                raise BrokenJson(f"a value in it is longer than {self._limit:,} characters, or is no JSON")
            self._fill(min(size, room))
            size *= 2  # so that a long value costs linear time

    def _next(self, skip: re.Pattern[str]) -> str:
        while True:
            found = skip.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if self._ended:
                return ""
            self._fill(_READ)

    def _expect(self, sign: str) -> None:
        if self.peek() != sign:
            raise BrokenJson("it is empty" if self._ended and not self._text.strip() else "it is no export's JSON")
        self._at += 1

    def _close(self, sign: str) -> None:
        if self.peek() != sign:
            raise BrokenJson("it is cut off")
        self._at += 1

    def _fill(self, size: int) -> None:
        try:
            data = self._file.read(size)
        except BROKEN as error:
            raise BrokenJson(f"it is damaged ({error})") from error
        self.read += len(data)
        self._ended = not data
        self._text = self._text[self._at :] + self._decoded(data)
        self._at = 0

    def _decoded(self, data: bytes) -> str:
        try:
            text = self._utf8.decode(data, not data)
        except UnicodeDecodeError:
            self.repaired = True
            self._utf8.errors = "replace"
            text = self._utf8.decode(data, not data)
        return text.removeprefix("\ufeff") if self.read == len(data) else text
