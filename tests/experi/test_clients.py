"""Clients: listed, created, read and changed."""

import pytest

from experi.business import CLIENTS, INVOICES, refused

MEMBERS = {
    "name": "Amélie Laurent", "company": "Laurent Bakery", "email": "amelie@laurentbakery.example",
    "phone": "+44 1225 000000", "addressLine1": "8 Mill Lane", "addressLine2": "Unit 2", "city": "Bath",
    "county": "Somerset", "postcode": "BA1 2AB", "country": "United Kingdom", "notes": "Pays on Fridays",
}  # fmt: skip


def test_a_client_keeps_all_it_is_given(business):
    made = business.made(CLIENTS, **MEMBERS)

    told = {
        "id": "client_000001",
        "createdAt": "2024-03-15T10:30:00Z",
        "updatedAt": "2024-03-15T10:30:00Z",
    }
    assert made == MEMBERS | told
    assert business.full.get(f"{CLIENTS}/client_000001").json() == {"data": made}


def test_what_a_client_is_not_given_is_null(business):
    made = business.made(CLIENTS, name="Amélie")

    assert {name for name in MEMBERS if made[name] is None} == set(MEMBERS) - {"name"}


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_change_leaves_the_rest_as_it_is(business, method):
    made = business.made(CLIENTS, **MEMBERS)
    business.advance(by="PT1H")

    path = f"{CLIENTS}/{made['id']}"
    answer = business.full.ask(method, path, json={"city": "Bristol", "notes": None})

    changed = {"city": "Bristol", "notes": None, "updatedAt": "2024-03-15T11:30:00Z"}
    assert answer.json() == {"data": made | changed}
    assert business.full.get(path).json() == {"data": made | changed}


WRONG = [
    ({}, {"name": ["Name is required"]}),
    ({"name": ""}, {"name": ["Name is required"]}),
    ({"name": "   "}, {"name": ["Name must be more than blanks, without NUL"]}),
    ({"name": 7}, {"name": ["Name must be a string"]}),
    ({"name": "A", "email": "nobody"}, {"email": ["Email must be a valid email address"]}),
    ({"name": "A", "email": ""}, {"email": ["Email must be a valid email address"]}),
    ({"name": "A", "adressLine1": "x"}, {"adressLine1": ["Adress line 1 is not a field of this request (did you mean 'addressLine1'?)"]}),
    ({"email": "no", "phone": 1}, {"name": ["Name is required"], "email": ["Email must be a valid email address"], "phone": ["Phone must be a string or null"]}),
]  # fmt: skip


@pytest.mark.parametrize(("body", "details"), WRONG)
def test_what_is_wrong_is_told_by_field(business, body, details):
    answer = business.full.ask("POST", CLIENTS, json=body)

    refused(answer, "Validation failed", **details)
    assert len(business.every(CLIENTS)) == 1


@pytest.mark.parametrize(
    "email", ["o'brien@acme.ie", "a+b@acme.com", "_x@acme.com", "a.b@mail.acme.co.uk", "1@2.com"]
)
def test_an_address_has_every_sign_that_addresses_have(business, email):
    assert business.made(CLIENTS, name="A", email=email)["email"] == email


@pytest.mark.parametrize(
    "email", ["a@acme", ".a@acme.com", "a@@acme.com", "a b@acme.com", "a@-acme.com", "@acme.com"]
)
def test_what_no_mail_gets_to_is_no_address(business, email):
    answer = business.full.post(CLIENTS, name="A", email=email)

    refused(answer, "Validation failed", email=["Email must be a valid email address"])


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH"])
def test_a_client_that_is_not_there_is_told(business, method):
    body = {} if method == "GET" else {"json": {"city": "Bath"}}

    refused(business.full.ask(method, f"{CLIENTS}/client_9", **body), "Client not found", 404)


def test_lists_are_sorted_searched_and_cut_into_pages_that_count_from_one(business):
    for name, company in (("Zoë", None), ("adam", "Zebra Ltd"), ("Bert", None)):
        business.made(CLIENTS, name=name, company=company)
        business.advance(by="PT1M")
    business.full.patch(f"{CLIENTS}/client_000001", notes="Touched")

    def names(**params):
        return [client["name"] for client in business.full.get(CLIENTS, **params).json()["data"]]

    assert names() == ["Bert", "adam", "Zoë", "John Doe"]
    assert names(sortOrder="asc") == ["John Doe", "Zoë", "adam", "Bert"]
    assert names(sortBy="name", sortOrder="asc") == ["adam", "Bert", "John Doe", "Zoë"]
    assert names(sortBy="updatedAt")[0] == "Zoë"
    assert names(search="ZEB") == ["adam"]
    assert names(search="o", sortBy="name", sortOrder="asc") == ["John Doe", "Zoë"]
    assert names(limit=3, page=2) == ["John Doe"]
    assert names(limit=3, page=3) == []
    pages = business.full.get(CLIENTS, limit=3, page=2).json()["pagination"]
    assert pages == {"page": 2, "limit": 3, "total": 4, "totalPages": 2}


@pytest.mark.parametrize(
    ("params", "details"),
    [
        ({"page": 0}, {"page": ["Page must be 1 or more"]}),
        ({"page": "two"}, {"page": ["Page must be an integer"]}),
        ({"limit": 101}, {"limit": ["Limit must be 100 or less"]}),
        ({"limit": 0}, {"limit": ["Limit must be 1 or more"]}),
        ({"sortBy": "colour"}, {"sortBy": ["Sort by must be one of createdAt, updatedAt, name"]}),
        ({"page": 0, "limit": 0}, {"page": ["Page must be 1 or more"], "limit": ["Limit must be 1 or more"]}),
    ],
)  # fmt: skip
def test_a_wrong_query_is_told_by_parameter(business, params, details):
    refused(business.full.get(CLIENTS, **params), "Validation failed", **details)


def test_invoices_tell_what_their_client_is_called_now(business):
    invoice = business.invoice()

    business.full.patch(f"{CLIENTS}/client_id_here", name="Jane Doe", email=None)

    told = {"id": "client_id_here", "name": "Jane Doe", "company": "Acme Corp", "email": None}
    assert business.shown(invoice)["client"] == told
    assert business.every(INVOICES)[0]["client"] == told
