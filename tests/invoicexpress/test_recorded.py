"""The exchanges that were recorded of the live service come back as they were, but for ids and tokens."""

import re

JSON = "application/json; charset=utf-8"
WHOLE = {
    "name": "Client Name",
    "code": "12345",
    "email": "foo@bar.com",
    "language": "pt",
    "address": "Avenida da República, Lisboa",
    "city": "Lisboa",
    "postal_code": "1050-555",
    "fiscal_id": "508025338",
    "website": "www.invoicexpress.com",
    "country": "Portugal",
    "phone": "213456789",
    "fax": "213456788",
    "preferred_contact": {
        "name": "Bruce Norris",
        "email": "email@invoicexpress.com",
        "phone": "213456789",
    },
    "observations": "Observations",
    "send_options": "1",
}
READ = WHOLE | {
    "send_options": 1,
    "preferred_contact": WHOLE["preferred_contact"] | {"mobile": None},
}


def test_a_wrong_key(company):
    answer = company.ask("GET", "/taxes.json", params={"api_key": "wrong"})

    assert (answer.status_code, answer.headers["content-type"]) == (401, JSON)
    assert answer.json() == {"errors": [{"error": "Invalid API key"}]}


def test_a_client_without_a_name(company):
    answer = company.ask("POST", "/clients.json", {"client": {}})

    assert answer.status_code == 422
    assert answer.json() == {"errors": [{"error": "Nome é um campo obrigatório"}]}


def test_a_new_client(company):
    answer = company.ask("POST", "/clients.json", {"client": WHOLE})

    assert answer.status_code == 201
    assert answer.json() == {"client": {"id": answer.json()["client"]["id"]} | READ}


def test_a_client_is_read_with_a_link_that_is_new_each_time(company):
    client = company.post("/clients.json", {"client": WHOLE})["client"]
    reads = [
        company.get(f"/clients/{client['id']}.json")["client"],
        company.get("/clients/find-by-name.json", client_name="Client Name")["client"],
        company.get("/clients/find-by-code.json", client_code="12345")["client"],
    ]
    links = [read.pop("open_account_link") for read in reads]

    whole = {"id": client["id"]} | READ | {"payment_days": 0, "tax_exemption_code": "M00"}
    assert reads == [whole] * 3
    assert len(set(links)) == 3
    form = r"http://www\.app\.invoicexpress\.com/suppliers/[0-9a-f]{40}"
    assert all(re.fullmatch(form, link) for link in links)


def test_a_client_that_is_not_there(company):
    answer = company.ask("GET", "/clients/0.json")

    assert (answer.status_code, answer.text) == (404, "")
    assert answer.headers["content-type"] == JSON


def test_a_list_of_clients(company):
    for name in ("Walter", "john", "Ana"):
        company.post("/clients.json", {"client": {"name": name, "code": name[0]}})

    listed = company.get("/clients.json")
    names = [client["name"] for client in listed["clients"]]
    assert names == ["Ana", "john", "Walter"]
    unknown = ("language", "email", "address", "city", "postal_code", "fiscal_id", "website")
    assert listed["clients"][1] == {
        "id": listed["clients"][1]["id"],
        "name": "john",
        "code": "j",
        **dict.fromkeys((*unknown, "phone", "fax", "observations", "send_options")),
        "preferred_contact": {},
    }
    assert listed["pagination"] == {
        "current_page": 1,
        "total_entries": 3,
        "per_page": 10,
        "total_pages": 1,
    }


def test_the_taxes_every_account_begins_with(company):
    """As recorded, and with the code that taxes have had since."""
    answer = company.ask("GET", "/taxes.json")

    shown = [("IVA23", "23.0", "NOR", 1), ("IVA13", "13.0", "INT", 0), ("IVA6", "6.0", "RED", 0)]
    taxes = [
        f'{{"id":{82613 + place},"name":"{name}","value":{value},"region":null,"code":"{code}",'
        f'"default_tax":{default}}}'
        for place, (name, value, code, default) in enumerate([*shown, ("Isento", "0.0", "ISE", 0)])
    ]
    assert answer.text == f'{{"taxes":[{",".join(taxes)}]}}'
    assert company.ask("GET", "/taxes/82613.json").text == f'{{"tax":{taxes[0]}}}'


def test_a_new_tax(company):
    tax = {"name": "IVA37", "value": "37.0", "region": "PT", "default_tax": "0"}
    answer = company.ask("POST", "/taxes.json", {"tax": tax})

    assert answer.status_code == 201
    assert answer.text == (
        '{"tax":{"id":82617,"name":"IVA37","value":37.0,"region":"PT","code":null,"default_tax":0}}'
    )


def test_a_tax_whose_name_is_taken(company):
    tax = {"name": "IVA23", "value": "37.0", "region": "PT", "default_tax": "0"}
    answer = company.ask("POST", "/taxes.json", {"tax": tax})

    assert answer.status_code == 422
    assert answer.json() == [["name", "não está disponível."]]


def test_a_tax_that_is_not_there(company):
    for method in ("GET", "DELETE"):
        answer = company.ask(method, "/taxes/0.json")
        assert (answer.status_code, answer.text) == (404, " ")


def test_a_tax_that_is_removed(company):
    answer = company.ask("DELETE", "/taxes/82616.json")

    assert (answer.status_code, answer.text) == (200, " ")
    assert company.ask("GET", "/taxes/82616.json").status_code == 404


def test_a_new_series(company):
    """A default of 1, as a number, makes it no default; its counters' ids are where they were."""
    body = {"sequence": {"serie": 2017, "default_sequence": 1}}
    answer = company.ask("POST", "/sequences.json", body)
    sequence = answer.json()["sequence"]

    assert answer.status_code == 201
    assert (sequence["serie"], sequence["default_sequence"]) == (2017, 0)
    offsets = {
        name.removeprefix("current_").removesuffix("_sequence_id"): id - sequence["id"]
        for name, id in sequence.items()
        if name.endswith("_sequence_id")
    }
    assert offsets == {
        "invoice": 0, "simplified_invoice": 1, "invoice_receipt": 2, "receipt": 3, "debit_note": 4,
        "credit_note": 5, "vat_moss_invoice": 7, "vat_moss_credit_note": 8, "vat_moss_receipt": 9,
        "quote": 11, "proforma": 12, "fees_note": 13, "shipping": 14, "devolution": 15,
        "transport": 16,
    }  # fmt: skip
    assert {sequence[f"current_{type_}_number"] for type_ in offsets} == {0}


def test_a_path_that_leads_nowhere(company):
    answer = company.ask("GET", "/suppliers.json")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.text.startswith("<!DOCTYPE html>")
