"""The shapes of the tables in `specs/<api>/`: what a row may hold.

These mirror the YAML. `counterfoil.contract.load` turns them into the values the engine works with.
"""

from datetime import timedelta
from typing import Annotated, Literal, TypeVar

import msgspec

from counterfoil.operating import OperatingError

T = TypeVar("T")
Provenance = Literal["documented", "observed", "inferred"]


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row that refuses a column it does not know."""


def shaped(content: object, shape: type[T], where: str) -> T:
    """Return content that was read in the shape it should have.

    Raises OperatingError, naming the key, where it has another; `where` is what the message calls it.
    """
    try:
        return msgspec.convert(content, shape)
    except msgspec.ValidationError as error:
        raise OperatingError(f"{where}: {error}; correct that key") from None


class TransitionRow(Row, frozen=True):
    """An arrow of a state machine, as lifecycle.yaml spells it; `needs` names members of the request."""

    trigger: str
    source: tuple[str, ...] = msgspec.field(name="from")
    to: tuple[str, ...]
    who: tuple[str, ...]
    emit: tuple[dict[str, tuple[str, ...]], ...]
    provenance: Provenance
    post: str | None = None
    needs: tuple[str, ...] = ()


class MachineRow(Row, frozen=True):
    """A state machine: the schema and field whose enum lists its states, and its arrows."""

    schema: str
    field: str
    transitions: tuple[TransitionRow, ...]


class BucketRow(Row, frozen=True):
    """A kind of account and the least it may hold."""

    minimum: int | None
    provenance: Provenance


class ChangeRow(Row, frozen=True):
    """What the balance change log calls each leg of a posting."""

    source: str | None = msgspec.field(name="from", default=None)
    target: str | None = msgspec.field(name="to", default=None)


class PostingRow(Row, frozen=True):
    """A posting: the leg money leaves, the leg it arrives at; `outside`: no arrow makes it."""

    source: str = msgspec.field(name="from")
    target: str = msgspec.field(name="to")
    change: ChangeRow
    provenance: Provenance
    outside: bool = False


class LedgerTable(Row, frozen=True):
    """ledger.yaml."""

    buckets: dict[str, BucketRow]
    postings: dict[str, PostingRow]


class EventRow(Row, frozen=True):
    """An event: what it is about and when it happens; `outside`: no arrow emits it."""

    subject: str
    when: str
    provenance: Provenance
    outside: bool = False


class EventTable(Row, frozen=True):
    """events.yaml."""

    subjects: dict[str, tuple[str, ...]]
    events: dict[str, EventRow]


class RefusalRow(Row, frozen=True):
    """An error the API answers with; `translations` are its message in other languages."""

    code: str
    status: int
    where: Literal["every", "write", "route", "listed"]
    message: str
    facts: tuple[str, ...]
    provenance: Provenance
    translations: dict[str, str] = {}


class ViolationRow(Row, frozen=True):
    """What a detail says of a field that broke one rule; `translations` as in a refusal."""

    keyword: str
    code: str
    message: str
    translations: dict[str, str] = {}


class ErrorTable(Row, frozen=True):
    """errors.yaml."""

    refusals: tuple[RefusalRow, ...]
    violations: tuple[ViolationRow, ...]


class ServicePolicy(Row, frozen=True):
    """Where an API is served: `port` is counted from the hub's, `hosts` may start with `*.`.

    `json_type` is how its answers name JSON.
    """

    title: str
    port: int
    hosts: tuple[str, ...]
    json_type: str = "application/json"


class PermissionPolicy(Row, frozen=True):
    """The areas of permission, and the macros that stand for many permissions."""

    areas: tuple[str, ...]
    macros: dict[str, tuple[str, ...]]


class IdempotencyPolicy(Row, frozen=True):
    """How a retry is recognised and answered.

    `field` of the request marks it, for `lifetime` of the world's time (ISO 8601 in the file);
    `ignored` are left out when two requests are compared; `reused` is the code of another request
    under the same mark.
    """

    field: str
    ignored: tuple[str, ...]
    lifetime: timedelta
    replay_header: str
    reused: str


class BodyPolicy(Row, frozen=True):
    """How large a request body may be, and the codes of a body that is not right.

    `unsupported` is that of a body of another type than JSON, where it is not one violation of many.
    """

    max_bytes: int
    malformed: str
    malformed_form: str
    invalid: str
    unsupported: str | None = None


class RefusalPolicy(Row, frozen=True):
    """The codes of the refusals that the server raises whatever the API does."""

    no_route: str
    no_method: str
    not_http: str
    bug: str
    no_permission: str | None = None
    too_many: str | None = None


class AliasRow(Row, frozen=True):
    """A second address of an operation.

    `links` tells whether the links of the original's answers hold of its own: not where things stand
    elsewhere in them.
    """

    id: str
    of: str
    method: str
    path: str
    provenance: Provenance
    links: bool = True


class SignaturePolicy(Row, frozen=True):
    """The headers that carry a signature, and its format unless an endpoint chooses another."""

    headers: tuple[str, ...]
    format: str


class WebhookPolicy(Row, frozen=True):
    """How events are sent.

    `deadline` is what an endpoint has to answer in, `retries` how long after a failed attempt the
    next one is made, `endpoints` how many an organisation may have. The values of `headers` are
    filled with `event`, `type`, `attempt` and `timestamp` (seconds since 1970).
    """

    deadline: timedelta
    retries: tuple[timedelta, ...]
    endpoints: int
    headers: dict[str, str]
    signature: SignaturePolicy


class LimitPolicy(Row, frozen=True):
    """How many requests a key may make within a window, where a world counts them.

    `buckets` are counted each by itself: an operation counts in the one its `x-bucket` names, or in
    the first.
    """

    buckets: dict[str, Annotated[int, msgspec.Meta(gt=0)]]
    window: timedelta
    exceeded: str


class PolicyTable(Row, frozen=True):
    """policy.yaml; `rules` are the API's own and typed in its folder."""

    service: ServicePolicy
    bodies: BodyPolicy
    refusals: RefusalPolicy
    permissions: PermissionPolicy | None = None
    idempotency: IdempotencyPolicy | None = None
    webhooks: WebhookPolicy | None = None
    limits: LimitPolicy | None = None
    aliases: tuple[AliasRow, ...] = ()
    rules: dict[str, object] = {}
