"""Worlds as one may turn them about: clocks moved on, snapshots returned to, clones, resets."""

import pytest

LIST = "/api/v1/invoices"


def refused(world, method, path, **body):
    url = f"/_sandbox/worlds/{world.described['id']}{path}"
    answer = world.sandbox.client.request(method, url, json=body)
    return answer.status_code, answer.json()["detail"]


@pytest.mark.parametrize(
    ("asked", "now"),
    [
        ({"by": "P30D"}, "2024-04-14T10:30:00Z"),
        ({"by": "PT15H"}, "2024-03-16T01:30:00Z"),
        ({"by": "P1M"}, "2024-04-15T10:30:00Z"),
        ({"by": "P2Y1M"}, "2026-04-15T10:30:00Z"),
        ({"by": "P2W"}, "2024-03-29T10:30:00Z"),
        ({"by": "PT0S"}, "2024-03-15T10:30:00Z"),
        ({"by": "P1DT1M1S"}, "2024-03-16T10:31:01Z"),
        ({"to": "2024-12-31T23:59:59Z"}, "2024-12-31T23:59:59Z"),
        ({"to": "2024-03-15T12:30:00+02:00"}, "2024-03-15T10:30:00Z"),
        ({"toNextJob": True}, "2024-03-15T10:30:00Z"),
    ],
)
def test_a_clock_is_moved_on(world, asked, now):
    journey = world.advance(**asked)

    assert (journey["from"], journey["to"]) == ("2024-03-15T10:30:00Z", now)
    assert world.control("GET", "/clock")["now"] == now
    assert world.draft(dueDate="2030-01-01")["createdAt"] == now


@pytest.mark.parametrize(
    ("start", "by", "end"),
    [
        ("2024-01-31T10:00:00Z", "P1M", "2024-02-29T10:00:00Z"),
        ("2023-01-31T10:00:00Z", "P1M", "2023-02-28T10:00:00Z"),
        ("2024-02-29T10:00:00Z", "P1Y", "2025-02-28T10:00:00Z"),
        ("2024-12-31T10:00:00Z", "P2M", "2025-02-28T10:00:00Z"),
        ("2024-10-31T10:00:00Z", "P1M", "2024-11-30T10:00:00Z"),
    ],
)
def test_months_end_where_they_end(sandbox, start, by, end):
    world = sandbox.world("empty", mode="frozen", now=start)

    assert world.advance(by=by)["to"] == end


def test_time_runs_forward(world):
    world.advance(by="P1D")

    for method, path, body in (
        ("POST", "/clock/advance", {"to": "2024-03-15T10:30:00Z"}),
        ("PUT", "/clock", {"mode": "frozen", "now": "2024-03-15T10:30:00Z"}),
    ):
        status, said = refused(world, method, path, **body)
        assert status == 409
        assert "restore a snapshot" in said
    assert world.control("GET", "/clock")["now"] == "2024-03-16T10:30:00Z"


@pytest.mark.parametrize(
    "body",
    [
        {}, {"by": "30 days"}, {"by": "P"}, {"by": "PT"}, {"by": "-P1D"}, {"by": "P1D", "to": "2025-01-01T00:00:00Z"},
        {"toNextJob": False}, {"to": "tomorrow"}, {"by": "P9999Y"}, {"by": "P1.5D"}, {"by": 5}, {"later": "P1D"},
    ],
)  # fmt: skip
def test_what_is_no_time_is_refused_and_changes_nothing(world, body):
    status, _ = refused(world, "POST", "/clock/advance", **body)

    assert status == 400
    assert world.control("GET", "/clock")["now"] == "2024-03-15T10:30:00Z"


def approved(world, number, due):
    path = f"{LIST}/{world.draft(number, dueDate=due)['id']}"
    world.seller.post(f"{path}/submit")
    world.buyer.post(f"{path}/approve")
    return path


def test_what_falls_due_happens_on_its_day_and_in_order(world):
    world.endpoint("due", "buyer", events=["payment.due"])
    for number, due in (("D-2", "2024-03-20"), ("D-1", "2024-03-18"), ("D-3", "2024-03-20")):
        approved(world, number, due)
    settled = approved(world, "D-4", "2024-03-19")
    world.buyer.post(f"{settled}/settle")

    jobs = world.control("GET", "/jobs")["items"]
    journey = world.advance(by="P7D")

    assert [job["at"][:10] for job in jobs] == [
        "2024-03-18",
        "2024-03-19",
        "2024-03-20",
        "2024-03-20",
    ]
    assert [(job["at"][:10], len(job["events"])) for job in journey["jobs"]] == [
        ("2024-03-18", 1), ("2024-03-19", 0), ("2024-03-20", 1), ("2024-03-20", 1),
    ]  # fmt: skip
    assert [(e["type"], e["at"]) for e in journey["events"]] == [
        ("payment.due", f"2024-03-{day}T00:00:00Z") for day in (18, 20, 20)
    ]
    messages = world.control("GET", "/inboxes/due")["messages"]
    assert [m["at"] for m in messages] == [f"2024-03-{day}T00:00:00Z" for day in (18, 20, 20)]
    assert world.control("GET", "/jobs")["items"] == []


def test_to_the_next_job_stops_there(world):
    approved(world, "D-1", "2024-03-20")
    approved(world, "D-2", "2024-03-25")

    first = world.advance(toNextJob=True)
    second = world.advance(toNextJob=True)
    third = world.advance(toNextJob=True)

    assert [j["to"] for j in (first, second, third)] == [
        "2024-03-20T00:00:00Z", "2024-03-25T00:00:00Z", "2024-03-25T00:00:00Z",
    ]  # fmt: skip
    assert [len(j["jobs"]) for j in (first, second, third)] == [1, 1, 0]


def test_a_frozen_clock_may_be_let_run_and_frozen_again(world):
    live = world.control("PUT", "/clock", mode="live")
    frozen = world.control("PUT", "/clock", mode="frozen", now="2024-06-01T00:00:00Z")

    assert (live["mode"], live["now"][:16]) == ("live", "2024-03-15T10:30")
    assert frozen == {"mode": "frozen", "now": "2024-06-01T00:00:00Z", "nextDue": None}
    assert world.draft()["createdAt"] == "2024-06-01T00:00:00Z"


def everything(world):
    invoices = world.seller.get(LIST, limit=100, includeArchived="true").json()
    return invoices, world.buyer.balance(), world.control("GET", "/clock")


def test_a_snapshot_is_returned_to_with_data_clock_counters_and_retries(demo):
    first = demo.draft("S-1", requestId="before")
    before = everything(demo)
    made = demo.control("POST", "/snapshots", name="before")

    demo.advance(by="P3D")
    path = f"{LIST}/{first['id']}"
    demo.seller.post(f"{path}/submit")
    demo.buyer.post(f"{path}/approve")
    after = demo.draft("S-2")
    demo.control("POST", "/snapshots/before/restore")

    assert made == {"name": "before", "at": "2024-03-15T10:30:00Z"}
    assert everything(demo) == before
    assert demo.draft("S-2")["id"] == after["id"]
    replayed = demo.seller.post(
        LIST, connectionId="conn_abc123", invoiceNumber="S-1", amount="1500.00", dueDate="2024-05-01", requestId="before",
    )  # fmt: skip
    assert replayed.headers["idempotent-replayed"] == "true"


def test_a_snapshot_of_a_running_world_goes_on_from_its_instant(sandbox):
    world = sandbox.world("empty", mode="live", now="2024-03-15T10:30:00Z")
    world.control("POST", "/snapshots", name="here")
    world.advance(by="P10D")
    world.control("POST", "/snapshots/here/restore")

    clock = world.control("GET", "/clock")
    assert (clock["mode"], clock["now"][:16]) == ("live", "2024-03-15T10:30")


def test_snapshots_are_listed_replaced_and_deleted(world):
    world.control("POST", "/snapshots", name="a")
    world.draft()
    world.control("POST", "/snapshots", name="b")
    world.control("POST", "/snapshots", name="a")

    assert [s["name"] for s in world.control("GET", "/snapshots")["items"]] == ["b", "a"]
    world.control("POST", "/snapshots/a/restore")
    assert world.seller.get(LIST).json()["totalCount"] == 1
    world.control("DELETE", "/snapshots/a")
    assert refused(world, "POST", "/snapshots/a/restore") == (404, "The world has no snapshot a")


def test_a_clone_goes_on_alone_with_keys_of_its_own(demo):
    from harness import TestWorld

    demo.draft("C-1")
    clone = TestWorld(demo.sandbox, demo.control("POST", "/clone", name="what-if-7"))
    clone.draft("C-2")

    numbers = [i["invoiceNumber"] for i in clone.seller.get(LIST).json()["items"][:2]]
    assert numbers == ["C-2", "C-1"]
    assert demo.seller.get(LIST).json()["items"][0]["invoiceNumber"] == "C-1"
    assert clone.seller.headers != demo.seller.headers
    clone.control("DELETE", "")
    assert clone.seller.get(LIST).status_code == 401


def test_a_reset_world_is_as_it_was_made(demo):
    before = everything(demo)
    traced = demo.draft("R-1")
    demo.advance(by="P40D")
    demo.control("POST", "/faults", effect={"type": "error"})

    reset = demo.control("POST", "/reset")

    assert reset == demo.described
    assert demo.control("GET", "/journal")["totalCount"] == 0
    assert everything(demo) == before
    assert demo.draft("R-1") == traced


def test_worlds_are_listed_and_deleted(sandbox):
    world = sandbox.world("empty", seed=5)
    id = world.described["id"]

    assert {
        "id": id,
        "fixture": "empty",
        "seed": 5,
        "clock": world.described["clock"],
    } in sandbox.client.get("/_sandbox/worlds").json()["items"]
    assert world.control("GET", "") == world.described
    assert world.control("DELETE", "") == {"id": id, "deleted": True}
    assert refused(world, "GET", "") == (404, f"There is no world {id}")


@pytest.mark.parametrize(
    ("name", "status"), [("world_000009", 400), ("default-1", 201), ("a b", 400), ("", 400)]
)
def test_a_world_may_be_named(sandbox, name, status):
    answer = sandbox.client.post("/_sandbox/worlds", json={"fixture": "empty", "name": name})

    assert answer.status_code == status
    if status == 201:
        again = sandbox.client.post("/_sandbox/worlds", json={"fixture": "empty", "name": name})
        assert (again.status_code, again.json()["title"]) == (409, "Name taken")
