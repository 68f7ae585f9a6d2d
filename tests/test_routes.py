"""Paths lead to endpoints: literal segments first, then values with an ending, then any value."""

import pytest

from counterfoil.web.routes import Routes

PATHS = {
    "/clients/{client}.json": "read",
    "/clients/find-by-name.json": "find",
    "/clients/{client}/invoices.json": "invoices",
    "/clients/{name}": "any",
}


@pytest.fixture
def routes():
    known = Routes()
    for path in reversed(PATHS):
        known.add(path, "GET", PATHS[path])
    return known


@pytest.mark.parametrize(
    ("path", "endpoint", "values"),
    [
        ("/clients/5.json", "read", {"client": "5"}),
        ("/clients/a.json.json", "read", {"client": "a.json"}),
        ("/clients/find-by-name.json", "find", {}),
        ("/clients/5.json/invoices.json", "invoices", {"client": "5.json"}),
        ("/clients/5.xml", "any", {"name": "5.xml"}),
        ("/clients/.json", "any", {"name": ".json"}),
    ],
)
def test_a_value_ends_before_what_the_path_says_behind_it(routes, path, endpoint, values):
    match = routes.find(path.split("/"))

    assert (match.methods["GET"], match.values) == (endpoint, values)


@pytest.mark.parametrize("path", ["/clients", "/clients/", "/clients/5/invoices", "/other"])
def test_what_no_path_says_leads_nowhere(routes, path):
    assert routes.find(path.split("/")) is None
