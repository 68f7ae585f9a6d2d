"""How InvoiceXpress says no: which shape, in which language, as the wire does and as documents print it."""

import pytest

CLIENT = ("POST", "/clients.json", {"client": {}})
TAX = ("POST", "/taxes.json", {"tax": {"name": "IVA23", "value": "1.0", "region": "PT"}})
ITEM = ("POST", "/items.json", {"item": {"unit_price": "1.0"}})
TERMS = {"organization_name": "A", "email": "a@b.pt", "password": "x", "terms": "0"}
ACCOUNT = ("POST", "/api/accounts/create.json", {"account": TERMS})
FISCAL = TERMS | {"terms": "1", "fiscal_id": "1"}
CHANGE = ("PUT", "/api/accounts/12345/update.json", {"account": FISCAL})
SERIES = ("POST", "/sequences.json", {"sequence": {"serie": "A"}})
BALANCE = ("PUT", "/api/v3/clients/0/initial_balance.json", {"initial_balance": {"value": 1}})

TOLD = [
    (CLIENT, 422, {"errors": [{"error": "Name is a required field"}]},
     {"errors": ["Name is a required field"]}),
    (TAX, 422, [["name", "is not available."]], {"name": ["is not available."]}),
    (ITEM, 422, {"errors": [{"error": "Name is a required field"}]},
     {"errors": [{"error": "Name is a required field"}]}),
    (ACCOUNT, 422, {"errors": [{"error": "Terms and Conditions should be accepted"}]},
     {"errors": {"error": "Terms and Conditions should be accepted"}}),
    (CHANGE, 422, [["fiscal_id", "is invalid"]], ["fiscal_id", "is invalid"]),
    (SERIES, 422, {"errors": {"code": "002", "message": "The sequence already exists."}},
     {"errors": {"code": "002", "message": "The sequence already exists."}}),
    (("PUT", "/sequences/1424772/register.json", None), 409,
     {"errors": {"code": "005", "message": "All sequences are already registered."}},
     {"errors": {"code": "005", "message": "All sequences are already registered."}}),
    (("PUT", "/sequences/0/register.json", None), 404,
     {"errors": {"code": "006", "message": "The sequence doesn't exist."}},
     {"errors": {"code": "006", "message": "The sequence doesn't exist."}}),
    (BALANCE, 422, {"errors": [{"error": "Date can't be blank"}]},
     {"errors": [{"error": "Date can't be blank"}]}),
    (("GET", "/api/v3/clients/0/regularization.json", None), 404,
     {"errors": [{"error": "Client not found"}]}, {"errors": [{"error": "Client not found"}]}),
]  # fmt: skip


@pytest.mark.parametrize(("fidelity", "place"), [("observed", 2), ("documented", 3)])
def test_each_operation_says_no_in_its_own_shape(company, fidelity, place):
    company.switch(fidelity=fidelity)
    company.known(language="en")

    for row in TOLD:
        (method, path, body), status = row[0], row[1]
        answer = company.ask(method, path, body)
        assert (answer.status_code, answer.json()) == (status, row[place]), path


BLANK = [
    ("GET", "/clients/0.json", None), ("PUT", "/clients/0.json", {"client": {}}),
    ("GET", "/clients/find-by-name.json?client_name=Nobody", None),
    ("GET", "/clients/find-by-code.json?client_code=", None),
    ("GET", "/items/0.json", None), ("PUT", "/items/0.json", {"item": {}}), ("DELETE", "/items/0.json", None),
    ("GET", "/sequences/0.json", None), ("PUT", "/sequences/0/set_current.json", None),
    ("GET", "/api/accounts/1/get.json", None),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body"), BLANK)
def test_what_is_not_there_is_told_without_a_word(company, method, path, body):
    path, _, query = path.partition("?")
    params = dict([query.split("=")]) if query else {}
    answer = company.ask(method, path, body, params=params)

    assert (answer.status_code, answer.text) == (404, "")
    assert answer.headers["content-type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize(
    ("language", "missing", "taken"),
    [
        ("pt", "Nome é um campo obrigatório", "Nome não está disponível"),
        ("en", "Name is a required field", "Name is not available"),
        ("es", "Nombre es un campo obligatorio", "Nombre no está disponible"),
    ],
)
def test_messages_are_in_the_language_of_the_account(company, language, missing, taken):
    company.known(language=language)
    company.post("/clients.json", {"client": {"name": "John"}})

    told = [
        company.ask("POST", "/clients.json", {"client": client}).json()
        for client in ({}, {"name": "John"})
    ]
    assert told == [{"errors": [{"error": missing}]}, {"errors": [{"error": taken}]}]


TRANSLATED = [
    (["not", "an", "object"], "Body must be an object", "Corpo tem um tipo inválido", "Cuerpo tiene un tipo no válido"),
    ({"client": {"name": None}}, "Name is a required field", "Nome é um campo obrigatório", "Nombre es un campo obligatorio"),
    ({"client": None}, "Client is a required field", "Cliente é um campo obrigatório", "Cliente es un campo obligatorio"),
    ({"client": {"name": " \t"}}, "Name is a required field", "Nome é um campo obrigatório", "Nombre es un campo obligatorio"),
    ({"client": {"name": "\u00a0"}}, "Name is a required field", "Nome é um campo obrigatório", "Nombre es un campo obligatorio"),
    ({"client": {"name": "J\0hn"}}, "Name is invalid", "Nome é inválido", "Nombre no es válido"),
    ({"client": {"name": "x" * 101}}, "Name is too long (maximum is 100 characters)",
     "Nome é demasiado longo (máximo: 100 caracteres)", "Nombre es demasiado largo (máximo: 100 caracteres)"),
    ({"client": {"name": "J", "send_options": "9"}}, "Send options must be within 1 and 3",
     "Opções de envio deve estar entre 1 e 3", "Opciones de envío debe estar entre 1 y 3"),
    ({"client": {"name": "J", "send_options": "two"}}, "Send options is not a number",
     "Opções de envio não é um número", "Opciones de envío no es un número"),
    ({"client": {"name": "J", "website": 5}}, "Website must be a string or null",
     "Website tem um tipo inválido", "Sitio web tiene un tipo no válido"),
    ({"client": {"name": "J", "preferred_contact": {"email": "x"}}}, "Preferred contact: email must be an email",
     "Contacto preferencial: o email deve ser um email", "Contacto preferido: el email debe ser un email"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "english", "portuguese", "spanish"), TRANSLATED)
def test_what_is_wrong_is_told_in_one_language(company, body, english, portuguese, spanish):
    for language, said in (("en", english), ("pt", portuguese), ("es", spanish)):
        company.known(language=language)
        answer = company.ask("POST", "/clients.json", body)

        assert (answer.status_code, answer.json()) == (422, {"errors": [{"error": said}]})


def test_a_null_is_told_as_missing_and_once(company):
    company.known(language="en")
    id = company.post("/clients.json", {"client": {"name": "John"}})["client"]["id"]
    body = {"treasury_movement": {"value": None, "movement_type": None, "date": None}}
    answer = company.ask("POST", f"/api/v3/clients/{id}/treasury_movements.json", body)

    assert answer.json() == {
        "errors": [
            {"error": "Validation failed: Value is not a number"},
            {"error": "Movement type is a required field"},
            {"error": "Date can't be blank"},
        ]
    }


def test_everything_that_is_wrong_is_told_at_once(company):
    company.known(language="en")
    client = {"name": "", "email": "x", "country": "Nowhere", "send_options": "9"}

    assert company.ask("POST", "/clients.json", {"client": client}).json() == {
        "errors": [
            {"error": "Name can't be blank"},
            {"error": "Email is invalid"},
            {"error": "Country Nowhere was not found"},
            {"error": "Send options must be within 1 and 3"},
        ]
    }


def test_the_documents_say_nothing_of_a_client_that_cannot_be_changed(company):
    company.known(language="en")
    id = company.post("/clients.json", {"client": {"name": "John"}})["client"]["id"]
    wrong = {"client": {"email": "x"}}
    observed = company.ask("PUT", f"/clients/{id}.json", wrong)
    company.switch(fidelity="documented")
    documented = company.ask("PUT", f"/clients/{id}.json", wrong)

    assert (observed.status_code, observed.json()) == (
        422,
        {"errors": [{"error": "Email is invalid"}]},
    )
    assert (documented.status_code, documented.text) == (422, "")


@pytest.mark.parametrize(("fidelity", "said"), [("observed", " "), ("documented", "")])
def test_the_removal_of_a_tax_is_answered_as_the_fidelity_has_it(company, fidelity, said):
    company.switch(fidelity=fidelity)

    answer = company.ask("DELETE", "/taxes/82614.json")

    assert (answer.status_code, answer.text) == (200, said)
    assert answer.headers["content-type"] == "application/json; charset=utf-8"


def test_a_body_that_is_no_json(company):
    headers = {"content-type": "application/json"}
    answer = company.ask("POST", "/clients.json", content=b"{", headers=headers)

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "400"


def test_a_body_of_another_type(company):
    company.known(language="en")
    answer = company.ask("POST", "/clients.json", content=b"client=John")

    assert answer.status_code == 422
    assert answer.json() == {"errors": [{"error": "No content type or wrongly specified"}]}


def test_a_method_that_no_path_has(company):
    answer = company.ask("DELETE", "/clients/0.json")

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, PUT")


def test_a_fault_that_was_asked_for_has_the_shape_of_its_operation(company):
    rule = {"match": {"operation": "createSequence"}}
    effect = {"type": "error", "status": 409, "code": "AT_BUSY", "message": "A busy authority"}
    company.control("POST", "/faults", **rule, effect=effect)

    answer = company.ask("POST", "/sequences.json", {"sequence": {"serie": "B"}})
    assert answer.status_code == 409
    assert answer.json() == {"errors": {"code": "006", "message": "A busy authority"}}
