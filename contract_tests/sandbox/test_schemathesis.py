"""The control plane's document against the control plane: bad input does no harm."""

from pathlib import Path

import pytest

from counterfoil import resources
from counterfoil.contract.document import operations
from counterfoil.contract.load import load_service

HOOKS = Path(__file__).with_name("hooks.py")


@pytest.mark.parametrize(
    "seed", [None, *(pytest.param(n, marks=pytest.mark.fuzz) for n in (1, 2, 3))]
)
def test_the_control_plane_keeps_its_contract(fuzzed, mock, seed):
    outside = {
        name: resources.document(f"specs/{name}/outside.yaml") for name in resources.api_names()
    }
    document = dict(load_service("sandbox", outside).document)
    done = fuzzed(document, HOOKS, {"SANDBOX_URL": mock["url"]}, mock["url"], seed=seed)

    assert (done.code, done.unwalked) == (0, []), done.said
    assert done.unreached == [] or seed is None, done.said
    count = len(list(operations(document)))
    assert f"{count} selected / {count} total" in done.said
