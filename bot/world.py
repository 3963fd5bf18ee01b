"""Everything around the core, wired once at the start and passed as one argument."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.config import Config
from bot.model import Ref
from bot.ports import Chat, Clock, Embedder, SearchPlane, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The record, the search plane, the embedder, the platforms (by name), the time, and the settings. `second`:
    reads what was found again (`bot.practice.second`), None where there is none."""

    store: Store
    plane: SearchPlane
    embedder: Embedder
    chats: Mapping[str, Chat]
    clock: Clock
    config: Config
    second: Embedder | None = None

    def link(self, ref: Ref) -> str | None:
        """A link that opens the original message, None where its platform has none or is not connected."""
        chat = self.chats.get(platform_of(ref.channel))
        return chat.link(ref) if chat else None


def platform_of(id: str) -> str:
    """The platform that an id belongs to: "slack" of "slack:U123"."""
    return id.partition(":")[0]
