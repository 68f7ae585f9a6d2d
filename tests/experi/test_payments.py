"""Payments: in full and in parts, each on record, and all of them in the ledger."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from experi.business import INVOICES, error, refused


def test_parts_add_up_to_the_whole(business):
    invoice = business.invoice(taxRate=20)

    told = []
    for amount in (100, 0.01, 99.99, 700):
        paid = business.do("paid", invoice, amount=amount).json()["data"]
        told.append((paid["status"], paid["amountPaid"], paid["amountDue"], paid["paidAt"]))

    assert told == [
        ("PARTIALLY_PAID", 100, 800, None),
        ("PARTIALLY_PAID", 100.01, 799.99, None),
        ("PARTIALLY_PAID", 200, 700, None),
        ("PAID", 900, 0, "2024-03-15T10:30:00Z"),
    ]
    payments = business.shown(invoice)["payments"]
    assert [(p["id"], p["amount"]) for p in payments] == [
        ("payment_000001", 100), ("payment_000002", 0.01), ("payment_000003", 99.99), ("payment_000004", 700),
    ]  # fmt: skip
    assert {p["invoiceId"] for p in payments} == {invoice["id"]}


def test_more_than_is_due_is_refused_and_changes_nothing(business):
    invoice = business.invoice(taxRate=20)
    business.do("paid", invoice, amount=850)

    answer = business.do("paid", invoice, amount=50.01)

    refused(answer, "Validation failed", amount=["Amount exceeds amount due (50.00)"])
    assert business.shown(invoice)["amountPaid"] == 850


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        (0, "Amount must be more than 0"),
        (-1, "Amount must be more than 0"),
        (1.001, "Amount must be a number with at most two decimals"),
        ("1.00", "Amount must be a number"),
        (None, "Amount must be a number"),
    ],
)
def test_an_amount_is_a_number_of_cents_more_than_nothing(business, amount, said):
    invoice = business.invoice()

    answer = business.do("paid", invoice, amount=amount)

    assert answer.status_code == 400
    assert said in answer.json()["error"]["details"]["amount"]
    assert business.shown(invoice)["payments"] == []


def test_without_an_amount_all_that_is_due_is_paid(business):
    invoice = business.invoice()
    business.do("paid", invoice, amount=0.07)

    paid = business.do("paid", invoice, paymentMethod="Cash").json()["data"]

    assert (paid["status"], paid["payments"][1]["amount"]) == ("PAID", 749.93)
    assert paid["payments"][1]["paymentMethod"] == "Cash"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_every_verb_the_page_may_have_meant_pays(business, method):
    invoice = business.invoice()

    answer = business.full.ask(method, f"{INVOICES}/{invoice['id']}/paid", json={"amount": 750})

    assert answer.json()["data"]["status"] == "PAID"


def test_a_late_invoice_stays_late_until_all_is_paid(business):
    invoice = business.invoice(status="SENT", dueDate="2024-03-20")
    business.advance(by="P7D")

    part = business.do("paid", invoice, amount=749.99).json()["data"]
    rest = business.do("paid", invoice).json()["data"]

    assert (part["status"], part["amountDue"]) == ("OVERDUE", 0.01)
    assert (rest["status"], rest["paidAt"]) == ("PAID", "2024-03-22T10:30:00Z")


def test_what_the_account_received_is_the_sum_of_its_payments(business):
    pounds, euros = business.invoice(), business.invoice(currency="EUR")
    for invoice, amount in ((pounds, 100), (pounds, 250.5), (euros, 12.34)):
        business.do("paid", invoice, amount=amount)

    account = business.control("GET", "/experi/account")

    assert account["received"] == [
        {"currency": "EUR", "amount": 12.34}, {"currency": "GBP", "amount": 350.5},
    ]  # fmt: skip
    entries = business.rows("SELECT currency, sum(delta) FROM entries WHERE world = ? GROUP BY 1")
    assert {sums for _, sums in entries if sums} == set()


def test_of_many_payments_at_once_one_is_taken(business):
    invoice = business.invoice(taxRate=20)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: business.do("paid", invoice), range(8)))

    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 7
    told = [answer.json() for answer in answers if answer.status_code == 400]
    assert told == [error("Invoice is already paid")] * 7
    assert business.control("GET", "/experi/account")["received"] == [
        {"currency": "GBP", "amount": 900}
    ]


def test_what_comes_to_nothing_is_not_paid(business):
    free = business.invoice({"description": "Gift", "quantity": 1, "unitPrice": 0})

    answer = business.do("paid", free)

    assert (answer.status_code, answer.json()) == (400, error("Nothing is due on this invoice"))
    assert business.shown(free)["payments"] == []
