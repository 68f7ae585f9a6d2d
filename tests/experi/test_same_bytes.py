"""The same fixture, seed, clock and requests give the same bytes, in whatever database."""

import pytest

from experi.business import CLIENTS, INVOICES, RECURRING, Business
from harness import RunningSandbox

LINE = {"description": "Hosting", "quantity": 1.5, "unitPrice": 19.99}
DRAFT = {"clientId": "client_id_here", "taxRate": 20, "lineItems": [LINE]}
REQUESTS = [
    ("GET", INVOICES, {"limit": 100}, None, 200),
    ("GET", f"{INVOICES}/outstanding", {}, None, 200),
    ("POST", CLIENTS, {}, {"name": "Zoë"}, 201),
    ("GET", CLIENTS, {"sortBy": "name", "sortOrder": "asc"}, None, 200),
    ("GET", CLIENTS, {"search": "ZO"}, None, 200),
    ("POST", INVOICES, {}, DRAFT, 201),
    ("POST", f"{INVOICES}/invoice_000009/send", {}, {}, 200),
    ("POST", f"{INVOICES}/invoice_000009/paid", {}, {"amount": 0.07}, 200),
    ("POST", f"{INVOICES}/invoice_000009/paid", {}, {"amount": 700}, 400),
    ("GET", INVOICES, {"from": "2024-03-01", "to": "2024-03-15", "search": "si-"}, None, 200),
    ("POST", RECURRING, {}, DRAFT | {"frequency": "WEEKLY", "startDate": "2024-03-20"}, 201),
]


def answers(place):
    with RunningSandbox(place) as sandbox:
        world = sandbox.default_world(seed=7)
        business = Business(sandbox, world.described)
        told = []
        for method, path, params, body, status in REQUESTS:
            answer = business.full.ask(method, path, params=params, json=body)
            assert answer.status_code == status, answer.text
            told.append(answer.content)
        told.append(business.advance(by="P60D"))
        told += [business.full.get(path, limit=100).content for path in (INVOICES, RECURRING)]
        told.append(business.full.get(f"{INVOICES}/outstanding", limit=1, page=2).content)
        told.append(business.full.get(f"{INVOICES}/invoice_000009/pdf").content)
    return told


@pytest.fixture(scope="module")
def in_memory():
    return answers(None)


def test_two_servers_answer_the_same(in_memory, tmp_path):
    assert answers(str(tmp_path / "store.db")) == in_memory


def test_postgresql_answers_the_same(in_memory, postgres):
    assert answers(postgres) == in_memory
