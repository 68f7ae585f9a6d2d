"""What happens to Expereon from outside: the network, the banks, the payment rails."""

import pytest

LIST = "/api/v1/invoices"


def refused(world, path, **body):
    url = f"/_sandbox/worlds/{world.described['id']}/expereon{path}"
    answer = world.sandbox.client.post(url, json=body or None)
    return answer.status_code, answer.json()["detail"]


def payable(world, number="O-1", **more):
    path = f"{LIST}/{world.draft(number, **more)['id']}"
    world.seller.post(f"{path}/submit")
    assert world.buyer.post(f"{path}/approve").status_code == 200
    return path


def test_an_organisation_joins_connects_is_funded_and_does_business(world):
    from harness import Party

    world.endpoint("hook", events=["connection.*"])
    made = world.control(
        "POST", "/expereon/organizations", alias="newcomer", name="Fjord Cabins AS"
    )
    connection = world.control(
        "POST", "/expereon/connections", seller="seller", buyer="newcomer", currency="GBP"
    )
    funds = world.control(
        "POST", "/expereon/organizations/newcomer/deposits", currency="GBP", amount="500.00"
    )
    world.control(
        "POST",
        "/expereon/organizations/seller/deposits",
        currency="GBP",
        amount="1",
        bucket="COLLATERAL",
    )
    headers = {"X-API-Key": made["apiKey"], "X-API-Secret": made["apiSecret"]}
    newcomer = Party(world.sandbox.http, headers, made["id"])

    path = f"{LIST}/{world.draft('N-1', '120.00', connectionId=connection['id'])['id']}"
    world.seller.post(f"{path}/submit")
    newcomer.post(f"{path}/approve")
    paid = newcomer.post(f"{path}/settle").json()

    assert funds == {
        "organizationId": made["id"], "currency": "GBP",
        "available": "500.00", "collateral": "0.00", "reserved": "0.00",
    }  # fmt: skip
    assert (paid["status"], paid["amount"], paid["currency"]) == ("SETTLED", "120.00", "GBP")
    assert newcomer.balance("GBP")["available"] == "380.00"
    assert world.seller.balance("GBP") == {
        "available": "120.00",
        "collateral": "1.00",
        "reserved": "0.00",
    }
    assert world.received()[0]["type"] == "connection.created"
    assert (
        world.control("GET", "")["expereon"]["organizations"]["newcomer"]["apiKey"]
        == made["apiKey"]
    )
    sums = world.rows("SELECT currency, sum(delta) FROM entries WHERE world = ? GROUP BY currency")
    assert {total for _, total in sums} == {0}


def test_a_connection_is_suspended_and_reactivated_and_both_are_told(world):
    path = payable(world)
    world.endpoint("one", "seller", events=["connection.*", "payment.*"])
    world.endpoint("two", "buyer", events=["connection.*", "payment.*"])

    suspended = world.control("POST", "/expereon/connections/conn_abc123/suspend")
    failed = world.buyer.post(f"{path}/settle").json()
    twice = refused(world, "/connections/conn_abc123/suspend")
    world.control("POST", "/expereon/connections/conn_abc123/reactivate")
    settled = world.buyer.post(f"{path}/settle").json()

    assert suspended["status"] == "SUSPENDED"
    assert (failed["status"], failed["failureCode"], failed["retryable"]) == (
        "FAILED",
        "CONNECTION_SUSPENDED",
        True,
    )
    assert twice == (409, "The connection conn_abc123 is SUSPENDED already")
    assert (settled["status"], settled["attempt"]) == ("SETTLED", 2)
    for inbox in ("one", "two"):
        assert [m["type"] for m in world.received(inbox, 4)] == [
            "connection.suspended", "payment.failed", "connection.reactivated", "payment.settled",
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("party", "code"), [("seller", "SELLER_ACCOUNT_BLOCKED"), ("buyer", "BUYER_ACCOUNT_BLOCKED")]
)
def test_a_blocked_account_lets_settlements_fail(world, party, code):
    path = payable(world)

    blocked = world.control("POST", f"/expereon/organizations/{party}/block")
    failed = world.buyer.post(f"{path}/settle").json()
    again = refused(world, f"/organizations/{party}/block")
    world.control("POST", f"/expereon/organizations/{party}/unblock")
    settled = world.buyer.post(f"{path}/settle").json()

    assert blocked["blocked"] is True
    assert (failed["status"], failed["failureCode"]) == ("FAILED", code)
    assert again[0] == 409
    assert settled["status"] == "SETTLED"


@pytest.mark.parametrize(
    ("code", "retryable"),
    [
        ("PROVIDER_UNAVAILABLE", True), ("PROVIDER_REJECTED", False), ("LIMIT_EXCEEDED", True),
        ("COMPLIANCE_HOLD", False), ("INTERNAL", True),
    ],
)  # fmt: skip
def test_the_next_settlements_fail_as_asked(world, code, retryable):
    first, second, third = (payable(world, f"O-{n}") for n in range(3))
    before = world.buyer.balance()
    world.control("POST", "/expereon/settlements/fail-next", count=2, code=code)

    outcomes = [world.buyer.post(f"{path}/settle").json() for path in (first, second, third)]

    assert [p["status"] for p in outcomes] == ["FAILED", "FAILED", "SETTLED"]
    assert [p["retryable"] for p in outcomes] == [retryable, retryable, False]
    assert outcomes[0]["failureCode"] == code
    assert float(world.buyer.balance()["reserved"]) == float(before["reserved"]) - 1500


def test_deposits_bring_money_from_outside_and_nothing_else_changes(world):
    before = world.buyer.balance()

    world.control(
        "POST",
        "/expereon/organizations/org_buyer_1/deposits",
        currency="USD",
        amount="0.01",
        bucket="COLLATERAL",
    )

    assert world.buyer.balance() == before | {"collateral": "20000.01"}


REFUSED = [
    ("/organizations", {"alias": "seller"}, 409),
    ("/organizations", {"alias": "a b"}, 400),
    ("/organizations/nobody/block", {}, 404),
    ("/organizations/nobody/deposits", {"currency": "USD", "amount": "1"}, 404),
    ("/organizations/buyer/deposits", {"currency": "USD", "amount": "0"}, 409),
    ("/organizations/buyer/deposits", {"currency": "JPY", "amount": "1.5"}, 409),
    ("/organizations/buyer/deposits", {"currency": "USD", "amount": "-1"}, 400),
    (
        "/organizations/buyer/deposits",
        {"currency": "USD", "amount": "1", "bucket": "RESERVED"},
        400,
    ),
    ("/organizations/buyer/unblock", {}, 409),
    ("/connections", {"seller": "buyer", "buyer": "buyer", "currency": "USD"}, 409),
    ("/connections", {"seller": "buyer", "buyer": "nobody", "currency": "USD"}, 409),
    ("/connections/conn_none/suspend", {}, 404),
    ("/connections/conn_abc123/reactivate", {}, 409),
    ("/settlements/fail-next", {"count": 1, "code": "BORED"}, 400),
    ("/settlements/fail-next", {"count": -1, "code": "INTERNAL"}, 400),
]


@pytest.mark.parametrize(("path", "body", "status"), REFUSED)
def test_what_cannot_happen_is_told(world, path, body, status):
    entries = "SELECT count(*) FROM entries WHERE world = ?"
    before = world.rows(entries)

    assert refused(world, path, **body)[0] == status
    assert world.rows(entries) == before
