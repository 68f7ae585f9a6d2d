"""Documents as clients of the real service send and read them: recorded exchanges, drafts, catalogue."""

import re

import pytest

GOLDEN_REQUEST = {
    "invoice": {
        "date": "07/05/2017",
        "due_date": "08/05/2017",
        "client": {"name": "John", "code": "100"},
        "items": [
            {
                "name": "Product A",
                "description": "Cleaning product",
                "unit_price": "10.0",
                "quantity": "1.0",
            }
        ],
    }
}
# The answer as it was recorded, but for ids and the token at the end of the permalink.
GOLDEN_ANSWER = {
    "id": "ID", "status": "draft", "archived": False, "type": "Invoice", "sequence_number": "rascunho",
    "date": "07/05/2017", "due_date": "08/05/2017", "reference": None, "observations": None,
    "retention": None, "permalink": "https://www.app.invoicexpress.com/documents/ID+TOKEN",
    "sum": 10.0, "discount": 0.0, "before_taxes": 10.0, "taxes": 2.3, "total": 12.3, "currency": "Euro",
    "client": {"id": "CLIENT", "name": "John", "code": "100"},
    "items": [
        {
            "name": "Product A", "description": "Cleaning product", "unit_price": "10.0", "unit": None,
            "quantity": "1.0", "tax": {"id": "TAX", "name": "IVA23", "value": 23.0}, "discount": 0.0,
            "subtotal": 10.0, "tax_amount": 2.3, "discount_amount": 0.0, "total": 12.3,
        }
    ],
}  # fmt: skip
RECORDED = [("invoices", "Invoice"), ("invoice_receipts", "InvoiceReceipt"), ("simplified_invoices", "SimplifiedInvoice")]  # fmt: skip


def without_ids(document):
    """Return a document with names in place of its ids, each of which has to be a whole number."""
    id, (line,) = document["id"], document["items"]
    link = re.fullmatch(rf"(https://.*/documents/){id}[0-9a-f]{{40}}", document["permalink"])
    assert link, document["permalink"]
    for number in (id, document["client"]["id"], line["tax"]["id"]):
        assert type(number) is int
    return document | {
        "id": "ID",
        "permalink": f"{link[1]}ID+TOKEN",
        "client": document["client"] | {"id": "CLIENT"},
        "items": [line | {"tax": line["tax"] | {"id": "TAX"}}],
    }


@pytest.mark.parametrize(("path", "name"), RECORDED)
@pytest.mark.parametrize("price", ["10.0", 10.0, 10])
def test_a_draft_is_told_as_it_was_recorded(company, path, name, price):
    request = {"invoice": GOLDEN_REQUEST["invoice"] | {}}
    line = GOLDEN_REQUEST["invoice"]["items"][0] | {"unit_price": price}
    request["invoice"]["items"] = [line]

    answer = company.ask("POST", f"/{path}.json", request)

    assert answer.status_code == 201
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    key = path.removesuffix("s")
    assert list(answer.json()) == [key]
    assert without_ids(answer.json()[key]) == GOLDEN_ANSWER | {"type": name}
    assert '"unit_price":"10.0"' in answer.text
    assert '"sum":10.0,"discount":0.0' in answer.text


# The golden totals: lines as they are sent, and sum, discount, before_taxes, taxes, total.
TOTALS = [
    ([("1", "10.0", "IVA23", {})], (10.0, 0.0, 10.0, 2.3, 12.3)),
    ([("1", "50.0", "IVA23", {})], (50.0, 0.0, 50.0, 11.5, 61.5)),
    ([("1", "300.0", "Isento", {})], (300.0, 0.0, 300.0, 0.0, 300.0)),
    ([("1", "24.3902", "IVA23", {})], (24.39, 0.0, 24.39, 5.61, 30.0)),
    ([("2", "16.0377", "IVA6", {}), ("2", "11.3208", "IVA6", {})], (54.72, 0.0, 54.72, 3.28, 58.0)),
    ([("1", "100", "IVA23", {"discount": 10})], (100.0, 10.0, 90.0, 20.7, 110.7)),
    ([("1", "100", "Isento", {"discount_amount": 25})], (100.0, 0.0, 100.0, 0.0, 100.0)),
]


@pytest.mark.parametrize(("lines", "expected"), TOTALS)
def test_documents_come_to_the_golden_totals(company, lines, expected):
    items = [
        {"name": f"L{n}", "quantity": quantity, "unit_price": price, "tax": {"name": tax}, **more}
        for n, (quantity, price, tax, more) in enumerate(lines)
    ]

    document = company.draft(items=items, tax_exemption="M02")

    members = ("sum", "discount", "before_taxes", "taxes", "total")
    assert tuple(document[member] for member in members) == expected


def test_a_finished_document_tells_what_a_draft_has_not(company):
    draft = company.draft()
    final = company.moved("invoices", draft, "finalized")

    new = {name: final[name] for name in final.keys() - draft.keys()}
    assert re.fullmatch(r"[0-9A-Z]{8}-1", new.pop("atcud"))
    assert re.fullmatch(r"[A-Za-z0-9+/=]{4}", new.pop("saft_hash"))
    assert new == {"inverted_sequence_number": "A/1", "sequence_id": 1424772}
    assert (final["sequence_number"], final["status"]) == ("1/A", "final")
    unchanged = draft.keys() - {"status", "sequence_number"}
    assert {name: final[name] for name in unchanged} == {name: draft[name] for name in unchanged}


@pytest.mark.parametrize(
    ("language", "word"), [("pt", "rascunho"), ("en", "draft"), ("es", "borrador")]
)
def test_a_draft_is_called_one_in_the_language_of_the_account(company, language, word):
    company.known(language=language)

    assert company.draft()["sequence_number"] == word


def test_a_draft_is_replaced_and_what_is_not_sent_is_gone(company):
    draft = company.draft(reference="R1", observations="Once", retention="11.5")
    assert (draft["reference"], draft["retention"]) == ("R1", "11.5")

    line = {"name": "Other", "unit_price": 5, "quantity": 2, "unit": "hour", "discount": 50}
    answer = company.replace("invoices", draft, items=[line])

    after = answer.json()["invoice"]
    assert [item["name"] for item in after["items"]] == ["Other"]
    assert (after["reference"], after["observations"], after["retention"]) == (None, None, None)
    assert (after["sum"], after["discount"], after["total"]) == (10.0, 5.0, 6.15)
    assert company.read("invoices", draft) == after


def test_a_document_is_found_under_the_path_of_its_type_alone(company):
    quote = company.draft("quotes")

    for path in ("invoices", "proformas", "shippings"):
        missing = company.ask("GET", f"/{path}/{quote['id']}.json")
        assert (missing.status_code, missing.text) == (404, "")
        assert missing.headers["content-type"] == "application/json; charset=utf-8"
    changed = company.ask(
        "PUT", f"/invoices/{quote['id']}/change-state.json", {"invoice": {"state": "deleted"}}
    )
    assert (changed.status_code, changed.json()) == (
        404,
        {"errors": [{"error": "Documento não encontrado"}]},
    )


def test_another_accounts_document_is_not_there(company):
    made = company.post("/api/accounts/create.json", {"account": {"organization_name": "B", "email": "b@example.com", "password": "x", "terms": "1"}})  # fmt: skip
    draft = company.draft()

    found = company.ask(
        "GET", f"/invoices/{draft['id']}.json", params={"api_key": made["account"]["api_key"]}
    )

    assert found.status_code == 404


def test_unknown_clients_and_items_join_the_catalogue_and_known_items_change(company):
    company.draft(client={"name": "Ana", "email": "ana@example.com", "country": "Portugal"})
    client = company.get("/clients/find-by-name.json", client_name="Ana")["client"]
    assert (client["email"], client["country"]) == ("ana@example.com", "Portugal")
    (item,) = company.get("/items.json")["items"]
    assert (item["name"], item["unit_price"], item["tax"]["name"]) == ("Product A", 10.0, "IVA23")

    line = {
        "name": "Product A",
        "unit_price": "12.5",
        "quantity": "1",
        "unit": "unit",
        "tax": {"name": "IVA6"},
    }
    company.draft(
        client={"name": "Ana", "email": "else@example.com"},
        items=[line, line | {"unit_price": "13"}],
    )

    (item,) = company.get("/items.json")["items"]
    assert (item["unit_price"], item["unit"], item["tax"]["name"]) == (13.0, "unit", "IVA6")
    assert len(company.get("/clients.json")["clients"]) == 1
    assert (
        company.get("/clients/find-by-name.json", client_name="Ana")["client"]["email"]
        == "ana@example.com"
    )
    renamed = company.ask("PUT", f"/items/{item['id']}.json", {"item": {"name": "Another"}})
    assert renamed.status_code == 422


def test_an_item_keeps_its_tax_where_the_line_names_none(company):
    line = {"name": "Livro", "unit_price": "7.0", "quantity": "1", "tax": {"name": "IVA6"}}
    company.draft(items=[line])

    company.draft(items=[{"name": "Livro", "unit_price": "8.0", "quantity": "1"}])

    (item,) = company.get("/items.json")["items"]
    assert (item["tax"]["name"], item["unit_price"]) == ("IVA6", 8.0)


def test_a_client_is_looked_up_by_code_before_its_name(company):
    company.post("/clients.json", {"client": {"name": "By name", "code": "1"}})
    company.post("/clients.json", {"client": {"name": "By code", "code": "2"}})

    assert company.draft(client={"name": "By name", "code": "2"})["client"]["name"] == "By code"
    assert company.draft(client={"name": "By name", "code": "3"})["client"]["code"] == "1"
    assert company.draft(client={"code": 2})["client"]["name"] == "By code"


@pytest.mark.parametrize("tax", [None, {"name": "No such tax"}, {}])
def test_a_line_without_a_known_tax_has_the_default(company, tax):
    line = {"name": "X", "unit_price": 1, "quantity": 1, "tax": tax}

    assert company.draft(items=[line])["items"][0]["tax"]["name"] == "IVA23"


def test_the_same_uid_gives_the_same_document_until_it_is_canceled_or_deleted(company):
    first = company.draft(uid="order-7")
    assert company.draft(uid="order-7") == first
    final = company.moved("invoices", first, "finalized")
    assert (
        company.draft(uid="order-7", items=[{"name": "Z", "unit_price": 9, "quantity": 1}]) == final
    )
    assert company.draft("credit_notes", uid="order-7")["id"] != first["id"]

    company.moved("invoices", final, "canceled", message="Twice")
    assert company.draft(uid="order-7")["id"] != first["id"]
    assert company.draft(uid="order-8")["id"] != first["id"]


@pytest.mark.parametrize("path", ["quotes", "fees_notes", "shippings"])
@pytest.mark.parametrize("uid", ["same", 77, {"a": 1}, True])
def test_a_uid_means_nothing_to_estimates_and_guides(company, path, uid):
    company.switch(creating=["same"])

    first, second = company.draft(path, uid=uid), company.draft(path, uid=uid)

    assert first["id"] != second["id"]
    assert company.read(path, first) == first


def test_a_uid_whose_document_is_still_being_made_is_refused(company):
    company.known(language="en")
    company.switch(creating=["order-9"])
    body = {**GOLDEN_REQUEST, "proprietary_uid": "order-9"}

    answer = company.ask("POST", "/invoices.json", body)

    said = "There's an ongoing document creation with the provided UID order-9"
    assert (answer.status_code, answer.json()) == (409, {"reason": said})
    company.switch(creating=[])
    assert company.ask("POST", "/invoices.json", body).status_code == 201


def test_the_documented_fidelity_answers_as_the_documents_print_it(company):
    company.switch(fidelity="documented")

    answer = company.post("/invoice_receipts.json", GOLDEN_REQUEST)
    final = company.put(
        f"/invoice_receipts/{answer['invoice']['id']}/change-state.json",
        {"invoice": {"state": "finalized"}},
    )

    (line,) = answer["invoice"]["items"]
    assert (line["unit_price"], line["quantity"]) == (10.0, 1.0)
    assert final["invoice"]["type"] == "InvoiceReceipt"
    assert final["invoice"]["sequence_id"] == "1424774"
    wrong = company.ask(
        "PUT", f"/invoices/{answer['invoice']['id']}/change-state.json", {"invoice": {"state": "x"}}
    )
    assert wrong.json() == {"errors": {"error": "Documento não encontrado"}}


def test_a_plan_lets_no_more_documents_be_made_than_it_says(company):
    company.known(documentLimit=1, language="en")
    company.draft()

    answer = company.ask("POST", "/invoices.json", GOLDEN_REQUEST)

    said = "Document creation limit reached for the period from 01/03/2024 to 01/04/2024."
    assert (answer.status_code, answer.json()) == (422, {"errors": [{"error": said}]})
    company.advance(by="P20D")
    company.draft(date="04/04/2024")


def test_simplified_invoices_are_known_in_portugal_alone(company):
    company.known(country="ES")

    answer = company.ask("POST", "/simplified_invoices.json", GOLDEN_REQUEST)

    assert answer.status_code == 422


def test_a_multibanco_reference_is_made_where_there_is_a_provider(company):
    company.known(paymentProvider=True)

    reference = company.draft(mb_reference="1")["mb_reference"]

    assert (reference["entity"], reference["value"]) == ("10611", 12.3)
    assert re.fullmatch(r"9[0-9]{8}", reference["reference"])


def test_a_document_in_a_foreign_currency_says_what_it_is_at_home(company):
    document = company.draft(currency_code="USD", rate="1.25")

    assert (document["currency"], document["total"]) == ("U.S. dollar", 12.3)
    assert document["multicurrency"] == {"rate": "1.25", "currency": "USD", "total": 9.84}


def test_a_guide_tells_its_way_and_the_tax_authoritys_code(company):
    company.known(communication="auto")
    guide = company.draft("transports", license_plate="01-AB-23", loaded_at="15/03/2024 10:30:01")

    assert (guide["loaded_at"], guide["license_plate"]) == ("15/03/2024 10:30:01", "01-AB-23")
    assert guide["address_from"]["city"] == "Lisboa"
    assert re.fullmatch(
        r"[0-9]{10}", company.moved("transports", guide, "finalized")["at_doc_code_id"]
    )
    late = company.draft("transports", loaded_at="15/03/2024 10:29:59")
    assert company.move("transports", late, "finalized").status_code == 422


def test_a_guides_update_fails_where_the_defect_is_switched_on(company):
    guide = company.draft("shippings")
    assert company.replace("shippings", guide).status_code == 200

    company.switch(defects=["guideUpdate"])

    assert company.replace("shippings", guide).status_code == 500
    assert company.replace("invoices", company.draft()).status_code == 200


@pytest.mark.parametrize("path", ["invoices", "credit_notes", "quotes"])
@pytest.mark.parametrize(
    "told",
    [
        {"loaded_at": "01/01/2024 10:00:00"},
        {"loaded_at": 5},
        {"loaded_at": "01/01/2024 10:00:00", "address_from": "x", "license_plate": 7},
    ],
)
def test_what_only_guides_tell_means_nothing_to_other_documents(company, path, told):
    company.known(communication="auto")

    document = company.finalized(path, **told)

    assert document.keys().isdisjoint(
        {"loaded_at", "address_from", "license_plate", "at_doc_code_id"}
    )


def test_no_document_is_older_than_its_clients_initial_balance(company):
    client = company.post("/clients.json", {"client": {"name": "John", "code": "100"}})["client"]
    balance = {"initial_balance": {"value": 100, "date": "2024-03-10"}}
    company.put(f"/api/v3/clients/{client['id']}/initial_balance.json", balance)

    old = company.ask("POST", "/invoices.json", GOLDEN_REQUEST)
    said = "A data não pode ser anterior à do saldo inicial do cliente[10/03/2024]"
    assert (old.status_code, old.json()) == (422, {"errors": [{"error": said}]})
    assert company.draft(date="10/03/2024")["date"] == "10/03/2024"
