"""One way to speak SQL to SQLite and PostgreSQL: the same statements, `?` for each value.

A database is used by one thread. Outside a transaction every statement stands for itself.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from counterfoil.engine.records import MANY, Index
from counterfoil.operating import OperatingError

Row = Sequence[Any]
SQLITE_LEAST = (3, 38, 0)  # the first with ->> ; RETURNING and upsert are older

BUSY = 0.2
"""Seconds to wait for a file that somebody else has open; ours is open until the process ends."""

APPLICATION = int.from_bytes(b"ctrf")
"""What marks a SQLite file as ours."""


class Database(Protocol):
    """What the engine asks of a database.

    `begin` opens a transaction, `lock` ends a query that is to hold the row it reads, `shared` says
    that other processes may be at work in it. `text`, `bytes` and `clustered` fill in schema.sql.
    """

    text: str
    bytes: str
    clustered: str
    begin: str
    lock: str
    shared: bool

    def all(self, sql: str, values: Sequence[Any] = ()) -> Sequence[Row]:
        """Return every row of a query."""

    def one(self, sql: str, values: Sequence[Any] = ()) -> Row | None:
        """Return the first row of a query, or None."""

    def run(self, sql: str, values: Sequence[Any] = ()) -> None:
        """Execute a statement for its effect."""

    def run_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Execute a statement once for each row of values."""

    def roll_back(self) -> None:
        """End a transaction as if it had never begun; where there is none any more, do nothing."""

    def advise(self, indexes: Iterable[Index]) -> None:
        """Tell the planner how selective indexes are, where it does not find out for itself."""

    def close(self) -> None:
        """Let go of the database; it is not used again."""


class Sqlite:
    """SQLite, in memory or in a file that survives the process.

    Raises OperatingError where the file cannot be opened or is no SQLite database.
    """

    text = "TEXT"
    bytes = "BLOB"
    clustered = "WITHOUT ROWID"
    begin = "BEGIN IMMEDIATE"
    lock = ""  # the transaction holds the whole database already
    shared = False

    def __init__(self, file: Path | None = None) -> None:
        if sqlite3.sqlite_version_info < SQLITE_LEAST:
            least = ".".join(map(str, SQLITE_LEAST))
            raise OperatingError(
                f"This Python comes with SQLite {sqlite3.sqlite_version}; use one with {least} or newer"
            )
        try:
            self._connection = sqlite3.connect(
                file or ":memory:",
                timeout=BUSY,
                isolation_level=None,
                cached_statements=512,
                check_same_thread=False,
            )
            self._execute = self._connection.execute
            if file:
                self._claim(file)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                raise OperatingError(
                    f"{file} is in use by another counterfoil; stop that one, or name another file"
                ) from None
            raise _unusable(file, error) from None
        except sqlite3.Error as error:
            raise _unusable(file, error) from None

    def _claim(self, file: Path) -> None:
        """Make sure a file is ours alone before anything is written into it."""
        self._execute("PRAGMA locking_mode = EXCLUSIVE")
        tables = self._execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        owner = self._execute("PRAGMA application_id").fetchone()[0]
        if tables and owner != APPLICATION:
            raise OperatingError(
                f"{file} is the database of another program; name another file, or one that counterfoil made"
            )
        self._execute(f"PRAGMA application_id = {APPLICATION}")
        self._execute("PRAGMA journal_mode = WAL")
        self._execute("PRAGMA synchronous = NORMAL")
        self._execute("BEGIN EXCLUSIVE")
        self._execute("COMMIT")

    def all(self, sql: str, values: Sequence[Any] = ()) -> Sequence[Row]:
        return self._execute(sql, values).fetchall()

    def one(self, sql: str, values: Sequence[Any] = ()) -> Row | None:
        row: Row | None = self._execute(sql, values).fetchone()
        return row

    def run(self, sql: str, values: Sequence[Any] = ()) -> None:
        self._execute(sql, values)

    def run_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        self._connection.executemany(sql, rows)

    def roll_back(self) -> None:
        self._connection.rollback()

    def advise(self, indexes: Iterable[Index]) -> None:
        # Left to itself SQLite plans for tables of ten rows, and scans a list to find one of it.
        rows = [(i.table, i.name, " ".join(map(str, (MANY, *i.matches)))) for i in indexes]
        self._execute("ANALYZE")
        self._execute("DELETE FROM sqlite_stat1")
        self.run_many("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)", rows)
        self._execute("ANALYZE sqlite_schema")

    def close(self) -> None:
        self._connection.close()


def _unusable(file: Path | None, error: sqlite3.Error) -> OperatingError:
    return OperatingError(
        f"Cannot use {file} as data file ({error}); name another, or one that counterfoil made"
    )


class Postgres:
    """PostgreSQL by URL, for a sandbox that several processes or machines share.

    Needs the extra `postgres`. Raises OperatingError where it is missing or nobody answers.
    """

    text = 'TEXT COLLATE "C"'
    bytes = "BYTEA"
    clustered = ""
    begin = "BEGIN"
    lock = " FOR UPDATE"
    shared = True

    def __init__(self, url: str) -> None:
        try:
            import psycopg  # an extra: only who asks for PostgreSQL needs it
        except ImportError:
            raise OperatingError(
                "PostgreSQL needs psycopg; install it with: pip install 'counterfoil[postgres]'"
            ) from None
        self._driver = psycopg
        self._url = url
        try:
            self._connect()
        except psycopg.Error as error:
            reason = " ".join(str(error).split())
            raise OperatingError(
                f"Cannot reach the PostgreSQL of --store ({reason}); start it, or correct the address"
            ) from None

    def _connect(self) -> None:
        self._connection = self._driver.connect(self._url, autocommit=True)
        # Bodies are decoded once, by their kind's own type; here they are text.
        self._connection.adapters.register_loader("json", self._driver.types.string.TextLoader)

    def _execute(self, sql: str, values: Sequence[Any]) -> Any:
        # Never within a transaction: whatever broke the connection has ended that.
        if self._connection.closed:
            self._connect()
        return self._connection.execute(_formatted(sql), values)

    def all(self, sql: str, values: Sequence[Any] = ()) -> Sequence[Row]:
        rows: Sequence[Row] = self._execute(sql, values).fetchall()
        return rows

    def one(self, sql: str, values: Sequence[Any] = ()) -> Row | None:
        row: Row | None = self._execute(sql, values).fetchone()
        return row

    def run(self, sql: str, values: Sequence[Any] = ()) -> None:
        self._execute(sql, values)

    def run_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        with self._connection.cursor() as cursor:
            cursor.executemany(_formatted(sql), rows)

    def roll_back(self) -> None:
        with suppress(self._driver.OperationalError):  # a connection that broke rolled back itself
            self._connection.rollback()

    def advise(self, indexes: Iterable[Index]) -> None:
        """PostgreSQL looks for itself."""

    def close(self) -> None:
        self._connection.close()


@cache
def _formatted(sql: str) -> bytes:
    """Return a statement with psycopg's placeholders."""
    return sql.replace("%", "%%").replace("?", "%s").encode()
