"""Cross-checks of a contract's tables: every name defined once, and used.

Each check is a function that yields one sentence a mistake, naming file, key and fix. To know what
is checked, read the list at the end.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from counterfoil.contract import document
from counterfoil.contract.rows import (
    ErrorTable,
    EventTable,
    LedgerTable,
    MachineRow,
    PolicyTable,
    TransitionRow,
)
from counterfoil.domain.ledger import WORLD
from counterfoil.operating import OperatingError, nearest


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of one API as written; `openapi` is the document without its aliases."""

    api: str
    openapi: dict[str, Any]
    lifecycle: dict[str, MachineRow]
    ledger: LedgerTable
    events: EventTable
    errors: ErrorTable
    policy: PolicyTable

    def file(self, name: str) -> str:
        """Return how messages name one of the files."""
        return f"specs/{self.api}/{name}.yaml"

    def transitions(self) -> Iterator[tuple[str, TransitionRow]]:
        """Yield every arrow with the key that finds it in lifecycle.yaml."""
        for name, machine in self.lifecycle.items():
            for row in machine.transitions:
                yield f"{name}, {row.trigger} from {', '.join(row.source) or 'nothing'}", row


Check = Callable[[Tables], Iterable[str]]


def tables(written: Tables) -> None:
    """Raise OperatingError with the first mistake found in an API's tables, if there is one."""
    mistakes = list(chain.from_iterable(check(written) for check in CHECKS))
    if mistakes:
        more = f" ({len(mistakes) - 1} more after this one)" if len(mistakes) > 1 else ""
        raise OperatingError(mistakes[0] + more)


def reference_leads_somewhere(t: Tables) -> Iterator[str]:
    """Every $ref of the document is local and defined."""
    for reference in sorted(set(document.references(t.openapi))):
        try:
            document.resolve(t.openapi, {"$ref": reference})
        except KeyError:
            yield f"{t.file('openapi')}: $ref {reference!r} leads nowhere; define it or correct it"


def operation_ids_are_unique(t: Tables) -> Iterator[str]:
    """Every operation has an operationId of its own, aliases included."""
    ids = [operation.get("operationId") for _, _, operation in document.operations(t.openapi)]
    ids += [alias.id for alias in t.policy.aliases]
    for identifier, times in Counter(ids).items():
        if identifier is None:
            yield f"{t.file('openapi')}: {times} operations have no operationId; give each one"
        elif times > 1:
            yield f"{t.file('openapi')}: operationId {identifier!r} stands {times} times; rename one"


def operations_say_where_they_come_from(t: Tables) -> Iterator[str]:
    """Every operation has an x-provenance of the three."""
    known = ("documented", "observed", "inferred")
    for path, method, operation in document.operations(t.openapi):
        if operation.get("x-provenance") not in known:
            yield (
                f"{t.file('openapi')}: {method} {path} has x-provenance "
                f"{operation.get('x-provenance')!r}; write one of {', '.join(known)}"
            )


def permissions_are_of_known_areas(t: Tables) -> Iterator[str]:
    """Every x-permission is held by some macro, and every macro's permission is of a known area."""
    policy = t.policy.permissions
    if policy is None:
        return
    held = set(chain.from_iterable(policy.macros.values()))
    for permission in sorted(held):
        if permission.partition(":")[0] not in policy.areas:
            yield (
                f"{t.file('policy')}: permissions.macros name {permission!r}, of no area listed; "
                f"add the area or correct it{nearest(permission, held - {permission})}"
            )
    for path, method, operation in document.operations(t.openapi):
        wanted = operation.get("x-permission")
        if wanted not in held:
            yield (
                f"{t.file('openapi')}: {method} {path} wants the permission {wanted!r}, which "
                f"no macro of policy.yaml holds{nearest(str(wanted), held)}"
            )


def aliases_have_an_original(t: Tables) -> Iterator[str]:
    """Every alias stands for an operation of the document, on a path and method still free."""
    rows = {o.get("operationId"): (path, m) for path, m, o in document.operations(t.openapi)}
    taken = set(rows.values())
    for alias in t.policy.aliases:
        if alias.of not in rows:
            yield (
                f"{t.file('policy')}: alias {alias.id!r} is of {alias.of!r}, which is no operation; "
                f"correct it{nearest(alias.of, (str(i) for i in rows))}"
            )
        if (alias.path, alias.method) in taken:
            yield (
                f"{t.file('policy')}: alias {alias.id!r} takes {alias.method} {alias.path}, which "
                "openapi.yaml or another alias serves already; give it another path"
            )
        taken.add((alias.path, alias.method))


def states_are_the_schemas(t: Tables) -> Iterator[str]:
    """The states of a machine are the enum of its schema's field, no more and no fewer."""
    for name, machine in t.lifecycle.items():
        where = f"{machine.schema}.{machine.field}"
        try:
            enum = set(document.enum_of(t.openapi, machine.schema, machine.field))
        except KeyError:
            yield f"{t.file('lifecycle')}: {name} is about {where}, which has no enum; correct schema and field"
            continue
        states = _states(machine)
        for state in sorted(states - enum):
            yield f"{t.file('lifecycle')}: {name} has the state {state!r}, which {where} lacks{nearest(state, enum)}"
        for state in sorted(enum - states):
            yield f"{t.file('lifecycle')}: {name} has no arrow for {state!r} of {where}; add one"


def states_are_reachable(t: Tables) -> Iterator[str]:
    """Every state can be reached from birth."""
    for name, machine in t.lifecycle.items():
        reached: set[str] = set()
        grown = True
        while grown:
            before = len(reached)
            for row in machine.transitions:
                if not row.source or row.source[0] in reached:
                    reached.update(row.to)
            grown = len(reached) > before
        for state in sorted(_states(machine) - reached):
            yield f"{t.file('lifecycle')}: {name} never reaches {state!r}; add an arrow to it"


def arrows_are_single(t: Tables) -> Iterator[str]:
    """A trigger has at most one arrow from a state, and an arrow at most one source."""
    for key, row in t.transitions():
        if len(row.source) > 1:
            yield f"{t.file('lifecycle')}: {key} has several sources; write a row for each"
        if not row.who:
            yield f"{t.file('lifecycle')}: {key} is open to nobody; fill who"
    for key, times in Counter(key for key, _ in t.transitions()).items():
        if times > 1:
            yield f"{t.file('lifecycle')}: {key} stands {times} times; keep one"


def postings_are_defined_and_used(t: Tables) -> Iterator[str]:
    """Every post names a posting, every posting is posted and names buckets that exist."""
    posted = {row.post for _, row in t.transitions()}
    for key, row in t.transitions():
        if row.post is not None and row.post not in t.ledger.postings:
            yield (
                f"{t.file('lifecycle')}: {key} posts {row.post!r}, which ledger.yaml lacks"
                f"{nearest(row.post, t.ledger.postings)}"
            )
    for name, posting in t.ledger.postings.items():
        if name not in posted and not posting.outside:
            yield f"{t.file('ledger')}: no arrow posts {name!r}; post it in lifecycle.yaml or remove it"
        for leg in (posting.source, posting.target):
            party, _, bucket = leg.partition(".")
            if not party or not (bucket.startswith("$") or bucket in t.ledger.buckets):
                yield (
                    f"{t.file('ledger')}: posting {name!r} has the leg {leg!r}; write party.BUCKET "
                    f"with a bucket of the table{nearest(bucket, t.ledger.buckets)}"
                )
        if posting.source.partition(".")[0] != WORLD and posting.change.source is None:
            yield f"{t.file('ledger')}: posting {name!r} names no change for the leg it takes from; add change.from"


def buckets_are_used(t: Tables) -> Iterator[str]:
    """Every bucket stands in a posting, or may be chosen for one."""
    legs = {leg for row in t.ledger.postings.values() for leg in (row.source, row.target)}
    used = {leg.partition(".")[2] for leg in legs}
    chosen = any(bucket.startswith("$") for bucket in used)
    for name in t.ledger.buckets:
        if name not in used and not chosen:
            yield f"{t.file('ledger')}: no posting touches the bucket {name!r}; remove it"


def events_are_defined_and_emitted(t: Tables) -> Iterator[str]:
    """Every emitted event is catalogued, every catalogued one emitted and about a known subject."""
    emitted: set[str] = set()
    for key, row in t.transitions():
        for event, recipients in chain.from_iterable(cell.items() for cell in row.emit):
            emitted.add(event)
            if event not in t.events.events:
                yield (
                    f"{t.file('lifecycle')}: {key} emits {event!r}, which events.yaml lacks"
                    f"{nearest(event, t.events.events)}"
                )
            if not recipients:
                yield f"{t.file('lifecycle')}: {key} emits {event!r} to nobody; name its recipients"
    for name, event_row in t.events.events.items():
        if name not in emitted and not event_row.outside:
            yield f"{t.file('events')}: nothing emits {name!r}; emit it in lifecycle.yaml or remove it"
        if event_row.subject not in t.events.subjects:
            yield (
                f"{t.file('events')}: {name!r} is about {event_row.subject!r}, which is no subject"
                f"{nearest(event_row.subject, t.events.subjects)}"
            )


def errors_are_defined_and_used(t: Tables) -> Iterator[str]:
    """Codes are unique; every x-error(s) is a row, every listed row is some operation's."""
    codes = Counter(row.code for row in t.errors.refusals)
    for code, times in codes.items():
        if times > 1:
            yield f"{t.file('errors')}: code {code!r} stands {times} times; keep one"
    named: set[str] = set()
    for path, method, operation in document.operations(t.openapi):
        for code in operation.get("x-errors", ()):
            named.add(code)
            if code not in codes:
                yield f"{t.file('openapi')}: {method} {path} names the error {code!r}, which errors.yaml lacks{nearest(code, codes)}"
    for code in sorted(set(_field_codes(t.openapi)) - codes.keys()):
        yield f"{t.file('openapi')}: an x-error or x-missing is {code!r}, which errors.yaml lacks{nearest(code, codes)}"
    for row in t.errors.refusals:
        if row.where == "listed" and row.code not in named:
            yield f"{t.file('errors')}: no operation names {row.code!r} in x-errors; add it there or remove the row"


def statuses_are_documented(t: Tables) -> Iterator[str]:
    """Every error an operation may answer has a status among its responses."""
    everywhere = {row.status for row in t.errors.refusals if row.where == "every"}
    writes = {row.status for row in t.errors.refusals if row.where == "write"}
    status = {row.code: row.status for row in t.errors.refusals}
    for path, method, operation in document.operations(t.openapi):
        wanted = everywhere | {status[c] for c in operation.get("x-errors", ()) if c in status}
        if document.changes(method, operation):
            wanted |= writes
        for code in sorted(wanted - {int(s) for s in operation["responses"] if s.isdigit()}):
            yield f"{t.file('openapi')}: {method} {path} may answer {code}; add it to its responses"


def policy_codes_are_errors(t: Tables) -> Iterator[str]:
    """Every code that policy.yaml names is a row of errors.yaml."""
    codes = {row.code for row in t.errors.refusals}
    policy = t.policy
    named = {
        "bodies.malformed": policy.bodies.malformed,
        "bodies.malformed_form": policy.bodies.malformed_form,
        "bodies.invalid": policy.bodies.invalid,
        "bodies.unsupported": policy.bodies.unsupported,
        "refusals.no_route": policy.refusals.no_route,
        "refusals.no_method": policy.refusals.no_method,
        "refusals.not_http": policy.refusals.not_http,
        "refusals.no_permission": policy.refusals.no_permission,
        "refusals.bug": policy.refusals.bug,
        "refusals.too_many": policy.refusals.too_many,
        "limits.exceeded": policy.limits.exceeded if policy.limits else None,
        "idempotency.reused": policy.idempotency.reused if policy.idempotency else None,
    }
    for key, code in named.items():
        if code is not None and code not in codes:
            yield f"{t.file('policy')}: {key} is {code!r}, which errors.yaml lacks{nearest(code, codes)}"


def limits_are_of_known_buckets(t: Tables) -> Iterator[str]:
    """Every x-bucket is counted, and every bucket but the first is some operation's."""
    buckets = t.policy.limits.buckets if t.policy.limits else {}
    if t.policy.limits and not buckets:
        yield f"{t.file('policy')}: limits.buckets is empty; name at least one"
    named = set()
    for path, method, operation in document.operations(t.openapi):
        bucket = operation.get("x-bucket")
        named.add(bucket)
        if bucket is not None and bucket not in buckets:
            yield (
                f"{t.file('openapi')}: {method} {path} counts in {bucket!r}, which limits.buckets of "
                f"policy.yaml lacks{nearest(bucket, buckets)}"
            )
    for bucket in [*buckets][1:]:
        if bucket not in named:
            yield f"{t.file('policy')}: no operation counts in the bucket {bucket!r}; name it in x-bucket"


def rules_have_words(t: Tables) -> Iterator[str]:
    """Every rule a request can break has a row among the violations."""
    told = {row.keyword for row in t.errors.violations}
    bodies = [o["requestBody"] for _, _, o in document.operations(t.openapi) if "requestBody" in o]
    used = set(_rules(t.openapi, [*bodies, *_parameters(t.openapi)]))
    used |= {"http", "encoding"}
    if bodies:
        used |= {"size"} if t.policy.bodies.unsupported else {"mediaType", "size"}
    for keyword in sorted(used - told):
        yield f"{t.file('errors')}: no violation has the keyword {keyword!r}, which a request can break; add it"


def _parameters(openapi: document.Document) -> Iterator[dict[str, Any]]:
    for path, method, _ in document.operations(openapi):
        yield from document.parameters(openapi, path, method)


def _rules(openapi: document.Document, roots: list[dict[str, Any]]) -> Iterator[str]:
    """Yield the rules that the schemas of requests hold; `repeated` is that of single parameters."""
    seen: set[int] = set()
    waiting: list[Any] = list(roots)
    while waiting:
        node = document.resolve(openapi, waiting.pop())
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, dict):
            yield from node.keys() & RULES
            if node.get("in") == "query":
                yield "repeated"
            # What no alternative allows is told as one broken rule, not as those of each.
            waiting += [value for key, value in node.items() if key not in ALTERNATIVES]
        elif isinstance(node, list):
            waiting += node


def _states(machine: MachineRow) -> set[str]:
    return set(chain.from_iterable((*row.source, *row.to) for row in machine.transitions))


def _field_codes(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from (node[key] for key in ("x-error", "x-missing") if isinstance(node.get(key), str))
        for value in node.values():
            yield from _field_codes(value)
    elif isinstance(node, list):
        for value in node:
            yield from _field_codes(value)


RULES = {
    "required",
    "additionalProperties",
    "type",
    "enum",
    "format",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "anyOf",
    "oneOf",
    "not",
}
"""The keywords of a schema that a value can break."""

ALTERNATIVES = {"anyOf", "oneOf", "not"}
"""The keywords that hold schemas a value need not fit."""

CHECKS: tuple[Check, ...] = (
    reference_leads_somewhere,
    operation_ids_are_unique,
    operations_say_where_they_come_from,
    permissions_are_of_known_areas,
    aliases_have_an_original,
    states_are_the_schemas,
    states_are_reachable,
    arrows_are_single,
    postings_are_defined_and_used,
    buckets_are_used,
    events_are_defined_and_emitted,
    errors_are_defined_and_used,
    statuses_are_documented,
    policy_codes_are_errors,
    limits_are_of_known_buckets,
    rules_have_words,
)
