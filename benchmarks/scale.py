"""What a list costs when it is long: a page or a summary of it at a thousand invoices and at very many.

The large world is made by copying rows inside the store, because a million invoices that walk
through their lives one by one take an hour.
"""

import statistics
import time
from collections.abc import Iterator
from typing import Any

from counterfoil.assembly import Engine
from counterfoil.engine.call import Call, Principal
from counterfoil.engine.clock import Clock
from counterfoil.engine.database import Sqlite
from counterfoil.engine.records import place
from counterfoil.engine.world import WorldRow
from counterfoil.engine.worlds import Opening
from counterfoil.seeding import seed

SMALL = 1000
YEAR = place(366 * 24 * 60 * 60, 0)
OWNER = "org_seller_1"
DUE = {"dueDateFrom": "2024-04-01", "dueDateTo": "2024-04-30"}
PAGE = {"page": 0, "limit": 25, "sortBy": "createdAt", "sortOrder": "desc"}
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "list, newest": ("listInvoices", PAGE),
    "list, page 20": ("listInvoices", PAGE | {"page": 20}),
    "list, by amount": ("listInvoices", PAGE | {"sortBy": "amount", "sortOrder": "asc"}),
    "list, by due date": ("listInvoices", PAGE | {"sortBy": "dueDate"}),
    "list, one status": ("listInvoices", PAGE | {"status": ["SETTLED"]}),
    "list, two statuses": ("listInvoices", PAGE | {"status": ["APPROVED", "SUBMITTED"]}),
    "list, one currency": ("listInvoices", PAGE | {"currency": "EUR"}),
    "list, due in a month": ("listInvoices", PAGE | DUE),
    "search": ("searchInvoices", PAGE | {"q": "a"}),
    "summary": ("summarizeInvoices", {}),
}
"""What is asked, in the words of the API; what a total needs to be counted for was counted before."""

COPIED = {
    "resources": "world, kind, id, version, body",
    "listings": "world, kind, owner, id, seq, hidden, keys",
}
MADE = {
    "resources": "world, kind, id || '_' || n, version, body",
    "listings": f"world, kind, owner, id || '_' || n, seq + n * {YEAR}, hidden, keys",
}
"""The columns of a copy, and where each comes from."""


def measure(large: int) -> Iterator[tuple[str, float, str, float | None]]:
    """Yield how many times a page costs at `large` invoices what it costs at a thousand."""
    if not large:
        return
    engine = Engine(Sqlite())
    row = engine.worlds.create(Opening("empty", 1, Clock.live(), "large"))
    seed(engine, row, SMALL, 1)
    small = {name: _cost(engine, row, *asked) for name, asked in CALLS.items()}
    _multiply(engine, row, large // SMALL)
    for name, asked in CALLS.items():
        ratio = _cost(engine, row, *asked) / small[name]
        yield f"{name}: at {large:,} against {SMALL:,}", ratio, "x", 3.0
    engine.close()


def _cost(engine: Engine, row: WorldRow, operation: str, asked: dict[str, Any]) -> float:
    """Return the seconds an answer takes, its records not at hand."""
    api = engine.apis["expereon"]
    caller = Principal(OWNER, "", frozenset())
    call = Call(api.contract.operations[operation], caller, "", asked)
    times = []
    for _ in range(30):
        world = engine.store.open(row)
        world.shared.decoder.memory.forget()
        world.shared.looks.forget()
        began = time.perf_counter()
        api.functions[operation](call, world)
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def _multiply(engine: Engine, row: WorldRow, times: int) -> None:
    """Make a world's invoices as many times as many."""
    database = engine.store.database
    numbers = (
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers"
        f" WHERE n < {times - 1})"
    )
    with engine.store.transaction():
        for table in ("resources", "listings"):
            database.run(
                f"CREATE TEMPORARY TABLE few AS SELECT * FROM {table}"
                " WHERE world = ? AND kind = 'invoice'",
                (row.key,),
            )
            database.run(
                f"INSERT INTO {table} ({COPIED[table]}) {numbers} SELECT {MADE[table]}"
                " FROM numbers, few ORDER BY n"
            )
            database.run("DROP TABLE few")
        database.run(
            f"UPDATE counts SET n = n * {times} WHERE world = ? AND kind = 'invoice'", (row.key,)
        )
    engine.store.open(row).shared.forget()
