"""Exports: a whole list as CSV or JSON, written as it is sent and never held whole.

CSV is that of RFC 4180. Cells that a spreadsheet would take for a formula begin with an apostrophe.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Generic, Literal, TypeVar

from counterfoil.engine import exact
from counterfoil.engine.pagination import Query, fetched, ids
from counterfoil.engine.records import Kind, Record
from counterfoil.engine.values import Value
from counterfoil.engine.world import World

R = TypeVar("R", bound=Record)
Row = Mapping[str, Any]

MOST = 10_000
"""How many rows an export has at most."""

BATCH = 500
"""How many rows are read and sent at a time."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")
TYPES = {"csv": b"text/csv; charset=utf-8", "json": b"application/json"}


class Export(Value, frozen=True):
    """A list on its way out: its columns, its rows in batches, and what its file is called."""

    format: Literal["csv", "json"]
    columns: tuple[str, ...]
    batches: Iterable[list[Row]]
    name: str
    truncated: bool

    @property
    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """The headers that say what comes, what to call it, and whether some of it is missing."""
        told = (
            (b"content-type", TYPES[self.format]),
            (b"content-disposition", f'attachment; filename="{self.name}"'.encode()),
        )
        return (*told, (b"x-export-truncated", b"true")) if self.truncated else told

    def parts(self) -> Iterator[bytes]:
        """Yield the file, part by part."""
        return self._csv() if self.format == "csv" else self._json()

    def _csv(self) -> Iterator[bytes]:
        yield _lines([self.columns])
        for batch in self.batches:
            yield _lines([[_cell(row[column]) for column in self.columns] for row in batch])

    def _json(self) -> Iterator[bytes]:
        between = b'{"items":['
        for batch in self.batches:
            for row in batch:
                yield between + exact.encode(row)
                between = b","
        yield b"]}" if between == b"," else between + b"]}"  # nothing was written before


class Form(Value, Generic[R], frozen=True):
    """What a file is to look like: its format, its columns, and how a record becomes a row."""

    format: Literal["csv", "json"]
    columns: tuple[str, ...]
    row: Callable[[R], Row]


def export(world: World, kind: Kind[R], owner: str, query: Query, form: Form[R]) -> Export:
    """Return the export of what a query finds in an owner's list, whatever its page.

    Which rows it has is decided now; each is told as it is when it is sent.
    """
    found = ids(world, kind, owner, query, MOST + 1)

    def batches() -> Iterator[list[Row]]:
        for start in range(0, min(len(found), MOST), BATCH):
            wanted = found[start : min(start + BATCH, MOST)]
            yield [form.row(record) for record in fetched(world, kind, wanted)]

    name = dated(f"{kind.name}s", world, form.format)
    return Export(form.format, form.columns, batches(), name, len(found) > MOST)


def dated(name: str, world: World, format: str) -> str:
    """Return what a file is called that is made today: `invoices-20240315.csv`."""
    return f"{name}-{world.now.strftime('%Y%m%d')}.{format}"


def _lines(rows: Iterable[Iterable[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _cell(value: Any) -> str:
    """Return a value as a cell: nothing for none, and no formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
