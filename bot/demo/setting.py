"""Where the demo plays: a folder of its own with a configuration that `ander chat` can go on with."""

import shutil
from importlib import resources
from pathlib import Path

from bot.config import Config, load_config
from bot.errors import InputError

CONFIG = "config.toml"
_HEAD = """\
# Made by `ander demo`: the invented organisation. `ander --config {folder}/config.toml chat --as eva
# --channel zorg-praktijk` talks to it; every other command works on it too.

data = "."

[log]
level = "warning"

"""


def prepare(folder: Path) -> Config:
    """An empty folder with the demo's configuration in it; what an earlier demo left there is removed.

    Raises InputError when the folder holds anything else.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / CONFIG).is_file():
        raise InputError(f"{folder} holds something else: give the demo an empty folder with --data.")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    path = folder / CONFIG
    path.write_text(_HEAD.format(folder=folder.name) + _communities(), encoding="utf-8")
    return load_config(path, env={})


def _communities() -> str:
    source = (resources.files(__package__) / "organisation.toml").read_text(encoding="utf-8")
    return source[source.index("[communities.") : source.index("[channels]")]
