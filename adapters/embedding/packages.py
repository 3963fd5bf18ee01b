"""Optional packages: there, or a sentence that says how to get them."""

from importlib import import_module, metadata
from importlib.util import find_spec
from types import ModuleType

from bot.errors import ConfigError


def need(module: str, package: str, spec: str) -> ModuleType:
    """The imported module. Raises ConfigError with the command that installs `package` when it is not there."""
    try:
        return import_module(module)
    except ImportError as error:
        raise ConfigError(
            f"[embedding] model = {spec!r} needs the package {package}, which is not installed here. "
            f"Install it with: python -m pip install {package}"
        ) from error


def version(package: str) -> str:
    """Major and minor: what a vector is stored with. A patch release does not change a model."""
    return ".".join(metadata.version(package).split(".")[:2])


def there(module: str) -> bool:
    """Whether a module is installed; does not load it."""
    return find_spec(module) is not None
