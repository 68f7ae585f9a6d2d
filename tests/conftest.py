"""What every test may ask for: a running sandbox, and a world of its own in it."""

import pytest

import postgresql
from counterfoil.testing import Sandbox
from harness import RunningSandbox, TestWorld


@pytest.fixture(scope="session")
def sandbox():
    """A sandbox on free ports, in this process, for the whole run."""
    with RunningSandbox() as running:
        yield running


@pytest.fixture(scope="session")
def started():
    """A sandbox as users of the client start one, in this process, for the whole run."""
    with Sandbox() as running:
        yield running


@pytest.fixture
def world(sandbox) -> TestWorld:
    """A fresh world without invoices, its clock frozen."""
    return sandbox.world("empty")


@pytest.fixture
def demo(sandbox) -> TestWorld:
    """A fresh world with an invoice in every state, its clock frozen."""
    return sandbox.world("demo")


@pytest.fixture(scope="module")
def postgres():
    """The URL of a PostgreSQL of our own."""
    with postgresql.running() as url:
        yield url
