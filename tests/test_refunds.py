"""Refunds: who asks, who decides, what moves, and how much of a settlement can be given back."""

import pytest

LIST = "/api/v1/invoices"
OWN = "/api/v1/treasury/refunds"
MOVES = "/api/v1/treasury/transactions"
NOW = "2024-03-15T10:30:00Z"
BODIES = {"approve": {}, "reject": {"reason": "All nights were used"}}


def code(answer):
    return answer.status_code, answer.json()["code"]


def settled(world, amount="1500.00", number="R-1", **approval):
    """Settle an invoice of the seller's; return its id."""
    id = world.draft(number, amount)["id"]
    world.seller.post(f"{LIST}/{id}/submit")
    world.buyer.post(f"{LIST}/{id}/approve", **approval)
    assert world.buyer.post(f"{LIST}/{id}/settle").json()["status"] == "SETTLED"
    return id


def paid(party, invoice):
    """Return a party's transaction of a settled invoice."""
    (row,) = party.get(MOVES, invoiceId=invoice, type="SETTLEMENT").json()["items"]
    return row["id"]


def ask(party, invoice, amount=None, reason="A room was not used", **more):
    part = {"amount": amount} if amount else {}
    return party.post(OWN, transactionId=paid(party, invoice), reason=reason, **part, **more)


def asked(party, invoice, amount=None):
    answer = ask(party, invoice, amount)
    assert answer.status_code == 200, answer.text
    return answer.json()


def decide(party, refund, action, **more):
    return party.post(f"{OWN}/{refund['id']}/{action}", **BODIES[action], **more)


def available(world):
    return world.seller.balance()["available"], world.buyer.balance()["available"]


@pytest.mark.parametrize("name", ["seller", "buyer"])
def test_either_party_asks_and_no_money_moves_yet(world, name):
    invoice, party = settled(world), world.party(name)
    before, transaction = available(world), paid(party, invoice)

    refund = asked(party, invoice, "100.00")

    assert refund == {
        "id": "rfd_000001", "transactionId": transaction, "invoiceId": invoice,
        "amount": "100.00", "currency": "USD", "status": "PENDING",
        "reason": "A room was not used", "requestedByOrganizationId": party.id,
        "payerOrganizationId": "org_seller_1", "payeeOrganizationId": "org_buyer_1",
        "rejectionReason": None, "transactionIds": [], "createdAt": NOW, "decidedAt": None,
        "version": 1,
    }  # fmt: skip
    assert world.seller.get(f"{OWN}/rfd_000001").json() == refund
    assert world.buyer.get(f"{OWN}/rfd_000001").json() == refund
    assert available(world) == before == ("13500.00", "48500.00")
    assert world.events()[-1] == (
        "refund.created", ["org_seller_1", "org_buyer_1"],
        {
            "refundId": "rfd_000001", "transactionId": transaction, "invoiceId": invoice,
            "status": "PENDING", "amount": "100.00", "currency": "USD",
            "buyerOrganizationId": "org_buyer_1", "sellerOrganizationId": "org_seller_1",
            "reason": "A room was not used",
        },
    )  # fmt: skip


def test_an_approved_refund_pays_the_buyer_out_of_the_sellers_balance(world):
    invoice = settled(world)
    refund = asked(world.buyer, invoice, "100.00")

    approved = decide(world.seller, refund, "approve").json()

    assert (approved["status"], approved["decidedAt"], approved["version"]) == ("APPROVED", NOW, 2)
    assert available(world) == ("13400.00", "48600.00")
    debit, credit = approved["transactionIds"]
    given = world.seller.get(f"{MOVES}/{debit}").json()
    taken = world.buyer.get(f"{MOVES}/{credit}").json()
    for row in (given, taken):
        assert (row["type"], row["amount"], row["refundId"], row["invoiceId"]) == (
            "REFUND", "100.00", refund["id"], invoice,
        )  # fmt: skip
    assert (given["direction"], given["balanceAfter"]) == ("DEBIT", "13400.00")
    assert (taken["direction"], taken["balanceAfter"]) == ("CREDIT", "68600.00")
    type_, to, data = world.events()[-1]
    assert (type_, to, data["status"]) == (
        "refund.approved", ["org_seller_1", "org_buyer_1"], "APPROVED",
    )  # fmt: skip


def test_the_invoice_stays_settled_and_shows_what_was_given_back(world):
    invoice = settled(world)
    before = world.buyer.get(f"{LIST}/{invoice}").json()
    for amount in ("100.00", "0.01"):
        decide(world.seller, asked(world.buyer, invoice, amount), "approve")

    after = world.buyer.get(f"{LIST}/{invoice}").json()

    assert (before["refundedAmount"], after["refundedAmount"]) == ("0.00", "100.01")
    assert (after["status"], after["amount"]) == ("SETTLED", "1500.00")
    assert after["version"] == before["version"] + 2


def test_a_rejected_refund_moves_nothing_and_tells_both_why(world):
    invoice = settled(world)
    refund, before = asked(world.buyer, invoice), available(world)

    rejected = decide(world.seller, refund, "reject").json()

    assert (rejected["status"], rejected["rejectionReason"], rejected["decidedAt"]) == (
        "REJECTED", "All nights were used", NOW,
    )  # fmt: skip
    assert available(world) == before
    assert world.buyer.get(f"{LIST}/{invoice}").json()["refundedAmount"] == "0.00"
    type_, to, data = world.events()[-1]
    assert (type_, to, data["reason"]) == (
        "refund.rejected", ["org_seller_1", "org_buyer_1"], "All nights were used",
    )  # fmt: skip


@pytest.mark.parametrize("action", ["approve", "reject"])
@pytest.mark.parametrize("state", ["APPROVED", "REJECTED"])
def test_a_refund_that_was_decided_on_stays_as_it_is(world, state, action):
    refund = asked(world.buyer, settled(world), "10.00")
    decide(world.seller, refund, {"APPROVED": "approve", "REJECTED": "reject"}[state])
    before, events = available(world), len(world.events())

    answer = decide(world.seller, refund, action)

    assert code(answer) == (400, "INVALID_STATE_TRANSITION")
    assert answer.json()["message"] == f"Cannot {action} a refund that is {state}"
    assert answer.json()["details"][0]["allowedActions"] == []
    assert (available(world), len(world.events())) == (before, events)


@pytest.mark.parametrize("action", ["approve", "reject"])
@pytest.mark.parametrize("asker", ["seller", "buyer"])
def test_only_the_seller_decides(world, asker, action):
    refund = asked(world.party(asker), settled(world), "10.00")

    answer = decide(world.buyer, refund, action)

    assert code(answer) == (403, "ROLE_NOT_ALLOWED")
    detail = answer.json()["details"][0]
    assert (detail["requiredRole"], detail["actualRole"]) == ("SELLER", "BUYER")
    assert world.buyer.get(f"{OWN}/{refund['id']}").json()["status"] == "PENDING"


def test_without_an_amount_all_that_is_left_is_asked_for(world):
    invoice = settled(world)
    decide(world.seller, asked(world.buyer, invoice, "400.00"), "approve")

    rest = asked(world.buyer, invoice)

    assert rest["amount"] == "1100.00"
    assert decide(world.seller, rest, "approve").json()["status"] == "APPROVED"
    assert available(world) == ("12000.00", "50000.00")
    answer = ask(world.buyer, invoice)
    assert code(answer) == (400, "REFUND_EXCEEDS_TRANSACTION")
    assert answer.json()["details"][0]["refundable"] == "0.00"


def test_pending_refunds_of_both_parties_use_up_one_settlement(world):
    invoice = settled(world)
    asked(world.buyer, invoice, "1000.00")

    answer = ask(world.seller, invoice, "500.01")

    assert code(answer) == (400, "REFUND_EXCEEDS_TRANSACTION")
    message = "Of 1500.00 USD no more than 500.00 can still be refunded"
    assert answer.json()["message"] == message
    assert answer.json()["details"] == [
        {
            "field": "amount", "code": "REFUND_EXCEEDS_TRANSACTION", "message": message,
            "currency": "USD", "settled": "1500.00", "refundable": "500.00",
        }
    ]  # fmt: skip
    assert ask(world.seller, invoice, "500.00").status_code == 200


def test_a_rejected_refund_can_be_asked_for_again(world):
    invoice = settled(world)
    decide(world.seller, asked(world.buyer, invoice), "reject")

    assert asked(world.buyer, invoice)["amount"] == "1500.00"


def test_refunds_of_one_settlement_leave_another_alone(world):
    first, second = settled(world, number="R-1"), settled(world, number="R-2")
    asked(world.buyer, first)

    assert asked(world.buyer, second)["amount"] == "1500.00"


def test_no_more_than_the_adjusted_amount_is_refunded(world):
    invoice = settled(world, adjustedAmount="900.00")

    assert code(ask(world.buyer, invoice, "900.01")) == (400, "REFUND_EXCEEDS_TRANSACTION")
    assert asked(world.buyer, invoice)["amount"] == "900.00"


def test_a_seller_that_is_short_cannot_approve_until_it_has_the_money(world):
    refund = asked(world.buyer, settled(world))
    path = "/api/v1/treasury/withdrawals"
    destination = {"type": "WALLET"}
    world.seller.post(path, amount="13500.00", currency="USD", destination=destination)

    short = decide(world.seller, refund, "approve", requestId="a-1")
    between = world.seller.get(f"{OWN}/{refund['id']}").json()
    funds = {"currency": "USD", "amount": "1500.00"}
    world.control("POST", "/expereon/organizations/seller/deposits", **funds)
    funded = decide(world.seller, refund, "approve", requestId="a-1")

    assert code(short) == (400, "INSUFFICIENT_BALANCE")
    assert short.json()["message"] == "Available USD balance 0.00 is less than 1500.00"
    assert (between["status"], between["version"]) == ("PENDING", 1)
    assert funded.json()["status"] == "APPROVED"
    assert available(world) == ("0.00", "50000.00")


@pytest.mark.parametrize("type_", ["DEPOSIT", "WITHDRAWAL", "REFUND"])
def test_nothing_but_a_settlement_is_refunded(world, type_):
    decide(world.seller, asked(world.buyer, settled(world), "10.00"), "approve")
    path = "/api/v1/treasury/withdrawals"
    body = {"amount": "1.00", "currency": "USD", "destination": {"type": "WALLET"}}
    made = world.seller.post(path, **body).json()
    world.seller.post(f"{path}/{made['id']}/approve")
    world.advance(by="P1D")
    row = world.seller.get(MOVES, type=type_).json()["items"][0]

    answer = world.seller.post(OWN, transactionId=row["id"], reason="Why not")

    assert code(answer) == (400, "TRANSACTION_NOT_REFUNDABLE")
    assert answer.json()["details"][0]["type"] == type_


def test_a_strangers_refunds_and_transactions_are_not_found(world):
    invoice = settled(world)
    refund = asked(world.buyer, invoice, "10.00")
    theirs = f"/api/v1/treasury/organizations/{world.buyer.id}/refunds"

    answers = [
        world.other.get(f"{OWN}/{refund['id']}"),
        world.other.get(theirs),
        decide(world.other, refund, "approve"),
        decide(world.other, refund, "reject"),
        world.other.post(OWN, transactionId=paid(world.buyer, invoice), reason="Mine"),
        world.seller.post(OWN, transactionId=paid(world.buyer, invoice), reason="Not mine"),
    ]

    assert [code(answer) for answer in answers] == [(404, "NOT_FOUND")] * 6
    assert world.other.get(OWN).json()["totalCount"] == 0


# Whether a key of each macro may do it: 200 or 403.
MAY = [
    ("list", {"read": 200, "write": 200, "admin": 200}),
    ("create", {"read": 403, "write": 200, "admin": 200}),
    ("approve", {"read": 403, "write": 403, "admin": 200}),
    ("reject", {"read": 403, "write": 403, "admin": 200}),
]


@pytest.mark.parametrize(("what", "statuses"), MAY)
def test_deciding_takes_the_right_to_approve(world, what, statuses):
    invoice = settled(world)
    for permission, status in statuses.items():
        party, refund = world.party("seller", permission), asked(world.buyer, invoice, "1.00")
        if what == "list":
            answer = party.get(OWN)
        elif what == "create":
            answer = ask(party, invoice, "1.00")
        else:
            answer = decide(party, refund, what)
        assert answer.status_code == status, permission


def test_the_same_request_asks_and_pays_once(world):
    invoice = settled(world)

    first, second = (ask(world.buyer, invoice, "9.00", requestId="r-1") for _ in range(2))
    paid_once = [decide(world.seller, first.json(), "approve", requestId="a-1") for _ in range(2)]

    assert second.content == first.content
    assert paid_once[0].content == paid_once[1].content
    assert available(world) == ("13491.00", "48509.00")


def test_a_decision_on_another_version_is_refused(world):
    refund = asked(world.buyer, settled(world), "1.00")

    answer = decide(world.seller, refund, "approve", expectedVersion=2)

    assert code(answer) == (409, "CONCURRENT_MODIFICATION")


@pytest.mark.parametrize("body", [{"amount": "0"}, {"amount": "1.001"}, {"reason": ""}])
def test_a_refund_is_judged_field_by_field(world, body):
    whole = {"transactionId": paid(world.buyer, settled(world)), "reason": "x"} | body

    answer = world.buyer.post(OWN, **whole)

    assert code(answer) == (400, "VALIDATION_ERROR")
    assert answer.json()["details"][0]["field"] == next(iter(body))


def test_refunds_are_listed_for_both_parties_and_narrowed(world):
    first, second = settled(world, number="R-1"), settled(world, number="R-2")
    made = [asked(world.buyer, i, a) for i, a in ((first, "3"), (second, "1"), (second, "2"))]
    decide(world.seller, made[0], "approve")

    def listed(party, **params):
        return [row["amount"] for row in party.get(OWN, **params).json()["items"]]

    assert listed(world.seller) == listed(world.buyer) == ["2.00", "1.00", "3.00"]
    assert listed(world.seller, status="APPROVED") == ["3.00"]
    assert listed(world.seller, invoiceId=second, sortOrder="asc") == ["1.00", "2.00"]
    assert listed(world.buyer, transactionId=paid(world.buyer, first)) == ["3.00"]
    assert listed(world.buyer, role="SELLER") == []
    assert listed(world.buyer, sortBy="amount", limit=1) == ["3.00"]


@pytest.mark.parametrize("root", ["/organizations/org_seller_1", "/org_seller_1", ""])
def test_a_refund_has_three_addresses(world, root):
    path = f"/api/v1/treasury{root}/refunds"
    transaction = paid(world.seller, settled(world))
    made = world.seller.post(path, transactionId=transaction, reason="x").json()

    assert world.seller.get(f"{path}/{made['id']}").json() == made
    assert world.seller.get(path).json()["totalCount"] == 1
    assert world.seller.post(f"{path}/{made['id']}/approve").json()["status"] == "APPROVED"
