"""What a run has seen of a contract, and what it has not."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from counterfoil.contract.model import Contract
from counterfoil.verify.reports.model import Table

SEEN, UNSEEN = "seen", "not seen"

Arrow = tuple[str, str, str | None]
"""Machine, trigger, source."""


@dataclass
class Coverage:
    """Statuses of operations, arrows, error codes and events that were met."""

    contract: Contract
    beyond: Mapping[str, str]
    """What cannot be reached, and why: codes, events, operations, `machine.trigger`."""
    statuses: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    codes: set[str] = field(default_factory=set)
    arrows: set[Arrow] = field(default_factory=set)
    events: set[str] = field(default_factory=set)

    def tables(self) -> list[Table]:
        """Return what was covered, kind by kind."""
        return [
            _table("Operations", ("operation", "statuses", "covered"), self._operations()),
            _table("Lifecycle", ("arrow", "covered"), self._arrows()),
            _table("Error codes", ("code", "covered"), self._codes()),
            _table("Events", ("event", "covered"), self._events()),
        ]

    @property
    def percent(self) -> float:
        """How much of what can be reached was seen."""
        rows = [row[-1] for table in self.tables() for row in table.rows]
        reachable = [told for told in rows if told in (SEEN, UNSEEN)]
        return 100 * reachable.count(SEEN) / len(reachable) if reachable else 100.0

    def _operations(self) -> Iterator[tuple[str, ...]]:
        for name in self.contract.operations:
            statuses = self.statuses.get(name, set())
            succeeded = any(200 <= status < 300 for status in statuses)
            told = " ".join(map(str, sorted(statuses)))
            yield name, told, self._told(name, seen=succeeded)

    def _arrows(self) -> Iterator[tuple[str, ...]]:
        for name, machine in self.contract.machines.items():
            for arrow in machine.arrows:
                seen = (name, arrow.trigger, arrow.source) in self.arrows
                label = f"{name}: {arrow.source or '-'} {arrow.trigger} {' or '.join(arrow.targets) or '-'}"
                yield label, self._told(f"{name}.{arrow.trigger}", seen=seen)

    def _codes(self) -> Iterator[tuple[str, ...]]:
        return (
            (code, self._told(code, seen=code in self.codes)) for code in self.contract.refusals
        )

    def _events(self) -> Iterator[tuple[str, ...]]:
        return ((name, self._told(name, seen=name in self.events)) for name in self.contract.events)

    def _told(self, name: str, *, seen: bool) -> str:
        if seen:
            return SEEN
        return f"not reachable: {self.beyond[name]}" if name in self.beyond else UNSEEN


def _table(title: str, headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Table:
    told = list(rows)
    counts = [sum(row[-1] == word for row in told) for word in (SEEN, UNSEEN)]
    beyond = len(told) - sum(counts)
    summary = f"{counts[0]} of {sum(counts)} seen"
    return Table(title, headings, told, summary + (f", {beyond} not reachable" if beyond else ""))
