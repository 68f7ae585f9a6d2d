"""Notes: who writes them and until when, and who sees them."""

import pytest

from test_lifecycle import STATES, bring

LIST = "/api/v1/invoices"


def code(answer):
    return answer.status_code, answer.json()["code"]


def bodies(party, path):
    return [note["body"] for note in party.get(f"{path}/notes").json()["items"]]


@pytest.mark.parametrize("role", ["seller", "buyer"])
@pytest.mark.parametrize("state", STATES)
def test_a_party_writes_notes_until_the_invoice_is_closed(world, state, role):
    path = f"{LIST}/{bring(world, state, 'SELLER')}"
    before, events = world.seller.get(path).json(), len(world.events())

    answer = world.party(role).post(f"{path}/notes", body="Booking 7")

    if (state, role) == ("DRAFT", "buyer"):
        assert code(answer) == (404, "NOT_FOUND")
    elif state in ("CANCELLED", "ARCHIVED"):
        assert code(answer) == (400, "INVALID_STATE_TRANSITION")
        assert answer.json()["message"] == f"Cannot annotate an invoice that is {state}"
        assert bodies(world.seller, path) == []
    else:
        assert answer.status_code == 200, answer.text
        assert bodies(world.seller, path) == ["Booking 7"]
    assert world.seller.get(path).json() == before
    assert len(world.events()) == events


def test_a_note_says_who_wrote_it(world):
    path = f"{LIST}/{bring(world, 'SUBMITTED', 'SELLER')}"

    note = world.buyer.post(f"{path}/notes", body="Which booking?").json()

    assert note == {
        "id": "note_000001", "invoiceId": path.rpartition("/")[2],
        "authorOrganizationId": "org_buyer_1", "authorRole": "BUYER", "body": "Which booking?",
        "visibility": "SHARED", "createdAt": "2024-03-15T10:30:00Z",
    }  # fmt: skip


def test_an_internal_note_is_seen_by_its_authors_organisation_alone(world):
    path = f"{LIST}/{bring(world, 'SUBMITTED', 'SELLER')}"
    world.seller.post(f"{path}/notes", body="ours", visibility="INTERNAL")
    world.buyer.post(f"{path}/notes", body="theirs", visibility="INTERNAL")
    world.buyer.post(f"{path}/notes", body="both", visibility="SHARED")

    assert bodies(world.seller, path) == ["ours", "both"]
    assert bodies(world.buyer, path) == ["theirs", "both"]
    assert world.buyer.get(f"{path}/notes").json()["totalCount"] == 2
    assert bodies(world.party("seller", "read"), path) == ["ours", "both"]


def test_a_shared_note_on_a_draft_is_seen_when_the_draft_is_sent(world):
    path = f"{LIST}/{world.draft()['id']}"
    world.seller.post(f"{path}/notes", body="Please check the rate")
    world.seller.post(f"{path}/notes", body="Their rate is wrong", visibility="INTERNAL")
    hidden = world.buyer.get(f"{path}/notes")

    world.seller.post(f"{path}/submit")

    assert code(hidden) == (404, "NOT_FOUND")
    assert bodies(world.buyer, path) == ["Please check the rate"]


def test_a_stranger_neither_reads_nor_writes_notes(world):
    path = f"{LIST}/{bring(world, 'SUBMITTED', 'SELLER')}"

    answers = [world.other.get(f"{path}/notes"), world.other.post(f"{path}/notes", body="x")]

    assert {code(answer) for answer in answers} == {(404, "NOT_FOUND")}


def test_notes_come_oldest_first_in_pages(world):
    path = f"{LIST}/{bring(world, 'SUBMITTED', 'SELLER')}"
    other = f"{LIST}/{world.draft('T-2')['id']}"
    for number in range(5):
        world.seller.post(f"{path}/notes", body=f"{number}")
    world.seller.post(f"{other}/notes", body="elsewhere")

    pages = [world.buyer.get(f"{path}/notes", page=n, limit=2).json() for n in range(3)]

    assert [[note["body"] for note in page["items"]] for page in pages] == [
        ["0", "1"], ["2", "3"], ["4"],
    ]  # fmt: skip
    assert {(page["totalCount"], page["totalPages"]) for page in pages} == {(5, 3)}


def test_a_retry_writes_no_second_note(world):
    path = f"{LIST}/{world.draft()['id']}"

    first, again = (
        world.seller.post(f"{path}/notes", body="once", requestId="n-1") for _ in range(2)
    )
    other = world.seller.post(f"{path}/notes", body="twice", requestId="n-1")

    assert first.content == again.content
    assert code(other) == (409, "REQUEST_ID_REUSED")
    assert bodies(world.seller, path) == ["once"]


@pytest.mark.parametrize("wrong", [{"body": ""}, {"visibility": "SHARED"}, {"body": "x" * 2001}])
def test_a_note_without_a_body_of_its_size_is_refused(world, wrong):
    path = f"{LIST}/{world.draft()['id']}"

    assert code(world.seller.post(f"{path}/notes", **wrong)) == (400, "VALIDATION_ERROR")


def test_a_reader_writes_no_note(world):
    path = f"{LIST}/{world.draft()['id']}"

    answer = world.party("seller", "read").post(f"{path}/notes", body="x")

    assert code(answer) == (403, "INSUFFICIENT_PERMISSIONS")
