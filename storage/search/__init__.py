"""The search plane: words and vectors, derived from the record and rebuilt from it at any time."""

from storage.search.plane import Plane, open_plane

__all__ = ["Plane", "open_plane"]
