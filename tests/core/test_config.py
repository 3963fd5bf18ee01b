"""The configuration: every setting is in the example, and what is wrong is said so that it can be mended."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from bot.__main__ import PLATFORMS
from bot.config import CommunitySection, Config, DomainSection, Section, load_config
from bot.errors import ConfigError

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"


def write(folder: Path, text: str) -> Path:
    path = folder / "ander.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_example_holds_every_setting_and_its_default() -> None:
    shown = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    assert set(shown) == set(Config.model_fields) | set(PLATFORMS)
    ours: dict[str, Any] = {name: field.annotation for name, field in Config.model_fields.items()}
    sections = ours | dict(PLATFORMS)
    for name in set(shown) - {"data", "communities"}:
        section = sections[name]
        assert section is not None
        assert section.model_validate(shown[name]) == section(), name
        assert set(shown[name]) == set(section.model_fields), name
    (community,) = shown["communities"].values()
    assert set(community) == set(CommunitySection.model_fields)
    assert set(community["domains"][0]) == set(DomainSection.model_fields)


def test_every_setting_of_the_example_is_explained() -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    bare = [
        line for before, line in zip(["", *lines], lines, strict=False)
        if re.match(r"\w+ = ", line) and not (before.startswith("#") or re.match(r"\w+ = ", before))
    ]  # fmt: skip
    assert [line for line in bare if not line.startswith("key")] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[anders]\npatiense_hours = 3", "Did you mean `patience_hours`?"),
        ("[embeding]\n", "Did you mean `embedding`?"),
        ('[communities.a]\ntimezone = "Amsterdam"', 'write one like "Europe/Amsterdam"'),
        ('[communities.a]\nmoment = "tuesday"', 'like "tue 10:00"'),
        ('[communities.a]\nchanels = ["x"]', "Did you mean `channels`?"),
        ("[anders\n", "is not valid TOML"),
    ],
)
def test_a_wrong_setting_is_explained(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(said)):
        load_config(write(tmp_path, text), env={})


def test_a_missing_file_is_explained(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path / "none.toml", env={})


def test_data_counts_from_the_file_and_the_environment_wins(tmp_path: Path) -> None:
    path = write(tmp_path, 'data = "here"')
    assert load_config(path, env={}).data == tmp_path / "here"
    assert load_config(path, env={"ANDER_DATA": "/there"}).data == Path("/there")


def test_channels_find_their_community(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, '[communities.care]\nchannels = ["#care-*", "slack:C9"]'), env={})
    assert config.community_of("slack:C1", "care-night") == "care"
    assert config.community_of("slack:C9", "other") == "care"
    assert config.community_of("slack:C2", "design") == "design"


class PigeonSection(Section):
    """A platform's own part of the file."""

    loft: str = ""


def test_a_platform_describes_its_own_section(tmp_path: Path) -> None:
    platforms = {"pigeon": PigeonSection}
    config = load_config(write(tmp_path, '[pigeon]\nloft = "attic"'), platforms=platforms)
    assert config.platform("pigeon") == PigeonSection(loft="attic")
    assert load_config(write(tmp_path, ""), platforms=platforms).platform("pigeon") is None
    with pytest.raises(ConfigError, match=r"`pigeon\.lof` is not a setting\. Did you mean `loft`"):
        load_config(write(tmp_path, '[pigeon]\nlof = "attic"'), platforms=platforms)
