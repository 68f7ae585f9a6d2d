"""The pytest plugin: a `sandbox` for the session, and for each API a fixture of its name.

`expereon` is a fresh world for the test, its clock frozen, seeded from the test's name. Importing this
costs nothing; the server is imported when the first test asks for it.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from counterfoil.resources import api_names


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the plugin's options."""
    group = parser.getgroup("counterfoil")
    group.addoption(
        "--sandbox-target",
        metavar="URL",
        help="the hub of a sandbox that runs already (default: one is started in this process)",
    )
    group.addoption(
        "--sandbox-token", metavar="TOKEN", help="the --admin-token that it was started with"
    )


@pytest.fixture(scope="session")
def sandbox(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A `counterfoil.testing.Sandbox`, for the whole session."""
    from counterfoil.testing import Sandbox

    target = request.config.getoption("--sandbox-target")
    with Sandbox(target, request.config.getoption("--sandbox-token")) as running:
        yield running


def _world_of(api: str) -> Any:
    """Return the fixture that makes a world of an API for each test."""

    @pytest.fixture(name=api)
    def world(request: pytest.FixtureRequest, sandbox: Any) -> Iterator[Any]:
        with sandbox.world(api, seed=request.node.nodeid) as made:
            yield made

    world.__doc__ = f"A fresh {api} world, its clock frozen, seeded from the test's name."
    return world


for _name in api_names():
    globals()[_name] = _world_of(_name)
