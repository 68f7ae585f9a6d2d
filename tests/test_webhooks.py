"""Webhooks: what endpoints are told, signed how, tried again when, and what becomes of it."""

import base64
import hashlib
import hmac
import json

import pytest

from counterfoil.engine import signatures
from counterfoil.engine.signatures import Signed

HOOKS = "/api/v1/settings/webhooks"
SECRET = "whsec_your_secret_here"

# The example of the webhooks guide, in as few bytes as it takes.
EXAMPLE = (
    b'{"id":"evt_abc123def456","type":"invoice.approved","timestamp":"2024-03-15T14:30:00Z","data":'
    b'{"invoiceId":"inv_xyz789","invoiceNumber":"INV-2024-001","status":"APPROVED","amount":"1500.00",'
    b'"currency":"USD","buyerOrganizationId":"org_buyer_1","sellerOrganizationId":"org_seller_1"}}'
)
VECTORS = {
    "hex": "0f2ab4ac9ffb04ebdd28ef88b9407fbf935c34901a397d2810885982a3c61cf9",
    "sha256=hex": "sha256=0f2ab4ac9ffb04ebdd28ef88b9407fbf935c34901a397d2810885982a3c61cf9",
    "base64": "Dyq0rJ/7BOvdKO+IuUB/v5NcNJAaOX0oEIhZgqPGHPk=",
    "stripe": "t=1710513000,v1=067c2fc4693006913d569877aceeb11570aef6a3605097b5460cae9aee42b8ad",
}


def test_the_example_is_the_one_the_vectors_are_of():
    assert len(EXAMPLE) == 281


@pytest.mark.parametrize(("format", "expected"), VECTORS.items())
def test_a_signature_is_that_of_the_reference(format, expected):
    signed = Signed(EXAMPLE, "evt_abc123def456", 1710513000)

    assert signatures.headers(signed, SECRET, format, ("X-Signature",)) == {"X-Signature": expected}
    assert signatures.verifies(signed, SECRET, expected)
    assert not signatures.verifies(signed, "another", expected)
    assert not signatures.verifies(
        Signed(EXAMPLE + b"\n", "evt_abc123def456", 1710513000), SECRET, expected
    )


def test_standard_webhooks_adds_its_own_headers():
    secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    signed = Signed(EXAMPLE, "evt_abc123def456", 1710513000)

    carried = signatures.headers(signed, secret, "standard-webhooks", ("X-Signature",))

    assert carried["webhook-signature"] == "v1,VGdmJYa8kZccoAeMngaIqQBvizGALZTP7VvI9x+PLp0="
    assert (carried["webhook-id"], carried["webhook-timestamp"]) == (
        "evt_abc123def456",
        "1710513000",
    )


def test_an_event_arrives_in_the_documented_envelope(world):
    world.endpoint(signingSecret=SECRET)
    id = world.draft()["id"]

    (message,) = world.received()

    assert json.loads(message["body"]) == {
        "id": "evt_000001", "type": "invoice.created", "timestamp": "2024-03-15T10:30:00Z",
        "data": {
            "invoiceId": id, "invoiceNumber": "T-1", "status": "DRAFT", "amount": "1500.00",
            "currency": "USD", "buyerOrganizationId": "org_buyer_1",
            "sellerOrganizationId": "org_seller_1", "version": 1,
        },
    }  # fmt: skip
    assert " " not in message["body"].replace("Consulting services", "")
    signature = hmac.new(SECRET.encode(), message["body"].encode(), hashlib.sha256).hexdigest()
    headers = message["headers"]
    assert headers["x-webhook-signature"] == headers["x-signature"] == signature
    assert headers["content-type"] == "application/json"
    assert headers["user-agent"] == "Expereon-Webhooks/1.0"
    assert (headers["x-webhook-id"], headers["x-webhook-event"]) == (
        "evt_000001",
        "invoice.created",
    )
    assert (headers["x-webhook-attempt"], headers["x-webhook-timestamp"]) == ("1", "1710498600")
    assert (message["signatureValid"], message["duplicateOf"], message["outOfOrder"]) == (
        True,
        None,
        False,
    )


@pytest.mark.parametrize(
    ("events", "told"),
    [
        (["*"], ["invoice.created", "invoice.updated", "invoice.submitted"]),
        (["invoice.*"], ["invoice.created", "invoice.updated", "invoice.submitted"]),
        (["invoice.submitted"], ["invoice.submitted"]),
        (["payment.*", "invoice.updated"], ["invoice.updated"]),
    ],
)
def test_an_endpoint_hears_of_what_it_subscribed_to(world, events, told):
    world.endpoint(events=events)
    path = f"/api/v1/invoices/{world.draft()['id']}"
    world.seller.patch(path, description="changed")
    world.seller.post(f"{path}/submit")

    assert [m["type"] for m in world.received(count=len(told))] == told


def test_each_party_hears_of_its_own_and_strangers_of_nothing(world):
    for party in ("seller", "buyer", "buyer2"):
        world.endpoint(party, party)
    path = f"/api/v1/invoices/{world.draft()['id']}"
    world.seller.post(f"{path}/submit")

    seller = [m["type"] for m in world.received("seller", 2)]
    buyer = [m["type"] for m in world.received("buyer", 2)]

    assert seller == ["invoice.created", "invoice.submitted"]
    assert buyer == ["invoice.created", "invoice.submitted"]
    assert world.control("GET", "/inboxes/buyer2")["messages"] == []


SCHEDULE = ["10:30:00", "10:31:00", "10:36:00", "11:06:00", "13:06:00", "01:06:00"]


def test_a_failing_endpoint_is_tried_six_times_at_the_documented_instants(world):
    hook = world.endpoint(responses=[{"status": 500}] * 6, events=["invoice.created"])
    world.draft()
    world.received()
    world.sandbox.client.post("/_sandbox/drain")

    journey = world.advance(by="PT15H")

    messages = world.control("GET", "/inboxes/hook")["messages"]
    assert [m["at"][11:19] for m in messages] == SCHEDULE
    assert [m["headers"]["x-webhook-attempt"] for m in messages] == ["1", "2", "3", "4", "5", "6"]
    assert len({m["body"] for m in messages}) == len({m["id"] for m in messages}) == 1
    assert {m["signatureValid"] for m in messages} == {True}
    assert [m["duplicateOf"] for m in messages] == [None, 1, 1, 1, 1, 1]
    attempts = [(d["attempt"], d["status"]) for d in journey["deliveries"]]
    assert attempts == [(n, "RETRYING") for n in range(2, 6)] + [(6, "EXHAUSTED")]
    assert (journey["from"], journey["to"]) == ("2024-03-15T10:30:00Z", "2024-03-16T01:30:00Z")
    (delivery,) = world.seller.get(f"{HOOKS}/{hook['id']}/deliveries").json()["items"]
    assert (delivery["status"], delivery["attemptCount"], delivery["nextAttemptAt"]) == (
        "EXHAUSTED",
        6,
        None,
    )
    assert world.seller.get(f"{HOOKS}/{hook['id']}").json()["failureCount"] == 6


def test_an_endpoint_that_recovers_is_told_once_more_and_no_more(world):
    hook = world.endpoint(
        responses=[{"status": 500}, {"status": 302}, {"status": 204}], events=["invoice.created"]
    )
    world.draft()

    world.advance(by="P2D")

    messages = world.control("GET", "/inboxes/hook")["messages"]
    assert [m["answered"] for m in messages] == [500, 302, 204]
    deliveries = world.seller.get(f"{HOOKS}/{hook['id']}/deliveries", status="DELIVERED").json()
    assert deliveries["totalCount"] == 1
    detail = world.seller.get(
        f"{HOOKS}/{hook['id']}/deliveries/{deliveries['items'][0]['id']}"
    ).json()
    assert [(a["n"], a["responseStatus"]) for a in detail["attempts"]] == [
        (1, 500),
        (2, 302),
        (3, 204),
    ]
    assert detail["attempts"][0]["requestBody"] == messages[0]["body"]


def test_an_answer_after_ten_seconds_is_none(world):
    world.endpoint(responses=[{"delayMs": 11000}, {"delayMs": 9000}], events=["invoice.created"])
    world.draft()
    world.received()

    journey = world.advance(by="PT1M")

    (delivery,) = world.control("GET", "/deliveries")["items"]
    attempts = world.control("GET", f"/deliveries/{delivery['id']}")["attempts"]
    assert [(a["responseStatus"], a["error"]) for a in attempts] == [
        (None, "no answer within 10 seconds"), (200, None),
    ]  # fmt: skip
    assert journey["deliveries"][0]["status"] == "DELIVERED"


def test_a_failing_delivery_lets_later_events_pass(world):
    world.endpoint(responses=[{"status": 500}])
    path = f"/api/v1/invoices/{world.draft()['id']}"
    world.seller.post(f"{path}/submit")
    world.received(count=2)

    world.advance(by="PT1M")

    messages = world.control("GET", "/inboxes/hook")["messages"]
    assert [(m["type"], m["outOfOrder"]) for m in messages] == [
        ("invoice.created", False), ("invoice.submitted", False), ("invoice.created", True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("http://169.254.169.254/latest/meta-data", "169.254.169.254 is never called"),
        ("http://[::1]:1/x", "ConnectError"),
        ("http://0.0.0.0:9/x", "0.0.0.0 is never called"),
        ("http://93.184.216.34/x", "93.184.216.34 is on the public internet"),
        ("http://127.0.0.1:9/x", "ConnectError"),
        ("http://nowhere.invalid/x", "the host 'nowhere.invalid' is not known"),
    ],
)
def test_addresses_that_may_not_or_cannot_be_called_fail_the_attempt(world, url, error):
    body = {"url": url, "events": ["invoice.created"]}
    assert world.seller.post(HOOKS, **body).status_code == 200
    world.draft()
    world.sandbox.client.post("/_sandbox/drain")

    (delivery,) = world.control("GET", "/deliveries")["items"]
    (attempt,) = world.control("GET", f"/deliveries/{delivery['id']}")["attempts"]

    assert error in attempt["error"]
    assert (delivery["status"], attempt["responseStatus"]) == ("RETRYING", None)


@pytest.mark.parametrize(
    ("address", "real"),
    [
        ("::ffff:169.254.169.254", "169.254.169.254"),
        ("64:ff9b::a9fe:a9fe", "169.254.169.254"),
        ("2002:a9fe:a9fe::1", "169.254.169.254"),
        ("fd00:ec2::254", "fd00:ec2::254"),
    ],
)
def test_an_address_in_disguise_is_known(address, real):
    import ipaddress

    from counterfoil.web.sender import embedded

    assert str(embedded(ipaddress.ip_address(address))) == real


def test_an_endpoint_is_changed_and_switched_off(world):
    hook = world.endpoint()
    path = f"{HOOKS}/{hook['id']}"

    changed = world.seller.patch(path, events=["payment.*"], description="only payments").json()
    off = world.seller.patch(path, events=["*"], enabled=False).json()
    world.draft()
    world.sandbox.client.post("/_sandbox/drain")

    assert (changed["events"], changed["version"]) == (["payment.*"], 2)
    assert (off["status"], off["description"]) == ("DISABLED", "only payments")
    assert world.control("GET", "/deliveries")["items"] == []
    assert world.seller.patch(path, enabled=True, expectedVersion=1).status_code == 409
    assert world.buyer.patch(path, enabled=True).status_code == 404
    assert world.seller.patch(path).status_code == 400


def test_a_deleted_endpoint_hears_nothing_more(world):
    hook = world.endpoint(responses=[{"status": 500}])
    world.draft()
    world.received()

    world.seller.delete(f"{HOOKS}/{hook['id']}")
    world.advance(by="P1D")

    assert len(world.control("GET", "/inboxes/hook")["messages"]) == 1
    (delivery,) = world.control("GET", "/deliveries")["items"]
    assert delivery["status"] == "SKIPPED"


def test_the_old_secret_signs_until_its_grace_is_over(world):
    hook = world.endpoint(signingSecret="whsec_the_first_one")
    rotated = world.seller.post(
        f"{HOOKS}/{hook['id']}/rotate-secret", gracePeriodSeconds=3600
    ).json()
    secrets = {"whsec_the_first_one": "old", rotated["signingSecret"]: "new"}

    def signer(message):
        return next(
            name
            for secret, name in secrets.items()
            if hmac.new(secret.encode(), message["body"].encode(), hashlib.sha256).hexdigest()
            == message["headers"]["x-signature"]
        )

    world.draft("R-1")
    world.received()
    world.advance(by="PT1H")
    world.draft("R-2")

    assert [signer(m) for m in world.received(count=2)] == ["old", "new"]
    assert rotated["signingSecret"].startswith("whsec_")
    assert world.seller.get(f"{HOOKS}/{hook['id']}").json()["signingSecret"] == "whsec_****"


def test_a_test_event_goes_to_one_endpoint_whatever_it_subscribed_to(world):
    hook = world.endpoint("one", events=["payment.due"])
    world.endpoint("two")

    told = world.seller.post(f"{HOOKS}/{hook['id']}/test").json()
    (message,) = world.received("one")
    world.sandbox.client.post("/_sandbox/drain")

    assert (told["eventType"], told["status"]) == ("webhook.test", "PENDING")
    assert (
        world.seller.get(f"{HOOKS}/{hook['id']}/deliveries/{told['id']}").json()["status"]
        == "DELIVERED"
    )
    assert json.loads(message["body"])["data"] == {"webhookId": hook["id"], "test": True}
    assert world.control("GET", "/inboxes/two")["messages"] == []
    assert (
        world.seller.post(f"{HOOKS}/{hook['id']}/test", eventType="invoice.lost").json()["code"]
        == "UNKNOWN_EVENT_TYPE"
    )


def test_what_was_given_up_can_be_sent_again(world):
    hook = world.endpoint(responses=[{"status": 500}] * 6, events=["invoice.created"])
    world.draft()
    world.advance(by="P1D")
    path = f"{HOOKS}/{hook['id']}"

    recovered = world.seller.post(f"{path}/recover", since="2024-03-15").json()
    world.sandbox.client.post("/_sandbox/drain")
    (delivery,) = world.seller.get(f"{path}/deliveries").json()["items"]
    again = world.seller.post(f"{path}/deliveries/{delivery['id']}/redeliver").json()
    world.received(count=8)

    assert recovered == {"recovered": 1}
    assert (delivery["status"], delivery["attemptCount"]) == ("DELIVERED", 7)
    assert again["status"] == "PENDING"
    assert world.seller.post(f"{path}/recover", since="2024-03-17").json() == {"recovered": 0}


def test_an_organisation_has_twenty_endpoints_at_most(world):
    for _ in range(20):
        assert world.seller.post(HOOKS, url="http://127.0.0.1:9/x", events=["*"]).status_code == 200

    refused = world.seller.post(HOOKS, url="http://127.0.0.1:9/x", events=["*"])

    assert (refused.status_code, refused.json()["code"]) == (400, "TOO_MANY_WEBHOOKS")
    assert world.buyer.post(HOOKS, url="http://127.0.0.1:9/x", events=["*"]).status_code == 200


def test_deliveries_are_listed_by_page_state_type_and_time(world):
    hook = world.endpoint(responses=[{"status": 500}])
    path = f"{HOOKS}/{hook['id']}/deliveries"
    for number in range(3):
        world.draft(f"L-{number}")
    world.received(count=3)

    def found(**asked):
        page = world.seller.get(path, **asked).json()
        return [d["id"] for d in page["items"]], page["totalCount"]

    assert found() == (["dlv_000003", "dlv_000002", "dlv_000001"], 3)
    assert found(sortOrder="asc", limit=2) == (["dlv_000001", "dlv_000002"], 3)
    assert found(page=1, limit=2) == (["dlv_000001"], 3)
    assert found(status="RETRYING") == (["dlv_000001"], 1)
    assert found(eventType="payment.due") == ([], 0)
    assert found(**{"from": "2024-03-16"}) == ([], 0)
    assert found(to="2024-03-15")[1] == 3
    assert found(to="9999-12-31")[1] == 3
    assert found(**{"from": "0001-01-01T00:00:00+14:00", "to": "9999-12-31T23:59:59-14:00"})[1] == 3
    assert world.buyer.get(path).status_code == 404


def test_the_catalogue_names_every_event(world):
    items = world.seller.get(f"{HOOKS}/events").json()["items"]

    documented = {item["type"] for item in items if item["provenance"] == "documented"}
    assert documented == {
        "invoice.created", "invoice.submitted", "invoice.approved", "invoice.disputed",
        "invoice.cancelled", "invoice.settled", "payment.settled", "payment.failed", "payment.due",
        "connection.created", "connection.suspended", "withdrawal.approved", "withdrawal.rejected",
        "refund.approved", "refund.rejected",
    }  # fmt: skip


def test_a_body_is_signed_as_its_endpoint_asks(world):
    world.endpoint(signingSecret=SECRET, signatureFormat="base64")
    world.draft()

    (message,) = world.received()

    digest = hmac.digest(SECRET.encode(), message["body"].encode(), "sha256")
    assert message["headers"]["x-signature"] == base64.b64encode(digest).decode()
    assert message["signatureValid"] is True
