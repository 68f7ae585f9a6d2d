"""The fuzzing phase: Schemathesis makes up requests from the document, in a process of its own.

All its phases run with all its default checks. What it says is read from its stream of events, so that
every request it made is judged, counted and shown like any other.
"""

import base64
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from counterfoil import resources
from counterfoil.contract.document import operations, resolve
from counterfoil.operating import OperatingError
from counterfoil.verify.exchange import Exchange, Request, Response
from counterfoil.verify.reports.model import Case, Finding, Outcome
from counterfoil.verify.run import Run
from counterfoil.verify.suite import Budget
from counterfoil.verify.watch import Watch

GROUP = "fuzzing"
PROGRAM = "import sys; from schemathesis.cli import schemathesis; sys.exit(schemathesis())"
CONFIG = """
[phases.coverage]
unexpected-methods = {undeclared}
[phases.stateful]
generation.max-examples = {scenarios}
inference.algorithms = []
"""
"""Only declared links are walked: of the thousands that could be guessed, a run walks a handful."""

SCENARIOS = 80
PHASES = ("examples", "coverage", "fuzzing", "stateful")
TOLD = 2000
"""Characters of its output that are told where it breaks off."""

NAMELY = 10
"""How many operations or links a claim names."""

EXAMPLES = 4
READ_ONLY = "COUNTERFOIL_READ_ONLY"
"""Set for hooks that must prepare nothing."""

OWN = "x-schemathesis-testcaseid"
"""A header that Schemathesis adds for itself."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be fuzzed, and how much of it: `seconds` are spent whole, None is one pass.

    A plan that spares a server does not try whether it deletes what it should not know how to.
    """

    document: Mapping[str, Any]
    hooks: Path
    environment: Mapping[str, str]
    url: str
    seed: int = 1
    examples: int = EXAMPLES
    seconds: float | None = None
    writes: bool = True
    rate: float | None = None
    phases: tuple[str, ...] = PHASES
    spares: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """A check of Schemathesis that failed, and the exchange that it failed on."""

    title: str
    message: str
    operation: str
    exchange: Exchange | None


@dataclass
class Fuzzed:
    """What came of it: every exchange, the failures, the links that were walked; `said` is its output."""

    plan: Plan
    exchanges: list[Exchange] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    succeeded: set[str] = field(default_factory=set)
    walked: set[str] = field(default_factory=set)
    phases: set[str] = field(default_factory=set)
    said: str = ""
    code: int = 0

    @property
    def unreached(self) -> list[str]:
        """Operations that never answered 2xx: a run that did not reach them proves nothing of them."""
        return sorted(set(_selected(self.plan)) - self.succeeded)

    @property
    def unwalked(self) -> list[str]:
        """Operations of whose declared links none was walked: the stateful phase did not go on from them.

        What was walked from an alias counts for the operation that it stands for.
        """
        names = _named(self.plan)
        begun = {names[walk.split(" -> ")[0]] for walk in self.walked}
        return sorted(set(_linked(self.plan)) - begun)


def fuzz(plan: Plan) -> Fuzzed:
    """Return what Schemathesis found; OperatingError where it could not run."""
    with tempfile.TemporaryDirectory() as folder:  # what earlier runs left must not change this one
        (Path(folder) / "openapi.json").write_text(json.dumps(plan.document))
        (Path(folder) / "schemathesis.toml").write_text(_config(plan))
        done = subprocess.run(  # noqa: S603  our own command
            _command(plan), cwd=folder, env=_environment(plan), capture_output=True, text=True, check=False
        )  # fmt: skip
        events = Path(folder) / "events.ndjson"
        if done.returncode not in (0, 1) or not events.exists():
            told = (done.stderr or done.stdout).strip().splitlines()[-1:]
            raise OperatingError(f"Schemathesis could not run: {' '.join(told)}")
        fuzzed = Fuzzed(plan, said=done.stdout + done.stderr, code=done.returncode)
        with events.open() as lines:
            for line in lines:
                ((kind, event),) = json.loads(line).items()
                if kind == "ScenarioFinished":
                    _scenario(fuzzed, event)
                elif kind == "PhaseFinished":
                    fuzzed.phases.add(
                        str(event["phase"]["name"])
                        if isinstance(event["phase"], dict)
                        else str(event["phase"])
                    )
        return fuzzed


def case(run: Run, budget: Budget, examples: int = EXAMPLES) -> Case:
    """Return the case of the fuzzing phase of a run."""
    name = "made-up requests are answered as the document says"
    hooks = resources.root() / "contract_tests" / run.contract.api / "hooks.py"
    if not hooks.is_file():
        return Case(GROUP, name, "skipped", reason="this API has no hooks for it")
    if budget.left is not None and budget.left < 1:
        return Case(GROUP, name, "skipped", reason="the budget is spent; give more with --budget")
    began = time.monotonic()
    writes = run.rules.writes and bool(run.subject.lives)  # nothing can be made without its parties
    plan = Plan(
        document=run.contract.document,
        hooks=hooks,
        environment={f"{run.contract.api.upper()}_URL": run.client.url, **run.subject.environment},
        url=run.client.url,
        seed=run.rules.seed,
        examples=examples,
        seconds=budget.left,
        writes=writes,
        rate=run.client.pace.rate,
        phases=PHASES if writes else PHASES[:-1],  # reads alone have no links to walk
        spares=run.control is None,
    )
    findings = list(_findings(run, fuzz(plan)))
    outcome: Outcome = "passed"
    if findings:
        outcome = "failed" if any(f.severity == "error" for f in findings) else "noted"
    return Case(GROUP, name, outcome, time.monotonic() - began, findings)


def _findings(run: Run, fuzzed: Fuzzed) -> Iterator[Finding]:
    """Yield what Schemathesis and the independent judge found, and what they did not get to see."""
    watch, known = Watch(run), set()
    for exchange in fuzzed.exchanges:
        run.client.exchanges.append(exchange)
        watch(exchange)
    for failure in fuzzed.failures:
        claim = f"{failure.title}: {failure.message.splitlines()[0]}"
        finding = run.finding(GROUP, failure.operation, claim, exchange=failure.exchange)
        if finding.identity not in known:
            known.add(finding.identity)
            yield finding
    yield from watch.findings.values()
    whole = fuzzed.plan.seconds is None and fuzzed.plan.writes
    for claim, missing in (
        ("every operation answers 2xx once", fuzzed.unreached),
        ("the links of every operation are walked", fuzzed.unwalked),
    ):
        if missing:
            seen = f"not: {', '.join(missing[:NAMELY])}{' …' if len(missing) > NAMELY else ''}"
            finding = run.finding(GROUP, run.contract.api, claim, seen=seen)
            # A run that was cut short, or only reads, cannot get everywhere.
            yield finding if whole else replace(finding, severity="note")
    if fuzzed.code and not fuzzed.failures:
        seen = fuzzed.said[fuzzed.said.find("= ERRORS =") :][:TOLD]
        yield run.finding(GROUP, run.contract.api, "Schemathesis ends without errors", seen=seen)


def _command(plan: Plan) -> list[str]:
    command = [sys.executable, "-c", PROGRAM, "run", "openapi.json", "--url", plan.url]
    command += ["--seed", str(plan.seed), "--max-examples", str(plan.examples)]
    command += ["--phases", ",".join(plan.phases)]
    command += ["--continue-on-failure", "--no-color", "--output-sanitize", "false"]
    command += ["--report", "ndjson", "--report-ndjson-path", "events.ndjson"]
    if plan.seconds is not None:
        command += ["--max-time", str(max(1, int(plan.seconds)))]
    if plan.rate is not None or plan.spares:
        command += ["--rate-limit", f"{max(1, int(plan.rate))}/s" if plan.rate else "auto"]
    if not plan.writes:
        command += ["--include-method", "GET"]
    return command


def _config(plan: Plan) -> str:
    """Return the configuration: which methods are tried that nothing declares, and which links are walked."""
    undeclared = ["OPTIONS", "TRACE"]
    if plan.writes:
        undeclared += ["GET", "PUT", "POST", "PATCH", "QUERY"]
        undeclared += [] if plan.spares else ["DELETE"]
    return CONFIG.format(undeclared=json.dumps(undeclared), scenarios=SCENARIOS)


def _environment(plan: Plan) -> dict[str, str]:
    beside = str(plan.hooks.parents[1])
    own = {"SCHEMATHESIS_HOOKS": str(plan.hooks), "PYTHONPATH": beside}
    if not plan.writes:
        own[READ_ONLY] = "1"
    return {**os.environ, **plan.environment, **own}


def _scenario(fuzzed: Fuzzed, event: Mapping[str, Any]) -> None:
    """Read a scenario: its exchanges, the links it walked, the checks that failed."""
    recorder = event["recorder"]
    exchanges: dict[str, Exchange] = {}
    for id, interaction in recorder.get("interactions", {}).items():
        exchange = _exchange(interaction)
        if exchange is None:
            continue
        exchanges[id] = exchange
        fuzzed.exchanges.append(exchange)
        made = recorder["cases"][id]
        label = f"{made['value']['method']} {made['value']['path']}"
        if exchange.is_success:
            fuzzed.succeeded.add(label)
        if made.get("transition") and made["is_transition_applied"]:
            fuzzed.walked.add(made["transition"]["id"])
    for id, checks in recorder.get("checks", {}).items():
        for check in checks:
            if check["status"] == "failure":
                told = check["failure_info"]["failure"]
                failure = Failure(
                    told["title"],
                    told["message"] or told["title"],
                    told["operation"],
                    exchanges.get(id),
                )
                fuzzed.failures.append(failure)


def _exchange(interaction: Mapping[str, Any]) -> Exchange | None:
    """Return what was said, or None where nothing was answered."""
    asked, answered = interaction["request"], interaction.get("response")
    if not answered:
        return None
    request = Request(
        asked["method"], asked["uri"], _headers(asked["headers"]), _body(asked.get("body"))
    )
    response = Response(
        answered["status_code"], _headers(answered["headers"]), _body(answered.get("content"))
    )
    at = datetime.fromtimestamp(interaction["timestamp"], UTC)
    return Exchange(request, response, at, float(answered.get("elapsed") or 0), GROUP)


def _headers(told: Mapping[str, list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name, value) for name, values in told.items() for value in values if name.lower() != OWN
    )


def _body(told: Any) -> bytes:
    if isinstance(told, Mapping):
        return base64.b64decode(told["$base64"])
    return str(told).encode() if told else b""


def _selected(plan: Plan) -> Iterator[str]:
    for path, method, _ in operations(plan.document):
        if plan.writes or method == "get":
            yield f"{method.upper()} {path}"


def _named(plan: Plan) -> dict[str, str]:
    """Return the operation that each method and path stands for."""
    return {
        f"{method.upper()} {path}": operation.get("x-alias-of", operation.get("operationId", path))
        for path, method, operation in operations(plan.document)
    }


def _linked(plan: Plan) -> Iterator[str]:
    """Yield the operations that declare links, an alias as what it stands for."""
    names = _named(plan)
    for path, method, operation in operations(plan.document):
        responses = operation["responses"].values()
        if plan.writes and any(resolve(plan.document, told).get("links") for told in responses):
            yield names[f"{method.upper()} {path}"]
