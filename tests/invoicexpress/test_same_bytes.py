"""The same fixture, seed, clock and requests give the same bytes, in whatever database."""

import httpx
import pytest

from harness import RunningSandbox

REQUESTS = [
    ("GET", "/clients.json", None),
    ("GET", "/clients/6207597.json", None),
    ("GET", "/items.json", None),
    ("GET", "/sequences.json", None),
    ("POST", "/sequences.json", {"sequence": {"serie": 2024, "default_sequence": "1"}}),
    ("POST", "/taxes.json", {"tax": {"name": "IVA22", "value": "22", "region": "PT-MA"}}),
    ("POST", "/clients.json", {"client": {"name": "Ana", "code": "1"}}),
    ("POST", "/clients.json", {"client": {"name": "Ana", "code": "2"}}),
    ("DELETE", "/taxes/82613.json", None),
    ("GET", "/taxes.json", None),
    ("GET", "/nowhere.json", None),
    ("POST", "/clients.json", {"client": {"name": "Rui", "code": "a\0b"}}),
    ("GET", "/clients/find-by-code.json?client_code=a%00b", None),
    ("GET", "/clients/find-by-name.json?client_name=%00", None),
    ("GET", "/invoices.json?text=%00", None),
    ("GET", "/clients/%00.json", None),
    ("PUT", "/sequences/%00/register.json", {}),
    ("GET", "/api/v3/clients/%00/balance.json", None),
    ("POST", "/items.json", {"item": {"name": "Pen", "description": "a\0b", "unit_price": "1.0"}}),
    ("GET", "/items.json", None),
]


def answers(place):
    with RunningSandbox(place) as sandbox:
        known = sandbox.default_world(seed=7).described["invoicexpress"]
        answers = []
        for method, path, body in REQUESTS:
            more = {"json": body} if body else {}
            params = {"api_key": known["apiKey"]}
            url = httpx.URL(known["url"] + path).copy_merge_params(params)
            answer = sandbox.http.request(method, url, **more)
            answers.append((answer.status_code, answer.content))
    return answers


@pytest.fixture(scope="module")
def in_memory():
    return answers(None)


def test_two_servers_answer_the_same(in_memory, tmp_path):
    assert [status for status, _ in in_memory] == [
        200,
        200,
        200,
        200,
        201,
        201,
        201,
        422,
        200,
        200,
        404,
        *(422,) * 4,
        *(404,) * 3,
        201,
        200,
    ]
    assert answers(str(tmp_path / "store.db")) == in_memory


def test_postgresql_answers_the_same(in_memory, postgres):
    assert answers(postgres) == in_memory
