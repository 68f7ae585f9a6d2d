"""Every action, from every state, by either party: the transition with its events and money, or the
exact refusal.

The expectations stand here in full and are read from nowhere else, so that a wrong row of
specs/expereon/lifecycle.yaml fails a cell.
"""

import itertools
from typing import Any

import pytest

from counterfoil.contract.load import load
from harness import Party, TestWorld

STATES = (
    "DRAFT", "SUBMITTED", "APPROVED", "APPROVED_WITH_ADJUSTMENT", "DISPUTED", "INFO_REQUESTED",
    "CANCELLATION_REQUESTED", "SETTLED", "CANCELLED", "ARCHIVED",
)  # fmt: skip
ROLES = ("SELLER", "BUYER")

# action                    state                     who  to                        events
ARROWS = """
submit                      DRAFT                     S    SUBMITTED                 invoice.created>B invoice.submitted>SB
approve                     SUBMITTED                 B    APPROVED                  invoice.approved>SB
approve-with-adjustment     SUBMITTED                 B    APPROVED_WITH_ADJUSTMENT  invoice.approved>SB
dispute                     SUBMITTED                 B    DISPUTED                  invoice.disputed>SB
request-info                SUBMITTED                 B    INFO_REQUESTED            invoice.info_requested>SB
respond                     INFO_REQUESTED            S    SUBMITTED                 invoice.submitted>SB
resubmit                    DISPUTED                  S    SUBMITTED                 invoice.submitted>SB
cancel                      DRAFT                     S    CANCELLED                 invoice.cancelled>S
cancel                      SUBMITTED                 S    CANCELLED                 invoice.cancelled>SB
cancel                      DISPUTED                  SB   CANCELLED                 invoice.cancelled>SB
request-cancellation        APPROVED                  SB   CANCELLATION_REQUESTED    invoice.cancellation_requested>SB
request-cancellation        APPROVED_WITH_ADJUSTMENT  SB   CANCELLATION_REQUESTED    invoice.cancellation_requested>SB
accept-cancellation         CANCELLATION_REQUESTED    C    CANCELLED                 invoice.cancelled>SB
reject-cancellation         CANCELLATION_REQUESTED    C    APPROVED                  invoice.cancellation_rejected>SB
settle                      APPROVED                  B    SETTLED                   payment.settled>SB invoice.settled>SB
settle                      APPROVED_WITH_ADJUSTMENT  B    SETTLED                   payment.settled>SB invoice.settled>SB
archive                     SETTLED                   SB   ARCHIVED                  invoice.archived>SB
archive                     CANCELLED                 SB   ARCHIVED                  invoice.archived>SB
restore                     ARCHIVED                  SB   SETTLED                   invoice.restored>SB
update                      DRAFT                     S    DRAFT                     invoice.updated>S
update                      DISPUTED                  S    DISPUTED                  invoice.updated>SB
update                      INFO_REQUESTED            S    INFO_REQUESTED            invoice.updated>SB
delete                      DRAFT                     S    -                         -
"""

# What an action that walks its arrow does to the buyer's buckets and to the seller's, in cents.
FULL, LESS = 150_000, 120_000
MONEY = {
    ("approve", "SUBMITTED"): {"buyer": {"available": -FULL, "reserved": FULL}},
    ("approve-with-adjustment", "SUBMITTED"): {"buyer": {"available": -LESS, "reserved": LESS}},
    ("settle", "APPROVED"): {"buyer": {"reserved": -FULL}, "seller": {"available": FULL}},
    ("settle", "APPROVED_WITH_ADJUSTMENT"): {
        "buyer": {"reserved": -LESS},
        "seller": {"available": LESS},
    },
    ("accept-cancellation", "CANCELLATION_REQUESTED"): {
        "buyer": {"available": FULL, "reserved": -FULL}
    },
}

# Who may ever do it: the wrong party hears 403 before the state is looked at.
ALWAYS = {
    "submit": "S", "approve": "B", "approve-with-adjustment": "B", "dispute": "B",
    "request-info": "B", "respond": "S", "resubmit": "S", "cancel": "SB",
    "request-cancellation": "SB", "accept-cancellation": "SB", "reject-cancellation": "SB",
    "settle": "B", "archive": "SB", "restore": "SB", "update": "S", "delete": "S",
}  # fmt: skip

BODIES: dict[str, dict[str, Any]] = {
    "approve-with-adjustment": {"adjustedAmount": "1200.00", "adjustmentReason": "Two nights less"},
    "dispute": {"reason": "Wrong rate"},
    "request-info": {"message": "Which booking?"},
    "respond": {"message": "Booking 7"},
    "request-cancellation": {"reason": "Billed twice"},
    "update": {"description": "Changed"},
}

# How a draft gets into a state: role and action, one after the other.
WAYS = {
    "DRAFT": [],
    "SUBMITTED": ["S submit"],
    "APPROVED": ["S submit", "B approve"],
    "APPROVED_WITH_ADJUSTMENT": ["S submit", "B approve-with-adjustment"],
    "DISPUTED": ["S submit", "B dispute"],
    "INFO_REQUESTED": ["S submit", "B request-info"],
    "CANCELLATION_REQUESTED": ["S submit", "B approve", "{asker} request-cancellation"],
    "SETTLED": ["S submit", "B approve", "B settle"],
    "CANCELLED": ["S submit", "S cancel"],
    "ARCHIVED": ["S submit", "B approve", "B settle", "S archive"],
}


def parse(table: str) -> dict[tuple[str, str], tuple[str, str, list[str]]]:
    cells = {}
    for line in table.strip().splitlines():
        action, state, who, to, *events = line.split()
        cells[action, state] = (who, to, [event for event in events if event != "-"])
    return cells


EXPECTED = parse(ARROWS)
ACTIONS = tuple(ALWAYS)
CELLS = [
    (action, state, role, asker)
    for action, state, role in itertools.product(ACTIONS, STATES, ROLES)
    for asker in (ROLES if state == "CANCELLATION_REQUESTED" else ("SELLER",))
]


def perform(party: Party, action: str, id: str) -> Any:
    if action == "update":
        return party.patch(f"/api/v1/invoices/{id}", **BODIES["update"])
    if action == "delete":
        return party.delete(f"/api/v1/invoices/{id}")
    return party.post(f"/api/v1/invoices/{id}/{action}", **BODIES.get(action, {}))


def bring(world: TestWorld, state: str, asker: str) -> str:
    """Take a new invoice into a state, and return its id."""
    id: str = world.draft()["id"]
    for step in WAYS[state]:
        role, action = step.format(asker=asker[0]).split()
        answer = perform(world.seller if role == "S" else world.buyer, action, id)
        assert answer.status_code == 200, answer.text
    return id


def money(world: TestWorld) -> dict[str, dict[str, int]]:
    """Return what each party has in USD, in cents."""
    return {
        name: {bucket: int(text.replace(".", "")) for bucket, text in party.balance().items()}
        for name, party in (("buyer", world.buyer), ("seller", world.seller))
    }


def told(world: TestWorld, events: list[str]) -> list[tuple[str, list[str]]]:
    ids = {"S": world.seller.id, "B": world.buyer.id}
    return [
        (event.split(">")[0], [ids[initial] for initial in event.split(">")[1]]) for event in events
    ]


def refusal(action: str, state: str, role: str, asker: str) -> tuple[int, str] | None:
    """Return the status and code that are to be expected, or None where the arrow is walked."""
    if role == "BUYER" and state == "DRAFT":
        return 404, "NOT_FOUND"
    if role[0] not in ALWAYS[action]:
        return 403, "ROLE_NOT_ALLOWED"
    if (action, state) not in EXPECTED:
        return 400, "INVALID_STATE_TRANSITION"
    who = EXPECTED[action, state][0]
    allowed = role != asker if who == "C" else role[0] in who
    return None if allowed else (403, "ROLE_NOT_ALLOWED")


@pytest.mark.parametrize(("action", "state", "role", "asker"), CELLS)
def test_a_cell_of_the_lifecycle(world, action, state, role, asker):
    id = bring(world, state, asker)
    party = world.seller if role == "SELLER" else world.buyer
    before, events_before = money(world), world.events()

    answer = perform(party, action, id)

    events = [(type_, to) for type_, to, _ in world.events()[len(events_before) :]]
    after = money(world)
    expected = refusal(action, state, role, asker)
    if expected:
        assert (answer.status_code, answer.json()["code"]) == expected
        assert events == []
        assert after == before
        assert world.seller.get(f"/api/v1/invoices/{id}").json()["status"] == state
        return
    assert answer.status_code == 200, answer.text
    _, to, expected_events = EXPECTED[action, state]
    assert events == told(world, expected_events)
    changes = MONEY.get((action, state), {})
    for name, buckets in before.items():
        moved = {bucket: after[name][bucket] - held for bucket, held in buckets.items()}
        assert {b: m for b, m in moved.items() if m} == changes.get(name, {})
    if to == "-":
        assert world.seller.get(f"/api/v1/invoices/{id}").status_code == 404
    else:
        assert world.seller.get(f"/api/v1/invoices/{id}").json()["status"] == to


def test_no_cell_is_skipped():
    machine = load("expereon").machines["invoice"]

    assert set(ACTIONS) == set(machine.triggers) - {"create"}
    assert len(CELLS) == len(ACTIONS) * len(STATES) * len(ROLES) + len(ACTIONS) * len(ROLES)


def test_the_refusal_of_a_state_says_what_is_allowed_instead(world):
    invoice = world.draft()

    answer = world.seller.post(f"/api/v1/invoices/{invoice['id']}/archive")

    (detail,) = answer.json()["details"]
    assert detail == {
        "code": "INVALID_STATE_TRANSITION",
        "message": "Cannot archive an invoice that is DRAFT",
        "currentStatus": "DRAFT",
        "action": "archive",
        "allowedActions": ["submit", "cancel", "update", "delete"],
    }


def test_a_stranger_finds_nothing_whatever_the_state(world):
    for state in STATES:
        fresh = world.sandbox.world("empty")
        id = bring(fresh, state, "SELLER")
        missing = fresh.other.get("/api/v1/invoices/inv_999999").json()
        for answer in [
            fresh.other.get(f"/api/v1/invoices/{id}"),
            *(perform(fresh.other, action, id) for action in ACTIONS),
        ]:
            assert answer.status_code == 404
            assert answer.json()["message"] == missing["message"]


def test_rejecting_a_cancellation_keeps_the_adjusted_amount(world):
    id = bring(world, "APPROVED_WITH_ADJUSTMENT", "SELLER")
    perform(world.seller, "request-cancellation", id)

    rejected = perform(world.buyer, "reject-cancellation", id).json()
    paid = perform(world.buyer, "settle", id).json()

    assert (rejected["status"], rejected["approvedAmount"]) == ("APPROVED", "1200.00")
    assert (paid["status"], paid["amount"]) == ("SETTLED", "1200.00")


def test_restore_returns_to_the_status_it_was_archived_from(world):
    for state in ("SETTLED", "CANCELLED"):
        fresh = world.sandbox.world("empty")
        id = bring(fresh, state, "SELLER")
        archived = perform(fresh.buyer, "archive", id).json()
        restored = perform(fresh.seller, "restore", id).json()

        assert (archived["status"], archived["archivedFromStatus"]) == ("ARCHIVED", state)
        assert (restored["status"], restored["archivedFromStatus"]) == (state, None)


def test_released_funds_return_to_the_bucket_they_came_from(world):
    id = bring(world, "SUBMITTED", "SELLER")
    start = money(world)["buyer"]
    world.buyer.post(f"/api/v1/invoices/{id}/approve", paymentSource="COLLATERAL")
    held = money(world)["buyer"]
    perform(world.seller, "request-cancellation", id)
    perform(world.buyer, "accept-cancellation", id)

    assert held["collateral"] == start["collateral"] - FULL
    assert held["available"] == start["available"]
    assert money(world)["buyer"] == start


def test_history_tells_every_step_and_who_made_it(world):
    id = bring(world, "DISPUTED", "SELLER")
    perform(world.seller, "resubmit", id)

    page = world.buyer.get(f"/api/v1/invoices/{id}/history").json()

    steps = [(s["from"], s["to"], s["action"], s["actorRole"], s["reason"]) for s in page["items"]]
    assert steps == [
        (None, "DRAFT", "create", "SELLER", None),
        ("DRAFT", "SUBMITTED", "submit", "SELLER", None),
        ("SUBMITTED", "DISPUTED", "dispute", "BUYER", "Wrong rate"),
        ("DISPUTED", "SUBMITTED", "resubmit", "SELLER", None),
    ]
    assert page["totalCount"] == 4


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("state", STATES)
def test_available_actions_are_those_that_work(world, state, role):
    party = world.seller if role == "SELLER" else world.buyer
    id = bring(world, state, "SELLER")
    shown = party.get(f"/api/v1/invoices/{id}")
    if shown.status_code == 404:
        assert (role, state) == ("BUYER", "DRAFT")
        return

    possible = {action for action in ACTIONS if refusal(action, state, role, "SELLER") is None}

    assert set(shown.json()["availableActions"]) == possible
