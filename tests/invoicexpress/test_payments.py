"""Payments and their receipts, credit notes and their owners, and what belongs to what."""

import pytest


def statuses(company, path, document):
    return company.read(path, document)["status"]


def related(company, document):
    found = company.get(f"/document/{document['id']}/related_documents.json")["documents"]
    return [(one["type"], one["id"]) for one in found]


@pytest.mark.parametrize("path", ["invoices", "simplified_invoices"])
def test_payments_settle_a_document_and_canceling_a_receipt_opens_it_again(company, path):
    document = company.finalized(path)
    first = company.paid(
        document, 5, payment_mechanism="TB", payment_date="15/03/2024", note="Half"
    )
    assert statuses(company, path, document) == "final"
    second = company.paid(document, "7.30")
    assert statuses(company, path, document) == "settled"
    assert company.move(path, document, "canceled", message="No").status_code == 422

    assert (first["type"], first["status"], first["total"]) == ("Receipt", "final", 5.0)
    assert (first["sequence_number"], second["sequence_number"]) == ("1/A", "2/A")
    assert first["observations"] == "Half"
    assert related(company, document) == [("Receipt", first["id"]), ("Receipt", second["id"])]
    assert related(company, first) == [(document["type"], document["id"])]

    company.moved("receipts", second, "canceled", message="Bounced")
    assert statuses(company, path, document) == "final"
    assert company.move(path, document, "canceled", message="No").status_code == 422
    company.moved("receipts", first, "canceled", message="Bounced")
    assert company.moved(path, document, "canceled", message="Never paid")["status"] == "canceled"


TOO_MUCH = [
    (12.31, "deve ser menor ou igual a 12.3"),
    (0, "é inválido"),
    (0.001, "é inválido"),
]


@pytest.mark.parametrize(("amount", "said"), TOO_MUCH)
def test_a_payment_is_of_something_and_of_no_more_than_is_open(company, amount, said):
    document = company.finalized()

    answer = company.pay(document, amount)

    assert (answer.status_code, answer.json()) == (422, [["amount", said]])
    assert related(company, document) == []


def test_what_is_wrong_with_a_payment_is_told_as_pairs(company):
    document = company.finalized()

    wrong = company.pay(document, 1, payment_mechanism="XX")
    assert (wrong.status_code, wrong.json()[0][0]) == (422, "payment_mechanism")
    unknown = company.pay(document, 1, serie="Z")
    assert (unknown.status_code, unknown.json()) == (422, [["serie", "é inválida"]])
    company.switch(fidelity="documented")
    assert company.pay(document, 1, serie="Z").json() == ["serie", "é inválida"]
    missing = company.pay({"id": 1}, 1)
    assert missing.status_code == 404


@pytest.mark.parametrize(
    "path", ["invoice_receipts", "credit_notes", "debit_notes", "quotes", "shippings"]
)
def test_only_invoices_are_paid(company, path):
    assert company.pay(company.finalized(path), 1).status_code == 422


def test_a_draft_is_not_paid(company):
    assert company.pay(company.draft(), 1).status_code == 422


def test_a_receipt_is_numbered_in_the_series_of_a_name(company):
    company.post("/sequences.json", {"sequence": {"serie": "R"}})

    assert company.paid(company.finalized(), 1, serie="R")["sequence_number"] == "1/R"


def test_credit_notes_take_back_no_more_than_is_left_of_their_owner(company):
    owner = company.finalized()
    line = {"name": "Back", "quantity": 1}
    half = company.draft(
        "credit_notes", owner_invoice_id=owner["id"], items=[line | {"unit_price": 6}]
    )
    rest = company.draft(
        "credit_notes", owner_invoice_id=owner["id"], items=[line | {"unit_price": 4}]
    )
    more = company.draft(
        "credit_notes", owner_invoice_id=owner["id"], items=[line | {"unit_price": "0.01"}]
    )
    assert half["owner_invoice_id"] == owner["id"]

    half = company.moved("credit_notes", half, "finalized")
    company.moved("credit_notes", rest, "finalized")
    answer = company.move("credit_notes", more, "finalized")

    said = "O total não pode ser superior ao total dos documentos relacionados"
    assert (answer.status_code, answer.json()) == (422, {"errors": [{"error": said}]})
    assert company.pay(owner, "0.01").status_code == 422
    company.moved("credit_notes", half, "canceled", message="Not so")
    company.moved("credit_notes", more, "finalized")
    listed = [kind for kind, _ in related(company, owner)]
    assert listed == ["CreditNote"] * 3
    assert related(company, half) == [("Invoice", owner["id"])]


def test_a_credit_note_of_a_draft_is_not_finished(company):
    owner = company.draft()
    note = company.draft("credit_notes", owner_invoice_id=owner["id"])

    assert company.move("credit_notes", note, "finalized").status_code == 422
    company.moved("invoices", owner, "finalized")
    assert company.moved("credit_notes", note, "finalized")["sequence_number"] == "1/A"


@pytest.mark.parametrize(
    ("path", "owner"),
    [
        ("credit_notes", "quotes"), ("debit_notes", "credit_notes"), ("shippings", "quotes"),
        ("invoices", "invoices"), ("quotes", "invoices"),
    ],
)  # fmt: skip
def test_a_document_belongs_to_those_alone_that_it_can_correct_or_go_with(company, path, owner):
    known = company.draft(owner)

    answer = company.write(path, owner_invoice_id=known["id"])

    assert answer.status_code == 422
    assert answer.json() == {"errors": [{"error": "O documento de origem não foi encontrado"}]}


def test_no_document_belongs_to_itself(company):
    note = company.draft("credit_notes")

    answer = company.replace("credit_notes", note, owner_invoice_id=note["id"])

    assert (answer.status_code, company.read("credit_notes", note)) == (422, note)


def test_a_credit_note_is_in_the_currency_of_its_owner(company):
    owner = company.finalized("invoices")

    answer = company.write(
        "credit_notes", owner_invoice_id=owner["id"], currency_code="USD", rate=1.25
    )

    assert answer.json() == {"errors": [{"error": "O documento que corrige está em EUR"}]}


def test_a_debit_note_belongs_to_its_owner_and_takes_nothing_back(company):
    owner = company.finalized()
    note = company.finalized("debit_notes", owner_invoice_id=owner["id"])

    assert related(company, owner) == [("DebitNote", note["id"])]
    assert company.paid(owner, 12.3)["total"] == 12.3


def test_related_documents_stand_under_one_address_alone(company):
    document = company.finalized()

    for wrong in ("documents/{}/related_documents", "invoices/{}/related-documents"):
        assert company.ask("GET", f"/{wrong.format(document['id'])}.json").status_code == 404
    gone = company.ask("GET", "/document/1/related_documents.json")
    assert (gone.status_code, gone.text) == (404, "")


@pytest.mark.parametrize("fidelity", ["observed", "documented"])
def test_a_receipt_stands_under_its_own_key_whatever_the_fidelity(company, fidelity):
    company.switch(fidelity=fidelity)

    receipt = company.paid(company.finalized(), 1)

    canceled = company.move("receipts", receipt, "canceled", message="Bounced")
    assert list(canceled.json()) == ["receipt"]
    assert list(company.get(f"/receipts/{receipt['id']}.json")) == ["receipt"]
