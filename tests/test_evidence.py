"""What the control plane tells of what happened: journal, inboxes, coverage, events, drain."""

import concurrent.futures
import json
import threading

import pytest

LIST = "/api/v1/invoices"


def story(world):
    """A draft, sent again, sent wrong, submitted, and a call that leads nowhere."""
    invoice = world.draft("E-1", requestId="r-1")
    world.draft("E-1", requestId="r-1")
    world.seller.post(LIST, connectionId="conn_abc123")
    world.seller.post(f"{LIST}/{invoice['id']}/submit")
    world.seller.get("/api/v1/payments/bulk-paid")
    return invoice


def test_an_entry_tells_everything_of_an_exchange(world):
    invoice = story(world)

    entries = world.control("GET", "/journal")["items"]
    created, replayed, invalid, submitted, lost = entries

    assert [e["operation"] for e in entries] == [
        "createInvoice", "createInvoice", "createInvoice", "submitInvoice", "getPayment",
    ]  # fmt: skip
    assert created["transitions"] == [
        {"kind": "invoice", "id": invoice["id"], "action": "create", "from": None, "to": "DRAFT"}
    ]
    assert created["events"] == [{"id": "evt_000001", "type": "invoice.created"}]
    assert (replayed["replayed"], replayed["events"]) == (True, [])
    assert (invalid["error"], invalid["status"]) == ("VALIDATION_ERROR", 400)
    assert [t["to"] for t in submitted["transitions"]] == ["SUBMITTED"]
    assert (created["provenance"], created["owner"], created["key"]) == (
        "documented",
        "org_seller_1",
        "key_seller_admin",
    )
    assert created["requestHeaders"]["x-api-secret"] == "…"
    assert lost["status"] == 404
    assert world.control("GET", f"/journal/{created['traceId']}") == created


def test_what_led_nowhere_is_told_what_it_may_have_meant(world):
    world.seller.get("/api/v1/invoice")
    world.seller.ask("PUT", "/api/v1/payments/settle")

    path, method = world.control("GET", "/journal?unmatched=true")["items"]

    assert path["nearest"][0].endswith(" /api/v1/invoices")
    assert method["nearest"] == ["POST /api/v1/payments/settle"]


FOUND = [
    ({}, 5),
    ({"operation": "createInvoice"}, 3),
    ({"operation": "createInvoice", "status": 200}, 2),
    ({"replayed": True}, 1),
    ({"error": "VALIDATION_ERROR"}, 1),
    ({"method": "GET"}, 1),
    ({"organization": "org_buyer_1"}, 0),
    ({"event": "invoice.submitted"}, 1),
    ({"body": {"path": "$.invoiceNumber", "equals": "E-1"}}, 2),
    ({"body": {"path": "$.amount"}}, 2),
    ({"path": LIST}, 3),
]


@pytest.mark.parametrize(("match", "count"), FOUND)
def test_entries_are_counted_and_verified(world, match, count):
    story(world)

    assert world.control("POST", "/journal/count", match=match) == {"count": count}
    assert world.control("POST", "/journal/verify", match=match, times=count)["verified"]
    wrong = world.control(
        "POST", "/journal/verify", match=match, atLeast=count + 1, atMost=count + 5
    )
    assert wrong == {
        "verified": False,
        "count": count,
        "reason": f"wanted atLeast {count + 1}, found {count}",
    }
    assert world.control("POST", "/journal/verify", match=match, never=True)["verified"] is (
        count == 0
    )


def test_an_order_is_verified(world):
    story(world)
    create, submit = {"operation": "createInvoice"}, {"operation": "submitInvoice"}

    assert world.control("POST", "/journal/verify", inOrder=[create, create, submit])["verified"]
    backwards = world.control("POST", "/journal/verify", inOrder=[submit, create])
    assert (backwards["verified"], backwards["reason"]) == (
        False,
        "nothing after the first 1 matches number 2",
    )


def test_one_waits_until_something_happened(world):
    timer = threading.Timer(0.1, lambda: world.draft("LATE-1"))
    timer.start()

    found = world.control(
        "POST", "/journal/wait", match={"operation": "createInvoice"}, timeoutMs=5000
    )
    timer.join()
    missed = world.control("POST", "/journal/wait", match={"operation": "getBalance"}, timeoutMs=50)

    assert (found["satisfied"], found["count"]) == (True, 1)
    assert '"LATE-1"' in found["items"][0]["request"]
    assert missed == {"satisfied": False, "count": 0, "items": []}


def test_a_cleared_journal_keeps_the_data(world):
    world.draft()
    world.control("DELETE", "/journal")

    assert world.control("GET", "/journal") == {"items": [], "totalCount": 0, "acts": []}
    assert world.seller.get(LIST).json()["totalCount"] == 1
    assert world.control("GET", "/journal")["items"][0]["traceId"] == "trc_000002"


def test_the_journal_is_an_http_archive(world):
    story(world)

    archive = world.control("GET", "/journal/har")["log"]

    assert archive["version"] == "1.2"
    first = archive["entries"][0]
    assert first["request"]["url"] == f"{world.sandbox.expereon_url}{LIST}"
    assert json.loads(first["request"]["postData"]["text"])["invoiceNumber"] == "E-1"
    assert first["response"]["status"] == 200
    assert "HOUd" not in json.dumps(archive)
    assert world.seller.headers["X-API-Secret"] not in json.dumps(archive)


def test_coverage_tells_what_was_seen_and_what_was_not(world):
    story(world)

    covered = world.control("GET", "/coverage")["expereon"]

    assert covered["operations"]["seen"] == ["createInvoice", "submitInvoice", "getPayment"]
    assert covered["statuses"]["seen"] == [
        "createInvoice 200", "createInvoice 400", "submitInvoice 200", "getPayment 404",
    ]  # fmt: skip
    assert covered["arrows"]["seen"] == ["invoice: create from -", "invoice: submit from DRAFT"]
    assert "invoice: approve from SUBMITTED" in covered["arrows"]["missing"]
    assert covered["errors"]["seen"] == ["VALIDATION_ERROR", "NOT_FOUND"]
    assert covered["events"]["seen"] == ["invoice.created", "invoice.submitted"]
    for kind in covered.values():
        assert kind["total"] == len(kind["seen"]) + len(kind["missing"])


def test_what_time_and_the_bank_bring_about_is_covered_as_well(world):
    arrived, failed = (
        world.seller.post(
            "/api/v1/treasury/withdrawals",
            amount=amount,
            currency="USD",
            destination={"type": "WALLET", "reference": "w"},
        ).json()["id"]
        for amount in ("10.00", "20.00")
    )
    for id in (arrived, failed):
        world.seller.post(f"/api/v1/treasury/withdrawals/{id}/approve")
    world.control("POST", f"/expereon/withdrawals/{failed}/fail", code="ACCOUNT_CLOSED")
    world.control("POST", "/clock/advance", by="P1D")

    covered = world.control("GET", "/coverage")["expereon"]

    assert "withdrawal: complete from APPROVED" in covered["arrows"]["seen"]
    assert "withdrawal: fail from APPROVED" in covered["arrows"]["seen"]
    assert {"withdrawal.completed", "withdrawal.failed"} <= set(covered["events"]["seen"])


def test_events_are_listed(world):
    invoice = world.draft()

    (event,) = world.control("GET", "/events?type=invoice.created")["items"]

    assert (event["recipients"], event["data"]["invoiceId"]) == (["org_seller_1"], invoice["id"])
    assert event["at"] == "2024-03-15T10:30:00Z"
    assert world.control("GET", "/events?type=payment.due")["items"] == []


def test_an_inbox_takes_whatever_comes(world):
    url = world.control(
        "PUT", "/inboxes/any", responses=[{"status": 418, "body": "tea", "headers": {"X-Pot": "1"}}]
    )["url"]

    first = world.sandbox.client.put(
        f"{url}/below", content=b"\xff\xfe", headers={"Content-Type": "text/plain"}
    )
    second = world.sandbox.client.get(url)

    assert (first.status_code, first.text, first.headers["x-pot"]) == (418, "tea", "1")
    assert second.status_code == 200
    content = world.control("GET", "/inboxes/any")
    assert [(m["method"], m["answered"], m["signatureValid"]) for m in content["messages"]] == [
        ("PUT", 418, None), ("GET", 200, None),
    ]  # fmt: skip
    world.control("DELETE", "/inboxes/any")
    assert world.control("GET", "/inboxes/any")["messages"] == []
    assert [i["name"] for i in world.control("GET", "/inboxes")["items"]] == ["any"]


def test_an_inbox_checks_signatures_with_a_secret_of_ones_own(world):
    url = world.control("PUT", "/inboxes/own", secret="another-secret")["url"]
    world.seller.post(
        "/api/v1/settings/webhooks", url=url, events=["*"], signingSecret="whsec_abcdefgh"
    )
    world.draft()

    assert world.received("own")[0]["signatureValid"] is False


@pytest.mark.parametrize(
    "path", ["/_sandbox/inbox/nowhere/x", "/_sandbox/inbox/{}/a b", "/_sandbox/inbox/{}/"]
)
def test_a_message_for_nobody_is_not_found(world, path):
    assert (
        world.sandbox.client.post(path.format(world.described["id"]), content=b"x").status_code
        == 404
    )


def test_a_message_that_is_too_large_is_refused(world):
    url = world.control("PUT", "/inboxes/small")["url"]

    assert world.sandbox.client.post(url, content=b"x" * 1_048_577).status_code == 413
    assert world.control("GET", "/inboxes/small")["messages"] == []


def test_drain_returns_when_all_is_delivered(world):
    world.endpoint()
    for number in range(20):
        world.draft(f"D-{number}")

    assert world.sandbox.client.post("/_sandbox/drain").json() == {"idle": True}
    assert len(world.control("GET", "/inboxes/hook")["messages"]) == 20


def test_paused_deliveries_wait(world):
    world.endpoint(responses=[{"status": 500}])
    world.control("POST", "/deliveries/pause")
    world.draft()
    held = world.advance(by="PT1H")

    resumed = world.control("POST", "/deliveries/resume")
    flushed = world.control("POST", "/deliveries/flush")

    assert held["deliveries"] == []
    assert resumed == {"paused": False, "deliveries": {"RETRYING": 1}}
    assert flushed == {"paused": False, "deliveries": {"DELIVERED": 1}}


def test_a_delivery_is_made_again_on_demand(world):
    world.endpoint()
    world.draft()
    world.received()
    (delivery,) = world.control("GET", "/deliveries")["items"]

    again = world.control("POST", f"/deliveries/{delivery['id']}/redeliver")

    assert [a["n"] for a in again["attempts"]] == [1, 2]
    assert [m["duplicateOf"] for m in world.control("GET", "/inboxes/hook")["messages"]] == [
        None,
        1,
    ]


def test_two_hundred_worlds_at_once_never_meet(sandbox):
    def live(number):
        world = sandbox.world("demo", seed=number)
        path = f"{LIST}/{world.draft(f'P-{number}', '100.00')['id']}"
        world.seller.post(f"{path}/submit")
        world.buyer.post(f"{path}/approve")
        paid = world.buyer.post(f"{path}/settle").json()
        numbers = [i["invoiceNumber"] for i in world.seller.get(LIST, search="P-").json()["items"]]
        journal = world.control("GET", "/journal")["totalCount"]
        return paid["status"], numbers, journal, world.seller.headers["X-API-Key"]

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        lives = list(pool.map(live, range(200)))

    assert {status for status, *_ in lives} == {"SETTLED"}
    assert [numbers for _, numbers, _, _ in lives] == [[f"P-{n}"] for n in range(200)]
    assert {journal for _, _, journal, _ in lives} == {5}
    assert len({key for *_, key in lives}) == 200
