"""Expereon's document against a server: all phases of Schemathesis, all default checks."""

from pathlib import Path

import pytest

from counterfoil.contract.load import load

HOOKS = Path(__file__).with_name("hooks.py")
UPLOADS = {"POST /api/v1/storage", "POST /api/v1/storage/upload"}
"""What is made up quickly is hardly ever a file of a type that is taken."""


def test_the_server_keeps_its_contract(fuzzed, expereon):
    done = fuzzed(load("expereon").document, HOOKS, expereon, expereon["EXPEREON_URL"])

    assert (done.code, done.unwalked) == (0, []), done.said
    assert set(done.unreached) <= UPLOADS
    assert "136 selected / 136 total" in done.said


@pytest.mark.fuzz
@pytest.mark.parametrize("seed", [1, 2, 3, 11, 12])
def test_the_server_keeps_its_contract_whatever_is_made_up(fuzzed, expereon, seed):
    done = fuzzed(load("expereon").document, HOOKS, expereon, expereon["EXPEREON_URL"], seed=seed)

    assert (done.code, done.unreached, done.unwalked) == (0, [], []), done.said
