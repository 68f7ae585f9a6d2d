"""Documents that cannot be: what is said of each mistake, and what counts as none."""

import pytest

LINE = {"name": "Product A", "unit_price": "10.0", "quantity": "1.0"}
DRAFT = {
    "date": "15/03/2024",
    "due_date": "15/03/2024",
    "client": {"name": "Client Name", "code": "A1"},
    "items": [LINE],
}
REFUSED = [
    ({"client": None}, "Elemento client não fornecido"),
    ({"items": None}, "O documento deve ter pelo menos um item"),
    ({"items": []}, "O documento deve ter pelo menos um item"),
    ({"items": {"name": "x"}}, "O elemento items deve ser do tipo array"),
    ({"date": None}, "A data não é válida"),
    ({"date": "2017-05-07"}, "A data não é válida"),
    ({"date": "31/02/2017"}, "A data não é válida"),
    ({"due_date": "14/03/2024"}, "Vencimento deve ser igual ou posterior à data do documento"),
    ({"retention": "100"}, "A retenção deve ser um número entre 0 e 99.99"),
    ({"currency_code": "XXX"}, "A moeda XXX não foi encontrada"),
    ({"currency_code": "USD", "rate": "0"}, "A taxa de câmbio deve ser um número maior que 0"),
    ({"sequence_id": "1"}, "A série não foi encontrada"),
    ({"sequence_id": "1424783"}, "A série não corresponde ao tipo de documento"),
    ({"owner_invoice_id": 5}, "O documento de origem não foi encontrado"),
    ({"client": {"code": "none"}}, "O cliente é inválido"),
    ({"client": {"name": "N", "country": "Norge"}}, "O país Norge não foi encontrado"),
    ({"mb_reference": "1"}, "A opção de gerar referência MB está ativa mas não há um fornecedor de pagamentos configurado"),
    ({"global_discount": {"value_type": "percentage", "value": 101}}, "O desconto não é um número"),
    ({"global_discount": {"value_type": "absolute", "value": "10.01"}}, "O desconto não é um número"),
    ({"global_discount": {"value_type": "absolute", "value": "10.001"}}, "O desconto não é um número"),
]  # fmt: skip
LINES = [
    ({"unit_price": "ten"}, "O preço unitário deve ser um número"),
    ({"unit_price": -1}, "O preço unitário deve ser um número"),
    ({"quantity": 0}, "A quantidade deve ser um número maior que 0"),
    ({"quantity": "-1"}, "A quantidade deve ser um número maior que 0"),
    ({"discount": -5}, "O desconto não é um número"),
    ({"discount": 101}, "O desconto não é um número"),
    ({"unit": "kg"}, "A unidade kg não está incluída na lista de unidades aceites"),
    ({"tax": {"name": "Isento"}}, "Razão de isenção deve ter uma opção selecionada"),
    ({"tax": {"name": "Isento"}, "tax_exemption": "M00"}, "Razão de isenção deve ter uma opção selecionada"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("members", "said"), REFUSED + [({"items": [LINE | line]}, said) for line, said in LINES]
)
def test_what_is_wrong_is_told_and_changes_nothing(company, members, said):
    whole = DRAFT | members
    body = {"invoice": {name: value for name, value in whole.items() if value is not None}}

    answer = company.ask("POST", "/invoices.json", body)

    assert (answer.status_code, answer.json()) == (422, {"errors": [{"error": said}]})
    assert company.get("/invoices.json")["pagination"]["total_entries"] == 0
    assert company.get("/clients.json")["pagination"]["total_entries"] == 0
    assert company.get("/items.json")["items"] == []


def test_an_unknown_reason_is_answered_with_the_known_ones(company):
    answer = company.ask("POST", "/invoices.json", {"invoice": DRAFT | {"tax_exemption": "M03"}})

    (error,) = answer.json()["errors"]
    assert error["error"].startswith("A razão de isenção deve ser uma de: M01, M02, M04, ")
    assert error["error"].endswith(", M46, M99")


@pytest.mark.parametrize("member", ["tax_exemption", "tax_exemption_reason"])
def test_an_exempt_line_needs_a_reason_under_any_of_its_names(company, member):
    line = LINE | {"tax": {"name": "Isento"}}

    assert company.draft(items=[line], **{member: "M02"})["tax_exemption"] == "M02"
    assert "tax_exemption" not in company.draft(items=[line | {"tax_exemption": "M07"}])
    company.known(country="ES")
    assert company.draft(items=[line])["taxes"] == 0.0


def test_the_code_of_no_reason_takes_no_other_reason_away(company):
    line = LINE | {"tax": {"name": "Isento"}}

    document = company.draft(items=[line], tax_exemption="M02", tax_exemption_reason="M00")

    assert document["tax_exemption"] == "M02"


@pytest.mark.parametrize(
    "member",
    [
        "reference", "observations", "retention", "tax_exemption", "tax_exemption_reason", "sequence_id",
        "manual_sequence_number", "mb_reference", "owner_invoice_id", "currency_code", "rate",
        "global_discount", "plugin_id", "auto_add_related_document",
    ],
)  # fmt: skip
def test_null_says_no_more_than_silence(company, member):
    drawn = ("id", "permalink")
    silent, told = company.draft(), company.draft(**{member: None})

    assert [told[name] for name in told if name not in drawn] == [
        silent[name] for name in silent if name not in drawn
    ]


@pytest.mark.parametrize("member", ["description", "unit", "discount", "tax", "tax_exemption"])
def test_null_says_nothing_in_a_line_either(company, member):
    line = {"name": "Product A", "unit_price": "10.0", "quantity": "1.0"}

    assert company.draft(items=[line | {member: None}])["items"] == company.draft()["items"]


def test_a_body_without_its_root_key_is_refused_and_both_keys_are_taken(company):
    inner = DRAFT

    lost = company.ask("POST", "/credit_notes.json", {"debit_note": inner})

    assert lost.json() == {"errors": [{"error": "Elemento credit_note não fornecido"}]}
    for key in ("credit_note", "invoice"):
        assert list(company.post("/credit_notes.json", {key: inner})) == ["credit_note"]
