"""An InvoiceXpress world for tests: its accounts with their keys, and how it is switched."""

from dataclasses import dataclass
from typing import Any

import httpx

from counterfoil.client.control import Control
from counterfoil.client.world import Json, World


@dataclass(frozen=True)
class Key:
    """An account, and the key it calls the API with."""

    id: str
    account_name: str
    api_key: str


class InvoicexpressWorld(World):
    """A world in which a company invoices with InvoiceXpress."""

    def __init__(self, control: Control, described: Json) -> None:
        super().__init__(control, described)
        self.url: str = described["invoicexpress"]["url"]
        """Where the API is served."""

    @property
    def api_key(self) -> str:
        """The key of the fixture's first account."""
        key: str = self.described["invoicexpress"]["apiKey"]
        return key

    @property
    def account_name(self) -> str:
        """The subdomain of the fixture's first account."""
        name: str = self.described["invoicexpress"]["accountName"]
        return name

    def account(self, name: str = "demo") -> Key:
        """Return an account by its name in the fixture."""
        known = self.described["invoicexpress"]["accounts"][name]
        return Key(known["id"], known["accountName"], known["apiKey"])

    def client(self, name: str = "demo") -> httpx.Client:
        """Return an HTTP client that calls the API as an account, its key in every query."""
        client = self.control.client(self.url, {})
        client.params = client.params.set("api_key", self.account(name).api_key)
        return client

    def switch(self, **switches: Any) -> Json:
        """Switch `fidelity` (observed or documented), `polls` (not ready so often) or `defects`."""
        switched: Json = self.ask("PUT", "/invoicexpress/switches", switches)
        return switched

    def change_account(self, name: str = "demo", **known: Any) -> Json:
        """Change what the service knows of an account: `language`, `trial` and others."""
        changed: Json = self.ask("PUT", f"/invoicexpress/accounts/{name}", known)
        return changed


TestWorld = InvoicexpressWorld
"""What the sandbox makes of a world for this API's tests."""
