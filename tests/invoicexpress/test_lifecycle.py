"""Every type of document, in every state, at every event: where it goes, or the exact refusal.

The expectations stand here in full and are read from nowhere else, so that a wrong row of
specs/invoicexpress/lifecycle.yaml fails a cell.
"""

import pytest

EVENTS = (
    "finalized", "deleted", "settled", "unsettled", "canceled", "accept", "accepted", "refuse", "refused",
)  # fmt: skip

# What an event does in a state; what has no line there is refused. ! wants a message.
INVOICE = """
draft    finalized  final
draft    deleted    deleted
final    settled    settled
final    canceled!  canceled
"""
INVOICE_RECEIPT = """
draft    finalized  settled
draft    deleted    deleted
settled  canceled!  canceled
"""
NOTE = """
draft    finalized  final
draft    deleted    deleted
final    settled    settled
final    canceled!  canceled
settled  unsettled  final
"""
RECEIPT = """
final    canceled!  canceled
"""
ESTIMATE = """
draft     finalized  final
draft     deleted    deleted
final     accept     accepted
final     accepted   accepted
final     refuse     refused
final     refused    refused
final     canceled!  canceled
accepted  refuse     refused
accepted  refused    refused
accepted  canceled!  canceled
refused   accept     accepted
refused   accepted   accepted
refused   canceled!  canceled
"""
GUIDE = """
draft    finalized  final
draft    deleted    deleted
final    canceled!  canceled
"""
# path, type, table, and the events that some document of the family knows.
OF_INVOICES = ("finalized", "deleted", "settled", "unsettled", "canceled")
TYPES = {
    "invoices": ("Invoice", INVOICE, OF_INVOICES),
    "simplified_invoices": ("SimplifiedInvoice", INVOICE, OF_INVOICES),
    "invoice_receipts": ("InvoiceReceipt", INVOICE_RECEIPT, OF_INVOICES),
    "credit_notes": ("CreditNote", NOTE, OF_INVOICES),
    "debit_notes": ("DebitNote", NOTE, OF_INVOICES),
    "receipts": ("Receipt", RECEIPT, OF_INVOICES),
    **{
        path: (name, ESTIMATE, ("finalized", "deleted", "canceled", "accept", "accepted", "refuse", "refused"))
        for path, name in (("quotes", "Quote"), ("proformas", "Proforma"), ("fees_notes", "FeesNote"))
    },
    **{
        path: (name, GUIDE, ("finalized", "deleted", "canceled"))
        for path, name in (("shippings", "Shipping"), ("transports", "Transport"), ("devolutions", "Devolution"))
    },
}  # fmt: skip

# How a draft gets into a state: one event after the other.
WAYS = {
    "draft": [], "deleted": ["deleted"], "final": ["finalized"], "accepted": ["finalized", "accept"],
    "refused": ["finalized", "refuse"], "settled": ["finalized", "settled"],
    "canceled": ["finalized", "canceled"],
}  # fmt: skip
STATES = {
    "invoices": ("draft", "final", "settled", "canceled", "deleted"),
    "simplified_invoices": ("draft", "final", "settled", "canceled", "deleted"),
    "invoice_receipts": ("draft", "settled", "canceled", "deleted"),
    "credit_notes": ("draft", "final", "settled", "canceled", "deleted"),
    "debit_notes": ("draft", "final", "settled", "canceled", "deleted"),
    "receipts": ("final", "canceled"),
    "quotes": ("draft", "final", "accepted", "refused", "canceled", "deleted"),
    "proformas": ("draft", "final", "accepted", "refused", "canceled", "deleted"),
    "fees_notes": ("draft", "final", "accepted", "refused", "canceled", "deleted"),
    "shippings": ("draft", "final", "canceled", "deleted"),
    "transports": ("draft", "final", "canceled", "deleted"),
    "devolutions": ("draft", "final", "canceled", "deleted"),
}
SILENT = "A mensagem de anulação não pode estar em branco"
PLACES = [(path, state) for path, states in STATES.items() for state in states]


def parse(table):
    """Return where each event leads from each state, and which of them want a message."""
    cells = {}
    for line in table.strip().splitlines():
        state, event, to = line.split()
        cells[state, event.rstrip("!")] = (to, event.endswith("!"))
    return cells


def brought(company, path, state):
    """Return a new document of a type, in a state."""
    if path == "receipts":
        invoice = company.finalized("invoices")
        document = company.paid(invoice, 5)
    else:
        document = company.draft(path)
    way = [] if path == "receipts" and state == "final" else WAYS[state]
    if path == "receipts" and state == "canceled":
        way = ["canceled"]
    if path == "invoice_receipts" and state == "settled":
        way = ["finalized"]
    for event in way:
        company.moved(path, document, event, message="On the way")
    assert company.read(path, document)["status"] == state
    return document


@pytest.mark.parametrize(("path", "state"), PLACES)
def test_every_event_in_every_state(company, path, state):
    name, table, known = TYPES[path]
    cells = parse(table)
    for event in EVENTS:
        document = brought(company, path, state)
        before = company.read(path, document)
        if (state, event) in cells:
            to, wants_message = cells[state, event]
            if wants_message:
                silent = company.move(path, document, event)
                assert silent.status_code == 422, (event, silent.text)
                assert silent.json() == {"errors": [{"error": SILENT}]}
                assert company.read(path, document) == before
            answer = company.move(path, document, event, message="Wrong client")
            assert answer.status_code == 200, (event, answer.text)
            (told,) = answer.json().values()
            assert told["status"] == to, event
            assert company.read(path, document) == told
        else:
            answer = company.move(path, document, event, message="Wrong client")
            assert answer.status_code == 422, (event, answer.text)
            if event in known:
                assert answer.json() == {"errors": [{"error": "Change event error"}]}, event
            else:
                refused = {"errors": [{"error": [f"CantHandle: {event} for {name}"]}]}
                assert answer.json() == refused, event
            assert company.read(path, document) == before


WORDS = ["draft", "sent", "FINALIZED", "", "1", "create", "paid"]


@pytest.mark.parametrize("word", WORDS)
def test_a_word_no_machine_knows_is_told_back(company, word):
    document = company.draft("credit_notes")

    answer = company.move("credit_notes", document, word)

    assert answer.status_code == 422
    assert answer.json() == {"errors": [{"error": [f"CantHandle: {word} for CreditNote"]}]}


@pytest.mark.parametrize(
    "wrong", [5, None, {}, [], {"state": ["x"]}, {"state": {}}, {"state": "canceled", "message": 5}]
)
@pytest.mark.parametrize("key", ["receipt", "invoice"])
def test_a_receipt_is_asked_for_nothing_that_is_no_word(company, key, wrong):
    receipt = company.paid(company.finalized(), 5)

    answer = company.ask("PUT", f"/receipts/{receipt['id']}/change-state.json", {key: wrong})

    assert answer.status_code == 422, answer.text
    assert "['" not in answer.text
    assert company.read("receipts", receipt)["status"] == "final"


@pytest.mark.parametrize("language", ["pt", "es"])
def test_the_state_of_what_cannot_be_changed_is_told_in_the_language_of_the_account(
    company, language
):
    company.known(language=language)
    invoice = company.finalized()

    answer = company.replace("invoices", invoice)

    said = {
        "pt": "O documento está finalizado e já não pode ser alterado",
        "es": "El documento está finalizado y ya no se puede modificar",
    }
    assert answer.json() == {"errors": [{"error": said[language]}]}


def test_a_number_is_told_back_like_a_word(company):
    answer = company.move("invoices", company.draft("invoices"), 1)

    assert answer.json() == {"errors": [{"error": ["CantHandle: 1 for Invoice"]}]}


@pytest.mark.parametrize("path", [path for path in TYPES if path != "receipts"])
def test_only_drafts_can_be_changed(company, path):
    document = brought(company, path, "deleted")
    before = company.read(path, document)

    answer = company.replace(path, document)

    assert answer.status_code == 422, answer.text
    assert company.read(path, document) == before
