"""The outside world of each API: what no client of it can bring about, and a tester must."""

from collections.abc import Mapping

from counterfoil.engine.api import Outside
from counterfoil.engine.call import Call
from counterfoil.engine.commit import commit
from counterfoil.engine.outcome import Outcome
from counterfoil.web.control.desk import Desk, Function


class OutsideWorld:
    """The room of what happens to a world from outside, API by API."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.functions: Mapping[str, Function] = {
            operation: self._function(name, function)
            for name, api in desk.apis.items()
            for operation, function in api.outside.items()
        }

    def _function(self, api: str, function: Outside) -> Function:
        def happen(call: Call) -> Outcome:
            """Let it happen in the world of a call, and keep that it did."""
            row = self._desk.row(call)
            with self._desk.store.writing(row) as world:
                outcome = function(call, world, self._desk.store)
                commit(world, outcome.change, api)
                now = world.now
            journal = self._desk.worlds.journal
            journal.told(row.key, api, outcome.change)
            journal.acted(row.key, now, api, call)
            return outcome

        return happen
