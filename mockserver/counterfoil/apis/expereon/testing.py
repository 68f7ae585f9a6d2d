"""An Expereon world for tests: its parties with their keys, and what happens to it from outside."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import httpx

from counterfoil.client.control import Control
from counterfoil.client.world import Inbox, Json, World

EVERYTHING = ("*",)


@dataclass(frozen=True)
class Party:
    """An organisation, and the key it calls the API with."""

    id: str
    api_key: str
    api_secret: str

    @property
    def headers(self) -> dict[str, str]:
        """What a request has to bring."""
        return {"X-API-Key": self.api_key, "X-API-Secret": self.api_secret}


class ExpereonWorld(World):
    """A world in which the Expereon invoice network is at work."""

    def __init__(self, control: Control, described: Json) -> None:
        super().__init__(control, described)
        self.url: str = described["expereon"]["url"]
        """Where the API is served."""

    @property
    def seller(self) -> Party:
        """The organisation of the fixture that bills."""
        return self.party("seller")

    @property
    def buyer(self) -> Party:
        """The organisation of the fixture that is billed."""
        return self.party("buyer")

    @property
    def connections(self) -> list[Json]:
        """Who may bill whom."""
        known: list[Json] = self.described["expereon"]["connections"]
        return known

    def party(self, name: str, permission: str = "admin") -> Party:
        """Return an organisation by its name in the fixture; `permission` is read, write or admin."""
        organization = self.described["expereon"]["organizations"][name]
        key = organization["keys"][permission]
        return Party(organization["id"], key["apiKey"], key["apiSecret"])

    def client(self, name: str = "seller", permission: str = "admin") -> httpx.Client:
        """Return an HTTP client that calls the API as an organisation."""
        return self.control.client(self.url, self.party(name, permission).headers)

    @cached_property
    def webhooks(self) -> Inbox:
        """An inbox that hears of everything the seller is told; `listen` makes others."""
        return self.listen()

    def listen(
        self, name: str = "seller", events: tuple[str, ...] = EVERYTHING, **endpoint: Any
    ) -> Inbox:
        """Return an inbox that is registered as an endpoint of an organisation."""
        inbox = self.inbox(f"{name}-{len(self.ask('GET', '/inboxes')['items']) + 1}")
        body = {"url": inbox.url, "events": list(events), **endpoint}
        self.client(name).post("/api/v1/settings/webhooks", json=body).raise_for_status()
        return inbox

    def deposit(
        self, name: str, amount: str, currency: str = "USD", bucket: str = "AVAILABLE"
    ) -> Json:
        """Let money arrive in an organisation's treasury; return what it has then."""
        asked = {"currency": currency, "amount": amount, "bucket": bucket}
        return self._happen(f"/organizations/{name}/deposits", asked)

    def join(self, alias: str, name: str | None = None) -> Party:
        """Let an organisation join the network."""
        made = self._happen("/organizations", {"alias": alias} | ({"name": name} if name else {}))
        self.described["expereon"]["organizations"][alias] = made
        return Party(made["id"], made["apiKey"], made["apiSecret"])

    def connect(self, seller: str, buyer: str, currency: str = "USD") -> Json:
        """Connect two organisations."""
        return self._happen(
            "/connections", {"seller": seller, "buyer": buyer, "currency": currency}
        )

    def suspend(self, connection: str) -> Json:
        """Suspend a connection."""
        return self._happen(f"/connections/{connection}/suspend")

    def reactivate(self, connection: str) -> Json:
        """Make a suspended connection active again."""
        return self._happen(f"/connections/{connection}/reactivate")

    def block(self, name: str) -> Json:
        """Freeze an organisation's account."""
        return self._happen(f"/organizations/{name}/block")

    def unblock(self, name: str) -> Json:
        """Unfreeze an organisation's account."""
        return self._happen(f"/organizations/{name}/unblock")

    def fail_settlements(self, code: str = "PROVIDER_UNAVAILABLE", count: int = 1) -> Json:
        """Let the next settlements fail."""
        return self._happen("/settlements/fail-next", {"count": count, "code": code})

    def change_settings(self, **settings: Any) -> Json:
        """Switch `settlementWindow` (how long holds last) or `autoSettle` (paying what falls due)."""
        changed: Json = self.ask("PUT", "/expereon/settings", settings)
        return changed

    def fail_withdrawal(self, withdrawal: str, code: str = "BANK_REJECTED") -> Json:
        """Let a withdrawal that was approved fail on its way."""
        return self._happen(f"/withdrawals/{withdrawal}/fail", {"code": code})

    def _happen(self, path: str, body: Json | None = None) -> Json:
        happened: Json = self.ask("POST", f"/expereon{path}", body)
        return happened


TestWorld = ExpereonWorld
"""What the sandbox makes of a world for this API's tests."""
