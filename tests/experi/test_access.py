"""Who may call: keys, scopes, the plan, and how often."""

import pytest

from counterfoil.app import Policy
from counterfoil.contract.load import load
from experi.business import CLIENT, CLIENTS, INVOICES, LINE, Business, error, refused
from harness import Caller, RunningSandbox

OPERATIONS = load("experi").operations.values()
NAMED = {"clientId": CLIENT, "invoiceId": "invoice_9", "recurringInvoiceId": "recurring_9"}


def asked(caller, operation):
    path = operation.path.format_map(NAMED)
    return caller.ask(operation.method, path, json=None if operation.method == "GET" else {})


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer sk_test_unknown", "Basic {key}", "{key}", "bearer {key}x", "Token {key}"],
)  # fmt: skip
def test_without_a_key_nothing_is_told(business, header):
    header = header.format(key=business.known["apiKey"])
    caller = Caller(business.full.http, {"Authorization": header})

    for path in (CLIENTS, f"{INVOICES}/outstanding"):
        answer = caller.get(path)
        refused(answer, "Unauthorized", 401)
        assert answer.headers["www-authenticate"] == "Bearer"


def test_no_header_at_all_is_no_key(business):
    refused(Caller(business.full.http, {}).get(CLIENTS), "Unauthorized", 401)


def test_a_key_is_good_with_either_prefix_and_any_spelling_of_bearer(business):
    key = business.known["apiKey"]
    assert key.startswith("sk_test_")
    live = key.replace("sk_test_", "sk_live_")

    assert business.caller(live).get(CLIENTS).status_code == 200
    spelled = Caller(business.full.http, {"Authorization": f"BEARER {key}"})
    assert spelled.get(CLIENTS).status_code == 200


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_each_operation_wants_its_scope_and_no_other(business, operation):
    reads = operation.method == "GET"

    wrong = asked(business.writer if reads else business.reader, operation)
    right = asked(business.reader if reads else business.writer, operation)

    refused(wrong, "Insufficient permissions", 403)
    assert right.status_code not in (401, 403)


def test_a_key_that_was_revoked_opens_nothing_until_the_world_is_reset(business):
    told = business.control("POST", "/experi/keys/read/revoke")

    assert told == {"scope": "read", "revokedAt": "2024-03-15T10:30:00Z"}
    refused(business.reader.get(CLIENTS), "Unauthorized", 401)
    assert business.full.get(CLIENTS).status_code == 200
    business.advance(by="P1D")
    assert business.control("POST", "/experi/keys/read/revoke") == told
    assert business.control("GET", "")["experi"] == business.known
    refused(business.reader.get(CLIENTS), "Unauthorized", 401)
    business.control("POST", "/reset")
    assert business.reader.get(CLIENTS).status_code == 200


def test_a_strict_sandbox_serves_what_the_page_names():
    with RunningSandbox(policy=Policy(strict=True)) as strict:
        business = Business(strict, strict.made("empty"))
        invoice = business.invoice()
        path = f"{INVOICES}/{invoice['id']}"

        assert business.do("send", invoice).status_code == 200
        assert business.full.ask("PATCH", f"{CLIENTS}/{CLIENT}", json={"city": "Bath"}).is_success
        refused(business.full.get(path), "Not found", 404)
        refused(business.full.delete(path), "Not found", 404)
        refused(business.full.ask("PUT", f"{path}/paid", json={}), "Method not allowed", 405)


SWITCHED = [{"plan": "FREE"}, {"apiEnabled": False}, {"plan": "FREE", "apiEnabled": False}]


@pytest.mark.parametrize("switch", SWITCHED)
def test_the_api_is_for_pro_subscribers_whom_support_enabled_it_for(business, switch):
    business.control("PUT", "/experi/account", **switch)
    refused(business.full.get(CLIENTS), "Developer API is not enabled", 403)
    refused(business.caller("sk_test_unknown").get(CLIENTS), "Unauthorized", 401)
    told = {"error": "API_NOT_ENABLED", "operation": "listClients"}
    assert business.control("POST", "/journal/count", match=told) == {"count": 1}

    business.control("PUT", "/experi/account", plan="PRO", apiEnabled=True)
    assert business.full.get(CLIENTS).status_code == 200


def test_the_account_tells_how_it_is_switched(business):
    told = business.control("PUT", "/experi/account", paymentTermsDays=30)

    assert told == business.control("GET", "/experi/account")
    assert told == {
        "id": "account_1", "name": "Thames Web Studio", "email": "hello@thameswebstudio.example",
        "plan": "PRO", "apiEnabled": True, "emailVerified": True, "invoicePrefix": "SI-",
        "paymentTermsDays": 30, "received": [],
    }  # fmt: skip
    assert business.invoice()["dueDate"] == "2024-04-14T10:30:00Z"


def test_worlds_do_not_see_each_other(sandbox):
    first, second = (Business(sandbox, sandbox.made("empty")) for _ in range(2))
    first.invoice()

    assert first.known["apiKey"] != second.known["apiKey"]
    assert second.every(INVOICES) == []
    refused(second.full.get(f"{INVOICES}/invoice_000001"), "Invoice not found", 404)


def test_the_same_seed_and_calls_give_the_same_bytes(sandbox):
    told = []
    for _ in range(2):
        business = Business(sandbox, sandbox.made("demo", 7, name="twin"))
        business.do("send", business.invoice(taxRate=20))
        journey = business.advance(by="P90D")
        told.append(
            (business.known, journey["jobs"], business.full.get(INVOICES, limit=100).content)
        )
        business.sandbox.client.delete("/_sandbox/worlds/twin")

    assert told[0] == told[1]


@pytest.mark.parametrize(
    ("method", "path", "message", "status"),
    [
        ("GET", "/api/v1/nothing", "Not found", 404),
        ("GET", "/", "Not found", 404),
        ("DELETE", CLIENTS, "Method not allowed", 405),
        ("POST", f"{INVOICES}/outstanding", "Method not allowed", 405),
    ],
)
def test_what_leads_nowhere_is_told_in_the_same_envelope(business, method, path, message, status):
    answer = business.full.ask(method, path)

    refused(answer, message, status)
    if status == 405:
        assert "GET" in answer.headers["allow"]


@pytest.mark.parametrize(
    ("content", "headers", "told"),
    [
        (b"{", {}, error("Invalid JSON")),
        (b"\xff", {}, error("Invalid JSON")),
        (b"[]", {}, error("Validation failed", details={"body": ["Body must be an object"]})),
        (b"", {}, error("Validation failed", details={"body": ["Body is required"]})),
        (b"name=A", {"Content-Type": "application/x-www-form-urlencoded"}, error("Unsupported media type", 415)),
        (b"{}", {"Content-Type": "text/plain"}, error("Unsupported media type", 415)),
    ],
)  # fmt: skip
def test_a_body_that_is_none_is_told_in_the_same_envelope(business, content, headers, told):
    headers = {"Content-Type": "application/json"} | headers

    answer = business.full.ask("POST", CLIENTS, content=content, headers=headers)

    assert (answer.status_code, answer.json()) == (told["error"]["statusCode"], told)


BUCKETS = [
    ("read", 1000, "GET", CLIENTS, {}),
    ("write", 100, "POST", CLIENTS, {"json": {"name": "A"}}),
    ("send", 50, "POST", f"{INVOICES}/invoice_000001/send", {"json": {}}),
]


@pytest.fixture(scope="module")
def limited(sandbox) -> Business:
    """An account whose requests are counted, with one invoice to send."""
    business = Business(sandbox, sandbox.made("empty", limits="documented"))
    business.invoice()
    business.advance(to="2024-03-15T10:35:10Z")
    return business


@pytest.mark.parametrize("bucket", BUCKETS, ids=lambda bucket: bucket[0])
def test_each_bucket_has_its_own_limit_and_comes_back(limited, bucket):
    own, most, method, path, body = bucket

    def ask():
        return limited.full.ask(method, path, **body)

    good = [ask() for _ in range(most)]
    over = ask()

    assert {answer.is_success for answer in good} == {True}
    assert [int(answer.headers["x-ratelimit-remaining"]) for answer in good] == [
        *range(most - 1, -1, -1)
    ]
    refused(over, "Rate limit exceeded", 429)
    now = int(over.headers["retry-after"])
    assert now == 60 - limited_second(limited)
    assert over.headers["x-ratelimit-limit"] == str(most)
    others = {name: (m, p, b) for name, _, m, p, b in BUCKETS if name != own}
    assert {
        name: limited.full.ask(m, p, **b).status_code != 429 for name, (m, p, b) in others.items()
    } == dict.fromkeys(others, True)
    limited.advance(by=f"PT{now}S")
    assert ask().is_success


def limited_second(business):
    """Return how far into its minute the world's clock is."""
    return int(business.control("GET", "/clock")["now"][17:19])


def test_a_key_is_counted_by_itself_and_a_world_that_does_not_count_says_nothing(business, limited):
    headers = limited.reader.get(CLIENTS).headers
    assert headers["x-ratelimit-remaining"] == "999"
    assert "x-ratelimit-limit" not in business.full.get(CLIENTS).headers


def test_what_leads_nowhere_counts_as_a_read(limited):
    before = int(limited.writer.post(CLIENTS, name="A").headers["x-ratelimit-remaining"])
    lost = limited.writer.get("/api/v1/nothing").headers

    assert lost["x-ratelimit-limit"] == "1000"
    assert (
        int(limited.writer.post(CLIENTS, name="A").headers["x-ratelimit-remaining"]) == before - 1
    )


def test_an_invoice_is_never_asked_for_without_its_lines(business):
    answer = business.full.post(INVOICES, clientId=CLIENT)

    refused(answer, "Validation failed", lineItems=["Line items is required"])
    assert LINE["quantity"] == 10
