"""Walking a state machine: every arrow once, and what could be seen on the way."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from counterfoil.domain.lifecycle import COUNTERPARTY, Arrow
from counterfoil.verify.client import Call
from counterfoil.verify.exchange import Exchange
from counterfoil.verify.run import BrokenError, Run
from counterfoil.verify.subject import Json, Life

Balances = Mapping[str, Mapping[str, Decimal]]
"""What each party has, by bucket."""


@dataclass
class Traveller:
    """A record on its way: as it was answered last, and the arrows that it has walked."""

    life: Life
    record: Json
    walked: list[Arrow] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The record's id."""
        return str(self.record["id"])

    @property
    def triggers(self) -> list[str]:
        """What moved it so far."""
        return [arrow.trigger for arrow in self.walked]


@dataclass(frozen=True, slots=True)
class Walk:
    """An arrow that was walked: the record before, the answer, what was read before and afterwards."""

    traveller: Traveller
    arrow: Arrow
    party: str
    before: Json
    answer: Exchange
    after: Exchange
    funds: tuple[Balances, Balances]


def walks(run: Run) -> list[Walk]:
    """Return a walk of every arrow that can be reached, made on first use."""
    if "walks" not in run.kept:
        run.kept["walks"] = [walk for life in run.subject.lives for walk in _walks(run, life)]
    known: list[Walk] = run.kept["walks"]
    return known


def stuck(run: Run) -> list[BrokenError]:
    """Return what kept arrows from being walked."""
    walks(run)
    known: list[BrokenError] = run.kept.setdefault("stuck", [])
    return known


def travelled(run: Run, life: Life, state: str) -> Traveller:
    """Return a new record that was brought into a state, on the shortest way."""
    return _made(run, life, _routes(run, life)[state])


def states(run: Run, life: Life) -> Sequence[str]:
    """Return the states of a machine that can be reached."""
    return list(_routes(run, life))


def role_for(life: Life, arrow: Arrow, record: Json) -> str | None:
    """Return a role that may walk an arrow now and is played by somebody, or None."""
    for role in life.roles:
        if arrow.permits(role, life.requester(record)) and (
            role in arrow.who or COUNTERPARTY in arrow.who
        ):
            return role
    return None


def pulling(run: Run, life: Life, trigger: str, role: str, record: Json) -> Call:
    """Return the call that pulls a trigger of a record in a role, or as a party that has none."""
    action = life.actions[trigger]
    body = action.body(record) if action.body else run.body_of(action.operation)
    path = action.path(record) if action.path else {life.parameter: record["id"]}
    return run.call(action.operation, life.roles.get(role, role), path=path, body=body)


def pull(run: Run, life: Life, trigger: str, role: str, record: Json) -> Exchange:
    """Pull a trigger of a record in a role; return what was said."""
    call = pulling(run, life, trigger, role, record)
    return run.client.send(call, purpose=f"{trigger} as {role}")


def read(run: Run, life: Life, party: str, record: Json) -> Exchange:
    """Read a record as a party."""
    return run.ask(life.read, party, path={life.parameter: record["id"]})


def owner(life: Life) -> str:
    """Return the party that makes the records of a machine."""
    return next(iter(life.roles.values()))


def funds(run: Run) -> Balances:
    """Return what every party has."""
    if run.subject.balances is None:
        return {}
    return {party: run.subject.balances(run, party) for party in run.parties}


def _walks(run: Run, life: Life) -> Iterator[Walk]:
    birth = _first(run, life)
    for arrow in run.contract.machines[life.machine].arrows:
        begins = arrow is birth
        if begins or (arrow.trigger in life.actions and arrow.source in states(run, life)):
            try:
                yield from _birth(run, life, arrow) if begins else _walk(run, life, arrow)
            except BrokenError as broken:  # the other arrows can be walked all the same
                run.kept.setdefault("stuck", []).append(broken)


def _birth(run: Run, life: Life, arrow: Arrow) -> Iterator[Walk]:
    life.prepare(run)
    before = funds(run)
    made = Traveller(life, life.make(run), [arrow])
    answer = run.client.exchanges[-1]
    after = read(run, life, owner(life), made.record)
    yield Walk(made, arrow, owner(life), {}, answer, after, (before, funds(run)))


def _walk(run: Run, life: Life, arrow: Arrow) -> Iterator[Walk]:
    assert arrow.source is not None
    for role in life.roles:
        traveller = travelled(run, life, arrow.source)
        requester = life.requester(traveller.record)
        if not arrow.permits(role, requester) or not life.sees(role, traveller.triggers):
            continue
        before, record = funds(run), traveller.record
        answer = pull(run, life, arrow.trigger, role, record)
        traveller.walked.append(arrow)
        after = read(run, life, life.roles[role], record)
        yield Walk(traveller, arrow, life.roles[role], record, answer, after, (before, funds(run)))


def _made(run: Run, life: Life, route: Sequence[Arrow]) -> Traveller:
    traveller = Traveller(life, life.make(run), [route[0]])
    for arrow in route[1:]:
        role = role_for(life, arrow, traveller.record)
        assert role is not None, f"nobody walks {arrow.trigger}"
        answer = pull(run, life, arrow.trigger, role, traveller.record)
        if not answer.is_success:
            claim = f"{arrow.trigger} leads from {arrow.source} to {' or '.join(arrow.targets)}"
            raise BrokenError(answer, life.actions[arrow.trigger].operation, claim)
        traveller.record = _record(run, life, traveller.record)
        traveller.walked.append(arrow)
    return traveller


def _record(run: Run, life: Life, record: Json) -> Any:
    read_ = read(run, life, owner(life), record)
    if not read_.is_success or not isinstance(read_.json, dict):
        raise BrokenError(read_, life.read, f"{life.read} shows what was made")
    return life.inside(read_.json)


def _routes(run: Run, life: Life) -> Mapping[str, Sequence[Arrow]]:
    """Return the shortest way to each state that triggers of the API lead to."""
    known = f"routes {life.machine}"
    if known not in run.kept:
        run.kept[known] = _searched(run, life)
    found: Mapping[str, Sequence[Arrow]] = run.kept[known]
    return found


def _first(run: Run, life: Life) -> Arrow:
    """Return the arrow by which `make` brings a record about."""
    arrows = run.contract.machines[life.machine].arrows
    return next(arrow for arrow in arrows if arrow.source is None)


def _searched(run: Run, life: Life) -> Mapping[str, Sequence[Arrow]]:
    arrows = run.contract.machines[life.machine].arrows
    birth = _first(run, life)
    routes: dict[str, Sequence[Arrow]] = {birth.target: (birth,)}
    waiting = deque(routes)
    while waiting:
        state = waiting.popleft()
        for arrow in arrows:
            walkable = arrow.source == state and arrow.trigger in life.actions
            if walkable and len(arrow.targets) == 1 and arrow.target not in routes:
                routes[arrow.target] = (*routes[state], arrow)
                waiting.append(arrow.target)
    return routes
