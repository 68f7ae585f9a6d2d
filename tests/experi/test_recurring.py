"""Recurring invoices: every occurrence at its own instant, counted from the first, none missed."""

import calendar
from datetime import date

import pytest

from experi.business import CLIENT, INVOICES, LINE, RECURRING, refused

STAMP = "T00:00:00Z"


def issued(business, recurring):
    """Return the dates of the invoices that a recurring one made, oldest first."""
    found = business.every(INVOICES)
    return [
        i["issueDate"][:10] for i in reversed(found) if i["recurringInvoiceId"] == recurring["id"]
    ]


def month_ends(day, first, last):
    """Return a day of each month between two, or the month's last day, month by month."""
    months = range(first[0] * 12 + first[1] - 1, last[0] * 12 + last[1])
    for year, month in (divmod(month, 12) for month in months):
        last_day = calendar.monthrange(year, month + 1)[1]
        yield date(year, month + 1, min(day, last_day)).isoformat()


def test_three_years_of_month_ends_have_a_leap_day_and_never_drift(business):
    """From 31 January 2025 on; 2028 is a leap year."""
    recurring = business.recurring("MONTHLY", "2025-01-31")

    journey = business.advance(to="2028-03-31T00:00:00Z")

    expected = list(month_ends(31, (2025, 1), (2028, 3)))
    assert expected[:4] == ["2025-01-31", "2025-02-28", "2025-03-31", "2025-04-30"]
    assert "2028-02-29" in expected
    assert len(expected) == 39
    assert issued(business, recurring) == expected
    ran = [job["at"] for job in journey["jobs"] if job["type"] == "recurrence.due"]
    assert ran == [day + STAMP for day in expected]


def test_a_leap_day_recurs_each_year_and_comes_back(business):
    recurring = business.recurring("YEARLY", "2028-02-29")

    business.advance(to="2032-03-01T00:00:00Z")

    assert issued(business, recurring) == [
        "2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29",
    ]  # fmt: skip


FREQUENCIES = [
    ("DAILY", 1, ["2024-04-01", "2024-04-02", "2024-04-03"]),
    ("DAILY", 10, ["2024-04-01", "2024-04-11", "2024-04-21"]),
    ("WEEKLY", 1, ["2024-04-01", "2024-04-08", "2024-04-15"]),
    ("WEEKLY", 2, ["2024-04-01", "2024-04-15", "2024-04-29"]),
    ("FORTNIGHTLY", 1, ["2024-04-01", "2024-04-15", "2024-04-29"]),
    ("MONTHLY", 1, ["2024-04-01", "2024-05-01", "2024-06-01"]),
    ("MONTHLY", 5, ["2024-04-01", "2024-09-01", "2025-02-01"]),
    ("QUARTERLY", 1, ["2024-04-01", "2024-07-01", "2024-10-01"]),
    ("YEARLY", 1, ["2024-04-01", "2025-04-01", "2026-04-01"]),
]


@pytest.mark.parametrize(("frequency", "interval", "dates"), FREQUENCIES)
def test_an_interval_is_as_long_as_its_name(business, frequency, interval, dates):
    recurring = business.recurring(frequency, "2024-04-01", interval=interval)

    business.advance(to=dates[-1] + STAMP)

    assert issued(business, recurring) == dates


def test_the_end_date_is_the_last_day_there_is(business):
    recurring = business.recurring("WEEKLY", "2024-03-20", endDate="2024-04-03")

    business.advance(to="2024-04-02T23:59:59Z")
    before = business.shown(recurring)
    business.advance(by="P60D")
    after = business.shown(recurring)

    assert (before["status"], before["nextRunDate"]) == ("ACTIVE", "2024-04-03T00:00:00Z")
    assert (after["status"], after["nextRunDate"]) == ("ENDED", None)
    assert issued(business, recurring) == ["2024-03-20", "2024-03-27", "2024-04-03"]
    assert business.control("GET", "/jobs")["items"] == []


def test_the_end_date_may_be_the_day_it_starts(business):
    recurring = business.recurring("DAILY", "2024-03-20T09:00:00Z", endDate="2024-03-20")

    business.advance(by="P30D")

    assert issued(business, recurring) == ["2024-03-20"]
    assert business.shown(recurring)["status"] == "ENDED"


def test_an_end_between_two_occurrences_ends_with_the_first(business):
    recurring = business.recurring("WEEKLY", "2024-03-20", endDate="2024-03-26")

    business.advance(to="2024-03-20T00:00:00Z")

    assert business.shown(recurring)["status"] == "ENDED"


def test_each_invoice_is_stamped_at_its_own_instant_among_everything_else(business):
    recurring = business.recurring(
        "MONTHLY", "2024-04-01T09:00:00+02:00", paymentTermsDays=7, taxRate=20, taxName="VAT",
        autoSend=True,
    )  # fmt: skip

    journey = business.advance(to="2024-05-10T00:00:00Z")

    first, second = reversed(business.every(INVOICES))
    assert (first["issueDate"], first["dueDate"]) == (
        "2024-04-01T07:00:00Z",
        "2024-04-08T07:00:00Z",
    )
    assert (first["createdAt"], first["sentAt"]) == ("2024-04-01T07:00:00Z",) * 2
    assert (first["status"], second["status"]) == ("OVERDUE", "OVERDUE")
    assert (first["total"], first["sendCount"]) == (900, 1)
    assert [(job["at"], job["type"]) for job in journey["jobs"]] == [
        ("2024-04-01T07:00:00Z", "recurrence.due"),
        ("2024-04-09T00:00:00Z", "invoice.overdue"),
        ("2024-05-01T07:00:00Z", "recurrence.due"),
        ("2024-05-09T00:00:00Z", "invoice.overdue"),
    ]
    assert business.shown(recurring)["lastRunDate"] == "2024-05-01T07:00:00Z"


def test_what_is_not_sent_is_a_draft_to_look_at(business):
    recurring = business.recurring("WEEKLY", "2024-03-20")

    business.advance(to="2024-03-20T00:00:00Z")

    (made,) = business.every(INVOICES)
    assert (made["status"], made["sentAt"], made["sendCount"]) == ("DRAFT", None, 0)
    (line,) = made["lineItems"]
    assert (line["description"], line["total"]) == (LINE["description"], 750)
    assert line["id"] != recurring["lineItems"][0]["id"]
    assert business.control("GET", "/outbox")["items"] == []


def test_what_is_sent_is_in_the_outbox_with_its_paper(business):
    business.recurring("WEEKLY", "2024-03-20", autoSend=True)

    business.advance(to="2024-03-20T00:00:00Z")

    (letter,) = business.control("GET", "/outbox?kind=RECURRING")["items"]
    assert (letter["to"], letter["subject"]) == ("john@acme.com", "Invoice #SI-001")
    assert letter["attachments"] == [{"fileName": "SI-001.pdf", "contentType": "application/pdf"}]
    assert letter["createdAt"] == "2024-03-20T00:00:00Z"


def test_a_pause_skips_what_falls_due_and_catches_nothing_up(business):
    recurring = business.recurring("WEEKLY", "2024-03-20")
    business.advance(to="2024-03-20T00:00:00Z")

    paused = business.do("pause", recurring).json()["data"]
    business.advance(to="2024-04-03T00:00:00Z")
    resumed = business.do("resume", recurring).json()["data"]
    business.advance(to="2024-04-10T00:00:00Z")

    assert (paused["status"], resumed["status"]) == ("PAUSED", "ACTIVE")
    assert issued(business, recurring) == ["2024-03-20", "2024-04-10"]
    runs = business.shown(recurring)["runs"]
    assert [(run["at"][:10], run["outcome"], run["reason"]) for run in runs] == [
        ("2024-04-10", "GENERATED", None),
        ("2024-04-03", "SKIPPED", "PAUSED"),
        ("2024-03-27", "SKIPPED", "PAUSED"),
        ("2024-03-20", "GENERATED", None),
    ]
    assert business.shown(recurring)["occurrencesGenerated"] == 2
    assert business.shown(recurring)["generatedInvoiceIds"] == [
        run["invoiceId"] for run in runs if run["invoiceId"]
    ]


def test_a_pause_that_lasts_until_the_end_ends(business):
    recurring = business.recurring("WEEKLY", "2024-03-20", endDate="2024-03-27")
    business.do("pause", recurring)

    business.advance(by="P30D")

    assert business.shown(recurring)["status"] == "ENDED"
    answer = business.do("resume", recurring)
    refused(answer, "Cannot resume a recurring invoice that is ENDED")


STATES = {"ACTIVE": (), "PAUSED": ("pause",), "ENDED": ("month",)}
SWITCHES = {
    ("pause", "ACTIVE"): "PAUSED",
    ("resume", "PAUSED"): "ACTIVE",
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("trigger", ["pause", "resume"])
def test_a_switch_leads_somewhere_or_is_refused(business, trigger, state):
    recurring = business.recurring("WEEKLY", "2024-03-20", endDate="2024-03-27")
    for step in STATES[state]:
        business.advance(by="P30D") if step == "month" else business.do(step, recurring)

    answer = business.do(trigger, recurring)

    leads = SWITCHES.get((trigger, state))
    if leads:
        assert answer.json()["data"]["status"] == leads
    else:
        refused(answer, f"Cannot {trigger} a recurring invoice that is {state}")


@pytest.mark.parametrize("state", STATES)
def test_what_is_deleted_recurs_no_more_and_leaves_what_it_made(business, state):
    recurring = business.recurring("WEEKLY", "2024-03-20", endDate="2024-04-03")
    business.advance(to="2024-03-20T00:00:00Z")
    for step in STATES[state]:
        business.advance(by="P30D") if step == "month" else business.do(step, recurring)
    made = len(business.every(INVOICES))

    answer = business.full.delete(f"{RECURRING}/{recurring['id']}")
    business.advance(by="P60D")

    assert answer.json() == {"data": {"id": recurring["id"], "deleted": True}}
    refused(business.full.get(f"{RECURRING}/{recurring['id']}"), "Recurring invoice not found", 404)
    assert len(business.every(INVOICES)) == made


STARTS = [
    ("2024-03-15T10:30:00Z", "2024-03-15T10:30:00Z"),
    ("2024-03-15", "2024-04-15T00:00:00Z"),
    ("2020-01-31", "2024-03-31T00:00:00Z"),
    ("2023-03-15T10:30:01Z", "2024-03-15T10:30:01Z"),
    ("1970-01-01", "2024-04-01T00:00:00Z"),
]


@pytest.mark.parametrize(("start", "first"), STARTS)
def test_nothing_is_dated_back(business, start, first):
    recurring = business.recurring("MONTHLY", start)

    assert recurring["nextRunDate"] == first


WRONG = [
    ({"endDate": "2024-03-31", "startDate": "2024-04-01"}, {"endDate": ["End date must not be before the start date"]}),
    ({"endDate": "2024-02-01", "startDate": "2024-01-01"}, {"endDate": ["End date leaves no occurrence that is still to come"]}),
    ({"interval": 0}, {"interval": ["Interval must be 1 or more"]}),
    ({"interval": 53}, {"interval": ["Interval must be 52 or less"]}),
    ({"frequency": "HOURLY"}, {"frequency": ["Frequency must be one of DAILY, WEEKLY, FORTNIGHTLY, MONTHLY, QUARTERLY, YEARLY"]}),
    ({"autoSend": "yes"}, {"autoSend": ["Auto send must be true or false"]}),
]  # fmt: skip


@pytest.mark.parametrize(("more", "details"), WRONG)
def test_what_is_wrong_is_told_by_field(business, more, details):
    body = {
        "clientId": CLIENT,
        "frequency": "MONTHLY",
        "startDate": "2024-04-01",
        "lineItems": [LINE],
    }

    answer = business.full.post(RECURRING, **body | more)

    refused(answer, "Validation failed", **details)
    assert business.every(RECURRING) == []


def test_a_client_that_is_not_there_is_told(business):
    body = {"frequency": "MONTHLY", "startDate": "2024-04-01", "lineItems": [LINE]}

    refused(business.full.post(RECURRING, clientId="client_9", **body), "Client not found", 404)


def test_the_list_is_narrowed_by_status_and_client(business):
    other = business.made("/api/v1/clients", name="Somebody else")
    first = business.recurring("MONTHLY", "2024-04-01")
    second = business.recurring("MONTHLY", "2024-04-01", clientId=other["id"])
    business.do("pause", second)

    def listed(**params):
        return [record["id"] for record in business.every(RECURRING, **params)]

    assert listed() == [second["id"], first["id"]]
    assert listed(status="PAUSED") == listed(clientId=other["id"]) == [second["id"]]
    assert listed(status="ENDED") == []


def test_a_clock_that_is_set_forward_misses_nothing(business):
    """Without running: what was due meanwhile is done as soon as the world is looked after."""
    recurring = business.recurring("WEEKLY", "2024-03-20")

    business.control("PUT", "/clock", mode="frozen", now="2024-04-05T00:00:00Z")
    business.advance(by="PT1S")

    assert issued(business, recurring) == ["2024-03-20", "2024-03-27", "2024-04-03"]
