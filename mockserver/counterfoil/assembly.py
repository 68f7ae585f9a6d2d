"""The engine, put together: every API over one store, without the web."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from counterfoil.contract.load import load
from counterfoil.contract.model import Contract
from counterfoil.domain.ledger import Bucket
from counterfoil.engine.api import Api
from counterfoil.engine.clock import Wall
from counterfoil.engine.database import Database, Postgres, Sqlite
from counterfoil.engine.journal import Journal
from counterfoil.engine.outbox import LETTER
from counterfoil.engine.store import Store
from counterfoil.engine.worlds import Worlds
from counterfoil.resources import api_names, document


def api_of(name: str) -> Api:
    """Return an API, assembled by its own folder."""
    assemble: Callable[[Contract], Api] = import_module(f"counterfoil.apis.{name}.api").assemble
    return assemble(load(name))


def database_of(place: str | None) -> Database:
    """Return the database at a place: none is memory, a URL PostgreSQL, anything else a file."""
    if place is None:
        return Sqlite()
    if place.startswith(("postgresql://", "postgres://")):
        return Postgres(place)
    return Sqlite(Path(place))


def wall() -> datetime:
    """Return the time outside every world."""
    return datetime.now(UTC)


class Engine:
    """Worlds of all APIs, without the web."""

    def __init__(self, database: Database, wall: Wall = wall) -> None:
        self.apis: Mapping[str, Api] = {name: api_of(name) for name in api_names()}
        kinds = [LETTER, *(kind for api in self.apis.values() for kind in api.kinds)]
        self.store = Store(database, kinds, self._buckets(), wall)
        for name, api in self.apis.items():
            if api.hooks:
                self.store.hook(name, api.hooks)
        self.journal = Journal(self.store)
        self.worlds = Worlds(self.store, self.apis, self.journal)

    @property
    def outside(self) -> dict[str, Any]:
        """The documents of what may happen to each API's worlds from outside."""
        return {name: document(f"specs/{name}/outside.yaml") for name in self.apis}

    @property
    def port_offsets(self) -> dict[str, int]:
        """How far each API's port is from the hub's."""
        return {name: api.contract.policy.service.port for name, api in self.apis.items()}

    def _buckets(self) -> list[Bucket]:
        return [bucket for api in self.apis.values() for bucket in api.contract.buckets.values()]

    def close(self) -> None:
        """Write what is still in memory, and let go of the database."""
        self.journal.flush_all()
        self.worlds.close()
        self.store.database.close()
