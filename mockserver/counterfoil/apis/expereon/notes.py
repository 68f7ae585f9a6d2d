"""Notes: what the parties say about an invoice, to each other or among themselves."""

from counterfoil.apis.expereon import wire
from counterfoil.apis.expereon.records import BUYER, SELLER, Note
from counterfoil.apis.expereon.rulebook import Rulebook
from counterfoil.apis.expereon.step import impossible_on, visible
from counterfoil.engine.call import Call
from counterfoil.engine.outcome import Change, Outcome, Put
from counterfoil.engine.pagination import Condition, Query, page
from counterfoil.engine.world import World

SHARED = "SHARED"


def list_invoice_notes(book: Rulebook, call: Call, world: World) -> Outcome:
    """List the notes on an invoice that the caller's organisation may see, oldest first."""
    invoice, _ = visible(book, call, world, call.arguments["invoiceId"])
    asked = call.arguments
    about = Condition("invoiceId", "=", invoice.id)
    query = Query(asked["page"], asked["limit"], descending=False, conditions=(about,))
    found = page(world, book.kinds.note, call.principal.owner, query)
    return Outcome(wire.page(query, found, wire.note))


def create_invoice_note(book: Rulebook, call: Call, world: World) -> Outcome:
    """Write a note on an invoice, which stays as it is."""
    invoice, role = visible(book, call, world, call.arguments["invoiceId"])
    if invoice.status in book.rules.closed_states:
        raise impossible_on(book, invoice, role, "annotate")
    shared = call.body.get("visibility", SHARED) == SHARED
    note = Note(
        **world.birth(book.kinds.note),
        invoice_id=invoice.id,
        author=invoice.party(role),
        role=role,
        text=call.body["body"],
        reader=invoice.party(BUYER if role == SELLER else SELLER) if shared else None,
    )
    return Outcome(wire.note(note), Change(puts=(Put(book.kinds.note, note),)), note.id)
