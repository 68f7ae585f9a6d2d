"""Worlds turned about while things are under way: nothing is lost, doubled, stuck or moved back."""

import concurrent.futures
import contextlib
import http.server
import threading

import pytest

LIST = "/api/v1/invoices"


class Gate(http.server.ThreadingHTTPServer):
    """A receiver that answers when it is told to, and remembers what came."""

    daemon_threads = True

    def __init__(self):
        self.arrived = threading.Semaphore(0)
        self.open = threading.Event()
        self.bodies = []
        super().__init__(("127.0.0.1", 0), Passer)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/"


class Passer(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.bodies.append(self.rfile.read(int(self.headers["content-length"])))
        self.server.arrived.release()
        self.server.open.wait(20)
        with contextlib.suppress(OSError):
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def gate():
    server = Gate()
    yield server
    server.open.set()
    server.shutdown()
    server.server_close()


def hooked(world, url):
    answer = world.seller.post("/api/v1/settings/webhooks", url=url, events=["invoice.created"])
    assert answer.status_code == 200, answer.text


def statuses(world):
    return [d["status"] for d in world.control("GET", "/deliveries")["items"]]


def test_inboxes_go_on_receiving_after_a_restore(world):
    world.endpoint()
    world.control("POST", "/snapshots", name="a")
    world.draft("T-1")
    world.received(count=1)
    world.control("POST", "/snapshots/a/restore")

    world.draft("T-2")

    assert [m["number"] for m in world.received(count=2)] == [1, 2]
    assert statuses(world) == ["DELIVERED"]


@pytest.mark.parametrize("verb", ["/reset", "/snapshots/before/restore"])
def test_what_was_under_way_does_not_reach_into_the_world_that_replaces_it(world, gate, verb):
    world.control("POST", "/snapshots", name="before")
    hooked(world, gate.url)
    world.draft("OLD-1")
    assert gate.arrived.acquire(timeout=5)

    world.control("POST", verb)
    hooked(world, gate.url)
    world.draft("NEW-1")
    gate.open.set()
    world.sandbox.client.post("/_sandbox/drain")

    assert [b"NEW-1" in body for body in gate.bodies] == [False, True]
    assert statuses(world) == ["DELIVERED"]


def test_a_snapshot_of_a_delivery_under_way_delivers_it_when_it_is_restored(world, gate):
    hooked(world, gate.url)
    world.draft("ONCE-1")
    assert gate.arrived.acquire(timeout=5)
    world.control("POST", "/snapshots", name="during")
    gate.open.set()
    world.sandbox.client.post("/_sandbox/drain")

    world.control("POST", "/snapshots/during/restore")
    world.sandbox.client.post("/_sandbox/drain")

    assert len(gate.bodies) == 2
    assert statuses(world) == ["DELIVERED"]


def test_a_delivery_asked_for_again_while_it_is_under_way_is_made_again(world, gate):
    hooked(world, gate.url)
    world.draft("AGAIN-1")
    assert gate.arrived.acquire(timeout=5)

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        again = pool.submit(world.control, "POST", "/deliveries/dlv_000001/redeliver")
        gate.open.set()
        detail = again.result(10)

    assert len(gate.bodies) == 2
    assert [a["n"] for a in detail["attempts"]] == [1, 2]
    assert statuses(world) == ["DELIVERED"]


def test_an_endpoint_deleted_under_way_is_not_told_again(world, gate):
    hooked(world, gate.url)
    world.draft("GONE-1")
    assert gate.arrived.acquire(timeout=5)

    world.seller.delete("/api/v1/settings/webhooks/whk_000001")
    gate.open.set()
    world.sandbox.client.post("/_sandbox/drain")

    assert statuses(world) == ["SKIPPED"]


def test_two_journeys_at_once_are_one_after_the_other(world, gate):
    hooked(world, gate.url)
    world.draft("SLOW-1")
    assert gate.arrived.acquire(timeout=5)

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        journeys = [pool.submit(world.advance, by=by) for by in ("PT10H", "PT1H")]
        gate.open.set()
        ends = sorted((j.result(10)["from"], j.result(10)["to"]) for j in journeys)

    assert ends[0][0] == "2024-03-15T10:30:00Z"
    assert ends[0][1] == ends[1][0]
    assert ends[1][1] == world.control("GET", "/clock")["now"] == "2024-03-15T21:30:00Z"


def test_what_is_switched_during_a_journey_stays_switched(world, gate):
    hooked(world, gate.url)
    world.draft("SLOW-1")
    assert gate.arrived.acquire(timeout=5)

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        journey = pool.submit(world.advance, by="PT2M")
        world.control("POST", "/faults", effect={"type": "error", "status": 503})
        world.control("POST", "/deliveries/pause")
        gate.open.set()
        journey.result(10)

    assert world.control("POST", "/deliveries/pause")["paused"] is True
    assert world.seller.get(LIST).status_code == 503


def test_a_world_deleted_during_a_journey_is_not_found(world, gate):
    hooked(world, gate.url)
    world.draft("SLOW-1")
    assert gate.arrived.acquire(timeout=5)
    url = f"/_sandbox/worlds/{world.described['id']}"

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        journey = pool.submit(
            world.sandbox.client.post, f"{url}/clock/advance", json={"by": "PT2M"}
        )
        world.sandbox.client.delete(url)
        gate.open.set()
        answer = journey.result(10)

    assert answer.status_code in (200, 404)
    assert world.seller.get(LIST).status_code == 401


def test_journeys_in_different_worlds_tell_their_own_deliveries(sandbox):
    def travel(number):
        world = sandbox.world("empty", number)
        world.endpoint(responses=[{"status": 500}] * 6, events=["invoice.created"])
        world.draft()
        world.received()
        sandbox.client.post("/_sandbox/drain")  # the first attempt is over, and written down
        return [d["attempt"] for d in world.advance(by="PT15H")["deliveries"]]

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert list(pool.map(travel, range(8))) == [[2, 3, 4, 5, 6]] * 8


def test_a_running_clock_is_never_set_back(sandbox, gate):
    world = sandbox.world("empty", mode="live", now="2024-03-15T10:30:00Z")
    hooked(world, gate.url)
    world.draft("LIVE-1")
    assert gate.arrived.acquire(timeout=5)

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        journey = pool.submit(world.advance, by="PT0S")
        before = world.control("GET", "/clock")["now"]
        gate.open.set()
        journey.result(10)

    assert world.control("GET", "/clock")["now"] >= before


def test_a_clone_of_a_running_world_runs_its_own_jobs(sandbox):
    world = sandbox.world("empty", mode="live", now="2024-03-19T23:59:58Z")
    path = f"{LIST}/{world.draft(dueDate='2024-03-20')['id']}"
    world.seller.post(f"{path}/submit")
    world.buyer.post(f"{path}/approve")

    clone = world.control("POST", "/clone")
    client, url = sandbox.client, f"/_sandbox/worlds/{clone['id']}"
    for _ in range(200):
        if client.get(f"{url}/jobs").json()["items"] == []:
            break
        client.post(f"{url}/journal/wait", json={"timeoutMs": 50})

    events = client.get(f"{url}/events", params={"type": "payment.due"}).json()["items"]
    assert [event["at"] for event in events] == ["2024-03-20T00:00:00Z"]


def test_a_rule_that_puts_off_puts_off_once(world):
    world.endpoint()
    world.control("POST", "/faults", effect={"type": "postpone", "by": "PT1S"})
    world.draft()

    journey = world.advance(by="P10Y")

    assert [d["at"] for d in journey["deliveries"]] == ["2024-03-15T10:30:01Z"]
    assert journey["truncated"] is False


def test_the_journal_goes_on_after_a_restore(world):
    world.draft("J-1")
    world.control("POST", "/snapshots", name="a")
    world.draft("J-2")
    world.control("POST", "/snapshots/a/restore")
    world.draft("J-3")

    traces = [entry["traceId"] for entry in world.control("GET", "/journal")["items"]]
    assert traces == ["trc_000001", "trc_000002", "trc_000003"]
    assert world.control("GET", "/coverage")["expereon"]["operations"]["seen"] == ["createInvoice"]


def test_requests_that_were_too_many_are_in_the_journal(sandbox):
    from harness import TestWorld

    made = sandbox.client.post(
        "/_sandbox/worlds", json={"fixture": "empty", "limits": "documented"}
    )
    world = TestWorld(sandbox, made.json())
    for _ in range(601):
        last = world.seller.get(LIST)
    lost = world.seller.get("/api/v1/nothing")

    assert (last.status_code, lost.status_code) == (429, 429)
    assert world.control("POST", "/journal/count", match={"status": 429}) == {"count": 2}
    assert world.control("GET", "/coverage")["expereon"]["errors"]["seen"] == ["RATE_LIMITED"]


ODD = [
    (b"[" * 100_000, {}),
    (b'{"id": "\\u0000"}', {}),
    (b"{}", {"x-webhook-timestamp": "9" * 5000, "x-signature": "a"}),
    (b"{}", {"x-signature": f"t={'9' * 5000},v1=a"}),
    (b"\xff\xfe", {"content-type": "text/plain"}),
]


@pytest.mark.parametrize(("body", "headers"), ODD)
def test_an_inbox_takes_odd_messages(world, body, headers):
    url = world.control("PUT", "/inboxes/odd", secret="whsec_something")["url"]

    assert world.sandbox.client.post(url, content=body, headers=headers).status_code == 200
    assert len(world.control("GET", "/inboxes/odd")["messages"]) == 1


def test_an_inbox_answers_without_a_body_where_there_is_none(world):
    world.endpoint(responses=[{"status": 204, "body": "hello"}, {"status": 200}])
    world.draft("A-1")
    world.draft("A-2")
    world.sandbox.client.post("/_sandbox/drain")

    assert statuses(world) == ["DELIVERED", "DELIVERED"]


REFUSED = [
    ("POST", "/faults", {"effect": {"type": "error", "headers": {"content-length": "abc"}}}),
    ("POST", "/faults", {"effect": {"type": "error", "headers": {"a b": "c"}}}),
    ("POST", "/faults", {"effect": {"type": "postpone", "by": "PT0S"}}),
    ("POST", "/faults", {"effect": {"type": "error"}, "match": {"operation": "createInvoise"}}),
    (
        "POST",
        "/faults",
        {"effect": {"type": "error"}, "match": {"body": {"path": "$[?@.a =~ /(/]"}}},
    ),
    (
        "POST",
        "/faults",
        {"effect": {"type": "error"}, "match": {"body": {"path": "$[?match(@.a, '(a+)+$')]"}}},
    ),
    ("POST", "/journal/count", {"match": {"body": {"path": "$[?@ =~ /(a+)+$/]"}}}),
    ("PUT", "/inboxes/in", {"responses": [{"headers": {"Counterfoil-Delay-Ms": "soon"}}]}),
    ("PUT", "/inboxes/in", {"responses": [{"headers": {"transfer-encoding": "chunked"}}]}),
    ("PUT", "/clock", {"mode": "frozen", "now": "8999-12-31T23:59:59-23:59"}),
]


@pytest.mark.parametrize(("method", "path", "body"), REFUSED)
def test_what_would_break_things_is_refused(world, method, path, body):
    url = f"/_sandbox/worlds/{world.described['id']}{path}"

    assert world.sandbox.client.request(method, url, json=body).status_code == 400


def test_a_rule_looks_into_deep_bodies_without_harm(world):
    world.control(
        "POST", "/faults", match={"body": {"path": "$..x"}}, effect={"type": "error", "status": 503}
    )
    deep = '{"a":' * 150 + "1" + "}" * 150

    answer = world.seller.ask(
        "POST", LIST, content=deep, headers={"Content-Type": "application/json"}
    )

    assert answer.status_code in (400, 503)


@pytest.mark.parametrize(
    ("equals", "sent", "applies"),
    [("1.5", "1.5", True), ("1", "1.0", True), ('"1.5"', "1.5", False)],
)
def test_numbers_are_compared_exactly(world, equals, sent, applies):
    url = f"/_sandbox/worlds/{world.described['id']}"
    json = {"Content-Type": "application/json"}
    match = f'{{"body": {{"path": "$.version", "equals": {equals}}}}}'
    rule = f'{{"effect": {{"type": "error", "status": 503}}, "match": {match}}}'
    assert world.sandbox.client.post(f"{url}/faults", content=rule, headers=json).status_code == 201

    answer = world.seller.ask("POST", LIST, content=f'{{"version": {sent}}}', headers=json)
    counted = world.sandbox.client.post(
        f"{url}/journal/count", content=f'{{"match": {match}}}', headers=json
    )

    assert (answer.status_code == 503) is applies
    assert counted.json() == {"count": int(applies)}


def test_a_rule_may_name_an_operation_by_its_other_name(world):
    world.control("POST", "/faults", match={"operation": "putInvoice"}, effect={"type": "error"})
    path = f"{LIST}/{world.draft()['id']}"

    assert world.seller.ask("PUT", path, json={"description": "x"}).status_code == 500
    assert world.seller.patch(path, description="x").status_code == 200


def test_a_balance_does_not_overflow(world):
    url = f"/_sandbox/worlds/{world.described['id']}/expereon/organizations/buyer/deposits"
    codes = [
        world.sandbox.client.post(
            url, json={"currency": "KWD", "amount": "999999999999999.999"}
        ).status_code
        for _ in range(3)
    ]

    assert codes == [201, 409, 409]


def test_a_request_under_way_ends_in_the_world_that_replaced_its_own(world):
    world.control("POST", "/faults", times=1, effect={"type": "delay", "ms": 300})

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        late = pool.submit(world.draft, "LATE-1")
        world.control("POST", "/journal/wait", timeoutMs=100)
        world.control("POST", "/reset")
        made = late.result(10)

    assert made["invoiceNumber"] == "LATE-1"
    assert world.seller.get(LIST).json()["totalCount"] == 1
