"""Movements: money that comes from a client and settles documents, or that goes back to it."""

from decimal import Decimal

from counterfoil.apis.invoicexpress import wire
from counterfoil.apis.invoicexpress.owed import owed_by
from counterfoil.apis.invoicexpress.records import Client, Movement
from counterfoil.apis.invoicexpress.rulebook import Rulebook
from counterfoil.apis.invoicexpress.step import decimal_of, put
from counterfoil.apis.invoicexpress.treasury import client_of
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.call import Call
from counterfoil.engine.outcome import Outcome, Text
from counterfoil.engine.records import revised
from counterfoil.engine.world import World

CREATED, NO_CONTENT = 201, 204
PAYMENT = "Payment"
DEFECT = "movementRemoval"
BROKEN = {"errors": [{"error": "undefined method `invoice' for nil:NilClass"}]}
"""What the live service answers to the removal of a movement, which it removes all the same."""


def create_movement(book: Rulebook, call: Call, world: World) -> Outcome:
    """Let money come from a client, or go back to it."""
    client, body = client_of(book, call, world), call.body["treasury_movement"]
    value, kind = decimal_of(body["value"]), book.kinds.movement
    pays = body["movement_type"] == PAYMENT
    if pays:
        _require_open(book, world, client, value)
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
    )
    change = put(kind, movement)
    if not pays:
        change += put(book.kinds.client, _reimbursed(client, value, world), client)
    shown = wire.movement(movement, with_id=book.fidelity(world).movement_id)
    return Outcome({"treasury_movement": shown}, change, movement.id, CREATED)


def delete_movement(book: Rulebook, call: Call, world: World) -> Outcome:
    """Take a movement back, and the receipts of a payment with it."""
    client, kind = client_of(book, call, world), book.kinds.movement
    movement = world.seen(kind, client.id, str(call.arguments["id"]))
    if movement is None:
        raise Refusal("NOT_FOUND")
    change = put(kind, None, movement)
    if DEFECT in book.switches(world).defects:
        return Outcome(BROKEN, change, movement.id, 500)
    if movement.type != PAYMENT:
        change += put(book.kinds.client, _reimbursed(client, -movement.value, world), client)
    return Outcome(Text(wire.JSON), change, movement.id, NO_CONTENT)


def _reimbursed(client: Client, value: Decimal, world: World) -> Client:
    return revised(client, world.now, reimbursed=client.reimbursed + value)


def _require_open(book: Rulebook, world: World, client: Client, value: Decimal) -> None:
    """Refuse a payment of more than what is open of a client's documents."""
    most = sum((one.with_vat for one in owed_by(book, world, client)), Decimal())
    if value > most:
        raise Refusal("MOVEMENT_TOO_LARGE", field="value", most=wire.text_of(most))
