"""The contract as the engine, the web layer and the verifier see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from counterfoil.contract.rows import EventRow, PolicyTable, RefusalRow, ViolationRow
from counterfoil.domain.ledger import Bucket, Template
from counterfoil.domain.lifecycle import Machine
from counterfoil.domain.outcome import Refusal

Json = Any
"""A JSON value, where it enters or leaves."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the OpenAPI document.

    `function` is the operationId whose function answers it: its own, or that of the operation it is
    an alias of. `errors` are all codes it may answer. `changes` is false for reads. `bucket` is that of
    the rate limits it counts in, unless that is the first.
    """

    id: str
    function: str
    method: str
    path: str
    permission: str | None
    errors: frozenset[str]
    changes: bool
    provenance: str
    bucket: str | None = None


@dataclass(frozen=True, slots=True)
class Contract:
    """Everything `specs/<api>/` says, each name in it known to be defined.

    `document` is the OpenAPI document with the aliases of policy.yaml written out. `refusals` stand in
    order of precedence, by code; `violations` by the rule that was broken; `permissions` are what
    each macro holds; `subjects` are the members of an event's data.
    """

    api: str
    document: Mapping[str, Json]
    operations: Mapping[str, Operation]
    machines: Mapping[str, Machine]
    buckets: Mapping[str, Bucket]
    postings: Mapping[str, Template]
    events: Mapping[str, EventRow]
    subjects: Mapping[str, tuple[str, ...]]
    refusals: Mapping[str, RefusalRow]
    violations: Mapping[str, ViolationRow]
    permissions: Mapping[str, frozenset[str]]
    policy: PolicyTable

    def status(self, refusal: Refusal) -> int:
        """Return the status a refusal is told with."""
        return refusal.simulated[0] if refusal.simulated else self.refusals[refusal.code].status

    def message(self, refusal: Refusal, language: str = "", **facts: Any) -> str:
        """Return the message of a refusal, filled from its facts and others.

        It is that of a language where the row is translated into it, and else the row's own.
        """
        if refusal.simulated:
            return refusal.simulated[1]
        row = self.refusals[refusal.code]
        message = row.translations.get(language, row.message)
        return message.format_map({**facts, **refusal.facts})
