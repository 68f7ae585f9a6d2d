"""The quickstart document's own three calls, with nothing replaced but base URL and credentials."""

import re

INVOICE = {
    "id", "invoiceNumber", "status", "amount", "currency", "buyerOrganizationId",
    "sellerOrganizationId", "dueDate", "createdAt",
}  # fmt: skip


def test_listing_answers_in_the_documented_shape(demo):
    answer = demo.seller.ask(
        "GET", "/api/v1/invoices?page=0&limit=10", headers={"Content-Type": "application/json"}
    )

    page = answer.json()
    assert answer.status_code == 200
    assert set(page) == {"items", "totalCount", "totalPages", "page", "limit"}
    assert (page["page"], page["limit"]) == (0, 10)
    for invoice in page["items"]:
        assert set(invoice) >= INVOICE
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", invoice["createdAt"])
        assert re.fullmatch(r"\d+(\.\d+)?", invoice["amount"])


def test_the_documented_invoice_is_in_the_demo(demo):
    page = demo.seller.get("/api/v1/invoices", invoiceNumber="INV-2024-001").json()

    (invoice,) = page["items"]
    documented = ("status", "amount", "currency", "dueDate")
    assert [invoice[name] for name in documented] == ["SUBMITTED", "1500.00", "USD", "2024-04-15"]


def test_creating_with_the_documented_body_makes_a_draft(demo):
    body = """{
    "connectionId": "conn_abc123",
    "invoiceNumber": "INV-2024-002",
    "amount": "2500.00",
    "currency": "USD",
    "dueDate": "2024-05-01",
    "description": "Consulting services - March 2024",
    "requestId": "unique-request-id-001"
    }"""
    headers = {"Content-Type": "application/json"}

    answer = demo.seller.ask("POST", "/api/v1/invoices", content=body, headers=headers)

    invoice = answer.json()
    assert answer.status_code == 200
    assert set(invoice) >= INVOICE
    assert invoice["status"] == "DRAFT"
    assert invoice["amount"] == "2500.00"
    assert invoice["availableActions"] == ["submit", "cancel", "update", "delete"]


def test_registering_the_documented_webhook_works(demo):
    answer = demo.seller.post(
        "/api/v1/settings/webhooks",
        url="https://your-app.com/webhooks/expereon",
        events=["invoice.created", "invoice.approved", "payment.settled"],
        signingSecret="whsec_your_signing_secret",
    )

    webhook = answer.json()
    assert answer.status_code == 200
    assert webhook["url"] == "https://your-app.com/webhooks/expereon"
    assert webhook["events"] == ["invoice.created", "invoice.approved", "payment.settled"]
    assert webhook["signingSecret"] == "whsec_your_signing_secret"
    read = demo.seller.get(f"/api/v1/settings/webhooks/{webhook['id']}").json()
    assert read["signingSecret"] == "whsec_****"


def test_an_invoice_goes_from_draft_to_settled_with_real_balances(world):
    seller, buyer = world.seller, world.buyer
    start = {"seller": seller.balance(), "buyer": buyer.balance()}

    invoice = world.draft(amount="1500.00")
    path = f"/api/v1/invoices/{invoice['id']}"
    submitted = seller.post(f"{path}/submit").json()
    approved = buyer.post(f"{path}/approve").json()
    held = buyer.balance()
    payment = buyer.post(f"{path}/settle").json()

    assert submitted["status"] == "SUBMITTED"
    assert (approved["status"], approved["approvedAmount"]) == ("APPROVED", "1500.00")
    assert start["buyer"] == {"available": "50000.00", "collateral": "20000.00", "reserved": "0.00"}
    assert held == {"available": "48500.00", "collateral": "20000.00", "reserved": "1500.00"}
    assert (payment["status"], payment["amount"]) == ("SETTLED", "1500.00")
    assert buyer.balance() == {
        "available": "48500.00",
        "collateral": "20000.00",
        "reserved": "0.00",
    }
    assert start["seller"]["available"] == "12000.00"
    assert seller.balance()["available"] == "13500.00"
    assert seller.get(path).json()["status"] == "SETTLED"
