"""Overviews: the search and the summary of invoices, and the confirmation of a settlement."""

import pytest

from test_lifecycle import STATES, WAYS, bring, perform

LIST = "/api/v1/invoices"


def code(answer):
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize("role", ["seller", "buyer"])
@pytest.mark.parametrize("state", STATES)
def test_a_settled_invoice_has_a_confirmation(world, state, role):
    id = bring(world, state, "SELLER")

    answer = world.party(role).get(f"{LIST}/{id}/confirmation")

    if (state, role) == ("DRAFT", "buyer"):
        assert code(answer) == (404, "NOT_FOUND")
    elif state in ("SETTLED", "ARCHIVED"):
        assert answer.json() == {
            "invoiceId": id, "paymentId": "pay_000001", "settledAt": "2024-03-15T10:30:00Z",
            "amount": "1500.00", "currency": "USD", "reference": "PAY-000001",
        }  # fmt: skip
    else:
        assert code(answer) == (400, "INVALID_STATE_TRANSITION")
        assert answer.json()["details"][0]["currentStatus"] == state


def test_what_was_archived_from_cancelled_has_no_confirmation(world):
    id = bring(world, "CANCELLED", "SELLER")
    world.seller.post(f"{LIST}/{id}/archive")

    assert code(world.seller.get(f"{LIST}/{id}/confirmation")) == (400, "INVALID_STATE_TRANSITION")


def test_a_confirmation_tells_the_amount_that_was_paid(world):
    id = world.draft()["id"]
    for step in WAYS["APPROVED_WITH_ADJUSTMENT"]:
        role, action = step.split()
        perform(world.seller if role == "S" else world.buyer, action, id)
    world.buyer.post(f"{LIST}/{id}/settle")

    assert world.seller.get(f"{LIST}/{id}/confirmation").json()["amount"] == "1200.00"


@pytest.mark.parametrize(
    "more", [{}, {"limit": 2, "page": 1}, {"currency": "USD"}, {"sortBy": "amount"},
             {"status": "APPROVED,SETTLED"}, {"includeArchived": True}],
)  # fmt: skip
def test_search_is_the_list_narrowed_by_a_text(demo, more):
    found = demo.seller.get(f"{LIST}/search", q="2023-12", **more)
    listed = demo.seller.get(LIST, search="2023-12", **more)

    assert found.status_code == 200, found.text
    assert found.content == listed.content
    assert listed.json()["totalCount"] > 0


def test_search_looks_in_numbers_and_descriptions_in_any_case(demo):
    found = {
        text: [row["invoiceNumber"] for row in demo.seller.get(f"{LIST}/search", q=text).json()["items"]]
        for text in ("CONFERENCE", "inv-2023-121", "%")
    }  # fmt: skip

    assert found == {"CONFERENCE": ["INV-2023-120"], "inv-2023-121": ["INV-2023-121"], "%": []}


def test_search_wants_a_text(demo):
    assert code(demo.seller.get(f"{LIST}/search")) == (400, "INVALID_FILTER")


def test_a_buyers_search_finds_no_draft(demo):
    assert demo.seller.get(f"{LIST}/search", q="INV-2024-005").json()["totalCount"] == 1
    assert demo.buyer.get(f"{LIST}/search", q="INV-2024-005").json()["totalCount"] == 0


def counted(summary):
    return {row["status"]: row["count"] for row in summary["byStatus"] if row["count"]}


def test_the_summary_tells_every_status_and_what_it_comes_to(demo):
    summary = demo.seller.get(f"{LIST}/summary").json()

    assert [row["status"] for row in summary["byStatus"]] == list(STATES)
    assert summary["byStatus"][1] == {
        "status": "SUBMITTED", "count": 2,
        "totals": [{"currency": "JPY", "amount": "36000"}, {"currency": "USD", "amount": "1500.00"}],
    }  # fmt: skip
    assert summary["overdue"] == {
        "count": 1, "totals": [{"currency": "USD", "amount": "2716.80"}],
    }  # fmt: skip


def test_the_summary_agrees_with_the_lists(demo):
    for party in (demo.seller, demo.buyer, demo.other):
        summary = party.get(f"{LIST}/summary").json()
        listed = {
            state: party.get(LIST, status=state, limit=1).json()["totalCount"] for state in STATES
        }
        overdue = party.get(LIST, isOverdue=True, includeArchived=True).json()["totalCount"]

        assert counted(summary) == {state: n for state, n in listed.items() if n}
        assert summary["overdue"]["count"] == overdue


def test_a_buyers_summary_counts_no_draft(world):
    world.draft()

    assert counted(world.seller.get(f"{LIST}/summary").json()) == {"DRAFT": 1}
    assert counted(world.buyer.get(f"{LIST}/summary").json()) == {}


def test_the_summary_follows_every_change_and_the_clock(world):
    id = bring(world, "APPROVED", "SELLER")  # due on 2024-05-01
    before = world.buyer.get(f"{LIST}/summary").json()
    world.advance(by="P47D")
    on_the_day = world.buyer.get(f"{LIST}/summary").json()["overdue"]["count"]
    world.advance(by="P1D")
    late = world.buyer.get(f"{LIST}/summary").json()
    world.buyer.post(f"{LIST}/{id}/settle")
    after = world.buyer.get(f"{LIST}/summary").json()

    assert (counted(before), before["overdue"]["count"], on_the_day) == ({"APPROVED": 1}, 0, 0)
    assert late["overdue"] == {"count": 1, "totals": [{"currency": "USD", "amount": "1500.00"}]}
    assert counted(after) == {"SETTLED": 1}
    assert after["overdue"] == {"count": 0, "totals": []}


def test_totals_outgrow_no_integer_of_a_database(world):
    most = "999999999999999.99"
    for number in range(12):
        world.control("POST", "/expereon/organizations/buyer/deposits", currency="USD", amount=most)
        id = bring_one(world, f"M-{number}", most)
        assert world.buyer.post(f"{LIST}/{id}/approve").status_code == 200
    world.advance(by="P60D")

    summary = world.buyer.get(f"{LIST}/summary").json()

    totals = [{"currency": "USD", "amount": "11999999999999999.88"}]
    assert summary["overdue"] == {"count": 12, "totals": totals}
    assert [row["totals"] for row in summary["byStatus"] if row["count"]] == [totals]


def bring_one(world, number, amount):
    id = world.draft(number, amount)["id"]
    world.seller.post(f"{LIST}/{id}/submit")
    return id
