"""Experi's document against a server: all phases of Schemathesis, all default checks."""

from pathlib import Path

import pytest

from counterfoil.contract.load import load

HOOKS = Path(__file__).with_name("hooks.py")


@pytest.mark.parametrize(
    "seed", [None, *(pytest.param(seed, marks=pytest.mark.fuzz) for seed in (1, 2, 3, 4, 5))]
)
def test_the_server_keeps_its_contract(fuzzed, experi, seed):
    done = fuzzed(load("experi").document, HOOKS, experi, experi["EXPERI_URL"], seed)

    assert (done.code, done.unwalked) == (0, []), done.said
    assert done.unreached == [] or seed is None, done.said
    assert "23 selected / 23 total" in done.said
