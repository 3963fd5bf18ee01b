"""The command line and the composition root: the only file that imports everything.

Each command opens a world, hands it to a function of `bot.console` or `bot.jobs`, and prints what came back.
Exit codes: 0 done, 1 it could not be done, 2 wrong input or configuration, 130 interrupted.
"""

import asyncio
import gc
import json
import logging
import os
import sys
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from adapters.archive import open_archive
from adapters.embedding import Apart, open_apart, open_embedder, open_second
from adapters.matrix.settings import MatrixSection
from adapters.slack.settings import SlackSection
from adapters.terminal.client import Terminal
from adapters.terminal.clock import MovableClock
from adapters.terminal.keyboard import keyboard
from adapters.terminal.session import chat
from adapters.terminal.stage import TerminalStage
from bot import accounts, directory
from bot.app import App
from bot.config import Config, Section, load_config
from bot.console import checking, heap, importing, indexing, letters, looking, reading, reporting, running, searching
from bot.demo.clock import DemoClock
from bot.demo.play import play
from bot.demo.script import load_script, recent_start
from bot.demo.setting import prepare
from bot.errors import AnderError, ConfigError, DemoFailed, InputError
from bot.events import PersonId
from bot.jobs.reports import write_page
from bot.locale import LANGUAGES
from bot.ports import Chat, Clock, Embedder
from bot.reading import load_reader
from bot.sender import Sender
from bot.world import World
from storage import back_up, open_store
from storage.search import open_plane

if TYPE_CHECKING:
    from starlette.applications import Starlette

cli = typer.Typer(
    name="ander",
    help="Ander listens where colleagues talk, keeps what they teach each other, and brings in the ander.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
AsPerson = Annotated[str, typer.Option("--as", help="Who asks, by platform id: slack:U123.", metavar="PERSON")]
OneCommunity = Annotated[str | None, typer.Option("--community", help="Only this community.", metavar="NAME")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=1000, help="At most so many.")]

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


PLATFORMS: Mapping[str, type[Section]] = MappingProxyType({"slack": SlackSection, "matrix": MatrixSection})
"""What each platform's section of the file may hold."""


@dataclass(slots=True)
class _Given:
    """What stands before the command."""

    config: Path | None = None
    data: Path | None = None


_given = _Given()


@cli.callback()
def options(
    config: Annotated[
        Path | None, typer.Option("--config", help="The TOML file; else $ANDER_CONFIG, else ./ander.toml.")
    ] = None,
    data: Annotated[Path | None, typer.Option("--data", help="Where Ander keeps its data; else $ANDER_DATA.")] = None,
) -> None:
    """Ander, for communities of practice."""
    _given.config, _given.data = config, data


# ── wiring ────────────────────────────────────────────────────────────────────────────────────────────────────


def configure(*, quiet: bool = True) -> Config:
    """The configuration for this call, with logging set up accordingly; `quiet`: warnings only, unless debugging."""
    env = dict(os.environ) | ({"ANDER_DATA": str(_given.data)} if _given.data else {})
    config = load_config(_given.config, env=env, platforms=PLATFORMS)
    set_up_log("warning" if quiet and config.log.level == "info" else config.log.level)
    return config


def set_up_log(level: str) -> None:
    """What is worth telling goes to standard error; libraries speak up only when something is wrong."""
    logging.basicConfig(level=level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    logging.getLogger("nio").setLevel(logging.CRITICAL)  # it names people; what matters of it we log ourselves


@asynccontextmanager
async def open_world(
    config: Config,
    *,
    clock: Clock = lambda: datetime.now(UTC),
    chats: dict[str, Chat] | None = None,
    embedder: Embedder | None = None,
) -> AsyncIterator[World]:
    """Everything wired and up to date; closed in the right order at the end."""
    config.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    embedder = embedder or open_embedder(config.embedding.model, allow_download=config.embedding.allow_download)
    second = open_second(config.embedding.second, allow_download=config.embedding.allow_download)
    store = await open_store(config.store_url)
    try:
        with indexing.telling(err) as tell:
            plane = await open_plane(store, config.data / "search", embedder.model, embedder.dim, progress=tell)
        try:
            world = World(
                store=store,
                plane=plane,
                embedder=embedder,
                chats=chats or {},
                clock=clock,
                config=config,
                second=second,
            )
            async with store.transaction() as tx:
                await directory.settle(tx, world)
            await plane.catch_up()
            gc.freeze()  # what is loaded by now stays: the collector need not look at it again and again
            yield world
        finally:
            await plane.close()
    finally:
        await store.close()


def connect(config: Config, *, serves: bool = True) -> dict[str, Chat]:
    """The platforms that the file has a section for. `serves`: whether Slack, where it speaks over HTTP, gets a server
    of our own. Raises ConfigError for a secret that lacks.

    What speaks to a platform is loaded here and in its own commands only: it takes a third of a second and 20 MB.
    """
    chats: dict[str, Chat] = {}
    slack = config.platform("slack")
    if isinstance(slack, SlackSection):
        from adapters.slack.opening import open_slack

        chats["slack"] = open_slack(slack, os.environ, config.data, serves=serves)
    matrix = config.platform("matrix")
    if isinstance(matrix, MatrixSection):
        from adapters.matrix.client import Matrix

        chats["matrix"] = Matrix(matrix, matrix.state_folder(config.data))
    return chats


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run a command to its end."""
    asyncio.run(work)


def show_json(value: object) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


# ── the practice ──────────────────────────────────────────────────────────────────────────────────────────────


@cli.command("import")
def import_(
    path: Annotated[Path, typer.Argument(help="A Slack export (ZIP or folder) or an Element JSON export.")],
    as_json: AsJson = False,
) -> None:
    """Take in the history of a workspace or room. Stop and repeat as you like: nothing is taken in twice."""
    run(_import(path, as_json))


async def _import(path: Path, as_json: bool) -> None:
    config, archive = configure(), open_archive(path)
    try:
        async with _embedding_apart(config) as embedder, open_world(config, embedder=embedder) as world:
            rest = embedder.close if isinstance(embedder, Apart) else None
            result = await importing.import_archive(App(world, load_reader()), archive, err, embedded=rest)
    finally:
        archive.close()
    for problem in archive.problems:
        err.print(f"[yellow]![/] {escape(str(problem))}", soft_wrap=True)
    if as_json:
        show_json(asdict(result))
    else:
        importing.show(result, archive.name, out)


@asynccontextmanager
async def _embedding_apart(config: Config) -> AsyncIterator[Embedder]:
    """The embedder in a process of its own, as long as the import lasts."""
    embedder = open_apart(config.embedding.model, allow_download=config.embedding.allow_download)
    try:
        yield embedder
    finally:
        if isinstance(embedder, Apart):
            await embedder.close()


@cli.command()
def read(
    explain: Annotated[bool, typer.Option("--explain", help="Add why, in a line.")] = False,
    lang: Annotated[str, typer.Option("--lang", help="Language of the explanation: en or nl.")] = "en",
) -> None:
    """Read a conversation as JSON lines from standard input and print what Ander makes of it. Stores nothing."""
    wording = _language(lang) if explain else None
    run(_read(wording))


async def _read(wording: str | None) -> None:
    section = configure().embedding
    embedder = open_embedder(section.model, allow_download=section.allow_download)
    reader = reading.LineReader(load_reader(explains=wording is not None), embedder)
    sys.stdin.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    for line in reading.parse(sys.stdin):
        sys.stdout.write(reading.show(await reader.read(line), lang=wording) + "\n")
        sys.stdout.flush()


@cli.command()
def search(
    query: Annotated[str, typer.Argument(help="What to look for; also domain:X in:#channel since:30d open.")],
    person: AsPerson,
    as_json: AsJson = False,
    limit: Limit = 5,
) -> None:
    """Search the practice with the eyes of a person: what they may not read is not found."""
    run(_search(query, PersonId(person), as_json, limit))


async def _search(query: str, person: PersonId, as_json: bool, limit: int) -> None:
    async with open_world(configure()) as world:
        hits = await searching.find(world, query, person, limit)
        async with world.store.snapshot() as tx:
            legend = await looking.legend(tx)
    if as_json:
        show_json(hits)
    else:
        searching.show(hits, legend, out)


@cli.command("open")
def open_(community: OneCommunity = None, as_json: AsJson = False, limit: Limit = 20) -> None:
    """Questions that nobody answered yet."""
    run(_open(community, as_json, limit))


async def _open(community: str | None, as_json: bool, limit: int) -> None:
    async with open_world(configure()) as world, world.store.snapshot() as tx:
        key = await looking.community_named(tx, community) if community else None
        rows = await looking.waiting(tx, world, key, limit)
        table = looking.waiting_table(rows, await looking.legend(tx))
    _show(rows, table, as_json, "No question is waiting.")


@cli.command()
def domains(
    what: Annotated[str | None, typer.Argument(help='"suggest" proposes domains from what is unfiled.')] = None,
    community: OneCommunity = None,
    as_json: AsJson = False,
    limit: Limit = 8,
) -> None:
    """The domains of each community; `ander domains suggest` proposes new ones."""
    if what not in (None, "suggest"):
        raise InputError(f"`ander domains {what}` is unknown. Write `ander domains` or `ander domains suggest`.")
    run(_suggest_domains(community, as_json, limit) if what else _domains(community, as_json))


async def _domains(community: str | None, as_json: bool) -> None:
    async with open_world(configure()) as world, world.store.snapshot() as tx:
        rows = await tx.domains(await looking.community_named(tx, community) if community else None)
    _show(rows, looking.domains_table(rows), as_json, "No domains yet. `ander domains suggest` proposes some.")


async def _suggest_domains(community: str | None, as_json: bool, limit: int) -> None:
    async with open_world(configure()) as world, world.store.snapshot() as tx:
        keys = [await looking.community_named(tx, community)] if community else list(await tx.communities())
        found = {key: await looking.suggestions(tx, world, key, limit) for key in keys}
    if as_json:
        show_json({key: looking.as_data(rows) for key, rows in found.items()})
        return
    for key, rows in found.items():
        looking.show_suggestions(key, rows, out)


@cli.command()
def anders(
    question: Annotated[str, typer.Argument(help="A question, or the id of one.")],
    community: OneCommunity = None,
    as_json: AsJson = False,
    limit: Limit = 5,
    lang: Annotated[str, typer.Option("--lang", help="Language of the reasons: en or nl.")] = "en",
) -> None:
    """Who would be asked about a question, and why. Asks nobody."""
    run(_anders(question, community, as_json, limit, _language(lang)))


async def _anders(question: str, community: str | None, as_json: bool, limit: int, lang: str) -> None:
    async with open_world(configure()) as world, world.store.snapshot() as tx:
        key = await looking.community_named(tx, community) if community else None
        rows = await looking.anders(tx, world, question, key, limit=limit, lang=lang)
        table = looking.anders_table(rows, await looking.legend(tx))
    _show(rows, table, as_json, "Nobody's practice touches this question.")


@cli.command()
def report(
    community: Annotated[str, typer.Argument(help="The community's key or name.")],
    week: Annotated[str | None, typer.Option("--week", help="Like 2026-W40; else the last whole week.")] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write the page to this file.")] = None,
    lang: Annotated[str | None, typer.Option("--lang", help="en or nl; else the community's.")] = None,
    as_json: AsJson = False,
) -> None:
    """The weekly report of a community."""
    run(_report(community, week, html, _language(lang) if lang else None, as_json))


async def _report(name: str, week: str | None, html: Path | None, lang: str | None, as_json: bool) -> None:
    async with open_world(configure()) as world:
        made, wording = await reporting.make(world, name, week, lang)
        path = await write_page(world, made, wording, html)
    if as_json:
        show_json(made.to_json())
    else:
        reporting.show(made, wording, path, out)


# ── people ────────────────────────────────────────────────────────────────────────────────────────────────────


@cli.command()
def forget(
    person: Annotated[str, typer.Argument(help="By platform id: slack:U123.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
) -> None:
    """Erase a person: everything by or about them, in the record, the index and the queues, for good."""
    if not yes:
        typer.confirm(f"Erase everything by and about {person}? This cannot be undone.", abort=True)
    run(_forget(PersonId(person)))


async def _forget(person: PersonId) -> None:
    config = configure()
    async with open_world(config) as world:
        rows = await running.forget(world, person)
    for account, count in rows.items():
        out.print(f"{account} is forgotten: {count} rows erased, and the index is scrubbed.")
    matrix = config.platform("matrix")
    if isinstance(matrix, MatrixSection):
        from adapters.matrix.forgetting import forget_at_rest

        if not forget_at_rest(matrix.state_folder(config.data), rows):
            err.print("[yellow]![/] Ander is running: the keys of their Matrix devices go when it next starts.")


@cli.command()
def export(person: Annotated[str, typer.Argument(help="By platform id: slack:U123.")]) -> None:
    """Everything Ander holds about a person, as JSON."""
    run(_export(PersonId(person)))


async def _export(person: PersonId) -> None:
    async with open_world(configure()) as world, world.store.snapshot() as tx:
        show_json(await accounts.export(tx, person))


# ── the machine ───────────────────────────────────────────────────────────────────────────────────────────────


@cli.command()
def check(as_json: AsJson = False) -> None:
    """Check the configuration and the database, and say what to mend."""
    run(_check(as_json))


async def _check(as_json: bool) -> None:
    config = configure()
    async with open_world(config, chats=connect(config)) as world:
        findings = await checking.check(world)
    if as_json:
        show_json([asdict(one) for one in findings])
    else:
        checking.show(findings, out)


@cli.command()
def reindex() -> None:
    """Make the search index anew from the record."""
    run(_reindex())


async def _reindex() -> None:
    async with open_world(configure()) as world:
        count = await indexing.reindex(world, err)
    out.print(f"{count} questions and pieces of know-how are indexed.")


@cli.command("letters")
def letters_(
    again: Annotated[bool, typer.Option("--again", help="Try again what is safe to try again.")] = False,
    as_json: AsJson = False,
) -> None:
    """What could not be taken in or sent, by reference; never what somebody wrote."""
    run(_letters(again, as_json))


async def _letters(again: bool, as_json: bool) -> None:
    async with open_world(configure()) as world:
        tried = await letters.try_again(world) if again else 0
        async with world.store.snapshot() as tx:
            rows = await letters.letters(tx)
    if again:
        err.print(f"{tried} get another chance.")
    _show(rows, letters.table(rows), as_json, "Nothing is stuck.")


@cli.command("chat")
def chat_(
    name: Annotated[str, typer.Option("--as", help="Who you are.", metavar="NAME")],
    channel: Annotated[str, typer.Option("--channel", help="Where you talk.", metavar="CHANNEL")],
) -> None:
    """Talk in the terminal: ask, answer, react, use every command, be an ander."""
    run(_chat(name, channel))


async def _chat(name: str, channel: str) -> None:
    clock, terminal = MovableClock(), Terminal()
    chats: dict[str, Chat] = dict.fromkeys(("terminal", "slack", "matrix"), terminal)
    async with open_world(configure(), clock=clock, chats=chats) as world:
        app, sender = App(world, load_reader()), Sender(world)
        await sender.recover()
        await chat(
            listen=app.listen,
            settle=partial(running.settle, world, sender),
            world=world,
            terminal=terminal,
            person=name,
            channel=channel,
            console=out,
            read_line=keyboard(out),
            move=clock.move,
        )


@cli.command()
def demo(
    lang: Annotated[str, typer.Option("--lang", help="Language of the narration: en or nl.")] = "en",
) -> None:
    """Play eight weeks of an invented organisation through the real pipeline, and tell what happens and why."""
    run(_demo(_language(lang)))


async def _demo(lang: str) -> None:
    script, terminal = load_script(recent_start(datetime.now(UTC))), Terminal()
    clock = DemoClock(script.starts)
    config = prepare(_given.data or Path("demo"))
    set_up_log("warning")
    async with open_world(config, clock=clock, chats={"terminal": terminal}) as world:
        app = App(world, load_reader())
        stage = TerminalStage(out)
        well = await play(app, world, clock, script, stage, sent=lambda: terminal.sent, lang=lang)
    if not well:
        raise DemoFailed("The demo did not go as it should; what was missing is marked above.")


@cli.command("run")
def run_() -> None:
    """Run Ander: the platforms that are configured, and the schedule. Stops cleanly on Ctrl-C or SIGTERM."""
    run(_run())


async def _run() -> None:
    config = configure(quiet=False)
    async with open_world(config, chats=connect(config)) as world:
        await running.serve(world, load_reader(), running.stop_signal())


def asgi() -> "Starlette":
    """All of Ander as an ASGI application, for a server of your own: `uvicorn --factory bot.__main__:asgi`.

    One process of it, as of `ander run`. Raises ConfigError when Slack does not speak over HTTP by the settings.
    """
    from adapters.slack.client import Slack

    config = configure(quiet=False)
    section = config.platform("slack")
    if not isinstance(section, SlackSection) or (section.mode == "socket" and section.workspaces == "one"):
        raise ConfigError('There is nothing to serve: put `mode = "http"` under [slack], or start `ander run`.')
    chats = connect(config, serves=False)
    slack = chats["slack"]
    assert isinstance(slack, Slack)  # noqa: S101 # its section is there

    @asynccontextmanager
    async def life(app: "Starlette") -> AsyncIterator[None]:  # noqa: ARG001 # Starlette gives it
        async with open_world(config, chats=chats) as world, running.served(world, load_reader()):
            yield

    return slack.application(life)


slack_cli = typer.Typer(help="Slack: the app manifest, and a key to seal tokens with.", no_args_is_help=True)
cli.add_typer(slack_cli, name="slack")


@slack_cli.command("manifest")
def slack_manifest(
    http: Annotated[str, typer.Option("--http", help="Your public https address: events over HTTP.")] = "",
    many: Annotated[bool, typer.Option("--many", help="Other workspaces may install it; needs --http.")] = False,
) -> None:
    """Print the manifest to make the Slack app from. Follows `invite` and `pin` of the configuration."""
    from adapters.slack.manifest import as_json, manifest

    if many and not http:
        raise InputError("Several workspaces install Ander through a public address: add --http https://….")
    if http and not http.startswith("https://"):
        raise InputError(f"{http} is no public address. Write one like https://ander.example.org.")
    section = configure().platform("slack")
    chosen = section if isinstance(section, SlackSection) else SlackSection()
    made = manifest(url=http.rstrip("/"), many=many, invite=chosen.invite, pin=chosen.pin)
    sys.stdout.write(as_json(made))


@slack_cli.command("key")
def slack_key() -> None:
    """Make a key for ANDER_SLACK_KEY, by which the tokens of several workspaces are sealed."""
    from adapters.slack.oauth import new_key

    sys.stdout.write(new_key() + "\n")


@cli.command()
def backup(
    folder: Annotated[Path, typer.Argument(help="Where the copies go; made when it is not there.")],
) -> None:
    """Copy everything that cannot be made again: the record, its key, and Ander's device on Matrix. While it runs."""
    run(_backup(folder))


async def _backup(folder: Path) -> None:
    config = configure()
    made = await back_up(config.store_url, folder)
    matrix = config.platform("matrix")
    if isinstance(matrix, MatrixSection):
        from adapters.matrix.backing import back_up as back_up_matrix

        made += await back_up_matrix(matrix.state_folder(config.data), folder / "matrix")
    for path in made:
        out.print(f"[green]✓[/] {path}", soft_wrap=True)
    out.print("Keep them as safe as the passwords in them. To go back, see “Backups” in the documentation.")


matrix_cli = typer.Typer(help="Matrix: log in, and see where Ander is.", no_args_is_help=True)
cli.add_typer(matrix_cli, name="matrix")


@matrix_cli.command("login")
def matrix_login() -> None:
    """Log in with MATRIX_PASSWORD or MATRIX_ACCESS_TOKEN from the environment; neither is needed afterwards."""
    run(_matrix_login())


async def _matrix_login() -> None:
    from adapters.matrix.login import login

    config = configure()
    settings = _matrix(config)
    folder = settings.state_folder(config.data)
    password, token = os.environ.get("MATRIX_PASSWORD"), os.environ.get("MATRIX_ACCESS_TOKEN")
    signed = await login(settings, folder, password=password, token=token)
    out.print(f"[green]✓[/] {settings.user} is logged in; its keys are in {folder}.", soft_wrap=True)
    if not signed:
        out.print("[yellow]![/] Its device could not be signed; `ander check` says what to do.", soft_wrap=True)


@matrix_cli.command("rooms")
def matrix_rooms(as_json: AsJson = False) -> None:
    """The rooms that Ander is in, with their ids for the configuration."""
    run(_matrix_rooms(as_json))


async def _matrix_rooms(as_json: bool) -> None:
    from adapters.matrix.client import load
    from adapters.matrix.listing import list_rooms, rooms_table

    config = configure()
    settings = _matrix(config)
    rows = await list_rooms(load(settings, settings.state_folder(config.data)), settings)
    _show(rows, rooms_table(rows), as_json, "Ander is in no room yet. Invite it.")


def _matrix(config: Config) -> MatrixSection:
    section = config.platform("matrix")
    if not isinstance(section, MatrixSection):
        raise ConfigError("The configuration has no [matrix] section; config.example.toml shows one.")
    return section


def _show(rows: Any, table: Any, as_json: bool, nothing: str) -> None:
    if as_json:
        show_json(looking.as_data(rows))
    else:
        out.print(table if rows else nothing)


def _language(lang: str) -> str:
    if lang not in LANGUAGES:
        raise InputError(f'"{lang}" is not a language Ander speaks. Write --lang en or --lang nl.')
    return lang


def main() -> NoReturn:
    """The `ander` command."""
    heap.share_one()
    try:
        cli()
        sys.exit(0)
    except (ConfigError, InputError) as wrong:
        err.print(f"[red]✗[/] {escape(str(wrong))}", soft_wrap=True)
        sys.exit(2)
    except AnderError as failed:
        err.print(f"[red]✗[/] {escape(str(failed))}", soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        err.print("Interrupted; what was done is kept.")
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)


if __name__ == "__main__":
    main()
