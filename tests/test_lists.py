"""Lists: pages that add up, orders that hold under ties, filters that mean what they say."""

import itertools

import pytest

LIST = "/api/v1/invoices"

# number, amount, currency, due: made in this order, all within one second of the frozen clock.
INVOICES = [
    ("B-2", "100.00", "USD", "2024-05-01"),
    ("A-1", "9.00", "USD", "2024-04-01"),
    ("C-3", "1000", "JPY", "2024-06-01"),
    ("D-4", "100.00", "EUR", "2024-05-01"),
    ("a-5", "10.00", "USD", "2024-04-15"),
    ("E-6", "99.99", "USD", "2024-04-01"),
]
MADE = [number for number, *_ in INVOICES]
NEWEST = MADE[::-1]

SORTS = {
    ("createdAt", "desc"): NEWEST,
    ("createdAt", "asc"): MADE,
    ("amount", "asc"): ["A-1", "a-5", "E-6", "B-2", "D-4", "C-3"],
    ("amount", "desc"): ["C-3", "D-4", "B-2", "E-6", "a-5", "A-1"],
    ("dueDate", "asc"): ["A-1", "E-6", "a-5", "B-2", "D-4", "C-3"],
    ("dueDate", "desc"): ["C-3", "D-4", "B-2", "a-5", "E-6", "A-1"],
    ("invoiceNumber", "asc"): ["A-1", "B-2", "C-3", "D-4", "E-6", "a-5"],
    ("invoiceNumber", "DESC"): ["a-5", "E-6", "D-4", "C-3", "B-2", "A-1"],
    ("status", "asc"): MADE,
    ("updatedAt", "desc"): NEWEST,
}

FILTERS = [
    ({"currency": "USD"}, ["E-6", "a-5", "A-1", "B-2"]),
    ({"invoiceNumber": "a-5"}, ["a-5"]),
    ({"invoiceNumber": "A-5"}, []),
    ({"amountMin": "99.99"}, ["E-6", "D-4", "C-3", "B-2"]),
    ({"amountMin": "99.991"}, ["D-4", "C-3", "B-2"]),
    ({"amountMin": "10", "amountMax": "100"}, ["E-6", "a-5", "D-4", "B-2"]),
    ({"dueDateFrom": "2024-04-15", "dueDateTo": "2024-05-01"}, ["a-5", "D-4", "B-2"]),
    ({"createdFrom": "2024-03-15"}, NEWEST),
    ({"createdFrom": "2024-03-15T10:30:00Z", "createdTo": "2024-03-15T10:30:00Z"}, NEWEST),
    ({"createdFrom": "2024-03-15T12:30:01+02:00"}, []),
    ({"createdTo": "2024-03-15T10:29:59Z"}, []),
    ({"createdTo": "2024-03-14"}, []),
    ({"role": "SELLER"}, NEWEST),
    ({"role": "BUYER"}, []),
    ({"counterpartyOrganizationId": "org_buyer_1"}, NEWEST),
    ({"counterpartyOrganizationId": "org_buyer_2"}, []),
    ({"connectionId": "conn_abc123", "currency": "EUR"}, ["D-4"]),
    ({"status": "DRAFT"}, NEWEST),
    ({"status": "SUBMITTED,APPROVED"}, []),
    ({"status": ["DRAFT", "SUBMITTED"], "currency": "JPY"}, ["C-3"]),
    ({"createdFrom": "2024-03-15T10:30:00.5Z"}, []),
    ({"createdTo": "2024-03-15T10:30:00.5Z"}, NEWEST),
    ({"createdFrom": "0001-01-01", "createdTo": "9999-12-31"}, NEWEST),
    ({"createdFrom": "9999-12-31T23:59:59-23:59"}, []),
    ({"createdTo": "0001-01-01T00:00:00+23:59"}, []),
    ({"isOverdue": "true"}, []),
    ({"isOverdue": "false"}, NEWEST),
    ({"search": "a-"}, ["a-5", "A-1"]),
    ({"search": "ÉLAN VITAL"}, ["D-4"]),
    ({"search": "_"}, ["D-4"]),
    ({"search": "%"}, []),
    ({"search": "\\"}, []),
    ({"search": "-", "currency": "JPY"}, ["C-3"]),
]


@pytest.fixture
def filled(world):
    for number, amount, currency, due in INVOICES:
        about = {"description": "Élan vital_"} if number == "D-4" else {}
        world.draft(number, amount, currency=currency, dueDate=due, **about)
    return world


def numbers(answer):
    assert answer.status_code == 200, answer.text
    return [invoice["invoiceNumber"] for invoice in answer.json()["items"]]


@pytest.mark.parametrize(("sort", "expected"), SORTS.items())
def test_a_sort_orders_and_creation_breaks_ties(filled, sort, expected):
    by, order = sort

    assert numbers(filled.seller.get(LIST, sortBy=by, sortOrder=order)) == expected


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("limit", [1, 2, 4, 100])
def test_pages_add_up_to_the_list(filled, sort, limit):
    by, order = sort
    whole = numbers(filled.seller.get(LIST, sortBy=by, sortOrder=order))

    found = []
    for page in itertools.count():
        answer = filled.seller.get(LIST, sortBy=by, sortOrder=order, page=page, limit=limit)
        envelope = {k: v for k, v in answer.json().items() if k != "items"}
        assert envelope == {
            "totalCount": 6, "totalPages": -(-6 // limit), "page": page, "limit": limit,
        }  # fmt: skip
        if not numbers(answer):
            break
        found += numbers(answer)

    assert found == whole


@pytest.mark.parametrize(("filters", "expected"), FILTERS)
def test_a_filter_narrows_the_list_and_its_total(filled, filters, expected):
    answer = filled.seller.get(LIST, **filters)

    assert numbers(answer) == expected
    assert answer.json()["totalCount"] == len(expected)
    assert answer.json()["totalPages"] == bool(expected)


def test_a_page_past_the_end_is_empty_and_tells_the_true_totals(filled):
    page = filled.seller.get(LIST, page=2147483647, limit=100).json()

    assert (page["items"], page["totalCount"], page["totalPages"]) == ([], 6, 1)


def test_a_list_of_nothing_has_no_pages(world):
    page = world.seller.get(LIST).json()

    assert page == {"items": [], "totalCount": 0, "totalPages": 0, "page": 0, "limit": 25}


def test_totals_follow_every_change(filled):
    def totals():
        return [
            filled.seller.get(LIST, **asked).json()["totalCount"]
            for asked in ({}, {"status": "DRAFT"}, {"status": "SUBMITTED"}, {"currency": "USD"})
        ]

    ids = [i["id"] for i in filled.seller.get(LIST, currency="USD").json()["items"]]
    before = totals()
    filled.seller.post(f"{LIST}/{ids[0]}/submit")
    submitted = totals()
    filled.seller.delete(f"{LIST}/{ids[1]}")
    deleted = totals()

    assert (before, submitted, deleted) == ([6, 6, 0, 4], [6, 5, 1, 4], [5, 4, 1, 3])
    assert filled.buyer.get(LIST).json()["totalCount"] == 1


def test_archived_invoices_are_left_out_unless_asked_for(demo):
    def count(**asked):
        return demo.seller.get(LIST, **asked).json()["totalCount"]

    everything = count(includeArchived="true")
    archived = count(status="ARCHIVED")

    assert archived == 2
    assert count() == everything - archived
    assert count(status="ARCHIVED,SETTLED") == archived + count(status="SETTLED")


def test_a_list_row_is_the_invoice_without_its_line_items(demo):
    for row in demo.seller.get(LIST, includeArchived="true", limit=100).json()["items"]:
        whole = demo.seller.get(f"{LIST}/{row['id']}").json()

        assert "lineItems" not in row
        assert whole == row | {"lineItems": whole["lineItems"]}


def test_the_demo_has_an_invoice_in_every_state(demo):
    rows = demo.seller.get(LIST, includeArchived="true", limit=100).json()["items"]

    assert {row["status"] for row in rows} == {
        "DRAFT", "SUBMITTED", "APPROVED", "APPROVED_WITH_ADJUSTMENT", "DISPUTED", "INFO_REQUESTED",
        "CANCELLATION_REQUESTED", "SETTLED", "CANCELLED", "ARCHIVED",
    }  # fmt: skip


def test_overdue_is_a_matter_of_the_worlds_date(demo):
    rows = demo.seller.get(LIST, limit=100).json()["items"]

    assert [row["invoiceNumber"] for row in rows if row["isOverdue"]] == ["INV-2023-120"]
    assert numbers(demo.buyer.get(LIST, isOverdue="true")) == ["INV-2023-120"]
    assert "INV-2023-120" not in numbers(demo.seller.get(LIST, isOverdue="false", limit=100))


def test_payments_are_listed_for_both_parties_by_direction(demo):
    paid = demo.buyer.get("/api/v1/payments", direction="OUT").json()
    received = demo.seller.get("/api/v1/payments", direction="IN").json()

    assert paid["totalCount"] == 2
    assert paid["items"] == received["items"]
    assert demo.buyer.get("/api/v1/payments", direction="IN").json()["totalCount"] == 0
    assert demo.buyer.get("/api/v1/payments", status="FAILED").json()["totalCount"] == 0
    (largest, smaller) = demo.buyer.get("/api/v1/payments", sortBy="amount").json()["items"]
    assert (largest["amount"], smaller["amount"]) == ("980.00", "440.00")


def test_balances_are_one_a_currency_and_read_by_id_or_currency(world):
    path = f"/api/v1/treasury/organizations/{world.buyer.id}/balances"
    page = world.buyer.get(path, sortBy="currency", sortOrder="asc").json()

    assert [(b["currency"], b["total"]) for b in page["items"]] == [
        ("EUR", "20000.00"), ("JPY", "3500000"), ("USD", "70000.00"),
    ]  # fmt: skip
    for balance in page["items"]:
        assert world.buyer.get(f"{path}/{balance['id']}").json() == balance
        assert world.buyer.get(f"{path}/{balance['currency']}").json() == balance
    for alias in ("/api/v1/treasury/balances", f"/api/v1/treasury/{world.buyer.id}/balances"):
        assert world.buyer.get(alias, sortBy="currency", sortOrder="asc").json() == page
        assert world.buyer.get(f"{alias}/JPY").json() == page["items"][1]
    assert world.buyer.get(f"/api/v1/treasury/{world.seller.id}/balances").status_code == 404
    assert world.buyer.get(path, currency="JPY").json()["totalCount"] == 1
    assert world.buyer.get(f"{path}/GBP").status_code == 404


def test_collateral_that_is_held_shows_as_used(world):
    id = world.draft(amount="5000.00")["id"]
    world.seller.post(f"{LIST}/{id}/submit")
    world.buyer.post(f"{LIST}/{id}/approve", paymentSource="COLLATERAL")

    path = f"/api/v1/treasury/organizations/{world.buyer.id}/balances/USD"
    balance = world.buyer.get(path).json()

    assert (balance["collateral"], balance["reserved"]) == ("15000.00", "5000.00")
    assert (balance["collateralUsed"], balance["collateralUtilization"]) == ("5000.00", "0.2500")
    assert balance["total"] == "70000.00"
