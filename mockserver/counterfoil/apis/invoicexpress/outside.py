"""What happens from outside: how a world answers is switched, and what the service knows of an account."""

from typing import Any

import msgspec

from counterfoil.apis.invoicexpress.records import Account, Switchboard, Switches
from counterfoil.apis.invoicexpress.rulebook import Rulebook
from counterfoil.apis.invoicexpress.step import put
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.call import Call
from counterfoil.engine.outcome import Outcome
from counterfoil.engine.records import revised
from counterfoil.engine.store import Store
from counterfoil.engine.world import World

FIELDS = {
    "language": "language",
    "country": "country",
    "trial": "trial",
    "taxAuthority": "at",
    "communication": "communication",
    "documentLimit": "document_limit",
    "paymentProvider": "payment_provider",
    "perPage": "per_page",
}
"""What may be said of an account, and the members of its record."""


def change_switches(book: Rulebook, call: Call, world: World, store: Store) -> Outcome:
    """Say how a world answers from now on."""
    kind, asked = book.kinds.switchboard, call.body
    before = world.get(kind, Switchboard.ONLY)
    held = before.switches if before else Switches()
    switches = msgspec.structs.replace(
        held,
        fidelity=asked.get("fidelity", held.fidelity),
        polls=asked.get("polls", held.polls),
        defects=tuple(sorted(set(asked.get("defects", held.defects)))),
        creating=tuple(sorted(set(asked.get("creating", held.creating)))),
    )
    if before is None:
        board = Switchboard(**world.birth(kind, Switchboard.ONLY), switches=switches)
    else:
        board = revised(before, world.now, switches=switches)
    shown = {
        "fidelity": switches.fidelity,
        "polls": switches.polls,
        "defects": list(switches.defects),
        "creating": list(switches.creating),
    }
    return Outcome(shown, put(kind, board, before))


def change_account(book: Rulebook, call: Call, world: World, store: Store) -> Outcome:
    """Change what the service and the tax authority know of an account."""
    before = _named(book, world, call.arguments["account"])
    changes: dict[str, Any] = {FIELDS[name]: value for name, value in call.body.items()}
    after = revised(before, world.now, **changes)
    shown = {name: getattr(after, member) for name, member in FIELDS.items()}
    return Outcome(shown | {"id": after.id}, put(book.kinds.account, after, before))


def _named(book: Rulebook, world: World, name: str) -> Account:
    """Return the account of an id or of its name."""
    for account in world.every(book.kinds.account):
        if name in (account.id, account.name, account.alias):
            return account
    raise Refusal("NO_SUCH_SUBJECT", kind="account", id=name)
