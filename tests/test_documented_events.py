"""Each event that the documents name: what lets it happen, who hears of it, when, and in what words."""

import json

import pytest

LIST = "/api/v1/invoices"
TREASURY = "/api/v1/treasury"
PARTIES = ("seller", "buyer", "buyer2")
ENVELOPE = ["id", "type", "timestamp", "data"]
INVOICE = [
    "invoiceId", "invoiceNumber", "status", "amount", "currency", "buyerOrganizationId",
    "sellerOrganizationId",
]  # fmt: skip
PAYMENT = [
    "paymentId", "invoiceId", "invoiceNumber", "status", "amount", "currency",
    "buyerOrganizationId", "sellerOrganizationId",
]  # fmt: skip
DUE = [member for member in PAYMENT[1:] if member != "status"]  # nothing was paid yet
WITHDRAWAL = ["withdrawalId", "status", "amount", "currency", "organizationId"]
REFUND = [
    "refundId", "transactionId", "invoiceId", "status", "amount", "currency",
    "buyerOrganizationId", "sellerOrganizationId",
]  # fmt: skip
CONNECTION = ["connectionId", "status", "currency", "buyerOrganizationId", "sellerOrganizationId"]

# event                  members     status       heard by, in order
TOLD = {
    "invoice.created": (INVOICE, "DRAFT", ["seller"]),
    "invoice.submitted": (INVOICE, "SUBMITTED", ["seller", "buyer"]),
    "invoice.approved": (INVOICE, "APPROVED", ["seller", "buyer"]),
    "invoice.disputed": (INVOICE, "DISPUTED", ["seller", "buyer"]),
    "invoice.cancelled": (INVOICE, "CANCELLED", ["seller", "buyer"]),
    "invoice.settled": (INVOICE, "SETTLED", ["seller", "buyer"]),
    "payment.settled": (PAYMENT, "SETTLED", ["seller", "buyer"]),
    "payment.failed": ([*PAYMENT, "failureCode"], "FAILED", ["seller", "buyer"]),
    "payment.due": (DUE, None, ["buyer"]),
    "connection.created": (CONNECTION, "ACTIVE", ["seller", "buyer2"]),
    "connection.suspended": (CONNECTION, "SUSPENDED", ["seller", "buyer"]),
    "withdrawal.approved": (WITHDRAWAL, "APPROVED", ["seller"]),
    "withdrawal.rejected": (WITHDRAWAL, "REJECTED", ["seller"]),
    "refund.approved": (REFUND, "APPROVED", ["seller", "buyer"]),
    "refund.rejected": (REFUND, "REJECTED", ["seller", "buyer"]),
}


def good(answer):
    assert answer.status_code == 200, answer.text
    return answer.json()


def walk(world, *steps):
    """Let an invoice of the seller's go through some steps; return its path."""
    path = f"{LIST}/{world.draft()['id']}"
    for step in steps:
        party, action = step.split()
        body = {"reason": "x"} if action == "dispute" else {}
        good(world.party(party).post(f"{path}/{action}", **body))
    return path


def paid(world):
    """Return the buyer's transaction of a settled invoice."""
    walk(world, "seller submit", "buyer approve", "buyer settle")
    rows = good(world.buyer.get(f"{TREASURY}/transactions", type="SETTLEMENT"))["items"]
    return rows[0]["id"]


def due(world):
    walk(world, "seller submit", "buyer approve")
    world.advance(to="2024-05-01T00:00:00Z")


def failed(world):
    world.control("POST", "/expereon/settlements/fail-next", code="PROVIDER_REJECTED", count=1)
    walk(world, "seller submit", "buyer approve", "buyer settle")


def withdrawn(decision):
    def story(world):
        body = {"amount": "1.00", "currency": "USD", "destination": {"type": "WALLET"}}
        asked = good(world.seller.post(f"{TREASURY}/withdrawals", **body))
        reason = {"reason": "x"} if decision == "reject" else {}
        good(world.seller.post(f"{TREASURY}/withdrawals/{asked['id']}/{decision}", **reason))

    return story


def refunded(decision):
    def story(world):
        asked = good(world.buyer.post(f"{TREASURY}/refunds", transactionId=paid(world), reason="x"))
        reason = {"reason": "x"} if decision == "reject" else {}
        good(world.seller.post(f"{TREASURY}/refunds/{asked['id']}/{decision}", **reason))

    return story


STORIES = {
    "invoice.created": walk,
    "invoice.submitted": lambda world: walk(world, "seller submit"),
    "invoice.approved": lambda world: walk(world, "seller submit", "buyer approve"),
    "invoice.disputed": lambda world: walk(world, "seller submit", "buyer dispute"),
    "invoice.cancelled": lambda world: walk(world, "seller submit", "seller cancel"),
    "invoice.settled": paid,
    "payment.settled": paid,
    "payment.failed": failed,
    "payment.due": due,
    "connection.created": lambda world: world.control(
        "POST", "/expereon/connections", seller="seller", buyer="buyer2", currency="USD"
    ),
    "connection.suspended": lambda world: world.control(
        "POST", "/expereon/connections/conn_abc123/suspend"
    ),
    "withdrawal.approved": withdrawn("approve"),
    "withdrawal.rejected": withdrawn("reject"),
    "refund.approved": refunded("approve"),
    "refund.rejected": refunded("reject"),
}


@pytest.mark.parametrize("event", TOLD)
def test_a_documented_event_reaches_its_parties_in_the_documented_envelope(world, event):
    members, status, heard_by = TOLD[event]
    for party in PARTIES:
        world.endpoint(party, party, events=[event])

    STORIES[event](world)
    world.sandbox.client.post("/_sandbox/drain").raise_for_status()

    told = {
        party: [json.loads(message["body"]) for message in received(world, party)]
        for party in PARTIES
    }
    assert [party for party in PARTIES if told[party]] == heard_by
    bodies = [body for party in heard_by for body in told[party]]
    assert len(bodies) == len(heard_by)
    assert len({body["id"] for body in bodies}) == 1
    for body in bodies:
        assert list(body) == ENVELOPE
        assert body["type"] == event
        assert body["timestamp"] == world.control("GET", "/clock")["now"]
        assert list(body["data"])[: len(members)] == members
        assert body["data"].get("status") == status
    recipients = [to for type_, to, _ in world.events() if type_ == event]
    assert recipients == [[world.party(party).id for party in heard_by]]


def received(world, party):
    return world.control("GET", f"/inboxes/{party}")["messages"]


def test_a_payment_is_told_of_before_its_invoice_and_the_seller_before_the_buyer(world):
    paid(world)

    seller, buyer = world.seller.id, world.buyer.id
    assert [(type_, to) for type_, to, _ in world.events()[-2:]] == [
        ("payment.settled", [seller, buyer]),
        ("invoice.settled", [seller, buyer]),
    ]
