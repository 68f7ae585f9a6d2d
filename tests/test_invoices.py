"""Invoices: amounts and line items, numbers, versions, what may be changed and what it costs."""

import pytest

LIST = "/api/v1/invoices"


def code(answer):
    return answer.status_code, answer.json().get("code")


def line(quantity, price, description="x"):
    return {"description": description, "quantity": quantity, "unitPrice": price}


# Line items and what they come to: halves are rounded up, each line by itself.
SUMS = [
    ("USD", [("3", "120.00"), ("6", "2.50")], ["360.00", "15.00"], "375.00"),
    ("USD", [("0.5", "0.01")], ["0.01"], "0.01"),
    ("USD", [("1.5", "0.01"), ("2.5", "0.01")], ["0.02", "0.03"], "0.05"),
    ("USD", [("0.333333", "1.00")], ["0.33"], "0.33"),
    ("USD", [("0.005", "1"), ("0.004999", "1")], ["0.01", "0.00"], "0.01"),
    ("JPY", [("1.5", "1")], ["2"], "2"),
    ("JPY", [("0.4", "1"), ("1", "5")], ["0", "5"], "5"),
    ("KWD", [("1.0005", "1")], ["1.001"], "1.001"),
]


@pytest.mark.parametrize(("currency", "items", "lines", "total"), SUMS)
def test_line_items_add_up(world, currency, items, lines, total):
    asked = [line(quantity, price) for quantity, price in items]
    answer = world.seller.post(
        LIST, connectionId="conn_abc123", invoiceNumber="S-1", dueDate="2024-05-01",
        currency=currency, lineItems=asked,
    )  # fmt: skip

    invoice = answer.json()
    assert answer.status_code == 200, answer.text
    assert invoice["amount"] == total
    assert [item["amount"] for item in invoice["lineItems"]] == lines
    assert [item["position"] for item in invoice["lineItems"]] == list(range(1, len(lines) + 1))


def test_an_amount_that_is_not_the_sum_of_the_lines_is_refused(world):
    answer = world.seller.post(
        LIST, connectionId="conn_abc123", invoiceNumber="S-1", dueDate="2024-05-01",
        amount="11.00", lineItems=[line("2", "5.00")],
    )  # fmt: skip

    assert code(answer) == (400, "AMOUNT_MISMATCH")
    assert answer.json()["message"] == "The line items add up to 10.00, not 11.00"


def test_line_items_that_come_to_nothing_are_refused(world):
    answer = world.seller.post(
        LIST, connectionId="conn_abc123", invoiceNumber="S-1", dueDate="2024-05-01",
        lineItems=[line("0.001", "0.01")],
    )  # fmt: skip

    assert code(answer) == (400, "VALIDATION_ERROR")
    assert answer.json()["details"][0]["code"] == "AMOUNT_OUT_OF_RANGE"


def test_line_items_beyond_fifteen_digits_are_refused(world):
    answer = world.seller.post(
        LIST, connectionId="conn_abc123", invoiceNumber="S-1", dueDate="2024-05-01",
        lineItems=[line("999999999", "999999999999999.99")],
    )  # fmt: skip

    assert answer.json()["details"][0]["code"] == "AMOUNT_OUT_OF_RANGE"


@pytest.mark.parametrize(
    ("given", "currency", "shown"),
    [("1500", "USD", "1500.00"), ("1500.5", "USD", "1500.50"), ("0.01", "EUR", "0.01"),
     ("1500", "JPY", "1500"), ("1.5", "KWD", "1.500"), ("999999999999999.99", "USD", "999999999999999.99")],
)  # fmt: skip
def test_an_amount_is_shown_with_its_currencys_decimals(world, given, currency, shown):
    assert world.draft(amount=given, currency=currency)["amount"] == shown


def test_the_currency_is_the_connections_unless_told(world):
    assert world.draft()["currency"] == "USD"


def test_a_number_is_used_once_by_a_seller_until_the_draft_is_deleted(world):
    first = world.draft("N-1")
    taken = world.seller.post(
        LIST, connectionId="conn_def456", invoiceNumber="N-1", amount="1", dueDate="2024-05-01"
    )
    other_case = world.draft("n-1")
    world.seller.delete(f"{LIST}/{first['id']}")
    again = world.draft("N-1")

    assert code(taken) == (409, "DUPLICATE_INVOICE_NUMBER")
    assert taken.json()["details"][0]["existingInvoiceId"] == first["id"]
    assert other_case["invoiceNumber"] == "n-1"
    assert again["id"] != first["id"]


def test_a_cancelled_invoice_keeps_its_number(world):
    invoice = world.draft("N-1")
    world.seller.post(f"{LIST}/{invoice['id']}/cancel")

    taken = world.seller.post(
        LIST, connectionId="conn_abc123", invoiceNumber="N-1", amount="1", dueDate="2024-05-01"
    )

    assert code(taken) == (409, "DUPLICATE_INVOICE_NUMBER")


def test_nothing_is_billed_on_a_suspended_connection(world):
    answer = world.other.post(
        LIST, connectionId="conn_ghi789", invoiceNumber="N-1", amount="1", dueDate="2024-05-01"
    )

    assert code(answer) == (400, "CONNECTION_NOT_ACTIVE")


def test_a_change_leaves_what_it_does_not_name(world):
    before = world.draft(description="old", metadata={"a": "b"})

    after = world.seller.patch(f"{LIST}/{before['id']}", dueDate="2024-07-01").json()

    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"dueDate", "version"}
    assert (after["dueDate"], after["version"]) == ("2024-07-01", before["version"] + 1)


def test_a_description_can_be_taken_away(world):
    invoice = world.draft(description="old")

    after = world.seller.patch(f"{LIST}/{invoice['id']}", description=None).json()

    assert after["description"] is None


def test_put_changes_as_patch_does(world):
    invoice = world.draft(description="old")

    answer = world.seller.ask("PUT", f"{LIST}/{invoice['id']}", json={"description": "new"})

    assert answer.json()["description"] == "new"
    assert answer.json()["amount"] == invoice["amount"]


def test_new_line_items_make_a_new_amount(world):
    invoice = world.draft(amount="10.00")
    path = f"{LIST}/{invoice['id']}"

    priced = world.seller.patch(path, lineItems=[line("2", "7.00")]).json()
    mismatch = world.seller.patch(path, amount="15.00")

    assert priced["amount"] == "14.00"
    assert code(mismatch) == (400, "AMOUNT_MISMATCH")
    assert world.seller.get(path).json()["amount"] == "14.00"


def test_line_items_keep_their_ids_when_something_else_changes(world):
    answer = world.seller.post(
        LIST, connectionId="conn_abc123", invoiceNumber="S-1", dueDate="2024-05-01",
        lineItems=[line("2", "7.00")],
    ).json()  # fmt: skip

    after = world.seller.patch(f"{LIST}/{answer['id']}", currency="EUR").json()

    assert (after["currency"], after["amount"]) == ("EUR", "14.00")
    assert after["lineItems"] == answer["lineItems"]


def test_another_currency_must_be_able_to_say_the_amount(world):
    whole, broken = world.draft("W", amount="15.00"), world.draft("B", amount="15.50")

    yen = world.seller.patch(f"{LIST}/{whole['id']}", currency="JPY")
    refused = world.seller.patch(f"{LIST}/{broken['id']}", currency="JPY")

    assert (yen.json()["amount"], yen.json()["currency"]) == ("15", "JPY")
    assert refused.json()["details"][0]["code"] == "AMOUNT_PRECISION"


def test_renumbering_to_a_number_in_use_is_refused(world):
    world.draft("N-1")
    other = world.draft("N-2")

    same = world.seller.patch(f"{LIST}/{other['id']}", invoiceNumber="N-2")
    taken = world.seller.patch(f"{LIST}/{other['id']}", invoiceNumber="N-1")

    assert same.status_code == 200
    assert code(taken) == (409, "DUPLICATE_INVOICE_NUMBER")


def test_a_stale_version_is_a_conflict_and_changes_nothing(world):
    path = f"{LIST}/{world.draft()['id']}"
    world.seller.patch(path, description="one")

    in_body = world.seller.patch(path, description="two", expectedVersion=1)
    in_header = world.seller.ask(
        "PATCH", path, json={"description": "two"}, headers={"If-Match": '"1"'}
    )
    right = world.seller.ask(
        "PATCH",
        path,
        json={"description": "two", "expectedVersion": 2},
        headers={"If-Match": '"2"'},
    )

    for answer in (in_body, in_header):
        assert code(answer) == (409, "CONCURRENT_MODIFICATION")
        detail = answer.json()["details"][0]
        assert (detail["expectedVersion"], detail["actualVersion"]) == (1, 2)
    assert right.json()["version"] == 3


def test_a_stale_version_is_told_before_the_state_and_after_the_party(world):
    path = f"{LIST}/{world.draft()['id']}"
    world.seller.post(f"{path}/submit")

    state = world.seller.post(f"{path}/submit", expectedVersion=1)
    party = world.buyer.post(f"{path}/submit", expectedVersion=1)

    assert code(state) == (409, "CONCURRENT_MODIFICATION")
    assert code(party) == (403, "ROLE_NOT_ALLOWED")


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
