"""Reservations: funds held for an approved invoice until they are paid, released, or too old."""

from datetime import timedelta

from counterfoil.apis.expereon.records import Invoice, Reservation, SettlementTerms
from counterfoil.apis.expereon.rulebook import Rulebook
from counterfoil.apis.expereon.step import Step, due_job
from counterfoil.domain.ledger import Movement
from counterfoil.engine.outcome import Change, Job, Put
from counterfoil.engine.records import revised
from counterfoil.engine.world import World


def hold(step: Step, reservation: Reservation) -> Change:
    """Return the change that reserves funds, with all that is to happen to them on the clock."""
    assert step.arrow.post, f"{step.arrow.trigger} posts nothing"
    posting = step.book.post(step.arrow.post, movement(step.invoice, reservation))
    jobs = [due_job(step.invoice)]
    window = settlement_window(step.book, step.world)
    if window is not None:
        jobs.append(Job("reservation.expired", reservation.id, step.world.now + window))
    put = Put(step.book.kinds.reservation, reservation)
    return Change(puts=(put,), postings=(posting,), jobs=tuple(jobs))


def pay_out(step: Step) -> Change:
    """Return the change that pays a reservation; one that expired is held again on the way."""
    held = reservation_of(step.book, step.world, step.invoice)
    if held.status == "EXPIRED":
        again = step.book.post("reserve", movement(step.invoice, held))
        return Change(postings=(again,)) + _ended(step, held, "SETTLED")
    return _ended(step, held, "SETTLED")


def release(step: Step) -> Change:
    """Return the change that gives a reservation back to the bucket it came from."""
    held = reservation_of(step.book, step.world, step.invoice)
    if held.status == "EXPIRED":  # it was given back then
        return Change()
    return _ended(step, held, "RELEASED")


def expire(book: Rulebook, world: World, id: str) -> Change:
    """Give back what is still held when its time is over; the invoice stays approved."""
    kind = book.kinds.reservation
    held = world.get(kind, id)
    if held is None or held.status != "ACTIVE":
        return Change()
    invoice = world.get(book.kinds.invoice, held.invoice_id)
    assert invoice is not None, f"{id} is of no invoice"
    ended = revised(held, world.now, status="EXPIRED")
    posting = book.post("release", movement(invoice, held))
    return Change(puts=(Put(kind, ended, held),), postings=(posting,))


def lost(book: Rulebook, world: World, invoice: Invoice) -> bool:
    """Tell whether an invoice's reservation expired and cannot be made again."""
    held = reservation_of(book, world, invoice)
    return held.status == "EXPIRED" and _in_bucket(world, held) < held.amount


def reservation_of(book: Rulebook, world: World, invoice: Invoice) -> Reservation:
    """Return the reservation of an approved invoice."""
    held = world.get(book.kinds.reservation, invoice.reservation_id or "")
    assert held is not None, f"{invoice.id} has no reservation"
    return held


def movement(invoice: Invoice, reservation: Reservation) -> Movement:
    """Return what a posting about a reservation needs."""
    return Movement(
        minor=reservation.amount,
        currency=reservation.currency,
        parties={"buyer": invoice.buyer, "seller": invoice.seller},
        chosen=reservation.source,
        kind="invoice",
        reference=invoice.id,
    )


def settlement_window(book: Rulebook, world: World) -> timedelta | None:
    """Return how long a hold that is made now lasts, or None where it does not expire."""
    terms = world.get(book.kinds.settlement_terms, SettlementTerms.ONLY)
    return terms.window if terms else book.rules.settlement_window


def _ended(step: Step, held: Reservation, status: str) -> Change:
    """Return the change that ends a reservation; the arrow names the posting."""
    assert held.status in ("ACTIVE", "EXPIRED"), f"{held.id} is {held.status}"
    assert step.arrow.post, f"{step.arrow.trigger} posts nothing"
    ended = revised(held, step.world.now, status=status)
    posting = step.book.post(step.arrow.post, movement(step.invoice, held))
    return Change(puts=(Put(step.book.kinds.reservation, ended, held),), postings=(posting,))


def _in_bucket(world: World, reservation: Reservation) -> int:
    return world.holding(reservation.organization, reservation.currency)[reservation.source]
