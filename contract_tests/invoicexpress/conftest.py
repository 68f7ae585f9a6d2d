"""Where InvoiceXpress's suite finds its server and its key."""

import os

import pytest

from counterfoil.verify.subject import module_of


@pytest.fixture
def invoicexpress(request):
    """The environment of InvoiceXpress's hooks: a URL, a key, and how the server is to answer."""
    own = {"INVOICEXPRESS_FIDELITY": request.param}
    target = request.config.getoption("--target")
    if target:
        return os.environ | own | {"INVOICEXPRESS_URL": target}
    world = request.getfixturevalue("mock")
    settings = module_of("invoicexpress").settings_of(world)
    return {"INVOICEXPRESS_URL": world["invoicexpress"]["url"], **settings, **own}
