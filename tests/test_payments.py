"""Payments of many invoices in one call, and those that failed, tried again."""

from functools import partial

import pytest

from counterfoil.apis.expereon.batch import tried
from counterfoil.apis.expereon.payments import bulk_settle
from counterfoil.apis.expereon.rulebook import Rulebook
from counterfoil.contract.load import load
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.call import Call, Principal
from counterfoil.engine.perform import perform

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


def opened(world):
    """Open a world as a call that changes it does."""
    store = world.sandbox.engine.store
    return store.writing(store.world(world.described["id"]))


def bulk(world, *ids, **more):
    answer = world.buyer.post(f"{PAYMENTS}/bulk-settle", invoiceIds=list(ids), **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


def happened(world, since=0):
    return [(type_, to) for type_, to, _ in world.events()[since:]]


def causes(world, code, party):
    """Let settlements fail with a code; return what takes the cause away."""
    if code == "CONNECTION_SUSPENDED":
        world.control("POST", "/expereon/connections/conn_abc123/suspend")
        return lambda: world.control("POST", "/expereon/connections/conn_abc123/reactivate")
    world.control("POST", f"/expereon/organizations/{party}/block")
    return lambda: world.control("POST", f"/expereon/organizations/{party}/unblock")


def test_a_bulk_settlement_pays_each_invoice_in_the_order_given(world):
    ids = [payable(world, f"B-{n}", f"{n}.00") for n in (1, 2, 3)]
    buyer, seller, events = world.buyer.balance(), world.seller.balance(), len(world.events())

    done = bulk(world, ids[2], ids[0], ids[1])

    assert {name: done[name] for name in ("batchId", "operation", "totalCount")} == {
        "batchId": "batch_000001", "operation": "SETTLE", "totalCount": 3,
    }  # fmt: skip
    assert (done["succeededCount"], done["failedCount"]) == (3, 0)
    assert [r["invoiceId"] for r in done["results"]] == [ids[2], ids[0], ids[1]]
    assert [r["payment"]["amount"] for r in done["results"]] == ["3.00", "1.00", "2.00"]
    assert all(r["success"] and r["status"] == "SETTLED" for r in done["results"])
    assert not any("error" in r for r in done["results"])
    assert (buyer["reserved"], world.buyer.balance()["reserved"]) == ("6.00", "0.00")
    assert (seller["available"], world.seller.balance()["available"]) == ("12000.00", "12006.00")
    both = ["org_seller_1", "org_buyer_1"]
    assert happened(world, events) == [("payment.settled", both), ("invoice.settled", both)] * 3


def test_payments_of_a_batch_say_which_and_how_and_are_found_by_it(world):
    ids = [payable(world, f"B-{n}") for n in (1, 2)]
    payable(world, "B-3")
    done = bulk(world, *ids)

    found = world.buyer.get(PAYMENTS, batchId=done["batchId"]).json()["items"]

    assert sorted(p["invoiceId"] for p in found) == ids
    assert {(p["method"], p["batchId"]) for p in found} == {("BULK", "batch_000001")}
    assert found[0] == world.seller.get(f"{PAYMENTS}/{found[0]['id']}").json()


def test_each_kind_of_trouble_leaves_the_other_items_alone(world):
    """A suspended connection, a stranger's invoice, the wrong role, the wrong state, an unknown id."""
    good, last = payable(world, "B-1"), payable(world, "B-2")
    foreign = payable(world, "B-3", "500", world.other, connectionId="conn_def456", currency="JPY")
    back = world.control(
        "POST", "/expereon/connections", seller="buyer", buyer="seller", currency="USD"
    )["id"]
    own = world.buyer.post(
        LIST, connectionId=back, invoiceNumber="B-0", amount="5.00", dueDate="2024-05-01"
    ).json()["id"]
    draft = world.draft("B-4")["id"]
    submitted = world.draft("B-5")["id"]
    world.seller.post(f"{LIST}/{submitted}/submit")
    second = world.control(
        "POST", "/expereon/connections", seller="seller", buyer="buyer", currency="USD"
    )["id"]
    suspended = payable(world, "B-6", connectionId=second)
    world.control("POST", f"/expereon/connections/{second}/suspend")

    done = bulk(world, good, suspended, foreign, draft, own, submitted, "inv_none", last)

    told = [
        (r["success"], r["status"], r.get("error", {}).get("statusCode"), r.get("error", {}).get("code"))
        for r in done["results"]
    ]  # fmt: skip
    assert told == [
        (True, "SETTLED", None, None),
        (False, "APPROVED", None, None),
        (False, None, 404, "NOT_FOUND"),
        (False, None, 404, "NOT_FOUND"),
        (False, "DRAFT", 403, "ROLE_NOT_ALLOWED"),
        (False, "SUBMITTED", 400, "INVALID_STATE_TRANSITION"),
        (False, None, 404, "NOT_FOUND"),
        (True, "SETTLED", None, None),
    ]
    failed = done["results"][1]["payment"]
    assert (failed["status"], failed["failureCode"]) == ("FAILED", "CONNECTION_SUSPENDED")
    assert (done["totalCount"], done["succeededCount"], done["failedCount"]) == (8, 2, 6)
    assert done["results"][2]["error"]["message"] == "The resource does not exist"


def test_a_seller_cannot_settle_and_is_told_item_by_item(world):
    id = payable(world, "B-1")
    events = len(world.events())

    answer = world.seller.post(f"{PAYMENTS}/bulk-settle", invoiceIds=[id])

    assert answer.status_code == 200
    assert answer.json()["results"] == [
        {
            "invoiceId": id, "success": False, "status": "APPROVED",
            "error": {
                "statusCode": 403, "code": "ROLE_NOT_ALLOWED",
                "message": "Only the BUYER may do this; you are the SELLER",
            },
        }
    ]  # fmt: skip
    assert world.events()[events:] == []


@pytest.mark.parametrize(
    ("operation", "member"), [("bulk-settle", "invoiceIds"), ("retry-failed", "paymentIds")]
)
@pytest.mark.parametrize(
    ("ids", "refused"),
    [
        (["inv_000001", "inv_000001"], "VALIDATION_ERROR"),
        ([], "VALIDATION_ERROR"),
        ([f"inv_{n:06d}" for n in range(101)], "BATCH_TOO_LARGE"),
        (["no id"], "VALIDATION_ERROR"),
        ("inv_000001", "VALIDATION_ERROR"),
    ],
)
def test_a_list_that_is_not_sound_is_refused_whole(world, operation, member, ids, refused):
    payable(world, "B-1")
    before, events = world.buyer.balance(), len(world.events())

    answer = world.buyer.post(f"{PAYMENTS}/{operation}", **{member: ids})

    assert code(answer) == (400, refused)
    assert (world.buyer.balance(), len(world.events())) == (before, events)


def test_a_hundred_ids_are_not_too_many(world):
    done = bulk(world, *(f"inv_9{n:05d}" for n in range(100)))

    assert (done["totalCount"], done["failedCount"]) == (100, 100)


def test_a_batch_that_is_sent_again_is_answered_byte_for_byte_and_pays_once(world):
    ids, path = [payable(world, "B-1"), "inv_none"], f"{PAYMENTS}/bulk-settle"
    first = world.buyer.post(path, invoiceIds=ids, requestId="r-1")
    before, events = world.buyer.balance(), len(world.events())

    again = world.buyer.post(path, invoiceIds=ids, requestId="r-1")
    other = world.buyer.post(path, invoiceIds=ids[:1], requestId="r-1")

    assert again.content == first.content
    assert again.headers["Idempotent-Replayed"] == "true"
    assert code(other) == (409, "REQUEST_ID_REUSED")
    assert (world.buyer.balance(), len(world.events())) == (before, events)
    assert other.json()["details"][0]["resourceId"] == "batch_000001"


@pytest.mark.parametrize("operation", ["settle-all-due", "retry-failed"])
def test_what_a_batch_found_to_do_is_found_once_for_a_request(world, operation):
    payable(world, "B-1", dueDate="2024-03-01")
    world.control("POST", "/expereon/settlements/fail-next", count=1, code="INTERNAL")
    first = world.buyer.post(f"{PAYMENTS}/settle-all-due", requestId="r-1")
    if operation == "retry-failed":
        first = world.buyer.post(f"{PAYMENTS}/retry-failed", requestId="r-1")
    payable(world, "B-2", dueDate="2024-03-01")

    again = world.buyer.post(f"{PAYMENTS}/{operation}", requestId="r-1")

    assert first.json()["totalCount"] == 1
    assert again.content == first.content


def test_events_of_a_batch_come_in_the_order_of_its_items(world):
    ids = [payable(world, f"B-{n}") for n in range(3)]
    bulk(world, ids[0])
    world.control("POST", "/expereon/settlements/fail-next", count=1, code="INTERNAL")
    events = len(world.events())

    bulk(world, ids[1], ids[0], ids[2])

    both = ["org_seller_1", "org_buyer_1"]
    assert [(type_, to, data["invoiceId"]) for type_, to, data in world.events()[events:]] == [
        ("payment.failed", both, ids[1]),
        ("payment.settled", both, ids[2]),
        ("invoice.settled", both, ids[2]),
    ]


def test_a_batch_that_breaks_halfway_leaves_nothing(world):
    id = payable(world, "B-1")
    before, events = world.buyer.balance(), world.events()
    contract = load("expereon")
    call = Call(
        operation=contract.operations["bulkSettlePayments"],
        principal=Principal("org_buyer_1", "test", frozenset()),
        path="",
        arguments={},
        body={"invoiceIds": [id]},
    )

    def break_halfway():
        with opened(world) as inside:
            function = partial(bulk_settle, Rulebook.of(contract))
            done = perform(function, call, inside, "expereon")
            assert done.body["succeededCount"] / 0

    with pytest.raises(ZeroDivisionError):
        break_halfway()

    assert world.buyer.get(f"{LIST}/{id}").json()["status"] == "APPROVED"
    assert (world.buyer.balance(), world.events()) == (before, events)


def test_an_item_that_is_refused_uses_up_no_numbers(world):
    def refuse():
        assert inside.next_id("rsv") == "rsv_000001"
        raise Refusal("NOT_FOUND")

    with opened(world) as inside:
        assert isinstance(tried(inside, refuse), Refusal)
        assert inside.next_id("rsv") == "rsv_000001"


def test_the_journal_tells_every_arrow_and_event_of_a_batch(world):
    bulk(world, payable(world, "B-1"), payable(world, "B-2"))

    (entry,) = world.control("GET", "/journal?operation=bulkSettlePayments")["items"]

    walked = [(step["kind"], step["action"]) for step in entry["transitions"]]
    assert sorted(walked) == [("invoice", "settle")] * 2 + [("payment", "settle")] * 2
    assert [event["type"] for event in entry["events"]] == [
        "payment.settled",
        "invoice.settled",
    ] * 2


@pytest.mark.parametrize(
    ("failure", "party"),
    [
        ("CONNECTION_SUSPENDED", ""), ("SELLER_ACCOUNT_BLOCKED", "seller"),
        ("BUYER_ACCOUNT_BLOCKED", "buyer"),
    ],
)  # fmt: skip
def test_a_payment_is_tried_again_once_its_cause_is_gone(world, failure, party):
    id = payable(world, "R-1")
    mend = causes(world, failure, party)
    failed = bulk(world, id)["results"][0]["payment"]
    still = world.buyer.post(f"{PAYMENTS}/retry-failed").json()
    held = world.buyer.balance()
    mend()

    done = world.buyer.post(f"{PAYMENTS}/retry-failed", paymentIds=[failed["id"]]).json()

    assert (failed["failureCode"], failed["retryable"]) == (failure, True)
    assert [r["payment"]["failureCode"] for r in still["results"]] == [failure]
    (result,) = done["results"]
    assert (result["paymentId"], result["invoiceId"]) == (failed["id"], id)
    paid = result["payment"]
    assert (paid["id"], paid["status"], paid["attempt"]) == (failed["id"], "SETTLED", 3)
    assert (paid["method"], paid["batchId"]) == ("RETRY", done["batchId"])
    assert (held["reserved"], world.buyer.balance()["reserved"]) == ("100.00", "0.00")
    assert world.buyer.get(PAYMENTS).json()["totalCount"] == 1


@pytest.mark.parametrize(
    ("failure", "retryable"),
    [
        ("PROVIDER_UNAVAILABLE", True), ("PROVIDER_REJECTED", False), ("LIMIT_EXCEEDED", True),
        ("COMPLIANCE_HOLD", False), ("INTERNAL", True),
    ],
)  # fmt: skip
def test_only_what_another_attempt_may_mend_is_tried_again(world, failure, retryable):
    id = payable(world, "R-1")
    world.control("POST", "/expereon/settlements/fail-next", count=1, code=failure)
    failed = bulk(world, id)["results"][0]["payment"]

    named = world.buyer.post(f"{PAYMENTS}/retry-failed", paymentIds=[failed["id"]]).json()
    every = world.buyer.post(f"{PAYMENTS}/retry-failed").json()

    assert failed["retryable"] is retryable
    (result,) = named["results"]
    assert result["success"] is retryable
    assert result["status"] == ("SETTLED" if retryable else "APPROVED")
    if not retryable:
        assert (result["error"]["statusCode"], result["error"]["code"]) == (
            400, "PAYMENT_NOT_RETRYABLE",
        )  # fmt: skip
        assert world.buyer.post(f"{LIST}/{id}/settle").json()["status"] == "SETTLED"
    assert every["totalCount"] == 0


def test_what_cannot_be_tried_again_is_told_item_by_item(world):
    paid, cancelled, open_ = (payable(world, f"R-{n}") for n in range(3))
    bulk(world, paid)
    mend = causes(world, "CONNECTION_SUSPENDED", "")
    lost, failed = (r["payment"]["id"] for r in bulk(world, cancelled, open_)["results"])
    mend()
    world.seller.post(f"{LIST}/{cancelled}/request-cancellation", reason="Billed twice")
    world.buyer.post(f"{LIST}/{cancelled}/accept-cancellation")
    ids = ["pay_000001", lost, "pay_none", failed]

    seller = world.seller.post(f"{PAYMENTS}/retry-failed", paymentIds=[failed]).json()
    other = world.other.post(f"{PAYMENTS}/retry-failed", paymentIds=[failed]).json()
    done = world.buyer.post(f"{PAYMENTS}/retry-failed", paymentIds=ids).json()

    assert seller["results"][0]["error"]["code"] == "ROLE_NOT_ALLOWED"
    assert other["results"][0]["error"]["code"] == "NOT_FOUND"
    told = [(r["paymentId"], r["invoiceId"], r["status"], r.get("error", {}).get("code")) for r in done["results"]]  # fmt: skip
    assert told == [
        ("pay_000001", paid, "SETTLED", "INVALID_STATE_TRANSITION"),
        (lost, cancelled, "CANCELLED", "INVALID_STATE_TRANSITION"),
        ("pay_none", None, None, "NOT_FOUND"),
        (failed, open_, "SETTLED", None),
    ]


def test_retrying_everything_leaves_out_what_can_no_longer_be_paid(world):
    cancelled, open_ = payable(world, "R-1"), payable(world, "R-2")
    mend = causes(world, "CONNECTION_SUSPENDED", "")
    bulk(world, cancelled, open_)
    mend()
    world.seller.post(f"{LIST}/{cancelled}/request-cancellation", reason="Billed twice")

    done = world.buyer.post(f"{PAYMENTS}/retry-failed").json()

    assert [(r["invoiceId"], r["success"]) for r in done["results"]] == [(open_, True)]
    assert world.seller.post(f"{PAYMENTS}/retry-failed").json()["totalCount"] == 0
