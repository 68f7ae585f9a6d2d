"""The toolkit for tests: the plugin and the client, as an integrator uses them."""

import os
import subprocess
import sys
import unittest
from pathlib import Path

import pytest

from counterfoil.client.control import ControlError
from counterfoil.client.world import MissingError
from counterfoil.testing import Sandbox

SAMPLE = Path(__file__).parents[1] / "docs" / "guides" / "sample"


def run_sample(*options):
    """Run the sample project's own tests, as its author would."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("PYTEST")
    }
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:schemathesis", *options],
        cwd=SAMPLE, env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def test_the_sample_project_passes():
    done = run_sample("-p", "no:xdist")

    assert done.returncode == 0, done.stdout
    assert "200 passed" in done.stdout


def test_the_plugin_works_for_several_processes_at_once():
    done = run_sample("-n", "2", "-k", "outstanding or reminder")

    assert done.returncode == 0, done.stdout
    assert "60 passed" in done.stdout


def test_the_same_tests_run_against_a_server_that_is_there_already(sandbox):
    before = len(sandbox.client.get("/_sandbox/worlds").json()["items"])

    done = run_sample(
        "-k", "failed_payment or twice or back_in_time", "--sandbox-target", sandbox.url
    )

    assert done.returncode == 0, done.stdout
    assert len(sandbox.client.get("/_sandbox/worlds").json()["items"]) == before


def test_the_plugin_costs_nothing_until_it_is_used():
    script = (
        "import sys; before = set(sys.modules)\n"
        "import pytest; pytest_ = set(sys.modules)\n"
        "import counterfoil.pytest_plugin\n"
        "heavy = {'httpx', 'connexion', 'uvicorn', 'starlette', 'jsonschema_rs', 'counterfoil.app'}\n"
        "print(sorted(heavy & (set(sys.modules) - pytest_)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout == "[]\n"


def test_a_server_elsewhere_needs_no_server_here(sandbox):
    script = (
        "import sys; from counterfoil.testing import Sandbox\n"
        f"with Sandbox({sandbox.url!r}) as s, s.world('expereon') as w: print(w.client().get('/api/v1/invoices').status_code)\n"
        "print(sorted({'connexion', 'uvicorn', 'starlette'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout == "200\n[]\n"


class WithUnittest(unittest.TestCase):
    """The same without pytest: a server for the class, a world for each test."""

    @classmethod
    def setUpClass(cls):
        cls.sandbox = cls.enterClassContext(Sandbox())

    def setUp(self):
        self.expereon = self.enterContext(self.sandbox.world("expereon", seed=self.id()))

    def test_the_demo_is_there(self):
        page = self.expereon.client("seller").get("/api/v1/invoices").json()
        self.assertGreater(page["totalCount"], 0)  # noqa: PT009  unittest is the point

    def test_money_arrives(self):
        told = self.expereon.deposit("buyer", "1.00")
        self.assertEqual(told["available"][-3:], ".00")  # noqa: PT009


@pytest.fixture
def expereon(started, request):
    with started.world("expereon", fixture="empty", seed=request.node.name) as world:
        yield world


BODY = {
    "connectionId": "conn_abc123",
    "invoiceNumber": "T-1",
    "amount": "10.00",
    "dueDate": "2024-05-01",
}


def test_what_did_not_come_is_told(expereon):
    inbox = expereon.webhooks
    for number in ("T-1", "T-2"):
        expereon.client().post("/api/v1/invoices", json=BODY | {"invoiceNumber": number})
    expereon.drain()

    with pytest.raises(
        MissingError,
        match=r"payment.settled: wanted 1, received \['invoice.created', 'invoice.created'\]",
    ):
        inbox.wait_for("payment.settled", seconds=0)
    with pytest.raises(MissingError, match="wanted times 3, found 2"):
        expereon.journal.verify(times=3, operation="createInvoice")
    with pytest.raises(MissingError, match="wanted 1, found 0"):
        expereon.journal.wait_for(operation="settleInvoice", seconds=0)


def test_what_is_refused_is_told(expereon):
    with pytest.raises(ControlError, match="time runs forward; to go back, restore a snapshot"):
        expereon.clock.advance(to="2020-01-01T00:00:00Z")
    with pytest.raises(ControlError, match="There is no fixture 'dmeo'"):
        expereon.control.ask("POST", "/worlds", {"fixture": "dmeo"})
    with pytest.raises(ControlError, match="no sandbox answers at http"):
        Sandbox("http://127.0.0.1:9").start()


def test_the_clock_the_journal_and_the_events_are_at_hand(expereon):
    expereon.client().post("/api/v1/invoices", json=BODY)
    expereon.clock.advance("P1D")

    assert expereon.clock.now.isoformat() == "2024-03-16T10:30:00+00:00"
    assert [entry["operation"] for entry in expereon.journal.entries] == ["createInvoice"]
    assert [event["type"] for event in expereon.events] == ["invoice.created"]
    assert expereon.coverage["expereon"]["operations"]["seen"] == ["createInvoice"]


def test_the_same_name_gives_the_same_ids(started):
    def first_id():
        with started.world("expereon", seed="a test's name") as world:
            return world.client().post("/api/v1/invoices", json=BODY).json()["id"], world.described[
                "seed"
            ]

    assert first_id() == first_id()


def test_organisations_join_and_connect(expereon):
    expereon.join("newcomer", "Fjord Cabins AS")
    connection = expereon.connect("seller", "newcomer", "EUR")
    expereon.suspend(connection["id"])
    expereon.reactivate(connection["id"])
    switched = expereon.change_settings(settlementWindow="P7D", autoSettle=True)
    assert switched == {"settlementWindow": "P7D", "autoSettle": True}
    expereon.block("newcomer")
    expereon.unblock("newcomer")

    made = (
        expereon.client()
        .post("/api/v1/invoices", json=BODY | {"connectionId": connection["id"]})
        .json()
    )

    assert made["currency"] == "EUR"
    assert expereon.client("newcomer").get("/api/v1/invoices").json()["totalCount"] == 0


def test_a_withdrawal_fails_on_its_way(expereon):
    path = "/api/v1/treasury/withdrawals"
    body = {"amount": "5.00", "currency": "USD", "destination": {"type": "WALLET"}}
    asked = expereon.client().post(path, json=body).json()
    expereon.client().post(f"{path}/{asked['id']}/approve").raise_for_status()

    told = expereon.fail_withdrawal(asked["id"], "COMPLIANCE_HOLD")

    assert told == {"id": asked["id"], "status": "FAILED", "failureCode": "COMPLIANCE_HOLD"}
