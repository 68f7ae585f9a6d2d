"""What a client owes, and what it was given back."""

import pytest


@pytest.fixture
def path(company):
    client = company.post("/clients.json", {"client": {"name": "John"}})["client"]
    return f"/api/v3/clients/{client['id']}"


def moved(company, path, **more):
    body = {"value": 30, "movement_type": "Reimbursement", "date": "2024-03-01"} | more
    return company.ask("POST", f"{path}/treasury_movements.json", {"treasury_movement": body})


def balance(company, path):
    shown = company.get(f"{path}/balance.json")
    return shown["balance"]["with_vat"], shown["remaining_balance"]["value"]


def test_a_client_that_owes_nothing(company, path):
    answer = company.ask("GET", f"{path}/balance.json")

    assert answer.text == (
        '{"currency":{"symbol":"€","code":"EUR"},'
        '"initial_balance":{"value":0.0,"created_at":"1970-01-01","observation":null},'
        '"balance":{"with_vat":0.0,"without_vat":0.0},'
        '"overdue_balance":{"with_vat":0.0,"without_vat":0.0},'
        '"remaining_balance":{"total":0.0,"value":0.0}}'
    )


def test_what_was_regularised_is_not_owed_any_more(company, path):
    owed = {"initial_balance": {"value": 123.45, "date": "2023-05-19", "observation": "Old books"}}
    company.put(f"{path}/initial_balance.json", owed)
    regularised = {"regularization": {"value": 100, "date": "2023-08-24"}}
    company.post(f"{path}/regularization.json", regularised)
    shown = company.get(f"{path}/balance.json")

    assert shown["initial_balance"] == {
        "value": 123.45, "created_at": "2023-05-19", "observation": "Old books",
    }  # fmt: skip
    assert shown["balance"] == {"with_vat": 23.45, "without_vat": 23.45}
    assert shown["remaining_balance"] == {"total": 123.45, "value": 23.45}


def test_what_a_client_was_given_back_it_owes_again(company, path):
    made = moved(company, path, payment_method="TB", observation="Paid twice")
    before = balance(company, path)
    removed = company.ask("DELETE", f"{path}/treasury_movements/1.json")

    assert (made.status_code, made.json()) == (201, {"treasury_movement": {
        "id": 1, "value": 30.0, "movement_type": "Reimbursement", "payment_method": "TB",
        "date": "2024-03-01", "serie": None, "observation": "Paid twice",
    }})  # fmt: skip
    assert (before, balance(company, path)) == ((30.0, 0.0), (0.0, 0.0))
    assert (removed.status_code, removed.content) == (204, b"")
    assert not removed.headers.keys() & {"content-type", "content-length"}
    assert company.ask("DELETE", f"{path}/treasury_movements/1.json").status_code == 404


def test_the_live_service_removes_a_movement_and_answers_500(company, path):
    company.switch(defects=["movementRemoval"])
    moved(company, path)
    answers = [company.ask("DELETE", f"{path}/treasury_movements/1.json") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [500, 404]


def test_a_reimbursement_is_taken_back_although_the_live_service_answers_500(company, path):
    company.switch(defects=["movementRemoval"])
    moved(company, path)
    before = balance(company, path)
    company.ask("DELETE", f"{path}/treasury_movements/1.json")

    assert (before, balance(company, path)) == ((30.0, 0.0), (0.0, 0.0))


@pytest.mark.parametrize("date", ["", None, ...])
@pytest.mark.parametrize(
    ("method", "name"),
    [("PUT", "initial_balance"), ("POST", "regularization"), ("POST", "treasury_movements")],
)
def test_a_date_that_says_nothing_is_blank(company, path, method, name, date):
    company.known(language="en")
    body = {"value": 1, "movement_type": "Reimbursement", "date": date}
    told = {member: value for member, value in body.items() if value is not ...}

    answer = company.ask(method, f"{path}/{name}.json", {name.removesuffix("s"): told})

    assert (answer.status_code, answer.json()) == (
        422, {"errors": [{"error": "Date can't be blank"}]},
    )  # fmt: skip


@pytest.mark.parametrize("value", [0, "0", "0.00", "000"])
@pytest.mark.parametrize("name", ["regularization", "treasury_movements"])
def test_nothing_is_no_money_that_moves(company, path, name, value):
    company.known(language="en")
    body = {"value": value, "movement_type": "Reimbursement", "date": "2024-03-01"}

    answer = company.ask("POST", f"{path}/{name}.json", {name.removesuffix("s"): body})

    said = {"errors": [{"error": "Validation failed: Value is not a number"}]}
    assert (answer.status_code, answer.json()) == (422, said)


@pytest.mark.parametrize(
    ("fidelity", "status", "said"),
    [
        ("observed", 500, {"errors": [{"error": "undefined method `[]' for nil:NilClass"}]}),
        ("documented", 422, {"errors": [{"error": "Initial balance is a required field"}]}),
    ],
)
def test_an_initial_balance_without_its_root_key(company, path, fidelity, status, said):
    company.known(language="en")
    company.switch(fidelity=fidelity)

    answer = company.ask("PUT", f"{path}/initial_balance.json", {"value": 5, "date": "2024-01-01"})

    assert (answer.status_code, answer.json()) == (status, said)
    assert balance(company, path) == (0.0, 0.0)


def test_the_documents_tell_no_id_of_a_movement(company, path):
    company.switch(fidelity="documented")

    assert "id" not in moved(company, path).json()["treasury_movement"]


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({"value": "ten"}, "Validation failed: Value is not a number"),
        ({"value": 0}, "Validation failed: Value is not a number"),
        ({"date": "01/03/2024"}, "Date is invalid"),
        ({"movement_type": "Payment"}, "Value must be less than or equal to 0.0"),
    ],
)
def test_a_movement_that_is_not_possible(company, path, members, told):
    company.known(language="en")
    answer = moved(company, path, **members)

    assert (answer.status_code, answer.json()) == (422, {"errors": [{"error": told}]})
