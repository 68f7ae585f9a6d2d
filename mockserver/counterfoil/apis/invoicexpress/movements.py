"""Movements: money that comes from a client and settles documents, or that goes back to it."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from counterfoil.apis.invoicexpress import days, numbering, receipts, wire
from counterfoil.apis.invoicexpress.document_records import Document
from counterfoil.apis.invoicexpress.owed import payable
from counterfoil.apis.invoicexpress.records import Client, Movement
from counterfoil.apis.invoicexpress.rulebook import Rulebook
from counterfoil.apis.invoicexpress.states import cancel
from counterfoil.apis.invoicexpress.step import decimal_of, put
from counterfoil.apis.invoicexpress.totals import CENTS
from counterfoil.apis.invoicexpress.treasury import client_of
from counterfoil.apis.invoicexpress.walk import begin
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.call import Call
from counterfoil.engine.outcome import Outcome, Text
from counterfoil.engine.perform import Steps
from counterfoil.engine.records import revised
from counterfoil.engine.world import World

CREATED, NO_CONTENT = 201, 204
PAYMENT = "Payment"
CANCELED = "canceled"
DEFECT = "movementRemoval"
BROKEN = {"errors": [{"error": "undefined method `invoice' for nil:NilClass"}]}
"""What the live service answers to the removal of a movement, which it removes all the same."""


def create_movement(book: Rulebook, call: Call, world: World) -> Steps:
    """Let money come from a client, which settles what is open the longest, or go back to it."""
    client, body = client_of(book, call, world), call.body["treasury_movement"]
    value, kind = decimal_of(body["value"]), book.kinds.movement
    made: list[str] = []
    if body["movement_type"] == PAYMENT:
        said = _said(body)
        _require_series(book, world, client, said)
        for document, cents in _shares(book, world, client, value):
            receipt, change = receipts.paid(book, world, document, cents, said)
            made.append(receipt.id)
            yield Outcome(None, change)
    movement = Movement(
        **book.birth(world, kind),
        account=client.account,
        client=client.id,
        type=body["movement_type"],
        value=value,
        date=body["date"],
        payment_method=body.get("payment_method"),
        serie=body.get("serie"),
        observation=body.get("observation"),
        receipts=tuple(made),
    )
    change = put(kind, movement)
    if movement.type != PAYMENT:
        change += put(book.kinds.client, _reimbursed(client, value, world), client)
    shown = wire.movement(movement, with_id=book.fidelity(world).movement_id)
    yield Outcome({"treasury_movement": shown}, change, movement.id, CREATED)


def delete_movement(book: Rulebook, call: Call, world: World) -> Steps:
    """Take a movement back, and the receipts of a payment with it."""
    client, kind = client_of(book, call, world), book.kinds.movement
    movement = world.seen(kind, client.id, str(call.arguments["id"]))
    if movement is None:
        raise Refusal("NOT_FOUND")
    change = put(kind, None, movement)
    if movement.type != PAYMENT:
        change += put(book.kinds.client, _reimbursed(client, -movement.value, world), client)
    if DEFECT in book.switches(world).defects:
        yield Outcome(BROKEN, change, movement.id, 500)
        return
    for id in movement.receipts:
        receipt = world.get(book.kinds.document, id)
        if receipt is not None and receipt.status != CANCELED:
            yield cancel(begin(book, world, receipt, CANCELED), movement.observation)
    yield Outcome(Text(wire.JSON), change, movement.id, NO_CONTENT)


def _reimbursed(client: Client, value: Decimal, world: World) -> Client:
    return revised(client, world.now, reimbursed=client.reimbursed + value)


def _said(body: dict[str, Any]) -> dict[str, Any]:
    """Return what a movement says of its payments, as payments of documents say it."""
    return {
        "payment_mechanism": body.get("payment_method"),
        "payment_date": days.spelled(date.fromisoformat(body["date"])),
        "note": body.get("observation"),
        "serie": body.get("serie"),
    }


def _require_series(book: Rulebook, world: World, client: Client, said: dict[str, Any]) -> None:
    serie = said["serie"]
    if serie and numbering.series_named(book, world, client.account, serie) is None:
        raise Refusal("SERIE_UNKNOWN", field="serie")


def _shares(
    book: Rulebook, world: World, client: Client, value: Decimal
) -> Iterator[tuple[Document, int]]:
    """Yield the documents that a payment covers, the oldest first, and how many cents of each.

    Refusal where it is more than what is open.
    """
    owed, left = payable(book, world, client), int(value * CENTS)
    most = sum(one.cents for one in owed)
    if left > most:
        raise Refusal("MOVEMENT_TOO_LARGE", field="value", most=wire.text_of(Decimal(most) / CENTS))
    for one in owed:
        if left:
            cents = min(left, one.cents)
            left -= cents
            yield one.document, cents
