"""A year of data: plausible, and the same for the same seed."""

import json
from collections import Counter
from datetime import UTC, datetime

import pytest

from counterfoil.assembly import Engine
from counterfoil.engine.clock import Clock
from counterfoil.engine.database import Sqlite
from counterfoil.engine.worlds import Opening
from counterfoil.seeding import seed

NOW = datetime(2024, 3, 15, 10, 30, tzinfo=UTC)


def grown(invoices, number):
    engine = Engine(Sqlite())
    row = engine.worlds.create(Opening("empty", 1, Clock.frozen_at(NOW), "grown"))
    said = seed(engine, row, invoices, number)
    database = engine.store.database
    tables = {
        table: [
            tuple(r) for r in database.all(f"SELECT * FROM {table} WHERE world = ?", (row.key,))
        ]
        for table in (
            "resources",
            "listings",
            "counts",
            "accounts",
            "entries",
            "transitions",
            "events",
        )
    }
    engine.close()
    return said, tables


@pytest.fixture(scope="module")
def year():
    return grown(400, 1)


def bodies(tables, kind):
    return [json.loads(row[4]) for row in tables["resources"] if row[1] == kind]


def test_the_same_seed_grows_the_same_world(year):
    assert grown(400, 1) == year


def test_another_seed_grows_another(year):
    assert grown(400, 2)[1]["resources"] != year[1]["resources"]


def test_as_many_invoices_as_were_asked_for_are_spread_over_the_year(year):
    invoices = bodies(year[1], "invoice")

    months = Counter(invoice["created_at"][:7] for invoice in invoices)
    assert len(invoices) == 400
    assert len(months) == 13
    assert min(i["created_at"] for i in invoices) >= "2023-03-16"
    assert max(i["updated_at"] for i in invoices) <= "2024-03-15T10:30:00Z"


def test_invoices_have_had_all_kinds_of_lives(year):
    states = Counter(invoice["status"] for invoice in bodies(year[1], "invoice"))
    walked = {(row[4], row[5]) for row in year[1]["transitions"]}

    assert states["SETTLED"] + states["ARCHIVED"] > 200
    assert {"SUBMITTED", "APPROVED", "CANCELLED"} <= set(states)
    assert ("dispute", "SUBMITTED") in walked
    assert ("respond", "INFO_REQUESTED") in walked
    assert ("approve-with-adjustment", "SUBMITTED") in walked


def test_the_books_of_a_grown_world_are_right(year):
    sums = Counter()
    for row in year[1]["entries"]:
        sums[row[4]] += row[6]

    assert set(sums.values()) == {0}
    assert all(row[4] >= 0 for row in year[1]["accounts"] if row[1] != "world")


def test_a_grown_world_has_a_transaction_for_all_that_entered_and_left(year):
    written, moved = Counter(), Counter()
    for row in bodies(year[1], "transaction"):
        sign = 1 if row["direction"] == "CREDIT" else -1
        written[row["organization"], row["currency"]] += sign * row["amount"]
    for row in year[1]["entries"]:
        if row[3] != "world":
            moved[row[3], row[4]] += row[6]

    assert written == moved
    assert {"DEPOSIT", "SETTLEMENT"} == {row["type"] for row in bodies(year[1], "transaction")}


def test_companies_have_names_and_descriptions_differ(year):
    names = {organization["name"] for organization in bodies(year[1], "organization")}
    descriptions = {invoice["description"] for invoice in bodies(year[1], "invoice")}

    assert len(names) >= 16
    assert len(descriptions) > 100


def test_what_was_said_counts_what_was_done(year):
    assert year[0].startswith("Expereon: 400 invoices of 'seller' to 16 new buyers, ")


def test_what_was_said_counts_no_step_that_was_refused(year):
    walked = [row for row in year[1]["transitions"] if row[1] == "invoice"]

    assert year[0].endswith(f", {len(walked)} steps")


def test_growing_again_adds_as_many_with_other_buyers_and_numbers():
    engine = Engine(Sqlite())
    row = engine.worlds.create(Opening("empty", 1, Clock.frozen_at(NOW), "grown"))
    for number in (1, 1, 2):
        seed(engine, row, 50, number)

    world = engine.store.open(row)
    kinds = {kind.name: kind for kind in engine.apis["expereon"].kinds}
    invoices = world.every(kinds["invoice"])
    aliases = [organization.alias for organization in world.every(kinds["organization"])]
    engine.close()

    assert len(invoices) == len({invoice.number for invoice in invoices}) == 150
    assert {invoice.seller for invoice in invoices} == {"org_seller_1"}
    assert len(aliases) == len(set(aliases)) == 9


def test_nothing_may_be_grown():
    assert grown(0, 1)[0] == "Expereon: 0 invoices of 'seller' to 2 new buyers, 0 steps"
