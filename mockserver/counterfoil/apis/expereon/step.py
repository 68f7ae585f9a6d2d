"""Walking an arrow of the invoice's state machine: who may, from where, and what follows."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from counterfoil.apis.expereon import payloads, wire
from counterfoil.apis.expereon.records import BUYER, SELLER, Invoice, Payment, Role
from counterfoil.apis.expereon.rulebook import Rulebook
from counterfoil.domain.lifecycle import COUNTERPARTY, Arrow, Machine
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.call import Call
from counterfoil.engine.outcome import Change, Event, Job, Outcome, Put, Transition
from counterfoil.engine.records import revised
from counterfoil.engine.world import World

NAMED = {"invoice": "an invoice", "withdrawal": "a withdrawal", "refund": "a refund"}
"""How refusals name what a machine is about."""


def visible(book: Rulebook, call: Call, world: World, id: str) -> tuple[Invoice, Role]:
    """Return an invoice and the caller's role in it; whoever may not see it learns nothing."""
    invoice = world.seen(book.kinds.invoice, call.principal.owner, id)
    if invoice is None:
        raise Refusal("NOT_FOUND", field=None if "invoiceId" in call.arguments else "invoiceId")
    return invoice, SELLER if invoice.seller == call.principal.owner else BUYER


@dataclass(frozen=True, slots=True)
class Step:
    """An arrow about to be walked: everything that could forbid it by table has been checked."""

    book: Rulebook
    call: Call
    world: World
    invoice: Invoice
    role: Role
    arrow: Arrow

    def walked(
        self,
        change: Change = Change(),
        *,
        to: str | None = None,
        reason: str | None = None,
        payment: Payment | None = None,
        **changes: Any,
    ) -> tuple[Invoice, Change]:
        """Return the invoice after the arrow, and everything that changes with it.

        `to` chooses where the arrow leaves a choice, `changes` are further members of the invoice,
        `payment` is the one that payment events tell of.
        """
        target = to or self.arrow.target
        assert target in self.arrow.targets, f"{self.arrow.trigger} does not lead to {target}"
        after = revised(self.invoice, self.world.now, status=target, **changes)
        kind = self.book.kinds.invoice
        own = Change(
            puts=(Put(kind, after, self.invoice),),
            transitions=(self.transition(target, reason),),
            events=emitted(
                self.book, self.world, self.arrow, News(after, self.invoice.status, payment)
            ),
        )
        return after, own + change

    def done(self, change: Change = Change(), **changes: Any) -> Outcome:
        """Return the outcome whose answer is the invoice after the arrow."""
        after, whole = self.walked(change, **changes)
        body = wire.invoice(self.book, self.world, after, self.role)
        return Outcome(body, whole, after.id)

    def transition(self, target: str | None, reason: str | None = None) -> Transition:
        """Return the record of this step for the invoice's history."""
        return Transition(
            kind=self.book.kinds.invoice.name,
            id=self.invoice.id,
            trigger=self.arrow.trigger,
            source=self.arrow.source,
            target=target,
            actor=self.call.principal.owner,
            role=self.role,
            reason=reason,
        )


def begin(book: Rulebook, call: Call, world: World, trigger: str, id: str) -> Step:
    """Return the step a trigger makes on an invoice.

    Refuses, in this order: who cannot see it, a party whose part it never is or is not now, a version
    that moved on, a state without the arrow.
    """
    invoice, role = visible(book, call, world, id)
    machine = book.invoices
    who = machine.roles(trigger)
    if role not in who and COUNTERPARTY not in who:
        raise not_your_part(who, role)
    arrow = machine.arrow(trigger, invoice.status)
    if arrow is not None and not arrow.permits(role, invoice.requester):
        raise not_your_part(arrow.who, role)
    require_version(call, invoice.version)
    if arrow is None:
        raise impossible_on(book, invoice, role, trigger)
    return Step(book, call, world, invoice, role, arrow)


def impossible_on(book: Rulebook, invoice: Invoice, role: Role, trigger: str) -> Refusal:
    """Return the refusal of what an invoice's status does not allow."""
    allowed = book.invoices.actions(invoice.status, role, invoice.requester)
    return impossible(book.invoices, trigger, invoice.status, allowed)


def require_amount(book: Rulebook, status: str, amount: int) -> None:
    """Refuse to let an invoice amount to nothing in a status that wants something to pay."""
    if not amount and status not in book.rules.free_states:
        raise Refusal("ZERO_AMOUNT", field="amount", status=status)


def require_version(call: Call, version: int) -> None:
    """Refuse a call that says it saw another version, in its body or in If-Match."""
    expected = [(call.body or {}).get("expectedVersion")]
    if tag := call.arguments.get("If-Match"):
        expected.append(int(tag.strip('"')))
    for seen in expected:
        if seen is not None and seen != version:
            raise Refusal(
                "CONCURRENT_MODIFICATION",
                field="expectedVersion",
                expectedVersion=seen,
                actualVersion=version,
            )


@dataclass(frozen=True, slots=True)
class News:
    """What events tell of: an invoice, the status it came from, the payment that was made."""

    invoice: Invoice
    previous: str | None = None
    payment: Payment | None = None

    def members(self, book: Rulebook, subject: str) -> dict[str, Any]:
        """Return all that may be told of a subject."""
        if subject == "payment":
            assert self.payment is not None, "a payment event without a payment"
            return payloads.payment_members(book, self.payment)
        return payloads.invoice_members(book, self.invoice, self.previous)


def emitted(book: Rulebook, world: World, arrow: Arrow, news: News) -> tuple[Event, ...]:
    """Return the events of an arrow, each to its recipients, save a buyer who cannot see the invoice."""
    events = []
    for emission in arrow.emit:
        subject = book.contract.events[emission.event].subject
        recipients = tuple(
            news.invoice.party(role)
            for role in emission.recipients
            if role == SELLER or news.invoice.submitted_at
        )
        data = payloads.event_data(book, subject, news.members(book, subject))
        events.append(Event(world.next_id("evt"), emission.event, recipients, data))
    return tuple(events)


def due_job(invoice: Invoice) -> Job:
    """Return what is to happen at the beginning of the day an invoice is due on."""
    midnight = datetime.combine(date.fromisoformat(invoice.due_date), time(), UTC)
    return Job("payment.due", invoice.id, midnight)


def impossible(machine: Machine, trigger: str, state: str, allowed: list[str]) -> Refusal:
    """Return the refusal of a trigger that a state has no arrow for."""
    return Refusal(
        "INVALID_STATE_TRANSITION",
        resource=NAMED[machine.name],
        currentStatus=state,
        action=trigger,
        allowedActions=allowed,
    )


def not_your_part(who: frozenset[str], role: str) -> Refusal:
    """Return the refusal of a party whose part something is not."""
    return Refusal("ROLE_NOT_ALLOWED", requiredRole=" or ".join(sorted(who)), actualRole=role)
