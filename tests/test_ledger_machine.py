"""Any walk of legal and illegal calls keeps the books: a state machine of several organisations.

After each step: entries sum to nothing in every currency, no bucket is below zero, what is reserved
is what approved invoices and open withdrawals hold, and replaying the entries gives the balances.
"""

import json
from collections import defaultdict

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from harness import RunningSandbox

CONNECTIONS = {
    "conn_abc123": ("seller", "buyer", ("USD", "EUR")),
    "conn_def456": ("seller", "buyer2", ("JPY", "USD", "GBP")),
}
AMOUNTS = {
    "USD": ("0.01", "999.99", "4000.00", "30000.00"),
    "EUR": ("10.00", "9999.99"),
    "JPY": ("1", "300000", "999999"),
    "GBP": ("12.34", "5000.00"),
}
ACTIONS = (
    "submit", "approve", "approve-with-adjustment", "dispute", "resubmit", "request-info", "respond",
    "cancel", "request-cancellation", "accept-cancellation", "reject-cancellation", "settle",
    "archive", "restore",
)  # fmt: skip
BODIES = {
    "approve-with-adjustment": {"adjustedAmount": "1"},
    "dispute": {"reason": "x"},
    "request-info": {"message": "x"},
    "respond": {"message": "x"},
    "request-cancellation": {"reason": "x"},
}
TREASURY = "/api/v1/treasury"
EXPECTED = {200, 400, 403, 404, 409}


class Books(RuleBasedStateMachine):
    """Three organisations, doing whatever they like with each other's invoices."""

    sandbox: RunningSandbox

    @initialize()
    def open(self):
        self.world = self.sandbox.world("empty")
        self.invoices, self.requests = [], []
        self.numbers = 0

    def party(self, name):
        return self.world.party(name)

    @rule(connection=st.sampled_from(sorted(CONNECTIONS)), data=st.data())
    def create(self, connection, data):
        seller, _, currencies = CONNECTIONS[connection]
        currency = data.draw(st.sampled_from(currencies))
        self.numbers += data.draw(st.integers(0, 1))
        answer = self.party(seller).post(
            "/api/v1/invoices", connectionId=connection, invoiceNumber=f"M-{self.numbers}",
            amount=data.draw(st.sampled_from(AMOUNTS[currency])), currency=currency,
            dueDate="2024-05-01",
        )  # fmt: skip
        assert answer.status_code in EXPECTED, answer.text
        if answer.status_code == 200:
            self.invoices.append(answer.json()["id"])

    @precondition(lambda self: self.invoices)
    @rule(
        data=st.data(),
        party=st.sampled_from(("seller", "buyer", "buyer2")),
        action=st.sampled_from(ACTIONS),
        source=st.sampled_from(("AVAILABLE", "COLLATERAL")),
    )
    def act(self, data, party, action, source):
        id = data.draw(st.sampled_from(self.invoices))
        body = dict(BODIES.get(action, {}))
        if action.startswith("approve"):
            body["paymentSource"] = source
        answer = self.party(party).post(f"/api/v1/invoices/{id}/{action}", **body)
        assert answer.status_code in EXPECTED, answer.text

    @precondition(lambda self: self.invoices)
    @rule(data=st.data())
    def act_legally(self, data):
        """Do something that is allowed, so that walks get further than chance would take them."""
        id = data.draw(st.sampled_from(self.invoices))
        for name in ("buyer", "buyer2", "seller"):
            shown = self.party(name).get(f"/api/v1/invoices/{id}")
            actions = shown.json().get("availableActions", [])
            actions = [a for a in actions if a not in ("update", "delete", "cancel", "dispute")]
            if actions:
                action = data.draw(st.sampled_from(actions))
                answer = self.party(name).post(
                    f"/api/v1/invoices/{id}/{action}", **BODIES.get(action, {})
                )
                refused = ("INSUFFICIENT_BALANCE", "INVALID_ADJUSTMENT")
                assert answer.status_code == 200 or answer.json()["code"] in refused, answer.text
                return

    @precondition(lambda self: self.invoices)
    @rule(data=st.data(), amount=st.sampled_from(("5.00", "20000.00", "7")))
    def change(self, data, amount):
        id = data.draw(st.sampled_from(self.invoices))
        answer = self.party("seller").patch(f"/api/v1/invoices/{id}", amount=amount)
        assert answer.status_code in EXPECTED, answer.text

    @rule(amount=st.sampled_from(AMOUNTS["USD"]))
    def do_business(self, amount):
        """Settle an invoice at once, so that there is something to refund."""
        self.numbers += 1
        body = {
            "connectionId": "conn_abc123", "invoiceNumber": f"M-{self.numbers}", "amount": amount,
            "dueDate": "2024-05-01",
        }  # fmt: skip
        made = self.party("seller").post("/api/v1/invoices", **body)
        if made.status_code == 200:
            self.invoices.append(made.json()["id"])
            path = f"/api/v1/invoices/{made.json()['id']}"
            self.party("seller").post(f"{path}/submit")
            for action in ("approve", "settle"):
                answer = self.party("buyer").post(f"{path}/{action}")
                assert answer.status_code in EXPECTED, answer.text

    @rule(
        party=st.sampled_from(("seller", "buyer", "buyer2")),
        currency=st.sampled_from(sorted(AMOUNTS)),
        approved=st.booleans(),
        data=st.data(),
    )
    def withdraw(self, party, currency, approved, data):
        amount = data.draw(st.sampled_from(AMOUNTS[currency]))
        body = {"amount": amount, "currency": currency, "destination": {"type": "WALLET"}}
        answer = self.party(party).post(f"{TREASURY}/withdrawals", **body)
        assert answer.status_code in EXPECTED, answer.text
        if answer.status_code == 200:
            path = f"withdrawals/{answer.json()['id']}"
            self.requests.append((path, party))
            if approved:
                self.party(party).post(f"{TREASURY}/{path}/approve")

    @rule(
        party=st.sampled_from(("seller", "buyer", "buyer2")),
        approved=st.booleans(),
        data=st.data(),
    )
    def ask_for_a_refund(self, party, approved, data):
        rows = self.party(party).get(f"{TREASURY}/transactions", limit=100).json()["items"]
        row = data.draw(st.sampled_from([r for r in rows if r["type"] == "SETTLEMENT"] or rows))
        part = data.draw(st.sampled_from(({}, {"amount": "1"}, {"amount": row["amount"]})))
        body = {"transactionId": row["id"], "reason": "x"} | part
        answer = self.party(party).post(f"{TREASURY}/refunds", **body)
        assert answer.status_code in EXPECTED, answer.text
        if answer.status_code == 200:
            path = f"refunds/{answer.json()['id']}"
            self.requests.append((path, "seller"))
            if approved:
                self.party("seller").post(f"{TREASURY}/{path}/approve")

    @precondition(lambda self: self.requests)
    @rule(
        data=st.data(),
        action=st.sampled_from(("approve", "approve", "approve", "reject", "cancel")),
        stranger=st.booleans(),
    )
    def decide(self, data, action, stranger):
        request, party = data.draw(st.sampled_from(self.requests))
        party = "buyer" if stranger else party
        body = {"reason": "x"} if action == "reject" else {}
        answer = self.party(party).post(f"{TREASURY}/{request}/{action}", **body)
        assert answer.status_code in EXPECTED, answer.text

    @rule(hours=st.sampled_from((24, 1)))
    def wait(self, hours):
        self.world.advance(by=f"PT{hours}H")

    @precondition(lambda self: self.requests)
    @rule(data=st.data())
    def fail(self, data):
        request, _ = data.draw(st.sampled_from(self.requests))
        url = f"/_sandbox/worlds/{self.world.described['id']}/expereon/{request}/fail"
        answer = self.sandbox.client.post(url, json={"code": "BANK_REJECTED"})
        assert answer.status_code in EXPECTED, answer.text

    @invariant()
    def the_books_are_right(self):
        if not hasattr(self, "world"):
            return
        accounts = {
            (holder, currency, bucket): minor
            for holder, currency, bucket, minor in self.world.rows(
                "SELECT holder, currency, bucket, minor FROM accounts WHERE world = ?"
            )
        }
        sums, replayed = defaultdict(int), defaultdict(int)
        for holder, currency, bucket, delta, after in self.world.rows(
            "SELECT holder, currency, bucket, delta, after FROM entries WHERE world = ? ORDER BY seq"
        ):
            sums[currency] += delta
            replayed[holder, currency, bucket] += delta
            assert replayed[holder, currency, bucket] == after
        assert set(sums.values()) <= {0}
        assert replayed == accounts
        assert all(minor >= 0 for (holder, *_), minor in accounts.items() if holder != "world")
        assert self.reserved() == {
            (holder, currency): minor
            for (holder, currency, bucket), minor in accounts.items()
            if bucket == "RESERVED" and minor
        }

    def reserved(self):
        """Return what is held for invoices that are approved and unpaid, and for open withdrawals."""
        held = defaultdict(int)
        for (text,) in self.world.rows(
            "SELECT body FROM resources WHERE world = ? AND kind = 'invoice'"
        ):
            invoice = json.loads(text)
            if invoice["status"] in (
                "APPROVED",
                "APPROVED_WITH_ADJUSTMENT",
                "CANCELLATION_REQUESTED",
            ):
                held[invoice["buyer"], invoice["currency"]] += invoice["approved_amount"]
        for (text,) in self.world.rows(
            "SELECT body FROM resources WHERE world = ? AND kind = 'withdrawal'"
        ):
            withdrawal = json.loads(text)
            if withdrawal["status"] in ("PENDING", "APPROVED"):
                held[withdrawal["organization"], withdrawal["currency"]] += withdrawal["amount"]
        return dict(held)

    @invariant()
    def no_more_is_refunded_than_was_settled(self):
        if not hasattr(self, "world"):
            return
        claimed, settled = defaultdict(int), {}
        for kind, text in self.world.rows(
            "SELECT kind, body FROM resources WHERE world = ? AND kind IN ('refund', 'payment')"
        ):
            record = json.loads(text)
            if kind == "payment":
                settled[record["id"]] = record["amount"]
            elif record["status"] != "REJECTED":
                claimed[record["payment_id"]] += record["amount"]
        assert all(amount <= settled[payment] for payment, amount in claimed.items())


def run(sandbox, examples, steps):
    Books.sandbox = sandbox
    chosen = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, database=None,
        derandomize=examples < 100, suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )  # fmt: skip
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(Books, settings=chosen)


def test_any_walk_keeps_the_books(sandbox):
    run(sandbox, examples=60, steps=60)


@pytest.mark.fuzz
def test_long_walks_keep_the_books(sandbox):
    run(sandbox, examples=300, steps=150)
