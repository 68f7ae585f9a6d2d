"""`make bench`: the sandbox against a bare twin, in one run, as ratios.

    python -m benchmarks [--seconds 3] [--rounds 3] [--scale 1000000]

Prints each measure with its budget and writes everything to benchmarks/results/latest.json.
"""

import argparse
import json
import platform
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks import scale, servers, year
from benchmarks.load import Load, Result, each, run

SAMPLE = Path(__file__).parents[1] / "docs" / "guides" / "sample"
RESULTS = Path(__file__).parent / "results" / "latest.json"
APPROVALS = 5_000
"""Invoices that wait for approval, a round."""


@dataclass(frozen=True)
class Measure:
    """Something measured, and what it should be: `at_most` or `at_least`."""

    name: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None

    @property
    def verdict(self) -> str:
        """Whether the budget holds, and by how much it is missed where it does not."""
        if self.at_most is not None:
            return (
                "ok"
                if self.value <= self.at_most
                else f"misses by {self.value / self.at_most - 1:.0%}"
            )
        if self.at_least is not None:
            return (
                "ok"
                if self.value >= self.at_least
                else f"misses by {1 - self.value / self.at_least:.0%}"
            )
        return ""

    @property
    def budget(self) -> str:
        """The budget in words."""
        if self.at_most is not None:
            return f"at most {self.at_most:g}"
        return f"at least {self.at_least:g}" if self.at_least is not None else ""


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0, help="of load a round")
    parser.add_argument("--rounds", type=int, default=3, help="interleaved; the median counts")
    parser.add_argument("--scale", type=int, default=1_000_000, help="invoices of the large list")
    asked = parser.parse_args()
    measures, loads = [], {}
    measures += list(_process())
    pairs = _throughput(asked.seconds, asked.rounds)
    for name, (ours, twins) in pairs.items():
        loads[name] = {"counterfoil": [asdict(r) for r in ours], "twin": [asdict(r) for r in twins]}
        measures += list(_ratios(name, ours, twins))
    measures += [Measure(*m) for m in (*year.measure(), *scale.measure(asked.scale))]
    _print(measures)
    RESULTS.parent.mkdir(exist_ok=True)
    whole = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "client": "wrk" if shutil.which("wrk") else "asyncio",
        "measures": [asdict(m) | {"verdict": m.verdict} for m in measures],
        "loads": loads,
    }
    RESULTS.write_text(json.dumps(whole, indent=2) + "\n")


def _process() -> Iterator[Measure]:
    """Measure what the process costs before it has served anybody, and what a world costs."""
    starts = [servers.start_up_s() for _ in range(5)]
    yield Measure("cold start to first 200", statistics.median(starts), "s", at_most=0.6)
    with servers.sandbox() as (pid, ready):
        memory = servers.proportional_memory_mb(pid)
        if memory is not None:
            yield Measure("memory at idle", memory, "MB", at_most=90)
        create = f"{ready['url']}/_sandbox/worlds"
        times = [
            _timed(lambda: servers.ask(create, "POST", {"fixture": "demo"})) for _ in range(100)
        ]
        yield Measure(
            "new world from the demo fixture", statistics.median(times) * 1000, "ms", at_most=5
        )
        world = servers.ask(create, "POST", {"fixture": "demo"})["id"]
        times = [_timed(lambda: servers.ask(f"{create}/{world}/reset", "POST")) for _ in range(100)]
        yield Measure("reset of a world", statistics.median(times) * 1000, "ms", at_most=5)
    yield Measure("200 tests of the sample project", _sample_s(), "s", at_most=3)


def _sample_s() -> float:
    """Return the seconds that pytest needs for the sample project, as it says itself."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    done = subprocess.run(command, cwd=SAMPLE, capture_output=True, text=True, check=True)
    found = re.search(r"200 passed in ([0-9.]+)s", done.stdout)
    assert found, done.stdout
    return float(found[1])


def _timed(act: Callable[[], Any]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


@dataclass(frozen=True)
class Plan:
    """An operation under load: who asks for what, round by round."""

    name: str
    method: str
    headers: dict[str, str]
    rounds: list[list[tuple[str, str]]]
    seconds: float


def _throughput(seconds: float, rounds: int) -> dict[str, tuple[list[Result], list[Result]]]:
    """Return, for each operation, what the sandbox and the twin did, round by round."""
    with servers.sandbox("--fixture", "empty") as (pid, ready):
        url = ready["expereon"]["url"]
        plans, sample = _plans(url, ready["expereon"], seconds, rounds)
        with servers.twin(sample) as (twin_pid, twin_url):
            done: dict[str, tuple[list[Result], list[Result]]] = {}
            for plan in plans:
                ours, twins = done[plan.name] = ([], [])
                for requests in plan.rounds:
                    for results, place, process in ((ours, url, pid), (twins, twin_url, twin_pid)):
                        load = Load(place, plan.method, requests, plan.headers)
                        results.append(run(load, plan.seconds, process))
            return done


def _plans(
    url: str, expereon: dict[str, Any], seconds: float, rounds: int
) -> tuple[list[Plan], dict[str, Any]]:
    """Return what is to be asked, and an invoice for the twin to show."""
    json_type = {"Content-Type": "application/json"}
    seller = servers.credentials(expereon, "seller") | json_type
    buyer = servers.credentials(expereon, "buyer") | json_type
    numbers = count()

    def drafts(amount: int) -> list[tuple[str, str]]:
        return [("/api/v1/invoices", _draft(f"B-{next(numbers)}")) for _ in range(amount)]

    made = [json.loads(b) for b in each(Load(url, "POST", drafts(1000), seller))]
    waiting = each(Load(url, "POST", drafts(APPROVALS * rounds), seller))
    ids = [json.loads(invoice)["id"] for invoice in waiting]
    each(Load(url, "POST", [(f"/api/v1/invoices/{id}/submit", "") for id in ids], seller))
    approvals = [(f"/api/v1/invoices/{id}/approve", '{"paymentSource":"AVAILABLE"}') for id in ids]
    one = [(f"/api/v1/invoices/{made[500]['id']}", "")]
    page = [("/api/v1/invoices?page=0&limit=25", "")]
    creations = [drafts(int(seconds * 10_000)) for _ in range(rounds)]
    cut = [approvals[n * APPROVALS : (n + 1) * APPROVALS] for n in range(rounds)]
    plans = [
        Plan("get one", "GET", seller, [one] * rounds, seconds),
        Plan("list 25", "GET", seller, [page] * rounds, seconds),
        Plan("create", "POST", seller, creations, seconds),
        Plan("approve", "POST", buyer, cut, 1.0),
    ]
    return plans, made[0]


def _draft(number: str) -> str:
    draft = {
        "connectionId": "conn_abc123",
        "invoiceNumber": number,
        "amount": "1.00",
        "currency": "USD",
        "dueDate": "2030-05-01",
        "description": "Consulting services",
    }
    return json.dumps(draft)


def _ratios(name: str, ours: list[Result], twins: list[Result]) -> Iterator[Measure]:
    """Tell one operation: our rate, its share of the twin's, and the same by processor time."""
    rate = statistics.median(r.requests_per_s for r in ours)
    twin_rate = statistics.median(r.requests_per_s for r in twins)
    budget = 0.6 if name != "approve" else None
    yield Measure(f"{name}: requests a second", rate, "/s")
    yield Measure(f"{name}: share of the bare twin", rate / twin_rate, "", at_least=budget)
    if all(r.cpu_us is not None for r in (*ours, *twins)):
        spent, twin_spent = (min(r.cpu_us or 0 for r in rs) for rs in (ours, twins))
        yield Measure(f"{name}: the same by processor time", twin_spent / spent, "")
    late = statistics.median(r.p99_ms for r in ours)
    yield Measure(f"{name}: p99", late, "ms", at_most=15 if name == "create" else None)
    errors = sum(r.errors for r in (*ours, *twins))
    yield Measure(f"{name}: errors", errors, "", at_most=0)


def _print(measures: list[Measure]) -> None:
    width = max(len(m.name) for m in measures)
    for m in measures:
        print(
            f"{m.name:<{width}}  {m.value:>10,.2f} {m.unit:<3} {m.budget:<14} {m.verdict}".rstrip()
        )


if __name__ == "__main__":
    main()
