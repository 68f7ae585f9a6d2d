"""Where Expereon's suite finds its server and its credentials."""

import os

import pytest

from counterfoil.verify.subject import module_of


@pytest.fixture(scope="session")
def expereon(request):
    """The environment of Expereon's hooks: a URL and two organisations' credentials."""
    target = request.config.getoption("--target")
    if target:
        return os.environ | {"EXPEREON_URL": target}
    world = request.getfixturevalue("mock")
    settings = module_of("expereon").settings_of(world)
    return {"EXPEREON_URL": world["expereon"]["url"], **settings}
