"""Many at once: one invoice from one request, and no more approved than there is money for."""

import asyncio

import httpx

CLIENTS = 64


def at_once(world, party, requests):
    """Send all requests at the same time, each on a connection of its own."""

    async def send():
        limits = httpx.Limits(max_connections=CLIENTS)
        url = world.expereon["url"]
        async with httpx.AsyncClient(base_url=url, headers=party.headers, limits=limits) as client:
            return await asyncio.gather(*(client.post(path, json=body) for path, body in requests))

    return asyncio.run(send())


def test_identical_creates_make_one_invoice(world):
    body = {
        "connectionId": "conn_abc123", "invoiceNumber": "C-1", "amount": "10.00",
        "dueDate": "2024-05-01", "requestId": "once",
    }  # fmt: skip

    answers = at_once(world, world.seller, [("/api/v1/invoices", body)] * CLIENTS)

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotent-replayed" not in answer.headers for answer in answers) == 1
    assert world.seller.get("/api/v1/invoices").json()["totalCount"] == 1


def test_creates_of_one_number_make_one_invoice(world):
    body = {
        "connectionId": "conn_abc123", "invoiceNumber": "C-1", "amount": "10.00", "dueDate": "2024-05-01",
    }  # fmt: skip

    answers = at_once(world, world.seller, [("/api/v1/invoices", body)] * CLIENTS)

    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [200] + [409] * (CLIENTS - 1)


def test_approvals_against_funds_for_ten_approve_ten(world):
    ids = [world.draft(f"C-{n}", amount="5000.00")["id"] for n in range(CLIENTS)]
    for id in ids:
        world.seller.post(f"/api/v1/invoices/{id}/submit")

    answers = at_once(world, world.buyer, [(f"/api/v1/invoices/{id}/approve", {}) for id in ids])

    approved = [answer for answer in answers if answer.status_code == 200]
    refused = {answer.json()["code"] for answer in answers if answer.status_code != 200}
    assert len(approved) == 10
    assert refused == {"INSUFFICIENT_BALANCE"}
    assert world.buyer.balance() == {
        "available": "0.00", "collateral": "20000.00", "reserved": "50000.00",
    }  # fmt: skip
    assert world.buyer.get("/api/v1/invoices", status="APPROVED").json()["totalCount"] == 10


def test_one_invoice_is_settled_once(world):
    id = world.draft(amount="5000.00")["id"]
    world.seller.post(f"/api/v1/invoices/{id}/submit")
    world.buyer.post(f"/api/v1/invoices/{id}/approve")

    path = f"/api/v1/invoices/{id}/settle"
    answers = at_once(world, world.buyer, [(path, {})] * CLIENTS)

    assert sorted(answer.status_code for answer in answers) == [200] + [400] * (CLIENTS - 1)
    assert world.seller.balance()["available"] == "17000.00"
