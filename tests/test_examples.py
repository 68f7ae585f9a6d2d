"""The examples of the OpenAPI documents are what their schemas ask for."""

import pytest

from counterfoil import resources
from counterfoil.contract import document
from counterfoil.contract.load import load, load_service
from counterfoil.web.schemas import Schemas

APIS = {name: load(name) for name in resources.api_names()}
OUTSIDE = {name: resources.document(f"specs/{name}/outside.yaml") for name in APIS}
CONTRACTS = {**APIS, "sandbox": load_service("sandbox", OUTSIDE)}
SHOWN = {
    name: document.with_examples(dict(contract.document), resources.examples(name))
    for name, contract in CONTRACTS.items()
}
FILES = {"downloadFile"}
"""What answers with a file that was uploaded: one of its types stands for all."""


def examples():
    for name, whole in SHOWN.items():
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
                            id=f"{name}-{operation['operationId']}",
                        )


@pytest.mark.parametrize(("name", "direction", "schema", "value"), list(examples()))
def test_an_example_is_valid(name, direction, schema, value):
    compiled = Schemas(CONTRACTS[name].document).compile(schema, direction)

    assert list(compiled.violations(value)) == []


@pytest.mark.parametrize(
    ("whole", "operation"),
    [
        pytest.param(SHOWN[api], operation, id=f"{api}-{operation['operationId']}")
        for api in APIS
        for _, _, operation in document.operations(SHOWN[api])
    ],
)
def test_every_request_and_answer_has_an_example(whole, operation):
    bodies = [operation[body] for body in ("requestBody",) if body in operation]
    for body in [*bodies, *operation["responses"].values()]:
        content = document.resolve(whole, body).get("content", {})
        shown = [name for name, media in content.items() if media.keys() & {"example", "examples"}]
        assert bool(shown) == bool(content)
        assert operation.get("x-alias-of", operation["operationId"]) in FILES or (
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
