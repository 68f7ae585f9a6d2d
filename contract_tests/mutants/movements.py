"""Faults in money: what is reserved, paid, given back, reckoned and shown."""

from decimal import ROUND_HALF_EVEN, Decimal

import msgspec
from grafting import function, table, trusting
from mutant import Catalogue

from counterfoil.domain.ledger import Account, Entry, Posting
from counterfoil.engine.outcome import Change

MUTANTS = Catalogue()
mutant = MUTANTS.mutant
replace = msgspec.structs.replace


def without_postings(path):
    """Let a function that returns a change move no money."""
    function(path, lambda original: lambda *args: replace(original(*args), postings=()))


@mutant("money")
def nothing_reserved():
    """An approval reserves nothing."""
    without_postings("apis.expereon.reservations:hold")


@mutant("money")
def nothing_released():
    """A cancelled invoice keeps its reservation."""
    without_postings("apis.expereon.reservations:release")


@mutant("money")
def nothing_paid():
    """A settled invoice pays nobody."""
    without_postings("apis.expereon.reservations:pay_out")


@mutant("money")
def doubled_settlement():
    """A settlement pays twice: once from the reservation, once from what is available."""

    def make(original):
        def pay_out(step):
            change = original(step)
            (paid,) = change.postings
            minor, currency = paid.entries[1].delta, paid.entries[1].account.currency
            buyer = Account(step.invoice.buyer, currency, "AVAILABLE")
            seller = Account(step.invoice.seller, currency, "AVAILABLE")
            entries = (Entry(buyer, -minor, "SETTLE_OUT"), Entry(seller, minor, "SETTLE_IN"))
            again = Posting(paid.name, entries, paid.kind, paid.reference)
            return replace(change, postings=(*change.postings, again))

        return pay_out

    function("apis.expereon.reservations:pay_out", make)


@mutant("money")
def unadjusted_reservation():
    """What was approved for less is reserved and paid in full."""

    def make(original):
        def hold(step, reservation):
            return original(step, replace(reservation, amount=step.invoice.amount))

        return hold

    function("apis.expereon.reservations:hold", make)


@mutant("money")
def money_out_of_nothing():
    """Whatever arrives in a seller's balance is a cent more."""

    def make(original):
        def balance(world, account, minor, version, at):
            more = account.bucket == "AVAILABLE" and account.holder == "org_seller_1"
            return original(world, account, minor + more, version, at)

        return balance

    function("engine.commit:_balance", make)


@mutant("money")
def withdrawal_not_held():
    """What is to be withdrawn stays available."""
    posting("hold")


@mutant("money")
def refund_without_money():
    """A refund that was approved moves nothing."""
    posting("refund")


@mutant("money")
def rejected_withdrawal_kept():
    """What was not withdrawn after all stays reserved."""
    posting("unhold")


def posting(name):
    """Let the postings of a row be written to nobody's account."""

    def make(original):
        def post(world, written):
            if written.name != name:
                original(world, written)

        return post

    function("engine.commit:_post", make)


@mutant("money")
def wrong_bucket():
    """A settlement is paid into the seller's collateral."""

    def edit(found):
        found["postings"]["settle"]["to"] = "seller.COLLATERAL"

    table("ledger", edit)


@mutant("expereon")
def reckoned_in_floats():
    """Line items are reckoned in floating point and cut off."""
    reckoning(lambda quantity, price: int(float(quantity) * float(price) * 100))


@mutant("expereon")
def rounded_to_even():
    """Half a cent is rounded to the even one."""

    def reckon(quantity, price):
        exact = Decimal(quantity) * Decimal(price)
        return int(exact.quantize(Decimal("0.01"), ROUND_HALF_EVEN).scaleb(2))

    reckoning(reckon)


def reckoning(reckon):
    """Let what a line item comes to be reckoned otherwise."""
    function(
        "domain.money:line_amount",
        lambda _: lambda currency, quantity, price: reckon(quantity, price),
    )


@mutant("lists")
def float_in_money():
    """An amount is told as a number with a point."""
    trusting()

    def make(original):
        def invoice(book, world, record, role):
            told = original(book, world, record, role)
            return {**told, "amount": float(told["amount"])}

        return invoice

    function("apis.expereon.wire:invoice", make)


@mutant("expereon")
def overdraft():
    """Nobody looks whether there is enough."""
    function("apis.expereon.treasury:require_funds", lambda _: lambda *_: None)


@mutant("expereon")
def refunded_beyond():
    """More is refunded than was paid."""
    from counterfoil.domain.outcome import Refusal

    def make(original):
        def create(book, call, world):
            try:
                return original(book, call, world)
            except Refusal as refused:
                if refused.code != "REFUND_EXCEEDS_TRANSACTION":
                    raise
                call.body["amount"] = "0.01"
                return original(book, call, world)

        return create

    function("apis.expereon.refunds:create_refund", make)


@mutant("expereon")
def change_log_incomplete():
    """Releases are not in the log of changes."""

    def make(original):
        def changes(*args, **more):
            outcome = original(*args, **more)
            body = outcome.body
            items = [row for row in body["items"] if row["type"] != "RESERVE"]
            return replace(outcome, body={**body, "items": items})

        return changes

    function("apis.expereon.treasury:list_balance_change_logs", make)


@mutant("expereon")
def withdrawal_never_arrives():
    """The clock completes no withdrawal."""
    function("apis.expereon.withdrawals:complete", lambda _: lambda *_: Change())


@mutant("expereon")
def batch_claims_success():
    """A batch says of every item that it was done."""

    def make(original):
        def result(book, each):
            return {**original(book, each), "success": True}

        return result

    function("apis.expereon.bulk:_result", make)
