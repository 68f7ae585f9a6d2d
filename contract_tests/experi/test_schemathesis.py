"""Experi's document against a server: all phases of Schemathesis, all default checks."""

from pathlib import Path

import pytest

from counterfoil.contract.load import load

HOOKS = Path(__file__).with_name("hooks.py")


@pytest.mark.parametrize(
    "seed", [1, *(pytest.param(seed, marks=pytest.mark.fuzz) for seed in (2, 3, 4, 5))]
)
def test_the_server_keeps_its_contract(schemathesis, experi, seed):
    done = schemathesis(load("experi").document, HOOKS, experi, seed, experi["EXPERI_URL"])

    assert done.returncode == 0, done.stdout + done.stderr
    assert "23 selected / 23 total" in done.stdout
