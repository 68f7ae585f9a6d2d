"""Laws that only Expereon has: asked of a server besides those of every API."""

import csv
import io
from decimal import Decimal

from counterfoil.verify.checks.check import Check
from counterfoil.verify.checks.laws import laws, refused, told

from .makers import act, draft, new_invoice, new_refund, settled, withdrawal

PRICES = (
    # what is asked for, and what it comes to: exact, halves away from zero
    ((("3", "0.10"),), "0.30"),
    ((("1", "0.10"), ("1", "0.20")), "0.30"),
    ((("0.5", "0.01"),), "0.01"),
    ((("2.5", "0.01"),), "0.03"),
    ((("1", "1.15"), ("100", "1.15")), "116.15"),
    ((("1", "999999999999.99"),), "999999999999.99"),
)
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)")


def amounts_are_exact(run):
    """Line items add up to the cent, whatever their quantities."""
    for items, total in PRICES:
        lines = [{"description": "Room", "quantity": n, "unitPrice": price} for n, price in items]
        made = run.need("createInvoice", "seller", body=draft(run, lineItems=lines))
        claim = f"{' + '.join(f'{n} x {price}' for n, price in items)} comes to {total}"
        yield from told(run, made.json["amount"] == total, "createInvoice", claim, made)
    body = draft(run) | {"amount": "9.99"}
    answer = run.ask("createInvoice", "seller", body=body)
    yield from refused(
        run, "AMOUNT_MISMATCH", "createInvoice", "an amount agrees with its items", answer
    )
    body = draft(run)
    del body["lineItems"]
    answer = run.ask("createInvoice", "seller", body=body | {"amount": "1.005"})
    yield from refused(
        run, "VALIDATION_ERROR", "createInvoice", "no amount has half a cent", answer
    )


def versions_guard_writes(run):
    """A write that saw another version is refused; every write makes one version more."""
    invoice = new_invoice(run)
    path = {"invoiceId": invoice["id"]}
    changed = run.need(
        "updateInvoice",
        "seller",
        path=path,
        body={"description": "A", "expectedVersion": invoice["version"]},
    )
    more = changed.json["version"] == invoice["version"] + 1
    yield from told(run, more, "updateInvoice", "a write makes one version more", changed)
    for stale in ({"body": {"description": "B", "expectedVersion": invoice["version"]}},
                  {"body": {"description": "B"}, "headers": {"If-Match": f'"{invoice["version"]}"'}}):  # fmt: skip
        answer = run.ask("updateInvoice", "seller", path=path, **stale)
        yield from refused(
            run, "CONCURRENT_MODIFICATION", "updateInvoice", "a stale write is refused", answer
        )


def numbers_are_given_once(run):
    """A number belongs to one invoice; that of a deleted draft is free again."""
    body = draft(run)
    first = run.need("createInvoice", "seller", body=body).json
    answer = run.ask("createInvoice", "seller", body=body)
    yield from refused(
        run, "DUPLICATE_INVOICE_NUMBER", "createInvoice", "a number is given once", answer
    )
    run.need("deleteInvoice", "seller", path={"invoiceId": first["id"]})
    again = run.ask("createInvoice", "seller", body=body)
    yield from told(
        run, again.is_success, "deleteInvoice", "the number of a deleted draft is free", again
    )


def nobody_pays_what_they_do_not_have(run):
    """What is more than the balance is refused, and holds nothing."""
    lines = [{"description": "Fleet", "quantity": "1", "unitPrice": "90000000000.00"}]
    invoice = run.need("createInvoice", "seller", body=draft(run, lineItems=lines)).json
    act(run, "seller", "submitInvoice", invoice)
    before = run.subject.balances(run, "buyer")
    answer = run.ask("approveInvoice", "buyer", path={"invoiceId": invoice["id"]}, body={})
    yield from refused(
        run, "INSUFFICIENT_BALANCE", "approveInvoice", "more than the balance is refused", answer
    )
    same = run.subject.balances(run, "buyer") == before
    yield from told(run, same, "approveInvoice", "a refused approval holds nothing", answer)
    answer = run.ask(
        "submitWithdrawal", "seller", body=withdrawal(run) | {"amount": "90000000000.00"}
    )
    yield from refused(
        run, "INSUFFICIENT_BALANCE", "submitWithdrawal", "more than the balance is refused", answer
    )


def refunds_end_at_what_was_paid(run):
    """What was settled can be refunded once and no more."""
    refund = new_refund(run)
    body = {"transactionId": refund["transactionId"], "amount": "10.00", "reason": "Too much"}
    answer = run.ask("createRefund", "seller", body=body)
    yield from refused(
        run,
        "REFUND_EXCEEDS_TRANSACTION",
        "createRefund",
        "no more is refunded than was paid",
        answer,
    )


def the_change_log_is_the_balance(run):
    """Every change of a balance is in its log, and they add up to what it holds."""
    for party in ("seller", "buyer"):
        page, sums, last = 0, {}, None
        while last is None or len(last.json["items"]) == 100:
            params = {"currency": "USD", "limit": 100, "page": page}
            last = run.need("listBalanceChangeLogs", party, params=params)
            for row in last.json["items"]:
                sums[row["bucket"]] = sums.get(row["bucket"], 0) + Decimal(row["delta"])
                right = Decimal(row["after"]) - Decimal(row["before"]) == Decimal(row["delta"])
                yield from told(
                    run,
                    right,
                    "listBalanceChangeLogs",
                    "after less before is the change",
                    last,
                    provenance="inferred",
                )
            page += 1
        held = {name: amount for name, amount in run.subject.balances(run, party).items() if amount}
        sums = {name: amount for name, amount in sums.items() if amount}
        yield from told(
            run,
            held == sums,
            "listBalanceChangeLogs",
            "the changes add up to the balance",
            last,
            provenance="inferred",
        )


def a_batch_does_what_it_can(run):
    """An item of a batch that is refused keeps no other from being done; a preview does nothing."""
    good, draft_ = new_invoice(run), new_invoice(run)
    act(run, "seller", "submitInvoice", good)
    body = {"invoiceIds": [good["id"], draft_["id"]]}
    preview = run.need("previewBulkInvoices", "buyer", body={"operation": "APPROVE", **body})
    eligible = [result["eligible"] for result in preview.json["results"]]
    yield from told(
        run,
        eligible == [True, False],
        "previewBulkInvoices",
        "a preview tells what can be done",
        preview,
    )
    unmoved = run.need("getInvoice", "buyer", path={"invoiceId": good["id"]})
    yield from told(
        run,
        unmoved.json["status"] == "SUBMITTED",
        "previewBulkInvoices",
        "a preview does nothing",
        unmoved,
    )
    done = run.need("approveBulkInvoices", "buyer", body=body)
    succeeded = [result["success"] for result in done.json["results"]]
    counts = done.json["succeededCount"], done.json["failedCount"]
    holds = succeeded == [True, False] and counts == (1, 1)
    yield from told(
        run,
        holds,
        "approveBulkInvoices",
        "each item of a batch is done or refused for itself",
        done,
    )
    paid = run.need("bulkSettlePayments", "buyer", body=body)
    succeeded = [result["success"] for result in paid.json["results"]]
    yield from told(
        run,
        succeeded == [True, False],
        "bulkSettlePayments",
        "each item of a batch is paid or refused for itself",
        paid,
    )


def keys_open_until_they_are_revoked(run):
    """A secret is shown once; a revoked key opens nothing."""
    made = run.need(
        "createApiKey", "seller", body={"name": run.name(), "permissions": ["READ"]}
    ).json
    run.client.secrets.add("EXPEREON_MADE_SECRET", made["apiSecret"])
    path = {"keyId": made["id"]}
    shown = run.need("getApiKey", "seller", path=path)
    hidden = made["apiSecret"] not in shown.response.body.decode()
    yield from told(run, hidden, "getApiKey", "a secret is shown once", shown)
    key = type(run.subject.members["seller"].key)(
        {"X-API-Key": made["apiKey"], "X-API-Secret": made["apiSecret"]}
    )
    opened = run.ask("listInvoices", "seller", key=key)
    yield from told(run, opened.is_success, "createApiKey", "a new key opens what it may", opened)
    write = run.ask("createInvoice", "seller", key=key, body=draft(run))
    yield from refused(
        run, "INSUFFICIENT_PERMISSIONS", "createInvoice", "a key may do what it was given", write
    )
    run.need("revokeApiKey", "seller", path=path, body={})
    closed = run.ask("listInvoices", "seller", key=key)
    yield from refused(
        run, "API_KEY_REVOKED", "revokeApiKey", "a revoked key opens nothing", closed
    )


def what_was_archived_comes_back_as_it_was(run):
    """An invoice is restored to the state it was archived in."""
    for invoice, was in ((settled(run), "SETTLED"), (new_invoice(run), "CANCELLED")):
        if was == "CANCELLED":
            act(run, "seller", "cancelInvoice", invoice)
        act(run, "seller", "archiveInvoice", invoice)
        back = run.need("restoreInvoice", "seller", path={"invoiceId": invoice["id"]}, body={})
        claim = f"what was archived {was} is restored {was}"
        yield from told(
            run, back.json["status"] == was, "restoreInvoice", claim, back, provenance="inferred"
        )


def exports_are_harmless(run):
    """A spreadsheet takes nothing in a CSV for a formula."""
    made = {}
    for text in FORMULAS:
        invoice = run.need("createInvoice", "seller", body=draft(run, description=text)).json
        made[invoice["id"]] = text
    answer = run.need("exportInvoices", "seller", params={"format": "csv"})
    rows = list(csv.DictReader(io.StringIO(answer.response.body.decode(), newline="")))
    cells = {row["id"]: row["description"] for row in rows if row["id"] in made}
    harmless = cells == {id: f"'{text}" for id, text in made.items()}
    yield from told(
        run,
        harmless,
        "exportInvoices",
        "cells that look like formulas begin with an apostrophe",
        answer,
        provenance="inferred",
    )


def files_come_back_as_they_were(run):
    """A file is downloaded byte by byte, until it is deleted."""
    content = b"\xef\xbb\xbfa;b\r\n1;\xe2\x82\xac\r\n"
    file = {"file": ("note.csv", content, "text/csv")}
    path = {"fileId": run.need("uploadFile", "seller", files=file).json["id"]}
    back = run.need("downloadFile", "seller", path=path)
    yield from told(
        run, back.response.body == content, "downloadFile", "a file comes back byte by byte", back
    )
    run.need("deleteFile", "seller", path=path)
    gone = run.ask("getFile", "seller", path=path)
    yield from refused(run, "NOT_FOUND", "deleteFile", "a deleted file is gone", gone)


def notes_are_read_by_whom_they_are_for(run):
    """A shared note is there for both parties, an internal one for its author's alone."""
    invoice = new_invoice(run)
    act(run, "seller", "submitInvoice", invoice)
    path = {"invoiceId": invoice["id"]}
    for visibility in ("SHARED", "INTERNAL"):
        body = {"body": visibility, "visibility": visibility}
        run.need("createInvoiceNote", "seller", path=path, body=body)
    for party, expected in (("seller", {"SHARED", "INTERNAL"}), ("buyer", {"SHARED"})):
        page = run.need("listInvoiceNotes", party, path=path)
        seen = {note["body"] for note in page.json["items"]}
        yield from told(
            run,
            seen == expected,
            "listInvoiceNotes",
            f"the {party} reads the notes that are theirs",
            page,
            provenance="inferred",
        )


def the_clock_does_its_work(run):
    """What the clock has to do is done: withdrawals arrive, what is due is told."""
    control = run.control
    asked = run.need("submitWithdrawal", "seller", body=withdrawal(run)).json
    path = {"withdrawalId": asked["id"]}
    run.need("approveWithdrawal", "seller", path=path, body={})
    control.clock.advance("P2D")
    arrived = run.need("getWithdrawal", "seller", path=path)
    yield from told(
        run,
        arrived.json["status"] == "COMPLETED",
        "approveWithdrawal",
        "an approved withdrawal arrives",
        arrived,
        provenance="inferred",
    )
    paid = settled(run)
    walked = run.need("listInvoiceHistory", "seller", path={"invoiceId": paid["id"]})
    expected = ["DRAFT", "SUBMITTED", "APPROVED", "SETTLED"]
    states = [step.get("to") for step in walked.json["items"]]
    yield from told(
        run,
        expected == [s for s in states if s in expected],
        "listInvoiceHistory",
        "the history tells every step",
        walked,
        provenance="inferred",
    )


def _no_clock(run):
    return "" if run.control else "the server's clock cannot be moved"


CHECKS = (
    *laws(
        "expereon",
        amounts_are_exact,
        versions_guard_writes,
        numbers_are_given_once,
        nobody_pays_what_they_do_not_have,
        refunds_end_at_what_was_paid,
        a_batch_does_what_it_can,
        keys_open_until_they_are_revoked,
        what_was_archived_comes_back_as_it_was,
        exports_are_harmless,
        files_come_back_as_they_were,
        notes_are_read_by_whom_they_are_for,
        the_change_log_is_the_balance,
    ),
    Check("expereon", "the clock does its work", the_clock_does_its_work, lacks=_no_clock),
)
