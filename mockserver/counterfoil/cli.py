"""The command line: serve, show, seed.

Exit codes: 0 done, 2 it could not be done, with one sentence that says what to do.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from counterfoil import __version__
from counterfoil.operating import OperatingError, nearest

if TYPE_CHECKING:
    from counterfoil.engine.clock import Clock

PORT = 4000


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return the exit code of the process."""
    parsed = _parser().parse_args(arguments)
    try:
        parsed.run(parsed)
        sys.stdout.flush()
    except OperatingError as error:
        print(f"counterfoil: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # whoever read our output has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="counterfoil", description="A stateful sandbox for invoicing APIs."
    )
    parser.add_argument("--version", action="version", version=f"counterfoil {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    serve = commands.add_parser(
        "serve", help="run the sandbox", description="Run the sandbox until Ctrl-C."
    )
    serve.add_argument("--host", default="127.0.0.1", help="the address to listen on (%(default)s)")
    serve.add_argument(
        "--port",
        type=int,
        default=PORT,
        help="the hub's port; the APIs take the next ones; 0: free ones (%(default)s)",
    )
    serve.add_argument("--fixture", default="demo", help="what the first world holds (%(default)s)")
    serve.add_argument(
        "--seed", type=int, default=1, help="what ids and keys follow from (%(default)s)"
    )
    serve.add_argument(
        "--clock",
        default="live",
        metavar="live|INSTANT",
        help="freeze the first world's clock, such as at 2024-03-15T10:30:00Z",
    )
    _add_store(serve)
    serve.add_argument(
        "--ready-file",
        type=Path,
        metavar="PATH",
        help="write addresses and keys here, as JSON, once all ports answer",
    )
    serve.set_defaults(run=_serve)

    show = commands.add_parser("show", help="print a behaviour table")
    show.add_argument("api", help="such as expereon")
    show.add_argument("table", help="lifecycle, events, errors, ledger or operations")
    show.add_argument("--format", choices=("text", "markdown"), default="text")
    show.set_defaults(run=_show)

    seed = commands.add_parser(
        "seed",
        help="fill a world with plausible data",
        description="Fill a world of a store with a year of plausible data.",
    )
    seed.add_argument(
        "--invoices", type=int, default=1000, metavar="N", help="how many (%(default)s)"
    )
    seed.add_argument(
        "--seed",
        type=int,
        default=1,
        metavar="S",
        help="the same seed gives the same data (%(default)s)",
    )
    seed.add_argument(
        "--world", default="default", help="its name; made if it is not there (%(default)s)"
    )
    _add_store(seed)
    seed.set_defaults(run=_seed)
    return parser


def _add_store(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", metavar="FILE", help="keep everything in this file (default: in memory)"
    )
    parser.add_argument(
        "--store", metavar="URL", help="keep everything in this PostgreSQL: postgresql://…"
    )


def _store_of(parsed: argparse.Namespace) -> str | None:
    if parsed.data and parsed.store:
        raise OperatingError("--data and --store are two places for the same thing; give one")
    place: str | None = parsed.data or parsed.store
    return place


# What a command needs is imported when it runs: `show` shall not wait for what only `serve` needs.


def _serve(parsed: argparse.Namespace) -> None:
    from counterfoil.app import Sandbox
    from counterfoil.assembly import Engine, database_of
    from counterfoil.server import bind, serve

    clock = _clock(parsed.clock)
    if parsed.ready_file:
        _clear(parsed.ready_file)
    with ExitStack() as stack:
        engine = Engine(database_of(_store_of(parsed)))
        stack.callback(engine.close)
        ports = bind(parsed.host, parsed.port, engine.port_offsets)
        stack.callback(ports.close)
        sandbox = Sandbox(engine, ports.addresses)
        sandbox.asgi.ports.update(ports.services)
        world = sandbox.describe(sandbox.default_world(parsed.fixture, parsed.seed, clock))

        def ready() -> None:
            if parsed.ready_file:
                _write(parsed.ready_file, json.dumps(world, indent=2) + "\n")
            print(sandbox.greeting(world), flush=True)

        serve(sandbox.asgi, ports.sockets, ready)


def _clock(text: str) -> "Clock":
    from counterfoil.engine.clock import Clock

    if text == "live":
        return Clock.live()
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise OperatingError(
            f"--clock {text!r} is neither 'live' nor an instant; write one such as 2024-03-15T10:30:00Z"
        )
    return Clock.frozen_at(instant.astimezone(UTC))


def _clear(file: Path) -> None:
    """Remove an earlier run's file, so that nobody takes it for this one's."""
    try:
        file.unlink(missing_ok=True)
        _unfinished(file).touch()
    except OSError as error:
        raise OperatingError(
            f"Cannot write {file} ({error.strerror}); choose another --ready-file"
        ) from None


def _write(file: Path, text: str) -> None:
    """Write a file whole: whoever waits for it never reads half of it."""
    _unfinished(file).write_text(text, encoding="utf-8")
    _unfinished(file).replace(file)


def _unfinished(file: Path) -> Path:
    return file.with_name(file.name + ".unfinished")


def _show(parsed: argparse.Namespace) -> None:
    from counterfoil import show
    from counterfoil.contract.load import load
    from counterfoil.resources import api_names

    if parsed.api not in api_names():
        known = ", ".join(api_names())
        raise OperatingError(
            f"There is no API {parsed.api!r}{nearest(parsed.api, api_names())}; known are {known}"
        )
    if parsed.table not in show.TABLES:
        known = ", ".join(show.TABLES)
        raise OperatingError(
            f"There is no table {parsed.table!r}{nearest(parsed.table, show.TABLES)}; known are {known}"
        )
    print(show.FORMATS[parsed.format](show.TABLES[parsed.table](load(parsed.api))))


def _seed(parsed: argparse.Namespace) -> None:
    from counterfoil.assembly import Engine, database_of
    from counterfoil.engine.clock import Clock
    from counterfoil.engine.worlds import Opening
    from counterfoil.seeding import seed

    place = _store_of(parsed)
    if place is None:
        raise OperatingError(
            "seed fills a store that outlives it; name it with --data FILE or --store URL"
        )
    if parsed.invoices < 0:
        raise OperatingError(f"--invoices {parsed.invoices} is less than none; give 0 or more")
    engine = Engine(database_of(place))
    try:
        row = engine.store.world(parsed.world) or engine.worlds.create(
            Opening("empty", parsed.seed, Clock.live(), parsed.world)
        )
        print(seed(engine, row, parsed.invoices, parsed.seed))
    finally:
        engine.close()
