"""A server that is not ours, wrong in ten ways: all ten are named, with commands that show them."""

import os
import re
import subprocess

import pytest

from counterfoil.verify.run import Rules
from counterfoil.verify.target import Asked
from counterfoil.verify.verification import Wanted, verify
from verify import stub

SETTINGS = {
    "EXPEREON_SELLER": "stub-seller-key:stub-seller-secret",
    "EXPEREON_BUYER": "stub-buyer-key:stub-buyer-secret",
    "EXPEREON_BUYER2": "stub-other-key:stub-other-secret",
    "EXPEREON_CONNECTION": "conn_1",
}
TEN = {
    "what was approved can be cancelled": ("cancelInvoice", "cancel as SELLER on invoice APPROVED is refused with INVALID_STATE_TRANSITION"),
    "it crashes": ("listInvoices", "no request is answered with 500"),
    "the secret is not needed": ("listInvoices", "without the right credential it answers 401 with MISSING_CREDENTIALS"),
    "a deleted draft is still there": ("deleteInvoice", "invoice: delete leads from DRAFT to nothing"),
    "the buyer sees drafts": ("approveInvoice", "approve as BUYER on invoice DRAFT is refused with NOT_FOUND"),
    "a retry makes another": ("createInvoice", "a retry gets the answer of the first request, byte by byte"),
    "a limit has no bound": ("listInvoices", "limit=101 is refused with INVALID_PAGINATION"),
    "amounts are sorted as text": ("listInvoices", "sortBy=amount asc puts items in that order"),
    "the last page is not counted": ("listInvoices", "totals count the items, and the pages that they fill"),
    "a status of its own": ("cancelInvoice", "INVALID_STATE_TRANSITION is told with 400"),
}  # fmt: skip


@pytest.fixture(scope="module")
def server():
    running = stub.serve()
    yield running
    running.shutdown()
    running.server_close()


@pytest.fixture(scope="module")
def asked(server):
    url = f"http://127.0.0.1:{server.server_port}"
    return Asked("expereon", url, SETTINGS, Rules(strict=True))


@pytest.fixture(scope="module")
def found(asked):
    report = verify(asked, Wanted(fuzzed=False))
    return {(finding.operation, finding.claim): finding for finding in report.findings}


@pytest.mark.parametrize("wrong", TEN)
def test_what_is_wrong_is_named_with_a_command_that_shows_it(wrong, found, asked):
    finding = found[TEN[wrong]]
    command = finding.again(asked.secrets)

    assert "stub-" not in command
    keys = {
        f"EXPEREON_{party}_{part}": f"stub-{name}-{part.lower()}"
        for party, name in (("SELLER", "seller"), ("BUYER", "buyer"), ("BUYER2", "other"))
        for part in ("KEY", "SECRET")
    }
    again = subprocess.run(
        ["sh", "-c", command], env=os.environ | keys, capture_output=True, text=True, check=True
    )
    assert int(re.match(r"HTTP/1.1 (\d+)", again.stdout)[1]) == finding.exchange.status


def test_a_run_that_only_reads_sends_nothing_else(asked, server):
    before = len(server.invoices)
    reading = Asked(asked.api, asked.target, SETTINGS, Rules(writes=False))

    report = verify(reading, Wanted(fuzzed=False))

    assert {exchange.request.method for exchange in report.exchanges} == {"GET"}
    assert len(server.invoices) == before
    skipped = {case.reason for case in report.cases if case.outcome == "skipped"}
    assert "it writes; allow that with --allow-writes" in skipped
