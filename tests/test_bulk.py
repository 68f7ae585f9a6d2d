"""Bulk operations: each item for itself, in order, balances consumed as they go; previews that agree."""

import json

import pytest

from test_lifecycle import STATES, bring

LIST = "/api/v1/invoices"


def code(answer):
    return answer.status_code, answer.json()["code"]


def submitted(world, *amounts, **more):
    """Return the ids of new invoices of these amounts that the buyer may approve."""
    drafts = [world.draft(f"B-{n}-{amount}", amount, **more) for n, amount in enumerate(amounts)]
    for draft in drafts:
        assert world.seller.post(f"{LIST}/{draft['id']}/submit").status_code == 200
    return [draft["id"] for draft in drafts]


def bulk(party, verb, ids, **more):
    return party.post(f"{LIST}/bulk-{verb}", invoiceIds=ids, **more)


def preview(party, operation, **more):
    return party.post(f"{LIST}/bulk-preview", operation=operation, **more)


def told(answer):
    """Return what became of each item: its status, and its error's status and code."""
    assert answer.status_code == 200, answer.text
    return [
        (item["status"], (item["error"]["statusCode"], item["error"]["code"]))
        if "error" in item
        else (item["status"], None)
        for item in answer.json()["results"]
    ]


def statuses(world, ids):
    return [world.seller.get(f"{LIST}/{id}").json()["status"] for id in ids]


def test_a_batch_approves_every_item_and_reserves_the_sum(world):
    ids = submitted(world, "100.00", "200.00", "300.00")

    answer = bulk(world.buyer, "approve", ids).json()

    assert {name: answer[name] for name in answer if name != "results"} == {
        "batchId": "batch_000001", "operation": "APPROVE",
        "totalCount": 3, "succeededCount": 3, "failedCount": 0,
    }  # fmt: skip
    assert [item["invoiceId"] for item in answer["results"]] == ids
    assert [item["success"] for item in answer["results"]] == [True] * 3
    for item in answer["results"]:
        assert item["invoice"] == world.buyer.get(f"{LIST}/{item['invoiceId']}").json()
    assert world.buyer.balance() == {
        "available": "49400.00", "collateral": "20000.00", "reserved": "600.00",
    }  # fmt: skip


def test_what_lacks_funds_fails_and_a_smaller_one_after_it_succeeds(world):
    ids = submitted(world, "30000.00", "15000.00", "10000.00", "5000.00")

    answer = bulk(world.buyer, "approve", ids)

    short = ("SUBMITTED", (400, "INSUFFICIENT_BALANCE"))
    assert told(answer) == [("APPROVED", None), ("APPROVED", None), short, ("APPROVED", None)]
    assert answer.json()["results"][2]["error"]["message"] == (
        "Available USD balance 5000.00 is less than 10000.00"
    )
    assert (answer.json()["succeededCount"], answer.json()["failedCount"]) == (3, 1)
    assert world.buyer.balance()["available"] == "0.00"
    assert world.buyer.balance()["reserved"] == "50000.00"
    assert statuses(world, ids) == ["APPROVED", "APPROVED", "SUBMITTED", "APPROVED"]


def test_a_batch_reserves_from_the_bucket_it_names(world):
    ids = submitted(world, "15000.00", "6000.00", "5000.00")

    answer = bulk(world.buyer, "approve", ids, paymentSource="COLLATERAL")

    assert [status for status, _ in told(answer)] == ["APPROVED", "SUBMITTED", "APPROVED"]
    assert world.buyer.balance() == {
        "available": "50000.00", "collateral": "0.00", "reserved": "20000.00",
    }  # fmt: skip


def test_each_item_that_succeeds_tells_its_events_in_order_and_no_other_does(world):
    ids = submitted(world, "50000.00", "1.00", "1.00")
    world.buyer.post(f"{LIST}/{ids[2]}/dispute", reason="x")
    events = len(world.events())

    bulk(world.buyer, "approve", [ids[2], ids[0], ids[1]])

    assert [(type_, to, data["invoiceId"]) for type_, to, data in world.events()[events:]] == [
        ("invoice.approved", [world.seller.id, world.buyer.id], ids[0])
    ]


def test_a_refused_item_uses_up_no_number(world):
    short, small = submitted(world, "50000.01", "1.00")

    bulk(world.buyer, "approve", [short, small])

    assert world.buyer.get(f"{LIST}/{small}").json()["reservationId"] == "rsv_000001"
    events = world.rows("SELECT id FROM events WHERE world = ? ORDER BY seq")
    assert [id for (id,) in events] == [f"evt_{n:06d}" for n in range(1, len(events) + 1)]


def test_an_item_that_is_not_the_callers_is_not_found(world):
    (own,) = submitted(world, "10.00")
    (foreign,) = submitted(world, "10", connectionId="conn_def456", invoiceNumber="F-1")
    draft = world.draft("D-1")["id"]

    answer = bulk(world.buyer, "approve", [foreign, draft, "inv_999999", own])

    missing = (None, (404, "NOT_FOUND"))
    assert told(answer) == [missing, missing, missing, ("APPROVED", None)]
    assert {item["error"]["message"] for item in answer.json()["results"][:3]} == {
        "The resource does not exist"
    }


def test_an_item_of_the_wrong_role_is_refused(world):
    ids = submitted(world, "10.00")

    answer = bulk(world.seller, "approve", ids)

    assert told(answer) == [("SUBMITTED", (403, "ROLE_NOT_ALLOWED"))]
    assert answer.json()["succeededCount"] == 0


# What each batch makes of an invoice in each state, by the seller except for APPROVE.
ENDS = {
    "approve": {"SUBMITTED": "APPROVED"},
    "cancel": {"DRAFT": "CANCELLED", "SUBMITTED": "CANCELLED", "DISPUTED": "CANCELLED"},
    "archive": {"SETTLED": "ARCHIVED", "CANCELLED": "ARCHIVED"},
    "restore": {"ARCHIVED": "SETTLED"},
}


@pytest.mark.parametrize("verb", ENDS)
@pytest.mark.parametrize("state", STATES)
def test_an_item_may_do_in_a_batch_what_it_may_alone(world, state, verb):
    id = bring(world, state, "SELLER")
    party = world.buyer if verb == "approve" else world.seller
    planned = preview(party, verb.upper(), invoiceIds=[id]).json()["results"]

    answer = bulk(party, verb, [id])

    if verb == "approve" and state == "DRAFT":
        expected = (None, (404, "NOT_FOUND"))
    elif state in ENDS[verb]:
        expected = (ENDS[verb][state], None)
    else:
        expected = (state, (400, "INVALID_STATE_TRANSITION"))
    assert told(answer) == [expected]
    assert planned[0]["code"] == (expected[1] and expected[1][1])
    assert statuses(world, [id]) == [expected[0] or state]


def test_a_batch_gives_its_reason_to_every_item(world):
    ids = submitted(world, "10.00", "20.00")

    bulk(world.seller, "cancel", ids, reason="Billed twice")

    for id in ids:
        steps = world.seller.get(f"{LIST}/{id}/history").json()["items"]
        assert (steps[-1]["action"], steps[-1]["reason"]) == ("cancel", "Billed twice")


def test_restored_items_return_to_where_they_came_from(world):
    cancelled, settled = submitted(world, "10.00", "20.00")
    world.seller.post(f"{LIST}/{cancelled}/cancel")
    world.buyer.post(f"{LIST}/{settled}/approve")
    world.buyer.post(f"{LIST}/{settled}/settle")

    archived = bulk(world.buyer, "archive", [cancelled, settled])
    restored = bulk(world.seller, "restore", [cancelled, settled])

    assert told(archived) == [("ARCHIVED", None), ("ARCHIVED", None)]
    assert told(restored) == [("CANCELLED", None), ("SETTLED", None)]


def test_a_batch_of_nothing_but_failures_is_answered_and_changes_nothing(world):
    ids = submitted(world, "10.00")
    before, events = world.seller.get(f"{LIST}/{ids[0]}").json(), world.events()

    answer = bulk(world.seller, "archive", [*ids, "inv_999999"])

    assert answer.status_code == 200
    assert (answer.json()["succeededCount"], answer.json()["failedCount"]) == (0, 2)
    assert world.seller.get(f"{LIST}/{ids[0]}").json() == before
    assert world.events() == events


def test_a_retry_is_answered_byte_for_byte_and_does_nothing(world):
    ids = submitted(world, "10.00", "60000.00")

    first = bulk(world.buyer, "approve", ids, requestId="batch-1")
    world.buyer.post(f"{LIST}/{ids[0]}/settle")
    events, held = world.events(), world.buyer.balance()
    again = bulk(world.buyer, "approve", ids, requestId="batch-1")
    other = bulk(world.buyer, "approve", ids[:1], requestId="batch-1")

    assert again.content == first.content
    assert again.headers["Idempotent-Replayed"] == "true"
    assert code(other) == (409, "REQUEST_ID_REUSED")
    assert other.json()["details"][0]["resourceId"] == "batch_000001"
    assert (world.events(), world.buyer.balance()) == (events, held)


def test_a_batch_without_a_mark_is_another_batch_each_time(world):
    ids = submitted(world, "10.00")

    batches = [bulk(world.buyer, "approve", ids).json()["batchId"] for _ in range(2)]

    assert batches == ["batch_000001", "batch_000002"]


@pytest.mark.parametrize("verb", ENDS)
def test_a_hundred_items_are_a_batch_and_one_more_is_not(world, verb):
    ids = [f"inv_{n:06d}" for n in range(900000, 900101)]

    whole, larger = (bulk(world.seller, verb, ids[:n]) for n in (100, 101))

    assert whole.json()["failedCount"] == 100
    assert code(larger) == (400, "BATCH_TOO_LARGE")
    assert larger.json()["details"][0]["field"] == "invoiceIds"


@pytest.mark.parametrize("verb", [*ENDS, "preview"])
@pytest.mark.parametrize("ids", [["inv_000001", "inv_000001"], [], "inv_000001", None, ["a b"]])
def test_an_envelope_that_is_not_valid_changes_nothing(world, verb, ids):
    (id,) = submitted(world, "10.00")
    more = {"operation": "APPROVE"} if verb == "preview" else {}

    answer = bulk(world.buyer, verb, ids, **more)

    assert id == "inv_000001"
    assert code(answer) == (400, "VALIDATION_ERROR")
    assert statuses(world, [id]) == ["SUBMITTED"]


def test_approving_wants_its_own_permission(world):
    ids = submitted(world, "10.00")
    reader = world.party("buyer", "read")

    assert code(bulk(reader, "approve", ids)) == (403, "INSUFFICIENT_PERMISSIONS")
    assert preview(reader, "APPROVE", invoiceIds=ids).status_code == 200


def test_a_preview_changes_nothing(world):
    ids = submitted(world, "30000.00", "30000.00", "20000.00")
    tables = ("resources", "listings", "accounts", "entries", "transitions", "events", "counts")

    def everything():
        rows = [world.rows(f"SELECT * FROM {table} WHERE world = ?") for table in tables]
        return rows, world.rows("SELECT counters FROM worlds WHERE world = ?")

    before = everything()
    answer = preview(world.buyer, "APPROVE", invoiceIds=ids)

    assert answer.json()["eligibleCount"] == 2
    assert everything() == before
    world.seller.post(f"{LIST}/{ids[0]}/cancel")
    assert world.buyer.get(f"{LIST}/{ids[0]}").json()["status"] == "CANCELLED"


def test_a_preview_tells_what_a_batch_would_take_and_lacks(world):
    ids = submitted(world, "30000.00", "30000.00", "20000.00")
    (yen,) = submitted(world, "500000", currency="JPY", invoiceNumber="Y-1")
    asked = [*ids, yen, "inv_999999"]

    answer = preview(world.buyer, "APPROVE", invoiceIds=asked).json()

    assert {name: answer[name] for name in answer if name != "results"} == {
        "operation": "APPROVE", "totalCount": 5, "eligibleCount": 3, "ineligibleCount": 2,
        "totals": [{"currency": "JPY", "amount": "500000"}, {"currency": "USD", "amount": "50000.00"}],
        "balanceImpact": [
            {"currency": "JPY", "required": "500000", "available": "3000000", "sufficient": True},
            {"currency": "USD", "required": "80000.00", "available": "50000.00", "sufficient": False},
        ],
    }  # fmt: skip
    assert answer["results"][1] == {
        "invoiceId": ids[1], "eligible": False, "code": "INSUFFICIENT_BALANCE",
        "message": "Available USD balance 20000.00 is less than 30000.00",
    }  # fmt: skip
    assert answer["results"][0] == {
        "invoiceId": ids[0], "eligible": True, "code": None, "message": None,
    }  # fmt: skip


@pytest.mark.parametrize("source", [{}, {"paymentSource": "COLLATERAL"}])
def test_a_preview_agrees_with_what_is_done(demo, source):
    drafts = [demo.draft(f"P-{n}", amount) for n, amount in enumerate(("20000", "20000", "9000"))]
    for draft in drafts:
        demo.seller.post(f"{LIST}/{draft['id']}/submit")
    ids = [f"inv_{n:06d}" for n in range(1, 19)]

    planned = preview(demo.buyer, "APPROVE", invoiceIds=ids, **source).json()["results"]
    done = bulk(demo.buyer, "approve", ids, **source).json()["results"]

    assert [(item["invoiceId"], item["code"], item["message"]) for item in planned] == [
        (item["invoiceId"], *(item.get("error", {}).get(name) for name in ("code", "message")))
        for item in done
    ]
    assert {item["success"] for item in done} == {True, False}


def test_a_preview_finds_by_filter_what_the_list_finds_oldest_first(demo):
    chosen = {"status": ["SUBMITTED", "DISPUTED"], "currency": "USD", "dueDateFrom": "2024-03-20"}

    answer = preview(demo.seller, "CANCEL", filter=chosen).json()

    listed = demo.seller.get(LIST, sortOrder="asc", **chosen).json()["items"]
    assert [item["invoiceId"] for item in answer["results"]] == [row["id"] for row in listed]
    assert [item["eligible"] for item in answer["results"]] == [True, True]
    assert answer["balanceImpact"] == []


def test_a_preview_by_filter_sees_no_draft_of_the_seller(demo):
    seen = preview(demo.buyer, "CANCEL", filter={"includeArchived": True}).json()["results"]
    drafts = demo.seller.get(LIST, status="DRAFT").json()["items"]

    assert not {item["invoiceId"] for item in seen} & {row["id"] for row in drafts}
    assert seen


def test_a_filter_that_finds_more_than_a_batch_is_refused(world):
    for number in range(100):
        world.draft(f"M-{number}", "1.00")
    whole = preview(world.seller, "CANCEL", filter={"role": "SELLER"})
    world.draft("M-100", "1.00")

    larger = preview(world.seller, "CANCEL", filter={"role": "SELLER"})

    assert whole.json()["eligibleCount"] == 100
    assert code(larger) == (400, "BATCH_TOO_LARGE")


@pytest.mark.parametrize(
    "wrong", [{}, {"filter": {}, "invoiceIds": ["inv_000001"]}, {"filter": {"colour": "red"}},
              {"filter": {"status": ["PAID"]}}],
)  # fmt: skip
def test_a_preview_wants_either_ids_or_a_filter(world, wrong):
    assert code(preview(world.seller, "CANCEL", **wrong)) == (400, "VALIDATION_ERROR")


def test_the_journal_tells_every_arrow_a_batch_walked(world):
    ids = submitted(world, "10.00", "20.00")
    bulk(world.buyer, "approve", ids)

    (entry,) = world.control("GET", "/journal?operation=approveBulkInvoices")["items"]

    assert [step["id"] for step in entry["transitions"]] == ids
    assert len(entry["events"]) == 2


def test_an_endpoint_hears_of_each_item_in_the_order_given(world):
    ids = submitted(world, "10.00", "20.00", "30.00")[::-1]
    world.endpoint(events=["invoice.approved"])

    bulk(world.buyer, "approve", ids)

    heard = [json.loads(message["body"])["data"] for message in world.received(count=3)]
    assert [data["invoiceId"] for data in heard] == ids
