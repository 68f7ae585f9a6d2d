"""Walking an arrow of a withdrawal or a refund: who may, from where, and what follows."""

from dataclasses import dataclass
from typing import Any

from counterfoil.apis.expereon import payloads, wire, wire_treasury
from counterfoil.apis.expereon.records import Refund, Withdrawal
from counterfoil.apis.expereon.rulebook import Rulebook
from counterfoil.apis.expereon.step import impossible, not_your_part, require_version
from counterfoil.domain.ledger import Movement, Posting
from counterfoil.domain.lifecycle import Arrow, Machine
from counterfoil.engine.call import Call
from counterfoil.engine.outcome import Change, Event, Put, Transition
from counterfoil.engine.records import Kind
from counterfoil.engine.world import World

Request = Withdrawal | Refund
"""What waits for somebody's decision before money moves."""


def permitted(machine: Machine, trigger: str, request: Request, role: str, call: Call) -> Arrow:
    """Return the arrow that a trigger walks from where a request stands.

    Refuses, in this order: a party whose part it is not, a version that moved on, a state without the
    arrow.
    """
    if role not in (who := machine.roles(trigger)):
        raise not_your_part(who, role)
    require_version(call, request.version)
    arrow = machine.arrow(trigger, request.status)
    if arrow is None:
        allowed = machine.actions(request.status, role, None)
        raise impossible(machine, trigger, request.status, allowed)
    return arrow


@dataclass(frozen=True, slots=True)
class Walk:
    """An arrow about to be walked, and who walks it in which role."""

    book: Rulebook
    world: World
    kind: Kind[Any]
    arrow: Arrow
    actor: str
    role: str

    def changed(self, after: Request, before: Request | None = None) -> Change:
        """Return everything the arrow changes: the request, the money, the history, who is told."""
        return Change(
            puts=(Put(self.kind, after, before),),
            postings=self._postings(after),
            transitions=(self._transition(after),),
            events=self._events(after),
        )

    def _transition(self, after: Request) -> Transition:
        arrow, reason = self.arrow, after.rejection_reason
        ends = arrow.source, arrow.target
        return Transition(
            self.kind.name, after.id, arrow.trigger, *ends, self.actor, self.role, reason
        )

    def _postings(self, after: Request) -> tuple[Posting, ...]:
        if self.arrow.post is None:
            return ()
        movement = Movement(after.amount, after.currency, after.parties, self.kind.name, after.id)
        return (self.book.post(self.arrow.post, movement),)

    def _events(self, after: Request) -> tuple[Event, ...]:
        members = _members(self.book, after)
        return tuple(
            Event(
                self.world.next_id("evt"),
                emission.event,
                tuple(after.party(role) for role in emission.recipients),
                payloads.event_data(self.book, self.kind.name, members),
            )
            for emission in self.arrow.emit
        )


def _members(book: Rulebook, request: Request) -> wire.Json:
    if isinstance(request, Withdrawal):
        return wire_treasury.withdrawal_members(book, request)
    return wire_treasury.refund_members(book, request)
