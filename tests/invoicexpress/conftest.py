"""What tests of InvoiceXpress ask for: a company of its own that invoices with it."""

from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from harness import RunningSandbox, World


@dataclass
class Company(World):
    """A world, and the account of its fixture that calls the API."""

    http: httpx.Client

    @property
    def api_key(self) -> str:
        """The account's key."""
        known: str = self.described["invoicexpress"]["apiKey"]
        return known

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        """Ask with the account's key, and a body where there is one."""
        params = {"api_key": self.api_key} | more.pop("params", {})
        if body is not None:
            more["json"] = body
        return self.http.request(method, path, params=params, **more)

    def get(self, path: str, **params: Any) -> Any:
        """Return what is read, which has to be there."""
        answer = self.ask("GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any) -> Any:
        """Return what was made."""
        answer = self.ask("POST", path, body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def put(self, path: str, body: Any = None) -> Any:
        """Return what was changed, or nothing where the answer says nothing."""
        answer = self.ask("PUT", path, body)
        assert answer.status_code == 200, answer.text
        return answer.json() if answer.text.strip() else None

    def switch(self, **switches: Any) -> None:
        """Say how the world answers."""
        self.control("PUT", "/invoicexpress/switches", **switches)

    def known(self, account: str = "demo", **members: Any) -> None:
        """Say what the service and the tax authority know of an account."""
        self.control("PUT", f"/invoicexpress/accounts/{account}", **members)

    def draft(self, path: str = "invoices", **members: Any) -> Any:
        """Return a new draft of the type at a path; `uid` is the one it is made under."""
        uid = {"proprietary_uid": members.pop("uid")} if "uid" in members else {}
        (document,) = self.post(
            f"/{path}.json", {KEYS[path]: written(path, **members)} | uid
        ).values()
        return document

    def write(self, path: str, **members: Any) -> httpx.Response:
        """Ask for a new draft of the type at a path, or not."""
        return self.ask("POST", f"/{path}.json", {KEYS[path]: written(path, **members)})

    def finalized(self, path: str = "invoices", **members: Any) -> Any:
        """Return a document that has its number."""
        return self.moved(path, self.draft(path, **members), "finalized")

    def move(self, path: str, document: Any, event: Any, **more: Any) -> httpx.Response:
        """Let something happen to a document, or not."""
        body = {KEYS[path]: {"state": event} | more}
        return self.ask("PUT", f"/{path}/{document['id']}/change-state.json", body)

    def moved(self, path: str, document: Any, event: str, **more: Any) -> Any:
        """Return a document after something happened to it."""
        answer = self.move(path, document, event, **more)
        assert answer.status_code == 200, answer.text
        (after,) = answer.json().values()
        return after

    def replace(self, path: str, document: Any, **members: Any) -> httpx.Response:
        """Write a draft anew, or not."""
        body = {KEYS[path]: written(path, **members)}
        return self.ask("PUT", f"/{path}/{document['id']}.json", body)

    def read(self, path: str, document: Any) -> Any:
        """Return a document as it is now."""
        (found,) = self.get(f"/{path}/{document['id']}.json").values()
        return found

    def pay(self, document: Any, amount: Any, **more: Any) -> httpx.Response:
        """Record a payment, or not."""
        body = {"partial_payment": {"amount": amount} | more}
        return self.ask("POST", f"/documents/{document['id']}/partial_payments.json", body)

    def paid(self, document: Any, amount: Any, **more: Any) -> Any:
        """Return the receipt of a payment."""
        answer = self.pay(document, amount, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()["receipt"]


KEYS = {
    "invoices": "invoice", "simplified_invoices": "simplified_invoice",
    "invoice_receipts": "invoice_receipt", "credit_notes": "credit_note", "debit_notes": "debit_note",
    "receipts": "receipt", "quotes": "quote", "proformas": "proforma", "fees_notes": "fees_note",
    "shippings": "shipping", "transports": "transport", "devolutions": "devolution",
}  # fmt: skip
GUIDES = ("shippings", "transports", "devolutions")
PLACE = {"detail": "Rua A 1", "city": "Lisboa", "postal_code": "1000-001", "country": "Portugal"}


def written(path: str, **members: Any) -> dict[str, Any]:
    """Return what a document of the type at a path is written from: one line of 10.00, 12.30 with tax."""
    way = {"loaded_at": "16/03/2024 08:00:00", "address_from": PLACE, "address_to": PLACE}
    return {
        "date": "15/03/2024",
        "due_date": "14/04/2024",
        "client": {"name": "John", "code": "100"},
        "items": [{"name": "Product A", "unit_price": "10.0", "quantity": "1.0"}],
        **(way if path in GUIDES else {}),
        **members,
    }


@pytest.fixture(scope="session")
def invoicexpress_http(sandbox: RunningSandbox):
    with httpx.Client(base_url=sandbox.app.addresses.apis["invoicexpress"]) as client:
        yield client


@pytest.fixture
def company(sandbox: RunningSandbox, invoicexpress_http):
    """A new company: factory taxes, the series A, a partner's key, the clock frozen."""
    return Company(sandbox, sandbox.made("empty"), invoicexpress_http)


@pytest.fixture
def another(sandbox: RunningSandbox, invoicexpress_http):
    """Another new company, in a world made just as the first."""
    return Company(sandbox, sandbox.made("empty"), invoicexpress_http)
