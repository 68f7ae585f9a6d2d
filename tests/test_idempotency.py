"""requestId: a retry is answered as the first time, and changes nothing."""

import pytest

from harness import TestWorld

INVOICE = {"connectionId": "conn_abc123", "amount": "10.00", "dueDate": "2024-05-01"}


def create(world: TestWorld, number="R-1", **more):
    return world.seller.post("/api/v1/invoices", **INVOICE, invoiceNumber=number, **more)


def test_a_retry_gets_the_same_bytes_and_says_that_it_is_one(world):
    first = create(world, requestId="r-1")
    events = world.events()

    second, third = create(world, requestId="r-1"), create(world, requestId="r-1")

    assert first.status_code == second.status_code == third.status_code == 200
    assert first.content == second.content == third.content
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == third.headers["idempotent-replayed"] == "true"
    assert world.events() == events
    assert world.seller.get("/api/v1/invoices").json()["totalCount"] == 1


def test_without_a_request_id_nothing_is_replayed(world):
    assert create(world).status_code == 200
    again = create(world)

    assert (again.status_code, again.json()["code"]) == (409, "DUPLICATE_INVOICE_NUMBER")


def test_a_retry_after_the_state_moved_on_still_gets_the_first_answer(world):
    path = f"/api/v1/invoices/{create(world).json()['id']}"
    world.seller.post(f"{path}/submit")
    first = world.buyer.post(f"{path}/approve", requestId="a-1")
    world.buyer.post(f"{path}/settle")

    retried = world.buyer.post(f"{path}/approve", requestId="a-1")

    assert retried.content == first.content
    assert retried.json()["status"] == "APPROVED"


@pytest.mark.parametrize(
    "change", [{"amount": "11.00"}, {"description": "more"}, {"metadata": {"a": "b"}}]
)
def test_another_body_under_the_same_request_id_is_a_conflict(world, change):
    first = create(world, requestId="r-1").json()
    other = INVOICE | {"invoiceNumber": "R-1", "requestId": "r-1"} | change

    answer = world.seller.post("/api/v1/invoices", **other)

    assert (answer.status_code, answer.json()["code"]) == (409, "REQUEST_ID_REUSED")
    (detail,) = answer.json()["details"]
    assert detail["originalEndpoint"] == "POST /api/v1/invoices"
    assert detail["resourceId"] == first["id"]
    assert world.seller.get("/api/v1/invoices").json()["totalCount"] == 1


def test_a_body_that_is_wrong_besides_is_a_conflict_all_the_same(world):
    create(world, requestId="r-1")

    answer = world.seller.post("/api/v1/invoices", requestId="r-1", amount="nonsense")

    assert (answer.status_code, answer.json()["code"]) == (409, "REQUEST_ID_REUSED")


def test_the_order_of_members_and_the_expected_version_make_no_other_request(world):
    path = f"/api/v1/invoices/{create(world).json()['id']}"
    first = world.seller.ask(
        "PATCH", path, content='{"description":"x","dueDate":"2024-06-01","requestId":"u"}',
        headers={"Content-Type": "application/json"},
    )  # fmt: skip

    second = world.seller.ask(
        "PATCH", path, content='{ "requestId": "u", "dueDate": "2024-06-01", "expectedVersion": 1, "description": "x" }',
        headers={"Content-Type": "application/json"},
    )  # fmt: skip

    assert first.status_code == 200
    assert second.content == first.content
    assert second.headers["idempotent-replayed"] == "true"


def test_a_refusal_is_not_remembered_so_that_it_can_be_mended(world):
    refused = create(
        world, requestId="r-1", lineItems=[{"description": "x", "quantity": "1", "unitPrice": "9"}]
    )
    mended = create(world, requestId="r-1")

    assert (refused.status_code, refused.json()["code"]) == (400, "AMOUNT_MISMATCH")
    assert mended.status_code == 200
    assert "idempotent-replayed" not in mended.headers


def test_one_request_id_serves_two_operations_and_two_organisations(world):
    created = create(world, requestId="same")
    path = f"/api/v1/invoices/{created.json()['id']}"
    submitted = world.seller.post(f"{path}/submit", requestId="same")
    approved = world.buyer.post(f"{path}/approve", requestId="same")

    assert [a.status_code for a in (created, submitted, approved)] == [200, 200, 200]
    assert [a.json()["status"] for a in (created, submitted, approved)] == [
        "DRAFT", "SUBMITTED", "APPROVED",
    ]  # fmt: skip


def test_the_keys_of_one_organisation_share_their_request_ids(world):
    writer = world.party("seller", "write")
    first = writer.post("/api/v1/invoices", **INVOICE, invoiceNumber="R-1", requestId="r-1")

    assert create(world, requestId="r-1").content == first.content


def test_deletion_takes_its_request_id_from_the_query(world):
    path = f"/api/v1/invoices/{create(world).json()['id']}"
    first = world.seller.delete(path, requestId="d-1")

    second = world.seller.delete(path, requestId="d-1")
    without = world.seller.delete(path)

    assert first.json() == {"id": path.rsplit("/", 1)[1], "deleted": True}
    assert second.content == first.content
    assert without.status_code == 404


def test_a_request_id_is_forgotten_after_a_day(sandbox):
    world = sandbox.world("empty")
    first = create(world, requestId="r-1")
    path = f"/api/v1/invoices/{first.json()['id']}"
    world.seller.delete(path)
    database = sandbox.engine.store.database

    def forward(hours: int) -> None:
        step = hours * 3600 * 1_000_000
        database.run("UPDATE worlds SET instant = instant + ? WHERE world = ?", (step, world.key))

    forward(23)
    remembered = create(world, requestId="r-1")
    forward(1)
    forgotten = create(world, requestId="r-1")

    assert remembered.content == first.content
    assert "idempotent-replayed" not in forgotten.headers
    assert forgotten.json()["id"] != first.json()["id"]
