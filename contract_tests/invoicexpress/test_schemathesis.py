"""InvoiceXpress's document against a server: all phases of Schemathesis, all default checks."""

import copy
from itertools import product
from pathlib import Path

import pytest

from counterfoil.contract import document
from counterfoil.contract.load import load

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
    written = walkable(load("invoicexpress").document, fidelity)
    url = invoicexpress["INVOICEXPRESS_URL"]
    done = fuzzed(written, HOOKS, invoicexpress, url, seed)

    assert (done.code, done.unwalked) == (0, []), done.said
    assert done.unreached == [] or seed is None, done.said
    total = len(list(document.operations(written)))
    assert f"{total} selected / {total} total" in done.said


def walkable(written, fidelity):
    """Return a document with those links alone whose beginnings are found in answers of a fidelity."""
    whole = copy.deepcopy(dict(written))
    for _, _, operation in document.operations(whole):
        for response in operation["responses"].values():
            links = response.get("links", {})
            for name in [
                n for n, link in links.items() if link.get("x-fidelity", fidelity) != fidelity
            ]:
                del links[name]
    return whole
