"""Any walk of legal and illegal calls keeps the books: a state machine of several organisations.

They act on one invoice or on many at once, ask for withdrawals and refunds, let holds expire and money
arrive; connections are suspended, accounts blocked, settlements made to fail. After each step:
entries sum to nothing in every currency, no bucket is below zero, what is reserved is what approved
invoices and open withdrawals hold, and replaying the entries gives the balances.
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
BULK = ("approve", "cancel", "archive", "restore")
PARTIES = ("seller", "buyer", "buyer2")
UNPAID = ("APPROVED", "APPROVED_WITH_ADJUSTMENT", "CANCELLATION_REQUESTED")
TROUBLES = (
    ("/settlements/fail-next", {"code": "PROVIDER_UNAVAILABLE", "count": 1}),
    ("/settlements/fail-next", {"code": "COMPLIANCE_HOLD", "count": 1}),
    ("/connections/conn_abc123/suspend", {}),
    ("/connections/conn_def456/suspend", {}),
    ("/organizations/seller/block", {}),
    ("/organizations/buyer/block", {}),
)
PAYMENTS = "/api/v1/payments"
TREASURY = "/api/v1/treasury"
EXPECTED = {200, 400, 403, 404, 409}


class Books(RuleBasedStateMachine):
    """Three organisations, doing whatever they like with each other's invoices."""

    sandbox: RunningSandbox

    @initialize()
    def open(self):
        self.world = self.sandbox.world("empty")
        self.invoices, self.requests = [], []
        self.numbers = self.orders = 0
        self.may_expire = False

    def party(self, name):
        return self.world.party(name)

    def outside(self, method, path, **body):
        """Let something happen to the world that no party asks for; it may be impossible."""
        url = f"/_sandbox/worlds/{self.world.described['id']}/expereon{path}"
        answer = self.sandbox.client.request(method, url, json=body or None)
        assert answer.status_code in EXPECTED | {201}, answer.text
        return answer

    def some(self, data):
        """Return a few different invoices, in any order."""
        return data.draw(
            st.lists(st.sampled_from(self.invoices), min_size=1, max_size=5, unique=True)
        )

    def sent(self, amount):
        """Return a new invoice that the buyer may approve, unless their connection is suspended."""
        self.orders += 1
        body = {
            "connectionId": "conn_abc123", "invoiceNumber": f"S-{self.orders}", "amount": amount,
            "dueDate": "2024-05-01",
        }  # fmt: skip
        while (made := self.party("seller").post("/api/v1/invoices", **body)).status_code == 400:
            self.outside("POST", "/connections/conn_abc123/reactivate")
        id = made.json()["id"]
        self.invoices.append(id)
        answer = self.party("seller").post(f"/api/v1/invoices/{id}/submit")
        assert answer.status_code in EXPECTED, answer.text
        return id

    def done(self, answer, asked=None):
        """Check that a batch accounts for each of its items, in the order asked for."""
        assert answer.status_code == 200, answer.text
        told = answer.json()
        results = told["results"]
        if asked is not None:
            assert [item["invoiceId"] for item in results] == asked
        succeeded = sum(item["success"] for item in results)
        assert (told["totalCount"], told["succeededCount"], told["failedCount"]) == (
            len(results), succeeded, len(results) - succeeded,
        )  # fmt: skip

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
        party=st.sampled_from(PARTIES),
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
        for name in reversed(PARTIES):
            shown = self.party(name).get(f"/api/v1/invoices/{id}")
            actions = shown.json().get("availableActions", [])
            actions = [a for a in actions if a not in ("update", "delete", "cancel", "dispute")]
            if actions:
                action = data.draw(st.sampled_from(actions))
                answer = self.party(name).post(
                    f"/api/v1/invoices/{id}/{action}", **BODIES.get(action, {})
                )
                refused = (
                    "INSUFFICIENT_BALANCE",
                    "INVALID_ADJUSTMENT",
                    "CONNECTION_NOT_ACTIVE",
                )
                assert answer.status_code == 200 or answer.json()["code"] in refused, answer.text
                return

    @precondition(lambda self: self.invoices)
    @rule(data=st.data(), amount=st.sampled_from(("5.00", "20000.00", "7")))
    def change(self, data, amount):
        id = data.draw(st.sampled_from(self.invoices))
        answer = self.party("seller").patch(f"/api/v1/invoices/{id}", amount=amount)
        assert answer.status_code in EXPECTED, answer.text

    @precondition(lambda self: self.invoices)
    @rule(
        data=st.data(),
        party=st.sampled_from(PARTIES),
        verb=st.sampled_from(BULK),
        source=st.sampled_from(("AVAILABLE", "COLLATERAL")),
    )
    def act_on_many(self, data, party, verb, source):
        ids = self.some(data)
        more = {"paymentSource": source} if verb == "approve" else {}
        answer = self.party(party).post(f"/api/v1/invoices/bulk-{verb}", invoiceIds=ids, **more)
        self.done(answer, ids)

    @rule(
        amounts=st.lists(st.sampled_from(AMOUNTS["USD"]), min_size=1, max_size=4),
        source=st.sampled_from(("AVAILABLE", "COLLATERAL")),
    )
    def approve_many_at_once(self, amounts, source):
        """Send the buyer several invoices, which it approves as far as its funds go."""
        ids = [self.sent(amount) for amount in amounts]
        body = {"invoiceIds": ids, "paymentSource": source}
        self.done(self.party("buyer").post("/api/v1/invoices/bulk-approve", **body), ids)

    @precondition(lambda self: self.invoices)
    @rule(data=st.data(), party=st.sampled_from(("buyer", "buyer", *PARTIES)))
    def settle_many(self, data, party):
        ids = self.some(data)
        self.done(self.party(party).post(f"{PAYMENTS}/bulk-settle", invoiceIds=ids), ids)

    @rule(
        party=st.sampled_from(("buyer", "buyer2")),
        what=st.sampled_from(("settle-all-due", "retry-failed")),
        later=st.booleans(),
    )
    def settle_what_there_is(self, party, what, later):
        more = {"asOf": "2024-06-01"} if later and what == "settle-all-due" else {}
        self.done(self.party(party).post(f"{PAYMENTS}/{what}", **more))

    @rule(trouble=st.sampled_from(TROUBLES))
    def let_something_go_wrong(self, trouble):
        path, body = trouble
        self.outside("POST", path, **body)

    @rule()
    def mend(self):
        """Put right what went wrong, and try again what failed for it."""
        for connection in CONNECTIONS:
            self.outside("POST", f"/connections/{connection}/reactivate")
        for party in PARTIES:
            self.outside("POST", f"/organizations/{party}/unblock")
        self.done(self.party("buyer").post(f"{PAYMENTS}/retry-failed"))

    @rule(party=st.sampled_from(PARTIES), currency=st.sampled_from(sorted(AMOUNTS)), data=st.data())
    def deposit(self, party, currency, data):
        bucket = data.draw(st.sampled_from(("AVAILABLE", "COLLATERAL")))
        body = {"currency": currency, "amount": AMOUNTS[currency][0], "bucket": bucket}
        self.outside("POST", f"/organizations/{party}/deposits", **body)

    @rule(window=st.sampled_from(("PT12H", "PT12H", "P2D", None)), auto=st.booleans())
    def set_terms(self, window, auto):
        self.may_expire |= window is not None
        self.outside("PUT", "/settings", settlementWindow=window, autoSettle=auto)

    @rule()
    def wait_for_the_due_day(self):
        if self.world.control("GET", "/clock")["now"] < "2024-05-01":
            self.world.advance(to="2024-05-01T00:00:00Z")

    @rule(amount=st.sampled_from(AMOUNTS["USD"]))
    def do_business(self, amount):
        """Settle an invoice at once, so that there is something to refund."""
        path = f"/api/v1/invoices/{self.sent(amount)}"
        for action in ("approve", "settle"):
            answer = self.party("buyer").post(f"{path}/{action}")
            assert answer.status_code in EXPECTED, answer.text

    @rule(
        party=st.sampled_from(PARTIES),
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
        party=st.sampled_from(PARTIES),
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
        self.outside("POST", f"/{request}/fail", code="BANK_REJECTED")

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

    def records(self, kind):
        """Return every record of a kind, by id."""
        rows = self.world.rows(
            f"SELECT id, body FROM resources WHERE world = ? AND kind = '{kind}'"
        )
        return {id: json.loads(text) for id, text in rows}

    def reserved(self):
        """Return what is held for invoices that are approved and unpaid, and for open withdrawals."""
        held = defaultdict(int)
        holds = self.records("reservation")
        for invoice in self.records("invoice").values():
            hold = holds.get(invoice.get("reservation_id") or "")
            if invoice["status"] in UNPAID:
                assert hold["amount"] == invoice["approved_amount"]
                active = hold.get("status", "ACTIVE") == "ACTIVE"
                assert active or (self.may_expire and hold["status"] == "EXPIRED")
                if active:
                    held[invoice["buyer"], invoice["currency"]] += invoice["approved_amount"]
            else:
                assert hold is None or hold.get("status", "ACTIVE") != "ACTIVE"
        for withdrawal in self.records("withdrawal").values():
            if withdrawal["status"] in ("PENDING", "APPROVED"):
                held[withdrawal["organization"], withdrawal["currency"]] += withdrawal["amount"]
        return dict(held)

    @invariant()
    def a_settled_invoice_was_paid_once(self):
        if not hasattr(self, "world"):
            return
        paid = self.world.rows(
            "SELECT reference, count(*) FROM entries WHERE world = ? AND change = 'SETTLE_IN' GROUP BY 1"
        )
        settled = {
            id
            for id, invoice in self.records("invoice").items()
            if "SETTLED" in (invoice["status"], invoice.get("archived_from"))
        }
        assert dict(paid) == dict.fromkeys(settled, 1)

    @invariant()
    def no_more_is_refunded_than_was_settled(self):
        if not hasattr(self, "world"):
            return
        settled = {id: payment["amount"] for id, payment in self.records("payment").items()}
        claimed = defaultdict(int)
        for refund in self.records("refund").values():
            if refund["status"] != "REJECTED":
                claimed[refund["payment_id"]] += refund["amount"]
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
    run(sandbox, examples=30, steps=60)


@pytest.mark.fuzz
def test_long_walks_keep_the_books(sandbox):
    run(sandbox, examples=300, steps=150)
