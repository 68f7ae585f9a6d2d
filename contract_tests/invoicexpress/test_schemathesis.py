"""InvoiceXpress's document against a server: all phases of Schemathesis, all default checks."""

from itertools import product
from pathlib import Path

import pytest

from counterfoil.contract import document
from counterfoil.contract.load import load
from counterfoil.verify.subject import module_of

HOOKS = Path(__file__).with_name("hooks.py")
SEEDS = (1, 2, 3, 11, 12)


@pytest.mark.parametrize(
    ("invoicexpress", "seed"),
    [
        pytest.param(
            fidelity,
            seed,
            marks=() if seed is None else pytest.mark.fuzz,
            id=f"{fidelity}-{seed}",
        )
        for fidelity, seed in [("observed", None), *product(("observed", "documented"), SEEDS)]
    ],
    indirect=["invoicexpress"],
)
def test_the_server_keeps_its_contract(fuzzed, invoicexpress, seed):
    fidelity = invoicexpress["INVOICEXPRESS_FIDELITY"]
    written = module_of("invoicexpress").answered(load("invoicexpress").document, fidelity)
    if seed is None:
        written = without_aliases(written)
    url = invoicexpress["INVOICEXPRESS_URL"]
    done = fuzzed(written, HOOKS, invoicexpress, url, seed)

    assert (done.code, done.unwalked) == (0, []), done.said
    assert done.unreached == [] or seed is None, done.said
    total = len(list(document.operations(written)))
    assert f"{total} selected / {total} total" in done.said


def without_aliases(written):
    """Return a document without the addresses that answer as others do: those are for the fuzzer."""
    paths = {
        path: {name: part for name, part in item.items() if "x-alias-of" not in part}
        for path, item in written["paths"].items()
    }
    kept = {path: item for path, item in paths.items() if item.keys() - {"parameters"}}
    return {**written, "paths": kept}
