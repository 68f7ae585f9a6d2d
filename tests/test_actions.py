"""Actions on invoices: who is told what, what approval reserves, what a settlement pays."""

import pytest

LIST = "/api/v1/invoices"


def code(answer):
    return answer.status_code, answer.json()["code"]


def test_the_party_whose_turn_it_is_not_is_told_before_the_version(world):
    path = f"{LIST}/{world.draft()['id']}"
    world.seller.post(f"{path}/submit")
    world.buyer.post(f"{path}/approve")
    world.buyer.post(f"{path}/request-cancellation", reason="Billed twice")

    answer = world.buyer.post(f"{path}/accept-cancellation", expectedVersion=1)

    assert code(answer) == (403, "ROLE_NOT_ALLOWED")


def test_a_reason_for_an_adjustment_needs_the_adjusted_amount(world):
    path = f"{LIST}/{world.draft()['id']}"
    world.seller.post(f"{path}/submit")

    answer = world.buyer.post(f"{path}/approve", adjustmentReason="Late arrival")

    assert code(answer) == (400, "VALIDATION_ERROR")
    assert answer.json()["details"][0]["message"].endswith(
        "adjustedAmount where it has adjustmentReason"
    )


def test_a_buyer_hears_nothing_of_what_it_never_saw(world):
    path = f"{LIST}/{world.draft()['id']}"
    world.seller.post(f"{path}/cancel", reason="Wrong buyer")
    world.seller.post(f"{path}/archive")
    world.seller.post(f"{path}/restore")

    assert {to for _, recipients, _ in world.events() for to in recipients} == {"org_seller_1"}
    assert [type_ for type_, *_ in world.events()] == [
        "invoice.created", "invoice.cancelled", "invoice.archived", "invoice.restored",
    ]  # fmt: skip


def test_approving_more_than_the_bucket_holds_changes_nothing(world):
    id = world.draft(amount="50000.01")["id"]
    path = f"{LIST}/{id}"
    world.seller.post(f"{path}/submit")
    before, events = world.buyer.balance(), world.events()

    answer = world.buyer.post(f"{path}/approve", requestId="a-1")

    assert code(answer) == (400, "INSUFFICIENT_BALANCE")
    assert answer.json()["message"] == "Available USD balance 50000.00 is less than 50000.01"
    (detail,) = answer.json()["details"]
    assert detail == {
        "field": "amount", "code": "INSUFFICIENT_BALANCE", "message": answer.json()["message"],
        "currency": "USD", "required": "50000.01", "available": "50000.00", "paymentSource": "AVAILABLE",
    }  # fmt: skip
    assert world.buyer.balance() == before
    assert world.events() == events
    assert world.buyer.get(path).json()["status"] == "SUBMITTED"


def test_the_last_cent_may_be_approved(world):
    id = world.draft(amount="50000.00")["id"]
    world.seller.post(f"{LIST}/{id}/submit")

    assert world.buyer.post(f"{LIST}/{id}/approve").status_code == 200
    assert world.buyer.balance()["available"] == "0.00"


@pytest.mark.parametrize("adjusted", ["1500.00", "1500.01", "9999.00"])
def test_an_adjustment_is_less_than_the_amount(world, adjusted):
    id = world.draft(amount="1500.00")["id"]
    world.seller.post(f"{LIST}/{id}/submit")

    answer = world.buyer.post(f"{LIST}/{id}/approve", adjustedAmount=adjusted)

    assert code(answer) == (400, "INVALID_ADJUSTMENT")


def test_an_adjusted_approval_reserves_and_pays_the_adjusted_amount(world):
    id = world.draft(amount="1500.00")["id"]
    path = f"{LIST}/{id}"
    world.seller.post(f"{path}/submit")

    approved = world.buyer.post(
        f"{path}/approve", adjustedAmount="1499.99", adjustmentReason="A cent"
    ).json()
    payment = world.buyer.post("/api/v1/payments/settle", invoiceId=id).json()

    assert approved["status"] == "APPROVED_WITH_ADJUSTMENT"
    assert (approved["amount"], approved["approvedAmount"]) == ("1500.00", "1499.99")
    assert approved["adjustment"] == {
        "amount": "1499.99", "reason": "A cent", "at": "2024-03-15T10:30:00Z",
    }  # fmt: skip
    assert payment["amount"] == "1499.99"
    assert world.seller.balance()["available"] == "13499.99"


def test_a_settlement_on_a_suspended_connection_fails_and_keeps_the_reservation(demo):
    (row,) = demo.buyer.get(LIST, connectionId="conn_ghi789").json()["items"]
    before = demo.buyer.balance("EUR")
    events = len(demo.events())

    first = demo.buyer.post(f"{LIST}/{row['id']}/settle").json()
    second = demo.buyer.post("/api/v1/payments/settle", invoiceId=row["id"]).json()

    assert (first["status"], first["failureCode"], first["attempt"]) == (
        "FAILED", "CONNECTION_SUSPENDED", 1,
    )  # fmt: skip
    assert first["retryable"] is True
    assert (second["id"], second["attempt"]) == (first["id"], 2)
    assert demo.buyer.balance("EUR") == before
    after = demo.buyer.get(f"{LIST}/{row['id']}").json()
    assert (after["status"], after["paymentStatus"]) == ("APPROVED", "FAILED")
    assert [type_ for type_, *_ in demo.events()[events:]] == ["payment.failed"] * 2


def test_a_settlement_to_a_seller_without_that_currency_fails(world):
    id = world.draft(amount="10.00", currency="GBP")["id"]
    path = f"{LIST}/{id}"
    world.seller.post(f"{path}/submit")
    refused = world.buyer.post(f"{path}/approve")

    yen = world.seller.post(
        LIST, connectionId="conn_def456", invoiceNumber="G-1", amount="10.00", currency="GBP",
        dueDate="2024-05-01",
    ).json()  # fmt: skip
    world.seller.post(f"{LIST}/{yen['id']}/submit")
    world.other.post(f"{LIST}/{yen['id']}/approve")
    payment = world.other.post(f"{LIST}/{yen['id']}/settle").json()

    assert code(refused) == (400, "INSUFFICIENT_BALANCE")
    assert (payment["status"], payment["failureCode"]) == ("FAILED", "SELLER_ACCOUNT_BLOCKED")


def test_a_dispute_remembers_how_often_and_why_last(world):
    path = f"{LIST}/{world.draft()['id']}"
    world.seller.post(f"{path}/submit")
    world.buyer.post(f"{path}/dispute", reason="First", category="PRICE")
    world.seller.post(f"{path}/resubmit", reason="Corrected")

    again = world.buyer.post(f"{path}/dispute", reason="Second").json()

    assert again["dispute"] == {
        "reason": "Second", "category": None, "at": "2024-03-15T10:30:00Z", "count": 2,
    }  # fmt: skip


def test_a_question_and_its_answer_are_both_shown(world):
    path = f"{LIST}/{world.draft()['id']}"
    world.seller.post(f"{path}/submit")
    world.buyer.post(f"{path}/request-info", message="Which booking?")

    answered = world.seller.post(f"{path}/respond-info", message="Booking 7").json()

    assert answered["status"] == "SUBMITTED"
    assert answered["infoRequest"] == {
        "message": "Which booking?", "at": "2024-03-15T10:30:00Z",
        "response": "Booking 7", "respondedAt": "2024-03-15T10:30:00Z",
    }  # fmt: skip


def test_events_tell_the_documented_members(world):
    id = world.draft(amount="1500.00")["id"]
    path = f"{LIST}/{id}"
    world.seller.post(f"{path}/submit")
    world.buyer.post(f"{path}/approve", adjustedAmount="1000.00")
    world.buyer.post(f"{path}/settle")

    told = {type_: data for type_, _, data in world.events()}

    invoice = {
        "invoiceId": id, "invoiceNumber": "T-1", "amount": "1500.00", "currency": "USD",
        "buyerOrganizationId": "org_buyer_1", "sellerOrganizationId": "org_seller_1",
    }  # fmt: skip
    assert told["invoice.approved"] == invoice | {
        "status": "APPROVED_WITH_ADJUSTMENT", "previousStatus": "SUBMITTED",
        "approvedAmount": "1000.00", "version": 3,
    }  # fmt: skip
    assert told["payment.settled"] == invoice | {
        "paymentId": "pay_000001", "status": "SETTLED", "amount": "1000.00",
    }  # fmt: skip
    assert list(told["payment.settled"])[:2] == ["paymentId", "invoiceId"]


def test_resolve_and_approve_with_adjustment_are_other_names(world):
    path = f"{LIST}/{world.draft()['id']}"
    world.seller.post(f"{path}/submit")
    world.buyer.post(f"{path}/dispute", reason="x")

    resolved = world.seller.post(f"{path}/resolve").json()
    adjusted = world.buyer.post(f"{path}/approve-with-adjustment", adjustedAmount="1.00").json()

    assert resolved["status"] == "SUBMITTED"
    assert adjusted["status"] == "APPROVED_WITH_ADJUSTMENT"
