"""What the verifier has to know of an API that its contract cannot say.

Each API tells it in `contract_tests/<api>/subject.py`, which holds two functions: `settings_of(world)`
returns the settings of a world of our own mock, and `subject(settings)` what is verified with them.
Settings are named as environment variables are; where they come from is the command's business.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from counterfoil import resources
from counterfoil.operating import OperatingError, nearest
from counterfoil.verify.exchange import Exchange

if TYPE_CHECKING:
    from counterfoil.verify.checks.check import Check
    from counterfoil.verify.run import Run

Json = Any
Settings = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Key:
    """A credential as it goes over the wire: headers or parameters of the query, by name."""

    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who calls the API: the key that may do everything, and narrower ones by their macro.

    `places` are the path parameters that always mean this party.
    """

    name: str
    key: Key
    keys: Mapping[str, Key] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Action:
    """How a trigger is pulled: an operation, the body it takes for a record, and what its path names.

    Without `path` it names the record.
    """

    operation: str
    body: Callable[[Json], Json] | None = None
    path: Callable[[Json], Mapping[str, Any]] | None = None


@dataclass(frozen=True, slots=True)
class Life:
    """How the records of a state machine are made, moved and looked at.

    `make` returns a new one, as it was answered; `parameter` is where its id stands in paths, `roles`
    say which party plays a role of the table, and one may play several; `requester` which role made the
    open request of a record; `prepare` sees to what `make` needs; `sees` tells from the triggers so far
    whether a role may know of a record; `movement` is the amount that a trigger moves. `inside` takes
    the record out of what an answer wraps it in; `refusals` are the codes, by trigger and state, of what no arrow allows where it is not the general
    one. Of several births `make` is the first of the table.
    """

    machine: str
    parameter: str
    read: str
    make: Callable[["Run"], Json]
    actions: Mapping[str, Action]
    roles: Mapping[str, str]
    stranger: str | None = None
    prepare: Callable[["Run"], None] = lambda _: None
    requester: Callable[[Json], str | None] = lambda _: None
    sees: Callable[[str, Sequence[str]], bool] = lambda *_: True
    movement: Callable[[str, Json], Decimal] = lambda *_: Decimal(0)
    state: Callable[[Json], str] = lambda record: str(record["status"])
    inside: Callable[[Json], Json] = lambda answer: answer
    refusals: Mapping[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Filter:
    """A parameter of a list: the values to try, from all items, and which items they keep.

    `refused` is a value that is not allowed.
    """

    parameter: str
    values: Callable[[Sequence[Json]], Sequence[str]]
    keeps: Callable[[Json, str], bool]
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """A list: the operation, who reads it, the keys it sorts by, and its filters.

    `sorts` return what items are compared by, for each value of the sort parameter; `fill` sees to
    it that there is something in it; `whole` are the parameters that show everything.
    """

    operation: str
    party: str
    sorts: Mapping[str, Callable[[Json], Any]] = field(default_factory=dict)
    filters: Sequence[Filter] = ()
    fill: Callable[["Run"], None] | None = None
    whole: Mapping[str, str] = field(default_factory=dict)
    id: Callable[[Json], str] = lambda item: str(item["id"])
    export: str | None = None


@dataclass(frozen=True, slots=True)
class Paging:
    """How lists are cut into pages, and what a page says of itself."""

    page: str
    limit: str
    most: int
    items: Callable[[Json], Sequence[Json]]
    total: Callable[[Json], int]
    pages: Callable[[Json], int]
    first: int = 0
    sort: str = "sortBy"
    order: str = "sortOrder"
    refused: str = ""
    sort_refused: str = ""
    filter_refused: str = ""


@dataclass(frozen=True, slots=True)
class Codes:
    """The codes of errors.yaml that checks expect."""

    state: str
    unseen: str
    role: str | None = None
    missing: Sequence[str] = ()
    wrong: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Hooks:
    """How webhooks are received: registering an endpoint, and reading what comes.

    `register` takes the party, the address, the events and the secret; `parties` are who is told.
    `about` names the member of an event's data that says which record it is about, where that is not
    the first one of its subject.
    """

    register: Callable[["Run", str, str, Sequence[str], str], Exchange]
    remove: Callable[["Run", str, Exchange], None]
    happen: Callable[["Run"], str]
    parties: Sequence[str]
    about: Mapping[str, str] = field(default_factory=dict)
    envelope: Sequence[str] = ("id", "type", "timestamp", "data")


@dataclass(frozen=True, slots=True)
class Creation:
    """An operation that makes something, for the laws of retries.

    `body` returns a valid body that was never used, `changed` one that asks for something else;
    `count` tells how many things such a body has made.
    """

    operation: str
    party: str
    body: Callable[["Run"], Json]
    changed: Callable[[Json], Json]
    count: Callable[["Run", Json], int]
    broken: Callable[[Json], Json] | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """An API as the verifier meets it.

    `error` reads the code of a refusal, `facts` the members its details carry. `balances` returns
    what a party has in each bucket of the ledger; `holder` says whom a leg of a posting means.
    `belongings` makes one of everything that belongs to a party and returns path parameters that lead
    there; `bodies` are valid ones for operations whose examples in the document do not do. `document`
    returns what of the API's document the server goes by, where that is not all of it; `prepare` brings
    a sandbox to where it is verified, before anything is asked. `checks` are those that only this API
    has, `secrets` what no output may show, `environment` the settings.
    """

    members: Mapping[str, Member]
    lives: Sequence[Life]
    codes: Codes
    error: Callable[[Exchange], str | None]
    facts: Callable[[Exchange], set[str]]
    paging: Paging | None = None
    listings: Sequence[Listing] = ()
    creations: Sequence[Creation] = ()
    hooks: Hooks | None = None
    balances: Callable[["Run", str], Mapping[str, Decimal]] | None = None
    holder: Mapping[str, str] = field(default_factory=dict)
    belongings: Callable[["Run"], tuple[str, Mapping[str, str]]] | None = None
    bodies: Mapping[str, Json] = field(default_factory=dict)
    document: Callable[[Mapping[str, Json]], Mapping[str, Json]] = lambda written: written
    prepare: Callable[["Run"], None] = lambda _: None
    checks: Sequence["Check"] = ()
    secrets: Mapping[str, str] = field(default_factory=dict)
    environment: Settings = field(default_factory=dict)
    exempt: Mapping[str, str] = field(default_factory=dict)
    """What can not be reached by calling the API, and why: refusal codes, events, operations."""


def module_of(api: str) -> ModuleType:
    """Return the module that tells of an API; OperatingError where there is none."""
    if api not in subjects():
        known = ", ".join(subjects())
        raise OperatingError(
            f"There is no API {api!r} to verify{nearest(api, subjects())}; known are {known}"
        )
    # The folder is made a package of its own: it stands in a checkout or in a wheel, on no path.
    package = ModuleType(f"counterfoil_verifies_{api}")
    package.__path__ = [str(resources.root() / "contract_tests" / api)]
    sys.modules.setdefault(package.__name__, package)
    return import_module(f"{package.__name__}.subject")


def subjects() -> list[str]:
    """Return the names of the APIs that can be verified."""
    return sorted(f.parent.name for f in (resources.root() / "contract_tests").glob("*/subject.py"))
