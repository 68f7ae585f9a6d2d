"""The control plane's document against the control plane: bad input does no harm."""

from pathlib import Path

import pytest

from counterfoil import resources
from counterfoil.contract import document
from counterfoil.contract.load import load_service

HOOKS = Path(__file__).with_name("hooks.py")


@pytest.mark.parametrize(
    "seed", [1, pytest.param(2, marks=pytest.mark.fuzz), pytest.param(3, marks=pytest.mark.fuzz)]
)
def test_the_control_plane_keeps_its_contract(schemathesis, mock, seed):
    outside = {
        name: resources.document(f"specs/{name}/outside.yaml") for name in resources.api_names()
    }
    written = dict(load_service("sandbox", outside).document)
    done = schemathesis(written, HOOKS, {"SANDBOX_URL": mock["url"]}, seed, mock["url"])

    assert done.returncode == 0, done.stdout + done.stderr
    total = len(list(document.operations(written)))
    assert f"{total} selected / {total} total" in done.stdout
