"""Nothing lost, nothing doubled: counts what the app said against what it should have said."""

import json
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from tests.slack.fake.model import Said

POSTS = frozenset({"chat.postMessage", "chat.postEphemeral", "files.completeUploadExternal"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """`doubled`: said more than once, by the key in its metadata or, without one, by place and words; `lost`:
    expected keys that were never said."""

    said: int
    doubled: tuple[str, ...]
    lost: tuple[str, ...]

    @property
    def clean(self) -> bool:
        """Nothing lost, nothing doubled."""
        return not self.doubled and not self.lost


def audit(said: Iterable[Said], expected: Collection[str] = ()) -> Audit:
    """Look through what was posted. `expected`: strings, each of which has to stand in the key of some post."""
    keys = Counter(key(one) for one in said if one.method in POSTS)
    missing = tuple(one for one in expected if not any(one in key for key in keys))
    return Audit(said=sum(keys.values()), doubled=tuple(key for key, times in keys.items() if times > 1), lost=missing)


def key(one: Said) -> str:
    """What makes two posts the same: the app's own key in metadata, else where, to whom and what was said."""
    if one.metadata is not None:
        return json.dumps(one.metadata["event_payload"], sort_keys=True)
    return json.dumps([one.channel, one.to, one.thread_ts, one.text, list(one.blocks)])
