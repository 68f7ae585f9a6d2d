"""What a client owes now: its open documents, and what is left of what it owed at the beginning."""

from collections.abc import Iterable
from decimal import Decimal

from counterfoil.apis.invoicexpress import wire
from counterfoil.apis.invoicexpress.owed import Owed, owed_by
from counterfoil.apis.invoicexpress.records import InitialBalance
from counterfoil.apis.invoicexpress.rulebook import Rulebook
from counterfoil.apis.invoicexpress.treasury import client_of
from counterfoil.engine.call import Call
from counterfoil.engine.outcome import Outcome
from counterfoil.engine.world import World

NEVER = "1970-01-01"
"""The date of an initial balance that nobody ever gave."""


def get_client_balance(book: Rulebook, call: Call, world: World) -> Outcome:
    """Read what a client owes."""
    client = client_of(book, call, world)
    owed = owed_by(book, world, client)
    today = world.now.date()
    initial = client.initial_balance or InitialBalance(value=Decimal(), date=NEVER)
    besides = initial.remaining + client.reimbursed
    shown = {
        "currency": book.rules.currency,
        "initial_balance": {
            "value": wire.number_of(initial.value),
            "created_at": initial.date,
            "observation": initial.observation,
        },
        "balance": _money(owed, besides),
        "overdue_balance": _money([one for one in owed if one.due < today]),
        "remaining_balance": {
            "total": wire.number_of(initial.value),
            "value": wire.number_of(initial.remaining),
        },
    }
    return Outcome(shown)


def _money(owed: Iterable[Owed], besides: Decimal = Decimal()) -> wire.Json:
    owed = list(owed)
    return {
        "with_vat": wire.number_of(besides + sum(one.with_vat for one in owed)),
        "without_vat": wire.number_of(besides + sum(one.without_vat for one in owed)),
    }
