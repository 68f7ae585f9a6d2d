"""InvoiceXpress's document against a server: all phases of Schemathesis, all default checks."""

from pathlib import Path

import pytest

from counterfoil.contract import document
from counterfoil.contract.load import load

HOOKS = Path(__file__).with_name("hooks.py")


@pytest.mark.parametrize(
    ("invoicexpress", "seed"),
    [
        pytest.param(
            fidelity,
            seed,
            marks=() if (fidelity, seed) == ("observed", 1) else pytest.mark.fuzz,
            id=f"{fidelity}-{seed}",
        )
        for fidelity in ("observed", "documented")
        for seed in (1, 2, 3, 11, 12)
    ],
    indirect=["invoicexpress"],
)
def test_the_server_keeps_its_contract(schemathesis, invoicexpress, seed):
    written = load("invoicexpress").document
    url = invoicexpress["INVOICEXPRESS_URL"]
    done = schemathesis(written, HOOKS, invoicexpress, seed, url)

    assert done.returncode == 0, done.stdout + done.stderr
    total = len(list(document.operations(written)))
    assert f"{total} selected / {total} total" in done.stdout
