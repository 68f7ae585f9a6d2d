"""Withdrawals: who may walk which arrow from where, what it does to the money, and who is told."""

import pytest

OWN = "/api/v1/treasury/withdrawals"
BANK = {"type": "BANK_ACCOUNT", "accountNumberLast4": "4242", "bankName": "Alpenbank"}
NOW = "2024-03-15T10:30:00Z"
ACTIONS = ("approve", "reject", "cancel")
BODIES = {"reject": {"reason": "Not planned"}}


def code(answer):
    return answer.status_code, answer.json()["code"]


def asked(world, amount="2000.00", currency="USD", **more):
    answer = world.seller.post(
        OWN, amount=amount, currency=currency, destination=BANK | {"reference": "March"}, **more
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def act(world, id, action, **more):
    return world.seller.post(f"{OWN}/{id}/{action}", **BODIES.get(action, {}), **more)


def usd(available, reserved):
    return {"available": available, "collateral": "0.00", "reserved": reserved}


def fail(world, id, code="ACCOUNT_CLOSED"):
    url = f"/_sandbox/worlds/{world.described['id']}/expereon/withdrawals/{id}/fail"
    return world.sandbox.client.post(url, json={"code": code})


def into(world, state):
    """Return the id of a withdrawal that walked into a state."""
    id = asked(world)["id"]
    if state in ("APPROVED", "COMPLETED", "FAILED"):
        act(world, id, "approve")
    if state == "COMPLETED":
        world.advance(by="P1D")
    if state == "FAILED":
        fail(world, id)
    if state in ("REJECTED", "CANCELLED"):
        act(world, id, {"REJECTED": "reject", "CANCELLED": "cancel"}[state])
    assert world.seller.get(f"{OWN}/{id}").json()["status"] == state
    return id


def test_a_withdrawal_is_asked_for_and_its_money_is_held(world):
    before = world.seller.balance()

    withdrawal = asked(world)

    assert before == usd("12000.00", "0.00")
    assert world.seller.balance() == usd("10000.00", "2000.00")
    assert withdrawal == {
        "id": "wdr_000001", "organizationId": "org_seller_1", "amount": "2000.00",
        "currency": "USD", "status": "PENDING",
        "destination": {
            "type": "BANK_ACCOUNT", "accountNumberLast4": "4242", "bankName": "Alpenbank",
            "reference": "March",
        },
        "requestedByKeyId": "key_seller_admin", "decidedByKeyId": None, "rejectionReason": None,
        "failureCode": None, "transactionId": None, "createdAt": NOW, "decidedAt": None,
        "completedAt": None, "version": 1,
    }  # fmt: skip
    assert world.seller.get(f"{OWN}/wdr_000001").json() == withdrawal


# What each arrow leads to, what is available and reserved after it, and the event it brings.
ARROWS = [
    ("approve", "APPROVED", usd("10000.00", "2000.00"), "withdrawal.approved"),
    ("reject", "REJECTED", usd("12000.00", "0.00"), "withdrawal.rejected"),
    ("cancel", "CANCELLED", usd("12000.00", "0.00"), "withdrawal.cancelled"),
]


@pytest.mark.parametrize(("action", "state", "balance", "event"), ARROWS)
def test_a_decision_moves_the_withdrawal_and_its_money_and_tells_its_owner(
    world, action, state, balance, event
):
    id = asked(world)["id"]

    decided = act(world, id, action).json()

    assert (decided["status"], decided["decidedAt"], decided["version"]) == (state, NOW, 2)
    assert decided["decidedByKeyId"] == "key_seller_admin"
    assert decided["rejectionReason"] == ("Not planned" if action == "reject" else None)
    assert world.seller.balance() == balance
    reason = {"reason": "Not planned"} if action == "reject" else {}
    told = {
        "withdrawalId": id, "amount": "2000.00", "currency": "USD",
        "organizationId": "org_seller_1",
    }  # fmt: skip
    assert world.events() == [
        ("withdrawal.submitted", ["org_seller_1"], told | {"status": "PENDING"}),
        (event, ["org_seller_1"], told | {"status": state} | reason),
    ]


def test_an_approved_withdrawal_arrives_a_day_later(world):
    id = asked(world)["id"]
    act(world, id, "approve")

    world.advance(by="PT23H59M59S")
    waiting = world.seller.get(f"{OWN}/{id}").json()
    held = world.seller.balance()
    world.advance(by="PT1S")
    arrived = world.seller.get(f"{OWN}/{id}").json()

    assert (waiting["status"], held) == ("APPROVED", usd("10000.00", "2000.00"))
    assert (arrived["status"], arrived["completedAt"]) == ("COMPLETED", "2024-03-16T10:30:00Z")
    assert world.seller.balance() == usd("10000.00", "0.00")
    assert [type_ for type_, *_ in world.events()] == [
        "withdrawal.submitted", "withdrawal.approved", "withdrawal.completed",
    ]  # fmt: skip
    written = world.seller.get(f"/api/v1/treasury/transactions/{arrived['transactionId']}").json()
    assert {name: written[name] for name in ("type", "direction", "amount", "balanceAfter")} == {
        "type": "WITHDRAWAL", "direction": "DEBIT", "amount": "2000.00",
        "balanceAfter": "10000.00",
    }  # fmt: skip
    assert (written["withdrawalId"], written["reference"]) == (id, "March")


def test_a_withdrawal_fails_on_its_way_and_its_money_is_available_again(world):
    id = asked(world)["id"]
    act(world, id, "approve")

    told = fail(world, id)
    world.advance(by="P2D")
    failed = world.seller.get(f"{OWN}/{id}").json()

    assert told.json() == {"id": id, "status": "FAILED", "failureCode": "ACCOUNT_CLOSED"}
    assert (failed["status"], failed["failureCode"]) == ("FAILED", "ACCOUNT_CLOSED")
    assert (failed["transactionId"], failed["completedAt"]) == (None, None)
    assert world.seller.balance() == usd("12000.00", "0.00")
    type_, to, data = world.events()[-1]
    assert (type_, to, data["failureCode"]) == (
        "withdrawal.failed", ["org_seller_1"], "ACCOUNT_CLOSED",
    )  # fmt: skip


@pytest.mark.parametrize("state", ["PENDING", "REJECTED", "CANCELLED", "COMPLETED", "FAILED"])
def test_only_an_approved_withdrawal_can_fail(world, state):
    id = into(world, state)
    before = world.seller.balance()

    answer = fail(world, id)

    assert answer.status_code == 409
    assert answer.json()["detail"] == f"The withdrawal {id} is {state}"
    assert world.seller.balance() == before


def test_no_withdrawal_that_nobody_asked_for_can_fail(world):
    assert fail(world, "wdr_000009").status_code == 404


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("state", ["APPROVED", "REJECTED", "CANCELLED", "COMPLETED", "FAILED"])
def test_a_withdrawal_that_was_decided_on_stays_as_it_is(world, state, action):
    id = into(world, state)
    before, events = world.seller.balance(), len(world.events())

    answer = act(world, id, action)

    assert code(answer) == (400, "INVALID_STATE_TRANSITION")
    assert answer.json()["message"] == f"Cannot {action} a withdrawal that is {state}"
    (detail,) = answer.json()["details"]
    assert (detail["currentStatus"], detail["action"], detail["allowedActions"]) == (
        state, action, [],
    )  # fmt: skip
    assert (world.seller.balance(), len(world.events())) == (before, events)


def test_more_than_is_available_cannot_be_asked_for(world):
    asked(world, "12000.00")

    answer = world.seller.post(OWN, amount="0.01", currency="USD", destination=BANK)

    assert code(answer) == (400, "INSUFFICIENT_BALANCE")
    assert answer.json()["message"] == "Available USD balance 0.00 is less than 0.01"
    assert world.seller.balance() == usd("0.00", "12000.00")


def test_collateral_cannot_be_withdrawn(world):
    """The buyer has 50000.00 available and 20000.00 of collateral."""
    answer = world.buyer.post(OWN, amount="50000.01", currency="USD", destination=BANK)

    assert code(answer) == (400, "INSUFFICIENT_BALANCE")


@pytest.mark.parametrize(
    ("body", "field", "told"),
    [
        ({"amount": "0"}, "amount", "VALIDATION_ERROR"),
        ({"amount": "1.005"}, "amount", "VALIDATION_ERROR"),
        ({"amount": "1.5", "currency": "JPY"}, "amount", "VALIDATION_ERROR"),
        ({"currency": "XAU"}, "currency", "CURRENCY_NOT_SUPPORTED"),
        ({"destination": {"type": "CASH"}}, "destination.type", "VALIDATION_ERROR"),
        (
            {"destination": BANK | {"accountNumberLast4": "42424"}},
            "destination.accountNumberLast4",
            "VALIDATION_ERROR",
        ),
    ],
)
def test_a_withdrawal_is_judged_field_by_field(world, body, field, told):
    whole = {"amount": "10", "currency": "USD", "destination": BANK} | body

    answer = world.seller.post(OWN, **whole)

    assert code(answer) == (400, told)
    assert answer.json()["details"][0]["field"] == field


def test_the_same_request_asks_once(world):
    body = {"amount": "5.00", "currency": "USD", "destination": BANK, "requestId": "w-1"}

    first, second = world.seller.post(OWN, **body), world.seller.post(OWN, **body)

    assert second.content == first.content
    assert second.headers["Idempotent-Replayed"] == "true"
    assert world.seller.balance() == usd("11995.00", "5.00")
    assert code(world.seller.post(OWN, **body | {"amount": "6.00"})) == (409, "REQUEST_ID_REUSED")


def test_an_approval_that_is_sent_again_pays_once(world):
    id = asked(world)["id"]
    act(world, id, "approve", requestId="a-1")
    world.advance(by="PT12H")

    again = act(world, id, "approve", requestId="a-1")
    world.advance(by="P2D")

    assert (again.status_code, again.json()["status"]) == (200, "APPROVED")
    assert world.seller.balance() == usd("10000.00", "0.00")


def test_another_organisations_withdrawals_are_not_found(world):
    id = asked(world)["id"]
    theirs = f"/api/v1/treasury/organizations/{world.seller.id}/withdrawals"

    answers = [
        world.buyer.get(f"{OWN}/{id}"),
        world.buyer.get(theirs),
        world.buyer.get(f"{theirs}/{id}"),
        world.buyer.post(theirs, amount="1", currency="USD", destination=BANK),
        *(world.buyer.post(f"{OWN}/{id}/{a}", **BODIES.get(a, {})) for a in ACTIONS),
    ]

    assert [code(answer) for answer in answers] == [(404, "NOT_FOUND")] * 7
    assert world.buyer.get(OWN).json()["items"] == []


# Whether a key of each macro may do it: 200 or 403.
MAY = [
    ("list", {"read": 200, "write": 200, "admin": 200}),
    ("submit", {"read": 403, "write": 200, "admin": 200}),
    ("approve", {"read": 403, "write": 403, "admin": 200}),
    ("reject", {"read": 403, "write": 403, "admin": 200}),
    ("cancel", {"read": 403, "write": 200, "admin": 200}),
]


@pytest.mark.parametrize(("what", "statuses"), MAY)
def test_deciding_takes_the_right_to_approve(world, what, statuses):
    for permission, status in statuses.items():
        party, id = world.party("seller", permission), asked(world, "1.00")["id"]
        if what == "list":
            answer = party.get(OWN)
        elif what == "submit":
            answer = party.post(OWN, amount="1", currency="USD", destination=BANK)
        else:
            answer = party.post(f"{OWN}/{id}/{what}", **BODIES.get(what, {}))
        assert answer.status_code == status, permission


@pytest.mark.parametrize("action", ACTIONS)
def test_a_decision_on_another_version_is_refused(world, action):
    id = asked(world)["id"]

    assert code(act(world, id, action, expectedVersion=2)) == (409, "CONCURRENT_MODIFICATION")
    assert act(world, id, action, expectedVersion=1).status_code == 200


def test_a_refusal_of_a_withdrawal_gives_its_reason(world):
    id = asked(world)["id"]

    assert code(world.seller.post(f"{OWN}/{id}/reject")) == (400, "VALIDATION_ERROR")


def test_withdrawals_are_listed_newest_first_and_narrowed(world):
    ids = [asked(world, amount)["id"] for amount in ("30.00", "10.00", "20.00")]
    asked(world, "500", "JPY")
    act(world, ids[0], "approve")

    def listed(**params):
        return [row["amount"] for row in world.seller.get(OWN, **params).json()["items"]]

    assert listed() == ["500", "20.00", "10.00", "30.00"]
    assert listed(currency="JPY") == ["500"]
    assert listed(status="APPROVED") == ["30.00"]
    assert listed(currency="USD", sortBy="amount", sortOrder="asc") == ["10.00", "20.00", "30.00"]
    assert listed(**{"from": "2024-03-16"}) == []
    assert listed(to="2024-03-15", limit=1) == ["500"]


@pytest.mark.parametrize("root", ["/organizations/org_seller_1", "/org_seller_1", ""])
def test_a_withdrawal_has_three_addresses(world, root):
    path = f"/api/v1/treasury{root}/withdrawals"
    made = world.seller.post(path, amount="1", currency="USD", destination=BANK).json()

    assert world.seller.get(f"{path}/{made['id']}").json() == made
    assert world.seller.get(path).json()["totalCount"] == 1
    assert world.seller.post(f"{path}/{made['id']}/approve").json()["status"] == "APPROVED"
