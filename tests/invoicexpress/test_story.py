"""A life cycle as a real client sends it: plain HTTP, at the root of InvoiceXpress's own port."""

import json
import urllib.error
import urllib.request
from urllib.parse import urlencode


class Client:
    """A client that knows a base URL and a key, and nothing of the sandbox."""

    def __init__(self, url, key):
        self._url, self._key = url, key

    def ask(self, method, path, body=None, **query):
        """Return the status and the body of an answer."""
        address = f"{self._url}{path}?{urlencode({'api_key': self._key} | query, doseq=True)}"
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} if data else {}
        request = urllib.request.Request(address, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read()

    def done(self, method, path, body=None, status=200, **query):
        """Return what is answered, which has to be of a status."""
        code, raw = self.ask(method, path, body, **query)
        assert code == status, (method, path, code, raw)
        return json.loads(raw) if raw.strip() else None

    def state(self, path, id, event, key="invoice", **more):
        body = {key: {"state": event} | more}
        (after,) = self.done("PUT", f"/{path}/{id}/change-state.json", body).values()
        return after


DRAFT = {
    "date": "15/03/2024", "due_date": "14/04/2024", "reference": "PO-1",
    "client": {"name": "Livraria Central", "code": "200", "fiscal_id": "508025338", "country": "Portugal"},
    "items": [
        {"name": "Aula", "description": "Uma hora", "unit_price": "24.3902", "quantity": "2", "unit": "hour"},
        {"name": "Livro", "description": "", "unit_price": 10, "quantity": 3, "tax": {"name": "IVA6"}},
    ],
}  # fmt: skip


def invoiced(client):
    """An invoice: created, read, changed, numbered."""
    draft = client.done(
        "POST", "/invoices.json", {"invoice": DRAFT, "proprietary_uid": "o-1"}, 201
    )["invoice"]
    again = client.done(
        "POST", "/invoices.json", {"invoice": DRAFT, "proprietary_uid": "o-1"}, 201
    )["invoice"]
    assert again["id"] == draft["id"]
    path = f"/invoices/{draft['id']}"
    assert client.done("GET", f"{path}.json")["invoice"] == draft
    changed = client.done("PUT", f"{path}.json", {"invoice": DRAFT | {"observations": "Obrigado"}})
    assert changed["invoice"]["observations"] == "Obrigado"
    final = client.state("invoices", draft["id"], "finalized")
    assert (final["sequence_number"], final["before_taxes"], final["total"]) == ("1/A", 78.78, 91.8)
    return draft


def filed(client, draft):
    """Its files: not ready, then ready."""
    path = f"/invoices/{draft['id']}"
    assert client.ask("GET", f"/api/pdf/{draft['id']}.json")[0] == 202
    pdf = client.done("GET", f"/api/pdf/{draft['id']}.json")["output"]["pdfUrl"]
    with urllib.request.urlopen(pdf, timeout=10) as answer:
        assert answer.read(5) == b"%PDF-"
    assert client.ask("GET", f"/api/qr_codes/{draft['id']}.json")[0] == 202
    image = client.done("GET", f"/api/qr_codes/{draft['id']}.json")["qr_code"]["url"]
    with urllib.request.urlopen(image, timeout=10) as answer:
        assert answer.read(4) == b"\x89PNG"
    client.done(
        "PUT",
        f"{path}/email-document.json",
        {"message": {"client": {"email": "a@b.pt", "save": "0"}}},
    )


def paid_and_canceled(client, draft):
    """Payments until it is settled; the receipt canceled, the other one, the invoice."""
    path = f"/invoices/{draft['id']}"
    pay = f"/documents/{draft['id']}/partial_payments.json"
    half = client.done("POST", pay, {"partial_payment": {"amount": 50, "payment_mechanism": "TB", "payment_date": "15/03/2024"}})  # fmt: skip
    rest = client.done("POST", pay, {"partial_payment": {"amount": "41.8"}})
    assert client.done("GET", f"{path}.json")["invoice"]["status"] == "settled"
    related = client.done("GET", f"/document/{draft['id']}/related_documents.json")["documents"]
    assert [one["id"] for one in related] == [half["receipt"]["id"], rest["receipt"]["id"]]
    for receipt in (rest, half):
        client.state("receipts", receipt["receipt"]["id"], "canceled", "receipt", message="Bounced")
    assert client.done("GET", f"{path}.json")["invoice"]["status"] == "final"
    assert (
        client.state("invoices", draft["id"], "canceled", message="Wrong client")["status"]
        == "canceled"
    )


def credited(client):
    """A credit note against another one."""
    owner = client.done("POST", "/invoices.json", {"invoice": DRAFT}, 201)["invoice"]
    client.state("invoices", owner["id"], "finalized")
    note = client.done("POST", "/credit_notes.json", {"credit_note": DRAFT | {"owner_invoice_id": owner["id"]}}, 201)  # fmt: skip
    credited = client.state("credit_notes", note["credit_note"]["id"], "finalized", "credit_note")
    assert credited["sequence_number"] == "1/A"


def quoted(client):
    """A quote that is accepted and becomes an invoice; a guide."""
    quote = client.done("POST", "/quotes.json", {"quote": DRAFT}, 201)["quote"]
    client.state("quotes", quote["id"], "finalized", "quote")
    assert client.state("quotes", quote["id"], "accept", "quote")["status"] == "accepted"
    billed = client.done("POST", "/invoice_receipts.json", {"invoice_receipt": DRAFT}, 201)[
        "invoice_receipt"
    ]
    assert (
        client.state("invoice_receipts", billed["id"], "finalized", "invoice_receipt")["status"]
        == "settled"
    )
    place = {
        "detail": "Rua A 1",
        "city": "Lisboa",
        "postal_code": "1000-001",
        "country": "Portugal",
    }
    way = {"loaded_at": "16/03/2024 08:00:00", "address_from": place, "address_to": place}
    guide = client.done("POST", "/shippings.json", {"shipping": DRAFT | way}, 201)["shipping"]
    client.state("shippings", guide["id"], "finalized", "shipping")


def owed(client):
    """What the client owes, what it owed at the beginning, and a payment that settles."""
    known = client.done("GET", "/clients/find-by-code.json", client_code="200")["client"]
    treasury = f"/api/v3/clients/{known['id']}"
    initial = {"initial_balance": {"value": 100, "date": "2024-01-01"}}
    client.done("PUT", f"{treasury}/initial_balance.json", initial)
    regularized = {"regularization": {"value": 100, "date": "2024-03-01"}}
    client.done("POST", f"{treasury}/regularization.json", regularized, 201)
    open_ = client.done("POST", "/invoices.json", {"invoice": DRAFT}, 201)["invoice"]
    client.state("invoices", open_["id"], "finalized")
    balance = client.done("GET", f"{treasury}/balance.json")["balance"]
    assert balance == {"with_vat": 91.8, "without_vat": 78.78}

    movement = {
        "value": 91.8,
        "movement_type": "Payment",
        "payment_method": "MB",
        "date": "2024-03-15",
    }
    client.done("POST", f"{treasury}/treasury_movements.json", {"treasury_movement": movement}, 201)

    assert client.done("GET", f"/invoices/{open_['id']}.json")["invoice"]["status"] == "settled"
    assert client.done("GET", f"{treasury}/balance.json")["balance"]["with_vat"] == 0.0
    found = client.done(
        "POST", f"/clients/{known['id']}/invoices.json", {"filter": {"status": ["settled"]}}
    )
    assert open_["id"] in [one["id"] for one in found["invoices"]]


def listed(client):
    """The lists, the catalogue, and the audit file of it all."""
    assert client.done("GET", "/invoices.json", **{"type[]": ["Invoice"], "status[]": ["sent"]})["pagination"]["total_entries"] == 1  # fmt: skip
    assert len(client.done("GET", "/estimates.json")["estimates"]) == 1
    assert len(client.done("GET", "/guides.json")["guides"]) == 1
    assert (
        client.done("GET", "/clients/find-by-code.json", client_code="200")["client"]["name"]
        == "Livraria Central"
    )
    assert [item["name"] for item in client.done("GET", "/items.json")["items"]] == [
        "Aula",
        "Livro",
    ]
    assert client.ask("GET", "/api/export_saft.json", month="3", year="2024")[0] == 202
    audit = client.done("GET", "/api/export_saft.json", month="3", year="2024")["url"]
    with urllib.request.urlopen(audit, timeout=10) as answer:
        assert b"<InvoiceNo>FT A/1</InvoiceNo>" in answer.read()


def test_the_life_of_documents_from_first_draft_to_the_audit_file(company):
    client = Client(company.described["invoicexpress"]["url"], company.api_key)

    draft = invoiced(client)
    filed(client, draft)
    paid_and_canceled(client, draft)
    credited(client)
    quoted(client)
    owed(client)
    listed(client)
