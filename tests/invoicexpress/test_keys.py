"""A key in the query opens one account, on any host but another account's."""

import pytest


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("demo.app.invoicexpress.com", 200),
        ("DEMO.app.invoicexpress.com:443", 200),
        ("demo.invoicexpress.localhost", 200),
        ("other.app.invoicexpress.com", 401),
        ("demo.invoicexpress.com", 200),
        ("other.invoicexpress.com", 401),
        ("other.macewindu.invoicexpress.com", 401),
    ],
)
def test_a_subdomain_is_of_one_account(company, host, status):
    answer = company.ask("GET", "/taxes.json", headers={"host": host})

    assert answer.status_code == status


@pytest.mark.parametrize("query", ["", "?api_key=", "?api_key=%FF", "?API_KEY=x", "?key=x"])
def test_without_a_key_that_is_known_nothing_opens(company, query):
    for method, path in (
        ("GET", "/taxes.json"),
        ("POST", "/clients.json"),
        ("PUT", "/items/1.json"),
    ):
        answer = company.http.request(method, path + query)
        assert answer.status_code == 401
        assert answer.json() == {"errors": [{"error": "Invalid API key"}]}


def test_an_account_sees_what_is_its_own_alone(company):
    owner = {"organization_name": "Other, Lda", "email": "other@example.com", "password": "x"}
    made = company.post("/api/accounts/create.json", {"account": owner | {"terms": "1"}})
    client = company.post("/clients.json", {"client": {"name": "John"}})["client"]
    key = {"params": {"api_key": made["account"]["api_key"]}}

    assert company.http.get("/clients.json", **key).json()["clients"] == []
    assert company.http.get(f"/clients/{client['id']}.json", **key).status_code == 404
    assert [tax["id"] for tax in company.http.get("/taxes.json", **key).json()["taxes"]] == [
        82617, 82618, 82619, 82620,
    ]  # fmt: skip


def test_accounts_are_counted_to_780_requests_a_minute(sandbox, invoicexpress_http):
    world = sandbox.made("empty", limits="documented")
    params = {"api_key": world["invoicexpress"]["apiKey"]}
    answers = [invoicexpress_http.head("/taxes.json", params=params) for _ in range(781)]

    assert [answer.status_code for answer in answers] == [200] * 780 + [429]


def test_the_journal_keeps_no_key(company):
    company.get("/clients.json", page=1)
    told = company.control("GET", "/journal")["items"]

    assert [entry["query"] for entry in told] == ["api_key=***&page=1"]
    assert company.api_key not in str(told)
