"""Faults of InvoiceXpress: in how documents live, are numbered, add up, are paid and corrected."""

from dataclasses import replace

import msgspec
from grafting import function, table
from mutant import Catalogue

from counterfoil.engine.outcome import NOTHING

MUTANTS = Catalogue("invoicexpress")
mutant = MUTANTS.mutant


def machine(name, edit):
    """Let the rows of a state machine be as `edit` leaves them."""
    table("lifecycle", lambda found: edit(found[name]["transitions"]), "invoicexpress")


def arrow(rows, trigger, source):
    """Return the row of an arrow."""
    return next(row for row in rows if row["trigger"] == trigger and row["from"] == [source])


@mutant("lifecycle")
def invoice_settled_elsewhere():
    """A final invoice that is settled is canceled."""
    machine("invoice", lambda rows: arrow(rows, "settled", "final").update(to=["canceled"]))


@mutant("lifecycle")
def estimate_refused_for_good():
    """A refused estimate cannot be accepted."""
    machine("estimate", lambda rows: rows.remove(arrow(rows, "accept", "refused")))


@mutant("lifecycle")
def guide_deleted_on_its_way():
    """A final guide can be deleted."""

    def edit(rows):
        rows.append({**arrow(rows, "deleted", "draft"), "from": ["final"]})

    machine("guide", edit)


@mutant("lifecycle")
def draft_paid():
    """A draft can be paid in part."""

    def edit(rows):
        paid = {**arrow(rows, "paid-in-part", "final"), "from": ["draft"], "to": ["draft"]}
        rows.append(paid)

    machine("invoice", edit)


@mutant("lifecycle")
def paid_and_open():
    """An invoice that is paid in full stays final."""
    machine("invoice", lambda rows: arrow(rows, "paid", "final").update(to=["final"]))


@mutant("lifecycle")
def note_not_opened():
    """A settled note that is opened again is canceled."""
    machine("note", lambda rows: arrow(rows, "unsettled", "settled").update(to=["canceled"]))


@mutant("invoicexpress")
def canceled_without_a_reason():
    """An invoice is canceled without a word why."""
    machine("invoice", lambda rows: arrow(rows, "canceled", "final").update(needs=[]))


@mutant("invoicexpress")
def tax_a_cent_too_high():
    """Taxes are a cent too many."""

    def make(original):
        def totals(lines, off=None):
            whole = original(lines, off)
            return replace(whole, taxes=whole.taxes + 1, total=whole.total + 1)

        return totals

    function("apis.invoicexpress.totals:totals", make)


@mutant("invoicexpress")
def gap_in_numbers():
    """Every second number of a series is left out."""

    def make(original):
        def taken(book, world, document):
            number, change = original(book, world, document)
            return msgspec.structs.replace(number, number=2 * number.number), change

        return taken

    function("apis.invoicexpress.numbering:taken", make)


@mutant("invoicexpress")
def uid_forgotten():
    """A repeated proprietary_uid makes another document."""
    function("apis.invoicexpress.documents:_made_under", lambda _: lambda *_: None)


@mutant("invoicexpress")
def receipt_forgotten():
    """Canceling a receipt leaves what it paid as it is."""
    function("apis.invoicexpress.states:_unpaid", lambda _: lambda *_: NOTHING)


@mutant("invoicexpress")
def credited_without_end():
    """A credit note takes back more than its owner came to."""
    function("apis.invoicexpress.notes:credit", lambda _: lambda *_: NOTHING)


@mutant("invoicexpress")
def item_taken_twice():
    """Two items may have one name."""
    function("apis.invoicexpress.items:_require_free", lambda _: lambda *_, **__: None)
