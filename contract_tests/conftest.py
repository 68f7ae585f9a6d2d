"""Where the suites find the server they test.

They start Counterfoil's own mock unless `--target` names another server; then credentials come from
the environment (see each suite's own conftest and hooks). Nothing here imports the server: a suite that did would
test nothing.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from counterfoil.verify.mock import Mock
from counterfoil.verify.run import Rules
from counterfoil.verify.target import Asked
from counterfoil.verify.verification import Wanted, verify

HERE = str(Path(__file__).parent)


def pytest_addoption(parser):
    group = parser.getgroup("counterfoil contract tests")
    group.addoption("--target", metavar="URL", help="the server to test (default: our own mock)")
    group.addoption("--examples", type=int, default=8, help="generated examples an operation")


@pytest.fixture(scope="session")
def mock():
    """Our own mock in a process of its own; yields what its ready file says."""
    with Mock() as running:
        yield running.world


@pytest.fixture
def verified(request):
    """Hold a server against the contract of an API; returns the report."""

    def run(api):
        target = request.config.getoption("--target")
        return verify(Asked(api, target, rules=Rules(strict=target is None)), Wanted(fuzzed=False))

    return run


@pytest.fixture
def schemathesis(request, tmp_path):
    """Run Schemathesis on a document with some hooks; returns the finished process."""

    def run(document, hooks, environment, seed, url):
        file = tmp_path / "openapi.json"
        file.write_text(json.dumps(document))
        command = [Path(sys.executable).parent / "schemathesis", "run", file]
        command += [
            "--url",
            url,
            "--seed",
            str(seed),
            "--continue-on-failure",
        ]
        command += ["--max-examples", str(request.config.getoption("--examples"))]
        # A folder of its own: what earlier runs left must not change what this one does.
        return subprocess.run(
            command,
            cwd=tmp_path,
            env=os.environ | environment | {"SCHEMATHESIS_HOOKS": str(hooks), "PYTHONPATH": HERE},
            capture_output=True,
            text=True,
            check=False,
        )

    return run
