"""What documents make a client owe, and payments into its treasury that settle them."""

import pytest

ITEM = {"name": "Book", "description": "A novel", "unit_price": "50.0", "quantity": "2"}
INVOICE = {
    "date": "15/03/2024",
    "due_date": "30/03/2024",
    "client": {"name": "Ana", "code": "A1"},
    "items": [ITEM],
}


def made(company, kind="invoice", **more):
    """Return a new document of a type, which is a draft."""
    return company.post(f"/{kind}s.json", {kind: INVOICE | more})[kind]


def changed(company, document, state, kind="invoice", **more):
    """Return a document whose state was changed."""
    body = {kind: {"state": state} | more}
    return company.put(f"/{kind}s/{document['id']}/change-state.json", body)[kind]


def status(company, document, kind="invoice"):
    return company.get(f"/{kind}s/{document['id']}.json")[kind]["status"]


@pytest.fixture
def invoice(company):
    return changed(company, made(company), "finalized")


def test_a_payment_into_the_treasury_settles_the_oldest_invoices_first(company, invoice):
    company.known(language="en")
    later = changed(company, made(company), "finalized")
    treasury = f"/api/v3/clients/{invoice['client']['id']}"
    before = company.get(f"{treasury}/balance.json")
    movement = {
        "value": 200,
        "movement_type": "Payment",
        "payment_method": "NU",
        "date": "2024-03-15",
    }

    def pay(**more):
        body = {"treasury_movement": movement | more}
        return company.ask("POST", f"{treasury}/treasury_movements.json", body)

    too_much = pay(value=246.01)
    done = pay()
    after = company.get(f"{treasury}/balance.json")
    states = status(company, invoice), status(company, later)
    removed = company.ask("DELETE", f"{treasury}/treasury_movements/1.json")

    assert before["balance"] == {"with_vat": 246.0, "without_vat": 200.0}
    assert before["overdue_balance"] == {"with_vat": 0.0, "without_vat": 0.0}
    assert too_much.json() == {"errors": [{"error": "Value must be less than or equal to 246.0"}]}
    assert (done.status_code, after["balance"]["with_vat"]) == (201, 46.0)
    assert states == ("settled", "final")
    related = company.get(f"/document/{invoice['id']}/related_documents.json")["documents"]
    assert [row["type"] for row in related] == ["Receipt"]
    assert (removed.status_code, status(company, invoice)) == (204, "final")
    assert company.get(f"{treasury}/balance.json")["balance"]["with_vat"] == 246.0


def test_what_is_due_and_not_paid_is_overdue(company, invoice):
    company.advance(to="2024-03-31T00:00:00Z")
    shown = company.get(f"/api/v3/clients/{invoice['client']['id']}/balance.json")

    assert shown["overdue_balance"] == {"with_vat": 123.0, "without_vat": 100.0}


def test_the_live_service_leaves_the_receipts_of_a_removed_payment(company, invoice):
    company.switch(defects=["movementRemoval"])
    treasury = f"/api/v3/clients/{invoice['client']['id']}"
    body = {"value": 123, "movement_type": "Payment", "date": "2024-03-15"}
    company.post(f"{treasury}/treasury_movements.json", {"treasury_movement": body})

    assert company.ask("DELETE", f"{treasury}/treasury_movements/1.json").status_code == 500
    assert status(company, invoice) == "settled"


def test_the_invoices_of_a_client_are_listed_by_client(company, invoice):
    client = invoice["client"]["id"]
    made(company)
    made(company, client={"name": "Other"})
    path = f"/clients/{client}/invoices.json"
    every = company.post(path, {})
    final = company.post(path, {"filter": {"status": ["final"], "by_type": ["Invoice"]}})
    archived = company.post(path, {"filter": {"archived": ["archived"]}})
    unknown = company.ask("POST", "/clients/0/invoices.json", {})

    assert [row["status"] for row in every["invoices"]] == ["final", "draft"]
    assert [row["id"] for row in final["invoices"]] == [invoice["id"]]
    assert (archived["invoices"], final["pagination"]["total_entries"]) == ([], 1)
    assert (unknown.status_code, unknown.headers["content-type"]) == (
        404,
        "text/html; charset=utf-8",
    )


def test_credits_and_what_was_paid_in_part_are_owed_no_more(company, invoice):
    client = f"/api/v3/clients/{invoice['client']['id']}"
    body = {"partial_payment": {"amount": 23, "payment_mechanism": "TB"}}
    company.post(f"/documents/{invoice['id']}/partial_payments.json", body)
    half = [ITEM | {"quantity": "1"}]
    note = made(company, "credit_note", items=half, owner_invoice_id=invoice["id"])
    changed(company, note, "finalized", "credit_note")
    alone = made(company, "credit_note", items=half)
    with_owner = company.get(f"{client}/balance.json")["balance"]
    changed(company, alone, "finalized", "credit_note")
    made(company, "debit_note")
    made(company)

    assert with_owner == {"with_vat": 38.5, "without_vat": 31.3}
    assert company.get(f"{client}/balance.json")["balance"] == {
        "with_vat": -23.0, "without_vat": -18.7,
    }  # fmt: skip


def test_a_payment_names_a_series_that_there_is(company, invoice):
    company.known(language="en")
    path = f"/api/v3/clients/{invoice['client']['id']}/treasury_movements.json"
    body = {"value": 1, "movement_type": "Payment", "date": "2024-03-15", "serie": "Z"}
    answer = company.ask("POST", path, {"treasury_movement": body})

    assert (answer.status_code, answer.json()) == (
        422,
        {"errors": [{"error": "Serie was not found"}]},
    )


def test_a_payment_from_before_the_last_receipt_is_refused_and_settles_nothing(company):
    company.known(language="en")
    document = company.finalized()
    company.paid(document, 1, payment_date="15/03/2024")
    client = f"/api/v3/clients/{document['client']['id']}"
    movement = {"value": 2, "movement_type": "Payment", "date": "2024-03-14"}

    answer = company.ask(
        "POST", f"{client}/treasury_movements.json", {"treasury_movement": movement}
    )

    said = "Date cannot be earlier than the last receipt of this sequence[15 Mar 24]"
    assert (answer.status_code, answer.json()) == (422, {"errors": [{"error": said}]})
    assert company.get(f"{client}/balance.json")["balance"]["with_vat"] == 11.3
