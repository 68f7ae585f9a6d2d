"""Where Expereon's suite finds its server and its credentials."""

import os

import pytest


@pytest.fixture(scope="session")
def expereon(request):
    """The environment of Expereon's hooks: a URL and two organisations' credentials."""
    target = request.config.getoption("--target")
    if target:
        return os.environ | {"EXPEREON_URL": target}
    world = request.getfixturevalue("mock")["expereon"]
    organizations = world["organizations"]
    parties = {
        f"EXPEREON_{alias.upper()}": f"{known['apiKey']}:{known['apiSecret']}"
        for alias, known in organizations.items()
    }
    own = {"EXPEREON_URL": world["url"], "EXPEREON_ORGANIZATION": organizations["seller"]["id"]}
    return os.environ | own | parties
