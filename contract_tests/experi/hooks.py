"""What Schemathesis has to know of Experi that its document cannot say.

What may be done is a matter of state: each call is made on something that is in the right one. The one
failure that is dropped is "rejected valid data" where the refusal names a reason that lies in the state,
or in two fields together.

Read from the environment: EXPERI_URL, EXPERI_KEY.
"""

import os
import re

import requests
import schemathesis
from schemathesis.openapi.checks import RejectedPositiveData

URL = os.environ["EXPERI_URL"]
CREDENTIALS = {"Authorization": f"Bearer {os.environ['EXPERI_KEY']}"}
CLIENT = os.environ.get("EXPERI_CLIENT", "client_id_here")

BEYOND_SCHEMAS = re.compile(
    r"Due date must not be before|End date (must not be before|leaves no)|Start date leaves no"
    r"|Discount (type|value) is required|Discount value must be [0-9.]+ or less"
    r"|Amount exceeds amount due|Line items must come to|To email is required"
)
"""What is said of fields that are wrong beside others, or at that time."""

DECIMALS = {"unitPrice": 2, "amount": 2, "discountValue": 2, "quantity": 4, "taxRate": 4}
"""How many decimals a number has: what is drawn as a multiple is a float, and not quite one."""

ITEMS = [{"description": "Room", "quantity": 1, "unitPrice": 10}]

session = requests.Session()


def post(path, body=None):
    answer = session.post(URL + path, json=body or {}, headers=CREDENTIALS, timeout=10)
    answer.raise_for_status()
    return answer.json()["data"]["id"]


def invoice():
    """Return a new draft."""
    return post("/api/v1/invoices", {"clientId": CLIENT, "lineItems": ITEMS})


def recurring():
    """Return a new recurring invoice."""
    asked = {"clientId": CLIENT, "frequency": "YEARLY", "startDate": "2900-01-01"}
    return post("/api/v1/recurring-invoices", asked | {"lineItems": ITEMS})


def paused():
    """Return a recurring invoice that can be resumed."""
    id = recurring()
    post(f"/api/v1/recurring-invoices/{id}/pause")
    return id


@schemathesis.auth(refresh_interval=None)
class Key:
    """Lets each call be made with the key."""

    def get(self, case, context):
        return CREDENTIALS

    def set(self, case, data, context):
        case.headers = {**(case.headers or {}), **data}


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Keep the client out of the inference of links: otherwise nothing would be a beginning."""
    for name in ("InvoiceCreate", "RecurringInvoiceCreate"):
        schema = raw_schema["components"]["schemas"][name]
        del schema["properties"]["clientId"]
        schema["required"].remove("clientId")
    del raw_schema["components"]["schemas"]["InvoiceUpdate"]["properties"]["clientId"]


@schemathesis.hook
def before_call(context, case, kwargs):
    """Give valid calls something to work on; leave alone what was made wrong on purpose."""
    if case.method.upper() != case.operation.method.upper():
        return
    operation = case.operation.definition.raw["operationId"]
    body = case.body if isinstance(case.body, dict) else None
    if operation in ("createInvoice", "createRecurringInvoice") and body is not None:
        kwargs["json"] = body = body | {"clientId": CLIENT}
    if case.meta is not None and not case.meta.generation.mode.is_positive:
        return
    if body is not None:
        kwargs["json"] = rounded(body)
    named = case.path_parameters or {}
    if case.meta and case.meta.phase.name.value == "stateful":
        return
    if "clientId" in named:  # what is changed is nobody that others are billed with
        read = case.method.upper() == "GET"
        named["clientId"] = CLIENT if read else post("/api/v1/clients", {"name": "Somebody"})
    if "invoiceId" in named:
        named["invoiceId"] = invoice()
    if "recurringInvoiceId" in named:
        named["recurringInvoiceId"] = (
            paused() if operation == "resumeRecurringInvoice" else recurring()
        )


def rounded(value, decimals=None):
    """Return a body whose numbers have as many decimals as they may have."""
    if isinstance(value, dict):
        return {key: rounded(each, DECIMALS.get(key)) for key, each in value.items()}
    if isinstance(value, list):
        return [rounded(each) for each in value]
    return round(value, decimals) if decimals and isinstance(value, float) else value


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Drop one kind of failure alone: valid data refused for a reason that no schema can express."""
    if isinstance(failure, RejectedPositiveData) and response.status_code == 400:
        error = response.json()["error"]
        said = [message for told in error.get("details", {}).values() for message in told]
        if not said:
            return error["message"] in ("Validation failed", "Invalid JSON")
        return not all(BEYOND_SCHEMAS.match(message) for message in said)
    return True


@schemathesis.check
class TheKeyIsRequired:
    """Without its key, no call is answered."""

    def __init__(self):
        self.done = set()

    def after_response(self, ctx, response, case):
        label = case.operation.label
        if case.method != "GET" or response.status_code != 200 or label in self.done:
            return
        self.done.add(label)
        request = response.request.copy()
        request.headers.pop("Authorization", None)
        status = session.send(request, timeout=10).status_code
        assert status == 401, f"{label} answered {status} without a key"
