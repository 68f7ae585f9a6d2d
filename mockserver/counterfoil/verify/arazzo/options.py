"""The commands `run` and `record`: what they may be given, and who does it.

Imported whenever the command line is read: what does the work is imported when it is to be done.
"""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from counterfoil.operating import OperatingError

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  it has no other name

REPORTS = {"junit": "JUnit XML", "html": "a page", "har": "an HTTP archive"}


def add_run(commands: "Commands") -> None:
    """Add the command that plays stories."""
    run = commands.add_parser(
        "run",
        help="play business stories",
        description="Play Arazzo stories against our own mock, each in a fresh world, or against servers.",
    )
    run.add_argument("paths", nargs="+", metavar="PATH", help="a story, or a folder of them")
    run.add_argument(
        "--target",
        action="append",
        default=[],
        metavar="[NAME=]URL",
        help="a server that is there; with a name, that of one source description",
    )
    run.add_argument(
        "--sandbox", metavar="URL", help="a sandbox to make the worlds in (default: start our own)"
    )
    run.add_argument("--admin-token", metavar="TOKEN", help="what that sandbox wants to be brought")
    run.add_argument(
        "--input", action="append", default=[], metavar="NAME=VALUE", help="a value for an input"
    )
    run.add_argument(
        "--inputs", type=Path, metavar="FILE", help="inputs; a list runs a workflow for each row"
    )
    run.add_argument("--workflow", metavar="ID", help="only this workflow")
    run.add_argument(
        "--fixture", metavar="NAME", help="what worlds hold (what the story says, or empty)"
    )
    for name, what in REPORTS.items():
        run.add_argument(f"--{name}", type=Path, metavar="FILE", help=f"write {what} there")
    run.set_defaults(run=_run)


def add_record(commands: "Commands", port: int) -> None:
    """Add the command that turns a journal into a story; `port` is where a sandbox usually is."""
    record = commands.add_parser(
        "record",
        help="turn what was asked in a world into a story",
        description="Print what was asked in a world of a running sandbox, as a story that can be played again.",
    )
    record.add_argument("--world", default="default", help="its id (%(default)s)")
    record.add_argument(
        "--sandbox",
        default=f"http://127.0.0.1:{port}",
        metavar="URL",
        help="where it runs (%(default)s)",
    )
    record.add_argument(
        "--admin-token", metavar="TOKEN", help="what the sandbox wants to be brought"
    )
    record.set_defaults(run=_record)


def _run(parsed: argparse.Namespace) -> int:
    from counterfoil.verify.arazzo.command import Asked, run
    from counterfoil.verify.arazzo.inputs import pairs

    if parsed.target and parsed.sandbox:
        raise OperatingError("--target and --sandbox are two places to play at; give one")
    return run(
        Asked(
            paths=parsed.paths,
            targets=parsed.target,
            sandbox=parsed.sandbox,
            admin_token=parsed.admin_token,
            given=pairs(parsed.input),
            rows=parsed.inputs,
            workflow=parsed.workflow,
            fixture=parsed.fixture,
            reports={name: getattr(parsed, name) for name in REPORTS},
        )
    )


def _record(parsed: argparse.Namespace) -> None:
    from counterfoil.verify.arazzo.recording import record

    sys.stdout.write(record(parsed.sandbox, parsed.admin_token, parsed.world))
