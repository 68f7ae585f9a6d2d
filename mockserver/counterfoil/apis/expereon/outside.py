"""What happens from outside: organisations join and connect, money arrives, accounts are frozen."""

from datetime import timedelta
from typing import Any

import msgspec

from counterfoil.apis.expereon import auth, payloads, wire, withdrawals
from counterfoil.apis.expereon.records import (
    Balance,
    Connection,
    Organization,
    SettlementFault,
    SettlementTerms,
)
from counterfoil.apis.expereon.rulebook import Rulebook
from counterfoil.apis.expereon.transactions import deposited
from counterfoil.apis.expereon.treasury import balance_of
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.call import Call
from counterfoil.engine.outcome import Change, Event, Outcome, Put
from counterfoil.engine.records import revised
from counterfoil.engine.store import Store
from counterfoil.engine.world import World

CREATED = 201

MOST = 10**18
"""The most minor units that may arrive in a bucket: sums of several are still exact everywhere."""


def create_organization(book: Rulebook, call: Call, world: World, store: Store) -> Outcome:
    """Let an organisation join, with keys of its own."""
    alias = call.body["alias"]
    if _named(book, world, alias) is not None:
        raise Refusal("NAME_TAKEN", name=alias)
    kind = book.kinds.organization
    name = call.body.get("name", alias)
    organization = Organization(**world.birth(kind), alias=alias, name=name)
    admitted = auth.admitted(book, world, organization)
    return Outcome(admitted, Change(puts=(Put(kind, organization),)), status=CREATED)


def deposit_funds(book: Rulebook, call: Call, world: World, store: Store) -> Outcome:
    """Let money arrive in a bucket of an organisation's balance, which is opened if need be."""
    organization, body = _organization(book, call, world), call.body
    currency, kind = book.currencies[body["currency"]], book.kinds.balance
    minor = currency.parse(body["amount"])
    if not minor:
        raise Refusal(
            "NOT_POSSIBLE",
            reason=f"{body['amount']} is no amount that can arrive in {currency.code}",
        )
    held = balance_of(book, world, organization.id, currency.code)
    balance = held or Balance(
        **world.birth(kind), organization=organization.id, currency=currency.code
    )
    bucket = body.get("bucket", "AVAILABLE")
    opened = Change(puts=() if held else (Put(kind, balance),))
    change = opened + deposited(book, world, balance, bucket, minor)
    had = world.holding(organization.id, currency.code)
    if had[bucket] + minor > MOST:
        raise Refusal("NOT_POSSIBLE", reason=f"No balance holds more than {currency.format(MOST)}")
    has = {name: had[name] + (minor if name == bucket else 0) for name in wire.BUCKETS}
    return Outcome(
        {"organizationId": organization.id, "currency": currency.code}
        | {name.lower(): currency.format(amount) for name, amount in has.items()},
        change,
        status=CREATED,
    )


def block_organization(book: Rulebook, call: Call, world: World, store: Store) -> Outcome:
    """Freeze an organisation's account."""
    return _blocked(book, call, world, blocked=True)


def unblock_organization(book: Rulebook, call: Call, world: World, store: Store) -> Outcome:
    """Unfreeze an organisation's account."""
    return _blocked(book, call, world, blocked=False)


def connect_organizations(book: Rulebook, call: Call, world: World, store: Store) -> Outcome:
    """Connect a seller and a buyer, who are both told."""
    body, kind = call.body, book.kinds.connection
    seller, buyer = (_named(book, world, body[role]) for role in ("seller", "buyer"))
    if seller is None or buyer is None or seller.id == buyer.id:
        reason = "Name two organisations of the world that are not the same"
        raise Refusal("NOT_POSSIBLE", reason=reason)
    connection = Connection(
        **world.birth(kind), seller=seller.id, buyer=buyer.id, currency=body["currency"]
    )
    change = Change(
        puts=(Put(kind, connection),), events=(_told(book, world, "created", connection),)
    )
    return Outcome(wire.connection(connection), change, status=CREATED)


def suspend_connection(book: Rulebook, call: Call, world: World, store: Store) -> Outcome:
    """Suspend a connection; both parties are told."""
    return _switched(book, call, world, "SUSPENDED", "suspended")


def reactivate_connection(book: Rulebook, call: Call, world: World, store: Store) -> Outcome:
    """Make a suspended connection active again; both parties are told."""
    return _switched(book, call, world, "ACTIVE", "reactivated")


def fail_settlements(book: Rulebook, call: Call, world: World, store: Store) -> Outcome:
    """Let the next settlements of the world fail with a code."""
    kind, asked = book.kinds.settlement_fault, call.body
    before = world.get(kind, SettlementFault.ONLY)
    changes = {"count": asked["count"], "code": asked["code"]}
    if before is None:
        fault = SettlementFault(**world.birth(kind, SettlementFault.ONLY), **changes)
    else:
        fault = revised(before, world.now, **changes)
    return Outcome(dict(asked), Change(puts=(Put(kind, fault, before),)))


def change_settings(book: Rulebook, call: Call, world: World, store: Store) -> Outcome:
    """Say how long holds last that are made from now on, and whether what is due is settled by itself."""
    kind, asked = book.kinds.settlement_terms, call.body
    before = world.get(kind, SettlementTerms.ONLY)
    terms = before or SettlementTerms(
        **world.birth(kind, SettlementTerms.ONLY),
        window=book.rules.settlement_window,
        auto=book.rules.auto_settle,
    )
    changes: dict[str, Any] = {}
    if "settlementWindow" in asked:
        given = asked["settlementWindow"]
        changes["window"] = None if given is None else msgspec.convert(given, timedelta)
    if "autoSettle" in asked:
        changes["auto"] = asked["autoSettle"]
    if before is None:
        terms = msgspec.structs.replace(terms, **changes)
    else:
        terms = revised(before, world.now, **changes)
    shown = {
        "settlementWindow": msgspec.to_builtins(terms.window),
        "autoSettle": terms.auto,
    }
    return Outcome(shown, Change(puts=(Put(kind, terms, before),)))


def fail_withdrawal(book: Rulebook, call: Call, world: World, store: Store) -> Outcome:
    """Let the bank refuse a withdrawal that was approved: what was held is available again."""
    kind, id = book.kinds.withdrawal, call.arguments["withdrawalId"]
    before = world.get(kind, id)
    if before is None:
        raise Refusal("NO_SUCH_SUBJECT", kind="withdrawal", id=id)
    failed = withdrawals.fail(book, world, before, call.body["code"])
    if failed is None:
        raise Refusal("NOT_POSSIBLE", reason=f"The withdrawal {id} is {before.status}")
    after, change = failed
    shown = {"id": after.id, "status": after.status, "failureCode": after.failure_code}
    return Outcome(shown, change)


def _switched(book: Rulebook, call: Call, world: World, status: str, event: str) -> Outcome:
    kind, id = book.kinds.connection, call.arguments["connectionId"]
    before = world.get(kind, id)
    if before is None:
        raise Refusal("NO_SUCH_SUBJECT", kind="connection", id=id)
    if before.status == status:
        raise Refusal("NOT_POSSIBLE", reason=f"The connection {id} is {status} already")
    after = revised(before, world.now, status=status)
    change = Change(puts=(Put(kind, after, before),), events=(_told(book, world, event, after),))
    return Outcome(wire.connection(after), change)


def _blocked(book: Rulebook, call: Call, world: World, *, blocked: bool) -> Outcome:
    before, kind = _organization(book, call, world), book.kinds.organization
    if before.blocked is blocked:
        state = "blocked" if blocked else "not blocked"
        raise Refusal("NOT_POSSIBLE", reason=f"The organisation {before.id} is {state} already")
    after = revised(before, world.now, blocked=blocked)
    shown = {"id": after.id, "alias": after.alias, "name": after.name, "blocked": blocked}
    return Outcome(shown, Change(puts=(Put(kind, after, before),)))


def _told(book: Rulebook, world: World, what: str, connection: Connection) -> Event:
    members = {
        "connectionId": connection.id,
        "status": connection.status,
        "currency": connection.currency,
        "buyerOrganizationId": connection.buyer,
        "sellerOrganizationId": connection.seller,
    }
    data = payloads.event_data(book, "connection", members)
    recipients = (connection.seller, connection.buyer)
    return Event(world.next_id("evt"), f"connection.{what}", recipients, data)


def _organization(book: Rulebook, call: Call, world: World) -> Organization:
    return _required(book, world, call.arguments["organizationId"])


def _required(book: Rulebook, world: World, name: str) -> Organization:
    found = _named(book, world, name)
    if found is None:
        raise Refusal("NO_SUCH_SUBJECT", kind="organisation", id=name)
    return found


def _named(book: Rulebook, world: World, name: str) -> Organization | None:
    """Return the organisation of an id or of what the fixture calls it."""
    kind = book.kinds.organization
    return world.get(kind, name) or next(
        (found for found in world.every(kind) if found.alias == name), None
    )
