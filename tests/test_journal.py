"""The journal: what was asked and answered in a world, bounded, and out of nobody's way."""

from datetime import UTC, datetime

from counterfoil.assembly import Engine
from counterfoil.engine import journal
from counterfoil.engine.database import Sqlite
from counterfoil.engine.journal import Exchange


def entries(world):
    return world.sandbox.engine.journal.entries(world.key)


def test_every_request_of_a_world_is_kept_in_order(world):
    invoice = world.draft("J-1", requestId="r-1")
    world.draft("J-1", requestId="r-1")
    world.buyer.get("/api/v1/invoices/nothing", page="7")

    first, second, third = entries(world)

    assert [e.trace_id for e in (first, second, third)] == [
        "trc_000001",
        "trc_000002",
        "trc_000003",
    ]
    assert (first.operation, first.method, first.path) == (
        "createInvoice",
        "POST",
        "/api/v1/invoices",
    )
    assert (first.status, first.error, first.replayed) == (200, None, False)
    assert '"invoiceNumber": "J-1"' in first.request.replace('":"', '": "')
    assert invoice["id"] in first.response
    assert second.replayed is True
    assert (third.status, third.error, third.query) == (404, "NOT_FOUND", "page=7")
    assert (first.owner, third.owner) == ("org_seller_1", "org_buyer_1")
    assert first.at == "2024-03-15T10:30:00Z"


def test_the_trace_of_an_error_is_that_of_its_entry(world):
    error = world.seller.get("/api/v1/invoices/nothing").json()

    assert [e.trace_id for e in entries(world)] == [error["traceId"]]


def test_a_world_sees_only_its_own(sandbox):
    first, second = sandbox.world("empty"), sandbox.world("empty")
    first.draft()

    assert len(entries(first)) == 1
    assert entries(second) == []


def exchange(number, size=10):
    at = datetime(2024, 3, 15, tzinfo=UTC)
    return Exchange(
        world=1, trace=f"trc_{number}", at=at, api="expereon", operation=None, method="GET", path="/",
        query=b"", request=b"", status=200, response=b"x" * size,
    )  # fmt: skip


def test_the_oldest_make_room_when_there_are_too_many():
    engine = Engine(Sqlite())
    for number in range(journal.ENTRIES + 5):
        engine.journal.add(exchange(number))
        if number in (3000, 7000):
            engine.journal.flush(1)

    kept = engine.journal.entries(1)

    assert len(kept) == journal.ENTRIES
    assert (kept[0].trace_id, kept[-1].trace_id) == ("trc_5", f"trc_{journal.ENTRIES + 4}")
    engine.close()


def test_the_oldest_make_room_when_they_are_too_large():
    engine = Engine(Sqlite())
    large = 60_000
    for number in range(400):
        engine.journal.add(exchange(number, large))

    kept = engine.journal.entries(1)

    assert 0 < len(kept) <= journal.BYTES // large
    assert kept[-1].trace_id == "trc_399"
    engine.close()


def test_a_long_body_is_kept_by_its_beginning():
    engine = Engine(Sqlite())
    engine.journal.add(exchange(1, journal.CUT + 1000))

    (kept,) = engine.journal.entries(1)

    assert kept.response == "x" * journal.CUT
    engine.close()


def test_what_gathered_is_written_when_the_server_stops(tmp_path):
    from counterfoil.assembly import database_of

    place = str(tmp_path / "store.db")
    first = Engine(database_of(place))
    first.journal.add(exchange(1))
    first.close()
    second = Engine(database_of(place))

    assert [e.trace_id for e in second.journal.entries(1)] == ["trc_1"]
    assert second.journal.next_trace(1) == "trc_2_000001"
    second.close()
