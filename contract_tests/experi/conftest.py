"""Where Experi's suite finds its server and its key."""

import os

import pytest


@pytest.fixture(scope="session")
def experi(request):
    """The environment of Experi's hooks: a URL and a key that may read and write."""
    target = request.config.getoption("--target")
    if target:
        return os.environ | {"EXPERI_URL": target}
    world = request.getfixturevalue("mock")["experi"]
    own = {"EXPERI_URL": world["url"], "EXPERI_KEY": world["apiKey"]}
    return os.environ | own
