"""Whatever comes in, the answer is clear, in Expereon's envelope, and nothing is stored."""

import json
import socket
from urllib.parse import urlsplit

import pytest

GOOD = {
    "connectionId": "conn_abc123",
    "invoiceNumber": "BAD-1",
    "amount": "10.00",
    "dueDate": "2024-05-01",
}
ENVELOPE = {"statusCode", "code", "message", "details", "traceId", "timestamp", "path"}
JSON = {"Content-Type": "application/json"}


def body(**changes):
    whole = GOOD | changes
    return json.dumps({name: value for name, value in whole.items() if value is not ...})


MALFORMED = {
    "cut short": b'{"connectionId": "conn_abc123"',
    "nothing but text": b"hello",
    "not UTF-8": b'{"description": "\xff\xfe"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "a lone surrogate": b'{"description": "\\ud800"}',
    "a hundred thousand brackets": b"[" * 100_000,
    "objects without end": b'{"a":' * 50_000,
    "NaN": body(amount=...).replace("{", '{"amount": NaN,', 1).encode(),
    "Infinity": body(amount=...).replace("{", '{"amount": Infinity,', 1).encode(),
    "5,000 digits": body(amount=...).replace("{", '{"amount": ' + "9" * 5000 + ",", 1).encode(),
    "two values": b"{} {}",
    "only spaces": b"   ",
}

# What the body is, and what must be told of it: field and code.
INVALID = {
    "null": ("null", [("", "INVALID_TYPE")]),
    "a list": ("[]", [("", "INVALID_TYPE")]),
    "a string": ('"x"', [("", "INVALID_TYPE")]),
    "empty": ("{}", [
        ("connectionId", "REQUIRED"), ("invoiceNumber", "REQUIRED"), ("dueDate", "REQUIRED"),
        ("", "REQUIRED"),
    ]),
    "an unknown field": (body(colour="red"), [("colour", "UNKNOWN_FIELD")]),
    "two unknown fields": (body(a=1, b=2), [("a", "UNKNOWN_FIELD"), ("b", "UNKNOWN_FIELD")]),
    "amount as a number": (body(amount=10), [("amount", "INVALID_TYPE")]),
    "amount zero": (body(amount="0.00"), [("amount", "INVALID_FORMAT")]),
    "amount negative": (body(amount="-1.00"), [("amount", "INVALID_FORMAT")]),
    "amount with an exponent": (body(amount="1e3"), [("amount", "INVALID_FORMAT")]),
    "amount with separators": (body(amount="1,000.00"), [("amount", "INVALID_FORMAT")]),
    "amount with a sign": (body(amount="+5.00"), [("amount", "INVALID_FORMAT")]),
    "amount in other digits": (body(amount="١٠.٠٠"), [("amount", "INVALID_FORMAT")]),
    "amount with a line feed": (body(amount="10.00\n"), [("amount", "INVALID_FORMAT")]),
    "amount of 16 digits": (body(amount="1" * 16), [("amount", "INVALID_FORMAT")]),
    "amount too precise": (body(amount="10.001"), [("amount", "AMOUNT_PRECISION")]),
    "yen with decimals": (body(amount="10.5", currency="JPY"), [("amount", "AMOUNT_PRECISION")]),
    "no such day": (body(dueDate="2024-02-30"), [("dueDate", "INVALID_FORMAT")]),
    "a date without dashes": (body(dueDate="20240501"), [("dueDate", "INVALID_FORMAT")]),
    "a date and time": (body(dueDate="2024-05-01T00:00:00Z"), [("dueDate", "INVALID_FORMAT")]),
    "before 1970": (body(dueDate="1969-12-31"), [("dueDate", "INVALID_FORMAT")]),
    "number empty": (body(invoiceNumber=""), [("invoiceNumber", "TOO_SHORT")]),
    "number too long": (body(invoiceNumber="x" * 65), [("invoiceNumber", "TOO_LONG")]),
    "number with a NUL": (body(invoiceNumber="a\0b"), [("invoiceNumber", "INVALID_FORMAT")]),
    "description with a NUL": (body(description="a\0b"), [("description", "INVALID_FORMAT")]),
    "no line items": (body(lineItems=[]), [("lineItems", "TOO_FEW")]),
    "a line item too poor": (body(amount=..., lineItems=[{"description": "x"}]), [
        ("lineItems.0.quantity", "REQUIRED"), ("lineItems.0.unitPrice", "REQUIRED"),
    ]),
    "a quantity of nothing": (
        body(amount=..., lineItems=[{"description": "x", "quantity": "0", "unitPrice": "1"}]),
        [("lineItems.0.quantity", "INVALID_FORMAT")],
    ),
    "several things at once": (body(amount="x", dueDate="y", colour="z"), [
        ("amount", "INVALID_FORMAT"), ("colour", "UNKNOWN_FIELD"), ("dueDate", "INVALID_FORMAT"),
    ]),
}  # fmt: skip

# Query, code of the answer, and what is told.
QUERIES = [
    ("page=-1", "INVALID_PAGINATION", ["page"]),
    ("page=1.0", "INVALID_PAGINATION", ["page"]),
    ("page=1_0", "INVALID_PAGINATION", ["page"]),
    ("page=٣", "INVALID_PAGINATION", ["page"]),
    ("page=%205", "INVALID_PAGINATION", ["page"]),
    ("page=+5", "INVALID_PAGINATION", ["page"]),
    ("page=05", "INVALID_PAGINATION", ["page"]),
    ("page=", "INVALID_PAGINATION", ["page"]),
    ("page=0x10", "INVALID_PAGINATION", ["page"]),
    ("page=99999747192269586432", "INVALID_PAGINATION", ["page"]),
    ("page=" + "9" * 5000, "INVALID_PAGINATION", ["page"]),
    ("page=0&page=0", "INVALID_PAGINATION", ["page"]),
    ("limit=0", "INVALID_PAGINATION", ["limit"]),
    ("limit=101", "INVALID_PAGINATION", ["limit"]),
    ("limit=25&limit=25", "INVALID_PAGINATION", ["limit"]),
    ("page=-1&limit=101", "INVALID_PAGINATION", ["page", "limit"]),
    ("sortBy=colour", "INVALID_SORT", ["sortBy"]),
    ("sortBy=createdat", "INVALID_SORT", ["sortBy"]),
    ("sortOrder=up", "INVALID_SORT", ["sortOrder"]),
    ("status=NONSENSE", "INVALID_FILTER", ["status.0"]),
    ("status=DRAFT,NONSENSE", "INVALID_FILTER", ["status.1"]),
    ("role=OWNER", "INVALID_FILTER", ["role"]),
    ("currency=XXX", "INVALID_FILTER", ["currency"]),
    ("dueDateFrom=yesterday", "INVALID_FILTER", ["dueDateFrom"]),
    ("createdFrom=2024-13-01", "INVALID_FILTER", ["createdFrom"]),
    ("createdFrom=0000-01-01", "INVALID_FILTER", ["createdFrom"]),
    ("createdTo=2024-03-15T10:30:60Z", "INVALID_FILTER", ["createdTo"]),
    ("createdTo=2024-03-15T10:30:00", "INVALID_FILTER", ["createdTo"]),
    ("amountMin=1e3", "INVALID_FILTER", ["amountMin"]),
    ("isOverdue=1", "INVALID_FILTER", ["isOverdue"]),
    ("search=", "INVALID_FILTER", ["search"]),
    ("includeArchived=TRUE", "INVALID_FILTER", ["includeArchived"]),
    ("page=-1&sortBy=colour", "VALIDATION_ERROR", ["page", "sortBy"]),
]


def refused(answer, status, code):
    error = answer.json()
    assert (answer.status_code, error["statusCode"], error["code"]) == (status, status, code)
    assert set(error) == ENVELOPE
    assert answer.headers["content-type"] == "application/json"
    return error


def stored(world):
    return world.rows("SELECT count(*) FROM resources WHERE world = ? AND kind = 'invoice'")[0][0]


@pytest.mark.parametrize("raw", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_no_json_is_refused(world, raw):
    answer = world.seller.ask("POST", "/api/v1/invoices", content=raw, headers=JSON)

    error = refused(answer, 400, "MALFORMED_JSON")
    assert error["path"] == "/api/v1/invoices"
    assert stored(world) == 0


@pytest.mark.parametrize(("raw", "expected"), INVALID.values(), ids=INVALID.keys())
def test_every_violation_of_a_body_is_told(world, raw, expected):
    answer = world.seller.ask("POST", "/api/v1/invoices", content=raw, headers=JSON)

    error = refused(answer, 400, "VALIDATION_ERROR")
    told = [(detail.get("field", ""), detail["code"]) for detail in error["details"]]
    assert sorted(told) == sorted(expected)
    assert all(detail["message"] for detail in error["details"])
    assert stored(world) == 0


SAID = [
    (body(amount=10), "amount must be a string; it is 10"),
    (body(amount="x" * 99), f'such as "1500.00"; it is "{"x" * 38}…'),
    (body(dueDate="2024-02-30"), 'dueDate must be a date from 1970-01-01 on; it is "2024-02-30"'),
    (body(invoiceNo="7"), "invoiceNo is not a field of this request (did you mean 'invoiceNumber'?)"),
    (body(amount="1.5", currency="JPY"), "amount must have no decimals in JPY; it is 1.5"),
    (body(amount="1.555"), "amount must have at most 2 decimals in USD; it is 1.555"),
    (body(lineItems=[]), "lineItems must have at least 1 entry"),
    (body(connectionId=""), "connectionId must have at least 1 character"),
    (b"{,}", "The body is not valid JSON: object keys must be strings (byte 1)"),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "said"), SAID)
def test_a_message_says_what_is_wanted_and_what_came(world, raw, said):
    error = world.seller.ask("POST", "/api/v1/invoices", content=raw, headers=JSON).json()

    assert said in error["message"]


def test_the_message_of_many_violations_tells_the_first_and_how_many_more(world):
    answer = world.seller.ask("POST", "/api/v1/invoices", content=b"{}", headers=JSON).json()

    first = answer["details"][0]["message"]
    assert answer["message"] == f"The request is not valid: {first} (and 3 more)"


def test_a_hundred_violations_are_told_and_no_more(world):
    raw = "{" + ",".join(f'"x{number}": 1' for number in range(50_000)) + "}"

    answer = world.seller.ask("POST", "/api/v1/invoices", content=raw, headers=JSON)

    assert answer.status_code == 400
    assert len(answer.json()["details"]) == 100


def test_an_id_in_a_body_that_leads_nowhere_is_named(world):
    create = world.seller.post("/api/v1/invoices", **(GOOD | {"connectionId": "conn_none"})).json()
    settle = world.buyer.post("/api/v1/payments/settle", invoiceId="inv_none").json()

    assert [(e["statusCode"], e["details"][0]["field"]) for e in (create, settle)] == [
        (404, "connectionId"), (404, "invoiceId"),
    ]  # fmt: skip


@pytest.mark.parametrize(("query", "code", "fields"), QUERIES)
def test_odd_query_values_are_refused(world, query, code, fields):
    answer = world.seller.ask("GET", f"/api/v1/invoices?{query}")

    error = refused(answer, 400, code)
    assert [detail["field"] for detail in error["details"]] == fields


def test_a_currency_that_is_not_settled_in_has_a_code_of_its_own(world):
    answer = world.seller.ask(
        "POST", "/api/v1/invoices", content=body(currency="XTS"), headers=JSON
    )

    refused(answer, 400, "CURRENCY_NOT_SUPPORTED")


@pytest.mark.parametrize("request_id", ["", "x" * 256, "naïve", "line\nfeed", 7, None])
def test_a_request_id_that_is_no_printable_text_is_refused(world, request_id):
    answer = world.seller.ask("POST", "/api/v1/invoices", json=GOOD | {"requestId": request_id})

    refused(answer, 400, "INVALID_REQUEST_ID")
    assert stored(world) == 0


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "text/plain",
        "application/xml",
        "multipart/form-data",
        "application/json; charset=utf-16",
    ],
)
def test_a_body_of_another_type_is_refused(world, content_type):
    headers = {"Content-Type": content_type} if content_type else {}
    request = world.seller.http.build_request(
        "POST", "/api/v1/invoices", content=body(), headers=world.seller.headers | headers
    )

    answer = world.seller.http.send(request)

    (detail,) = refused(answer, 400, "VALIDATION_ERROR")["details"]
    assert detail["code"] == "UNSUPPORTED_CONTENT_TYPE"
    assert stored(world) == 0


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "APPLICATION/JSON",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8"',
    ],
)
def test_json_is_json_however_it_is_called(world, content_type):
    answer = world.seller.ask(
        "POST", "/api/v1/invoices", content=body(), headers={"Content-Type": content_type}
    )

    assert answer.status_code == 200


def test_a_body_too_large_is_refused_before_it_is_read(world):
    raw = body(description="x" * 1_100_000)

    answer = world.seller.ask("POST", "/api/v1/invoices", content=raw, headers=JSON)

    (detail,) = refused(answer, 400, "VALIDATION_ERROR")["details"]
    assert detail["code"] == "TOO_LARGE"
    assert stored(world) == 0


def test_a_chunked_body_is_read_like_any_other(world):
    def chunks():
        for start in range(0, len(body()), 7):
            yield body()[start : start + 7].encode()

    answer = world.seller.ask("POST", "/api/v1/invoices", content=chunks(), headers=JSON)

    assert answer.status_code == 200


def test_a_chunked_body_too_large_is_refused(world):
    def chunks():
        for _ in range(40):
            yield b" " * 50_000

    answer = world.seller.ask("POST", "/api/v1/invoices", content=chunks(), headers=JSON)

    refused(answer, 400, "VALIDATION_ERROR")


def test_an_action_without_a_body_needs_no_content_type(world):
    invoice = world.draft()

    assert world.seller.post(f"/api/v1/invoices/{invoice['id']}/submit").status_code == 200


def test_unknown_query_parameters_are_ignored(world):
    assert world.seller.get("/api/v1/invoices", colour="red").status_code == 200


def test_text_of_any_script_comes_back_as_it_went_in(world):
    text = "Grüße 京都 🏨 \u0001 \u2028 e\u0301"
    invoice = world.draft(invoiceNumber="№ 7/ä", description=text, metadata={"ключ": "значение"})

    read = world.seller.get(f"/api/v1/invoices/{invoice['id']}").json()

    assert (read["invoiceNumber"], read["description"]) == ("№ 7/ä", text)
    assert read["metadata"] == {"ключ": "значение"}


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/api/v1/invoices", "GET, HEAD, POST"),
        ("/api/v1/invoices/inv_000001", "DELETE, GET, HEAD, PATCH, PUT"),
        ("/api/v1/invoices/inv_000001/submit", "POST"),
        ("/api/v1/payments/settle", "POST"),
    ],
)
def test_a_wrong_method_is_told_all_the_right_ones(world, path, methods):
    for method in {"GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} - set(methods.split(", ")):
        answer = world.seller.ask(method, path)

        refused(answer, 405, "METHOD_NOT_ALLOWED")
        assert answer.headers["allow"] == methods


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/api/v1",
        "/api/v1/invoices/",
        "/api/v1/nothing",
        "/api/v1/invoices/inv_1/explode",
        "//api/v1/invoices",
    ],
)
def test_an_unknown_path_is_not_found_in_the_apis_own_shape(world, path):
    answer = world.seller.ask("GET", world.expereon["url"] + path)

    refused(answer, 404, "ROUTE_NOT_FOUND")


def test_head_answers_as_get_does_without_a_body(world):
    head = world.seller.ask("HEAD", "/api/v1/invoices")
    get = world.seller.get("/api/v1/invoices")

    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["content-length"] == get.headers["content-length"]


def test_a_client_that_hangs_up_half_way_leaves_nothing_behind(world):
    place = urlsplit(world.expereon["url"])
    head = "".join(f"{name}: {value}\r\n" for name, value in world.seller.headers.items())
    with socket.create_connection((place.hostname, place.port)) as connection:
        connection.sendall(
            f"POST /api/v1/invoices HTTP/1.1\r\nHost: x\r\n{head}"
            "Content-Type: application/json\r\nContent-Length: 500\r\n\r\n{".encode()
        )

    assert world.seller.get("/api/v1/invoices").json()["totalCount"] == 0
    assert stored(world) == 0
