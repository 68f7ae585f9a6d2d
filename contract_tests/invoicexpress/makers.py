"""What is made to look at how InvoiceXpress's documents live."""

from datetime import UTC, datetime

from counterfoil.verify.subject import Action, Life

LOADED_AT = "16/03/2099 08:00:00"
PLACE = {"detail": "Rua A 1", "city": "Lisboa", "postal_code": "1000-001", "country": "Portugal"}
WAY = {"loaded_at": LOADED_AT, "address_from": PLACE, "address_to": PLACE}
LINES = (("10.0", "1.0"),)
PRICED = ("unit_price", "quantity")

DOCUMENTS = {
    # the machine: its document in operationIds, the key of its bodies, what its drafts hold besides
    "invoice": ("Invoice", "invoice", {}),
    "invoice_receipt": ("InvoiceReceipt", "invoice_receipt", {}),
    "note": ("DebitNote", "debit_note", {}),
    "estimate": ("Estimate", "quote", {}),
    "guide": ("Guide", "shipping", WAY),
}
"""A type of document of each machine; receipts are not made as the others are."""


def today(run):
    """Return the server's day as documents have it: no series takes one from before its last."""
    now = run.control.clock.now if run.control else datetime.now(UTC)
    return now.strftime("%d/%m/%Y")


def draft(run, lines=LINES, **more):
    """Return what a draft says: priced lines, for a client and items of their own."""
    items = [{"name": run.name(), "unit_price": price, "quantity": n} for price, n in lines]
    return {"date": today(run), "client": {"name": run.name()}, "items": items, **more}


def inside(answer):
    """Return what stands under the root key of an answer."""
    return next(iter(answer.values()))


def made(run, machine, **more):
    """Return a new draft of the document of a machine."""
    name, key, besides = DOCUMENTS[machine]
    body = {key: draft(run, **besides, **more)}
    return inside(run.need(f"create{name}", "account", body=body).json)


def series(run):
    """Return the body of a new series."""
    return {"sequence": {"serie": run.name()[-20:]}}


def new_series(run):
    """Return a new series, in which nothing has a number yet."""
    return inside(run.need("createSequence", "account", body=series(run)).json)


def told(key, trigger):
    """Return what lets a document walk an arrow."""
    return {key: {"state": trigger, "message": "Ordered by mistake"}}


def change(run, machine, document, trigger):
    """Let a document of a machine walk an arrow; return it as it was answered."""
    name, key, _ = DOCUMENTS[machine]
    path = {"document-id": document["id"]}
    return inside(
        run.need(f"change{name}State", "account", path=path, body=told(key, trigger)).json
    )


def finished(run, **more):
    """Return a new invoice that has its number."""
    return change(run, "invoice", made(run, "invoice", **more), "finalized")


def paid(run, invoice, amount):
    """Return the receipt of a payment."""
    path, body = {"document-id": invoice["id"]}, {"partial_payment": {"amount": amount}}
    return inside(run.need("generatePayment", "account", path=path, body=body).json)


def cancellation(run, receipt):
    """Cancel a receipt; return the exchange."""
    path, body = {"receipt-id": receipt["id"]}, told("receipt", "canceled")
    return run.need("cancelReceipt", "account", path=path, body=body)


def life(machine, triggers, **more):
    """Return how documents of a machine live, which walk these arrows by change-state."""
    name, key, besides = DOCUMENTS[machine]

    def again(document):
        lines = [
            {"name": line["name"], **{member: str(line[member]) for member in PRICED}}
            for line in document["items"]
        ]
        client = {"name": document["client"]["name"]}
        return {key: {"date": document["date"], "client": client, "items": lines} | besides}

    def walk(trigger):
        return Action(f"change{name}State", lambda _: told(key, trigger))

    states = ("final", "settled", "canceled", "deleted", "accepted", "refused")
    actions = {"update": Action(f"update{name}", again), **{t: walk(t) for t in triggers}}
    return Life(
        machine=machine,
        parameter="document-id",
        read=f"get{name}",
        make=lambda run: made(run, machine),
        actions=actions | more.pop("actions", {}),
        roles={"ACCOUNT": "account", **more.pop("roles", {})},
        inside=inside,
        refusals={("update", state): "NOT_A_DRAFT" for state in states} | more.pop("refusals", {}),
    )


def payment(amount):
    """Return the payment of an invoice: of so much of what it comes to."""
    return Action(
        "generatePayment", lambda invoice: {"partial_payment": {"amount": amount(invoice["total"])}}
    )


PAYMENTS = {"paid-in-part": payment(lambda total: 1), "paid": payment(float)}
UNPAID = ("draft", "settled", "canceled", "deleted")

LIVES = (
    life(
        "invoice",
        ("finalized", "deleted", "settled", "canceled"),
        actions=PAYMENTS,
        roles={"PAYMENT": "account"},
        refusals={(trigger, state): "NOT_PAYABLE" for trigger in PAYMENTS for state in UNPAID},
    ),
    life("invoice_receipt", ("finalized", "deleted", "canceled")),
    life("note", ("finalized", "deleted", "settled", "unsettled", "canceled")),
    life("estimate", ("finalized", "deleted", "accept", "refuse", "canceled")),
    life("guide", ("finalized", "deleted", "canceled")),
    Life(
        machine="receipt",
        parameter="document-id",
        read="getReceipt",
        make=lambda run: paid(run, finished(run), 1),
        actions={
            "canceled": Action(
                "cancelReceipt",
                lambda _: told("receipt", "canceled"),
                lambda receipt: {"receipt-id": receipt["id"]},
            )
        },
        roles={"ACCOUNT": "account", "PAYMENT": "account"},
        inside=inside,
    ),
)
"""How documents live, a machine after the other."""
