"""Proof that the suite finds bugs: it is run against faulty servers, and has to find every fault.

That it finds nothing at a sound one is what `test_contract.py` of each API shows.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from counterfoil import resources
from counterfoil.verify.mock import Mock
from counterfoil.verify.run import Rules
from counterfoil.verify.suite import CHECKS, LIMITED, cases
from counterfoil.verify.target import Asked, opened

HERE = Path(__file__).parent
SERVE = HERE / "serve.py"
LEAST, RATE = 40, 95
"""How many mutants there have to be, and how many of a hundred have to be found."""

A_FEW = (
    "wrong_transition",
    "lost_write",
    "soft_delete",
    "skipped_credential",
    "everything_is_everybodys",
    "doubled_settlement",
    "float_in_money",
    "page_off_by_one",
    "idempotency_blind",
    "stale_idempotency_record",
    "missing_event",
    "wrong_signature",
    "gap_in_numbers",
    "paid_and_open",
)


@pytest.fixture(scope="module")
def catalogue():
    """Every mutant, by name; read where it can do no harm: applying one changes the process."""
    sys.path.insert(0, str(HERE))
    try:
        from catalogue import MUTANTS
    finally:
        sys.path.remove(str(HERE))
    return MUTANTS


def hunted(mutant):
    """Return the findings that give a mutant away, or none."""
    command = (sys.executable, str(SERVE), mutant.name)
    asked = Asked(mutant.api, rules=Rules(strict=True))
    with Mock(command=command) as mock, opened(asked, mock) as server:
        run = server.run()
        known = (*CHECKS, *run.subject.checks)
        likely = [check for check in known if check.group == mutant.first]
        others = [check for check in known if check.group != mutant.first]
        rounds = [(run, likely), (run, others), (None, LIMITED)]
        for on, checks in rounds if likely else reversed(rounds):
            for case in cases(on or server.run(limited=True), checks):
                if case.findings:
                    return list(case.findings)
    return []


def kill(mutants):
    """Run the suite against mutants, two at a time; return what gave each one away."""
    with ThreadPoolExecutor(max_workers=2) as threads:
        return dict(zip([m.name for m in mutants], threads.map(hunted, mutants), strict=True))


def rated(found, capsys):
    """Print the kill rate and who got away; return the rate."""
    alive = sorted(name for name, findings in found.items() if not findings)
    rate = 100 * (len(found) - len(alive)) / len(found)
    with capsys.disabled():
        print(
            f"\nkill rate: {rate:.1f} % of {len(found)} mutants{'; alive: ' if alive else ''}{', '.join(alive)}"
        )
    return rate


def test_a_few_faulty_servers_are_found_out(catalogue, capsys):
    found = kill([catalogue[name] for name in A_FEW])

    assert rated(found, capsys) == 100


@pytest.mark.fuzz
def test_the_suite_kills_mutants(catalogue, capsys):
    assert len(catalogue) >= LEAST
    found = kill(list(catalogue.values()))

    assert rated(found, capsys) >= RATE


def test_every_mutant_says_what_is_wrong(catalogue):
    assert len(catalogue) >= LEAST
    for mutant in catalogue.values():
        assert mutant.claim.endswith("."), mutant.name
    assert set(A_FEW) <= set(catalogue)


def test_the_guide_counts_them_right(catalogue):
    guide = resources.root() / "docs/guides/verify.md"
    if guide.is_file():  # in a checkout
        assert f"has {len(catalogue)} faulty servers" in guide.read_text()
