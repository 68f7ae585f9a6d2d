"""Withdrawals: asked for, decided on, and paid out on the world's clock."""

from counterfoil.apis.expereon import transactions, wire, wire_treasury
from counterfoil.apis.expereon.filters import query_of
from counterfoil.apis.expereon.pricing import amount_of, raise_if_imprecise
from counterfoil.apis.expereon.records import Destination, Withdrawal
from counterfoil.apis.expereon.rulebook import Rulebook
from counterfoil.apis.expereon.treasury import own, require_funds
from counterfoil.apis.expereon.walk import Walk, permitted
from counterfoil.domain.ledger import Account
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.call import Call
from counterfoil.engine.outcome import Change, Job, Outcome, Put
from counterfoil.engine.pagination import page
from counterfoil.engine.records import revised
from counterfoil.engine.world import World

OWNER, CLOCK, BANK = "OWNER", "CLOCK", "BANK"
"""Who walks arrows of a withdrawal: its organisation, time alone, whoever was to receive it."""


def list_withdrawals(book: Rulebook, call: Call, world: World) -> Outcome:
    """List the organisation's withdrawals."""
    owner, query = own(call), query_of(call, world)
    found = page(world, book.kinds.withdrawal, owner, query)
    return Outcome(wire.page(query, found, lambda row: wire_treasury.withdrawal(book, row)))


def submit_withdrawal(book: Rulebook, call: Call, world: World) -> Outcome:
    """Ask for money out of the treasury, which is held from now on."""
    owner, body, kind = own(call), call.body, book.kinds.withdrawal
    currency = book.currencies[body["currency"]]
    raise_if_imprecise(book, currency, {"amount": body["amount"]})
    amount = amount_of(currency, body["amount"])
    require_funds(book, world, Account(owner, currency.code, "AVAILABLE"), amount)
    arrow = book.withdrawals.arrow("submit", None)
    assert arrow is not None
    withdrawal = Withdrawal(
        **world.birth(kind),
        organization=owner,
        amount=amount,
        currency=currency.code,
        status=arrow.target,
        destination=_destination(body["destination"]),
        requested_by=call.principal.id,
    )
    change = Walk(book, world, kind, arrow, owner, OWNER).changed(withdrawal)
    return Outcome(wire_treasury.withdrawal(book, withdrawal), change, withdrawal.id)


def get_withdrawal(book: Rulebook, call: Call, world: World) -> Outcome:
    """Read a withdrawal of the organisation."""
    return Outcome(wire_treasury.withdrawal(book, _visible(book, call, world)))


def approve_withdrawal(book: Rulebook, call: Call, world: World) -> Outcome:
    """Approve a withdrawal: what is held stays held until it arrives."""
    done = _decided(book, call, world, "approve")
    assert done.resource is not None
    due = world.now + book.rules.withdrawal_processing
    completion = Change(jobs=(Job("withdrawal.completion", done.resource, due),))
    return Outcome(done.body, done.change + completion, done.resource)


def reject_withdrawal(book: Rulebook, call: Call, world: World) -> Outcome:
    """Refuse a withdrawal: what was held is available again."""
    return _decided(book, call, world, "reject", call.body["reason"])


def cancel_withdrawal(book: Rulebook, call: Call, world: World) -> Outcome:
    """Take a withdrawal back: what was held is available again."""
    return _decided(book, call, world, "cancel")


def complete(book: Rulebook, world: World, id: str) -> Change:
    """Pay out a withdrawal whose time has come, unless it failed on the way."""
    kind = book.kinds.withdrawal
    before = world.get(kind, id)
    assert before is not None, f"{id} is gone"
    arrow = book.withdrawals.arrow("complete", before.status)
    if arrow is None:
        return Change()
    written = transactions.withdrawn(book, world, before)
    after = revised(
        before,
        world.now,
        status=arrow.target,
        transaction_id=written.id,
        completed_at=world.now,
    )
    walk = Walk(book, world, kind, arrow, CLOCK.lower(), CLOCK)
    return Change(puts=(Put(book.kinds.transaction, written),)) + walk.changed(after, before)


def fail(
    book: Rulebook, world: World, before: Withdrawal, code: str
) -> tuple[Withdrawal, Change] | None:
    """Return a withdrawal that failed and what changes with it, or None where it cannot fail now."""
    arrow = book.withdrawals.arrow("fail", before.status)
    if arrow is None:
        return None
    after = revised(before, world.now, status=arrow.target, failure_code=code)
    walk = Walk(book, world, book.kinds.withdrawal, arrow, BANK.lower(), BANK)
    return after, walk.changed(after, before)


def _visible(book: Rulebook, call: Call, world: World) -> Withdrawal:
    kind, id = book.kinds.withdrawal, call.arguments["withdrawalId"]
    withdrawal = world.seen(kind, own(call), id)
    if withdrawal is None:
        raise Refusal("NOT_FOUND")
    return withdrawal


def _decided(
    book: Rulebook, call: Call, world: World, trigger: str, reason: str | None = None
) -> Outcome:
    """Return the outcome of a decision on a withdrawal of the caller's organisation."""
    before = _visible(book, call, world)
    arrow = permitted(book.withdrawals, trigger, before, OWNER, call)
    after = revised(
        before,
        world.now,
        status=arrow.target,
        decided_by=call.principal.id,
        decided_at=world.now,
        rejection_reason=reason,
    )
    walk = Walk(book, world, book.kinds.withdrawal, arrow, before.organization, OWNER)
    return Outcome(wire_treasury.withdrawal(book, after), walk.changed(after, before), after.id)


def _destination(body: wire.Json) -> Destination:
    return Destination(
        type=body["type"],
        account_number_last4=body.get("accountNumberLast4"),
        bank_name=body.get("bankName"),
        reference=body.get("reference"),
    )
