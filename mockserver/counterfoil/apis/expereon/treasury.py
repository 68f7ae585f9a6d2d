"""The treasury: an organisation's balances, and what became of them."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from counterfoil.apis.expereon import wire, wire_treasury
from counterfoil.apis.expereon.filters import query_of, span_of
from counterfoil.apis.expereon.records import Balance
from counterfoil.apis.expereon.rulebook import Rulebook
from counterfoil.domain.ledger import Account
from counterfoil.domain.outcome import Refusal, Violation, invalid
from counterfoil.engine.call import Call
from counterfoil.engine.clock import text
from counterfoil.engine.entries import Excerpt, Turnover, excerpt, standing, turnover
from counterfoil.engine.outcome import Outcome
from counterfoil.engine.pagination import Condition, Query, first, page, tallies
from counterfoil.engine.records import Kind
from counterfoil.engine.world import World

DAY = timedelta(days=1)

USAGE: dict[str, tuple[tuple[str, str], ...]] = {
    "deposits": (("DEPOSIT", "AVAILABLE"), ("DEPOSIT", "COLLATERAL")),
    "reserved": (("RESERVE", "RESERVED"), ("WITHDRAW_HOLD", "RESERVED")),
    "released": (("RELEASE", "RESERVED"), ("WITHDRAW_RELEASE", "RESERVED")),
    "settledIn": (("SETTLE_IN", "AVAILABLE"),),
    "settledOut": (("SETTLE_OUT", "RESERVED"),),
    "withdrawn": (("WITHDRAW_OUT", "RESERVED"),),
    "refundedIn": (("REFUND_IN", "AVAILABLE"),),
    "refundedOut": (("REFUND_OUT", "AVAILABLE"),),
}
"""What a day is summed up in: the changes of buckets that each sum is made of."""


def list_balances(book: Rulebook, call: Call, world: World) -> Outcome:
    """List the calling organisation's balances."""
    owner = own(call)
    query = query_of(call, world)
    found = page(world, book.kinds.balance, owner, query)
    return Outcome(wire.page(query, found, lambda balance: _shown(book, world, balance)))


def get_balance(book: Rulebook, call: Call, world: World) -> Outcome:
    """Read a balance of the calling organisation, by its id or by its currency."""
    return Outcome(_shown(book, world, _visible(book, call, world)))


def get_balance_summary(book: Rulebook, call: Call, world: World) -> Outcome:
    """Sum up the organisation's balances, and what is reserved in them."""
    items = [_summed(book, world, balance) for balance in _all(book, world, own(call))]
    return Outcome({"items": items, "asOf": text(world.now)})


def list_balance_change_logs(book: Rulebook, call: Call, world: World) -> Outcome:
    """List every change of a bucket of any balance of the organisation."""
    return _changes(book, call, world, {})


def list_changes_of_balance(book: Rulebook, call: Call, world: World) -> Outcome:
    """List every change of a bucket of one balance."""
    return _changes(book, call, world, {"currency": _visible(book, call, world).currency})


def get_balance_usage(book: Rulebook, call: Call, world: World) -> Outcome:
    """Tell day by day what happened to the organisation's balances."""
    owner, (since, until) = own(call), _days(book, call, world)
    wanted = call.arguments.get("currency")
    held = standing(world, owner, since)
    moved = turnover(world, owner, since, until)
    items = [
        day
        for balance in _all(book, world, owner)
        if wanted in (None, balance.currency)
        for day in _usage(book, balance.currency, held, moved, (since, until))
    ]
    return Outcome({"items": items, "granularity": "DAY"})


def own(call: Call) -> str:
    """Return the caller's organisation; another one's treasury is not found."""
    owner = call.principal.owner
    if call.arguments.get("organizationId", owner) != owner:
        raise Refusal("NOT_FOUND")
    return owner


def balance_of(book: Rulebook, world: World, organization: str, currency: str) -> Balance | None:
    """Return an organisation's balance in a currency, or None."""
    bound = (Condition("currency", "=", currency),)
    return first(world, book.kinds.balance, organization, bound)


def require_funds(book: Rulebook, world: World, account: Account, minor: int) -> None:
    """Refuse to take more out of a bucket than it holds."""
    available = world.holding(account.holder, account.currency)[account.bucket]
    if available < minor:
        form = book.currencies[account.currency].format
        raise Refusal(
            "INSUFFICIENT_BALANCE",
            field="amount",
            currency=account.currency,
            required=form(minor),
            available=form(available),
            paymentSource=account.bucket,
            bucket=account.bucket.capitalize(),
        )


def _visible(book: Rulebook, call: Call, world: World) -> Balance:
    owner, id = own(call), call.arguments["balanceId"]
    balance = world.seen(book.kinds.balance, owner, id) or balance_of(book, world, owner, id)
    if balance is None:
        raise Refusal("NOT_FOUND")
    return balance


def _all(book: Rulebook, world: World, owner: str) -> list[Balance]:
    """Return an organisation's balances, at most one a currency, by currency."""
    query = Query(0, len(book.currencies), "currency", descending=False)
    return list(page(world, book.kinds.balance, owner, query).records)


def _changes(book: Rulebook, call: Call, world: World, narrowed: dict[str, str]) -> Outcome:
    asked, owner = call.arguments, own(call)
    names = {
        "type": "change",
        "bucket": "bucket",
        "referenceId": "reference",
        "currency": "currency",
    }
    equal = {column: asked[name] for name, column in names.items() if name in asked} | narrowed
    since, until = span_of(asked)
    query = Query(asked["page"], asked["limit"], descending=asked["sortOrder"].lower() == "desc")
    found = excerpt(world, owner, Excerpt(query, equal, since, until))
    ids = {balance.currency: balance.id for balance in _all(book, world, owner)}
    items = [wire_treasury.change_log(book, line, ids[line.currency]) for line in found.lines]
    return Outcome(wire.envelope(query, items, found.total))


def _days(book: Rulebook, call: Call, world: World) -> tuple[date, date]:
    """Return the first and the last day asked for."""
    asked, most = call.arguments, book.rules.usage_days
    until = date.fromisoformat(asked["to"]) if "to" in asked else world.now.date()
    since = until - (book.rules.usage_days_default - 1) * DAY
    if "from" in asked:
        since = date.fromisoformat(asked["from"])
    if not 0 <= (until - since).days < most:
        expected = f"from or one of the {most - 1} days after it"
        broken = (Violation("to", "span", expected),)
        raise invalid(book.contract.policy.bodies.invalid, broken)
    return since, until


def _usage(
    book: Rulebook,
    currency: str,
    held: dict[tuple[str, str], int],
    moved: list[Turnover],
    days: tuple[date, date],
) -> Iterator[wire.Json]:
    """Yield the days of a balance, each beginning with what the one before ended with."""
    total = sum(held.get((currency, bucket), 0) for bucket in wire.BUCKETS)
    reserved = held.get((currency, "RESERVED"), 0)
    form, (since, until) = book.currencies[currency].format, days
    by_day = defaultdict[date, list[Turnover]](list)
    for row in moved:
        if row.currency == currency:
            by_day[row.day].append(row)
    for place in range((until - since).days + 1):
        rows = by_day[day := since + place * DAY]
        peaks = [row.peak for row in rows if row.bucket == "RESERVED"]
        amounts = {"opening": total, **{name: _sum(rows, name) for name in USAGE}}
        total += sum(row.delta for row in rows)
        peak = max([reserved, *peaks])
        reserved += sum(row.delta for row in rows if row.bucket == "RESERVED")
        amounts |= {"closing": total, "peakReserved": peak}
        yield wire_treasury.usage(form, day.isoformat(), currency, amounts)


def _sum(rows: list[Turnover], name: str) -> int:
    return sum(abs(row.delta) for row in rows if (row.change, row.bucket) in USAGE[name])


def _summed(book: Rulebook, world: World, balance: Balance) -> wire.Json:
    """Return a balance's buckets, and what its reserved one is made of."""
    kinds, form = book.kinds, book.currencies[balance.currency].format
    held = world.holding(balance.organization, balance.currency)
    withdrawals = _open(world, kinds.withdrawal, balance, book.rules.withdrawal_holds)
    reservations = _open(world, kinds.reservation, balance, ("ACTIVE",))
    buckets = {bucket.lower(): form(held[bucket]) for bucket in wire.BUCKETS}
    return {
        "currency": balance.currency,
        **buckets,
        "total": form(sum(held[bucket] for bucket in wire.BUCKETS)),
        "pendingWithdrawals": form(withdrawals),
        "activeReservations": form(reservations),
    }


def _open(world: World, kind: Kind[Any], balance: Balance, states: tuple[str, ...]) -> int:
    """Return what the records of a kind that are in some states amount to in a balance."""
    return sum(
        tally.total
        for tally in tallies(world, kind, balance.organization)
        if tally.values["currency"] == balance.currency and tally.values["status"] in states
    )


def _shown(book: Rulebook, world: World, balance: Balance) -> wire.Json:
    held = world.holding(balance.organization, balance.currency)
    reserved = {"status": "ACTIVE", "source": "COLLATERAL", "currency": balance.currency}
    collateral_used = sum(
        tally.total
        for tally in tallies(world, book.kinds.reservation, balance.organization)
        if tally.values == reserved
    )
    return wire_treasury.balance(book, balance, held, collateral_used)
