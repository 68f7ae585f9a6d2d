"""Where the suites find the server they test.

They start Counterfoil's own mock unless `--target` names another server; then credentials come from
the environment (see each suite's own conftest and hooks). Nothing here imports the server: a suite that did would
test nothing.
"""

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

PATIENCE_S = 20
HERE = str(Path(__file__).parent)


def pytest_addoption(parser):
    group = parser.getgroup("counterfoil contract tests")
    group.addoption("--target", metavar="URL", help="the server to test (default: our own mock)")
    group.addoption("--examples", type=int, default=8, help="generated examples an operation")


@pytest.fixture(scope="session")
def mock(tmp_path_factory):
    """Our own mock in a process of its own; yields what its ready file says."""
    ready = tmp_path_factory.mktemp("mock") / "ready.json"
    command = [sys.executable, "-m", "counterfoil", "serve", "--port", "0", "--fixture", "empty"]
    command += ["--clock", "2024-03-15T10:30:00Z", "--ready-file", str(ready)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        end = time.monotonic() + PATIENCE_S
        while not ready.exists():
            assert process.poll() is None, process.stderr.read().decode()
            assert time.monotonic() < end, "the mock did not come up"
            time.sleep(0.01)
        yield json.loads(ready.read_text())
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        process.stderr.close()


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
