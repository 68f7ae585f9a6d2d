"""`counterfoil verify`: its options, what it prints, and how it ends.

Exit codes: 0 the server conforms, 1 there are findings, 2 it could not be verified.
"""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from counterfoil.operating import OperatingError

if TYPE_CHECKING:
    from counterfoil.verify.target import Asked

UNITS = {"s": 1, "m": 60}


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the others."""
    verify = commands.add_parser(
        "verify",
        help="hold a server against a contract",
        description="Hold our own mock, or the server at --target, against the contract of an API. "
        "Credentials are read from the environment (<API>_<PARTY>=KEY:SECRET) unless given.",
    )
    verify.add_argument("api", help="such as expereon")
    verify.add_argument("--target", metavar="URL", help="the server (default: our own mock)")
    verify.add_argument("--api-key", metavar="KEY", help="the key of who calls")
    verify.add_argument("--api-secret", metavar="SECRET", help="the secret that goes with it")
    verify.add_argument(
        "--as", dest="parties", metavar="PARTY=KEY:SECRET", action="append", default=[],
        help="who else calls, such as buyer=KEY:SECRET",
    )  # fmt: skip
    verify.add_argument(
        "--set", dest="settings", metavar="NAME=VALUE", action="append", default=[],
        help="a setting, named as in the environment",
    )  # fmt: skip
    verify.add_argument(
        "--allow-writes", action="store_true", help="let it change what the target holds"
    )
    verify.add_argument(
        "--read-only", action="store_true", help="change nothing, not even in our own mock"
    )
    verify.add_argument("--rate", type=_rate, metavar="N/s", help="requests a second, at most")
    verify.add_argument(
        "--control",
        metavar="URL",
        help="the hub of the target, if it is a sandbox: its clock is moved",
    )
    verify.add_argument(
        "--inbox", metavar="URL", help="where the target reaches this machine with webhooks"
    )
    verify.add_argument(
        "--select", action="append", default=[], metavar="GROUP",
        help="only these checks, such as lifecycle,money,fuzzing",
    )  # fmt: skip
    verify.add_argument("--strict", action="store_true", help="hold it to what we only infer, too")
    verify.add_argument(
        "--seed", type=int, default=1, metavar="S", help="of what is made up (%(default)s)"
    )
    verify.add_argument(
        "--budget", type=_seconds, metavar="TIME", help="spend this on it, such as 60s (one pass)"
    )
    verify.add_argument(
        "--min-coverage",
        type=float,
        metavar="PERCENT",
        help="fail where less of the contract was seen",
    )
    for name, what in (("junit", "JUnit XML"), ("html", "a page"), ("har", "a HAR archive")):
        verify.add_argument(f"--{name}", type=Path, metavar="FILE", help=f"write {what}")
    verify.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> int:
    """Verify what was asked for; return the exit code."""
    from counterfoil.verify.console import Console
    from counterfoil.verify.reports.files import write
    from counterfoil.verify.verification import Wanted, verify

    asked = _asked(parsed)
    groups = [name for text in parsed.select for name in text.split(",") if name]
    console = Console(sys.stdout, asked.secrets, live=sys.stdout.isatty())
    report = verify(asked, Wanted(tuple(groups), parsed.budget, parsed.min_coverage), console.case)
    write(report, asked.secrets, {name: getattr(parsed, name) for name in ("junit", "html", "har")})
    console.conclude(report)
    return int(report.failed)


def _asked(parsed: argparse.Namespace) -> "Asked":
    from counterfoil.verify.run import Rules
    from counterfoil.verify.target import Asked

    if parsed.target is not None and not parsed.target.startswith(("http://", "https://")):
        raise OperatingError(f"--target {parsed.target!r} is no URL; write http://… or https://…")
    own = parsed.target is None
    writes = (own or parsed.allow_writes) and not parsed.read_only
    # Our own mock is held to what we infer, too: it has to do what it says of itself.
    return Asked(
        parsed.api,
        parsed.target,
        _settings(parsed),
        Rules(writes, parsed.strict or own, parsed.seed),
        parsed.rate,
        parsed.control,
        parsed.inbox,
    )


def _settings(parsed: argparse.Namespace) -> dict[str, str]:
    """Return the settings that were given as options, named as in the environment."""
    prefix = parsed.api.upper()
    given = dict(_pair("--set", text) for text in parsed.settings)
    for party, key in (_pair("--as", text) for text in parsed.parties):
        given[f"{prefix}_{party.upper()}"] = key
    if parsed.api_key is not None:
        given[f"{prefix}_API_KEY"] = parsed.api_key
    if parsed.api_secret is not None:
        given[f"{prefix}_API_SECRET"] = parsed.api_secret
    return given


def _pair(option: str, text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise OperatingError(f"{option} {name!r} lacks a value; write {option} NAME=VALUE")
    return name, value


def _rate(text: str) -> float:
    number, _, unit = text.partition("/")
    try:
        rate = float(number)
    except ValueError:
        rate = 0.0
    if not 0 < rate < float("inf") or unit not in ("", "s"):
        raise OperatingError(f"--rate {text!r} is no rate; write one such as 5/s")
    return rate


def _seconds(text: str) -> float:
    number, unit = (text[:-1], text[-1:]) if text[-1:] in UNITS else (text, "s")
    try:
        seconds = float(number) * UNITS[unit]
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise OperatingError(f"--budget {text!r} is no time; write one such as 60s or 5m")
    return seconds
