"""Laws that only InvoiceXpress has: asked of a server besides those of every API."""

from decimal import Decimal

from counterfoil.verify.checks.laws import laws, refused, told

from .makers import cancellation, change, draft, finished, inside, made, new_series, paid

TOTALS = (
    # prices and quantities, and what they come to at 23 %: before taxes, taxes, total
    ((("10.0", "1.0"),), ("10", "2.3", "12.3")),
    ((("24.3902", "1.0"),), ("24.39", "5.61", "30")),
    ((("0.01", "1"),), ("0.01", "0", "0.01")),
    ((("1.15", "3"), ("0.1", "0.5")), ("3.5", "0.81", "4.31")),
)


def exact(document, *members):
    """Return sums of a document as exact numbers, whatever they are written with."""
    return tuple(Decimal(str(document[member])) for member in members)


def documents_add_up(run):
    """The taxes of a document are told of its lines together, and rounded once."""
    for lines, expected in TOTALS:
        items = [{"name": run.name(), "unit_price": p, "quantity": n, "tax": {"name": "IVA23"}} for p, n in lines]  # fmt: skip
        body = {"invoice": draft(run, items=items)}
        answer = run.need("createInvoice", "account", body=body)
        sums = exact(inside(answer.json), "before_taxes", "taxes", "total")
        claim = f"{' + '.join(f'{n} x {price}' for price, n in lines)} at 23 % comes to {' + '.join(expected[:2])} = {expected[2]}"
        holds = sums == tuple(map(Decimal, expected))
        yield from told(run, holds, "createInvoice", claim, answer, provenance="observed")


def numbers_have_no_gap(run):
    """Documents of a series take its numbers one after the other, as they are finalized."""
    series = new_series(run)
    drafts = [made(run, "invoice", sequence_id=str(series["id"])) for _ in range(3)]
    numbers = [
        change(run, "invoice", draft, "finalized")["sequence_number"] for draft in reversed(drafts)
    ]
    expected = [f"{n}/{series['serie']}" for n in (1, 2, 3)]
    claim = "documents of a series are numbered 1, 2, 3 as they are finalized"
    last = run.client.exchanges[-1]
    yield from told(run, numbers == expected, "changeInvoiceState", claim, last)


def a_uid_makes_one_document(run):
    """The same uid gives the same document again, until that is thrown away."""
    body = {"invoice": draft(run), "proprietary_uid": run.name()}
    first = inside(run.need("createInvoice", "account", body=body).json)
    again = run.need("createInvoice", "account", body=body)
    claim = "the same proprietary_uid gives the same document again"
    yield from told(run, inside(again.json)["id"] == first["id"], "createInvoice", claim, again)
    change(run, "invoice", first, "deleted")
    new = run.need("createInvoice", "account", body=body)
    claim = "the proprietary_uid of a deleted draft makes a new document"
    provenance = "inferred"
    yield from told(
        run,
        inside(new.json)["id"] != first["id"],
        "createInvoice",
        claim,
        new,
        provenance=provenance,
    )


def canceling_a_receipt_opens_what_it_paid(run):
    """An invoice whose receipt is canceled is open again, whether it was paid in part or in full."""
    for amount, was in ((lambda total: 1, "final"), (float, "settled")):
        invoice = finished(run)
        path = {"document-id": invoice["id"]}
        receipt = paid(run, invoice, amount(invoice["total"]))
        before = inside(run.need("getInvoice", "account", path=path).json)["status"]
        cancellation(run, receipt)
        after = run.need("getInvoice", "account", path=path)
        holds = (before, inside(after.json)["status"]) == (was, "final")
        claim = f"canceling its receipt leads an invoice from {was} to final"
        yield from told(run, holds, "cancelReceipt", claim, after, provenance="observed")
        if holds:
            run.coverage.arrows.add(("invoice", "receipt-canceled", was))


def nobody_pays_more_than_is_open(run):
    """What is more than is open is refused."""
    invoice = finished(run)
    path = {"document-id": invoice["id"]}
    body = {"partial_payment": {"amount": float(invoice["total"]) + 0.01}}
    answer = run.ask("generatePayment", "account", path=path, body=body)
    yield from refused(
        run, "AMOUNT_TOO_LARGE", "generatePayment", "more than is open is refused", answer
    )


CHECKS = laws(
    "invoicexpress",
    documents_add_up,
    numbers_have_no_gap,
    a_uid_makes_one_document,
    nobody_pays_more_than_is_open,
    canceling_a_receipt_opens_what_it_paid,
)
