"""What a preflight found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at. `do` says how to mend it when it is not well."""

    what: str
    well: bool
    detail: str
    do: str = ""
