"""Everything InvoiceXpress's operations decide by: the contract, its own rules, its kinds of record."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, get_args

from counterfoil.apis.invoicexpress.document_records import Document, Paper
from counterfoil.apis.invoicexpress.records import (
    Account,
    AtState,
    Client,
    Item,
    Movement,
    Regularization,
    Sequence,
    Switchboard,
    Switches,
    Tax,
)
from counterfoil.contract.model import Contract
from counterfoil.contract.rows import Row, shaped
from counterfoil.domain.lifecycle import Machine
from counterfoil.engine.records import Kind, Listing
from counterfoil.engine.world import World
from counterfoil.operating import OperatingError, nearest

Shape = Literal[
    "list", "one", "texts", "nested", "pairs", "pair", "fields", "coded",
    "error", "message", "reason", "generic", "blank", "space", "page",
]  # fmt: skip
Spelling = Literal["texts", "numbers"]


class Fidelity(Row, frozen=True):
    """How answers look that differ between the wire and the documents."""

    document_key: Literal["own", "family"]
    line_numbers: Spelling
    client_numbers: Spelling
    sequence_id_numbers: Spelling
    sequence_key: str
    saft_key: str
    regularization: Literal["object", "list"]
    movement_id: bool
    plain_numbers_refused: bool
    tax_region_required: bool
    tax_removed: Literal["space", "blank"]
    unwrapped_breaks: bool


class ShapeRow(Row, frozen=True):
    """How some operations' refusals of a status look; without operations or status, everybody's.

    A row with a `code` is about that refusal alone.
    """

    operations: tuple[str, ...]
    status: int | None
    observed: Shape
    documented: Shape
    code: str | None = None


class NumberRow(Row, frozen=True):
    """The first id of a kind, and how far the next one is."""

    first: int
    step: int


class CounterRow(Row, frozen=True):
    """A counter of a series: how far its id is from the series', and whether it has an ATCUD."""

    offset: int
    atcud: bool


class AuthorityRow(Row, frozen=True):
    """What the tax authority makes of credentials: the `refusal` of a series, and whether new ones mend it."""

    refusal: str | None = None
    mended: bool = False


class DocumentRow(Row, frozen=True):
    """A type of document.

    `key` stands over it in bodies, `path` is the first segment of its addresses, `list` the list it is in,
    `machine` the state machine it follows, `code` what the tax authority calls it and `title` what is
    printed over it. It may be `payable`, or take back what an invoice charged (`credits`), or go with
    goods on their way (`carries`), or be `repeatable` under a uid of the caller's, or be known in one
    `country` alone. `owners` are the types that it may correct or go with.
    """

    key: str
    path: str
    list: str
    machine: str
    code: str
    title: dict[str, str]
    payable: bool = False
    credits: bool = False
    carries: bool = False
    repeatable: bool = False
    owners: tuple[str, ...] = ()
    country: str | None = None


class ExemptionRow(Row, frozen=True):
    """Why something is not taxed: what is printed, and the law it stands on."""

    text: str
    law: str


class FactoryTax(Row, frozen=True):
    """A tax that every new account has."""

    name: str
    value: str
    code: str
    default: bool = False


class Rules(Row, frozen=True):
    """The `rules` of policy.yaml."""

    fidelity: dict[str, Fidelity]
    shapes: tuple[ShapeRow, ...]
    lost: Shape
    sequence_codes: dict[str, dict[str, str]]
    other_sequence_code: str
    languages: tuple[str, ...]
    labels: dict[str, dict[str, str]]
    numbers: dict[str, NumberRow]
    counters: dict[str, CounterRow]
    per_page: int
    currency: dict[str, str]
    factory_taxes: tuple[FactoryTax, ...]
    anonymous_fiscal_id: str
    no_exemption: str
    documents: dict[str, DocumentRow]
    lists: dict[str, str]
    states: dict[str, str]
    status_words: dict[str, str]
    statuses: dict[str, dict[str, str]]
    creditable: tuple[str, ...]
    owing: tuple[str, ...]
    draft_words: dict[str, str]
    printed: tuple[str, ...]
    coded: tuple[str, ...]
    forgotten: tuple[str, ...]
    communicated: tuple[str, ...]
    authority: dict[AtState, AuthorityRow]
    postal_codes: dict[str, str]
    kept_while_paid: tuple[str, ...]
    paid_at_once: tuple[str, ...]
    stamps: dict[str, dict[str, str]]
    tax_countries: dict[str, str]
    rate_kinds: dict[str, str]
    countries: dict[str, str]
    service_units: tuple[str, ...]
    default_mechanism: str
    multibanco_entity: str
    exemptions: dict[str, ExemptionRow]
    currencies: dict[str, str]


@dataclass(frozen=True, slots=True)
class Kinds:
    """The kinds of record of this API."""

    switchboard: Kind[Switchboard]
    account: Kind[Account]
    sequence: Kind[Sequence]
    tax: Kind[Tax]
    client: Kind[Client]
    item: Kind[Item]
    regularization: Kind[Regularization]
    movement: Kind[Movement]
    document: Kind[Document]
    paper: Kind[Paper]

    def all(self) -> tuple[Kind[Any], ...]:
        """Return every kind."""
        return tuple(getattr(self, name) for name in self.__slots__)


@dataclass(frozen=True, slots=True)
class Rulebook:
    """What operations look things up in.

    `type_at` is the type of document under a path; `triggers` what may happen in each list of them.
    """

    contract: Contract
    rules: Rules
    kinds: Kinds
    type_at: Mapping[str, str]
    triggers: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, contract: Contract) -> "Rulebook":
        """Return the rulebook of a contract; OperatingError where its rules have another shape."""
        rules = shaped(contract.policy.rules, Rules, f"specs/{contract.api}/policy.yaml: rules")
        _require_known(contract, rules)
        type_at = {row.path: name for name, row in rules.documents.items()}
        return cls(contract, rules, _kinds(rules), type_at, _triggers(contract, rules))

    def machine(self, type: str) -> Machine:
        """Return the state machine of a type of document."""
        return self.contract.machines[self.rules.documents[type].machine]

    def switches(self, world: World) -> Switches:
        """Return how a world is switched."""
        board = world.get(self.kinds.switchboard, Switchboard.ONLY)
        return board.switches if board else Switches()

    def fidelity(self, world: World) -> Fidelity:
        """Return how answers look in a world."""
        return self.rules.fidelity[self.switches(world).fidelity]

    def shape(self, function: str | None, status: int, code: str, fidelity: str) -> Shape:
        """Return how a refusal of an operation looks."""
        if function is None:
            return self.rules.lost
        for row in self.rules.shapes:
            fits = not row.operations or function in row.operations
            if fits and row.status in (None, status) and row.code in (None, code):
                return row.observed if fidelity == "observed" else row.documented
        raise AssertionError(f"no row of shapes fits {function} {status}")

    def birth(self, world: World, kind: Kind[Any]) -> dict[str, Any]:
        """Return the members every new record of a kind begins with; ids are decimal numbers."""
        row = self.rules.numbers[kind.name]
        number = row.first + row.step * (world.counters.next(kind.prefix) - 1)
        return world.birth(kind, str(number))


def _require_known(contract: Contract, rules: Rules) -> None:
    """Raise OperatingError where a table names an operation, a type or a refusal that there is not."""
    named = {name for row in rules.shapes for name in row.operations}
    for name in sorted((named | rules.sequence_codes.keys()) - contract.operations.keys()):
        raise OperatingError(
            f"specs/{contract.api}/policy.yaml: rules: {name!r} is no operation; correct it"
            f"{nearest(name, contract.operations)}"
        )
    owners = {owner for row in rules.documents.values() for owner in row.owners}
    for name in sorted(owners - rules.documents.keys()):
        raise OperatingError(
            f"specs/{contract.api}/policy.yaml: rules.documents: {name!r} owns documents and is no type "
            f"of them; correct it{nearest(name, rules.documents)}"
        )

    for state in get_args(AtState):
        if state not in rules.authority:
            raise OperatingError(
                f"specs/{contract.api}/policy.yaml: rules.authority says nothing of {state!r}; add it"
            )
    for state, row in rules.authority.items():
        if row.refusal is not None and row.refusal not in contract.refusals:
            raise OperatingError(
                f"specs/{contract.api}/policy.yaml: rules.authority.{state}: {row.refusal!r} is no "
                f"refusal; correct it{nearest(row.refusal, contract.refusals)}"
            )


def _triggers(contract: Contract, rules: Rules) -> Mapping[str, frozenset[str]]:
    """Return what may happen to some document or other of each list."""
    known: dict[str, frozenset[str]] = dict.fromkeys(rules.lists, frozenset())
    for row in rules.documents.values():
        known[row.list] |= frozenset(contract.machines[row.machine].triggers)
    return known


def _kinds(rules: Rules) -> Kinds:
    """Names begin as no other API's do: the store knows a kind by its name alone."""
    return Kinds(
        switchboard=Kind("ix_switchboard", Switchboard, "ix_switchboard"),
        account=Kind("ix_account", Account, "ix_account"),
        sequence=Kind(
            "ix_sequence",
            Sequence,
            "ix_sequence",
            _sequence_listings,
            keys=("serie", "default"),
            numeric=frozenset({"default"}),
        ),
        tax=Kind(
            "ix_tax",
            Tax,
            "ix_tax",
            _tax_listings,
            keys=("name", "default"),
            numeric=frozenset({"default"}),
        ),
        client=Kind(
            "ix_client", Client, "ix_client", _client_listings, keys=("order", "name", "code")
        ),
        item=Kind("ix_item", Item, "ix_item", _item_listings, keys=("order", "name")),
        regularization=Kind(
            "ix_regularization", Regularization, "ix_regularization", _regularization_listings
        ),
        movement=Kind("ix_movement", Movement, "ix_movement", _movement_listings),
        document=Kind(
            "ix_document",
            Document,
            "ix_document",
            partial(_document_listings, rules),
            keys=("type", "status", "client", "related", "place", "uid"),
            numeric=frozenset({"before", "archived"}),
            counted=("type", "status"),
        ),
        paper=Kind("ix_paper", Paper, "ix_paper"),
    )


def _sequence_listings(sequence: Sequence) -> Iterator[Listing]:
    yield _listing(sequence.account, serie=str(sequence.serie), default=int(sequence.default))


def _tax_listings(tax: Tax) -> Iterator[Listing]:
    yield _listing(tax.account, name=tax.name, default=int(tax.default))


def _client_listings(client: Client) -> Iterator[Listing]:
    order = client.name.casefold()
    yield _listing(client.account, order=order, name=client.name, code=client.code or "")


def _item_listings(item: Item) -> Iterator[Listing]:
    yield _listing(item.account, order=item.name.casefold(), name=item.name)


def _regularization_listings(regularization: Regularization) -> Iterator[Listing]:
    """It is in the list of its client, who is of one account alone."""
    yield _listing(regularization.client)


def _movement_listings(movement: Movement) -> Iterator[Listing]:
    """It is in the list of its client, who is of one account alone."""
    yield _listing(movement.client, type=movement.type)


def _document_listings(rules: Rules, document: Document) -> Iterator[Listing]:
    loaded = document.way and document.way.loaded_at
    held = document.status not in rules.forgotten
    yield _listing(
        document.account,
        type=document.type,
        status=document.status,
        date=document.date.isoformat(),
        due=document.due_date.isoformat(),
        loaded=loaded.isoformat() if loaded else "",
        before=document.before_taxes,
        reference=document.reference or "",
        text=_searched(document),
        archived=int(document.archived),
        client=document.client.id,
        related=document.related or "",
        place=document.number.place if document.number else "",
        uid=(document.uid or "") if held else "",
    )


def _searched(document: Document) -> str:
    """Return all that a search looks through."""
    number, client = document.number, document.client
    told = [number.text if number else "", client.name, client.code, document.reference]
    told += [document.observations, *(line.name for line in document.lines)]
    return "\n".join(text for text in told if text).casefold()


def _listing(owner: str, **keys: str | int) -> Listing:
    return Listing(owner, keys)
