"""The examples of the OpenAPI documents are what their schemas ask for."""

import pytest

from counterfoil import resources
from counterfoil.contract import document
from counterfoil.contract.load import load, load_service
from counterfoil.web.schemas import Schemas

EXPEREON = load("expereon")
CONTRACTS = {
    "expereon": EXPEREON,
    "sandbox": load_service(
        "sandbox", {"expereon": resources.document("specs/expereon/outside.yaml")}
    ),
}


SHOWN = document.with_examples(
    dict(EXPEREON.document), resources.document("specs/expereon/examples.yaml")
)


def examples():
    shown = {name: contract.document for name, contract in CONTRACTS.items()} | {"expereon": SHOWN}
    for name, whole in shown.items():
        for _, _, operation in document.operations(whole):
            bodies = [("request", operation.get("requestBody"))]
            bodies += [("response", response) for response in operation["responses"].values()]
            for direction, body in bodies:
                content = document.resolve(whole, body or {}).get("content", {})
                for media in content.values():
                    given = [e["value"] for e in media.get("examples", {}).values()]
                    given += [media["example"]] if "example" in media else []
                    for value in given:
                        yield pytest.param(
                            name,
                            direction,
                            media["schema"],
                            value,
                            id=f"{operation['operationId']}",
                        )


@pytest.mark.parametrize(("name", "direction", "schema", "value"), list(examples()))
def test_an_example_is_valid(name, direction, schema, value):
    compiled = Schemas(CONTRACTS[name].document).compile(schema, direction)

    assert list(compiled.violations(value)) == []


@pytest.mark.parametrize(
    "operation",
    [
        pytest.param(operation, id=operation["operationId"])
        for _, _, operation in document.operations(SHOWN)
    ],
)
def test_every_request_and_answer_has_an_example(operation):
    """A file's content is what was uploaded: one of its types stands for all."""
    bodies = [operation[body] for body in ("requestBody",) if body in operation]
    for body in [*bodies, *operation["responses"].values()]:
        content = document.resolve(SHOWN, body)["content"]
        shown = [name for name, media in content.items() if media.keys() & {"example", "examples"}]
        assert shown
        assert operation.get("x-alias-of", operation["operationId"]) == "downloadFile" or (
            shown == list(content)
        )


def test_the_server_shows_the_examples(sandbox):
    told = sandbox.http.get("/openapi.json").json()

    answers = told["paths"]["/api/v1/invoices/{invoiceId}/approve"]["post"]["responses"]
    example = answers["200"]["content"]["application/json"]["example"]
    assert (example["status"], example["approvedAmount"]) == ("APPROVED", "2500.00")


@pytest.mark.parametrize("name", CONTRACTS)
def test_every_document_is_sound_to_another_reader(name):
    from openapi_core import OpenAPI

    assert OpenAPI.from_dict(dict(CONTRACTS[name].document)).spec


@pytest.mark.parametrize("name", CONTRACTS)
def test_every_undocumented_thing_says_so(name):
    """Operations say where they come from; what is listed here is all that fields may say."""
    for path, method, operation in document.operations(CONTRACTS[name].document):
        assert operation["x-provenance"] in ("documented", "observed", "inferred"), (path, method)
        assert operation["summary"]


# The members of an invoice that the documents show; all others must say that they are inferred.
DOCUMENTED = {
    "id", "invoiceNumber", "status", "amount", "currency", "buyerOrganizationId",
    "sellerOrganizationId", "dueDate", "createdAt", "connectionId", "description",
}  # fmt: skip


def test_the_members_of_an_invoice_that_no_document_shows_are_inferred():
    contract = CONTRACTS["expereon"]
    properties = contract.document["components"]["schemas"]["InvoiceRow"]["properties"]

    inferred = {
        name
        for name, schema in properties.items()
        if document.resolve(contract.document, schema).get("x-provenance") == "inferred"
    }
    assert set(properties) - inferred == DOCUMENTED
