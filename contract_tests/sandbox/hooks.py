"""What Schemathesis has to know of the control plane that its document cannot say.

Each valid call is made in a world of its own that holds what the call is about. The one failure that
is dropped is "rejected valid data" where the refusal names a reason that no schema can express.

Read from the environment: SANDBOX_URL.
"""

import os
import re

import requests
import schemathesis
from schemathesis.openapi.checks import RejectedPositiveData

URL = os.environ["SANDBOX_URL"]
BEYOND_SCHEMAS = {"Too far", "Reserved name"}
FIELDS_BEYOND_SCHEMAS = re.compile(r"body\.path$|^match\.operation$|(^|\.)headers\.")
"""Fields that must be a JSONPath, an operation of the API, a header that may be chosen."""

session = requests.Session()


def ask(method, path, body=None):
    answer = session.request(method, URL + path, json=body, timeout=10)
    answer.raise_for_status()
    return answer.json()


def furnished(named):
    """Return the values of path parameters that lead to what is there, in a new world."""
    world = ask("POST", "/_sandbox/worlds", {"fixture": "empty"})
    path = f"/_sandbox/worlds/{world['id']}"
    ask("POST", f"{path}/snapshots", {"name": "kept"})
    fault = ask("POST", f"{path}/faults", {"effect": {"type": "error"}, "match": {"key": "none"}})
    inbox = ask("PUT", f"{path}/inboxes/kept")
    expereon = world["expereon"]
    seller = expereon["organizations"]["seller"]
    headers = {"X-API-Key": seller["apiKey"], "X-API-Secret": seller["apiSecret"]}
    hook = {"url": inbox["url"], "events": ["*"]}
    session.post(
        f"{expereon['url']}/api/v1/settings/webhooks", json=hook, headers=headers, timeout=10
    )
    draft = {
        "connectionId": "conn_abc123",
        "invoiceNumber": "1",
        "amount": "1",
        "dueDate": "2030-01-01",
    }
    session.post(f"{expereon['url']}/api/v1/invoices", json=draft, headers=headers, timeout=10)
    path = f"{expereon['url']}/api/v1/treasury/withdrawals"
    money = {"amount": "1", "currency": "USD", "destination": {"type": "WALLET"}}
    withdrawal = session.post(path, json=money, headers=headers, timeout=10).json()["id"]
    session.post(f"{path}/{withdrawal}/approve", headers=headers, timeout=10)
    return {
        "worldId": world["id"],
        "snapshot": "kept",
        "faultId": fault["id"],
        "inbox": "kept",
        "deliveryId": "dlv_000001",
        "traceId": "trc_000001",
        "organizationId": "buyer",
        "connectionId": "conn_abc123",
        "withdrawalId": withdrawal,
    } | (billed_with_experi(world["experi"]) if named & BILLED else {})


BILLED = {"invoiceId", "letterId", "recurringInvoiceId"}
"""What is there once somebody billed."""


def billed_with_experi(experi):
    """Return an invoice that Experi sent, the e-mail it went with, and one that recurs."""
    headers = {"Authorization": f"Bearer {experi['apiKey']}"}
    draft = {
        "clientId": "client_id_here",
        "lineItems": [{"description": "Room", "quantity": 1, "unitPrice": 10}],
    }
    path = f"{experi['url']}/api/v1"
    made = session.post(f"{path}/invoices", json=draft, headers=headers, timeout=10).json()
    invoice = made["data"]["id"]
    session.post(f"{path}/invoices/{invoice}/send", headers=headers, timeout=10)
    again = draft | {"frequency": "MONTHLY", "startDate": "2900-01-01"}
    made = session.post(f"{path}/recurring-invoices", json=again, headers=headers, timeout=10)
    return {
        "invoiceId": invoice,
        "letterId": "mail_000001",
        "attachment": 1,
        "recurringInvoiceId": made.json()["data"]["id"],
    }


READY = {
    "unblockExpereonOrganization": "/expereon/organizations/buyer/block",
    "reactivateExpereonConnection": "/expereon/connections/conn_abc123/suspend",
}


@schemathesis.hook
def before_call(context, case, kwargs):
    """Lead valid calls to something that is there; wait for nothing that will not come."""
    if case.method.upper() != case.operation.method.upper():
        return
    operation = case.operation.definition.raw.get("operationId")
    valid = case.meta is None or case.meta.generation.mode.is_positive
    if operation in ("waitJournal", "waitInbox") and valid:
        kwargs["json"] = (case.body if isinstance(case.body, dict) else {}) | {"timeoutMs": 20}
    if valid and case.path_parameters:
        places = furnished(case.path_parameters.keys())
        if operation in READY:
            ask("POST", f"/_sandbox/worlds/{places['worldId']}{READY[operation]}")
        for name in case.path_parameters.keys() & places.keys():
            case.path_parameters[name] = places[name]


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Drop one kind of failure alone: valid data refused for a reason that no schema can express."""
    if isinstance(failure, RejectedPositiveData) and response.status_code == 400:
        problem = response.json()
        fields = [error["field"] for error in problem.get("errors", [])]
        excused = bool(fields) and all(FIELDS_BEYOND_SCHEMAS.search(field) for field in fields)
        return problem["title"] not in BEYOND_SCHEMAS and not excused
    return True
