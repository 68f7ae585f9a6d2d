"""The treasury: an organisation's balances."""

from counterfoil.apis.expereon import wire
from counterfoil.apis.expereon.filters import query_of
from counterfoil.apis.expereon.records import Balance
from counterfoil.apis.expereon.rulebook import Rulebook
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.call import Call
from counterfoil.engine.outcome import Outcome
from counterfoil.engine.pagination import Condition, first, page, tallies
from counterfoil.engine.world import World


def list_balances(book: Rulebook, call: Call, world: World) -> Outcome:
    """List the calling organisation's balances."""
    owner = _own(call)
    query = query_of(call, world)
    found = page(world, book.kinds.balance, owner, query)
    return Outcome(wire.page(query, found, lambda balance: _shown(book, world, balance)))


def get_balance(book: Rulebook, call: Call, world: World) -> Outcome:
    """Read a balance of the calling organisation, by its id or by its currency."""
    owner, id = _own(call), call.arguments["balanceId"]
    kind = book.kinds.balance
    balance = world.seen(kind, owner, id) or first(
        world, kind, owner, (Condition("currency", "=", id),)
    )
    if balance is None:
        raise Refusal("NOT_FOUND")
    return Outcome(_shown(book, world, balance))


def _own(call: Call) -> str:
    """Return the caller's organisation; another one's treasury is not found."""
    owner = call.principal.owner
    if call.arguments.get("organizationId", owner) != owner:
        raise Refusal("NOT_FOUND")
    return owner


def _shown(book: Rulebook, world: World, balance: Balance) -> wire.Json:
    held = world.holding(balance.organization, balance.currency)
    reserved = {"status": "ACTIVE", "source": "COLLATERAL", "currency": balance.currency}
    collateral_used = sum(
        tally.total
        for tally in tallies(world, book.kinds.reservation, balance.organization)
        if tally.values == reserved
    )
    return wire.balance(book, balance, held, collateral_used)
