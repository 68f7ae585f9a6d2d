"""Filling a world with plausible data, each API in its own way."""

from importlib import import_module
from importlib.util import find_spec

from counterfoil.assembly import Engine
from counterfoil.engine.world import WorldRow


def seed(engine: Engine, row: WorldRow, invoices: int, seed: int) -> str:
    """Fill a world; return a line for each API that had something to add."""
    lines = []
    for name, api in engine.apis.items():
        module = f"counterfoil.apis.{name}.seeding"
        if find_spec(module):
            seeding = import_module(module).Seeding(api, engine.store, row, seed)
            lines.append(f"{api.contract.policy.service.title}: {seeding.grow(invoices)}")
    return "\n".join(lines)
