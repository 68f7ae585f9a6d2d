"""Where InvoiceXpress's suite finds its server and its key, and how our own mock is switched for it."""

import os

import pytest
import requests


@pytest.fixture
def invoicexpress(request):
    """The environment of InvoiceXpress's hooks: a URL, a key, and how the server is to answer.

    Our own mock's account reads English, so that the hooks can tell why something was refused.
    """
    own = {"INVOICEXPRESS_FIDELITY": request.param}
    target = request.config.getoption("--target")
    if target:
        return os.environ | own | {"INVOICEXPRESS_URL": target}
    world = request.getfixturevalue("mock")
    hub = f"{world['url']}/_sandbox/worlds/{world['id']}/invoicexpress"
    for path, body in (
        ("switches", {"fidelity": request.param}),
        ("accounts/demo", {"language": "en"}),
    ):
        requests.put(f"{hub}/{path}", json=body, timeout=10).raise_for_status()
    known = world["invoicexpress"]
    own |= {"INVOICEXPRESS_URL": known["url"], "INVOICEXPRESS_KEY": known["apiKey"]}
    own |= {"INVOICEXPRESS_HUB": hub}
    return os.environ | own
