"""Fault rules: what is to go wrong in a world."""

import msgspec

from counterfoil.domain.outcome import Refusal, Violation, invalid
from counterfoil.engine import faults
from counterfoil.engine.call import Call
from counterfoil.engine.faults import Rule, Standing
from counterfoil.engine.outcome import Outcome
from counterfoil.engine.world import WorldRow
from counterfoil.operating import nearest
from counterfoil.web.control.desk import Desk, Functions
from counterfoil.web.control.headers import require_free
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
        self._require_sense(rule)
        with self._desk.store.writing(row) as world:
            standing = faults.add(world, rule)
        self._count(row)
        return Outcome(standing.shown, status=201)

    def _require_sense(self, rule: Rule) -> None:
        """Refuse what a rule's shape does not: no path, no operation, no time, no header."""
        require_free(rule.effect.headers, "effect.headers", self._general)
        wrong = []
        if rule.match.body and (mistake := faults.path_mistake(rule.match.body.path)):
            given = rule.match.body.path
            wrong.append(Violation("match.body.path", "format", mistake, given=given))
        known = {id for api in self._desk.apis.values() for id in api.contract.operations}
        operation = rule.match.operation
        if operation is not None and operation not in known:
            meant = f"an operation{nearest(operation, known)}"
            wrong.append(Violation("match.operation", "format", meant, given=operation))
        if not rule.effect.by:
            wrong.append(Violation("effect.by", "format", "more than no time", given="PT0S"))
        if wrong:
            raise invalid(self._general, tuple(wrong))

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
        self._desk.store.set_settings(row, faults=len(self._rules_of(row)))

    def _rules_of(self, row: WorldRow) -> list[Standing]:
        return faults.rules(self._desk.store.open(row))

    def _found(self, row: WorldRow, call: Call) -> Standing:
        wanted = call.arguments["faultId"]
        for standing in self._rules_of(row):
            if standing.id == wanted:
                return standing
        raise Refusal("NO_SUCH_FAULT", fault=wanted)
