"""What happens from outside: plans and addresses change, the dashboard is used, a run is not waited for."""

from typing import Any

from msgspec.structs import replace

from counterfoil.apis.experi import wire
from counterfoil.apis.experi.occurrences import occurred
from counterfoil.apis.experi.records import Account
from counterfoil.apis.experi.rulebook import DASHBOARD, Rulebook
from counterfoil.apis.experi.walk import Walk
from counterfoil.domain.outcome import Refusal
from counterfoil.engine import credentials
from counterfoil.engine.call import Call
from counterfoil.engine.clock import text
from counterfoil.engine.outcome import Change, Outcome, Put
from counterfoil.engine.records import revised
from counterfoil.engine.store import Store
from counterfoil.engine.world import World

CREATED = 201

MEMBERS = {
    "plan": "plan",
    "apiEnabled": "api_enabled",
    "emailVerified": "email_verified",
    "invoicePrefix": "invoice_prefix",
    "paymentTermsDays": "payment_terms_days",
}
"""What may be changed of an account, and what the record calls it."""


def get_account(book: Rulebook, call: Call, world: World, store: Store) -> Outcome:
    """Tell what is known of the world's account."""
    return Outcome(_told(book, world, _account(book, world)))


def change_account(book: Rulebook, call: Call, world: World, store: Store) -> Outcome:
    """Change the plan, the switches and the settings of the world's account."""
    before, kind = _account(book, world), book.kinds.account
    changes = {MEMBERS[name]: value for name, value in call.body.items()}
    after = revised(before, world.now, **changes)
    return Outcome(_told(book, world, after), Change(puts=(Put(kind, after, before),)))


def run_recurring_invoice(book: Rulebook, call: Call, world: World, store: Store) -> Outcome:
    """Make the next invoice of a recurring one now; the occurrences that are to come stay."""
    id, kind = call.arguments["recurringInvoiceId"], book.kinds.recurring
    before = world.get(kind, id)
    if before is None:
        raise Refusal("NO_SUCH_SUBJECT", kind="recurring invoice", id=id)
    if before.next_run is None:
        raise Refusal("NOT_POSSIBLE", reason=f"The recurring invoice {id} is {before.status}")
    invoice, made = occurred(book, world, before, world.now)
    generated = before.generated + (invoice is not None)
    after = revised(before, world.now, last_run=world.now, generated=generated)
    change = made + Change(puts=(Put(kind, after, before),))
    shown = {"invoiceId": invoice and invoice.id, "recurringInvoiceId": id}
    return Outcome(shown, change, status=CREATED)


def cancel_invoice(book: Rulebook, call: Call, world: World, store: Store) -> Outcome:
    """Cancel an invoice of which nothing was paid, as a person does in the browser."""
    id, kind = call.arguments["invoiceId"], book.kinds.invoice
    before = world.get(kind, id)
    if before is None:
        raise Refusal("NO_SUCH_SUBJECT", kind="invoice", id=id)
    arrow = book.invoices.arrow("cancel", before.status)
    if arrow is None:
        raise Refusal("NOT_POSSIBLE", reason=f"The invoice {id} is {before.status}")
    if before.amount_paid:
        raise Refusal("NOT_POSSIBLE", reason=f"Something was paid of the invoice {id}")
    after = revised(before, world.now, status=arrow.target)
    change = Walk(book, world, arrow, DASHBOARD.lower(), DASHBOARD).invoice(after, before)
    return Outcome({"id": id, "status": after.status}, change)


def revoke_key(book: Rulebook, call: Call, world: World, store: Store) -> Outcome:
    """Revoke a key of the account, as a person does in the browser."""
    scope, owner = call.arguments["scope"], _account(book, world).id
    held = credentials.of_owner(world, book.contract.api, owner)
    key = next((key for key in held if key.name == scope), None)
    if key is None:
        raise Refusal("NO_SUCH_SUBJECT", kind="key", id=scope)
    at = key.revoked_at or world.now
    change = Change(credentials=(replace(key, revoked_at=at),))
    return Outcome({"scope": scope, "revokedAt": text(at)}, change)


def _account(book: Rulebook, world: World) -> Account:
    for account in world.every(book.kinds.account):
        return account
    raise Refusal("NO_SUCH_SUBJECT", kind="account", id="of Experi")


def _told(book: Rulebook, world: World, account: Account) -> dict[str, Any]:
    """Return an account, and what it received in each currency."""
    received = {
        code: world.holding(account.id, code)["RECEIVED"] for code in sorted(book.currencies)
    }
    return wire.account(account) | {
        "received": [
            {"currency": code, "amount": wire.money(book.currencies[code], minor)}
            for code, minor in received.items()
            if minor
        ]
    }
