"""Faults on demand: what goes wrong, for whom, how often, and what it leaves behind."""

import httpx
import pytest

LIST = "/api/v1/invoices"
BODY = {
    "connectionId": "conn_abc123", "invoiceNumber": "F-1", "amount": "10.00",
    "dueDate": "2024-05-01", "requestId": "once",
}  # fmt: skip


def count(world):
    return world.seller.get(LIST).json()["totalCount"]


def test_an_error_is_told_in_the_apis_shape_and_nothing_is_done(world):
    world.control(
        "POST", "/faults", times=1, match={"operation": "createInvoice"},
        effect={"type": "error", "status": 503, "code": "MAINTENANCE", "headers": {"Retry-After": "7"}},
    )  # fmt: skip

    broken = world.seller.post(LIST, **BODY)
    error = broken.json()

    assert (broken.status_code, error["statusCode"], error["code"]) == (503, 503, "MAINTENANCE")
    assert set(error) == {
        "statusCode",
        "code",
        "message",
        "details",
        "traceId",
        "timestamp",
        "path",
    }
    assert broken.headers["retry-after"] == "7"
    assert count(world) == 0
    assert world.seller.post(LIST, **BODY).status_code == 200


def test_a_lost_response_is_found_again_by_its_request_id(world):
    world.control(
        "POST",
        "/faults",
        times=1,
        match={"operation": "createInvoice"},
        effect={"type": "loseResponse"},
    )

    with pytest.raises(httpx.TransportError):
        world.seller.post(LIST, **BODY)
    retried = world.seller.post(LIST, **BODY)

    assert retried.status_code == 200
    assert retried.headers["idempotent-replayed"] == "true"
    assert count(world) == 1
    lost, replayed = world.control("GET", "/journal?operation=createInvoice")["items"]
    assert lost["response"] == replayed["response"] == retried.text
    assert (lost["fault"], replayed["fault"]) == ("flt_000001", None)


@pytest.mark.parametrize(
    ("effect", "made"),
    [
        ({"type": "reset"}, 0),
        ({"type": "reset", "phase": "after"}, 1),
        ({"type": "truncate"}, 1),
    ],
)
def test_a_connection_breaks(world, effect, made):
    world.control("POST", "/faults", times=1, effect=effect)

    with pytest.raises(httpx.TransportError):
        world.seller.post(LIST, **BODY)

    assert count(world) == made


def test_a_malformed_answer_is_half_of_one(world):
    world.control("POST", "/faults", times=1, effect={"type": "malformed"})

    answer = world.seller.post(LIST, **BODY)

    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        answer.json()
    assert count(world) == 1


def test_a_timeout_is_no_answer_at_all(world):
    world.control("POST", "/faults", times=1, effect={"type": "timeout"})

    with pytest.raises(httpx.ReadTimeout):
        world.seller.ask("GET", LIST, timeout=0.2)

    assert count(world) == 0


def test_too_many_requests_says_when_to_come_back(world):
    world.control("POST", "/faults", times=1, effect={"type": "rateLimit", "retryAfter": 3})

    answer = world.seller.get(LIST)

    assert (answer.status_code, answer.json()["code"]) == (429, "RATE_LIMITED")
    assert answer.headers["retry-after"] == "3"


def test_a_delay_is_waited_for(world):
    world.control("POST", "/faults", times=1, effect={"type": "delay", "ms": 120})

    answer = world.seller.get(LIST)

    assert answer.status_code == 200
    assert answer.elapsed.total_seconds() >= 0.12


MATCHES = [
    ({}, True),
    ({"api": "expereon"}, True),
    ({"api": "experi"}, False),
    ({"operation": "createInvoice"}, True),
    ({"operation": "getInvoice"}, False),
    ({"organization": "org_seller_1"}, True),
    ({"organization": "org_buyer_1"}, False),
    ({"key": "key_seller_admin"}, True),
    ({"key": "key_seller_read"}, False),
    ({"body": {"path": "$.amount", "equals": "10.00"}}, True),
    ({"body": {"path": "$.amount", "equals": "13.13"}}, False),
    ({"body": {"path": "$.lineItems"}}, False),
    ({"body": {"path": "$.requestId"}}, True),
    ({"operation": "createInvoice", "body": {"path": "$.amount", "equals": 10}}, False),
]


@pytest.mark.parametrize(("match", "applies"), MATCHES)
def test_a_rule_is_for_what_it_says(world, match, applies):
    world.control("POST", "/faults", match=match, effect={"type": "error"})

    assert (world.seller.post(LIST, **BODY).status_code == 500) is applies


def test_a_rule_skips_and_counts_and_the_first_one_wins(world):
    first = world.control(
        "POST", "/faults", skip=1, times=2, effect={"type": "error", "code": "FIRST"}
    )
    world.control("POST", "/faults", effect={"type": "error", "code": "SECOND"})

    codes = [world.seller.get(LIST).json()["code"] for _ in range(4)]
    counted = world.control("GET", f"/faults/{first['id']}")

    assert codes == ["SECOND", "FIRST", "FIRST", "SECOND"]
    assert (counted["seen"], counted["applied"]) == (4, 2)


def test_a_rule_ends_when_its_time_is_over(world):
    world.control("POST", "/faults", until="2024-03-15T11:00:00Z", effect={"type": "error"})

    during = world.seller.get(LIST).status_code
    world.advance(by="PT30M")

    assert (during, world.seller.get(LIST).status_code) == (500, 200)


def test_chance_follows_from_the_seed(sandbox):
    def run(seed):
        world = sandbox.world("empty", seed)
        world.control("POST", "/faults", percent=50, effect={"type": "error"})
        return [world.seller.get(LIST).status_code for _ in range(40)]

    first = run(1)

    assert run(1) == first
    assert run(2) != first
    assert 8 < first.count(500) < 32


def test_rules_are_listed_and_removed(world):
    ids = [world.control("POST", "/faults", effect={"type": "error"})["id"] for _ in range(3)]

    world.control("DELETE", f"/faults/{ids[1]}")
    left = [fault["id"] for fault in world.control("GET", "/faults")["items"]]
    world.control("DELETE", "/faults")

    assert left == [ids[0], ids[2]]
    assert world.control("GET", "/faults")["items"] == []
    assert world.seller.get(LIST).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {}, {"effect": {}}, {"effect": {"type": "explode"}}, {"effect": {"type": "error", "status": 200}},
        {"effect": {"type": "error"}, "percent": 101}, {"effect": {"type": "error"}, "times": 0},
        {"effect": {"type": "error"}, "match": {"body": {"path": "$.["}}},
        {"effect": {"type": "error"}, "match": {"colour": "red"}},
        {"effect": {"type": "error", "headers": {"X": "a\nb"}}}, {"effect": {"type": "postpone", "by": "soon"}},
    ],
)  # fmt: skip
def test_what_is_no_rule_is_refused(world, body):
    url = f"/_sandbox/worlds/{world.described['id']}/faults"
    answer = world.sandbox.client.post(url, json=body)

    assert answer.status_code == 400, answer.text
    assert world.control("GET", "/faults")["items"] == []


def hooked(world, **rule):
    world.endpoint()
    world.control("POST", "/faults", **rule)
    for number in range(3):
        world.draft(f"W-{number}")
    world.sandbox.client.post("/_sandbox/drain")
    return world.control("GET", "/inboxes/hook")["messages"]


def test_a_dropped_delivery_never_comes(world):
    messages = hooked(world, times=1, effect={"type": "drop"})

    assert [m["id"] for m in messages] == ["evt_000002", "evt_000003"]
    assert world.control("GET", "/deliveries?status=SKIPPED")["items"][0]["eventId"] == "evt_000001"


def test_a_duplicate_comes_more_than_once(world):
    messages = hooked(world, skip=1, times=1, effect={"type": "duplicate", "count": 3})

    assert [m["id"][-1] for m in messages] == ["1", "2", "2", "2", "3"]
    assert [m["duplicateOf"] for m in messages] == [None, None, 2, 2, None]


def test_a_postponed_delivery_comes_later(world):
    messages = hooked(
        world,
        times=1,
        match={"event": "invoice.created"},
        effect={"type": "postpone", "by": "PT5M"},
    )
    world.advance(by="PT5M")

    assert [m["id"][-1] for m in messages] == ["2", "3"]
    last = world.control("GET", "/inboxes/hook")["messages"][-1]
    assert (last["id"], last["at"], last["outOfOrder"]) == (
        "evt_000001",
        "2024-03-15T10:35:00Z",
        True,
    )


def test_events_may_overtake_each_other(world):
    world.endpoint()
    world.control("POST", "/faults", times=1, effect={"type": "reorder"})
    world.control("POST", "/deliveries/pause")
    for number in range(3):
        world.draft(f"W-{number}")
    world.control("POST", "/deliveries/resume")

    messages = world.control("GET", "/inboxes/hook")["messages"]
    assert [(m["id"][-1], m["outOfOrder"]) for m in messages] == [
        ("2", False),
        ("1", True),
        ("3", False),
    ]


def test_a_bad_signature_does_not_verify(world):
    messages = hooked(world, times=1, effect={"type": "badSignature"})

    assert [m["signatureValid"] for m in messages] == [False, True, True]
