"""Fault rules: what is to go wrong in a world."""

import msgspec
from msgspec.structs import replace

from counterfoil.domain.outcome import Refusal, Violation, invalid
from counterfoil.engine import faults
from counterfoil.engine.call import Call
from counterfoil.engine.faults import Rule, Standing
from counterfoil.engine.outcome import Outcome
from counterfoil.engine.world import WorldRow
from counterfoil.web.control.desk import Desk, Functions
from counterfoil.web.control.rules import Rules


class Mischief:
    """The room where faults are asked for."""

    def __init__(self, desk: Desk, rules: Rules, general: str) -> None:
        self._desk = desk
        self._rules = rules
        self._general = general
        self.functions: Functions = {
            "listFaults": self.list_faults,
            "createFault": self.create_fault,
            "getFault": self.get_fault,
            "deleteFault": self.delete_fault,
            "deleteFaults": self.delete_faults,
        }

    def list_faults(self, call: Call) -> Outcome:
        """List a world's rules, in the order they are looked at."""
        return Outcome({"items": [rule.shown for rule in self._rules_of(self._desk.row(call))]})

    def create_fault(self, call: Call) -> Outcome:
        """Add a rule."""
        row = self._desk.row(call)
        if row.settings.faults >= self._rules.most_faults:
            raise Refusal("TOO_MANY", what="faults of this world", most=self._rules.most_faults)
        rule = msgspec.convert(call.body, Rule)
        if rule.match.body and (wrong := faults.path_mistake(rule.match.body.path)):
            violation = Violation("match.body.path", "format", wrong, given=rule.match.body.path)
            raise invalid(self._general, (violation,))
        with self._desk.store.writing(row) as world:
            standing = faults.add(world, rule)
        self._count(row)
        return Outcome(standing.shown, status=201)

    def get_fault(self, call: Call) -> Outcome:
        """Tell a rule, and how often it matched and was applied."""
        return Outcome(self._found(self._desk.row(call), call).shown)

    def delete_fault(self, call: Call) -> Outcome:
        """Remove a rule."""
        row = self._desk.row(call)
        standing = self._found(row, call)
        with self._desk.store.writing(row) as world:
            faults.remove(world, standing.id)
        self._count(row)
        return Outcome({"id": standing.id, "deleted": True})

    def delete_faults(self, call: Call) -> Outcome:
        """Remove every rule of a world."""
        row = self._desk.row(call)
        with self._desk.store.writing(row) as world:
            faults.remove(world)
        self._count(row)
        return Outcome({"id": row.name, "deleted": True})

    def _count(self, row: WorldRow) -> None:
        """Let requests look for rules only where there are any."""
        settings = replace(row.settings, faults=len(self._rules_of(row)))
        self._desk.store.change(row, settings=settings)

    def _rules_of(self, row: WorldRow) -> list[Standing]:
        return faults.rules(self._desk.store.open(row))

    def _found(self, row: WorldRow, call: Call) -> Standing:
        wanted = call.arguments["faultId"]
        for standing in self._rules_of(row):
            if standing.id == wanted:
                return standing
        raise Refusal("NO_SUCH_FAULT", fault=wanted)
