"""Walking an arrow: what changes with it, and what is to happen when an invoice is late."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from counterfoil.apis.experi.records import Invoice, RecurringInvoice
from counterfoil.apis.experi.rulebook import CLOCK, Rulebook
from counterfoil.domain.ledger import Movement
from counterfoil.domain.lifecycle import Arrow, Machine
from counterfoil.engine.outcome import Change, Job, Put, Transition
from counterfoil.engine.records import revised
from counterfoil.engine.world import World

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Walk:
    """An arrow about to be walked, and who walks it in which role."""

    book: Rulebook
    world: World
    arrow: Arrow
    actor: str
    role: str

    def invoice(self, after: Invoice | None, before: Invoice | None = None) -> Change:
        """Return what the arrow changes of an invoice: it, its history, the money, its due date."""
        put = Put(self.book.kinds.invoice, after, before)
        own = Change(
            puts=(put,), transitions=(self._transition(self.book.invoices, after, before),)
        )
        if after is None:
            return own
        return own + Change(jobs=_watched(self.book, self.world, after, before))

    def recurring(
        self, after: RecurringInvoice | None, before: RecurringInvoice | None = None
    ) -> Change:
        """Return what the arrow changes of a recurring invoice: it, its history, its next run."""
        put = Put(self.book.kinds.recurring, after, before)
        step = self._transition(self.book.recurring, after, before)
        return Change(puts=(put,), transitions=(step,))

    def money(self, invoice: Invoice, minor: int) -> Change:
        """Return the movement of money that the arrow posts."""
        assert self.arrow.post is not None, f"{self.arrow.trigger} moves no money"
        parties = {"account": invoice.account}
        movement = Movement(minor, invoice.currency, parties, "invoice", invoice.id)
        return Change(postings=(movement.post(self.book.contract.postings[self.arrow.post]),))

    def _transition(
        self,
        machine: Machine,
        after: Invoice | RecurringInvoice | None,
        before: Invoice | RecurringInvoice | None,
    ) -> Transition:
        record = after or before
        assert record is not None
        target = after.status if after else None
        assert target is None or target in self.arrow.targets, f"{self.arrow.trigger} to {target}"
        source, trigger = self.arrow.source, self.arrow.trigger
        return Transition(machine.name, record.id, trigger, source, target, self.actor, self.role)


def _watched(
    book: Rulebook, world: World, after: Invoice, before: Invoice | None
) -> tuple[Job, ...]:
    """Return the job of an invoice that is outstanding from now on: to look whether it is late.

    That is at midnight after its due date; where that is over, at the next one.
    """
    earlier = before is not None and before.status in book.rules.outstanding_states
    if earlier or after.status not in book.rules.watched_states:
        return ()
    late = max(_midnight_after(after.due_date), _midnight_after(world.now))
    return (Job("invoice.overdue", after.id, late),)


def _midnight_after(instant: datetime) -> datetime:
    return datetime.combine(instant.date(), time(), UTC) + DAY


def fall_due(book: Rulebook, world: World, id: str) -> Change:
    """Let an invoice be overdue whose date is past, if something is still to be paid."""
    before = world.get(book.kinds.invoice, id)
    assert before is not None, f"{id} is gone"
    arrow = book.invoices.arrow("fall-due", before.status)
    if arrow is None or before.amount_due <= 0:
        return Change()
    after = revised(before, world.now, status=arrow.target)
    return Walk(book, world, arrow, CLOCK.lower(), CLOCK).invoice(after, before)
