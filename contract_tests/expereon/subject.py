"""What the verifier has to know of Expereon that its contract cannot say.

Settings: EXPEREON_SELLER, EXPEREON_BUYER and EXPEREON_BUYER2 (a stranger to what the other two do),
each `key:secret`; with _ID their organisations (without them the treasury is left out), with _READ and
_WRITE narrower keys. EXPEREON_CONNECTION is the connection between seller and buyer, in US dollars.
EXPEREON_API_KEY and EXPEREON_API_SECRET stand for the seller.
"""

from decimal import Decimal

from counterfoil.operating import OperatingError
from counterfoil.verify.subject import (
    Action,
    Codes,
    Creation,
    Hooks,
    Key,
    Life,
    Member,
    Subject,
)

from .laws import CHECKS
from .lists import PAGING, listings
from .makers import (
    CONNECTION,
    act,
    draft,
    new_invoice,
    new_refund,
    prepare_settlement,
    settled,
    withdrawal,
)

PARTIES = ("seller", "buyer", "buyer2")
NARROW = ("read", "write")
ADJUSTED = "4.00"


def settings_of(world):
    """Return the settings of a world of our own mock."""
    told = world["expereon"]
    settings = {CONNECTION: told["connections"][0]["id"]}
    for alias, known in told["organizations"].items():
        name = f"EXPEREON_{alias.upper()}"
        settings[name] = f"{known['apiKey']}:{known['apiSecret']}"
        settings[f"{name}_ID"] = known["id"]
        for macro in NARROW:
            key = known["keys"][macro]
            settings[f"{name}_{macro.upper()}"] = f"{key['apiKey']}:{key['apiSecret']}"
    settings["EXPEREON_ORGANIZATION"] = settings["EXPEREON_SELLER_ID"]
    return settings


def subject(settings):
    """Return what is verified with these settings; OperatingError where there is no key at all."""
    settings = dict(settings)
    if "EXPEREON_API_KEY" in settings:
        pair = f"{settings['EXPEREON_API_KEY']}:{settings.get('EXPEREON_API_SECRET', '')}"
        settings.setdefault("EXPEREON_SELLER", pair)
    members = {party: member for party in PARTIES if (member := member_of(party, settings))}
    if "seller" not in members:
        raise OperatingError(
            "Expereon is called with a key; give --as seller=KEY:SECRET, or set EXPEREON_SELLER"
        )
    both = "buyer" in members and CONNECTION in settings
    treasury = both and all(member.places for member in members.values())
    return Subject(
        members=members,
        lives=lives(members)[: None if treasury else 1] if both else (),
        codes=Codes(
            state="INVALID_STATE_TRANSITION",
            unseen="NOT_FOUND",
            role="ROLE_NOT_ALLOWED",
            missing=("MISSING_CREDENTIALS",),
            wrong=("INVALID_CREDENTIALS",),
        ),
        error=lambda exchange: (
            (exchange.json or {}).get("code") if isinstance(exchange.json, dict) else None
        ),
        facts=lambda exchange: {
            name for detail in (exchange.json.get("details") or []) for name in detail
        },
        paging=PAGING,
        listings=listings(both=both, treasury=treasury),
        creations=CREATIONS[: None if treasury else 1] if both else (),
        hooks=HOOKS if both else None,
        balances=balances if treasury else None,
        holder={"organization": "seller"},
        belongings=belongings if treasury else None,
        checks=CHECKS if treasury else (),
        secrets=secrets(members),
        environment=environment(settings),
        exempt=EXEMPT,
    )


def environment(settings):
    """Return what the hooks of the fuzzing phase read: who is not there is played by the seller."""
    seller = settings["EXPEREON_SELLER"]
    stand_ins = {"EXPEREON_BUYER": seller, "EXPEREON_BUYER2": seller}
    own = settings.get("EXPEREON_SELLER_ID")
    return stand_ins | ({"EXPEREON_ORGANIZATION": own} if own else {}) | settings


def member_of(party, settings):
    """Return a party with its keys, or None where there is none."""
    name = f"EXPEREON_{party.upper()}"
    if name not in settings:
        return None
    narrow = {
        m: key_of(settings[f"{name}_{m.upper()}"])
        for m in NARROW
        if f"{name}_{m.upper()}" in settings
    }
    known = settings.get(f"{name}_ID")
    return Member(party, key_of(settings[name]), narrow, {"organizationId": known} if known else {})


def key_of(pair):
    """Return the headers of a `key:secret`."""
    key, _, secret = pair.partition(":")
    return Key({"X-API-Key": key, "X-API-Secret": secret})


def secrets(members):
    """Return every value that no output may show, by the name of a variable."""
    found = {}
    for party, member in members.items():
        for suffix, key in (
            ("", member.key),
            *((f"_{m.upper()}", k) for m, k in member.keys.items()),
        ):
            name = f"EXPEREON_{party.upper()}{suffix}"
            found[f"{name}_KEY"] = key.headers["X-API-Key"]
            found[f"{name}_SECRET"] = key.headers["X-API-Secret"]
    return found


def requester(invoice):
    """Return who made the open request to cancel, if there is one."""
    request = invoice.get("cancellationRequest")
    return request["requestedBy"] if request and not request.get("decision") else None


def invoice_movement(trigger, invoice):
    """Return what an invoice moves: what was approved of it."""
    return Decimal(invoice.get("approvedAmount") or invoice["amount"])


def lives(members):
    """Return how records are made and moved."""
    stranger = "buyer2" if "buyer2" in members else None
    parties = {"SELLER": "seller", "BUYER": "buyer"}
    return (
        Life(
            machine="invoice",
            parameter="invoiceId",
            read="getInvoice",
            make=new_invoice,
            actions=INVOICE_ACTIONS,
            roles=parties,
            stranger=stranger,
            requester=requester,
            sees=lambda role, walked: role == "SELLER" or "submit" in walked,
            movement=invoice_movement,
        ),
        Life(
            machine="withdrawal",
            parameter="withdrawalId",
            read="getWithdrawal",
            make=lambda run: run.need("submitWithdrawal", "seller", body=withdrawal(run)).json,
            actions={
                word: Action(f"{word}Withdrawal", DECISIONS[word])
                for word in ("approve", "reject", "cancel")
            },
            roles={"OWNER": "seller"},
            stranger=stranger,
            movement=lambda trigger, record: Decimal(record["amount"]),
        ),
        Life(
            machine="refund",
            parameter="refundId",
            read="getRefund",
            make=new_refund,
            prepare=prepare_settlement,
            actions={
                word: Action(f"{word}Refund", DECISIONS[word]) for word in ("approve", "reject")
            },
            roles=parties,
            stranger=stranger,
            movement=lambda trigger, record: Decimal(record["amount"]),
        ),
    )


DECISIONS = {
    "approve": lambda _: {},
    "reject": lambda _: {"reason": "Not as agreed"},
    "cancel": lambda _: {},
}
"""What a decision on a withdrawal or a refund says."""

INVOICE_ACTIONS = {
    "submit": Action("submitInvoice"),
    "approve": Action("approveInvoice"),
    "approve-with-adjustment": Action("approveInvoiceWithAdjustment", lambda _: {"adjustedAmount": ADJUSTED}),
    "dispute": Action("disputeInvoice"),
    "cancel": Action("cancelInvoice"),
    "request-info": Action("requestInvoiceInfo"),
    "respond": Action("respondInvoice"),
    "resubmit": Action("resubmitInvoice"),
    "settle": Action("settleInvoice"),
    "request-cancellation": Action("requestInvoiceCancellation"),
    "accept-cancellation": Action("acceptInvoiceCancellation"),
    "reject-cancellation": Action("rejectInvoiceCancellation"),
    "archive": Action("archiveInvoice"),
    "restore": Action("restoreInvoice"),
    "update": Action("updateInvoice", lambda record: {"description": f"version {record.get('version')}"}),
    "delete": Action("deleteInvoice"),
}  # fmt: skip


def invoices_numbered(run, body):
    """Return how many invoices bear the number of a body."""
    params = {"invoiceNumber": body["invoiceNumber"]}
    return run.need("listInvoices", "seller", params=params).json["totalCount"]


def withdrawals_to(run, body):
    """Return how many withdrawals go where a body says."""
    reference = body["destination"]["reference"]
    page = run.need("listWithdrawals", "seller", params={"limit": 100}).json
    return sum(item["destination"]["reference"] == reference for item in page["items"])


CREATIONS = (
    Creation(
        "createInvoice",
        "seller",
        draft,
        lambda body: {**body, "dueDate": "2030-02-02"},
        invoices_numbered,
        lambda body: {**body, "dueDate": "2030-02-31"},
    ),
    Creation(
        "submitWithdrawal",
        "seller",
        withdrawal,
        lambda body: {**body, "amount": "2.00"},
        withdrawals_to,
        lambda body: {**body, "amount": "900000000000.00"},
    ),
)


def register(run, party, url, events, secret):
    """Register an endpoint of a party."""
    body = {"url": url, "events": list(events), "signingSecret": secret}
    return run.need("createWebhook", party, body=body)


def remove(run, party, registered):
    """Remove an endpoint again."""
    run.ask("deleteWebhook", party, path={"webhookId": registered.json["id"]})


def happen(run):
    """Let something happen that the seller hears of."""
    new_invoice(run)
    return "invoice.created"


HOOKS = Hooks(register, remove, happen, ("seller", "buyer"), {"payment": "invoiceId"})


def balances(run, party):
    """Return what a party has in dollars."""
    found = run.need("getBalance", party, path={"balanceId": "USD"}).json
    return {name: Decimal(found[name.lower()]) for name in ("AVAILABLE", "COLLATERAL", "RESERVED")}


def belongings(run):
    """Make one of everything that is the seller's; return path parameters that lead there."""
    invoice = new_invoice(run)
    act(run, "seller", "submitInvoice", invoice)
    url = "http://127.0.0.1:9/nobody"
    hook = run.need("createWebhook", "seller", body={"url": url, "events": ["webhook.*"]}).json
    delivery = run.need("testWebhook", "seller", path={"webhookId": hook["id"]}, body={}).json
    file = {"file": ("note.txt", b"hello", "text/plain")}
    paid = settled(run)
    prepare_settlement(run)
    payment = run.need("listPayments", "seller", params={"invoiceId": paid["id"]}).json["items"][0]
    return "seller", {
        **run.subject.members["seller"].places,
        "invoiceId": invoice["id"],
        "lineItemId": invoice["lineItems"][0]["id"],
        "paymentId": payment["id"],
        "transactionId": run.kept["settlement"],
        "withdrawalId": run.need("submitWithdrawal", "seller", body=withdrawal(run)).json["id"],
        "refundId": new_refund(run)["id"],
        "balanceId": run.need("getBalance", "seller", path={"balanceId": "USD"}).json["id"],
        "webhookId": hook["id"],
        "deliveryId": delivery["id"],
        "fileId": run.need("uploadFile", "seller", files=file).json["id"],
        "keyId": run.need("createApiKey", "seller", body={"name": run.name()}).json["id"],
        "logId": run.need("listApiLogs", "seller", params={"limit": 1}).json["items"][0]["id"],
    }


EXEMPT = {
    "ROUTE_NOT_FOUND": "asked for in the fuzzing phase",
    "METHOD_NOT_ALLOWED": "asked for in the fuzzing phase",
    "INTERNAL_ERROR": "a sound server does not answer it",
    "ENVIRONMENT_MISMATCH": "needs a host name of the other environment",
    "API_KEY_EXPIRED": "needs a key that has expired",
    "withdrawal.complete": "by the clock alone",
    "withdrawal.fail": "by the bank alone",
    "payment.settle": "walked together with the invoice's",
    "payment.fail": "needs a settlement that fails",
    "payment.failed": "needs a settlement that fails",
    "payment.due": "by the clock alone",
    "PAYMENT_NOT_RETRYABLE": "needs a settlement that fails",
    "CONNECTION_NOT_ACTIVE": "needs a connection that was suspended",
    "withdrawal.completed": "by the clock alone",
    "withdrawal.failed": "by the bank alone",
    "connection.created": "not by this API",
    "connection.suspended": "not by this API",
    "connection.reactivated": "not by this API",
}
