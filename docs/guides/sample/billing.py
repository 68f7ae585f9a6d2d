"""Billing for a hotel: bookings become invoices on Expereon, and payments become receipts."""

import hashlib
import hmac
import json
import uuid
from decimal import Decimal

import httpx

RETRIES = 3


class RefusedError(Exception):
    """Expereon said no; the text is its message, `code` its code."""

    def __init__(self, error):
        super().__init__(error["message"])
        self.code = error["code"]


class Billing:
    """Bills bookings; `http` is a client that carries our credentials."""

    def __init__(self, http):
        self._http = http

    def bill(self, connection, number, due, nights, price):
        """Create an invoice for a stay and send it; return its id."""
        item = {"description": "Double room", "quantity": str(nights), "unitPrice": str(price)}
        body = {
            "connectionId": connection,
            "invoiceNumber": number,
            "dueDate": due,
            "lineItems": [item],
        }
        invoice = self._post("/api/v1/invoices", body)
        self._post(f"/api/v1/invoices/{invoice['id']}/submit", {})
        return invoice["id"]

    def approve(self, invoice):
        """Approve what we were billed."""
        return self._post(f"/api/v1/invoices/{invoice}/approve", {})["status"]

    def pay(self, invoice):
        """Pay what we approved; tell whether the money moved."""
        return self._post(f"/api/v1/invoices/{invoice}/settle", {})["status"] == "SETTLED"

    def outstanding(self, currency):
        """Return what is owed to us: everything that was approved and is not paid."""
        query = {
            "status": "APPROVED,APPROVED_WITH_ADJUSTMENT",
            "role": "SELLER",
            "currency": currency,
        }
        return sum(
            (Decimal(i["approvedAmount"]) for i in self._all("/api/v1/invoices", query)), Decimal(0)
        )

    def _all(self, path, query):
        page = 0
        while True:
            found = self._answer(self._http.get(path, params={**query, "page": page, "limit": 100}))
            yield from found["items"]
            page += 1
            if page >= found["totalPages"]:
                return

    def _post(self, path, body):
        """Send a request, again if need be: the requestId makes that safe."""
        body = {**body, "requestId": str(uuid.uuid4())}
        for attempt in range(RETRIES):
            try:
                answer = self._http.post(path, json=body)
            except httpx.TransportError:
                if attempt == RETRIES - 1:
                    raise
                continue
            if answer.status_code < 500 or attempt == RETRIES - 1:
                return self._answer(answer)
        raise AssertionError("unreachable")

    @staticmethod
    def _answer(answer):
        if answer.is_error:
            raise RefusedError(answer.json())
        return answer.json()


class Receiver:
    """Takes webhooks: genuine ones once each, whatever their order."""

    def __init__(self, secret):
        self._secret = secret.encode()
        self._seen = set()
        self.paid = []

    def take(self, headers, body):
        """Return the status to answer with."""
        expected = hmac.new(self._secret, body.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(headers["x-webhook-signature"], expected):
            return 401
        event = json.loads(body)
        if event["id"] not in self._seen:
            self._seen.add(event["id"])
            if event["type"] == "invoice.settled":
                self.paid.append(event["data"]["invoiceNumber"])
        return 200
