"""Exports: whole lists as files that open in a spreadsheet unharmed."""

import csv
import io

import pytest

LIST = "/api/v1/invoices"
SPELLED = {"None": "", "True": "true", "False": "false"}


def rows(answer):
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))


def test_a_file_has_the_rows_of_the_list_in_its_order(demo):
    asked = {"sortBy": "amount", "sortOrder": "asc", "includeArchived": "true"}
    listed = demo.seller.get(LIST, limit=100, **asked).json()["items"]

    exported = rows(demo.seller.get(f"{LIST}/export", **asked))

    assert [row["id"] for row in exported] == [item["id"] for item in listed]
    for row, item in zip(exported, listed, strict=True):
        for column, cell in row.items():
            assert cell == SPELLED.get(str(item[column]), str(item[column])), column


def test_a_file_says_what_it_is(world):
    world.draft()
    answer = world.seller.get(f"{LIST}/export")

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="invoices-20240315.csv"'
    assert "x-export-truncated" not in answer.headers
    first = answer.text.split("\r\n")[0].split(",")
    assert first[:5] == ["id", "invoiceNumber", "status", "amount", "currency"]
    assert answer.text.endswith("\r\n")
    assert answer.text.count("\r\n") == 2


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "=cmd|'/c calc'!A0"])
def test_what_a_spreadsheet_would_take_for_a_formula_is_text(world, text):
    world.draft(description=text)

    (row,) = rows(world.seller.get(f"{LIST}/export"))

    assert row["description"] == f"'{text}"


@pytest.mark.parametrize(
    "text", ['say "hi"', "a,b", "two\nlines", "crlf\r\nline", "ünï ☃", "'quoted'", " spaced "]
)
def test_text_comes_back_as_it_went_in(world, text):
    world.draft(description=text)

    (row,) = rows(world.seller.get(f"{LIST}/export"))

    assert row["description"] == text


def test_a_file_may_be_json(demo):
    answer = demo.seller.get(f"{LIST}/export", format="json", status="SETTLED")
    listed = demo.seller.get(LIST, status="SETTLED").json()["items"]

    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-disposition"] == 'attachment; filename="invoices-20240315.json"'
    assert answer.json() == {"items": listed}
    assert demo.seller.get(f"{LIST}/export", format="json", currency="KWD").json() == {"items": []}


def test_a_file_holds_what_its_reader_may_see(demo):
    draft = demo.draft("HIDDEN-1")

    seller = {row["id"] for row in rows(demo.seller.get(f"{LIST}/export"))}
    buyer = {row["id"] for row in rows(demo.buyer.get(f"{LIST}/export"))}

    assert draft["id"] in seller
    assert draft["id"] not in buyer


def test_payments_are_exported_too(demo):
    listed = demo.buyer.get("/api/v1/payments", direction="OUT").json()["items"]

    exported = rows(demo.buyer.get("/api/v1/payments/export", direction="OUT"))

    assert [(r["id"], r["amount"], r["status"]) for r in exported] == [
        (p["id"], p["amount"], p["status"]) for p in listed
    ]


def test_transactions_are_exported_under_every_address(demo):
    treasury = "/api/v1/treasury"
    listed = demo.seller.get(f"{treasury}/transactions", type="SETTLEMENT").json()["items"]
    assert listed

    for address in ("", "/organizations/org_seller_1", "/org_seller_1"):
        path = f"{treasury}{address}/transactions/export"
        answer = demo.seller.get(path, type="SETTLEMENT")
        assert [(r["id"], r["amount"], r["balanceAfter"]) for r in rows(answer)] == [
            (t["id"], t["amount"], t["balanceAfter"]) for t in listed
        ]
        assert "transactions-20240315.csv" in answer.headers["content-disposition"]
        items = demo.seller.get(path, type="SETTLEMENT", format="json").json()["items"]
        assert items == listed


@pytest.mark.parametrize(
    "query", ["format=xml", "sortBy=colour", "status=NONE", "format=csv&format=csv"]
)
def test_what_cannot_be_exported_is_refused(world, query):
    assert world.seller.ask("GET", f"{LIST}/export?{query}").status_code == 400


def multiplied(world, times):
    """Make a world's only invoice so many, in the store itself: asking for them takes too long."""
    database = world.sandbox.engine.store.database
    for table, columns in (("resources", "version, body"), ("listings", "owner, hidden, keys")):
        seq = ", seq" if table == "listings" else ""
        place = ", l.seq + n" if table == "listings" else ""
        database.run(
            "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)"
            f" INSERT INTO {table} (world, kind, id, {columns}{seq})"
            f" SELECT l.world, l.kind, l.id || '_' || n, {columns}{place} FROM {table} l, numbers"
            " WHERE l.world = ? AND l.kind = 'invoice'",
            (times - 1, world.key),
        )


@pytest.mark.parametrize(("held", "sent"), [(10_000, 10_000), (10_001, 10_000)])
def test_a_list_of_more_than_ten_thousand_is_cut_and_says_so(sandbox, held, sent):
    world = sandbox.world("empty")
    world.draft()
    multiplied(world, held)

    answer = world.seller.get(f"{LIST}/export")

    assert len(rows(answer)) == sent
    assert answer.headers.get("x-export-truncated") == ("true" if held > sent else None)


def test_a_head_tells_of_a_file_without_sending_it(world):
    answer = world.seller.ask("HEAD", f"{LIST}/export")

    assert (answer.status_code, answer.content) == (200, b"")
    assert "attachment" in answer.headers["content-disposition"]
