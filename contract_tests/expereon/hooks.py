"""What Schemathesis has to know of Expereon that its document cannot say.

Who may do what is a matter of two organisations, and what may be done is a matter of state. So each
call is made by the party whose part it is, mostly on an invoice that is in the right state; and the
one failure that is dropped is "rejected valid data" where the refusal names a reason that depends
on state.

Nothing is deleted that this run did not make. A run that only reads prepares nothing.

Read from the environment: EXPEREON_URL, EXPEREON_ORGANIZATION (the seller's id), EXPEREON_SELLER,
EXPEREON_BUYER and EXPEREON_BUYER2, each `key:secret`, and COUNTERFOIL_READ_ONLY.
"""

import functools
import itertools
import os

import requests
import schemathesis
from schemathesis.openapi.checks import RejectedPositiveData

URL = os.environ["EXPEREON_URL"]
ORGANIZATION = os.environ.get("EXPEREON_ORGANIZATION", "none")
READ_ONLY = "COUNTERFOIL_READ_ONLY" in os.environ
CONNECTION = os.environ.get("EXPEREON_CONNECTION", "conn_abc123")

STATE_CODES = {
    "INVALID_STATE_TRANSITION",
    "INSUFFICIENT_BALANCE",
    "CONNECTION_NOT_ACTIVE",
    "AMOUNT_MISMATCH",
    "INVALID_ADJUSTMENT",
    "TOO_MANY_WEBHOOKS",
    "TOO_MANY_FILES",
    "UNSUPPORTED_FILE_TYPE",  # of a content that is not one of those that are taken
    "ZERO_AMOUNT",
    "BATCH_TOO_LARGE",
    "API_KEY_NOT_ACTIVE",
    "REFUND_EXCEEDS_TRANSACTION",
    "TRANSACTION_NOT_REFUNDABLE",
}
CROSS_FIELD_CODES = {"AMOUNT_PRECISION", "AMOUNT_OUT_OF_RANGE", "IN_THE_PAST", "DATE_RANGE"}
"""Details of a VALIDATION_ERROR that follow from two fields together or from the clock."""

BUYERS_PART = {
    "approveInvoice",
    "approveInvoiceWithAdjustment",
    "disputeInvoice",
    "requestInvoiceInfo",
    "settleInvoice",
    "settlePayment",
    "bulkSettlePayments",
    "settleAllDuePayments",
    "retryFailedPayments",
    "acceptInvoiceCancellation",
    "rejectInvoiceCancellation",
    "approveBulkInvoices",
}

APPROVED = ("seller submit", "buyer approve")
ASKED = (*APPROVED, "seller request-cancellation")
READY_FOR = {
    "submitInvoice": (),
    "updateInvoice": (),
    "putInvoice": (),
    "deleteInvoice": (),
    "cancelInvoice": (),
    "getInvoice": (),
    "listInvoiceHistory": (),
    "listInvoiceNotes": (),
    "createInvoiceNote": (),
    "getInvoiceConfirmation": (*APPROVED, "buyer settle"),
    "listLineItems": (),
    "createLineItem": (),
    "getLineItem": (),
    "updateLineItem": (),
    "putLineItem": (),
    "deleteLineItem": (),
    "approveBulkInvoices": ("seller submit",),
    "cancelBulkInvoices": (),
    "archiveBulkInvoices": (*APPROVED, "buyer settle"),
    "restoreBulkInvoices": (*APPROVED, "buyer settle", "seller archive"),
    "approveInvoice": ("seller submit",),
    "approveInvoiceWithAdjustment": ("seller submit",),
    "disputeInvoice": ("seller submit",),
    "requestInvoiceInfo": ("seller submit",),
    "respondInvoice": ("seller submit", "buyer request-info"),
    "respondInfoInvoice": ("seller submit", "buyer request-info"),
    "resubmitInvoice": ("seller submit", "buyer dispute"),
    "resolveInvoice": ("seller submit", "buyer dispute"),
    "requestInvoiceCancellation": APPROVED,
    "acceptInvoiceCancellation": ASKED,
    "rejectInvoiceCancellation": ASKED,
    "settleInvoice": APPROVED,
    "settlePayment": APPROVED,
    "archiveInvoice": (*APPROVED, "buyer settle"),
    "restoreInvoice": (*APPROVED, "buyer settle", "seller archive"),
    "getPayment": (*APPROVED, "buyer settle"),
}
BODIES = {
    "request-info": {"message": "Which booking?"},
    "dispute": {"reason": "Wrong rate"},
    "request-cancellation": {"reason": "Billed twice"},
}

TREASURY = "/api/v1/treasury"
ON_WITHDRAWALS = {"getWithdrawal", "approveWithdrawal", "rejectWithdrawal", "cancelWithdrawal"}
ON_REFUNDS = {"getRefund", "approveRefund", "rejectRefund"}

numbers = itertools.count()
balances = itertools.cycle(("USD", "bal_000001", "XXX"))
session = requests.Session()

MADE, SEEN = set(), set()
"""Ids of what this run made, and of what it was shown."""


def credentials(party):
    key, _, secret = os.environ[f"EXPEREON_{party.upper()}"].partition(":")
    return {"X-API-Key": key, "X-API-Secret": secret}


def post(party, path, body=None):
    answer = session.post(URL + path, json=body or {}, headers=credentials(party), timeout=10)
    answer.raise_for_status()
    MADE.add(answer.json().get("id"))
    return answer.json()


@functools.cache
def endpoint():
    """Return an endpoint of the third party, and a delivery that was made to it."""
    body = {"url": "http://127.0.0.1:9/nobody", "events": ["webhook.*"]}
    made = post("buyer2", "/api/v1/settings/webhooks", body)
    delivery = post("buyer2", f"/api/v1/settings/webhooks/{made['id']}/test")
    return {"webhookId": made["id"], "deliveryId": delivery["id"]}


def own_key():
    """Return a key of the third party's that may be revoked: nobody calls with it."""
    return {"keyId": post("buyer2", "/api/v1/settings/api-keys", {"name": "contract"})["id"]}


def disposable():
    """Return an endpoint that may be deleted, in place of those that earlier calls of this run left."""
    path, headers = "/api/v1/settings/webhooks", credentials("buyer2")
    rows = session.get(f"{URL}{path}?limit=100", headers=headers, timeout=10).json()["items"]
    for left in MADE & {row["id"] for row in rows} - {endpoint()["webhookId"]}:
        session.delete(f"{URL}{path}/{left}", headers=headers, timeout=10)
    body = {"url": "http://127.0.0.1:9/nobody", "events": ["payment.due"]}
    return {"webhookId": post("buyer2", path, body)["id"]}


def uploaded():
    """Return a new file of the seller's."""
    file = {"file": ("note.txt", b"hello", "text/plain")}
    answer = session.post(
        f"{URL}/api/v1/storage/upload", files=file, headers=credentials("seller"), timeout=10
    )
    MADE.add(answer.json()["id"])
    return answer.json()["id"]


def logged():
    """Return a request that the seller made."""
    url = f"{URL}/api/v1/settings/api-logs?limit=1&includeLogReads=true"
    session.get(url, headers=credentials("seller"), timeout=10)
    return session.get(url, headers=credentials("seller"), timeout=10).json()["items"][0]["id"]


SUPPLIED = {"fileId": uploaded, "logId": logged}
"""What makes what a path is about, where that is no invoice."""


def settlement():
    """Return the seller's transaction of an invoice that was just settled."""
    invoice, _ = prepared("getPayment")
    path = f"{URL}{TREASURY}/transactions?invoiceId={invoice['id']}"
    (row,) = session.get(path, headers=credentials("seller"), timeout=10).json()["items"]
    return row["id"]


@functools.cache
def kept_settlement():
    """Return a settlement that many small refunds are made of."""
    return settlement()


def on_treasury(wanted):
    """Return the ids an operation of the treasury finds something under, in the right state."""
    places = {"transactionId": kept_settlement()} if wanted == "getTransaction" else {}
    if wanted in ON_WITHDRAWALS:
        body = {"amount": "0.01", "currency": "USD", "destination": {"type": "WALLET"}}
        places["withdrawalId"] = post("seller", f"{TREASURY}/withdrawals", body)["id"]
    if wanted in ON_REFUNDS:
        body = {"transactionId": kept_settlement(), "amount": "0.01", "reason": "A cent"}
        places["refundId"] = post("seller", f"{TREASURY}/refunds", body)["id"]
    return places


def prepared(operation_id):
    """Return an invoice as an operation wants it, and what was answered last."""
    draft = {
        "connectionId": CONNECTION,
        "invoiceNumber": f"CT-{os.getpid()}-{next(numbers)}",
        "lineItems": [{"description": "Room", "quantity": "1", "unitPrice": "10.00"}],
        "dueDate": "2030-01-01",
    }
    invoice = last = post("seller", "/api/v1/invoices", draft)
    for step in READY_FOR[operation_id]:
        party, action = step.split()
        last = post(party, f"/api/v1/invoices/{invoice['id']}/{action}", BODIES.get(action))
    return invoice, last


@schemathesis.auth(refresh_interval=None)
class Parties:
    """Lets each call be made by the party whose part it is."""

    def get(self, case, context):
        wanted = operation_id(case)
        if (
            "Webhook" in wanted or "ApiKey" in wanted
        ):  # somebody who hears of nothing that the others do
            return credentials("buyer2")
        return credentials("buyer" if wanted in BUYERS_PART else "seller")

    def set(self, case, data, context):
        case.headers = {**(case.headers or {}), **data}


def operation_id(case):
    return case.operation.definition.raw.get("operationId")


def original_id(case):
    """Return the operation that an alias stands for, or the operation itself."""
    return case.operation.definition.raw.get("x-alias-of") or operation_id(case)


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Keep what is no reference to a resource of this API out of the inference of links.

    Otherwise nothing could be created in the stateful phase: a field that looks like the id of
    something nobody makes keeps its operation from being a beginning.
    """
    schemas = raw_schema["components"]["schemas"]
    for schema in schemas.values():
        schema.get("properties", {}).pop("requestId", None)
    create = schemas["InvoiceCreate"]
    del create["properties"]["connectionId"]
    create["required"].remove("connectionId")
    refund = schemas["RefundCreate"]
    del refund["properties"]["transactionId"]
    refund["required"].remove("transactionId")


@schemathesis.hook
def before_call(context, case, kwargs):
    """Give valid calls something to work on; leave alone what was made wrong on purpose.

    What goes into `kwargs` is sent in place of the case's own body, which stays as it was made.
    """
    if case.method.upper() != case.operation.method.upper():
        return
    if READ_ONLY:
        for name in {"organizationId"} & named(case).keys():
            case.path_parameters[name] = ORGANIZATION
        return
    spare(case)
    valid = case.meta is None or case.meta.generation.mode.is_positive
    body = case.body if isinstance(case.body, dict) else None
    if body is not None and original_id(case) in FILLED:
        kwargs["json"] = body = body | FILLED[original_id(case)](valid)
    if not valid:
        return
    places = whereabouts(case)
    if case.meta and case.meta.phase.name.value != "stateful":
        places |= on_treasury(original_id(case))
        if operation_id(case) in READY_FOR:
            invoice, last = prepared(operation_id(case))
            places |= {"invoiceId": invoice["id"], "paymentId": last["id"]}
            places["lineItemId"] = invoice["lineItems"][0]["id"]
            if body is not None:
                kwargs["json"] = body | subjects(body, invoice["id"])
    for name in (case.path_parameters or {}).keys() & places.keys():
        case.path_parameters[name] = places[name]


def named(case):
    """Return the parameters of a case's path."""
    return case.path_parameters or {}


def spare(case):
    """Let nothing be deleted that this run was shown and did not make: a draft of its own goes instead.

    No key is touched that the run itself needs.
    """
    if named(case).get("keyId", "").startswith("key_buyer2"):
        case.path_parameters |= own_key()
    strange = {name for name, id in named(case).items() if id in SEEN - MADE}
    if case.method.upper() == "DELETE" and strange:
        invoice, _ = prepared("deleteInvoice")
        own = {"invoiceId": invoice["id"], "lineItemId": invoice["lineItems"][0]["id"]}
        for name in strange:
            case.path_parameters[name] = own.get(name, "none")


@schemathesis.hook
def after_call(context, case, response):
    """Remember what was made, and what was shown."""
    try:
        told = response.json()
    except ValueError:
        return
    if response.status_code != 200 or not isinstance(told, dict):
        return
    rows = told.get("items") or []
    SEEN.update(
        row["id"] for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str)
    )
    if original_id(case).startswith(("create", "upload", "submitWithdrawal")):
        MADE.add(told.get("id"))


def whereabouts(case):
    """Return what the path of a case may name, whatever state that is in."""
    named = case.path_parameters or {}
    places = {"organizationId": ORGANIZATION, "balanceId": next(balances)}
    if "keyId" in named:
        places |= own_key()
    if "webhookId" in named:
        places |= disposable() if operation_id(case) == "deleteWebhook" else endpoint()
    return places | {name: SUPPLIED[name]() for name in named.keys() & SUPPLIED.keys()}


def subjects(body, invoice):
    """Return the members of a body that name invoices, naming one that is ready."""
    named = {}
    if "invoiceId" in body:
        named["invoiceId"] = invoice
    if "invoiceIds" in body:
        named["invoiceIds"] = [invoice, *(id for id in body["invoiceIds"][1:] if id != invoice)]
    return named


def new_invoice(valid):
    """Return what a new invoice has to name: the connection, and a number nobody had."""
    own_number = {"invoiceNumber": f"CT-{os.getpid()}-{next(numbers)}"} if valid else {}
    return {"connectionId": CONNECTION} | own_number


def new_refund(valid):
    """Return what a new refund has to name: a settlement that nothing was given back of yet."""
    return {"transactionId": settlement() if valid else kept_settlement()}


def new_withdrawal(valid):
    """Return what a new withdrawal has to ask for: no more than there is."""
    return {"amount": "0.01", "currency": "USD"} if valid else {}


FILLED = {
    "createInvoice": new_invoice,
    "createRefund": new_refund,
    "submitWithdrawal": new_withdrawal,
}
"""What completes the body of an operation, by whether the body is a valid one."""


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Drop one kind of failure alone: valid data refused for a reason that lies in the state."""
    if isinstance(failure, RejectedPositiveData) and response.status_code == 400:
        error = response.json()
        details = {detail["code"] for detail in error["details"]}
        crossed = error["code"] == "VALIDATION_ERROR" and details <= CROSS_FIELD_CODES
        return error["code"] not in STATE_CODES and not crossed
    return True


@schemathesis.check
class EveryCredentialIsRequired:
    """Both halves of the credential are needed: one of them without the other opens nothing."""

    def __init__(self):
        self.done = set()

    def after_response(self, ctx, response, case):
        label = case.operation.label
        if case.method != "GET" or response.status_code != 200 or label in self.done:
            return
        self.done.add(label)
        for header in ("X-API-Key", "X-API-Secret"):
            request = response.request.copy()
            request.headers.pop(header, None)
            status = session.send(request, timeout=10).status_code
            assert status == 401, f"{label} answered {status} without {header}"
