"""What Schemathesis has to know of InvoiceXpress that its document cannot say.

Names have to be new, and what a path names has to be there. So valid calls are given something to work
on; and the one failure that is dropped is "rejected valid data" where the refusal names a reason that
depends on state.

Read from the environment: INVOICEXPRESS_URL, INVOICEXPRESS_KEY (of a partner's account that reads
English), INVOICEXPRESS_FIDELITY (observed or documented: how the server answers) and, for our own sandbox,
INVOICEXPRESS_HUB, where both can be switched.
"""

import itertools
import os

import requests
import schemathesis
from schemathesis.openapi.checks import RejectedPositiveData

URL = os.environ["INVOICEXPRESS_URL"]
KEY = os.environ["INVOICEXPRESS_KEY"]
OBSERVED = os.environ["INVOICEXPRESS_FIDELITY"] == "observed"

STATE_WORDS = (
    "is not available",
    "Fiscal is invalid",
    "Owner Owner is invalid",
    "Terms and Conditions",
    "Invalid email or password",
    '"fiscal_id","is invalid"',
    "Postal Code must have the following format",
    "already exists",
    "already registered",
    "Tax region is empty",
    "less than or equal to the remaining balance",
    "Value must be less than or equal to",
    "greater than or equal to",
    "Date is not valid",
    "Change event error",
    "CantHandle",
    "still in draft",
    "in an invalid state",
    "can't be changed anymore",
    "must have an option selected",
    "can't be paid in its state",
)
"""What refusals say whose reason is not in the request alone."""

numbers = itertools.count()
session = requests.Session()


def unique(word="CT"):
    return f"{word}-{os.getpid()}-{next(numbers)}"


def ask(method, path, body=None):
    answer = session.request(method, URL + path, params={"api_key": KEY}, json=body, timeout=10)
    answer.raise_for_status()
    return answer.json() if answer.text.strip() else None


def id_of(answer):
    """Return the id of what was made, as paths are declared to have it: a text."""
    (root,) = answer.values()
    return str(root["id"])


def new_client():
    return id_of(ask("POST", "/clients.json", {"client": {"name": unique()}}))


def owing_client():
    client = new_client()
    body = {"initial_balance": {"value": 999999999, "date": "2024-01-01"}}
    ask("PUT", f"/api/v3/clients/{client}/initial_balance.json", body)
    return client


def regularization():
    client = owing_client()
    path = f"/api/v3/clients/{client}/regularization.json"
    body = {"regularization": {"value": 1, "date": "2024-01-01"}}
    made = ask("POST", path, body)["regularization"]
    return {"client_id": client, "id": (made[0] if isinstance(made, list) else made)["id"]}


def movement():
    """Return a movement; its id is told by the wire alone."""
    client = new_client()
    path = f"/api/v3/clients/{client}/treasury_movements.json"
    body = {"value": 1, "movement_type": "Reimbursement", "date": "2024-01-01"}
    sandboxed("switches", fidelity="observed")
    made = ask("POST", path, {"treasury_movement": body})["treasury_movement"]
    sandboxed("switches", fidelity="observed" if OBSERVED else "documented")
    return {"client_id": client, "id": made["id"]}


def unregistered():
    """Return a series that was made while the account was none of Portugal's."""
    sandboxed("accounts/demo", country="ES")
    made = ask("POST", "/sequences.json", {"sequence": {"serie": unique()}})
    sandboxed("accounts/demo", country="PT")
    return id_of(made)


def sandboxed(path, **members):
    """Let our own sandbox answer or know something else; a real service is as it is."""
    if hub := os.environ.get("INVOICEXPRESS_HUB"):
        requests.put(f"{hub}/{path}", json=members, timeout=10).raise_for_status()


def new_account():
    body = {"organization_name": "CT", "email": f"{unique()}@example.com", "password": "x"}
    return id_of(ask("POST", "/api/accounts/create.json", {"account": body | {"terms": "1"}}))


def new_tax():
    body = {"tax": {"name": unique(), "value": "1.0", "region": "PT"}}
    return id_of(ask("POST", "/taxes.json", body))


def new_item():
    return id_of(ask("POST", "/items.json", {"item": {"name": unique(), "unit_price": "1.0"}}))


def new_sequence():
    return id_of(ask("POST", "/sequences.json", {"sequence": {"serie": unique()}}))


def named_client():
    name = unique()
    ask("POST", "/clients.json", {"client": {"name": name, "code": name}})
    return name


KEYS = {
    "invoices": "invoice", "simplified_invoices": "simplified_invoice",
    "invoice_receipts": "invoice_receipt", "credit_notes": "credit_note", "debit_notes": "debit_note",
    "receipts": "receipt", "quotes": "quote", "proformas": "proforma", "fees_notes": "fees_note",
    "shippings": "shipping", "transports": "transport", "devolutions": "devolution",
}  # fmt: skip
"""The types of document, by the first segment of their paths."""

PLAIN_ADDRESS = {
    "detail": "Rua A 1", "city": "Lisboa", "postal_code": "1000-001", "country": "Portugal",
}  # fmt: skip


def possible(given=None):
    """Return a draft with what makes it possible, whatever else is valid in it."""
    told = {name: value for name, value in (given or {}).items() if name not in STATEFUL}
    # A reason not to be taxed: the default tax may have become one of nothing.
    line = {"name": unique(), "unit_price": "10.0", "quantity": "1.0", "tax_exemption": "M02"}
    way = {
        "loaded_at": "16/03/2099 08:00:00",
        "address_from": PLAIN_ADDRESS,
        "address_to": PLAIN_ADDRESS,
    }
    return told | {"date": "15/03/2024", "client": {"name": unique()}, "items": [line]} | way


STATEFUL = {
    "due_date", "tax_exemption", "tax_exemption_reason", "sequence_id", "mb_reference",
    "owner_invoice_id", "currency_code", "rate", "global_discount", "retention",
}  # fmt: skip
"""Members of a draft that may be valid and all the same be of nothing that is there."""


def draft(path="invoices"):
    """Return the id of a new draft of the type at a path."""
    return int(id_of(ask("POST", f"/{path}.json", {KEYS[path]: possible()})))


def finished(path="invoices"):
    """Return the id of a new document that has its number."""
    id = draft(path)
    ask("PUT", f"/{path}/{id}/change-state.json", {KEYS[path]: {"state": "finalized"}})
    return id


def receipt():
    """Return the id of a new receipt."""
    body = {"partial_payment": {"amount": 1}}
    return int(id_of(ask("POST", f"/documents/{finished()}/partial_payments.json", body)))


def downloadable():
    """Return the path of a file that is ready."""
    path = f"/api/pdf/{finished()}.json"
    answer = ask("GET", path) or ask("GET", path)
    token, name = answer["output"]["pdfUrl"].rsplit("/", 2)[1:]
    return {"token": token, "name": name}


def segment(case):
    return case.operation.path.split("/")[1].removesuffix(".json")


DRAFTED = {
    f"{verb}{family}"
    for verb in ("create", "update")
    for family in ("Invoice", "Estimate", "Guide")
}
MOVED = {"changeInvoiceState", "changeEstimateState", "changeGuideState"}
OF_DRAFTS = {
    f"{verb}{family}{rest}"
    for verb, rest in (("get", ""), ("update", ""), ("change", "State"), ("send", "Email"))
    for family in ("Invoice", "Estimate", "Guide")
}
"""Operations that are given a new draft of the type that their path names."""

AS_IT_HAS_TO_BE = {
    "generatePayment": lambda: {"partial_payment": {"amount": 1, "payment_mechanism": "TB"}},
    "cancelReceipt": lambda: {"receipt": {"state": "canceled", "message": "CT"}},
}


def document_body(case, wanted, given):
    """Return the body of an operation on documents that can be done, or None where it is another's."""
    key = KEYS.get(segment(case))
    if wanted in AS_IT_HAS_TO_BE:
        return AS_IT_HAS_TO_BE[wanted]()
    if wanted in DRAFTED:
        uid = {"proprietary_uid": unique()} if "proprietary_uid" in given else {}
        inner = given.get(key)
        return {key: possible(inner if isinstance(inner, dict) else {})} | uid
    return {key: {"state": "finalized"}} if wanted in MOVED else None


def document_place(case, wanted):
    """Return the path of an operation on a document of the type it is for, or nothing."""
    if wanted in OF_DRAFTS:
        path = segment(case)
        return {"document-id": receipt() if path == "receipts" else draft(path)}
    return {}


PLACES = {
    "generatePdf": lambda: {"document-id": finished()},
    "getQrCode": lambda: {"document-id": finished()},
    "relatedDocs": lambda: {"document-id": finished()},
    "generatePayment": lambda: {"document-id": finished()},
    "cancelReceipt": lambda: {"receipt-id": receipt()},
    "downloadFile": downloadable,
    "getAccount": lambda: {"account-id": int(new_account())},
    "updateAccount": lambda: {"account-id": int(new_account())},
    "getSequence": lambda: {"sequence_id": new_sequence()},
    "setSequenceDefault": lambda: {"sequence_id": new_sequence()},
    "registerSequence": lambda: {"sequence_id": unregistered()},
    "getTax": lambda: {"taxes_id": new_tax()},
    "updateTax": lambda: {"taxes_id": new_tax()},
    "deleteTax": lambda: {"taxes_id": new_tax()},
    "getClient": lambda: {"client_id": new_client()},
    "updateClient": lambda: {"client_id": new_client()},
    "getItem": lambda: {"item_id": new_item()},
    "updateItem": lambda: {"item_id": new_item()},
    "deleteItem": lambda: {"item_id": new_item()},
    "updateClientInitialBalance": lambda: {"client_id": new_client()},
    "getClientRegularizations": lambda: {"client_id": owing_client()},
    "createClientRegularization": lambda: {"client_id": owing_client()},
    "deleteClientRegularization": regularization,
    "getClientBalance": lambda: {"client_id": owing_client()},
    "createClientTreasuryMovement": lambda: {"client_id": new_client()},
    "deleteClientTreasuryMovement": movement,
}
"""What makes what a path is about, and names it."""


def of_month():
    finished()
    return {"month": "3", "year": "2024"}


QUERIES = {
    "export_saft": of_month,
    "findClientByName": lambda: {"client_name": named_client()},
    "findClientByCode": lambda: {"client_code": named_client()},
}

FRESH = {
    "createSequence": ("sequence", lambda _: {"serie": unique()}),
    "createTax": ("tax", lambda tax: {"name": unique(), "region": tax.get("region") or "PT"}),
    "updateTax": ("tax", lambda tax: {"name": unique(), "region": tax.get("region") or "PT"}),
    "createClient": ("client", lambda _: {"name": unique(), "code": unique(), "country": "Norway"}),
    "updateClient": ("client", lambda _: {"name": unique(), "code": unique(), "country": "Norway"}),
    "createItem": ("item", lambda _: {"name": unique()}),
    "updateItem": ("item", lambda _: {"name": unique()}),
    "updateClientInitialBalance": (
        "initial_balance",
        lambda balance: {"value": "1.00", "date": "2024-01-01"} | balance,
    ),
    "createClientTreasuryMovement": (
        "treasury_movement",
        lambda _: {"movement_type": "Reimbursement", "serie": None},
    ),
    "createAccount": (
        "account",
        lambda _: {"email": f"{unique()}@example.com", "terms": "1", "fiscal_id": ""},
    ),
    "updateAccount": (
        "account",
        lambda _: {"terms": "1", "fiscal_id": "", "postal_code": "1000-001"},
    ),
    "createAccountExisting": (
        "account",
        lambda _: {
            "email": "owner@example.com",
            "password": "secret123",
            "terms": "1",
            "fiscal_id": "",
        },
    ),
}
"""What completes a valid body so that it can be done: under which root, with which members."""

AS_TEXT = {"unit_price", "value"}
"""Numbers that the wire takes as text alone, where it is observed."""

RATED = {"createTax", "updateTax"} if OBSERVED else set()
"""Operations that answer such a number with 500, whatever else is wrong: a defect that was recorded."""


sandboxed("switches", fidelity=os.environ["INVOICEXPRESS_FIDELITY"])
sandboxed("accounts/demo", language="en")


@schemathesis.auth(refresh_interval=None)
class Account:
    """Every call is made with the account's key."""

    def get(self, case, context):
        return KEY

    def set(self, case, data, context):
        case.query = {**(case.query or {}), "api_key": data}


def operation_id(case):
    raw = case.operation.definition.raw
    return raw.get("x-alias-of") or raw.get("operationId")


@schemathesis.hook
def before_call(context, case, kwargs):
    """Give valid calls something to work on; leave alone what was made wrong on purpose.

    What goes into `kwargs` is sent in place of the case's own body, which stays as it was made.
    """
    if case.method.upper() != case.operation.method.upper():
        return
    wanted = operation_id(case)
    body = case.body if isinstance(case.body, dict) else None
    if case.meta is not None and not case.meta.generation.mode.is_positive:
        if wanted in RATED and body is not None and isinstance(body.get("tax"), dict):
            kwargs["json"] = {**body, "tax": as_text(body["tax"])}
        return
    if body is not None and wanted in FRESH:
        root, members = FRESH[wanted]
        kwargs["json"] = {**body, root: completed(body.get(root) or {}, members)}
    if body is not None and (told := document_body(case, wanted, body)) is not None:
        kwargs["json"] = told
    linked = case.meta is not None and case.meta.phase.name.value == "stateful"
    if wanted in PLACES and not linked:
        case.path_parameters.update(PLACES[wanted]())
    if not linked and (place := document_place(case, wanted)):
        case.path_parameters.update(place)
    if wanted in QUERIES:
        case.query = {**case.query, **QUERIES[wanted]()}


def completed(given, members):
    """Return a valid body's root with what makes it possible, numbers as the server takes them."""
    told = given | members(given)
    return as_text(told) if OBSERVED else told


def as_text(told):
    """Return members with those numbers as text that the wire takes as nothing else."""
    plain = {name: told[name] for name in AS_TEXT & told.keys()}
    numbers = {name: v for name, v in plain.items() if type(v) in (int, float)}
    return told | {name: f"{v:.2f}" for name, v in numbers.items()}


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Drop one kind of failure alone: valid data refused for a reason that lies in the state."""
    if isinstance(failure, RejectedPositiveData) and response.status_code in (401, 409, 422):
        return not any(words in response.text for words in STATE_WORDS)
    return True
