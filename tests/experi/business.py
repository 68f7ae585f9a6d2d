"""An account of Experi that calls the API over HTTP."""

from typing import Any

import httpx

from harness import Caller, World

INVOICES = "/api/v1/invoices"
CLIENTS = "/api/v1/clients"
RECURRING = "/api/v1/recurring-invoices"
CLIENT = "client_id_here"

LINE = {"description": "Web Development", "quantity": 10, "unitPrice": 75}


class Business(World):
    """A world in which an account bills; `full`, `reader` and `writer` call with its keys."""

    @property
    def known(self) -> dict[str, Any]:
        """What the control plane told of Experi."""
        told: dict[str, Any] = self.described["experi"]
        return told

    @property
    def full(self) -> Caller:
        return self.caller(self.known["apiKey"])

    @property
    def reader(self) -> Caller:
        return self.caller(self.known["keys"]["read"])

    @property
    def writer(self) -> Caller:
        return self.caller(self.known["keys"]["write"])

    def caller(self, key: str) -> Caller:
        """Return somebody who calls with a key."""
        return Caller(self.sandbox.https["experi"], {"Authorization": f"Bearer {key}"})

    def made(self, path: str, **body: Any) -> dict[str, Any]:
        """Return what a POST made or changed, which must be good."""
        answer = self.full.post(path, **body)
        assert answer.status_code in (200, 201), answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data

    def invoice(self, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Return a new invoice to the client: a draft of 750.00 unless told otherwise."""
        return self.made(INVOICES, clientId=CLIENT, lineItems=[*(lines or (LINE,))], **more)

    def recurring(self, frequency: str, start: str, **more: Any) -> dict[str, Any]:
        """Return a new recurring invoice to the client."""
        body = {"frequency": frequency, "startDate": start, "clientId": CLIENT, "lineItems": [LINE]}
        return self.made(RECURRING, **body | more)

    def shown(self, record: dict[str, Any]) -> dict[str, Any]:
        """Return an invoice, or a recurring one, as it is now."""
        path = INVOICES if "invoiceNumber" in record else RECURRING
        answer = self.full.get(f"{path}/{record['id']}")
        assert answer.status_code == 200, answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data

    def do(self, action: str, record: dict[str, Any], **body: Any) -> httpx.Response:
        """Ask for an action on an invoice or a recurring one."""
        path = INVOICES if "invoiceNumber" in record else RECURRING
        return self.full.post(f"{path}/{record['id']}/{action}", **body)

    def every(self, path: str, **params: Any) -> list[dict[str, Any]]:
        """Return what a list holds, 100 at most."""
        answer = self.full.get(path, limit=100, **params)
        assert answer.status_code == 200, answer.text
        data: list[dict[str, Any]] = answer.json()["data"]
        return data


def error(
    message: str, status: int = 400, details: dict[str, list[str]] | None = None
) -> dict[str, Any]:
    """Return the error envelope that the API page shows."""
    told = {"message": message, "statusCode": status}
    return {"error": told | ({"details": details} if details else {})}


def refused(answer: httpx.Response, message: str, status: int = 400, **details: list[str]) -> None:
    """Claim that an answer is a refusal with these words, and nothing else."""
    assert (answer.status_code, answer.json()) == (status, error(message, status, details))
