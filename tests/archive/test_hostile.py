"""Archives made to harm are refused whole, in a sentence, before they cost anything."""

import io
import os
import re
import stat
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from adapters.archive import Limits, open_archive
from bot.errors import HostileInput, InputError
from tests.archive.exports import SLACK, events_of, unpacked, written, zipped

DAY = "zorg/2024-05-01.json"
SENTENCE = re.compile(r"[^\n]+(\. |: )[^\n]+")


def refused(path: Path, limits: Limits | None = None) -> str:
    with pytest.raises(HostileInput, match=SENTENCE) as caught:
        open_archive(path, limits=limits or Limits())
    return str(caught.value)


def with_member(folder: Path, info: zipfile.ZipInfo, data: bytes = b"[]") -> Path:
    path = zipped(folder, SLACK)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(info, data)
    return path


@pytest.mark.parametrize(
    "name",
    ["../2024-05-01.json", "zorg/../../x.json", "/etc/passwd", "C:/x.json", "..\\x.json", "\\\\host\\x", "a\nb.json"],
)
def test_names_that_lead_elsewhere(tmp_path: Path, name: str) -> None:
    assert "the name" in refused(with_member(tmp_path, zipfile.ZipInfo(name)))


def test_a_name_cut_off_by_nul(tmp_path: Path) -> None:
    path = with_member(tmp_path, zipfile.ZipInfo("zorgXx.json"))
    path.write_bytes(path.read_bytes().replace(b"zorgXx.json", b"zorg\0x.json"))
    assert "control characters" in refused(path)


def test_folders_in_folders(tmp_path: Path) -> None:
    assert "too deep" in refused(with_member(tmp_path, zipfile.ZipInfo("a/" * 11 + "x.json")))


def test_links_in_a_zip(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("zorg/2024-06-01.json")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert "is a link" in refused(with_member(tmp_path, info, b"/etc/passwd"))


def test_links_in_a_folder(tmp_path: Path) -> None:
    path = unpacked(tmp_path, SLACK)
    (path / "zorg" / "2024-06-01.json").symlink_to("/etc/passwd")
    assert "is a link" in refused(path)


def test_the_same_name_twice(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        path = with_member(tmp_path, zipfile.ZipInfo(DAY))
    assert "twice" in refused(path)


def test_a_bomb_in_one_file(tmp_path: Path) -> None:
    assert "like a ZIP bomb" in refused(zipped(tmp_path, {DAY: b"[" + b" " * 20_000_000}))


def test_a_bomb_in_many_files(tmp_path: Path) -> None:
    days = {f"zorg/2024-05-{day:02}.json": b"[" + b" " * 2_000_000 for day in range(1, 20)}
    assert "all of it is packed" in refused(zipped(tmp_path, days))


@pytest.mark.parametrize("limits", [Limits(total=1000), Limits(member=100), Limits(members=3)])
def test_more_than_an_export_holds(tmp_path: Path, limits: Limits) -> None:
    assert "more than" in refused(zipped(tmp_path, SLACK), limits)
    assert "more than" in refused(unpacked(tmp_path, SLACK), limits)


def test_a_table_of_contents_that_claims_too_much_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    end64 = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, 10**9, 10**9, 10**10, 0)
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, 0, 1)
    path.write_bytes(
        end64 + locator + struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 2**32 - 1, 2**32 - 1, 0)
    )
    assert "more than 200,000 files" in refused(path)


def test_a_way_of_packing_that_no_export_uses(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("zorg/2024-06-01.json")
    info.compress_type = zipfile.ZIP_LZMA
    assert "no export uses" in refused(with_member(tmp_path, info))


def test_a_password(tmp_path: Path) -> None:
    path = zipped(tmp_path, {DAY: SLACK[DAY]})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(InputError, match="locked with a password"):
        open_archive(path)


@pytest.mark.parametrize("keep", [3, 10, 200, -1, -30])
def test_a_zip_that_was_cut_off(tmp_path: Path, keep: int) -> None:
    path = zipped(tmp_path, SLACK)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(InputError, match="Download the export again"):
        open_archive(path)


@pytest.mark.parametrize("content", [b"hallo", b"", b"PK\3\4", os.urandom(3000), b"%PDF-1.7", b"\x7fELF"])
def test_what_is_no_zip(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "export.zip"
    path.write_bytes(content)
    with pytest.raises(InputError, match=SENTENCE):
        open_archive(path)


def test_zips_and_folders_of_something_else(tmp_path: Path) -> None:
    for path in (
        zipped(tmp_path, {"lees.txt": b"hoi"}),
        zipped(tmp_path, {}, "leeg.zip"),
        unpacked(tmp_path, {"a/b": b""}),
    ):
        with pytest.raises(InputError, match="no export that Ander knows"):
            open_archive(path)


@pytest.mark.parametrize("make", [lambda p: p / "weg.zip", lambda p: p.joinpath(*["x" * 300])])
def test_what_is_not_there(tmp_path: Path, make: object) -> None:
    with pytest.raises(InputError, match=r"does not exist|cannot be read"):
        open_archive(make(tmp_path))  # type: ignore[operator]


def test_a_pipe_is_no_archive(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pijp")
    with pytest.raises(InputError, match="neither a file nor a folder"):
        open_archive(tmp_path / "pijp")


def test_a_damaged_member_costs_itself_only(tmp_path: Path) -> None:
    path = zipped(tmp_path, SLACK)
    data = bytearray(path.read_bytes())
    at = data.index(DAY.encode()) + len(DAY) + 4
    data[at : at + 8] = b"\xff" * 8
    path.write_bytes(data)
    archive = open_archive(path)
    assert len(events_of(archive)) > 10
    assert any(problem.where == DAY for problem in archive.problems)
    archive.close()


# VmHWM, since ru_maxrss begins with what the process that started this one used
READER = """
import sys
from pathlib import Path
from adapters.archive import open_archive
from bot.errors import InputError
try:
    for chunk in open_archive(Path(sys.argv[1])).events():
        pass
except InputError as error:
    print(error)
print(int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) // 1024)
"""


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="memory is read from /proc")
@pytest.mark.parametrize(
    ("start", "unit"),
    [
        (b"[", b'{"a":1},'),
        (b"[", b"1"),
        (b'["', "é👍".encode()),
        (b"[[", b"[],"),
        (b'{"messages": [', b'{"a":[{}]},'),
        (b'{"messages": [[', b"{},"),
        (b'{"x": [', b"[[],{}],"),
    ],
)
def test_no_content_takes_much_memory(tmp_path: Path, start: bytes, unit: bytes) -> None:
    """20 MB that no rule about sizes refuses: a day of Slack, or a room of Element."""
    folder = unpacked(tmp_path, {DAY: start + unit * (20_000_000 // len(unit))})
    for path in (folder, folder / DAY):
        run = subprocess.run([sys.executable, "-c", READER, path], capture_output=True, text=True, check=True)
        assert int(run.stdout.split()[-1]) < 300


def test_a_zip_in_a_zip_is_not_opened(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr(DAY, written([]))
    with pytest.raises(InputError, match="no export that Ander knows"):
        open_archive(zipped(tmp_path, {"export.zip": inner.getvalue()}, "buiten.zip"))
