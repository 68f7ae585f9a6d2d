"""Numbers: taken when a document is finished, without gaps, in the order of their dates, however many at once."""

import asyncio
import itertools

import httpx
import pytest

CLIENTS = 64
OFFSETS = {
    "invoices": 0, "simplified_invoices": 1, "invoice_receipts": 2, "debit_notes": 4, "credit_notes": 5,
    "quotes": 11, "proformas": 12, "fees_notes": 13, "shippings": 14, "devolutions": 15, "transports": 16,
}  # fmt: skip


def at_once(company, requests):
    """Send all requests at the same time, each on a connection of its own."""

    async def send():
        limits = httpx.Limits(max_connections=CLIENTS)
        url, key = str(company.http.base_url), {"api_key": company.api_key}
        async with httpx.AsyncClient(base_url=url, params=key, limits=limits) as client:
            return await asyncio.gather(*(client.put(path, json=body) for path, body in requests))

    return asyncio.run(send())


def test_64_documents_finished_at_once_are_numbered_without_gap_or_twin(company):
    drafts = [company.draft() for _ in range(CLIENTS)]
    finish = {"invoice": {"state": "finalized"}}

    answers = at_once(company, [(f"/invoices/{d['id']}/change-state.json", finish) for d in drafts])

    assert {answer.status_code for answer in answers} == {200}
    documents = [answer.json()["invoice"] for answer in answers]
    numbers = sorted(int(document["sequence_number"].partition("/")[0]) for document in documents)
    assert numbers == list(range(1, CLIENTS + 1))
    assert len({document["atcud"] for document in documents}) == CLIENTS
    assert len({document["saft_hash"] for document in documents}) > CLIENTS // 2
    (series,) = company.get("/sequences.json")["sequences"]
    assert series["current_invoice_number"] == CLIENTS


def test_of_64_with_two_dates_none_is_numbered_after_a_later_one(company):
    days = itertools.cycle(["14/03/2024", "15/03/2024"])
    drafts = [company.draft(date=next(days)) for _ in range(CLIENTS)]
    finish = {"invoice": {"state": "finalized"}}

    answers = at_once(company, [(f"/invoices/{d['id']}/change-state.json", finish) for d in drafts])

    done = [answer.json()["invoice"] for answer in answers if answer.status_code == 200]
    done.sort(key=lambda document: int(document["sequence_number"].partition("/")[0]))
    assert [document["date"] for document in done] == sorted(document["date"] for document in done)
    numbers = [int(document["sequence_number"].partition("/")[0]) for document in done]
    assert numbers == list(range(1, len(done) + 1))
    late = "Date cannot be earlier than the last invoice of this sequence[15 Mar 24]"
    refused = [answer for answer in answers if answer.status_code != 200]
    assert all(answer.json() == {"errors": [{"error": late}]} for answer in refused)


@pytest.mark.parametrize(("path", "offset"), OFFSETS.items())
def test_each_type_has_a_counter_of_its_own(company, path, offset):
    first, second = company.finalized(path), company.finalized(path)

    assert (first["sequence_number"], second["sequence_number"]) == ("1/A", "2/A")
    assert first["sequence_id"] == 1424772 + offset
    (series,) = company.get("/sequences.json")["sequences"]
    counters = {name: n for name, n in series.items() if name.endswith("_number") and n}
    assert counters == {f"current_{path.removesuffix('s')}_number": 2}


def test_a_deleted_draft_leaves_no_gap(company):
    first, second = company.draft(), company.draft()
    company.moved("invoices", first, "deleted")

    assert company.moved("invoices", second, "finalized")["sequence_number"] == "1/A"


def test_a_document_is_numbered_in_the_series_it_asks_for(company):
    b = company.post("/sequences.json", {"sequence": {"serie": "B"}})["sequence"]

    for asked in (b["id"], str(b["id"]), b["current_invoice_sequence_id"]):
        document = company.finalized(sequence_id=asked)
        assert document["sequence_number"].endswith("/B")
    assert (
        company.finalized("quotes", sequence_id=b["current_quote_sequence_id"])["sequence_number"]
        == "1/B"
    )
    assert company.finalized()["sequence_number"] == "1/A"


def test_the_default_series_is_the_one_of_the_day_a_document_is_finished(company):
    draft = company.draft()
    company.post("/sequences.json", {"sequence": {"serie": 2024, "default_sequence": "1"}})

    final = company.moved("invoices", draft, "finalized")

    assert (final["sequence_number"], final["inverted_sequence_number"]) == ("1/2024", "2024/1")


def test_a_document_older_than_the_last_of_its_type_and_series_is_refused(company):
    company.finalized("invoice_receipts", date="15/03/2024")
    late = company.draft("invoice_receipts", date="14/03/2024")

    answer = company.move("invoice_receipts", late, "finalized")

    company.known(language="en")
    answer = company.move("invoice_receipts", late, "finalized")
    said = "Date cannot be earlier than the last invoice-receipt of this sequence[15 Mar 24]"
    assert (answer.status_code, answer.json()) == (422, {"errors": [{"error": said}]})
    assert company.finalized(date="14/03/2024")["sequence_number"] == "1/A"


def test_the_atcud_is_the_code_of_the_series_and_the_number(company):
    (series,) = company.get("/sequences.json")["sequences"]

    assert company.finalized()["atcud"] == f"{series['current_invoice_validation_code']}-1"
    assert company.finalized("fees_notes")["atcud"] == "N/A"
    company.known(country="ES")
    company.post("/sequences.json", {"sequence": {"serie": "ES", "default_sequence": "1"}})
    assert company.finalized()["atcud"] == "N/D"


def test_signatures_are_the_same_in_every_run_of_the_same_requests(company, another):
    def hashes(of):
        return [of.finalized()["saft_hash"] for _ in range(3)]

    assert hashes(company) == hashes(another)
    assert len(set(hashes(company))) == 3
