"""What clients owe: their balance at the beginning, and what of it was settled without documents."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from counterfoil.apis.invoicexpress import wire
from counterfoil.apis.invoicexpress.records import Client, InitialBalance, Regularization
from counterfoil.apis.invoicexpress.rulebook import Rulebook
from counterfoil.apis.invoicexpress.step import decimal_of, put, query_of
from counterfoil.domain.outcome import Refusal, Violation, invalid
from counterfoil.engine.call import Call
from counterfoil.engine.outcome import Outcome
from counterfoil.engine.pagination import page
from counterfoil.engine.records import revised
from counterfoil.engine.world import World

CREATED = 201
ROOT = "initial_balance"


def update_initial_balance(book: Rulebook, call: Call, world: World) -> Outcome:
    """Say what a client owed on a date; what is regularised of it stays so."""
    client, body = client_of(book, call, world), _balance_of(book, call, world)
    held = client.initial_balance
    regularized = held.regularized if held else Decimal()
    value = decimal_of(body["value"])
    if value < regularized:
        raise Refusal("INITIAL_BALANCE_USED", regularized=wire.text_of(regularized))
    balance = InitialBalance(
        value=value,
        date=body["date"],
        observation=body.get("observation"),
        regularized=regularized,
    )
    shown = {
        "value": wire.number_of(value),
        "date": balance.date,
        "observation": balance.observation,
    }
    after = revised(client, world.now, initial_balance=balance)
    return Outcome({"initial_balance": shown}, put(book.kinds.client, after, client), client.id)


def list_regularizations(book: Rulebook, call: Call, world: World) -> Outcome:
    """List a page of a client's regularisations, oldest first."""
    client = client_of(book, call, world)
    query = query_of(book, call, world, descending=False)
    found = page(world, book.kinds.regularization, client.id, query)
    shown = [wire.regularization(one) for one in found.records]
    return Outcome({"regularization": shown, "pagination": wire.pagination(query, found.total)})


def create_regularization(book: Rulebook, call: Call, world: World) -> Outcome:
    """Settle some of a client's initial balance."""
    client, body = client_of(book, call, world), call.body["regularization"]
    value, held = decimal_of(body["value"]), client.initial_balance
    if held is None or value > held.remaining:
        raise Refusal("REGULARIZATION_TOO_LARGE")
    kind = book.kinds.regularization
    born = book.birth(world, kind)
    regularization = Regularization(
        **born,
        client=client.id,
        number=f"NR{int(born['id']):08d}",
        value=value,
        date=body["date"],
        observation=body.get("observation"),
    )
    shown: Any = wire.regularization(regularization)
    if book.fidelity(world).regularization == "list":
        shown = [shown]
    change = put(kind, regularization) + put(
        book.kinds.client, _regularized(client, held, value, world), client
    )
    return Outcome({"regularization": shown}, change, regularization.id, CREATED)


def delete_regularization(book: Rulebook, call: Call, world: World) -> Outcome:
    """Take a regularisation back."""
    client, kind = client_of(book, call, world), book.kinds.regularization
    before = world.seen(kind, client.id, str(call.arguments["id"]))
    if before is None:
        raise Refusal("NOT_FOUND")
    held = client.initial_balance
    assert held is not None, f"nothing of {client.id} could be regularised"
    after = _regularized(client, held, -before.value, world)
    change = put(kind, None, before) + put(book.kinds.client, after, client)
    return Outcome(wire.BLANK, change, before.id)


def client_of(book: Rulebook, call: Call, world: World) -> Client:
    """Return the client of a path; Refusal where the account has none of that id."""
    client = world.seen(book.kinds.client, call.principal.owner, call.arguments["client_id"])
    if client is None:
        raise Refusal("CLIENT_NOT_FOUND")
    return client


def _balance_of(book: Rulebook, call: Call, world: World) -> Mapping[str, Any]:
    """Return what stands under the root key, without which the live service breaks."""
    if ROOT in call.body:
        told: Mapping[str, Any] = call.body[ROOT]
        return told
    if book.fidelity(world).unwrapped_breaks:
        raise Refusal("BALANCE_NOT_WRAPPED")
    raise invalid(book.contract.policy.bodies.invalid, (Violation(ROOT, "required"),))


def _regularized(client: Client, held: InitialBalance, value: Decimal, world: World) -> Client:
    balance = msgspec.structs.replace(held, regularized=held.regularized + value)
    return revised(client, world.now, initial_balance=balance)
