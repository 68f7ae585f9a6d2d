"""The examples of the OpenAPI documents are what their schemas ask for."""

import pytest

from counterfoil import resources
from counterfoil.contract import document
from counterfoil.contract.load import load, load_service
from counterfoil.web.schemas import Schemas

CONTRACTS = {
    "expereon": load("expereon"),
    "sandbox": load_service(
        "sandbox", {"expereon": resources.document("specs/expereon/outside.yaml")}
    ),
}


def examples():
    for name, contract in CONTRACTS.items():
        for _, _, operation in document.operations(contract.document):
            bodies = [("request", operation.get("requestBody"))]
            bodies += [("response", response) for response in operation["responses"].values()]
            for direction, body in bodies:
                content = document.resolve(contract.document, body or {}).get("content", {})
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
