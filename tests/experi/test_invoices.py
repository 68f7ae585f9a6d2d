"""Invoices: created, changed, listed, numbered, printed, and what is outstanding."""

import io

import pytest
from pypdf import PdfReader

from experi.business import CLIENTS, INVOICES, LINE, refused


def test_what_is_left_out_has_a_sensible_value(business):
    made = business.invoice()

    assert (made["status"], made["currency"], made["taxRate"], made["taxName"]) == (
        "DRAFT",
        "GBP",
        0,
        None,
    )
    assert (made["issueDate"], made["dueDate"]) == ("2024-03-15T10:30:00Z", "2024-03-29T10:30:00Z")
    assert (made["discountType"], made["discountValue"], made["poNumber"]) == (None, None, None)
    assert (made["sentAt"], made["sendCount"], made["paidAt"], made["payments"]) == (
        None,
        0,
        None,
        [],
    )


def test_an_invoice_that_is_created_as_sent_went_nowhere(business):
    made = business.invoice(status="SENT")

    assert (made["status"], made["sentAt"], made["sendCount"]) == (
        "SENT",
        "2024-03-15T10:30:00Z",
        0,
    )
    assert business.control("GET", "/outbox")["items"] == []


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("2026-02-10", "2026-02-10T00:00:00Z"),
        ("2026-02-10T12:30:45.999Z", "2026-02-10T12:30:45Z"),
        ("2026-02-10T01:00:00+02:00", "2026-02-09T23:00:00Z"),
    ],
)
def test_dates_are_told_in_utc(business, given, told):
    assert business.invoice(issueDate=given, dueDate="2026-03-01")["issueDate"] == told


def test_an_invoice_may_be_due_on_the_day_it_is_issued(business):
    """A date is the beginning of its day, which is no reason to refuse an invoice of 10:30."""
    made = business.invoice(dueDate="2024-03-15", status="SENT")

    assert (made["issueDate"], made["dueDate"]) == ("2024-03-15T10:30:00Z", "2024-03-15T00:00:00Z")
    business.advance(to="2024-03-15T23:59:59Z")
    assert business.shown(made)["status"] == "SENT"
    business.advance(by="PT1S")
    assert business.shown(made)["status"] == "OVERDUE"


def test_what_is_wrong_in_a_body_is_told_before_what_is_not_there(business):
    body = {"clientId": "client_9", "lineItems": [LINE], "issueDate": "2024-03-02"}

    answer = business.full.post(INVOICES, **body, dueDate="2024-03-01")

    refused(answer, "Validation failed", dueDate=["Due date must not be before the issue date"])
    refused(business.full.post(INVOICES, **body), "Client not found", 404)


def test_numbers_are_counted_on_and_never_given_again(business):
    numbers = [business.invoice()["invoiceNumber"] for _ in range(2)]
    last = business.invoice()
    business.full.delete(f"{INVOICES}/{last['id']}")
    numbers.append(business.invoice()["invoiceNumber"])
    business.control("PUT", "/experi/account", invoicePrefix="2024/")
    numbers.append(business.invoice()["invoiceNumber"])

    assert numbers == ["SI-001", "SI-002", "SI-004", "2024/005"]


def test_numbers_grow_beyond_three_digits(business):
    key = business.key
    database = business.sandbox.engine.store.database
    business.invoice()
    database.run(
        "UPDATE worlds SET counters = replace(counters, '\"invoice number of account_1\":1',"
        " '\"invoice number of account_1\":999') WHERE world = ?",
        (key,),
    )

    assert business.invoice()["invoiceNumber"] == "SI-1000"


def test_an_id_or_number_is_not_spent_on_what_was_refused(business):
    business.full.post(INVOICES, clientId="client_9", lineItems=[])
    business.full.post(
        INVOICES,
        clientId="client_id_here",
        lineItems=[{"description": "W", "quantity": 10**6, "unitPrice": 10**9}],
    )

    made = business.invoice()

    assert (made["id"], made["invoiceNumber"]) == ("invoice_000001", "SI-001")


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_draft_is_changed_and_reckoned_anew(business, method):
    made = business.invoice(taxRate=20, notes="First", discountType="FIXED", discountValue=50)
    path = f"{INVOICES}/{made['id']}"

    told = business.full.ask(method, path, json={"taxRate": 10, "notes": None}).json()["data"]

    assert (told["subtotal"], told["discountAmount"], told["taxAmount"], told["total"]) == (
        750,
        50,
        70,
        770,
    )
    assert (told["notes"], told["invoiceNumber"], told["lineItems"]) == (
        None,
        "SI-001",
        made["lineItems"],
    )
    assert (told["issueDate"], told["dueDate"]) == (made["issueDate"], made["dueDate"])
    changed = business.full.ask(
        method,
        path,
        json={
            "lineItems": [{"description": "B", "quantity": 2.5, "unitPrice": 4}],
            "discountValue": 1,
        },
    ).json()["data"]
    assert (changed["subtotal"], changed["total"]) == (10, 9.9)


def test_a_change_that_would_be_wrong_changes_nothing(business):
    made = business.invoice(discountType="FIXED", discountValue=50)

    path = f"{INVOICES}/{made['id']}"
    small = [{"description": "B", "quantity": 1, "unitPrice": 49}]
    answer = business.full.patch(path, lineItems=small)

    refused(answer, "Validation failed", discountValue=["Discount value must be 49.00 or less"])
    refused(business.full.patch(path, clientId="client_9"), "Client not found", 404)
    assert business.shown(made) == made


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""), ("PATCH", ""), ("PUT", ""), ("DELETE", ""), ("GET", "/pdf"), ("POST", "/send"),
        ("POST", "/paid"),
    ],
)  # fmt: skip
def test_an_invoice_that_is_not_there_is_told(business, method, path):
    body = {"json": {}} if method in ("PATCH", "PUT", "POST") else {}

    answer = business.full.ask(method, f"{INVOICES}/invoice_9{path}", **body)

    refused(answer, "Invoice not found", 404)


def test_lists_are_narrowed_by_what_is_asked(business):
    other = business.made(CLIENTS, name="Somebody else")
    first = business.invoice(issueDate="2024-01-10", dueDate="2024-01-20", poNumber="PO-77")
    second = business.invoice(issueDate="2024-02-10", dueDate="2024-02-20", status="SENT")
    third = business.made(
        INVOICES, clientId=other["id"], issueDate="2024-02-10T23:00:00Z", lineItems=first["lineItems"] and [
            {"description": "W", "quantity": 1, "unitPrice": 1}
        ],
    )  # fmt: skip

    def listed(**params):
        found = business.every(INVOICES, **params)
        return [("first", "second", "third")[int(row["id"][-1]) - 1] for row in found]

    assert [first["id"][-1], second["id"][-1], third["id"][-1]] == ["1", "2", "3"]
    assert listed() == ["third", "second", "first"]
    assert listed(status="SENT") == ["second"]
    assert listed(clientId=other["id"]) == ["third"]
    assert listed(**{"from": "2024-02-10"}) == ["third", "second"]
    assert listed(to="2024-02-09") == ["first"]
    assert listed(to="2024-02-10") == ["third", "second", "first"]
    assert listed(to="2024-02-10T00:00:00Z") == ["second", "first"]
    assert listed(**{"from": "2024-01-10T00:00:01Z", "to": "2024-02-10T22:59:59Z"}) == ["second"]
    assert listed(search="po-77") == ["first"]
    assert listed(search="i-00") == ["third", "second", "first"]
    assert listed(search="nothing") == []
    answer = business.full.get(INVOICES, status="LATE")
    assert answer.json()["error"]["details"].keys() == {"status"}


def test_outstanding_is_what_was_sent_and_is_not_paid_the_oldest_debt_first(business):
    def sent(due, **more):
        return business.invoice(status="SENT", issueDate="2024-01-01", dueDate=due, **more)

    june, april = sent("2024-06-01"), sent("2024-04-01", currency="EUR")
    late = sent("2024-02-01", taxRate=20)
    business.do("paid", late, amount=400.5)
    business.do("paid", sent("2024-01-15"))
    business.invoice()
    business.invoice({"description": "Free", "quantity": 1, "unitPrice": 0}, status="SENT")
    business.advance(to="2024-03-16T00:00:00Z")

    answer = business.full.get(f"{INVOICES}/outstanding").json()

    told = [(i["id"], i["status"], i["amountDue"]) for i in answer["data"]]
    assert told == [
        (late["id"], "OVERDUE", 499.5), (april["id"], "SENT", 750), (june["id"], "SENT", 750),
    ]  # fmt: skip
    assert answer["pagination"]["total"] == 3
    assert answer["summary"] == [
        {"currency": "EUR", "count": 1, "totalOutstanding": 750, "totalOverdue": 0},
        {"currency": "GBP", "count": 2, "totalOutstanding": 1249.5, "totalOverdue": 499.5},
    ]
    second = business.full.get(f"{INVOICES}/outstanding", limit=1, page=2).json()
    assert [i["id"] for i in second["data"]] == [april["id"]]
    assert second["summary"] == answer["summary"]


def test_nothing_outstanding_is_an_empty_summary(business):
    answer = business.full.get(f"{INVOICES}/outstanding").json()

    assert (answer["data"], answer["summary"]) == ([], [])


def read(answer):
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    pages = PdfReader(io.BytesIO(answer.content), strict=True).pages
    return " ".join(page.extract_text() for page in pages)


def test_a_pdf_can_be_read_and_says_what_the_invoice_says(business):
    invoice = business.invoice(
        taxRate=20, taxName="VAT", discountType="PERCENTAGE", discountValue=10, poNumber="PO-77",
        issueDate="2026-02-10", dueDate="2026-02-24", notes="Zahlbar in zwei Wochen", footer="Thank you",
    )  # fmt: skip
    business.do("paid", invoice, amount=10)

    answer = business.full.get(f"{INVOICES}/{invoice['id']}/pdf")

    text = read(answer)
    for said in (
        "SI-001", "Thames Web Studio", "2 Wharf Road", "Acme Corp", "John Doe", "123 Business St",
        "London SW1A 1AA", "Web Development", "75.00", "750.00", "-75.00 GBP", "VAT 20%", "135.00 GBP",
        "810.00 GBP", "10.00 GBP", "800.00 GBP", "PO-77", "10 February 2026", "24 February 2026",
        "Zahlbar in zwei Wochen", "Thank you",
    ):  # fmt: skip
        assert said in text
    assert "SI-001.pdf" in answer.headers["content-disposition"]


def test_a_pdf_says_across_the_page_that_it_is_a_draft(business):
    invoice = business.invoice()
    path = f"{INVOICES}/{invoice['id']}/pdf"

    draft = read(business.full.get(path))
    business.do("send", invoice)
    sent = read(business.full.get(path))

    assert "DRAFT" in draft
    assert "DRAFT" not in sent


def test_the_same_invoice_is_the_same_file(business):
    path = f"{INVOICES}/{business.invoice()['id']}/pdf"

    assert business.full.get(path).content == business.full.get(path).content
