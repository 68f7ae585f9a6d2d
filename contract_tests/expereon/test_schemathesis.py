"""Expereon's document against a server: all phases of Schemathesis, all default checks."""

from pathlib import Path

import pytest

from counterfoil.contract.load import load

HOOKS = Path(__file__).with_name("hooks.py")


@pytest.mark.parametrize(
    "seed", [1, 2, *(pytest.param(seed, marks=pytest.mark.fuzz) for seed in (3, 11, 12, 13, 14))]
)
def test_the_server_keeps_its_contract(schemathesis, expereon, seed):
    done = schemathesis(load("expereon").document, HOOKS, expereon, seed, expereon["EXPEREON_URL"])

    assert done.returncode == 0, done.stdout + done.stderr
    assert "136 selected / 136 total" in done.stdout
