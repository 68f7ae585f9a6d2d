"""Everything Experi's operations decide by: the contract, the API's own rules, its kinds of record."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from counterfoil.apis.experi.records import Account, Client, Invoice, RecurringInvoice, Run
from counterfoil.contract.model import Contract
from counterfoil.contract.rows import Row, shaped
from counterfoil.domain.lifecycle import Arrow, Machine
from counterfoil.domain.money import Currency
from counterfoil.domain.outcome import Refusal, Violation, invalid
from counterfoil.engine.clock import text
from counterfoil.engine.records import Kind, Listing, Record
from counterfoil.engine.world import World

R = TypeVar("R", bound=Record)

NEVER = "~"
"""Where a date is a key of lists, what comes after all dates."""

OWED, SETTLED = "owed", "settled"
"""Whether an invoice is outstanding, as its list is counted by."""

ACCOUNT, CLOCK, DASHBOARD = "ACCOUNT", "CLOCK", "DASHBOARD"
"""Who walks arrows: the account by the API, time alone, a person in the browser."""


NAMED = {"invoice": "an invoice", "recurringInvoice": "a recurring invoice"}
"""How refusals name what a machine is about."""


class Stride(Row, frozen=True):
    """How far one interval goes."""

    days: int = 0
    months: int = 0


class MailRules(Row, frozen=True):
    """How addresses begin that do not take what is sent, and what is written unless told."""

    bounces: str
    fails: str
    subject: str
    body: str


class Rules(Row, frozen=True):
    """The `rules` of policy.yaml."""

    key_prefixes: tuple[str, ...]
    api_plans: tuple[str, ...]
    currency: str
    currencies: dict[str, int]
    digits: int
    outstanding_states: tuple[str, ...]
    late_states: tuple[str, ...]
    watched_states: tuple[str, ...]
    skipping_states: tuple[str, ...]
    paid_state_refusals: dict[str, str]
    number_digits: int
    stamps: dict[str, str]
    shown_runs: int
    frequencies: dict[str, Stride]
    mail: MailRules


@dataclass(frozen=True, slots=True)
class Kinds:
    """The kinds of record of this API."""

    account: Kind[Account]
    client: Kind[Client]
    invoice: Kind[Invoice]
    recurring: Kind[RecurringInvoice]
    run: Kind[Run]

    def all(self) -> tuple[Kind[Any], ...]:
        """Return every kind."""
        return (self.account, self.client, self.invoice, self.recurring, self.run)


@dataclass(frozen=True, slots=True)
class Rulebook:
    """What operations look things up in."""

    contract: Contract
    rules: Rules
    currencies: Mapping[str, Currency]
    kinds: Kinds

    @classmethod
    def of(cls, contract: Contract) -> "Rulebook":
        """Return the rulebook of a contract; OperatingError where its rules have another shape."""
        rules = shaped(contract.policy.rules, Rules, f"specs/{contract.api}/policy.yaml: rules")
        currencies = {code: Currency(code, decimals) for code, decimals in rules.currencies.items()}
        return cls(contract, rules, currencies, _kinds(rules))

    @property
    def invoices(self) -> Machine:
        """The state machine of invoices."""
        return self.contract.machines["invoice"]

    @property
    def recurring(self) -> Machine:
        """The state machine of recurring invoices."""
        return self.contract.machines["recurringInvoice"]

    def account(self, world: World, id: str) -> Account:
        """Return an account, which is there as long as anything of it is."""
        account = world.get(self.kinds.account, id)
        assert account is not None, f"the account {id} is gone"
        return account

    def may_call(self, account: Account) -> bool:
        """Tell whether an account has the Developer API."""
        return account.api_enabled and account.plan in self.rules.api_plans

    def wrong(self, *violations: Violation) -> Refusal:
        """Return the refusal of a request in which fields are wrong that no schema can judge."""
        return invalid(self.contract.policy.bodies.invalid, violations)


def permitted(machine: Machine, trigger: str, status: str, refused: str = "INVALID_STATE") -> Arrow:
    """Return the arrow a trigger walks from a state; Refusal with a code where there is none."""
    arrow = machine.arrow(trigger, status)
    if arrow is None:
        raise Refusal(refused, action=trigger, record=NAMED[machine.name], status=status)
    return arrow


def birth(machine: Machine, status: str) -> Arrow:
    """Return the arrow by which a record is born into a state."""
    return next(a for a in machine.arrows if a.source is None and a.targets == (status,))


def found(world: World, kind: Kind[R], owner: str, id: str, refused: str) -> R:
    """Return a record of an account; Refusal with a code where it has none of that id."""
    record = world.seen(kind, owner, id)
    if record is None:
        raise Refusal(refused)
    return record


def _kinds(rules: Rules) -> Kinds:
    def invoice_listings(invoice: Invoice) -> Iterator[Listing]:
        outstanding = invoice.status in rules.outstanding_states and invoice.amount_due > 0
        yield Listing(
            invoice.account,
            {
                "status": invoice.status,
                "currency": invoice.currency,
                "clientId": invoice.client_id,
                "recurringId": invoice.recurring_id or "",
                "issueDate": text(invoice.issue_date),
                "owed": OWED if outstanding else SETTLED,
                "owedSince": text(invoice.due_date) if outstanding else NEVER,
                "amountDue": invoice.amount_due,
                "text": f"{invoice.number}\n{invoice.po_number or ''}".casefold(),
            },
        )

    return Kinds(
        account=Kind("experi_account", Account, "account"),
        client=Kind(
            "experi_client", Client, "client", _client_listings, keys=("name", "updatedAt")
        ),
        invoice=Kind(
            "experi_invoice",
            Invoice,
            "invoice",
            invoice_listings,
            keys=("owedSince", "recurringId"),
            numeric=frozenset({"amountDue"}),
            counted=("owed", "status", "currency"),
            summed="amountDue",
        ),
        recurring=Kind(
            "experi_recurring",
            RecurringInvoice,
            "recurring",
            _recurring_listings,
            counted=("status",),
        ),
        run=Kind("experi_run", Run, "run", _run_listings),
    )


def _client_listings(client: Client) -> Iterator[Listing]:
    told = (client.name, client.company or "", client.email or "")
    keys = {
        "name": client.name.casefold(),
        "updatedAt": text(client.updated_at),
        "text": "\n".join(told).casefold(),
    }
    yield Listing(client.account, keys)


def _recurring_listings(recurring: RecurringInvoice) -> Iterator[Listing]:
    keys = {"status": recurring.status, "clientId": recurring.client_id}
    yield Listing(recurring.account, keys)


def _run_listings(run: Run) -> Iterator[Listing]:
    yield Listing(run.recurring_id, {})
