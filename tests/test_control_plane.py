"""The control plane and the gateway: worlds are made, and each request finds its service."""

import pytest


def problem(answer, status, title):
    error = answer.json()
    assert answer.status_code == error["status"] == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert error["title"] == title
    assert set(error) >= {"type", "title", "status", "detail"}
    return error


def test_health_tells_what_is_served(sandbox):
    health = sandbox.client.get("/_sandbox/health").json()

    assert health["status"] == "ok"
    assert health["apis"]["expereon"] == {"title": "Expereon", "url": sandbox.expereon_url}
    assert health["worlds"] >= 0


def test_a_world_comes_with_everything_a_client_needs(sandbox):
    answer = sandbox.client.post("/_sandbox/worlds", json={"fixture": "demo", "seed": 9})

    world = answer.json()
    assert answer.status_code == 201
    assert world["url"] == sandbox.url
    assert (world["seed"], world["fixture"]) == (9, "demo")
    assert world["clock"] == {"mode": "frozen", "now": "2024-03-15T10:30:00Z"}
    expereon = world["expereon"]
    assert {name: o["id"] for name, o in expereon["organizations"].items()} == {
        "seller": "org_seller_1", "buyer": "org_buyer_1", "buyer2": "org_buyer_2",
    }  # fmt: skip
    assert {c["id"]: c["status"] for c in expereon["connections"]} == {
        "conn_abc123": "ACTIVE", "conn_def456": "ACTIVE", "conn_ghi789": "SUSPENDED",
    }  # fmt: skip


def test_a_world_of_nothing_asked_is_the_demo_frozen(sandbox):
    world = sandbox.client.post("/_sandbox/worlds").json()

    assert (world["fixture"], world["seed"], world["clock"]["mode"]) == ("demo", 1, "frozen")


@pytest.mark.parametrize(
    ("clock", "now"),
    [
        ({"mode": "frozen", "now": "2030-01-31T23:59:59Z"}, "2030-01-31T23:59:59Z"),
        ({"mode": "frozen", "now": "2030-01-31T23:59:59.999+01:00"}, "2030-01-31T22:59:59Z"),
    ],
)
def test_a_world_is_made_at_the_instant_asked_for(sandbox, clock, now):
    world = sandbox.world("demo", **clock)

    assert world.described["clock"]["now"] == now
    created = world.draft(dueDate="2031-01-01")
    assert created["createdAt"] == now


def test_a_live_world_goes_on_from_where_it_was_put(sandbox):
    world = sandbox.world("empty", mode="live", now="2030-01-01T00:00:00Z")

    created = world.draft(dueDate="2031-01-01")

    assert world.described["clock"]["mode"] == "live"
    assert created["createdAt"].startswith("2030-01-01T00:0")


def test_a_live_world_shows_the_walls_time(sandbox):
    from datetime import UTC, datetime

    world = sandbox.world("empty", mode="live")
    shown = datetime.fromisoformat(world.draft(dueDate="2090-01-01")["createdAt"])

    assert abs((datetime.now(UTC) - shown).total_seconds()) < 60


def test_worlds_do_not_see_each_other(sandbox):
    first, second = sandbox.world("empty"), sandbox.world("empty")
    made = first.draft()

    assert second.draft()["id"] == made["id"]
    first.seller.delete(f"/api/v1/invoices/{made['id']}")
    assert second.seller.get(f"/api/v1/invoices/{made['id']}").status_code == 200


def test_making_worlds_leaves_the_template_as_it_was(sandbox):
    first = sandbox.world("demo")
    first.seller.post("/api/v1/invoices/inv_000014/submit")

    second = sandbox.world("demo")

    assert second.seller.get("/api/v1/invoices/inv_000014").json()["status"] == "DRAFT"


WRONG = [
    ({"fixture": "dmeo"}, 404, "Unknown fixture", []),
    ({"fixture": "../demo"}, 400, "Invalid request", [("fixture", "INVALID_FORMAT")]),
    ({"seed": -1}, 400, "Invalid request", [("seed", "OUT_OF_RANGE")]),
    ({"seed": "one"}, 400, "Invalid request", [("seed", "INVALID_TYPE")]),
    ({"colour": "red"}, 400, "Invalid request", [("colour", "UNKNOWN_FIELD")]),
    ({"clock": {}}, 400, "Invalid request", [("clock.mode", "REQUIRED")]),
    ({"clock": {"mode": "slow"}}, 400, "Invalid request", [("clock.mode", "NOT_ALLOWED")]),
    ({"clock": {"mode": "frozen", "now": "noon"}}, 400, "Invalid request", [("clock.now", "INVALID_FORMAT")]),
    ({"clock": {"mode": "frozen", "now": "2024-12-31T23:59:60Z"}}, 400, "Invalid request", [("clock.now", "INVALID_FORMAT")]),
    ([], 400, "Invalid request", [("", "INVALID_TYPE")]),
]  # fmt: skip


@pytest.mark.parametrize(("body", "status", "title", "errors"), WRONG)
def test_a_wrong_request_is_told_what_is_wrong(sandbox, body, status, title, errors):
    worlds = sandbox.client.get("/_sandbox/health").json()["worlds"]

    error = problem(sandbox.client.post("/_sandbox/worlds", json=body), status, title)

    assert [(e["field"], e["code"]) for e in error.get("errors", [])] == errors
    assert sandbox.client.get("/_sandbox/health").json()["worlds"] == worlds


def test_unknown_fixtures_are_told_the_known_ones(sandbox):
    answer = sandbox.client.post("/_sandbox/worlds", json={"fixture": "dmeo"})

    assert answer.json()["detail"] == (
        "There is no fixture 'dmeo' (did you mean 'demo'?); known are demo, empty"
    )


def test_other_paths_and_methods_of_the_hub_are_problems(sandbox):
    problem(sandbox.client.get("/_sandbox/nothing"), 404, "No such route")
    problem(sandbox.client.get("/nothing"), 404, "No such route")
    answer = sandbox.client.put("/_sandbox/worlds")
    problem(answer, 405, "Method not allowed")
    assert answer.headers["allow"] == "GET, HEAD, POST"
    problem(sandbox.client.post("/_sandbox/worlds", content=b"{"), 400, "Invalid request")
    headers = {"Content-Type": "application/json"}
    malformed = sandbox.client.post("/_sandbox/worlds", content=b"{", headers=headers)
    problem(malformed, 400, "Malformed JSON")


def test_the_hub_has_a_page_for_people(sandbox):
    page = sandbox.client.get("/")

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert sandbox.expereon_url in page.text
    assert sandbox.client.head("/").content == b""


def test_an_api_is_reached_by_port_by_prefix_and_by_host(sandbox):
    world = sandbox.world("demo")
    headers = world.seller.headers
    path = "/api/v1/invoices?limit=3"
    by_port = world.seller.ask("GET", path)

    by_prefix = sandbox.client.get(f"/expereon{path}", headers=headers)
    by_host = [
        sandbox.client.get(path, headers=headers | {"Host": host})
        for host in ("sandbox.expereon.com", "SANDBOX.expereon.com:4000", "expereon.localhost:1")
    ]

    assert by_port.status_code == 200
    assert {answer.content for answer in (by_prefix, *by_host)} == {by_port.content}


def test_a_refusal_under_a_prefix_names_the_apis_own_path(sandbox):
    error = sandbox.client.get("/expereon/api/v1/nothing").json()

    assert (error["code"], error["path"]) == ("ROUTE_NOT_FOUND", "/api/v1/nothing")


def test_a_hosts_name_that_only_begins_like_one_is_another(sandbox):
    for host in ("sandbox.expereon.com.evil.example", "xsandbox.expereon.com", "expereon.com"):
        answer = sandbox.client.get("/api/v1/invoices", headers={"Host": host})
        problem(answer, 404, "No such route")


@pytest.mark.parametrize("prefix", ["", "/expereon"])
def test_swagger_ui_and_its_document_are_served(sandbox, prefix):
    page = sandbox.client.get(f"{prefix}/ui/")
    script = sandbox.client.get(f"{prefix}/ui/swagger-ui-bundle.js")
    document = sandbox.client.get(f"{prefix}/openapi.json").json()

    assert (page.status_code, script.status_code) == (200, 200)
    assert f'url: "{prefix}/openapi.json"' in page.text
    assert document["servers"] == [{"url": prefix or "/"}]
    assert ("/api/v1/invoices" if prefix else "/_sandbox/worlds") in document["paths"]


def test_the_ui_without_its_slash_leads_to_it(sandbox):
    answer = sandbox.client.get("/expereon/ui")

    assert answer.headers["location"].endswith("/expereon/ui/")
