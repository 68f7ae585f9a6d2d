"""The states of invoices: every trigger in every state leads where this page says, or is refused."""

import pytest

from experi.business import INVOICES, refused

# How an invoice gets into a state, due on 2024-03-20, the clock being at 2024-03-15T10:30:00Z.
INTO = {
    "DRAFT": (),
    "SENT": ("send",),
    "PARTIALLY_PAID": ("send", "part"),
    "OVERDUE": ("send", "week"),
    "PAID": ("pay",),
    "CANCELLED": ("cancel",),
}

# Where each trigger leads from each state; a text that begins with 4 is a refusal's.
LEADS = {
    "send": {
        "DRAFT": "SENT", "SENT": "SENT", "PARTIALLY_PAID": "PARTIALLY_PAID", "OVERDUE": "OVERDUE",
        "PAID": "PAID", "CANCELLED": "400 Cannot send an invoice that is CANCELLED",
    },
    "part": {
        "DRAFT": "PARTIALLY_PAID", "SENT": "PARTIALLY_PAID", "PARTIALLY_PAID": "PARTIALLY_PAID",
        "OVERDUE": "OVERDUE", "PAID": "400 Invoice is already paid",
        "CANCELLED": "400 Cannot pay an invoice that is CANCELLED",
    },
    "pay": {
        "DRAFT": "PAID", "SENT": "PAID", "PARTIALLY_PAID": "PAID", "OVERDUE": "PAID",
        "PAID": "400 Invoice is already paid",
        "CANCELLED": "400 Cannot pay an invoice that is CANCELLED",
    },
    "week": {
        "DRAFT": "DRAFT", "SENT": "OVERDUE", "PARTIALLY_PAID": "OVERDUE", "OVERDUE": "OVERDUE",
        "PAID": "PAID", "CANCELLED": "CANCELLED",
    },
    "update": {"DRAFT": "DRAFT"} | {
        state: f"400 Cannot update an invoice that is {state}"
        for state in ("SENT", "PARTIALLY_PAID", "OVERDUE", "PAID", "CANCELLED")
    },
    "delete": {"DRAFT": ""} | {
        state: f"400 Cannot delete an invoice that is {state}"
        for state in ("SENT", "PARTIALLY_PAID", "OVERDUE", "PAID", "CANCELLED")
    },
    "cancel": {
        "DRAFT": "CANCELLED", "SENT": "CANCELLED", "OVERDUE": "CANCELLED",
        "PARTIALLY_PAID": "409 The invoice invoice_000001 is PARTIALLY_PAID",
        "PAID": "409 The invoice invoice_000001 is PAID",
        "CANCELLED": "409 The invoice invoice_000001 is CANCELLED",
    },
}  # fmt: skip


def pull(business, trigger, invoice):
    """Pull a trigger; return the answer, or None where time does it."""
    path = f"{INVOICES}/{invoice['id']}"
    if trigger == "week":
        business.advance(by="P7D")
        return None
    if trigger == "cancel":
        url = f"/_sandbox/worlds/{business.described['id']}/experi/invoices/{invoice['id']}/cancel"
        return business.sandbox.client.post(url)
    if trigger == "update":
        return business.full.patch(path, notes="Changed")
    if trigger == "delete":
        return business.full.delete(path)
    body = {"part": {"amount": 10}}.get(trigger, {})
    return business.do({"part": "paid", "pay": "paid"}.get(trigger, trigger), invoice, **body)


def prepared(business, state):
    invoice = business.invoice(dueDate="2024-03-20")
    for step in INTO[state]:
        pull(business, step, invoice)
    assert business.shown(invoice)["status"] == state
    return invoice


@pytest.mark.parametrize("state", INTO)
@pytest.mark.parametrize("trigger", LEADS)
def test_a_trigger_leads_where_the_page_says(business, trigger, state):
    invoice = prepared(business, state)
    leads = LEADS[trigger][state]

    answer = pull(business, trigger, invoice)

    if leads.startswith("400"):
        refused(answer, leads.removeprefix("400 "))
    elif leads.startswith("409"):
        assert (answer.status_code, answer.json()["detail"]) == (409, leads.removeprefix("409 "))
    elif leads:
        assert answer is None or answer.status_code == 200
        assert business.shown(invoice)["status"] == leads
        return
    else:
        assert answer.json() == {"data": {"id": invoice["id"], "deleted": True}}
        gone = business.full.get(f"{INVOICES}/{invoice['id']}")
        refused(gone, "Invoice not found", 404)
        return
    assert business.shown(invoice)["status"] == state


def test_an_invoice_is_late_at_midnight_after_its_due_date(business):
    invoice = business.invoice(status="SENT", dueDate="2024-03-20")

    business.advance(to="2024-03-20T23:59:59Z")
    assert business.shown(invoice)["status"] == "SENT"
    journey = business.advance(by="PT1S")

    assert [(job["at"], job["type"]) for job in journey["jobs"]] == [
        ("2024-03-21T00:00:00Z", "invoice.overdue")
    ]
    assert business.shown(invoice)["status"] == "OVERDUE"


def test_an_invoice_that_was_late_when_it_was_sent_is_overdue_at_the_next_midnight(business):
    invoice = business.invoice(status="SENT", issueDate="2024-01-01", dueDate="2024-01-31")

    business.advance(to="2024-03-15T23:59:59Z")
    assert business.shown(invoice)["status"] == "SENT"
    business.advance(by="PT1S")
    assert business.shown(invoice)["status"] == "OVERDUE"


def test_what_is_late_is_cancelled_no_more_once_something_was_paid(business):
    invoice = business.invoice(status="SENT", dueDate="2024-03-20")
    business.do("paid", invoice, amount=10)
    business.advance(by="P7D")

    answer = pull(business, "cancel", invoice)

    assert (answer.status_code, answer.json()["detail"]) == (
        409, "Something was paid of the invoice invoice_000001"
    )  # fmt: skip
    assert business.shown(invoice)["status"] == "OVERDUE"


def test_an_invoice_of_nothing_is_never_late(business):
    free = {"description": "A favour", "quantity": 1, "unitPrice": 0}
    invoice = business.invoice(free, status="SENT", dueDate="2024-03-16")

    business.advance(by="P30D")

    assert business.shown(invoice)["status"] == "SENT"
    refused(business.do("paid", invoice), "Nothing is due on this invoice")


def test_the_demo_has_every_state_that_calls_and_time_bring_about(shop):
    statuses = {invoice["status"] for invoice in shop.every(INVOICES)}
    recurring = {record["status"] for record in shop.every("/api/v1/recurring-invoices")}

    assert statuses == {"DRAFT", "SENT", "PARTIALLY_PAID", "OVERDUE", "PAID"}
    assert recurring == {"ACTIVE", "PAUSED", "ENDED"}


def test_what_a_world_has_seen_of_the_states_is_told(business):
    business.do("paid", business.invoice())

    seen = business.control("GET", "/coverage")["experi"]
    assert seen["arrows"]["seen"] == ["invoice: create from -", "invoice: pay from DRAFT"]
