"""Every cell of every state machine: what is allowed happens, what is not is refused and changes nothing."""

from collections.abc import Iterable, Iterator

from counterfoil.verify.checks.check import Check
from counterfoil.verify.checks.walks import Walk, pull, read, states, stuck, travelled, walks
from counterfoil.verify.exchange import Exchange
from counterfoil.verify.reports.model import Finding
from counterfoil.verify.run import BrokenError, Run
from counterfoil.verify.subject import Json, Life

GONE = 404


def arrows_lead_where_the_table_says(run: Run) -> Iterator[Finding]:
    """Yield each arrow that cannot be walked, or that leads elsewhere."""
    for walk in walks(run):
        claim = _broken(walk)
        operation = _operation(walk)
        if claim:
            yield run.finding(
                "lifecycle",
                operation,
                claim,
                provenance=walk.arrow.provenance,
                exchange=walk.answer,
            )
        else:
            arrow = walk.arrow
            run.coverage.arrows.add((walk.traveller.life.machine, arrow.trigger, arrow.source))
    yield from (run.broken("lifecycle", broken) for broken in stuck(run))


def what_was_answered_is_kept(run: Run) -> Iterator[Finding]:
    """Yield each record that reads otherwise than the write that made it was answered."""
    for walk in walks(run):
        if not walk.answer.is_success or not walk.after.is_success:
            continue
        inside = walk.traveller.life.inside
        told, kept = inside(walk.answer.json), inside(walk.after.json)
        if not _comparable(walk, told):
            continue
        differing = sorted(
            name
            for name in told.keys() | (kept or {}).keys()
            if told.get(name) != (kept or {}).get(name)
        )
        if differing:
            operation = _operation(walk)
            claim = f"what {operation} answers is what is read afterwards"
            seen = f"differing: {', '.join(differing)}"
            yield run.finding("lifecycle", operation, claim, seen=seen, exchange=walk.after)


def what_no_arrow_allows_is_refused(run: Run) -> Iterator[Finding]:
    """Yield each cell without an arrow that is not refused as the table of errors says."""
    for life in run.subject.lives:
        for state in states(run, life):
            try:
                yield from _cells(run, life, state)
            except BrokenError as broken:  # the other states can be reached all the same
                yield run.broken("lifecycle", broken)


def _broken(walk: Walk) -> str:
    arrow, life = walk.arrow, walk.traveller.life
    whence = arrow.source or "nothing"
    claim = f"{life.machine}: {arrow.trigger} leads from {whence} to {' or '.join(arrow.targets) or 'nothing'}"
    if not walk.answer.is_success:
        return claim
    if not arrow.targets:
        return "" if walk.after.status == GONE else claim
    if not walk.after.is_success or not isinstance(walk.after.json, dict):
        return claim
    return "" if life.state(life.inside(walk.after.json)) in arrow.targets else claim


def _comparable(walk: Walk, told: Json) -> bool:
    """Tell whether an answer is the record itself."""
    same = isinstance(told, dict) and str(told.get("id")) == walk.traveller.id
    return same and bool(walk.arrow.targets)


def _operation(walk: Walk) -> str:
    actions = walk.traveller.life.actions
    return (
        actions[walk.arrow.trigger].operation if walk.arrow.source else walk.traveller.life.machine
    )


def _cells(run: Run, life: Life, state: str) -> Iterator[Finding]:
    traveller = travelled(run, life, state)
    for trigger in life.actions:
        for role in (*_actors(life), *filter(None, [life.stranger])):
            expected = _expected(
                run, life, trigger, role, (state, traveller.triggers, traveller.record)
            )
            if expected is None:
                continue
            answer = pull(run, life, trigger, role, traveller.record)
            if answer.is_success or run.subject.error(answer) != expected:
                claim = f"{trigger} as {role} on {life.machine} {state} is refused with {expected}"
                yield run.finding(
                    "lifecycle", life.actions[trigger].operation, claim,
                    provenance=run.contract.refusals[expected].provenance,
                    exchange=answer, about=traveller.id,
                )  # fmt: skip
            if answer.is_success:  # it is not in this state any more
                traveller = travelled(run, life, state)
    yield from _unchanged(run, life, state, traveller.record)


def _expected(
    run: Run, life: Life, trigger: str, role: str, place: tuple[str, list[str], Json]
) -> str | None:
    """Return the code a cell is refused with, or None where an arrow allows it."""
    state, walked, record = place
    codes, machine = run.subject.codes, run.contract.machines[life.machine]
    if role == life.stranger or not life.sees(role, walked):
        return codes.unseen
    arrow, requester = machine.arrow(trigger, state), life.requester(record)
    played = [one for one, party in life.roles.items() if party == life.roles[role]]
    if codes.role and not any(_ever(run, life, trigger, one) for one in played):
        return codes.role
    if arrow is None:
        return life.refusals.get((trigger, state), codes.state)
    permitted = any(arrow.permits(one, requester) for one in played)
    return None if permitted else codes.role or codes.state


def _actors(life: Life) -> Iterable[str]:
    """Return a role of each party: what it is refused in one role, another may allow it."""
    return {party: role for role, party in reversed(list(life.roles.items()))}.values()


def _ever(run: Run, life: Life, trigger: str, role: str) -> bool:
    """Tell whether a role may pull a trigger in some state or other."""
    who = run.contract.machines[life.machine].roles(trigger)
    return role in who or "COUNTERPARTY" in who


def _unchanged(run: Run, life: Life, state: str, record: Json) -> Iterator[Finding]:
    after: Exchange = read(run, life, next(iter(life.roles.values())), record)
    if not after.is_success or life.inside(after.json) != record:
        claim = f"refusals leave a {life.machine} that is {state} as it was"
        yield run.finding("lifecycle", life.read, claim, exchange=after)


CHECKS = (
    Check("lifecycle", "every arrow leads where the table says", arrows_lead_where_the_table_says),
    Check("lifecycle", "what was answered is what is kept", what_was_answered_is_kept),
    Check("lifecycle", "what no arrow allows is refused and changes nothing", what_no_arrow_allows_is_refused),
)  # fmt: skip
