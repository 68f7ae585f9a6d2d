"""Lists of documents: every filter by itself, all of a family without any, pages that add up."""

import pytest

LISTED = ("invoices", "estimates", "guides")


@pytest.fixture
def filled(company):
    """Documents of several types, states, days, clients and amounts, by the names they are told by."""
    line = {"name": "Livro", "quantity": 1, "unit_price": 50}
    made = {
        "draft": company.draft(date="01/03/2024", reference="R-1"),
        "final": company.finalized(date="02/03/2024", items=[line], client={"name": "Élan Lda"}),
        "receipt": company.finalized("invoice_receipts", date="03/03/2024"),
        "note": company.finalized(
            "credit_notes", date="04/03/2024", observations="Sobre o desconto"
        ),
        "quote": company.finalized("quotes", date="05/03/2024"),
        "guide": company.draft("transports", date="06/03/2024", loaded_at="20/03/2024 23:30:00"),
        "deleted": company.moved("invoices", company.draft(date="07/03/2024"), "deleted"),
    }
    company.names = {document["id"]: name for name, document in made.items()}
    return company


def found(company, path="invoices", **filters):
    answer = company.get(f"/{path}.json", **filters)
    key = path if path in LISTED else "invoices"
    return [company.names[document["id"]] for document in answer[key]]


FILTERS = [
    ({}, ["draft", "final", "receipt", "note", "deleted"]),
    ({"type[]": "Invoice"}, ["draft", "final", "deleted"]),
    ({"type[]": ["InvoiceReceipt", "CreditNote"]}, ["receipt", "note"]),
    ({"type[]": "CashInvoice"}, []),
    ({"status[]": "sent"}, ["final", "note"]),
    ({"status[]": "final"}, ["final", "note"]),
    ({"status[]": ["sent", "settled"]}, ["final", "receipt", "note"]),
    ({"status[]": "second_copy"}, []),
    ({"status[]": "deleted"}, ["deleted"]),
    ({"type[]": ["Invoice", "CreditNote"], "status[]": ["draft", "sent"]}, ["draft", "final", "note"]),
    ({"non_archived": "true"}, ["draft", "final", "receipt", "note", "deleted"]),
    ({"archived": "true"}, []),
    ({"archived": "1"}, []),
    ({"archived": "0", "non_archived": "1"}, ["draft", "final", "receipt", "note", "deleted"]),
    ({"archived": "true", "non_archived": "true"}, ["draft", "final", "receipt", "note", "deleted"]),
    ({"text": "élan"}, ["final"]),
    ({"text": "livro"}, ["final"]),
    ({"text": "desconto"}, ["note"]),
    ({"text": "1/a"}, ["final", "receipt", "note"]),
    ({"reference": "R-1"}, ["draft"]),
    ({"reference": "r-1"}, []),
    ({"date[from]": "03/03/2024"}, ["receipt", "note", "deleted"]),
    ({"date[from]": "02/03/2024", "date[to]": "03/03/2024"}, ["final", "receipt"]),
    ({"due_date[to]": "13/04/2024"}, []),
    ({"due_date[from]": "14/04/2024", "type[]": "CreditNote"}, ["note"]),
    ({"total_before_taxes[from]": "50"}, ["final"]),
    ({"total_before_taxes[to]": "49.99"}, ["draft", "receipt", "note", "deleted"]),
]  # fmt: skip


@pytest.mark.parametrize(("filters", "names"), FILTERS)
def test_invoices_are_narrowed_by_each_filter(filled, filters, names):
    assert found(filled, **filters) == names


OTHERS = [
    ("estimates", {}, ["quote"]),
    ("estimates", {"type[]": "Proforma"}, []),
    ("estimates", {"status[]": "sent"}, ["quote"]),
    ("guides", {}, ["guide"]),
    ("guides", {"loaded_at[from]": "20/03/2024", "loaded_at[to]": "20/03/2024"}, ["guide"]),
    ("guides", {"loaded_at[from]": "21/03/2024"}, []),
    ("guides", {"text": "john"}, ["guide"]),
    ("credit_notes", {}, ["note"]),
    ("invoice_receipts", {"type[]": "Invoice"}, ["receipt"]),
    ("debit_notes", {}, []),
    ("receipts", {}, []),
]


@pytest.mark.parametrize(("path", "filters", "names"), OTHERS)
def test_other_lists_are_narrowed_too(filled, path, filters, names):
    assert found(filled, path, **filters) == names


@pytest.mark.parametrize(
    "filters", [{"status[]": "final"}, {"text": "nothing"}, {"date[from]": "01/01/2030"}]
)
def test_the_list_of_one_type_knows_no_filters(filled, filters):
    everything = (
        filled.get("/receipts.json")["invoices"] + filled.get("/invoice_receipts.json")["invoices"]
    )
    narrowed = [
        document
        for path in ("/receipts.json", "/invoice_receipts.json")
        for document in filled.get(path, **filters)["invoices"]
    ]

    assert narrowed == everything != []


def test_pages_add_up_to_the_list(filled):
    pages = [filled.get("/invoices.json", page=page, per_page=2) for page in (1, 2, 3, 4)]

    told = [[filled.names[one["id"]] for one in page["invoices"]] for page in pages]
    assert told == [["draft", "final"], ["receipt", "note"], ["deleted"], []]
    assert pages[1]["pagination"] == {
        "total_entries": 5, "total_pages": 3, "current_page": 2, "per_page": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    "wrong", [{"date[from]": "2024-03-01"}, {"date[to]": "31/02/2024"}, {"type[]": "Quote"}]
)
def test_a_filter_that_means_nothing_is_refused(company, wrong):
    assert company.ask("GET", "/invoices.json", params=wrong).status_code == 422
