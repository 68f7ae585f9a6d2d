"""Accounts, series, taxes and items: what a company sets up before it invoices."""

import pytest

OWNER = {
    "organization_name": "My Company",
    "email": "john.doe@example.com",
    "password": "secret123",
    "terms": "1",
}

NO_PRICE = "Price is not valid. Check the decimal mark and if you are inserting only numbers."


def opened(company, **more):
    return company.post("/api/accounts/create.json", {"account": OWNER | more})["account"]


def test_a_partner_opens_an_account(company):
    account = opened(company, fiscal_id="500100200", language="en")

    assert {name: account[name] for name in account if name != "api_key"} == {
        "id": "12346",
        "name": "My Company",
        "url": "https://mycompany.app.invoicexpress.com",
        "state": "active",
    }
    assert company.get("/api/accounts/12346/get.json") == {
        "account": {
            "organization_name": "My Company",
            "fiscal_id": "500100200",
            "email": "john.doe@example.com",
            "state": "active",
            "at_configured": False,
            "trial": True,
        }
    }


def test_a_user_has_one_account_unless_an_existing_user_is_named(company):
    company.known(language="en")
    opened(company)
    again = company.ask("POST", "/api/accounts/create.json", {"account": OWNER})
    other = company.ask("POST", "/api/accounts/create_already_user.json", {"account": OWNER})
    wrong = OWNER | {"password": "guess"}
    guessed = company.ask("POST", "/api/accounts/create_already_user.json", {"account": wrong})

    assert (again.status_code, again.json()) == (
        422,
        {"errors": [{"error": "Owner Owner is invalid"}]},
    )
    assert (other.status_code, other.json()["account"]["url"]) == (
        200, "https://mycompany2.app.invoicexpress.com",
    )  # fmt: skip
    assert guessed.status_code == 401


def test_an_existing_user_may_have_the_password_of_any_of_the_accounts(company):
    path = "/api/accounts/create_already_user.json"
    opened(company)
    company.post(path, {"account": OWNER})
    changed = OWNER | {"password": "changed"}
    company.put("/api/accounts/12347/update.json", {"account": changed})

    answers = [company.ask("POST", path, {"account": body}) for body in (OWNER, changed)]

    assert [answer.status_code for answer in answers] == [200, 200]
    wrong = {"account": OWNER | {"password": "guess"}}
    assert company.ask("POST", path, wrong).status_code == 401


@pytest.mark.parametrize(
    ("fiscal_id", "said"),
    [
        ("1", "Fiscal is invalid"),
        ("50010020A", "Fiscal is invalid"),
        ("012345678", "Fiscal is invalid"),
        ("508025338", "Vat Number is already used in another account"),
        ("PT508025338", "Vat Number is already used in another account"),
    ],
)
def test_an_account_has_a_fiscal_id_of_its_own(company, fiscal_id, said):
    company.known(language="en")
    opened(company)
    body = {"account": OWNER | {"fiscal_id": fiscal_id}}
    existing = company.ask("POST", "/api/accounts/create_already_user.json", body)
    body = {"account": body["account"] | {"email": "new@example.com"}}
    new = company.ask("POST", "/api/accounts/create.json", body)

    for answer in (existing, new):
        assert (answer.status_code, answer.json()) == (422, {"errors": [{"error": said}]})


@pytest.mark.parametrize("postal_code", ["1000", "1000-0011", "1000 001", "abcd-efg"])
def test_a_portuguese_postal_code_has_its_form(company, postal_code):
    company.known(language="en")
    path = "/api/accounts/12345/update.json"
    owner = OWNER | {"postal_code": postal_code}

    answer = company.ask("PUT", path, {"account": owner})
    company.known(country="ES")

    said = [["postal_code", "Postal Code must have the following format DDDD-DDD"]]
    assert (answer.status_code, answer.json()) == (422, said)
    for taken in (owner, owner | {"postal_code": ""}):
        assert company.put(path, {"account": taken}) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [("missing", "valid"), ("invalid", "valid"), ("inactive", "inactive"), ("busy", "busy")],
)
def test_credentials_mend_what_was_wrong_with_credentials(company, before, after):
    sub = {"at_subuser": "500100200/1", "at_password": "cGFzc3dvcmQ="}
    told = {"at_communication": sub | {"communication_type": "auto"}}
    credentials = {"username": "500100200/1", "password": "cGFzc3dvcmQ="}
    body = {"account": OWNER | {"credentials": credentials}}
    for method, path, said in (
        ("POST", "/api/v3/accounts/at_communication.json", told),
        ("PUT", "/api/accounts/12345/update.json", body),
    ):
        company.known(taxAuthority=before)
        assert company.ask(method, path, said).status_code == 200
        known = company.control("PUT", "/invoicexpress/accounts/demo", language="pt")
        assert known["taxAuthority"] == after


def test_null_says_nothing_of_an_account_or_of_an_items_tax(company):
    names = ("first_name", "last_name", "phone", "fiscal_id", "tax_country", "language")
    opened(company, **dict.fromkeys(names))
    item = {"name": "Book", "unit_price": "1", "tax": None}

    account = OWNER | {"first_name": None, "last_name": None, "fiscal_id": None}
    assert company.put("/api/accounts/12345/update.json", {"account": account}) is None
    assert company.get("/api/accounts/12345/get.json")["account"]["fiscal_id"] == "508025338"
    assert company.post("/items.json", {"item": item})["item"]["tax"]["name"] == "IVA23"


def test_only_a_partner_finds_accounts(company):
    key = {"params": {"api_key": opened(company)["api_key"]}}
    read = company.http.get("/api/accounts/12346/get.json", **key)
    made = company.http.post("/api/accounts/create.json", json={"account": OWNER}, **key)

    assert [(answer.status_code, answer.text) for answer in (read, made)] == [(404, "")] * 2


def test_an_account_with_credentials_may_register_series(company):
    key = {"params": {"api_key": opened(company)["api_key"]}}
    series = {"json": {"sequence": {"serie": "2024"}}}
    before = company.http.post("/sequences.json", **key, **series)
    credentials = {"username": "500100200/1", "password": "cGFzc3dvcmQ="}
    company.put(
        "/api/accounts/12346/update.json", {"account": OWNER | {"credentials": credentials}}
    )
    after = company.http.post("/sequences.json", **key, **series)

    assert (before.status_code, before.json()["errors"]["code"]) == (422, "004")
    assert after.status_code == 201
    assert company.get("/api/accounts/12346/get.json")["account"]["at_configured"] is True


def test_an_account_says_how_it_communicates(company):
    said = {
        "at_subuser": "500100200/1",
        "at_password": "cGFzc3dvcmQ=",
        "communication_type": "auto",
    }
    path = "/api/v3/accounts/at_communication.json"
    short = company.ask("POST", path, {"at_communication": said | {"at_subuser": "5/1"}})

    assert company.post(path, {"at_communication": said}) == {"success": "true"}
    assert (short.status_code, short.json()) == (
        422, {"errors": [{"error": "O campo at_subuser tem um tamanho incorreto"}]},
    )  # fmt: skip


@pytest.mark.parametrize("given", [1, "0", True, "true", "yes", None, {"a": 1}, ["1"], 1.5])
def test_only_the_text_1_makes_a_series_the_default(company, given):
    body = {"sequence": {"serie": "B", "default_sequence": given}}

    assert company.post("/sequences.json", body)["sequence"]["default_sequence"] == 0


def test_one_series_is_the_default(company):
    def defaults():
        listed = company.get("/sequences.json")["sequences"]
        return [(series["serie"], series["default_sequence"]) for series in listed]

    made = company.post("/sequences.json", {"sequence": {"serie": "B", "default_sequence": "1"}})
    assert defaults() == [("A", 0), ("B", 1)]
    for _ in range(2):
        assert company.put("/sequences/1424772/set_current.json") is None
        assert defaults() == [("A", 1), ("B", 0)]
    assert made["sequence"]["id"] == 1424789


def test_a_registered_series_has_a_code_for_each_type_with_an_atcud(company):
    series = company.get("/sequences/1424772.json")["sequence"]
    codes = {n: code for n, code in series.items() if n.endswith("_validation_code")}
    without = {name for name, code in codes.items() if code == "N/A"}

    types = ("fees_note", "vat_moss_invoice", "vat_moss_credit_note", "vat_moss_receipt")
    assert without == {f"current_{type_}_validation_code" for type_ in types}
    assert len(set(codes.values()) - {"N/A"}) == 11
    assert all(len(code) == 8 for code in codes.values() if code != "N/A")


@pytest.mark.parametrize("serie", ["2024/A", "/", "2024 A", "2024^A", "Série", "", "x" * 21])
def test_a_series_is_named_as_the_number_of_a_document_can_be(company, serie):
    company.known(language="en")

    answer = company.ask("POST", "/sequences.json", {"sequence": {"serie": serie}})

    said = {"code": "001", "message": "The sequence name is not allowed."}
    assert (answer.status_code, answer.json()) == (422, {"errors": said})


@pytest.mark.parametrize(
    ("authority", "status", "create", "register"),
    [
        ("missing", 422, "004", "002"),
        ("invalid", 422, "004", "002"),
        ("inactive", 422, "005", "003"),
        ("busy", 409, "006", "008"),
    ],
)
def test_the_numbers_of_refusals_mean_different_things(
    company, authority, status, create, register
):
    company.known(country="ES")
    made = company.post("/sequences.json", {"sequence": {"serie": "B"}})["sequence"]
    company.known(country="PT", taxAuthority=authority)

    created = company.ask("POST", "/sequences.json", {"sequence": {"serie": "C"}})
    registered = company.ask("PUT", f"/sequences/{made['id']}/register.json")
    assert [(a.status_code, a.json()["errors"]["code"]) for a in (created, registered)] == [
        (status, create), (status, register),
    ]  # fmt: skip
    assert made["current_invoice_validation_code"] == "N/D"


def test_a_series_is_registered_once(company):
    company.known(country="ES")
    id = company.post("/sequences.json", {"sequence": {"serie": "B"}})["sequence"]["id"]
    abroad = company.ask("PUT", f"/sequences/{id}/register.json")
    company.known(country="PT")
    (series,) = company.put(f"/sequences/{id}/register.json")["sequences"]

    assert abroad.json()["errors"]["code"] == "004"
    assert (series["id"], len(series["current_invoice_validation_code"])) == (id, 8)


def test_a_new_default_tax_takes_the_place_of_the_one_before(company):
    new = {"name": "IVA22", "value": "22.0", "region": "PT-MA", "default_tax": 1}
    company.post("/taxes.json", {"tax": new})
    company.put("/taxes/82614.json", {"tax": {"default_tax": "1", "region": "PT"}})
    company.ask("DELETE", "/taxes/82614.json")

    taxes = company.get("/taxes.json")["taxes"]
    assert [(tax["name"], tax["default_tax"]) for tax in taxes] == [
        ("IVA23", 1), ("IVA6", 0), ("Isento", 0), ("IVA22", 0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fidelity", "tax", "item", "region"),
    [("observed", 500, 422, 422), ("documented", 201, 201, 201)],
)
def test_the_wire_takes_some_numbers_as_text_alone(company, fidelity, tax, item, region):
    company.switch(fidelity=fidelity)
    new_tax = {"name": "IVA22", "value": 22.5, "region": "PT"}
    new_item = {"name": "Book", "unit_price": 9.99}
    answers = [
        company.ask("POST", "/taxes.json", {"tax": new_tax}),
        company.ask("POST", "/items.json", {"item": new_item}),
        company.ask("POST", "/taxes.json", {"tax": {"name": "IVA21", "value": "21"}}),
    ]

    assert [answer.status_code for answer in answers] == [tax, item, region]


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("taxes", {"tax": {"name": "T", "value": "100", "region": "PT"}},
         [["value", "must be a number between 0 and 99.99"]]),
        ("taxes", {"tax": {"name": "T", "value": "5,0", "region": "PT"}},
         [["value", "must be a number between 0 and 99.99"]]),
        ("taxes", {"tax": {"name": "T", "value": "5", "region": "XX"}},
         [["region", "Tax region is not valid"]]),
        ("taxes", {"tax": {"name": "T", "value": "5", "region": ""}},
         [["base", "Tax region is empty"]]),
        ("items", {"item": {"name": "Book", "unit_price": "9,99"}},
         {"errors": [{"error": NO_PRICE}]}),
        ("clients", {"client": {"name": "Ann", "send_options": "4"}},
         {"errors": [{"error": "Send options must be within 1 and 3"}]}),
    ],
)  # fmt: skip
def test_what_the_manual_says_of_a_wrong_value_is_said(company, path, body, said):
    company.known(language="en")

    answer = company.ask("POST", f"/{path}.json", body)

    assert (answer.status_code, answer.json()) == (422, said)


def test_a_tax_is_not_left_without_its_region(company):
    answer = company.ask("PUT", "/taxes/82613.json", {"tax": {"region": ""}})

    assert (answer.status_code, answer.json()) == (
        422, [["base", "A região do imposto está vazia"]],
    )  # fmt: skip


@pytest.mark.parametrize(("fidelity", "status"), [("observed", 422), ("documented", 200)])
def test_a_tax_whose_region_is_unknown_is_changed_with_one_where_the_wire_wants_it(
    company, fidelity, status
):
    company.switch(fidelity=fidelity)
    company.known(language="en")

    answer = company.ask("PUT", "/taxes/82613.json", {"tax": {"name": "IVA 23"}})

    assert answer.status_code == status
    if status == 422:
        assert answer.json() == [["base", "Tax region is empty"]]
    company.put("/taxes/82613.json", {"tax": {"region": "PT"}})
    company.put("/taxes/82613.json", {"tax": {"name": "IVA23%"}})


def test_an_item_is_made_read_changed_and_removed(company):
    new = {"name": "Medium", "description": "foo", "unit_price": "16.2602", "unit": "service"}
    item = company.post("/items.json", {"item": new | {"tax": {"name": "IVA6"}}})["item"]
    path = f"/items/{item['id']}.json"
    company.put(path, {"item": {"unit_price": "5"}})
    answer = company.ask("GET", path)
    removed = company.ask("DELETE", path)

    assert answer.text == (
        '{"item":{"id":402321,"name":"Medium","description":"foo","unit_price":5.0,"unit":"service",'
        '"tax":{"name":"IVA6","value":6.0,"comment":"tax value:6.0%"}}}'
    )
    assert (removed.status_code, removed.text) == (200, "")
    assert company.ask("GET", path).status_code == 404


def test_an_item_of_an_unknown_tax_has_the_default(company):
    new = {"name": "Book", "unit_price": "1", "tax": {"name": "IVA99"}}

    assert company.post("/items.json", {"item": new})["item"]["tax"]["name"] == "IVA23"


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({"unit": "kg"}, "Unit kg is not included in the list of accepted units"),
        ({"unit_price": "ten"}, NO_PRICE),
        ({"unit_price": None}, NO_PRICE),
        ({"name": "Taken"}, "Name is not available."),
    ],
)
def test_an_item_that_is_not_valid(company, members, told):
    company.known(language="en")
    company.post("/items.json", {"item": {"name": "Taken", "unit_price": "1"}})
    answer = company.ask(
        "POST", "/items.json", {"item": {"name": "New", "unit_price": "1"} | members}
    )

    assert (answer.status_code, answer.json()) == (422, {"errors": [{"error": told}]})
