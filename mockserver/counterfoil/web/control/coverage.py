"""Coverage: how much of each API's contract a world has seen, out of all there is."""

from collections.abc import Iterable
from typing import Any

from counterfoil.contract.document import resolve
from counterfoil.contract.model import Contract
from counterfoil.engine.call import Call
from counterfoil.engine.outcome import Outcome
from counterfoil.web.control.desk import Desk, Functions


class Coverage:
    """The room where one learns what was not tried yet."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.functions: Functions = {"getCoverage": self.get_coverage}

    def get_coverage(self, call: Call) -> Outcome:
        """Tell, API by API, what a world has seen and what it has not."""
        seen = self._desk.worlds.journal.exercised(self._desk.row(call).key)
        return Outcome(
            {name: _covered(api.contract, seen) for name, api in self._desk.apis.items()}
        )


def _covered(contract: Contract, seen: set[tuple[str, str, str]]) -> dict[str, Any]:
    return {
        kind: _share(names, {name for api, of, name in seen if (api, of) == (contract.api, kind)})
        for kind, names in _everything(contract).items()
    }


def _everything(contract: Contract) -> dict[str, list[str]]:
    """Return the names of all there is in a contract, by what they are names of."""
    return {
        "operations": list(contract.operations),
        "statuses": [
            f"{row.id} {status}"
            for row in contract.operations.values()
            for status in resolve(contract.document, contract.document["paths"][row.path])[
                row.method.lower()
            ]["responses"]
        ],
        "arrows": [
            f"{name}: {arrow.trigger} from {arrow.source or '-'}"
            for name, machine in contract.machines.items()
            for arrow in machine.arrows
        ],
        "errors": list(contract.refusals),
        "events": list(contract.events),
    }


def _share(names: Iterable[str], seen: set[str]) -> dict[str, Any]:
    all_ = list(dict.fromkeys(names))
    return {
        "seen": [name for name in all_ if name in seen],
        "missing": [name for name in all_ if name not in seen],
        "total": len(all_),
    }
