"""The tests of the sample project; `expereon` is a world of its own for each of them."""

from decimal import Decimal

import httpx
import pytest
from billing import Billing, Receiver, RefusedError

CONNECTION = "conn_abc123"
SECRET = "whsec_of_the_hotel"


@pytest.fixture
def hotel(expereon):
    return Billing(expereon.client("seller"))


@pytest.fixture
def agency(expereon):
    return Billing(expereon.client("buyer"))


@pytest.mark.parametrize("nights", range(1, 92))
def test_a_stay_is_billed_approved_and_paid(hotel, agency, nights):
    invoice = hotel.bill(CONNECTION, f"STAY-{nights}", "2024-05-01", nights, "120.00")

    assert agency.approve(invoice) == "APPROVED"
    assert agency.pay(invoice)


@pytest.mark.parametrize("lost", ["createInvoice", "submitInvoice"])
@pytest.mark.parametrize("number", range(20))
def test_an_answer_that_is_lost_does_not_bill_twice(expereon, hotel, lost, number):
    expereon.faults.lose_response(lost)

    hotel.bill(CONNECTION, f"LOST-{number}", "2024-05-01", 2, "99.50")

    numbers = [i["invoiceNumber"] for i in hotel._all("/api/v1/invoices", {})]
    assert numbers.count(f"LOST-{number}") == 1
    expereon.journal.verify(times=1, replayed=True)


@pytest.mark.parametrize("failures", [1, 2])
def test_an_outage_is_ridden_out(expereon, hotel, failures):
    expereon.faults.error("createInvoice", status=503, times=failures)

    hotel.bill(CONNECTION, "OUT-1", "2024-05-01", 1, "80.00")

    assert expereon.journal.count(operation="createInvoice") == failures + 1


def test_a_long_outage_is_told(expereon, hotel):
    expereon.faults.error("createInvoice", status=503, code="MAINTENANCE")

    with pytest.raises(RefusedError) as refused:
        hotel.bill(CONNECTION, "OUT-1", "2024-05-01", 1, "80.00")

    assert refused.value.code == "MAINTENANCE"


@pytest.mark.parametrize(
    ("nights", "price", "owed"), [(n, "100.10", n * Decimal("100.10")) for n in range(1, 31)]
)
def test_what_is_outstanding_is_what_was_approved(hotel, agency, nights, price, owed):
    before = hotel.outstanding("USD")
    agency.approve(hotel.bill(CONNECTION, "OWED-1", "2024-05-01", nights, price))

    assert hotel.outstanding("USD") - before == owed


@pytest.mark.parametrize("days", range(1, 31))
def test_a_reminder_comes_on_the_due_date(expereon, hotel, agency, days):
    reminders = expereon.listen("buyer", events=("payment.due",))
    due = f"2024-04-{days:02d}"
    agency.approve(hotel.bill(CONNECTION, "DUE-1", due, 1, "80.00"))

    expereon.clock.advance(to=f"{due}T00:00:00Z")

    ours = [m for m in reminders.received if "DUE-1" in m["body"]]
    assert [m["at"] for m in ours] == [f"{due}T00:00:00Z"]


def test_a_payment_is_heard_of_once_though_it_is_told_twice(expereon, hotel, agency):
    receiver = Receiver(SECRET)
    inbox = expereon.listen("seller", events=("invoice.settled",), signingSecret=SECRET)
    expereon.faults.add("duplicate", match={"event": "invoice.settled"}, times=1)
    invoice = hotel.bill(CONNECTION, "TWICE-1", "2024-05-01", 1, "80.00")
    agency.approve(invoice)
    agency.pay(invoice)

    answers = [receiver.take(m["headers"], m["body"]) for m in inbox.wait_for(count=2)]

    assert (answers, receiver.paid) == ([200, 200], ["TWICE-1"])


def test_a_forged_message_is_not_believed(expereon, hotel, agency):
    receiver = Receiver(SECRET)
    inbox = expereon.listen("seller", events=("invoice.settled",), signingSecret=SECRET)
    expereon.faults.add("badSignature", times=1)
    invoice = hotel.bill(CONNECTION, "FORGED-1", "2024-05-01", 1, "80.00")
    agency.approve(invoice)
    agency.pay(invoice)

    (message,) = inbox.wait_for()

    assert receiver.take(message["headers"], message["body"]) == 401
    assert receiver.paid == []


def test_a_failed_payment_can_be_made_again(expereon, hotel, agency):
    invoice = hotel.bill(CONNECTION, "FAIL-1", "2024-05-01", 1, "80.00")
    agency.approve(invoice)
    expereon.fail_settlements("PROVIDER_UNAVAILABLE")

    assert [agency.pay(invoice), agency.pay(invoice)] == [False, True]


def test_money_may_run_out_and_arrive(expereon, hotel, agency):
    large = hotel.bill(CONNECTION, "LARGE-1", "2024-05-01", 900, "100.00")

    with pytest.raises(RefusedError) as refused:
        agency.approve(large)
    expereon.deposit("buyer", "50000.00")

    assert refused.value.code == "INSUFFICIENT_BALANCE"
    assert agency.approve(large) == "APPROVED"


def test_going_back_in_time_undoes_everything(expereon, hotel, agency):
    invoice = hotel.bill(CONNECTION, "BACK-1", "2024-05-01", 1, "80.00")
    before = expereon.snapshot()
    agency.approve(invoice)
    agency.pay(invoice)

    before.restore()

    assert agency.approve(invoice) == "APPROVED"


def test_nobody_answers_when_the_connection_is_cut(expereon):
    expereon.faults.add("reset")

    with pytest.raises(httpx.TransportError):
        expereon.client("seller").get("/api/v1/invoices")
