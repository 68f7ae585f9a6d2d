"""Line items one by one: who may change them and when, and what the invoice comes to then."""

import pytest

from test_lifecycle import STATES, WAYS, perform

LIST = "/api/v1/invoices"
LINES = [
    {"description": "Double room", "quantity": "10", "unitPrice": "100.00"},
    {"description": "City tax", "quantity": "20", "unitPrice": "25.00"},
]
NEW = {"description": "Late check-out", "quantity": "2", "unitPrice": "35.00"}
OPEN = {"DRAFT", "DISPUTED", "INFO_REQUESTED"}


def code(answer):
    return answer.status_code, answer.json()["code"]


def bring(world, state):
    """Return the path of an invoice of 1500.00 in a state, and the ids of its two line items."""
    invoice = world.draft(lineItems=LINES)
    for step in WAYS[state]:
        role, action = step.format(asker="S").split()
        answer = perform(world.seller if role == "S" else world.buyer, action, invoice["id"])
        assert answer.status_code == 200, answer.text
    return f"{LIST}/{invoice['id']}", [item["id"] for item in invoice["lineItems"]]


def change(party, how, path, item, **more):
    if how == "POST":
        return party.post(f"{path}/line-items", **NEW, **more)
    if how == "DELETE":
        return party.delete(f"{path}/line-items/{item}", **more)
    return party.ask(how, f"{path}/line-items/{item}", json={"quantity": "4", **more})


# What each write makes of 1500.00.
AMOUNTS = {"POST": "1570.00", "PATCH": "900.00", "PUT": "900.00", "DELETE": "500.00"}


@pytest.mark.parametrize("how", AMOUNTS)
@pytest.mark.parametrize("state", STATES)
def test_the_seller_changes_line_items_where_it_may_change_the_invoice(world, state, how):
    path, (room, _) = bring(world, state)
    before, events = world.seller.get(path).json(), len(world.events())

    answer = change(world.seller, how, path, room)

    after = world.seller.get(path).json()
    if state not in OPEN:
        assert code(answer) == (400, "INVALID_STATE_TRANSITION")
        assert after == before
        assert len(world.events()) == events
        return
    assert answer.status_code == 200, answer.text
    assert answer.json()["invoice"] == {
        "id": before["id"], "amount": AMOUNTS[how], "version": before["version"] + 1,
    }  # fmt: skip
    assert (after["amount"], after["version"]) == (AMOUNTS[how], before["version"] + 1)
    assert after["status"] == state
    hears = [world.seller.id] if state == "DRAFT" else [world.seller.id, world.buyer.id]
    assert [(type_, to) for type_, to, _ in world.events()[events:]] == [("invoice.updated", hears)]


@pytest.mark.parametrize("how", AMOUNTS)
@pytest.mark.parametrize("state", STATES)
def test_a_buyer_changes_no_line_item(world, state, how):
    path, (room, _) = bring(world, state)

    answer = change(world.buyer, how, path, room)

    if state == "DRAFT":
        assert code(answer) == (404, "NOT_FOUND")
    else:
        assert code(answer) == (403, "ROLE_NOT_ALLOWED")
    assert world.seller.get(path).json()["amount"] == "1500.00"


@pytest.mark.parametrize("state", STATES)
def test_a_buyer_reads_line_items_once_it_sees_the_invoice(world, state):
    path, (room, tax) = bring(world, state)

    page = world.buyer.get(f"{path}/line-items")
    one = world.buyer.get(f"{path}/line-items/{room}")

    if state == "DRAFT":
        assert code(page) == code(one) == (404, "NOT_FOUND")
        return
    assert [item["id"] for item in page.json()["items"]] == [room, tax]
    assert one.json() == page.json()["items"][0]


def test_a_stranger_finds_no_line_items(world):
    path, (room, _) = bring(world, "SUBMITTED")

    answers = [change(world.other, how, path, room) for how in AMOUNTS]
    answers += [world.other.get(f"{path}/line-items"), world.other.get(f"{path}/line-items/{room}")]

    assert {code(answer) for answer in answers} == {(404, "NOT_FOUND")}


def test_a_new_line_item_comes_last_with_an_id_of_its_own(world):
    path, ids = bring(world, "DRAFT")

    made = world.seller.post(f"{path}/line-items", **NEW, metadata={"room": "12"}).json()

    assert made["id"] not in ids
    assert {name: made[name] for name in made if name not in ("id", "invoice")} == {
        "description": "Late check-out", "quantity": "2", "unitPrice": "35.00", "amount": "70.00",
        "position": 3, "metadata": {"room": "12"},
    }  # fmt: skip
    shown = [item["id"] for item in world.seller.get(path).json()["lineItems"]]
    assert shown == [*ids, made["id"]]


def test_a_change_leaves_what_it_does_not_name(world):
    path, (room, tax) = bring(world, "DRAFT")
    before = world.seller.get(f"{path}/line-items/{room}").json()
    other = world.seller.get(f"{path}/line-items/{tax}").json()

    world.seller.patch(f"{path}/line-items/{room}", unitPrice="90.00")

    assert world.seller.get(f"{path}/line-items/{room}").json() == before | {
        "unitPrice": "90.00", "amount": "900.00",
    }  # fmt: skip
    assert world.seller.get(f"{path}/line-items/{tax}").json() == other


def test_the_first_line_item_replaces_a_bare_amount(world):
    path = f"{LIST}/{world.draft(amount='10.00')['id']}"

    made = world.seller.post(f"{path}/line-items", **NEW).json()

    assert made["invoice"]["amount"] == "70.00"
    assert made["position"] == 1


def test_positions_close_up_when_a_line_item_is_removed(world):
    path, (room, tax) = bring(world, "DRAFT")

    gone = world.seller.delete(f"{path}/line-items/{room}").json()

    assert (gone["id"], gone["deleted"]) == (room, True)
    assert gone["description"] == "Double room"
    (left,) = world.seller.get(f"{path}/line-items").json()["items"]
    assert (left["id"], left["position"]) == (tax, 1)
    assert code(world.seller.get(f"{path}/line-items/{room}")) == (404, "NOT_FOUND")


def test_a_draft_without_line_items_amounts_to_nothing_and_is_not_sent(world):
    path, ids = bring(world, "DRAFT")
    last = [world.seller.delete(f"{path}/line-items/{id}").json() for id in ids][-1]

    refused = world.seller.post(f"{path}/submit")
    world.seller.post(f"{path}/line-items", **NEW)
    sent = world.seller.post(f"{path}/submit")

    assert last["invoice"]["amount"] == "0.00"
    assert code(refused) == (400, "ZERO_AMOUNT")
    assert refused.json()["message"] == (
        "An invoice that is SUBMITTED must amount to more than zero"
    )
    assert (sent.status_code, sent.json()["amount"]) == (200, "70.00")


def test_a_draft_that_amounts_to_nothing_may_be_cancelled(world):
    path, ids = bring(world, "DRAFT")
    for id in ids:
        world.seller.delete(f"{path}/line-items/{id}")

    assert world.seller.post(f"{path}/cancel").json()["status"] == "CANCELLED"


@pytest.mark.parametrize("state", ["DISPUTED", "INFO_REQUESTED"])
def test_the_last_line_item_stays_once_the_buyer_sees_the_invoice(world, state):
    path, (room, tax) = bring(world, state)
    world.seller.delete(f"{path}/line-items/{room}")
    before = world.seller.get(path).json()

    refused = world.seller.delete(f"{path}/line-items/{tax}")

    assert code(refused) == (400, "ZERO_AMOUNT")
    assert refused.json()["details"][0]["status"] == state
    assert world.seller.get(path).json() == before


def test_a_version_that_moved_on_is_refused_for_every_write(world):
    path, (room, _) = bring(world, "DRAFT")
    world.seller.patch(path, description="new")

    stale = [
        world.seller.post(f"{path}/line-items", **NEW, expectedVersion=1),
        world.seller.patch(f"{path}/line-items/{room}", quantity="1", expectedVersion=1),
        world.seller.ask("DELETE", f"{path}/line-items/{room}", headers={"If-Match": '"1"'}),
    ]
    fresh = world.seller.post(f"{path}/line-items", **NEW, expectedVersion=2)

    assert {code(answer) for answer in stale} == {(409, "CONCURRENT_MODIFICATION")}
    assert fresh.json()["invoice"]["version"] == 3


def test_a_retry_adds_no_second_line_item(world):
    path, (room, _) = bring(world, "DRAFT")

    first, again = (
        world.seller.post(f"{path}/line-items", **NEW, requestId="line-1") for _ in range(2)
    )
    gone, still = (
        world.seller.delete(f"{path}/line-items/{room}", requestId="gone-1") for _ in range(2)
    )

    assert (first.content, gone.content) == (again.content, still.content)
    assert again.headers["Idempotent-Replayed"] == still.headers["Idempotent-Replayed"] == "true"
    assert world.seller.get(f"{path}/line-items").json()["totalCount"] == 2


def test_a_price_with_too_many_decimals_is_told_by_its_own_field(world):
    path, (room, _) = bring(world, "DRAFT")

    added = world.seller.post(f"{path}/line-items", **NEW | {"unitPrice": "1.005"})
    changed = world.seller.patch(f"{path}/line-items/{room}", unitPrice="1.005")

    for answer in (added, changed):
        (detail,) = answer.json()["details"]
        assert (detail["field"], detail["code"]) == ("unitPrice", "AMOUNT_PRECISION")
    assert world.seller.get(path).json()["amount"] == "1500.00"


def test_an_invoice_has_a_hundred_line_items_at_most(world):
    one = {"description": "x", "quantity": "1", "unitPrice": "1.00"}
    invoice = world.draft(amount="99.00", lineItems=[one] * 99)
    path = f"{LIST}/{invoice['id']}/line-items"

    hundredth = world.seller.post(path, **one)
    refused = world.seller.post(path, **one)

    assert hundredth.json()["position"] == 100
    assert code(refused) == (400, "VALIDATION_ERROR")
    assert refused.json()["details"][0]["message"] == "lineItems must have at most 100 entries"


def test_line_items_come_in_pages(world):
    one = {"description": "x", "quantity": "1", "unitPrice": "1.00"}
    path = f"{LIST}/{world.draft(amount='5.00', lineItems=[one] * 5)['id']}/line-items"

    pages = [world.seller.get(path, page=n, limit=2).json() for n in range(4)]

    assert [[item["position"] for item in page["items"]] for page in pages] == [
        [1, 2], [3, 4], [5], [],
    ]  # fmt: skip
    assert {(page["totalCount"], page["totalPages"]) for page in pages} == {(5, 3)}


@pytest.mark.parametrize("how", ["GET", "PATCH", "DELETE"])
def test_an_unknown_line_item_is_not_found_whatever_the_state(world, how):
    path, _ = bring(world, "SUBMITTED")
    body = {"json": {"quantity": "1"}} if how == "PATCH" else {}

    answer = world.seller.ask(how, f"{path}/line-items/li_999999", **body)

    assert code(answer) == (404, "NOT_FOUND")


def test_each_change_is_a_step_of_the_history(world):
    path, (room, _) = bring(world, "DRAFT")
    world.seller.patch(f"{path}/line-items/{room}", quantity="9")

    steps = [step["action"] for step in world.seller.get(f"{path}/history").json()["items"]]

    assert steps == ["create", "update"]
