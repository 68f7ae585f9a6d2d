"""Where the suites find the server they test.

They start Counterfoil's own mock unless `--target` names another server; then credentials come from
the environment (see each suite's own conftest and hooks). Nothing here imports the server: a suite
that did would test nothing.
"""

from collections import Counter

import pytest

from counterfoil.verify.fuzzing import PHASES, Plan, fuzz
from counterfoil.verify.mock import Mock
from counterfoil.verify.run import Rules
from counterfoil.verify.target import Asked
from counterfoil.verify.verification import Wanted, verify

QUICK = ("examples", "fuzzing", "stateful")


def pytest_addoption(parser):
    group = parser.getgroup("counterfoil contract tests")
    group.addoption("--target", metavar="URL", help="the server to test (default: our own mock)")
    group.addoption("--examples", type=int, default=2, help="generated examples an operation")
    group.addoption("--seeds", type=int, metavar="N", help="fuzz with the first N seeds alone")


def pytest_collection_modifyitems(config, items):
    """Leave out what is fuzzed with more seeds than were asked for."""
    most = config.getoption("--seeds")
    tried, left_out = Counter(), []
    for item in items:
        params = dict(item.callspec.params) if hasattr(item, "callspec") else {}
        if most is not None and params.pop("seed", None) is not None:
            place = item.path, item.originalname, *params.values()
            tried[place] += 1
            if tried[place] > most:
                left_out.append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def mock():
    """Our own mock in a process of its own; yields what its ready file says."""
    with Mock() as running:
        yield running.world


@pytest.fixture
def verified(request):
    """Hold a server against the contract of an API; returns the report."""

    def run(api, **settings):
        target = request.config.getoption("--target")
        asked = Asked(api, target, settings, rules=Rules(strict=target is None))
        return verify(asked, Wanted(fuzzed=False))

    return run


@pytest.fixture
def fuzzed(request):
    """Let Schemathesis make up requests from a document; returns what came of it.

    Without a seed it is quick: the coverage phase, three quarters of the time, is for `make fuzz`.
    """

    def run(document, hooks, environment, url, seed=None):
        phases, chosen = (QUICK, 1) if seed is None else (PHASES, seed)
        examples = request.config.getoption("--examples")
        plan = Plan(document, hooks, environment, url, chosen, examples, phases=phases)
        return fuzz(plan)

    return run
