"""What is due: its list as the clock moves, paying all of it, the summary of payments."""

LIST = "/api/v1/invoices"
PAYMENTS = "/api/v1/payments"


def code(answer):
    return answer.status_code, answer.json()["code"]


def payable(world, number, amount="100.00", buyer=None, **more):
    """Return the id of an approved invoice."""
    id = world.draft(number, amount, **more)["id"]
    world.seller.post(f"{LIST}/{id}/submit")
    answer = (buyer or world.buyer).post(f"{LIST}/{id}/approve")
    assert answer.status_code == 200, answer.text
    return id


def bulk(world, *ids, **more):
    answer = world.buyer.post(f"{PAYMENTS}/bulk-settle", invoiceIds=list(ids), **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_what_is_due_follows_the_clock(world):
    today = payable(world, "D-1", dueDate="2024-03-15")
    late = payable(world, "D-2", dueDate="2024-03-01")
    later = payable(world, "D-3", dueDate="2024-03-16")

    def due():
        return [item["invoiceId"] for item in world.buyer.get(f"{PAYMENTS}/due").json()["items"]]

    assert due() == [late, today]
    world.advance(to="2024-03-15T23:59:59Z")
    assert due() == [late, today]
    world.advance(by="PT1S")
    assert due() == [late, today, later]


def test_a_due_payment_says_what_is_owed_to_whom(world):
    id = world.draft("D-1", "100.00", dueDate="2024-03-15")["id"]
    world.seller.post(f"{LIST}/{id}/submit")
    world.buyer.post(f"{LIST}/{id}/approve", adjustedAmount="80.00")

    due = world.buyer.get(f"{PAYMENTS}/due").json()

    assert due == {
        "items": [
            {
                "invoiceId": id, "invoiceNumber": "D-1", "status": "APPROVED_WITH_ADJUSTMENT",
                "dueDate": "2024-03-15", "amount": "80.00", "currency": "USD",
                "connectionId": "conn_abc123", "buyerOrganizationId": "org_buyer_1",
                "sellerOrganizationId": "org_seller_1", "paymentId": None, "paymentStatus": None,
            }
        ],
        "totals": [{"currency": "USD", "count": 1, "amount": "80.00"}],
        "asOf": "2024-03-15",
    }  # fmt: skip
    assert world.seller.get(f"{PAYMENTS}/due").json()["items"] == []
    assert world.seller.get(f"{PAYMENTS}/due", direction="IN").json() == due
    assert world.other.get(f"{PAYMENTS}/due").json()["items"] == []


def test_all_that_is_due_is_paid_by_due_date_then_as_created(world):
    second = payable(world, "D-1", "20.00", dueDate="2024-03-10")
    third = payable(world, "D-2", "30.00", dueDate="2024-03-10")
    first = payable(world, "D-3", "10.00", dueDate="2024-03-01", currency="EUR")
    cancelling = payable(world, "D-4", dueDate="2024-03-01")
    world.seller.post(f"{LIST}/{cancelling}/request-cancellation", reason="Billed twice")
    payable(world, "D-5", dueDate="2024-03-16")

    done = world.buyer.post(f"{PAYMENTS}/settle-all-due").json()

    assert [r["invoiceId"] for r in done["results"]] == [first, second, third]
    assert {r["payment"]["method"] for r in done["results"]} == {"ALL_DUE"}
    assert done["operation"] == "SETTLE_ALL_DUE"
    assert done["totals"] == [
        {"currency": "EUR", "count": 1, "amount": "10.00"},
        {"currency": "USD", "count": 2, "amount": "50.00"},
    ]
    assert world.buyer.get(f"{PAYMENTS}/due").json()["items"] == []


def test_what_is_due_is_narrowed_by_currency_connection_and_day(world):
    dollars = payable(world, "D-1", dueDate="2024-03-10")
    euros = payable(world, "D-2", dueDate="2024-03-11", currency="EUR")
    later = payable(world, "D-3", dueDate="2024-03-20")

    def ids(**asked):
        due = world.buyer.get(f"{PAYMENTS}/due", **asked).json()
        return [item["invoiceId"] for item in due["items"]]

    assert ids(currency="EUR") == [euros]
    assert ids(asOf="2024-03-10") == [dollars]
    assert ids(asOf="2024-03-20") == [dollars, euros, later]
    assert ids(connectionId="conn_ghi789") == []
    done = world.buyer.post(f"{PAYMENTS}/settle-all-due", currency="EUR").json()
    assert [r["invoiceId"] for r in done["results"]] == [euros]
    done = world.buyer.post(f"{PAYMENTS}/settle-all-due", asOf="2024-03-20").json()
    assert [r["invoiceId"] for r in done["results"]] == [dollars, later]


def test_nothing_due_is_no_error(world):
    payable(world, "D-1", dueDate="2024-03-16")

    answer = world.buyer.post(f"{PAYMENTS}/settle-all-due", requestId="r-1")

    assert answer.status_code == 200
    assert answer.json() == {
        "batchId": "batch_000001", "operation": "SETTLE_ALL_DUE", "totalCount": 0,
        "succeededCount": 0, "failedCount": 0, "results": [], "totals": [],
    }  # fmt: skip


def test_a_currency_nobody_settles_in_is_refused(world):
    assert code(world.buyer.post(f"{PAYMENTS}/settle-all-due", currency="XAU")) == (
        400, "CURRENCY_NOT_SUPPORTED",
    )  # fmt: skip
    assert code(world.buyer.get(f"{PAYMENTS}/due", asOf="soon")) == (400, "INVALID_FILTER")


def test_the_summary_counts_and_adds_up_both_directions(world):
    paid = [payable(world, f"S-{n}", "10.50") for n in range(2)]
    euros = payable(world, "S-3", "7.00", currency="EUR")
    payable(world, "S-4", "3.00", dueDate="2024-03-15")
    bulk(world, *paid)
    world.control("POST", "/expereon/connections/conn_abc123/suspend")
    bulk(world, euros)

    summary = world.buyer.get(f"{PAYMENTS}/summary").json()

    assert summary == {
        "byStatus": [
            {"direction": "OUT", "status": "FAILED", "count": 1,
             "totals": [{"currency": "EUR", "count": 1, "amount": "7.00"}]},
            {"direction": "OUT", "status": "SETTLED", "count": 2,
             "totals": [{"currency": "USD", "count": 2, "amount": "21.00"}]},
        ],
        "due": {"count": 1, "totals": [{"currency": "USD", "count": 1, "amount": "3.00"}]},
        "asOf": "2024-03-15",
    }  # fmt: skip
    seller = world.seller.get(f"{PAYMENTS}/summary").json()
    assert [(g["direction"], g["status"], g["count"]) for g in seller["byStatus"]] == [
        ("IN", "FAILED", 1), ("IN", "SETTLED", 2),
    ]  # fmt: skip
    assert seller["due"] == {"count": 0, "totals": []}


def test_a_summary_of_nothing_is_empty(world):
    assert world.other.get(f"{PAYMENTS}/summary").json() == {
        "byStatus": [], "due": {"count": 0, "totals": []}, "asOf": "2024-03-15",
    }  # fmt: skip
