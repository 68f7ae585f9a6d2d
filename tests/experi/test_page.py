"""The API page, call by call: its own bodies work as they stand, its own error comes back."""

import json

from experi.business import CLIENTS, INVOICES, RECURRING, Business

CLIENT = """{
"name": "John Doe",
"company": "Acme Corp",
"email": "john@acme.com",
"phone": "+44 20 1234 5678",
"addressLine1": "123 Business St",
"city": "London",
"postcode": "SW1A 1AA",
"country": "United Kingdom"
}"""
INVOICE = """{
"clientId": "client_id_here",
"issueDate": "2026-02-10T00:00:00Z",
"dueDate": "2026-02-24T00:00:00Z",
"currency": "GBP",
"taxName": "VAT",
"taxRate": 20,
"lineItems": [
{
"description": "Web Development",
"quantity": 10,
"unitPrice": 75.00
}
],
"status": "DRAFT"
}"""
SEND = """{
"toEmail": "client@example.com",
"subject": "Invoice #SI-001",
"body": "Please find attached..."
}"""
PAID = """{
"paymentDate": "2026-02-10T00:00:00Z",
"amount": 900.00,
"paymentMethod": "Bank Transfer",
"reference": "TXN-123456"
}"""
RECUR = """{
"clientId": "client_id_here",
"frequency": "MONTHLY",
"interval": 1,
"startDate": "2026-03-01T00:00:00Z",
"currency": "GBP",
"lineItems": [...],
"autoSend": false
}"""
ERROR = """{
"error": {
"message": "Validation failed",
"statusCode": 400,
"details": {
"name": ["Name is required"]
}
}
}"""
JSON = {"Content-Type": "application/json"}


def sent(business: Business, path: str, body: str):
    return business.full.ask("POST", path, content=body, headers=JSON)


def test_the_client_of_the_page_is_created_as_it_stands(business):
    answer = sent(business, CLIENTS, CLIENT)

    assert answer.status_code == 201
    assert json.loads(CLIENT).items() <= answer.json()["data"].items()


def test_the_invoice_of_the_page_comes_to_what_the_page_pays(business):
    answer = sent(business, INVOICES, INVOICE)

    data = answer.json()["data"]
    assert answer.status_code == 201
    assert (data["invoiceNumber"], data["status"]) == ("SI-001", "DRAFT")
    assert (data["subtotal"], data["taxAmount"], data["total"]) == (750, 150, 900)
    assert (data["issueDate"], data["dueDate"]) == ("2026-02-10T00:00:00Z", "2026-02-24T00:00:00Z")
    assert '"unitPrice":75.00' in answer.text
    assert '"total":900.00' in answer.text


def test_the_invoice_of_the_page_is_sent_and_paid_as_the_page_says(business):
    id = sent(business, INVOICES, INVOICE).json()["data"]["id"]

    mailed = sent(business, f"{INVOICES}/{id}/send", SEND).json()["data"]
    paid = sent(business, f"{INVOICES}/{id}/paid", PAID).json()["data"]

    assert (mailed["status"], mailed["sendCount"]) == ("SENT", 1)
    (letter,) = business.control("GET", "/outbox")["items"]
    assert (letter["to"], letter["subject"]) == ("client@example.com", "Invoice #SI-001")
    assert letter["body"] == "Please find attached..."
    assert (paid["status"], paid["amountPaid"], paid["amountDue"]) == ("PAID", 900, 0)
    (payment,) = paid["payments"]
    assert (payment["amount"], payment["paymentMethod"]) == (900, "Bank Transfer")
    assert (payment["reference"], payment["paymentDate"]) == ("TXN-123456", "2026-02-10T00:00:00Z")


def test_the_recurring_invoice_of_the_page_recurs(business):
    line = '[{"description": "Hosting", "quantity": 1, "unitPrice": 45.00}]'
    answer = sent(business, RECURRING, RECUR.replace("[...]", line))

    data = answer.json()["data"]
    assert answer.status_code == 201
    assert (data["status"], data["nextRunDate"]) == ("ACTIVE", "2026-03-01T00:00:00Z")
    business.advance(to="2026-04-01T00:00:00Z")
    assert [i["issueDate"] for i in business.every(INVOICES)] == [
        "2026-04-01T00:00:00Z", "2026-03-01T00:00:00Z",
    ]  # fmt: skip


def test_the_error_of_the_page_comes_back_as_it_stands(business):
    answer = sent(business, CLIENTS, "{}")

    assert answer.status_code == 400
    assert answer.json() == json.loads(ERROR)
    assert answer.text == json.dumps(json.loads(ERROR), separators=(",", ":"))


def test_the_first_call_of_the_page_needs_nothing_but_the_key(business):
    answer = business.full.get(CLIENTS)

    assert [client["id"] for client in answer.json()["data"]] == ["client_id_here"]
    assert answer.json()["pagination"] == {"page": 1, "limit": 20, "total": 1, "totalPages": 1}
