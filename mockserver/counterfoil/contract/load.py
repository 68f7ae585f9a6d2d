"""From the files of `specs/<api>/` to a `Contract`; a mistake in them stops the start."""

from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

from counterfoil import resources
from counterfoil.contract import check, document
from counterfoil.contract.model import Contract, Operation
from counterfoil.contract.rows import (
    ErrorTable,
    EventTable,
    LedgerTable,
    MachineRow,
    PermissionPolicy,
    PolicyTable,
    PostingRow,
    TransitionRow,
    shaped,
)
from counterfoil.domain.ledger import Bucket, Leg, Template
from counterfoil.domain.lifecycle import Arrow, Emission, Machine

T = TypeVar("T")


def load(api: str, under: Path | None = None) -> Contract:
    """Return the contract of an API, with all its tables; `under` is where `specs` is to be found.

    Raises OperatingError, naming file, key and fix, where a table is wrong.
    """
    read = partial(_table, api, under)
    lifecycle = read("lifecycle", dict[str, MachineRow])
    written = resources.document(f"specs/{api}/openapi.yaml", under)
    business = Business(lifecycle, read("ledger", LedgerTable), read("events", EventTable))
    return _contract(api, under, written, business)


def load_service(api: str, parts: Mapping[str, document.Document]) -> Contract:
    """Return a contract that has operations, errors and a policy, but no business of its own.

    `parts` are further paths and components, each written in a file of its own.
    """
    written = document.joined(resources.document(f"specs/{api}/openapi.yaml"), parts.values())
    return _contract(api, None, written, Business({}, LedgerTable({}, {}), EventTable({}, {})))


class Business(NamedTuple):
    """The tables that only an API has that does business."""

    lifecycle: dict[str, MachineRow]
    ledger: LedgerTable
    events: EventTable


def _contract(
    api: str, under: Path | None, written: document.Document, business: Business
) -> Contract:
    lifecycle, ledger, events = business
    policy = _table(api, under, "policy", PolicyTable)
    errors = _table(api, under, "errors", ErrorTable)
    check.tables(check.Tables(api, written, lifecycle, ledger, events, errors, policy))
    expanded = document.with_aliases(written, policy.aliases)
    return Contract(
        api=api,
        document=expanded,
        operations={row.id: row for row in _operations(expanded, errors)},
        machines={name: _machine(name, row) for name, row in lifecycle.items()},
        buckets={name: Bucket(name, row.minimum) for name, row in ledger.buckets.items()},
        postings={name: _template(name, row) for name, row in ledger.postings.items()},
        events=events.events,
        subjects=events.subjects,
        refusals={row.code: row for row in errors.refusals},
        violations={row.keyword: row for row in errors.violations},
        permissions=_permissions(policy.permissions),
        policy=policy,
    )


def _table(api: str, under: Path | None, name: str, shape: type[T]) -> T:
    """Return one table in its shape; the message of a misfit names the path of the key."""
    file = f"specs/{api}/{name}.yaml"
    return shaped(resources.document(file, under), shape, file)


def _operations(written: document.Document, errors: ErrorTable) -> Iterable[Operation]:
    every = {row.code for row in errors.refusals if row.where == "every"}
    write = {row.code for row in errors.refusals if row.where == "write"}
    for path, method, operation in document.operations(written):
        changes = document.changes(method, operation)
        yield Operation(
            id=operation["operationId"],
            function=operation.get("x-alias-of", operation["operationId"]),
            method=method.upper(),
            path=path,
            permission=operation.get("x-permission"),
            errors=frozenset(
                every | (write if changes else set()) | {*operation.get("x-errors", [])}
            ),
            changes=changes,
            provenance=operation["x-provenance"],
            bucket=operation.get("x-bucket"),
        )


def _machine(name: str, row: MachineRow) -> Machine:
    return Machine(name, tuple(_arrow(transition) for transition in row.transitions))


def _arrow(row: TransitionRow) -> Arrow:
    return Arrow(
        trigger=row.trigger,
        source=row.source[0] if row.source else None,
        targets=tuple(row.to),
        who=frozenset(row.who),
        post=row.post,
        emit=tuple(Emission(e, tuple(to)) for cell in row.emit for e, to in cell.items()),
        provenance=row.provenance,
        needs=tuple(row.needs),
    )


def _template(name: str, row: PostingRow) -> Template:
    source, target = _leg(row.source, row.change.source), _leg(row.target, row.change.target)
    return Template(name, source, target, row.provenance)


def _leg(text: str, change: str | None) -> Leg:
    party, bucket = text.split(".")
    return Leg(party, None if bucket.startswith("$") else bucket, change)


def _permissions(policy: PermissionPolicy | None) -> dict[str, frozenset[str]]:
    return {} if policy is None else {name: frozenset(all_) for name, all_ in policy.macros.items()}
