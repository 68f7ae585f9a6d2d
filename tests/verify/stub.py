"""A bare server that looks a little like Expereon, and is wrong in ten ways. Nothing of ours is in it."""

import itertools
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

KEYS = {"stub-seller-key": "SELLER", "stub-buyer-key": "BUYER", "stub-other-key": "STRANGER"}
MOVES = {
    ("submit", "DRAFT"): "SUBMITTED",
    ("approve", "SUBMITTED"): "APPROVED",
    ("dispute", "SUBMITTED"): "DISPUTED",
    ("cancel", "DRAFT"): "CANCELLED",
    ("cancel", "SUBMITTED"): "CANCELLED",
    ("cancel", "APPROVED"): "CANCELLED",  # 1: what was approved can be cancelled
    ("settle", "APPROVED"): "SETTLED",
    ("archive", "SETTLED"): "ARCHIVED",
    ("archive", "CANCELLED"): "ARCHIVED",
}
WHO = {"submit": "SELLER", "approve": "BUYER", "dispute": "BUYER", "settle": "BUYER"}


class Stub(BaseHTTPRequestHandler):
    """Answers for invoices alone."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do(self):
        """Answer a request."""
        url = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        self.asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        self.body = json.loads(self.rfile.read(length) or b"{}")
        try:
            self.answer(*self.decide(url.path))
        except Exception:  # noqa: BLE001  a server that crashes says so
            self.answer(500, {"oops": True})  # 2: an unknown sort makes it crash

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do  # noqa: N815  the names it looks for

    def decide(self, path):
        """Return status and body."""
        self.role = KEYS.get(self.headers.get("X-API-Key"))  # 3: nobody looks at the secret
        if self.role is None:
            return self.error(
                401,
                "INVALID_CREDENTIALS" if self.headers.get("X-API-Key") else "MISSING_CREDENTIALS",
            )
        found = re.fullmatch(r"/api/v1/invoices(?:/(inv_\d+))?(?:/([a-z-]+))?", path)
        if not found:
            return self.error(404, "NOT_FOUND")
        id, action = found.groups()
        if id is None and action is None:
            return self.create() if self.command == "POST" else self.list()
        invoice = self.server.invoices.get(id)
        if invoice is None or self.role == "STRANGER":
            return self.error(404, "NOT_FOUND")
        if self.command == "DELETE":
            return 200, {"id": id, "deleted": True}  # 4: it is still there
        return self.move(invoice, action) if action else (200, invoice)  # 5: the buyer sees drafts

    def create(self):
        """Make an invoice; 6: a requestId means nothing."""
        if self.role != "SELLER":
            return self.error(403, "ROLE_NOT_ALLOWED")
        id = f"inv_{next(self.server.numbers)}"
        amount = self.body["lineItems"][0]["unitPrice"]
        made = {
            "id": id, "status": "DRAFT", "amount": amount, "invoiceNumber": self.body["invoiceNumber"],
            "dueDate": self.body["dueDate"], "currency": "USD", "connectionId": self.body["connectionId"],
            "createdAt": "2024-03-15T10:30:00Z", "updatedAt": "2024-03-15T10:30:00Z",
        }  # fmt: skip
        self.server.invoices[id] = made
        return 200, made

    def list(self):
        """List invoices."""
        page, limit = int(self.asked.get("page", 0)), int(self.asked.get("limit", 25))
        if page < 0 or limit < 1:  # 7: a limit has no upper bound
            return self.error(400, "INVALID_PAGINATION")
        name = self.asked.get("sortBy", "createdAt")
        found = sorted(
            self.server.invoices.values(), key=lambda row: row[name]
        )  # 8: amounts as text
        if self.asked.get("sortOrder", "desc") == "desc":
            found.reverse()
        kept = [row for row in found if self.asked.get("status", row["status"]) == row["status"]]
        start = page * limit
        return 200, {
            "items": kept[start : start + limit], "totalCount": len(kept), "page": page, "limit": limit,
            "totalPages": len(kept) // limit,  # 9: the last page is not counted
        }  # fmt: skip

    def move(self, invoice, action):
        """Move an invoice."""
        if WHO.get(action, self.role) != self.role:
            return self.error(403, "ROLE_NOT_ALLOWED")
        to = MOVES.get((action, invoice["status"]))
        if to is None:
            return self.error(422, "INVALID_STATE_TRANSITION")  # 10: told with a status of its own
        invoice["status"] = to
        return 200, invoice

    def error(self, status, code):
        """Return a refusal."""
        return status, {"statusCode": status, "code": code, "message": code, "details": []}

    def answer(self, status, body):
        """Send an answer."""
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        """Say nothing."""


def serve():
    """Return a running stub; call its `shutdown` and `server_close`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stub)
    server.invoices, server.numbers = {}, itertools.count(1)
    threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
    ).start()
    return server
