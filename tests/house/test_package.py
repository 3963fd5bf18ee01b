"""The house itself: names that are ours, texts that are whole, examples that are true."""

import importlib
import re
import string
import tomllib
from importlib.metadata import distribution
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
KEYWORDS = DEFAULT_KEYWORDS | {"count": (1, 2)}
PACKAGES = ("bot", "adapters", "storage", "migrations")
CATALOGUES = sorted((ROOT / "bot" / "locale" / "nl").glob("*.po"))


@pytest.mark.parametrize("name", PACKAGES)
def test_our_names_belong_to_us_alone(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__file__ is not None
    assert Path(module.__file__).is_relative_to(ROOT)


def test_the_distribution_ships_the_four_packages() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert tuple(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == PACKAGES
    assert distribution("ander-bot").entry_points["ander"].value == "bot.__main__:main"


def source_texts() -> dict[str, str | tuple[str, ...]]:
    methods = [("**.py", "python"), ("**.j2", "jinja2.ext:babel_extract")]
    found = [
        message
        for folder, keywords in (("bot", KEYWORDS), ("adapters", DEFAULT_KEYWORDS))
        for _, _, message, _, _ in extract_from_dir(str(ROOT / folder), methods, keywords=keywords)
    ]
    return {message[0] if isinstance(message, tuple) else message: message for message in found}


def dutch_texts() -> dict[str, tuple[str, ...]]:
    texts: dict[str, tuple[str, ...]] = {}
    for path in CATALOGUES:
        for message in read_po(BytesIO(path.read_bytes()), locale="nl"):
            if message.id:
                key = message.id[0] if isinstance(message.id, list | tuple) else message.id
                said = message.string if isinstance(message.string, list | tuple) else (message.string,)
                texts[key] = tuple(text or "" for text in said)
    return texts


def test_every_text_a_person_reads_exists_in_dutch() -> None:
    dutch = dutch_texts()
    assert sorted(text for text in source_texts() if not all(dutch.get(text, ("",)))) == []


def test_no_dutch_text_is_left_behind() -> None:
    assert sorted(dutch_texts().keys() - source_texts().keys()) == []


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_placeholders() -> None:
    source = source_texts()
    for key, texts in dutch_texts().items():
        whole = source.get(key, key)
        wanted = placeholders("".join(whole) if isinstance(whole, tuple) else whole)
        assert set().union(*(placeholders(text) for text in texts)) == wanted, key


def test_no_registry_and_no_machine_path_in_the_project() -> None:
    pattern = re.compile(r"pypi\.org|pythonhosted|registry\.npmjs|/root/|/home/\w+/")
    files = [path for name in (*PACKAGES, "docs", "bench", "evals", "training") for path in (ROOT / name).rglob("*")]
    texts = [path for path in files if path.suffix in {".py", ".md", ".toml", ".txt", ".po", ".j2"}]
    assert [str(path) for path in texts if pattern.search(path.read_text(encoding="utf-8"))] == []
