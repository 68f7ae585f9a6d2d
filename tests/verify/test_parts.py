"""Parts of the verifier that others stand on: which operation was meant, what was seen, what arrived."""

import httpx
import pytest

from counterfoil.contract.load import load
from counterfoil.verify.coverage import Coverage
from counterfoil.verify.inbox import Receiver
from counterfoil.verify.routes import Routes
from counterfoil.verify.suite import Budget
from verify.exchanges import exchange

ROOT = "http://api.test/prefix"


@pytest.fixture(scope="module")
def contract():
    return load("expereon")


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("GET", "/api/v1/invoices", "listInvoices"),
        ("GET", "/api/v1/invoices/export", "exportInvoices"),
        ("GET", "/api/v1/invoices/inv_1?x=1", "getInvoice"),
        ("POST", "/api/v1/invoices/inv_1/submit", "submitInvoice"),
        ("GET", "/api/v1/treasury/balances/USD", "getOwnBalance"),
        ("GET", "/api/v1/treasury/org_1/balances", "listOrganizationBalances"),
        ("POST", "/api/v1/invoices/export", None),
        ("GET", "/api/v1/nothing", None),
    ],
)
def test_an_address_means_the_operation_with_the_most_literal_path(
    contract, method, path, operation
):
    found = Routes(contract.operations.values(), ROOT).operation(exchange(method, ROOT + path))

    assert (found and found.id) == operation


def test_coverage_tells_what_was_seen_what_not_and_what_cannot_be(contract):
    coverage = Coverage(contract, {"INTERNAL_ERROR": "a sound server does not answer it"})
    before = coverage.percent
    coverage.statuses["getInvoice"] |= {200, 404}
    coverage.statuses["listInvoices"] |= {400}
    coverage.arrows.add(("invoice", "submit", "DRAFT"))
    coverage.codes.add("NOT_FOUND")
    coverage.events.add("invoice.created")

    tables = {table.title: {row[0]: row[-1] for row in table.rows} for table in coverage.tables()}

    assert tables["Operations"]["getInvoice"] == "seen"
    assert tables["Operations"]["listInvoices"] == "not seen"
    assert tables["Lifecycle"]["invoice: DRAFT submit SUBMITTED"] == "seen"
    assert tables["Error codes"]["NOT_FOUND"] == "seen"
    assert tables["Error codes"]["INTERNAL_ERROR"].startswith("not reachable: a sound server")
    assert tables["Events"]["invoice.created"] == "seen"
    assert before == 0
    assert 0 < coverage.percent < 5


def test_a_receiver_refuses_as_often_as_it_is_told():
    with Receiver() as inbox:
        inbox.refuse["/hook"] = 2
        answers = [httpx.post(inbox.url("/hook"), json={"n": n}).status_code for n in range(3)]

        assert answers == [500, 500, 200]
        assert [message.json for message in inbox.messages] == [{"n": 0}, {"n": 1}, {"n": 2}]
        assert not inbox.wait(lambda messages: len(messages) > 3, 0.01)


def test_a_receiver_may_be_known_by_another_address():
    with Receiver(public="https://me.example/in/") as inbox:
        assert inbox.url("/hook") == "https://me.example/in/hook"


def test_a_budget_without_an_end_lasts():
    assert Budget.of(None).left is None
    assert Budget.of(0).left == 0
    assert 0 < Budget.of(60).left <= 60
