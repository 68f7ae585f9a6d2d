"""Sending: who gets what, who may send, and what does not arrive."""

from experi.business import CLIENTS, refused


def outbox(business, query=""):
    return business.control("GET", f"/outbox{query}")["items"]


def test_an_invoice_goes_to_its_client_unless_told_otherwise(business):
    invoice = business.invoice(taxRate=20)

    sent = business.do("send", invoice).json()["data"]

    assert (sent["status"], sent["sendCount"]) == ("SENT", 1)
    assert sent["sentAt"] == sent["lastSentAt"] == "2024-03-15T10:30:00Z"
    assert outbox(business) == [{
        "id": "mail_000001", "api": "experi", "kind": "INVOICE", "to": "john@acme.com", "cc": [], "bcc": [],
        "subject": "Invoice #SI-001", "about": invoice["id"], "status": "SENT",
        "body": "Please find attached invoice SI-001 for 900.00 GBP, due on 2024-03-29.",
        "attachments": [{"fileName": "SI-001.pdf", "contentType": "application/pdf"}],
        "createdAt": "2024-03-15T10:30:00Z",
    }]  # fmt: skip


def test_sending_again_counts_and_keeps_when_it_was_sent_first(business):
    invoice = business.invoice()
    business.do("send", invoice)
    business.advance(by="P1D")

    again = business.do("send", invoice, toEmail="boss@acme.com").json()["data"]

    assert (again["status"], again["sendCount"]) == ("SENT", 2)
    assert (again["sentAt"], again["lastSentAt"]) == (
        "2024-03-15T10:30:00Z",
        "2024-03-16T10:30:00Z",
    )
    assert [letter["to"] for letter in outbox(business)] == ["john@acme.com", "boss@acme.com"]
    assert len(outbox(business, f"?about={invoice['id']}&to=boss@acme.com")) == 1


def test_what_is_enclosed_stays_what_it_was(business):
    """A letter holds the invoice of the moment it was sent, whatever becomes of it."""
    invoice = business.invoice()
    business.do("send", invoice)
    url = f"/_sandbox/worlds/{business.described['id']}/outbox/mail_000001/attachments/1"
    before = business.sandbox.client.get(url)
    printed = business.full.get(f"/api/v1/invoices/{invoice['id']}/pdf").content

    business.do("paid", invoice)

    assert before.headers["content-type"] == "application/pdf"
    assert before.content == printed
    assert business.sandbox.client.get(url).content == before.content
    assert business.full.get(f"/api/v1/invoices/{invoice['id']}/pdf").content != printed


def test_an_address_that_bounces_bounces(business):
    sent = business.do("send", business.invoice(), toEmail="Bounce@acme.com")

    assert sent.json()["data"]["status"] == "SENT"
    assert [letter["status"] for letter in outbox(business)] == ["BOUNCED"]


def test_an_address_that_fails_sends_nothing(business):
    invoice = business.invoice()

    refused(business.do("send", invoice, toEmail="fail@acme.com"), "Internal server error", 500)

    assert business.shown(invoice) == invoice
    assert outbox(business) == []


def test_a_client_without_an_address_has_to_be_told_one(business):
    client = business.made(CLIENTS, name="No address")
    line = {"description": "W", "quantity": 1, "unitPrice": 1}
    invoice = business.made("/api/v1/invoices", clientId=client["id"], lineItems=[line])

    refused(business.do("send", invoice), "Validation failed", toEmail=["To email is required"])
    assert business.do("send", invoice, toEmail="a@b.example").status_code == 200


def test_an_account_that_is_not_verified_sends_nothing_but_may_do_everything_else(business):
    invoice = business.invoice()
    business.control("PUT", "/experi/account", emailVerified=False)

    refused(business.do("send", invoice), "Email not verified", 403)

    assert business.shown(invoice)["status"] == "DRAFT"
    assert business.full.get(f"/api/v1/invoices/{invoice['id']}/pdf").status_code == 200
    assert business.invoice()["status"] == "DRAFT"
    assert business.do("paid", invoice).status_code == 200


def test_what_cannot_be_sent_is_skipped_and_told(business):
    client = business.made(CLIENTS, name="No address")
    recurring = business.recurring("WEEKLY", "2024-03-20", autoSend=True)
    silent = business.recurring("WEEKLY", "2024-03-20", autoSend=True, clientId=client["id"])
    draft = business.recurring("WEEKLY", "2024-03-20", clientId=client["id"])
    full = business.made(CLIENTS, name="Full mailbox", email="Fail@acme.com")
    failing = business.recurring("WEEKLY", "2024-03-20", autoSend=True, clientId=full["id"])
    business.control("PUT", "/experi/account", emailVerified=False)
    business.advance(to="2024-03-20T00:00:00Z")
    business.control("PUT", "/experi/account", emailVerified=True)
    business.advance(to="2024-03-27T00:00:00Z")

    def runs(of):
        return [(run["outcome"], run["reason"]) for run in reversed(business.shown(of)["runs"])]

    assert runs(recurring) == [("SKIPPED", "EMAIL_NOT_VERIFIED"), ("GENERATED", None)]
    assert runs(silent) == [("SKIPPED", "EMAIL_NOT_VERIFIED"), ("SKIPPED", "NO_EMAIL")]
    assert runs(failing) == [("SKIPPED", "EMAIL_NOT_VERIFIED"), ("SKIPPED", "MAIL_FAILED")]
    assert runs(draft) == [("GENERATED", None), ("GENERATED", None)]


def test_a_letter_is_bounced_from_outside_once(business):
    business.do("send", business.invoice())

    told = business.control("POST", "/outbox/mail_000001/bounce")
    url = f"/_sandbox/worlds/{business.described['id']}/outbox"
    again = business.sandbox.client.post(f"{url}/mail_000001/bounce")

    assert told["status"] == "BOUNCED"
    assert business.control("GET", "/outbox/mail_000001") == told
    assert outbox(business, "?status=SENT") == []
    assert (again.status_code, again.json()["detail"]) == (
        409,
        "The letter mail_000001 is BOUNCED already",
    )
    for path in ("/mail_000009", "/mail_000009/attachments/1", "/mail_000001/attachments/2"):
        assert business.sandbox.client.get(f"{url}{path}").status_code == 404


def test_letters_belong_to_their_world(business):
    snapshot = business.control("POST", "/snapshots", name="before")
    business.do("send", business.invoice())

    clone = business.control("POST", "/clone")["id"]
    business.control("POST", "/snapshots/before/restore")

    assert snapshot["name"] == "before"
    assert outbox(business) == []
    kept = business.sandbox.client.get(f"/_sandbox/worlds/{clone}/outbox").json()
    assert kept["total"] == 1
    pdf = business.sandbox.client.get(f"/_sandbox/worlds/{clone}/outbox/mail_000001/attachments/1")
    assert pdf.content.startswith(b"%PDF-")
