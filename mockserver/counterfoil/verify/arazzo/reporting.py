"""Results as the reports of the verification tell them, and the arrows that were walked."""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime

from counterfoil.verify.arazzo.results import State, StepResult, WorkflowResult
from counterfoil.verify.arazzo.theatres import Arrows, Theatre
from counterfoil.verify.arazzo.tree import details
from counterfoil.verify.client import Client
from counterfoil.verify.masking import Secrets
from counterfoil.verify.reports.model import Case, Outcome, Report, Step, Table

OUTCOMES: dict[State, Outcome] = {
    State.PASSED: "passed",
    State.FAILED: "failed",
    State.HANDLED: "noted",
    State.SKIPPED: "skipped",
}


def report(
    results: Sequence[WorkflowResult],
    place: Theatre,
    started: datetime,
    client: Client,
) -> Report:
    """Return the report of a run."""
    return Report(
        title="counterfoil run",
        target=place.name,
        started=started,
        seconds=(datetime.now(UTC) - started).total_seconds(),
        cases=[_case(result, client.secrets) for result in results],
        tables=[_table(api, place.arrows) for api in place.arrows.all_],
        exchanges=client.exchanges,
    )


def _case(result: WorkflowResult, secrets: Secrets) -> Case:
    name = result.workflow_id + (f" [{result.row}]" if result.row else "")
    return Case(
        group=result.file,
        name=name,
        outcome=OUTCOMES[result.state],
        seconds=result.seconds,
        steps=list(_steps(result, "", secrets)),
        reason=result.reason,
    )


def _steps(result: WorkflowResult, prefix: str, secrets: Secrets) -> Iterator[Step]:
    for step in result.steps:
        yield Step(
            f"{prefix}{step.step_id}: {step.called}",
            OUTCOMES[step.state],
            _detail(step, secrets),
            step.exchange,
        )
        if step.inner is not None:
            yield from _steps(step.inner, f"{prefix}{step.step_id} > ", secrets)


def _detail(step: StepResult, secrets: Secrets) -> str:
    return step.note if step.state is not State.FAILED else "\n".join(details(step, secrets))


def _table(api: str, arrows: Arrows) -> Table:
    seen = arrows.seen[api]
    rows = [(arrow, "walked" if arrow in seen else "") for arrow in arrows.all_[api]]
    return Table(
        f"Arrows of {api}",
        ("arrow", ""),
        rows,
        f"{len(seen)} of {len(rows)} were walked",
    )


def walked(arrows: Arrows, services: Collection[str]) -> Iterator[str]:
    """Yield which arrows were walked, and which were not, of the APIs that the stories call."""
    for api in sorted(set(arrows.all_) & set(services)):
        every, seen = arrows.all_[api], arrows.seen[api]
        yield f"Arrows of {api} walked: {len(seen)} of {len(every)}"
        missing = [arrow for arrow in every if arrow not in seen]
        if missing and len(missing) <= len(seen):
            yield f"  not walked: {'; '.join(missing)}"
