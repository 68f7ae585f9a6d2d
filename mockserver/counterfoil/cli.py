"""The command line: serve, show, seed, run, record, verify.

Exit codes: 0 done, 1 done and found wanting, 2 it could not be done, with one sentence that says what to do.
"""

import argparse
import gc
import ipaddress
import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from counterfoil import __version__
from counterfoil.operating import OperatingError, nearest
from counterfoil.verify import command as verify
from counterfoil.verify.arazzo.options import add_record, add_run

if TYPE_CHECKING:
    from counterfoil.app import Policy
    from counterfoil.engine.clock import Clock

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  it has no other name

PORT = 4000
POSTGRES = ("postgresql://", "postgres://")

SEEDS = 2**53 - 1
"""The greatest seed: every JSON number up to it is exact everywhere."""

SHORTEST_TOKEN = 16

INVOICES = 10_000_000
"""The most invoices that one command grows."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return the exit code of the process."""
    try:
        parsed = _parser().parse_args(arguments)
        code: int | None = parsed.run(parsed)
        sys.stdout.flush()
    except OperatingError as error:
        print(f"counterfoil: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # whoever read our output has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code or 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="counterfoil", description="A stateful sandbox for invoicing APIs."
    )
    parser.add_argument("--version", action="version", version=f"counterfoil {__version__}")
    parser.set_defaults(run=lambda _: parser.print_help())
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    _add_serve(commands)
    _add_show(commands)
    _add_seed(commands)
    add_run(commands)
    add_record(commands, PORT)
    verify.add(commands)
    return parser


def _add_serve(commands: "Commands") -> None:
    serve = commands.add_parser(
        "serve", help="run the sandbox", description="Run the sandbox until Ctrl-C."
    )
    serve.add_argument("--host", default="127.0.0.1", help="the address to listen on (%(default)s)")
    serve.add_argument(
        "--port",
        type=_whole("--port", 65535),
        default=PORT,
        help="the hub's port; the APIs take the next ones; 0: free ones (%(default)s)",
    )
    serve.add_argument("--fixture", metavar="NAME", help="what the default world holds (demo)")
    serve.add_argument(
        "--seed",
        type=_whole("--seed", SEEDS),
        metavar="S",
        help="what its ids and keys follow from (1)",
    )
    serve.add_argument(
        "--clock",
        metavar="live|INSTANT",
        help="freeze its clock, such as at 2024-03-15T10:30:00Z (live)",
    )
    _add_store(serve)
    serve.add_argument(
        "--limits",
        choices=("none", "documented"),
        default="none",
        help="count the requests of each key in the default world (%(default)s)",
    )
    serve.add_argument(
        "--admin-token", metavar="TOKEN", help="what every call of the control plane has to bring"
    )
    serve.add_argument(
        "--webhook-allow-public",
        action="store_true",
        help="let webhooks go to the public internet, not only to this machine and private networks",
    )
    serve.add_argument(
        "--profile",
        choices=("full", "strict"),
        default="full",
        help="strict: serve only what the source documents name (%(default)s)",
    )
    serve.add_argument("--log", action="store_true", help="print a line for each request")
    serve.add_argument(
        "--ready-file",
        type=Path,
        metavar="PATH",
        help="write addresses and keys here, as JSON, once all ports answer",
    )
    serve.set_defaults(run=_serve)


def _add_show(commands: "Commands") -> None:
    show = commands.add_parser(
        "show", help="print a behaviour table", description="Print a behaviour table of an API."
    )
    show.add_argument("api", nargs="?", help="such as expereon; left out: name them all")
    show.add_argument("table", nargs="?", help="such as lifecycle; left out: name them all")
    show.add_argument("--format", choices=("text", "markdown"), default="text")
    show.set_defaults(run=_show)


def _add_seed(commands: "Commands") -> None:
    seed = commands.add_parser(
        "seed",
        help="fill a world with plausible data",
        description="Fill a world of a store with a year of plausible data.",
    )
    seed.add_argument(
        "--invoices",
        type=_whole("--invoices", INVOICES),
        default=1000,
        metavar="N",
        help="how many (%(default)s)",
    )
    seed.add_argument(
        "--seed",
        type=_whole("--seed", SEEDS),
        default=1,
        metavar="S",
        help="the same seed gives the same data (%(default)s)",
    )
    seed.add_argument(
        "--world", default="default", help="its name; made if it is not there (%(default)s)"
    )
    _add_store(seed)
    seed.set_defaults(run=_seed)


def _whole(option: str, most: int) -> Callable[[str], int]:
    """Return what reads an option that is a number from 0 to `most`."""

    def read(text: str) -> int:
        if (
            not (text.isascii() and text.isdigit())
            or len(text) > len(str(most))
            or int(text) > most
        ):
            raise OperatingError(f"{option} {text!r} is not a number from 0 to {most}; give one")
        return int(text)

    return read


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
    if parsed.data == "":
        raise OperatingError("--data names no file; give its path, such as demo.db")
    if parsed.store is not None and not parsed.store.startswith(POSTGRES):
        raise OperatingError(
            f"--store {parsed.store!r} is no address of a PostgreSQL; write postgresql://…, or --data for a file"
        )
    place: str | None = parsed.data or parsed.store
    return place


# What a command needs is imported when it runs: `show` shall not wait for what only `serve` needs.


def _serve(parsed: argparse.Namespace) -> None:
    gc.disable()  # little is thrown away before the server is up, and looking for it takes a tenth
    from counterfoil.app import Asked, Sandbox
    from counterfoil.assembly import Engine, database_of
    from counterfoil.server import bind, serve

    limits = parsed.limits == "documented"
    asked = Asked(parsed.fixture, parsed.seed, _clock(parsed.clock), limits)
    policy = _policy(parsed)
    place = _store_of(parsed)
    with ExitStack() as stack:
        engine = Engine(database_of(place))
        stack.callback(engine.close)
        ports = bind(parsed.host, parsed.port, engine.port_offsets)
        stack.callback(ports.close)
        if parsed.ready_file:
            _clear(parsed.ready_file)
            stack.callback(_unfinished(parsed.ready_file).unlink, missing_ok=True)
        if parsed.log:
            engine.journal.watch = lambda exchange: print(exchange.line, flush=True)
        sandbox = Sandbox(engine, ports.addresses, policy)
        sandbox.asgi.ports.update(ports.services)
        world = sandbox.describe(sandbox.default_world(asked))

        def ready() -> None:
            if parsed.ready_file:
                _write(parsed.ready_file, json.dumps(world, indent=2) + "\n")
            print(sandbox.greeting(world, place), flush=True)

        serve(sandbox, ports.sockets, ready)


def _policy(parsed: argparse.Namespace) -> "Policy":
    from counterfoil.app import Policy

    token = parsed.admin_token
    if token is not None and len(token) < SHORTEST_TOKEN:
        raise OperatingError(
            f"--admin-token is shorter than {SHORTEST_TOKEN} characters; make one up"
        )
    if token is None and not _is_loopback(parsed.host):
        raise OperatingError(
            f"--host {parsed.host} lets others reach the control plane; give them a --admin-token to bring"
        )
    return Policy(token, parsed.webhook_allow_public, parsed.profile == "strict")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _clock(text: str | None) -> "Clock | None":
    from counterfoil.engine.clock import EARLIEST, LATEST, Clock

    if text is None:
        return None
    if text == "live":
        return Clock.live()
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None or not EARLIEST <= instant <= LATEST:
        raise OperatingError(
            f"--clock {text!r} is neither 'live' nor an instant from {EARLIEST.year} to {LATEST.year}; "
            "write one such as 2024-03-15T10:30:00Z"
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

    if parsed.api is None:
        print("\n".join(api_names()))
        return
    if parsed.api not in api_names():
        known = ", ".join(api_names())
        raise OperatingError(
            f"There is no API {parsed.api!r}{nearest(parsed.api, api_names())}; known are {known}"
        )
    if parsed.table is None:
        print("\n".join(show.TABLES))
        return
    if parsed.table not in show.TABLES:
        known = ", ".join(show.TABLES)
        raise OperatingError(
            f"There is no table {parsed.table!r}{nearest(parsed.table, show.TABLES)}; known are {known}"
        )
    print(show.FORMATS[parsed.format](show.TABLES[parsed.table](load(parsed.api))))


def _seed(parsed: argparse.Namespace) -> None:
    from counterfoil.assembly import Engine, database_of
    from counterfoil.engine.clock import Clock
    from counterfoil.engine.worlds import Opening, require_name
    from counterfoil.seeding import seed

    place = _store_of(parsed)
    if place is None:
        raise OperatingError(
            "seed fills a store that outlives it; name it with --data FILE or --store URL"
        )
    require_name(parsed.world)
    engine = Engine(database_of(place))
    try:
        row = engine.store.world(parsed.world) or engine.worlds.create(
            Opening("empty", parsed.seed, Clock.live(), parsed.world)
        )
        print(seed(engine, row, parsed.invoices, parsed.seed))
        print(f"Serve it with: counterfoil serve {'--data' if parsed.data else '--store'} {place}")
    finally:
        engine.close()
