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


@pytest.fixture(scope="session")
def invoicexpress_http(sandbox: RunningSandbox):
    with httpx.Client(base_url=sandbox.app.addresses.apis["invoicexpress"]) as client:
        yield client


@pytest.fixture
def company(sandbox: RunningSandbox, invoicexpress_http):
    """A new company: factory taxes, the series A, a partner's key, the clock frozen."""
    return Company(sandbox, sandbox.made("empty"), invoicexpress_http)
