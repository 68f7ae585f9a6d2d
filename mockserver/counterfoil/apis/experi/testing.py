"""An Experi world for tests: its keys, its e-mails, and what happens to it from outside."""

from typing import Any

import httpx

from counterfoil.client.control import Control
from counterfoil.client.world import Json, World


class ExperiWorld(World):
    """A world in which a business bills with Experi."""

    def __init__(self, control: Control, described: Json) -> None:
        super().__init__(control, described)
        known = described["experi"]
        self.url: str = known["url"]
        """Where the API is served."""
        self.api_key: str = known["apiKey"]
        """The key that may read and write."""

    def key(self, scope: str = "full") -> str:
        """Return the key with a scope: read, write or full."""
        known: Json = self.described["experi"]["keys"]
        return self.api_key if scope == "full" else str(known[scope])

    def client(self, scope: str = "full") -> httpx.Client:
        """Return an HTTP client that calls the API with the key of a scope."""
        return self.control.client(self.url, {"Authorization": f"Bearer {self.key(scope)}"})

    @property
    def account(self) -> Json:
        """The account: its plan, its switches, what it received."""
        told: Json = self.ask("GET", "/experi/account")
        return told

    def change_account(self, **members: Any) -> Json:
        """Change `plan`, `apiEnabled`, `emailVerified`, `invoicePrefix` or `paymentTermsDays`."""
        told: Json = self.ask("PUT", "/experi/account", members)
        return told

    def run_now(self, recurring: str) -> Json:
        """Make the next invoice of a recurring one now."""
        made: Json = self.ask("POST", f"/experi/recurring-invoices/{recurring}/run")
        return made

    def revoke(self, scope: str = "full") -> Json:
        """Revoke the key with a scope, as a person does in the browser."""
        told: Json = self.ask("POST", f"/experi/keys/{scope}/revoke")
        return told

    def cancel(self, invoice: str) -> Json:
        """Cancel an invoice, as a person does in the browser."""
        told: Json = self.ask("POST", f"/experi/invoices/{invoice}/cancel")
        return told


TestWorld = ExperiWorld
"""What the sandbox makes of a world for this API's tests."""
