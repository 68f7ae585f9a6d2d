"""What every test of Experi may ask for: a world of its own, and an account's keys in it."""

import pytest

from experi.business import Business


@pytest.fixture
def business(sandbox) -> Business:
    """An account with one client and no invoices, its clock frozen at 2024-03-15T10:30:00Z."""
    return Business(sandbox, sandbox.made("empty"))


@pytest.fixture
def shop(sandbox) -> Business:
    """The account of the demo: invoices in every state that time and calls bring about."""
    return Business(sandbox, sandbox.made("demo"))
