"""What reaches no operation: paths, methods, hosts and bytes that are wrong are told so, in shape."""

import json
import socket
from urllib.parse import urlsplit

import pytest
import yaml

from counterfoil.app import Policy
from harness import RunningSandbox

INVOICES = "/api/v1/invoices"


def exchanged(url, raw):
    """Return status line, headers and body of what a server answers to bytes."""
    place = urlsplit(url)
    with socket.create_connection((place.hostname, place.port), timeout=5) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    return head.decode().splitlines(), body


@pytest.mark.parametrize(
    "raw",
    [
        b"hello\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /api/v1/invoices?search=\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /api/v1/invoices HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
    ],
)
def test_what_is_no_http_is_told_so_in_the_services_shape(sandbox, raw):
    head, body = exchanged(sandbox.expereon_url, raw)
    hub_head, hub_body = exchanged(sandbox.url, raw)

    assert head[0] == hub_head[0] == "HTTP/1.1 400 Bad Request"
    assert "content-type: application/json" in head
    assert "connection: close" in head
    assert [d["code"] for d in json.loads(body)["details"]] == ["MALFORMED_REQUEST"]
    assert "content-type: application/problem+json" in hub_head
    assert json.loads(hub_body)["title"] == "Invalid request"


def test_a_question_to_the_server_as_a_whole_is_answered(sandbox):
    head, body = exchanged(
        sandbox.url, b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )

    assert head[0].startswith("HTTP/1.1 404")
    assert json.loads(body)["status"] == 404


@pytest.mark.parametrize("path", ["/ui/nothing.js", "/ui/../secret", "/uix", "/openapi.jso"])
def test_a_page_that_is_not_there_is_an_unknown_path(sandbox, path):
    answer = sandbox.http.get(path)

    assert answer.status_code == 404
    assert answer.json()["code"] == "ROUTE_NOT_FOUND"


@pytest.mark.parametrize("path", ["/ui/", "/ui", "/openapi.json", "/openapi.yaml"])
def test_pages_are_only_read(sandbox, path):
    answer = sandbox.http.post(path)

    assert (answer.status_code, answer.json()["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert answer.headers["allow"] == "GET, HEAD"
    assert sandbox.http.head(path).status_code in (200, 307)


def test_the_document_is_served_in_both_spellings_with_its_references(sandbox):
    in_json = sandbox.client.get("/expereon/openapi.json").json()
    in_yaml = yaml.safe_load(sandbox.client.get("/expereon/openapi.yaml").text)

    assert in_json == in_yaml
    assert in_json["servers"] == [{"url": "/expereon"}]
    answer = in_json["paths"]["/api/v1/invoices/{invoiceId}"]["get"]["responses"]["200"]
    assert "$ref" in json.dumps(answer)
    assert "Invoice" in in_json["components"]["schemas"]


def test_a_browser_at_the_root_of_an_api_is_sent_to_its_pages(sandbox):
    browser = sandbox.http.get("/", headers={"Accept": "text/html,*/*"})

    assert (browser.status_code, browser.headers["location"]) == (307, "/ui/")
    assert sandbox.http.get("/").json()["code"] == "ROUTE_NOT_FOUND"


def test_the_hub_says_where_an_apis_path_is(sandbox):
    answer = sandbox.client.get(INVOICES)

    assert answer.status_code == 404
    assert answer.json()["detail"] == (
        f"No such endpoint: GET {INVOICES}; Expereon is served at {sandbox.expereon_url}"
    )
    assert "Expereon" not in sandbox.client.get("/nothing").json()["detail"]


def test_a_slash_that_is_written_as_a_code_cuts_no_path(world):
    id = world.draft()["id"]

    inside = world.seller.get(f"{INVOICES}/{id}%2Fsubmit")
    spelled = world.seller.get(f"{INVOICES}/%69{id[1:]}")

    assert (inside.status_code, inside.json()["code"]) in [
        (404, "NOT_FOUND"),
        (400, "VALIDATION_ERROR"),
    ]
    assert spelled.json()["id"] == id


def test_a_lost_request_belongs_to_the_world_of_its_key(world):
    missing = world.seller.get("/api/v1/nothing").json()
    method = world.seller.delete(INVOICES).json()

    assert [e["timestamp"] for e in (missing, method)] == ["2024-03-15T10:30:00Z"] * 2
    assert [e["traceId"] for e in (missing, method)] == ["trc_000001", "trc_000002"]
    kept = world.sandbox.engine.journal.entries(world.key)
    assert [(e.status, e.error) for e in kept] == [
        (404, "ROUTE_NOT_FOUND"), (405, "METHOD_NOT_ALLOWED"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "host",
    [
        "sandbox.expereon.com",
        "SANDBOX.expereon.com.",
        "expereon.localhost:",
        "expereon.localhost:4000",
    ],
)
def test_a_host_is_known_however_it_is_written(sandbox, host):
    answer = sandbox.client.get("/api/v1/invoices", headers={"Host": host})

    assert answer.json()["code"] == "MISSING_CREDENTIALS"


def test_a_strict_server_serves_only_what_the_documents_name():
    with RunningSandbox(policy=Policy(strict=True)) as strict:
        world = strict.world("empty")
        draft = world.draft()
        document = strict.http.get("/openapi.json").json()
        alias = world.seller.ask("PUT", f"{INVOICES}/{draft['id']}", json={"description": "x"})
        inferred = world.seller.get("/api/v1/settings/webhooks/events")

    assert (alias.status_code, alias.headers["allow"]) == (405, "DELETE, GET, HEAD, PATCH")
    assert inferred.status_code == 404
    told = {
        operation["x-provenance"]
        for item in document["paths"].values()
        for operation in item.values()
        if isinstance(operation, dict)
    }
    assert told == {"documented"}


BASES = [
    ([(b"host", b"acme.app.invoicexpress.com")], "", "http://acme.app.invoicexpress.com"),
    ([(b"host", b"localhost:4000")], "/expereon", "http://localhost:4000/expereon"),
    ([], "", "http://127.0.0.1:4001"),
]


@pytest.mark.parametrize(("headers", "root", "base"), BASES)
def test_a_request_knows_the_address_its_client_found_the_api_at(headers, root, base):
    from counterfoil.web.front import _request

    scope = {
        "method": "GET", "scheme": "http", "path": f"{root}/x", "root_path": root,
        "query_string": b"", "headers": headers, "server": ("127.0.0.1", 4001),
    }  # fmt: skip

    request = _request(scope)

    assert (request.base, request.path) == (base, "/x")
