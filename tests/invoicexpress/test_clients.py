"""Clients: made, changed, found, listed page by page, and what they owed at the beginning."""

import pytest

from counterfoil.apis.invoicexpress.fiscal import is_fiscal_id


def made(company, **client):
    return company.post("/clients.json", {"client": {"name": "John"} | client})["client"]


def test_what_is_not_sent_stays_as_it_is(company):
    id = made(company, code=100, city="Porto", send_options=2)["id"]
    company.put(f"/clients/{id}.json", {"client": {"city": None, "fiscal_id": 508025338}})

    client = company.get(f"/clients/{id}.json")["client"]
    known = ("name", "code", "city", "fiscal_id", "send_options")
    assert [client[name] for name in known] == ["John", "100", None, "508025338", 2]


def test_an_empty_text_of_what_is_chosen_says_nothing(company):
    names = ("code", "country", "email", "language", "send_options", "payment_days")
    client = made(company, **dict.fromkeys(names, ""), preferred_contact={"email": ""})
    item = {"name": "Book", "unit_price": "1", "unit": ""}
    made_item = company.post("/items.json", {"item": item})["item"]
    line = {"name": "Line", "unit_price": "1", "quantity": "1", "unit": ""}
    document = company.draft(client={"name": "Ana", "country": "", "email": ""}, items=[line])

    read = company.get(f"/clients/{client['id']}.json")["client"]
    assert [read.get(name) for name in names] == [None, None, None, None, None, 0]
    assert read["preferred_contact"]["email"] is None
    assert made_item["unit"] is document["items"][0]["unit"] is None
    assert set(document["client"]) == {"id", "name"}
    company.put(f"/clients/{client['id']}.json", {"client": {"country": "Norway"}})
    company.put(f"/clients/{client['id']}.json", {"client": {"country": ""}})
    assert "country" not in company.get(f"/clients/{client['id']}.json")["client"]


def test_names_and_codes_are_of_one_client_each(company):
    company.known(language="en")
    made(company, code="1")
    other = made(company, name="Ana", code="2")
    answers = [
        company.ask("POST", "/clients.json", {"client": {"name": "Maria", "code": "1"}}),
        company.ask("PUT", f"/clients/{other['id']}.json", {"client": {"name": "John"}}),
        company.ask(
            "PUT", f"/clients/{other['id']}.json", {"client": {"name": "Ana", "code": "2"}}
        ),
    ]

    assert [answer.status_code for answer in answers] == [422, 422, 200]
    assert answers[0].json() == {"errors": [{"error": "Code is not available"}]}


def test_names_are_found_whole(company):
    made(company)
    for name in ("Joh", "john", "John "):
        params = {"client_name": name}
        assert company.ask("GET", "/clients/find-by-name.json", params=params).status_code == 404


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        ("508025338", True), ("999999990", True), ("PT508025338", True), ("501442600", True),
        ("508025339", False), ("123456780", False), ("12345678", False), ("abcdefghi", False),
        ("099999990", False), ("٥٠٨٠٢٥٣٣٨", False),
    ],
)  # fmt: skip
def test_a_fiscal_id_is_checked_by_its_last_digit(number, valid):
    assert is_fiscal_id(number) is valid


def test_only_clients_in_portugal_have_portuguese_fiscal_ids(company):
    company.known(language="en")
    at_home = {"name": "A", "country": "Portugal", "fiscal_id": "1"}
    answer = company.ask("POST", "/clients.json", {"client": at_home})

    assert (answer.status_code, answer.json()) == (
        422,
        {"errors": [{"error": "Fiscal is invalid"}]},
    )
    made(company, country="Norway", fiscal_id="1")


def test_pages_are_as_long_as_the_account_says_unless_they_are_asked_for(company):
    for number in range(12):
        made(company, name=f"Client {number:02}")
    pages = [
        company.get("/clients.json"),
        company.get("/clients.json", page=2),
        company.get("/clients.json", page=3, per_page=5),
        company.get("/clients.json", page=9),
    ]
    company.known(perPage=20)
    pages.append(company.get("/clients.json"))

    assert [len(page["clients"]) for page in pages] == [10, 2, 2, 0, 12]
    assert [list(page["pagination"].values()) for page in pages] == [
        [12, 2, 1, 10], [12, 2, 2, 10], [12, 3, 3, 5], [12, 2, 9, 10], [12, 1, 1, 20],
    ]  # fmt: skip


def test_the_documents_print_numbers_of_clients_as_texts(company):
    company.switch(fidelity="documented")
    client = made(company, send_options="1")
    read = company.get(f"/clients/{client['id']}.json")["client"]

    assert (read["id"], read["send_options"], read["payment_days"]) == ("6207597", "1", "0")


def test_regularisations_use_up_what_a_client_owed_at_the_beginning(company):
    company.known(language="en")
    path = f"/api/v3/clients/{made(company)['id']}"
    owed = {"value": 123.45, "date": "2023-05-19", "observation": None}
    regularised = {"value": "23.45", "date": "2023-08-24", "observation": "Agreed"}
    too_much = {"errors": [{"error": (
        "The regularization amount must be less than or equal to the remaining balance"
    )}]}  # fmt: skip

    def regularise(**more):
        body = {"regularization": regularised | more}
        return company.ask("POST", f"{path}/regularization.json", body)

    assert regularise().json() == too_much
    assert company.put(f"{path}/initial_balance.json", {"initial_balance": owed}) == {
        "initial_balance": owed
    }
    assert regularise().json() == {
        "regularization": {"id": 1, "number": "NR00000001"} | regularised | {"value": 23.45}
    }
    assert regularise(value=100.01).json() == too_much
    assert regularise(value=100).status_code == 201
    assert regularise(value=0.01).json() == too_much
    assert company.ask("DELETE", f"{path}/regularization/1.json").text == ""
    assert company.ask("DELETE", f"{path}/regularization/1.json").status_code == 404
    assert regularise(value=23.45).status_code == 201

    listed = company.get(f"{path}/regularization.json")
    assert [row["number"] for row in listed["regularization"]] == ["NR00000002", "NR00000003"]
    assert listed["pagination"]["total_entries"] == 2


def test_an_initial_balance_is_not_less_than_what_was_regularised_of_it(company):
    path = f"/api/v3/clients/{made(company)['id']}"
    for value, status in ((50, 200), (20, 200)):
        body = {"initial_balance": {"value": value, "date": "2023-05-19"}}
        assert company.ask("PUT", f"{path}/initial_balance.json", body).status_code == status
    body = {"regularization": {"value": 15, "date": "2023-05-19"}}
    company.post(f"{path}/regularization.json", body)
    less = {"initial_balance": {"value": 14.99, "date": "2023-05-19"}}

    assert company.ask("PUT", f"{path}/initial_balance.json", less).status_code == 422


def test_the_documents_print_a_new_regularisation_as_a_list(company):
    company.switch(fidelity="documented")
    path = f"/api/v3/clients/{made(company)['id']}"
    company.put(
        f"{path}/initial_balance.json", {"initial_balance": {"value": 5, "date": "2024-01-01"}}
    )
    body = {"regularization": {"value": 5, "date": "2024-01-01"}}
    (row,) = company.post(f"{path}/regularization.json", body)["regularization"]

    assert row["value"] == 5
