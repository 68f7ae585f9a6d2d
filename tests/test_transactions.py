"""Transactions and change logs: every movement is written down, and what is written adds up."""

from collections import defaultdict
from decimal import Decimal

import pytest

from counterfoil.contract.load import load

LIST = "/api/v1/invoices"
ROOT = "/api/v1/treasury"
LOGS = f"{ROOT}/balances/change-logs"
BUCKETS = ("available", "collateral", "reserved")


def code(answer):
    return answer.status_code, answer.json()["code"]


def approved(world, amount="1500.00", number="T-1", **approval):
    id = world.draft(number, amount)["id"]
    world.seller.post(f"{LIST}/{id}/submit")
    assert world.buyer.post(f"{LIST}/{id}/approve", **approval).status_code == 200
    return id


def settle(world, id):
    assert world.buyer.post(f"{LIST}/{id}/settle").json()["status"] == "SETTLED"


def withdraw(world, amount="2000.00", action=None):
    path = f"{ROOT}/withdrawals"
    body = {"amount": amount, "currency": "USD", "destination": {"type": "WALLET"}}
    id = world.buyer.post(path, **body).json()["id"]
    if action:
        reason = {"reason": "No"} if action == "reject" else {}
        assert world.buyer.post(f"{path}/{id}/{action}", **reason).status_code == 200
    return id


def refund(world, invoice, amount):
    paid = world.buyer.get(f"{ROOT}/transactions", invoiceId=invoice).json()["items"][0]
    body = {"transactionId": paid["id"], "reason": "x", "amount": amount}
    made = world.buyer.post(f"{ROOT}/refunds", **body).json()
    assert world.seller.post(f"{ROOT}/refunds/{made['id']}/approve").status_code == 200
    return made["id"]


def deposit(world, amount="5.00", **more):
    body = {"currency": "USD", "amount": amount} | more
    world.control("POST", "/expereon/organizations/buyer/deposits", **body)


def cancelled(world, id):
    world.seller.post(f"{LIST}/{id}/request-cancellation", reason="x")
    assert world.buyer.post(f"{LIST}/{id}/accept-cancellation").status_code == 200


def failed(world):
    id = withdraw(world, action="approve")
    world.control("POST", f"/expereon/withdrawals/{id}/fail", code="BANK_REJECTED")


def arrived(world):
    withdraw(world, action="approve")
    world.advance(by="P1D")


# What happens, as: a preparation, a happening, then what it changes for the buyer and for the seller
# in available, collateral and reserved, and the transactions it leaves with either.
HAPPENINGS = {
    "deposit": (None, lambda w, _: deposit(w), (5, 0, 0), (0, 0, 0), ["DEPOSIT CREDIT"], []),
    "deposit of collateral": (
        None, lambda w, _: deposit(w, bucket="COLLATERAL"), (0, 5, 0), (0, 0, 0),
        ["DEPOSIT CREDIT"], [],
    ),
    "approval": (None, lambda w, _: approved(w), (-1500, 0, 1500), (0, 0, 0), [], []),
    "approval from collateral": (
        None, lambda w, _: approved(w, paymentSource="COLLATERAL"), (0, -1500, 1500), (0, 0, 0),
        [], [],
    ),
    "cancellation": (approved, cancelled, (1500, 0, -1500), (0, 0, 0), [], []),
    "settlement": (
        approved, settle, (0, 0, -1500), (1500, 0, 0), ["SETTLEMENT DEBIT"],
        ["SETTLEMENT CREDIT"],
    ),
    "withdrawal submitted": (None, lambda w, _: withdraw(w), (-2000, 0, 2000), (0, 0, 0), [], []),
    "withdrawal rejected": (
        None, lambda w, _: withdraw(w, action="reject"), (0, 0, 0), (0, 0, 0), [], [],
    ),
    "withdrawal cancelled": (
        None, lambda w, _: withdraw(w, action="cancel"), (0, 0, 0), (0, 0, 0), [], [],
    ),
    "withdrawal failed": (None, lambda w, _: failed(w), (0, 0, 0), (0, 0, 0), [], []),
    "withdrawal completed": (
        None, lambda w, _: arrived(w), (-2000, 0, 0), (0, 0, 0), ["WITHDRAWAL DEBIT"], [],
    ),
    "refund": (
        lambda w: (id := approved(w), settle(w, id))[0], lambda w, paid: refund(w, paid, "40.00"),
        (40, 0, 0), (-40, 0, 0), ["REFUND CREDIT"], ["REFUND DEBIT"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HAPPENINGS)
def test_each_happening_changes_these_buckets_and_leaves_these_transactions(world, name):
    prepare, happen, of_buyer, of_seller, buyers, sellers = HAPPENINGS[name]
    subject = prepare(world) if prepare else None
    parties = (world.buyer, world.seller)
    before = [(party.balance(), written(party)) for party in parties]

    happen(world, subject)

    for party, (had, known), deltas, rows in zip(
        parties, before, (of_buyer, of_seller), (buyers, sellers), strict=True
    ):
        has = party.balance()
        assert tuple(Decimal(has[b]) - Decimal(had[b]) for b in BUCKETS) == deltas
        new = written(party)[: len(written(party)) - len(known)]
        assert [f"{row['type']} {row['direction']}" for row in new] == rows
        for row in new:
            assert Decimal(row["balanceAfter"]) == sum(Decimal(has[b]) for b in BUCKETS)


def written(party, **params):
    params |= {"limit": 100, "currency": "USD"}
    return party.get(f"{ROOT}/transactions", **params).json()["items"]


def lively(world):
    """Let every kind of movement happen once."""
    deposit(world)
    first, second = approved(world, number="T-1"), approved(world, "300.00", "T-2")
    settle(world, first)
    cancelled(world, second)
    approved(world, "70.00", "T-3", paymentSource="COLLATERAL")
    withdraw(world, "10.00", "reject")
    withdraw(world, "20.00")
    arrived(world)
    refund(world, first, "40.00")


@pytest.mark.parametrize("name", ["buyer", "seller"])
def test_the_change_log_replays_to_the_balances(world, name):
    lively(world)
    party = world.party(name)

    rows, held = party.get(LOGS, limit=100, sortOrder="asc").json()["items"], defaultdict(Decimal)
    for row in rows:
        place = row["currency"], row["bucket"].lower()
        assert Decimal(row["before"]) == held[place]
        held[place] += Decimal(row["delta"])
        assert Decimal(row["after"]) == held[place]

    for balance in party.get(f"{ROOT}/balances").json()["items"]:
        for bucket in BUCKETS:
            assert Decimal(balance[bucket]) == held[balance["currency"], bucket]
    sums = world.rows("SELECT currency, sum(delta) FROM entries WHERE world = ? GROUP BY currency")
    assert {total for _, total in sums} == {0}


@pytest.mark.parametrize("name", ["buyer", "seller"])
def test_transactions_add_up_to_what_a_balance_holds_in_all(world, name):
    lively(world)
    party, total = world.party(name), Decimal(0)

    for row in reversed(written(party)):
        total += Decimal(row["amount"]) * (1 if row["direction"] == "CREDIT" else -1)
        assert Decimal(row["balanceAfter"]) == total

    assert sum(Decimal(party.balance()[bucket]) for bucket in BUCKETS) == total


def test_a_change_log_tells_each_bucket_that_was_touched(world):
    invoice = approved(world)

    newest = world.buyer.get(LOGS, limit=2).json()["items"]

    shown = {
        "balanceId": world.buyer.get(f"{ROOT}/balances/USD").json()["id"], "currency": "USD",
        "type": "RESERVE", "referenceType": "INVOICE", "referenceId": invoice,
        "createdAt": "2024-03-15T10:30:00Z",
    }  # fmt: skip
    assert [row | {"id": ""} for row in newest] == [
        shown | {"id": "", "bucket": "RESERVED", "delta": "1500.00", "before": "0.00", "after": "1500.00"},
        shown | {"id": "", "bucket": "AVAILABLE", "delta": "-1500.00", "before": "50000.00", "after": "48500.00"},
    ]  # fmt: skip


def test_a_change_of_any_kind_names_what_it_was_made_for(world):
    lively(world)

    rows = world.buyer.get(LOGS, limit=100, currency="USD").json()["items"]

    assert {(row["type"], row["referenceType"]) for row in rows} == {
        ("DEPOSIT", "TRANSACTION"), ("RESERVE", "INVOICE"), ("RELEASE", "INVOICE"),
        ("SETTLE_OUT", "INVOICE"), ("WITHDRAW_HOLD", "WITHDRAWAL"),
        ("WITHDRAW_RELEASE", "WITHDRAWAL"), ("WITHDRAW_OUT", "WITHDRAWAL"),
        ("REFUND_IN", "REFUND"),
    }  # fmt: skip


def test_the_change_log_is_narrowed(world):
    lively(world)

    def told(path=LOGS, **params):
        return world.buyer.get(path, **params).json()["totalCount"]

    assert told(type="RESERVE") == told(type="RESERVE", currency="USD") == 6
    assert told(bucket="RESERVED", type="RELEASE") == 1
    assert told(referenceId="wdr_000001") == 4
    assert told(currency="JPY") == 2
    assert told(f"{ROOT}/balances/JPY/change-logs") == 2
    assert told(f"{ROOT}/balances/USD/change-logs", bucket="COLLATERAL") == 2
    assert told(**{"from": "2024-03-16"}) == 2
    assert told(to="2023-12-31") == 6
    assert told(to="9999-12-31", **{"from": "0001-01-01"}) == told()
    assert code(world.buyer.get(LOGS, type="GIFT")) == (400, "INVALID_FILTER")
    assert code(world.buyer.get(f"{ROOT}/balances/GBP/change-logs")) == (404, "NOT_FOUND")


def test_the_words_of_the_change_log_are_those_of_the_ledger(world):
    contract = load("expereon")
    legs = [leg for t in contract.postings.values() for leg in (t.source, t.target)]
    words = contract.document["components"]["schemas"]["BalanceChange"]["enum"]

    assert set(words) == {leg.change for leg in legs} - {None}


def test_a_settlement_is_a_debit_of_the_buyer_and_a_credit_of_the_seller(world):
    invoice = approved(world)
    settle(world, invoice)

    debit, credit = written(world.buyer)[0], written(world.seller)[0]

    for row, own, counterparty in (
        (debit, "org_buyer_1", "org_seller_1"), (credit, "org_seller_1", "org_buyer_1"),
    ):  # fmt: skip
        assert row["type"] == "SETTLEMENT"
        assert (row["amount"], row["currency"], row["status"]) == ("1500.00", "USD", "COMPLETED")
        assert (row["organizationId"], row["counterpartyOrganizationId"]) == (own, counterparty)
        assert (row["invoiceId"], row["reference"]) == (invoice, "T-1")
        assert row["paymentId"] == world.buyer.get(f"{LIST}/{invoice}").json()["paymentId"]
        assert row["createdAt"] == row["completedAt"] == "2024-03-15T10:30:00Z"
    assert (debit["direction"], debit["balanceAfter"]) == ("DEBIT", "68500.00")
    assert (credit["direction"], credit["balanceAfter"]) == ("CREDIT", "13500.00")
    assert world.buyer.get(f"{ROOT}/transactions/{debit['id']}").json() == debit


def test_transactions_are_narrowed(world):
    lively(world)

    def amounts(**params):
        return [row["amount"] for row in written(world.buyer, **params)]

    assert amounts(type="SETTLEMENT") == ["1500.00"]
    assert amounts(type="WITHDRAWAL") == ["2000.00"]
    assert amounts(direction="DEBIT") == ["2000.00", "1500.00"]
    assert amounts(counterpartyOrganizationId="org_seller_1") == ["40.00", "1500.00"]
    assert amounts(amountMin="5.00", amountMax="40") == ["40.00", "5.00"]
    assert amounts(status="COMPLETED", sortBy="amount") == [
        "50000.00", "20000.00", "2000.00", "1500.00", "40.00", "5.00",
    ]  # fmt: skip
    assert amounts(**{"from": "2024-03-16"}) == ["40.00", "2000.00"]
    assert amounts(to="2023-12-31") == ["20000.00", "50000.00"]
    assert code(world.buyer.get(f"{ROOT}/transactions", type="GIFT")) == (400, "INVALID_FILTER")


def test_another_organisations_books_are_not_found(world):
    theirs = f"{ROOT}/organizations/{world.buyer.id}"
    row = written(world.buyer)[0]
    paths = [
        f"{ROOT}/transactions/{row['id']}", f"{ROOT}/balances/{row['balanceId']}/change-logs",
        f"{theirs}/transactions", f"{theirs}/transactions/{row['id']}",
        f"{theirs}/balances/summary", f"{theirs}/balances/change-logs",
        f"{theirs}/balances/USD/change-logs", f"{theirs}/balances/usage-history",
    ]  # fmt: skip

    assert [code(world.seller.get(path)) for path in paths] == [(404, "NOT_FOUND")] * 8
    assert {world.buyer.get(path).status_code for path in paths} == {200}


def test_the_summary_tells_what_is_reserved_for_what(world):
    approved(world, "100.00", "T-1")
    approved(world, "70.00", "T-2", paymentSource="COLLATERAL")
    withdraw(world, "20.00")
    withdraw(world, "3.00", "approve")
    withdraw(world, "9.00", "cancel")

    summary = world.buyer.get(f"{ROOT}/balances/summary").json()

    assert summary["asOf"] == "2024-03-15T10:30:00Z"
    assert [row["currency"] for row in summary["items"]] == ["EUR", "JPY", "USD"]
    assert summary["items"][2] == {
        "currency": "USD", "available": "49877.00", "collateral": "19930.00",
        "reserved": "193.00", "total": "70000.00", "pendingWithdrawals": "23.00",
        "activeReservations": "170.00",
    }  # fmt: skip


def test_the_use_of_a_balance_is_told_day_by_day(world):
    lively(world)

    params = {"currency": "USD", "from": "2024-03-14", "to": "2024-03-16"}
    days = world.buyer.get(f"{ROOT}/balances/usage-history", **params).json()["items"]

    quiet = dict.fromkeys(
        ("deposits", "reserved", "released", "settledIn", "settledOut", "withdrawn", "refundedIn", "refundedOut"),
        "0.00",
    )  # fmt: skip
    assert days == [
        quiet | {
            "date": "2024-03-14", "currency": "USD", "opening": "70000.00",
            "closing": "70000.00", "peakReserved": "0.00",
        },
        quiet | {
            "date": "2024-03-15", "currency": "USD", "opening": "70000.00", "deposits": "5.00",
            "reserved": "3900.00", "released": "310.00", "settledOut": "1500.00",
            "closing": "68505.00", "peakReserved": "2090.00",
        },
        quiet | {
            "date": "2024-03-16", "currency": "USD", "opening": "68505.00",
            "withdrawn": "2000.00", "refundedIn": "40.00", "closing": "66545.00",
            "peakReserved": "2090.00",
        },
    ]  # fmt: skip


def test_the_use_of_the_last_thirty_days_is_told_unless_others_are_asked_for(world):
    path = f"{ROOT}/balances/usage-history"

    def dates(**params):
        return [
            day["date"] for day in world.seller.get(path, currency="USD", **params).json()["items"]
        ]

    assert (len(dates()), dates()[0], dates()[-1]) == (30, "2024-02-15", "2024-03-15")
    assert len(dates(**{"from": "2023-03-16"})) == 366
    assert dates(to="1970-01-01")[0] == "1969-12-03"
    assert dates(**{"from": "9999-12-31", "to": "9999-12-31"}) == ["9999-12-31"]
    assert len(world.seller.get(path).json()["items"]) == 90
    for wrong in ({"from": "2023-03-15"}, {"from": "2024-03-16"}):
        answer = world.seller.get(path, **wrong)
        assert code(answer) == (400, "VALIDATION_ERROR")
        assert answer.json()["details"][0]["code"] == "DATE_RANGE"
