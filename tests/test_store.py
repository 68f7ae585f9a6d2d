"""The store: worlds that are clones, transactions that are whole, and the same on PostgreSQL."""

import msgspec
import psycopg
import pytest

from counterfoil.assembly import Engine, database_of
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.call import Call, Principal
from counterfoil.engine.clock import Clock
from counterfoil.engine.database import Sqlite
from counterfoil.engine.outcome import Outcome
from counterfoil.engine.pipeline import Pipeline
from counterfoil.engine.supposed import Supposed
from counterfoil.engine.worlds import Opening
from counterfoil.operating import OperatingError
from harness import RunningSandbox, instant

TABLES = (
    "resources", "listings", "counts", "accounts", "entries", "transitions", "idempotency", "events",
)  # fmt: skip


@pytest.fixture
def engine():
    made = Engine(Sqlite())
    yield made
    made.close()


def opened(engine, fixture="demo", name=None, seed=1):
    return engine.worlds.create(Opening(fixture, seed, Clock.frozen_at(instant()), name))


def content(engine, row):
    """Return everything a world holds, but the world's key."""
    return {
        table: sorted(
            tuple(map(str, row_[1:]))
            for row_ in engine.store.database.all(
                f"SELECT * FROM {table} WHERE world = ?", (row.key,)
            )
        )
        for table in TABLES
    }


def pipeline(engine):
    api = engine.apis["expereon"]
    return Pipeline(api.contract, api.functions, engine.store)


def anything(_status, _body):
    """Find nothing wrong with a reply."""


def create(engine, row, number, conforms=anything, through=None, **more):
    contract = engine.apis["expereon"].contract
    body = {
        "connectionId": "conn_abc123", "invoiceNumber": number, "amount": "1.00",
        "dueDate": "2024-05-01",
    } | more  # fmt: skip
    owner = Principal("org_seller_1", "key", frozenset())
    call = Call(contract.operations["createInvoice"], owner, "/api/v1/invoices", {}, body)
    return (through or pipeline(engine)).handle(call, row, conforms)


def test_two_worlds_of_one_fixture_hold_the_same(engine):
    first, second = opened(engine), opened(engine)

    assert first.key != second.key
    assert content(engine, first) == content(engine, second)
    assert all(content(engine, first)[table] for table in TABLES if table != "idempotency")


def test_a_key_of_a_world_is_never_used_again(engine):
    first = opened(engine)
    engine.store.delete(first)
    second = opened(engine)

    assert second.key > first.key
    assert not any(content(engine, first).values())


def test_an_operation_in_steps_that_breaks_in_the_middle_leaves_nothing(engine):
    row, api = opened(engine), engine.apis["expereon"]
    before, between = content(engine, row), []

    def broken(call, world):
        yield api.functions["createInvoice"](call, world)
        between.append(content(engine, row))
        raise AssertionError("the second step is wrong")

    steps = Pipeline(api.contract, {**api.functions, "createInvoice": broken}, engine.store)
    with pytest.raises(AssertionError, match="the second step is wrong"):
        create(engine, row, "N-1", through=steps)

    assert between[0] != before
    assert content(engine, row) == before


def test_what_is_only_supposed_shows_in_no_later_answer(engine):
    row, api = opened(engine), engine.apis["expereon"]
    before = content(engine, row)

    def supposing(call, world):
        supposed = Supposed(world)
        decided = api.functions["createInvoice"](call, supposed)
        supposed.suppose(decided.change)
        return Outcome(decided.body)

    steps = Pipeline(api.contract, {**api.functions, "createInvoice": supposing}, engine.store)
    told = create(engine, row, "N-1", through=steps)
    after = content(engine, row)
    made = create(engine, row, "N-1", amount="7.00")

    assert after == before
    assert msgspec.json.decode(told.body)["id"] == msgspec.json.decode(made.body)["id"]
    assert msgspec.json.decode(made.body)["amount"] == "7.00"


def test_a_refusal_leaves_everything_as_it_was(engine):
    row = opened(engine)
    create(engine, row, "N-1")
    before = content(engine, row)

    with pytest.raises(Refusal):
        create(engine, row, "INV-2024-001")

    assert content(engine, row) == before


def test_a_bug_after_the_decision_leaves_everything_as_it_was(engine):
    row = opened(engine)
    before = content(engine, row)

    def breaks(_status, _body):
        raise AssertionError("the reply is wrong")

    with pytest.raises(AssertionError, match="the reply is wrong"):
        create(engine, row, "N-1", breaks, requestId="r")

    assert content(engine, row) == before
    again = create(engine, row, "N-1", requestId="r")
    assert b'"invoiceNumber":"N-1"' in again.body
    assert not again.replayed


def test_ids_are_not_spent_on_what_was_refused(engine):
    row = opened(engine, "empty")
    create(engine, row, "N-1")
    with pytest.raises(Refusal):
        create(engine, row, "N-1")

    assert b'"id":"inv_000002"' in create(engine, row, "N-2").body


def test_writing_in_a_world_that_is_gone_is_told(engine):
    row = opened(engine)
    engine.store.delete(row)

    with pytest.raises(OperatingError, match="was deleted; create another"):
        create(engine, row, "N-1")


def test_no_bucket_can_be_written_below_its_minimum(engine):
    import sqlite3

    row = opened(engine)
    statement = "UPDATE accounts SET minor = -1 WHERE world = ? AND bucket = 'AVAILABLE'"

    with pytest.raises(sqlite3.IntegrityError):
        engine.store.database.run(statement, (row.key,))


def test_templates_of_a_process_that_died_are_removed(tmp_path):
    place = str(tmp_path / "store.db")
    dying = Engine(database_of(place))
    opened(dying, name="kept")
    dying.store.database.close()

    engine = Engine(database_of(place))
    rows = engine.store.database.all("SELECT name FROM worlds WHERE world > 0")
    engine.close()

    assert rows == [("kept",)]


def test_a_list_is_read_by_index_however_it_is_asked_for(engine):
    """SQLite left to itself scans whole lists; the planner is told better when the store opens."""
    from counterfoil.engine.pagination import Choice, Condition, Query, _select

    kind = engine.apis["expereon"].kinds[2]
    world = engine.store.open(opened(engine))
    asked = {
        "invoice_newest": [
            Query(0, 25),
            Query(0, 25, conditions=(Condition("currency", "=", "USD"),)),
        ],
        "invoice_dueDate": [Query(0, 25, "dueDate"), Query(0, 25, "dueDate", descending=False)],
        "invoice_amount": [Query(0, 25, "amount")],
        "invoice_updatedAt": [Query(0, 25, "updatedAt")],
        "invoice_invoiceNumber": [
            Query(0, 25, "invoiceNumber"),
            Query(0, 25, conditions=(Condition("invoiceNumber", "=", "X"),)),
        ],
        "invoice_status": [
            Query(0, 25, "status"),
            Query(0, 25, choices=(Choice("status", ("DRAFT",)),)),
            Query(0, 25, choices=(Choice("status", ("DRAFT", "SETTLED")),), hidden=True),
        ],
    }
    for index, queries in asked.items():
        for query in queries:
            sql, values = _select(world, kind, "org_seller_1", query, 0)
            plan = " ".join(
                row[3] for row in world.database.all(f"EXPLAIN QUERY PLAN {sql}", values)
            )
            assert f"INDEX {index} (world=? AND owner=? AND hidden=?" in plan, (query, plan)
            if all(len(choice.values) == 1 for choice in query.choices):
                assert plan.count("TEMP B-TREE") == 1, (query, plan)  # of the page itself


def test_the_notes_of_an_invoice_are_found_by_index(engine):
    from counterfoil.engine.pagination import Condition, Query, _select

    (kind,) = [kind for kind in engine.apis["expereon"].kinds if kind.name == "note"]
    world = engine.store.open(opened(engine))
    query = Query(0, 25, descending=False, conditions=(Condition("invoiceId", "=", "inv_1"),))

    sql, values = _select(world, kind, "org_seller_1", query, 0)
    plan = " ".join(row[3] for row in world.database.all(f"EXPLAIN QUERY PLAN {sql}", values))

    assert "INDEX note_invoiceId (world=? AND owner=? AND hidden=?" in plan


def test_a_story_gives_the_same_bytes_on_postgresql(postgres):
    from test_determinism import story

    answers = []
    for place in (None, postgres):
        with RunningSandbox(place) as sandbox:
            answers.append(story(sandbox.default_world(seed=7))[:-2])

    assert answers[0] == answers[1]


def test_totals_notes_and_batches_are_the_same_on_postgresql(postgres):
    def told(sandbox):
        world, path = sandbox.world("demo"), "/api/v1/invoices"
        ids = [row["id"] for row in world.seller.get(path, limit=100).json()["items"]]
        yield world.seller.get(f"{path}/summary")
        yield world.buyer.post(f"{path}/bulk-preview", operation="APPROVE", invoiceIds=ids)
        yield world.buyer.post(f"{path}/bulk-approve", invoiceIds=ids)
        yield world.buyer.post(f"{path}/{ids[2]}/notes", body="x", visibility="INTERNAL")
        yield world.seller.get(f"{path}/{ids[2]}/notes")
        yield world.buyer.get(f"{path}/summary")

    answers = []
    for place in (None, postgres):
        with RunningSandbox(place) as sandbox:
            answers.append([(answer.status_code, answer.content) for answer in told(sandbox)])

    assert {status for status, _ in answers[0]} == {200}
    assert answers[0] == answers[1]


def test_two_processes_share_a_world_on_postgresql(postgres):
    with RunningSandbox(postgres) as first, RunningSandbox(postgres) as second:
        world = first.world("empty")
        made = world.draft()
        key = {"headers": world.seller.headers}

        seen = second.http.get(f"/api/v1/invoices/{made['id']}", **key)
        submitted = second.http.post(f"/api/v1/invoices/{made['id']}/submit", **key)
        after = first.http.get(f"/api/v1/invoices/{made['id']}", **key)

    assert seen.json() == made
    assert submitted.json()["status"] == after.json()["status"] == "SUBMITTED"


def test_a_connection_that_broke_is_made_anew(postgres):
    with RunningSandbox(postgres) as sandbox, psycopg.connect(postgres, autocommit=True) as other:
        world = sandbox.world("empty")
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )

        cut = world.seller.get("/api/v1/invoices")
        after = world.draft("AFTER-1")
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
        body = {
            "connectionId": "conn_abc123",
            "invoiceNumber": "CUT-1",
            "amount": "1",
            "dueDate": "2024-05-01",
        }
        refused = world.seller.post("/api/v1/invoices", **body)
        again = world.seller.post("/api/v1/invoices", **body)

    assert (cut.status_code, refused.status_code) == (500, 500)
    assert (after["invoiceNumber"], again.json()["invoiceNumber"]) == ("AFTER-1", "CUT-1")


def test_sorts_by_code_point_on_postgresql_too(postgres):
    with RunningSandbox(postgres) as sandbox:
        world = sandbox.world("empty")
        for number in ("a-1", "B-1", "_", "A-1", "É", "10", "9"):
            world.draft(number)

        page = world.seller.get("/api/v1/invoices", sortBy="invoiceNumber", sortOrder="asc").json()

    assert [i["invoiceNumber"] for i in page["items"]] == ["10", "9", "A-1", "B-1", "_", "a-1", "É"]


def test_the_books_of_a_treasury_read_the_same_on_postgresql(postgres):
    from test_transactions import lively

    root, told = "/api/v1/treasury", []
    for place in (None, postgres):
        with RunningSandbox(place) as sandbox:
            world = sandbox.world("empty", seed=8)
            lively(world)
            paths = (
                "transactions?amountMin=5&limit=100", "balances/change-logs?limit=100&type=RESERVE",
                "balances/usage-history?from=2023-12-01", "balances/summary", "withdrawals",
                "refunds",
            )  # fmt: skip
            told.append([world.buyer.get(f"{root}/{path}").json() for path in paths])

    assert told[0] == told[1]
    assert all(answer["items"] for answer in told[0])
