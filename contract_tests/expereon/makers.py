"""Making what Expereon's checks are about: invoices in a state, refunds, withdrawals."""

CONNECTION = "EXPEREON_CONNECTION"
AMOUNT = "10.00"
ROOM_FOR_REFUNDS = 5
"""How many refunds of a unit are made of one settlement."""


def draft(run, **more):
    """Return the body of a new invoice."""
    return {
        "connectionId": run.subject.environment[CONNECTION],
        "invoiceNumber": run.name(),
        "lineItems": [{"description": "Room", "quantity": "1", "unitPrice": AMOUNT}],
        "dueDate": "2030-01-01",
        **more,
    }


def new_invoice(run):
    """Return a new draft of the seller's."""
    return run.need("createInvoice", "seller", body=draft(run)).json


def act(run, party, operation, invoice, body=None):
    """Act on an invoice; return what was answered."""
    path = {"invoiceId": invoice["id"]}
    return run.need(operation, party, path=path, body=body or run.body_of(operation)).json


def settled(run):
    """Return an invoice that was paid."""
    invoice = new_invoice(run)
    act(run, "seller", "submitInvoice", invoice)
    act(run, "buyer", "approveInvoice", invoice)
    act(run, "buyer", "settleInvoice", invoice)
    return invoice


def prepare_settlement(run):
    """See to it that there is a settlement that more can be refunded of."""
    left = run.kept.get("room for refunds", 0)
    if not left:
        params = {"invoiceId": settled(run)["id"]}
        (row,) = run.need("listTransactions", "seller", params=params).json["items"]
        run.kept["settlement"] = row["id"]
        run.kept["room for refunds"] = ROOM_FOR_REFUNDS


def new_refund(run):
    """Return a new refund of a part of a settlement."""
    prepare_settlement(run)
    run.kept["room for refunds"] -= 1
    body = {"transactionId": run.kept["settlement"], "amount": "1.00", "reason": "A part"}
    return run.need("createRefund", "seller", body=body).json


def withdrawal(run):
    """Return the body of a withdrawal."""
    return {
        "amount": "1.00",
        "currency": "USD",
        "destination": {"type": "WALLET", "reference": run.name()},
    }
