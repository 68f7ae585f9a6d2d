"""The settlement window and settling by itself: what the clock does to what was approved."""

from decimal import Decimal

import pytest

LIST = "/api/v1/invoices"
PAYMENTS = "/api/v1/payments"
SETTINGS = "/expereon/settings"


def payable(world, number="W-1", amount="1000.00", source="AVAILABLE", **more):
    """Return the path of an invoice that is approved now."""
    path = f"{LIST}/{world.draft(number, amount, **more)['id']}"
    world.seller.post(f"{path}/submit")
    answer = world.buyer.post(f"{path}/approve", paymentSource=source)
    assert answer.status_code == 200, answer.text
    return path


def drain(world, left="0.00"):
    """Let the buyer approve so much that only this is left of its 50000.00 USD."""
    available = Decimal(world.buyer.balance()["available"])
    payable(world, "W-99", f"{available - Decimal(left):.2f}", dueDate="2025-01-01")


def windows(world, window):
    return world.control("PUT", SETTINGS, settlementWindow=window)


def jobs(world):
    return [(job["type"], job["at"]) for job in world.control("GET", "/jobs")["items"]]


def balanced(world):
    sums = world.rows("SELECT currency, sum(delta) FROM entries WHERE world = ? GROUP BY currency")
    return {total for _, total in sums} == {0}


def test_holds_never_expire_unless_told_otherwise(world):
    payable(world)

    assert jobs(world) == [("payment.due", "2024-05-01T00:00:00Z")]
    world.advance(by="P30D")
    assert world.buyer.balance()["reserved"] == "1000.00"


@pytest.mark.parametrize(
    ("source", "bucket", "full"),
    [("AVAILABLE", "available", "50000.00"), ("COLLATERAL", "collateral", "20000.00")],
)
def test_a_hold_goes_back_where_it_came_from_when_its_window_is_over(world, source, bucket, full):
    assert windows(world, "P7D") == {"settlementWindow": "P7D", "autoSettle": False}
    before = world.buyer.balance()
    path = payable(world, source=source)
    events = len(world.events())

    world.advance(by="P6DT23H59M59S")
    assert world.buyer.balance()["reserved"] == "1000.00"
    world.advance(by="PT1S")

    assert world.buyer.balance() == before
    assert before[bucket] == full
    invoice = world.buyer.get(path).json()
    assert (invoice["status"], invoice["approvedAmount"]) == ("APPROVED", "1000.00")
    assert len(world.events()) == events
    (status,) = world.rows("SELECT body FROM resources WHERE world = ? AND kind = 'reservation'")
    assert '"EXPIRED"' in str(status)


def test_a_settlement_after_the_window_reserves_again_and_pays(world):
    windows(world, "PT1H")
    path = payable(world)
    world.advance(by="PT1H")
    assert world.buyer.balance()["reserved"] == "0.00"

    paid = world.buyer.post(f"{path}/settle").json()

    assert (paid["status"], paid["amount"]) == ("SETTLED", "1000.00")
    assert world.buyer.balance() == {
        "available": "49000.00", "collateral": "20000.00", "reserved": "0.00",
    }  # fmt: skip
    assert world.seller.balance()["available"] == "13000.00"
    postings = world.rows("SELECT DISTINCT posting, min(seq) FROM entries WHERE world = ? AND kind = 'invoice' GROUP BY posting ORDER BY 2")  # fmt: skip
    assert [name for name, _ in postings] == ["reserve", "release", "settle"]
    reserved = world.rows("SELECT delta FROM entries WHERE world = ? AND bucket = 'RESERVED' ORDER BY seq")  # fmt: skip
    assert [delta for (delta,) in reserved] == [100000, -100000, 100000, -100000]
    assert balanced(world)


def test_a_settlement_whose_funds_went_elsewhere_fails_until_they_are_back(world):
    windows(world, "PT1H")
    path = payable(world)
    world.advance(by="PT1H")
    drain(world, left="999.99")
    before = world.buyer.balance()

    failed = world.buyer.post(f"{path}/settle").json()
    still = world.buyer.post(f"{PAYMENTS}/retry-failed").json()["results"][0]["payment"]
    unchanged = world.buyer.balance()
    world.control("POST", "/expereon/organizations/buyer/deposits", currency="USD", amount="0.01")
    done = world.buyer.post(f"{PAYMENTS}/retry-failed").json()["results"][0]

    assert (failed["status"], failed["failureCode"], failed["retryable"]) == (
        "FAILED", "RESERVATION_EXPIRED", True,
    )  # fmt: skip
    assert failed["failureMessage"] == "The hold expired and the funds are no longer there"
    assert still["failureCode"] == "RESERVATION_EXPIRED"
    assert unchanged == before
    assert (done["success"], done["payment"]["attempt"]) == (True, 3)
    assert world.buyer.balance()["available"] == "0.00"
    assert balanced(world)


def test_a_batch_uses_up_funds_as_it_goes(world):
    """Of three expired holds only two fit into what is left; the smaller one after it still does."""
    windows(world, "PT1H")
    paths = [payable(world, f"W-{n}", amount) for n, amount in enumerate(("60", "50", "40"))]
    world.advance(by="PT1H")
    drain(world, left="100.00")

    ids = [path.rpartition("/")[2] for path in paths]
    done = world.buyer.post(f"{PAYMENTS}/bulk-settle", invoiceIds=ids).json()

    assert [r["success"] for r in done["results"]] == [True, False, True]
    assert done["results"][1]["payment"]["failureCode"] == "RESERVATION_EXPIRED"
    assert world.buyer.balance()["available"] == "0.00"


def test_another_cause_is_told_first_and_nothing_is_held_for_it(world):
    windows(world, "PT1H")
    path = payable(world)
    world.advance(by="PT1H")
    world.control("POST", "/expereon/connections/conn_abc123/suspend")

    failed = world.buyer.post(f"{path}/settle").json()

    assert failed["failureCode"] == "CONNECTION_SUSPENDED"
    assert world.buyer.balance()["reserved"] == "0.00"


def test_what_was_paid_or_released_before_does_not_expire(world):
    windows(world, "P1D")
    paid, cancelled = payable(world, "W-1"), payable(world, "W-2")
    world.buyer.post(f"{paid}/settle")
    world.seller.post(f"{cancelled}/request-cancellation", reason="Billed twice")
    world.buyer.post(f"{cancelled}/accept-cancellation")
    before = world.buyer.balance()

    world.advance(by="P2D")

    assert world.buyer.balance() == before


def test_cancelling_after_the_window_releases_nothing_twice(world):
    windows(world, "PT1H")
    before = world.buyer.balance()
    path = payable(world)
    world.seller.post(f"{path}/request-cancellation", reason="Billed twice")
    world.advance(by="PT1H")

    cancelled = world.buyer.post(f"{path}/accept-cancellation").json()

    assert cancelled["status"] == "CANCELLED"
    assert world.buyer.balance() == before
    assert balanced(world)


def test_a_window_counts_for_approvals_from_then_on_and_can_be_taken_back(world):
    payable(world, "W-1")
    windows(world, "P1D")
    payable(world, "W-2", "10.00")
    assert windows(world, None) == {"settlementWindow": None, "autoSettle": False}
    payable(world, "W-3", "1.00")

    world.advance(by="P2D")

    assert world.buyer.balance()["reserved"] == "1001.00"


def test_nothing_is_settled_by_itself_unless_told(world):
    path = payable(world, dueDate="2024-03-16")

    world.advance(by="P2D")

    assert world.buyer.get(path).json()["status"] == "APPROVED"


def test_what_falls_due_is_settled_at_the_beginning_of_its_day(world):
    assert world.control("PUT", SETTINGS, autoSettle=True) == {
        "settlementWindow": None, "autoSettle": True,
    }  # fmt: skip
    path = payable(world, dueDate="2024-03-16")
    early = payable(world, "W-2", dueDate="2024-03-17")
    events = len(world.events())

    world.advance(to="2024-03-15T23:59:59Z")
    assert world.buyer.get(path).json()["status"] == "APPROVED"
    world.advance(by="PT1S")

    invoice = world.buyer.get(path).json()
    payment = world.buyer.get(f"{PAYMENTS}/{invoice['paymentId']}").json()
    assert (invoice["status"], invoice["settledAt"]) == ("SETTLED", "2024-03-16T00:00:00Z")
    assert (payment["method"], payment["batchId"]) == ("AUTO", None)
    both = ["org_seller_1", "org_buyer_1"]
    assert [(type_, to) for type_, to, _ in world.events()[events:]] == [
        ("payment.due", ["org_buyer_1"]), ("payment.settled", both), ("invoice.settled", both),
    ]  # fmt: skip
    assert world.buyer.balance()["reserved"] == "1000.00"
    assert world.seller.balance()["available"] == "13000.00"
    assert world.buyer.get(early).json()["status"] == "APPROVED"
    walked = world.buyer.get(f"{path}/history").json()["items"][-1]
    assert (walked["action"], walked["actorOrganizationId"]) == ("settle", "org_buyer_1")


def test_a_settlement_by_itself_may_fail_and_is_tried_again_by_hand(world):
    world.control("PUT", SETTINGS, autoSettle=True)
    path = payable(world, dueDate="2024-03-16")
    world.control("POST", "/expereon/organizations/seller/block")
    events = len(world.events())

    world.advance(by="P1D")
    world.control("POST", "/expereon/organizations/seller/unblock")
    done = world.buyer.post(f"{PAYMENTS}/retry-failed").json()

    assert [type_ for type_, *_ in world.events()[events : events + 2]] == [
        "payment.due", "payment.failed",
    ]  # fmt: skip
    (result,) = done["results"]
    assert (result["status"], result["payment"]["method"]) == ("SETTLED", "RETRY")
    assert (result["payment"]["attempt"], world.buyer.get(path).json()["status"]) == (2, "SETTLED")


def test_what_is_in_cancellation_is_not_settled_by_itself(world):
    world.control("PUT", SETTINGS, autoSettle=True)
    path = payable(world, dueDate="2024-03-16")
    world.seller.post(f"{path}/request-cancellation", reason="Billed twice")

    world.advance(by="P1D")

    assert world.buyer.get(path).json()["status"] == "CANCELLATION_REQUESTED"


def test_a_hold_that_expires_before_the_due_day_is_made_again_by_then(world):
    world.control("PUT", SETTINGS, autoSettle=True, settlementWindow="PT1H")
    path = payable(world, dueDate="2024-03-16")

    world.advance(by="P1D")

    assert world.buyer.get(path).json()["status"] == "SETTLED"
    assert balanced(world)


def test_settings_are_of_one_world_and_last_until_it_is_reset(sandbox, world):
    windows(world, "PT1H")
    other = sandbox.world("empty")
    payable(other)
    assert jobs(other) == [("payment.due", "2024-05-01T00:00:00Z")]

    world.control("POST", "/reset")
    payable(world)

    assert jobs(world) == [("payment.due", "2024-05-01T00:00:00Z")]


@pytest.mark.parametrize(
    "body",
    [{"settlementWindow": "a week"}, {"settlementWindow": 7}, {"autoSettle": "yes"}, {"x": 1}],
)
def test_settings_that_are_none_are_refused(world, body):
    url = f"/_sandbox/worlds/{world.described['id']}{SETTINGS}"

    assert world.sandbox.client.put(url, json=body).status_code == 400
