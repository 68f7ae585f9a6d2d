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


@pytest.mark.parametrize("version", ["1", "1.0", "1e0", "10e-1"])
def test_a_whole_number_is_one_however_it_is_spelled(world, version):
    path = f"{LIST}/{world.draft()['id']}/submit"
    body = f'{{"expectedVersion": {version}}}'

    answer = world.seller.ask(
        "POST", path, content=body, headers={"Content-Type": "application/json"}
    )

    assert answer.json()["version"] == 2


@pytest.mark.parametrize("version", ["1.5", "0.0", "1e30", "-1e400"])
def test_what_is_no_version_is_refused(world, version):
    path = f"{LIST}/{world.draft()['id']}/submit"
    body = f'{{"expectedVersion": {version}}}'

    answer = world.seller.ask(
        "POST", path, content=body, headers={"Content-Type": "application/json"}
    )

    assert code(answer) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    ("quantity", "amount"), [("1.50", "15.00"), ("0.10", "1.00"), ("2.0", "20.00")]
)
def test_a_quantity_may_end_in_zeros(world, quantity, amount):
    item = {"description": "Room", "quantity": quantity, "unitPrice": "10.00"}
    body = {"connectionId": "conn_abc123", "invoiceNumber": "Q-1", "dueDate": "2024-05-01"}

    made = world.seller.post(LIST, **body, lineItems=[item]).json()

    assert (made["amount"], made["lineItems"][0]["quantity"]) == (amount, quantity)
