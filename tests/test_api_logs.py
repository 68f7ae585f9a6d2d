"""API logs: what an organisation's keys asked, as it may see it."""

import csv
import io
import json

import pytest

LOGS = "/api/v1/settings/api-logs"
LIST = "/api/v1/invoices"


def story(world):
    world.draft("L-1", requestId="r-1")
    world.draft("L-1", requestId="r-1")
    world.seller.post(LIST, connectionId="conn_abc123")
    world.party("seller", "read").get(f"{LIST}/nothing", page=7)
    world.buyer.get(LIST)


def ids(world, **asked):
    page = world.seller.get(LOGS, **asked).json()
    return [item["id"][-1] for item in page["items"]], page["totalCount"]


def test_an_organisation_sees_what_its_own_keys_asked(world):
    story(world)

    first = world.seller.get(LOGS, sortOrder="asc").json()["items"][0]

    assert first == {
        "id": "trc_000001", "method": "POST", "path": LIST, "query": "", "statusCode": 200,
        "errorCode": None, "apiKeyId": "key_seller_admin", "requestId": "r-1",
        "idempotentReplay": False, "userAgent": first["userAgent"], "createdAt": "2024-03-15T10:30:00Z",
    }  # fmt: skip
    assert first["userAgent"].startswith("python-httpx")
    assert ids(world) == (["4", "3", "2", "1"], 4)
    assert world.buyer.get(LOGS).json()["totalCount"] == 1


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"method": "POST"}, "321"),
        ({"statusCode": "404"}, "4"),
        ({"statusClass": "4xx"}, "43"),
        ({"requestId": "r-1"}, "21"),
        ({"apiKeyId": "key_seller_read"}, "4"),
        ({"method": "GET"}, "4"),
        ({"from": "2024-03-16"}, ""),
        ({"to": "2024-03-15"}, "4321"),
        ({"limit": "1", "page": "1"}, "3"),
    ],
)
def test_a_log_is_narrowed(world, asked, found):
    story(world)

    assert "".join(ids(world, **asked)[0]) == found


def test_reading_the_log_is_shown_on_demand(world):
    story(world)
    world.seller.get(LOGS)

    assert ids(world)[1] == 4
    assert ids(world, includeLogReads="true")[1] == 6


def test_secrets_are_left_out(world):
    made = world.seller.post(
        "/api/v1/settings/webhooks",
        url="http://127.0.0.1:9/x",
        events=["*"],
        signingSecret="whsec_secret_one",
    )

    log = world.seller.get(f"{LOGS}/trc_000001")

    assert made.json()["signingSecret"] == "whsec_secret_one"
    assert "whsec_secret_one" not in log.text
    assert world.seller.headers["X-API-Secret"] not in log.text
    assert json.loads(log.json()["requestBody"])["signingSecret"] == "****"
    assert log.json()["requestHeaders"]["x-api-key"] == world.seller.headers["X-API-Key"]


def test_another_organisations_log_is_not_found(world):
    story(world)

    assert world.seller.get(f"{LOGS}/trc_000001").status_code == 200
    assert world.buyer.get(f"{LOGS}/trc_000001").status_code == 404
    assert world.party("seller", "write").get(LOGS).status_code == 403


def test_a_log_is_exported(world):
    story(world)

    answer = world.seller.get(f"{LOGS}/export", statusClass="2xx")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))

    assert [(r["id"], r["statusCode"], r["idempotentReplay"]) for r in rows] == [
        ("trc_000002", "200", "true"), ("trc_000001", "200", "false"),
    ]  # fmt: skip
    assert answer.headers["content-disposition"] == 'attachment; filename="api-logs-20240315.csv"'
    assert (
        world.seller.get(f"{LOGS}/export", format="json").json()["items"][0]["id"] == "trc_000004"
    )
