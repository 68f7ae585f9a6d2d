"""What the verifier has to know of Experi that its contract cannot say.

Settings: EXPERI_KEY, a key that may read and write; EXPERI_READ and EXPERI_WRITE, narrower ones;
EXPERI_CLIENT, a client to bill. EXPERI_API_KEY stands for EXPERI_KEY.
"""

from counterfoil.operating import OperatingError
from counterfoil.verify.subject import (
    Action,
    Codes,
    Filter,
    Key,
    Life,
    Listing,
    Member,
    Paging,
    Subject,
)

NARROW = ("read", "write")
LINE = {"description": "Web Development", "quantity": 2, "unitPrice": 10}

CODES = {
    "Unauthorized": "UNAUTHORIZED",
    "Developer API is not enabled": "API_NOT_ENABLED",
    "Rate limit exceeded": "RATE_LIMITED",
    "Insufficient permissions": "INSUFFICIENT_PERMISSIONS",
    "Unsupported media type": "UNSUPPORTED_MEDIA_TYPE",
    "Invalid JSON": "MALFORMED_JSON",
    "Validation failed": "VALIDATION_FAILED",
    "Client not found": "CLIENT_NOT_FOUND",
    "Invoice not found": "INVOICE_NOT_FOUND",
    "Recurring invoice not found": "RECURRING_INVOICE_NOT_FOUND",
    "Invoice is already paid": "INVOICE_ALREADY_PAID",
    "Email not verified": "EMAIL_NOT_VERIFIED",
    "Not found": "ROUTE_NOT_FOUND",
    "Method not allowed": "METHOD_NOT_ALLOWED",
}
"""Codes of errors.yaml by what an answer says: the envelope carries none."""

EXEMPT = {
    "ROUTE_NOT_FOUND": "asked for in the fuzzing phase",
    "METHOD_NOT_ALLOWED": "asked for in the fuzzing phase",
    "SERVER_ERROR": "a sound server does not answer it",
    "MAIL_FAILED": "needs a mail server that fails",
    "API_NOT_ENABLED": "needs an account without the Developer API",
    "EMAIL_NOT_VERIFIED": "needs an account that is not verified",
    "invoice.fall-due": "by the clock alone",
    "invoice.cancel": "not by this API",
    "recurringInvoice.run": "by the clock alone",
}


def settings_of(world):
    """Return the settings of a world of our own mock."""
    told = world["experi"]
    narrow = {f"EXPERI_{scope.upper()}": told["keys"][scope] for scope in NARROW}
    return {"EXPERI_KEY": told["apiKey"], **narrow}


def subject(settings):
    """Return what is verified with these settings; OperatingError where there is no key at all."""
    settings = dict(settings)
    if "EXPERI_API_KEY" in settings:
        settings.setdefault("EXPERI_KEY", settings["EXPERI_API_KEY"])
    if "EXPERI_KEY" not in settings:
        raise OperatingError("Experi is called with a key; give --api-key KEY, or set EXPERI_KEY")
    settings.setdefault("EXPERI_CLIENT", "client_id_here")
    narrow = {
        scope: key_of(settings[f"EXPERI_{scope.upper()}"])
        for scope in NARROW
        if f"EXPERI_{scope.upper()}" in settings
    }
    places = {"clientId": settings["EXPERI_CLIENT"]}
    account = Member("account", key_of(settings["EXPERI_KEY"]), narrow, places)
    return Subject(
        members={"account": account},
        lives=LIVES,
        codes=Codes(
            state="INVALID_STATE",
            unseen="INVOICE_NOT_FOUND",
            missing=("UNAUTHORIZED",),
            wrong=("UNAUTHORIZED",),
        ),
        error=code_of,
        facts=lambda exchange: set(),
        paging=PAGING,
        listings=LISTINGS,
        secrets={name: settings[name] for name in settings if name in SECRETS},
        environment=settings,
        exempt=EXEMPT,
    )


SECRETS = ("EXPERI_KEY", "EXPERI_READ", "EXPERI_WRITE")


def key_of(key):
    """Return the header of a key."""
    return Key({"Authorization": f"Bearer {key}"})


def code_of(exchange):
    """Return the code of a refusal, from what it says."""
    told = exchange.json if isinstance(exchange.json, dict) else {}
    message = (told.get("error") or {}).get("message", "")
    return "INVALID_STATE" if message.startswith("Cannot ") else CODES.get(message)


def inside(answer):
    """Return what stands in the envelope of an answer."""
    return answer["data"]


def billed(run):
    """Return what says whom an invoice is to."""
    return {"clientId": run.subject.environment["EXPERI_CLIENT"], "lineItems": [LINE]}


def new_invoice(run):
    """Return a new draft."""
    return run.need("createInvoice", "account", body=billed(run)).json["data"]


def new_recurring(run):
    """Return a new recurring invoice."""
    asked = {"frequency": "YEARLY", "startDate": "2900-01-01"}
    return run.need("createRecurringInvoice", "account", body=billed(run) | asked).json["data"]


def nothing(record):
    """Return the body of an action that needs none."""
    return {}


LIVES = (
    Life(
        machine="invoice",
        parameter="invoiceId",
        read="getInvoice",
        make=new_invoice,
        actions={
            "update": Action("updateInvoice", lambda _: {"notes": "Changed"}),
            "delete": Action("deleteInvoice"),
            "send": Action("sendInvoice", lambda _: {"toEmail": "somebody@example.com"}),
            "pay-part": Action("payInvoice", lambda _: {"amount": 0.01}),
            "pay": Action("payInvoice", nothing),
        },
        roles={"ACCOUNT": "account"},
        inside=inside,
        refusals={(trigger, "PAID"): "INVOICE_ALREADY_PAID" for trigger in ("pay", "pay-part")},
    ),
    Life(
        machine="recurringInvoice",
        parameter="recurringInvoiceId",
        read="getRecurringInvoice",
        make=new_recurring,
        actions={
            "pause": Action("pauseRecurringInvoice"),
            "resume": Action("resumeRecurringInvoice"),
            "delete": Action("deleteRecurringInvoice"),
        },
        roles={"ACCOUNT": "account"},
        inside=inside,
    ),
)

PAGING = Paging(
    page="page",
    limit="limit",
    most=100,
    items=lambda page: page["data"],
    total=lambda page: page["pagination"]["total"],
    pages=lambda page: page["pagination"]["totalPages"],
    first=1,
    refused="VALIDATION_FAILED",
    sort_refused="VALIDATION_FAILED",
    filter_refused="VALIDATION_FAILED",
)


def distinct(member):
    """Return what lists the values of a member."""
    return lambda items: sorted({item[member] for item in items})


def fill(run):
    """Have clients, invoices of several states, and recurring ones."""
    for name in ("Zoe", "adam", "Bert"):
        run.need("createClient", "account", body={"name": f"{name} {run.name()}"})
    for status in ("DRAFT", "SENT"):
        run.need("createInvoice", "account", body=billed(run) | {"status": status})
    late = {"issueDate": "2024-01-01", "dueDate": "2024-01-31"}
    paid = run.need("createInvoice", "account", body=billed(run) | late).json["data"]
    run.need("payInvoice", "account", path={"invoiceId": paid["id"]}, body={"amount": 1})
    for _ in range(3):
        made = new_recurring(run)
    run.need("pauseRecurringInvoice", "account", path={"recurringInvoiceId": made["id"]})


STATUS = Filter(
    "status", distinct("status"), lambda item, value: item["status"] == value, refused="LATE"
)
BY_CLIENT = Filter("clientId", distinct("clientId"), lambda item, value: item["clientId"] == value)
LISTINGS = (
    Listing(
        "listClients",
        "account",
        sorts={
            "createdAt": lambda item: item["createdAt"],
            "updatedAt": lambda item: item["updatedAt"],
            "name": lambda item: item["name"].casefold(),
        },
        filters=(
            Filter(
                "search",
                lambda items: [item["name"].upper() for item in items],
                lambda item, value: value.casefold() in item["name"].casefold(),
            ),
        ),
        fill=fill,
    ),
    Listing(
        "listInvoices",
        "account",
        filters=(
            STATUS,
            BY_CLIENT,
            Filter(
                "from",
                distinct("issueDate"),
                lambda item, value: item["issueDate"] >= value,
                "noon",
            ),
            Filter(
                "to", distinct("issueDate"), lambda item, value: item["issueDate"] <= value, "noon"
            ),
            Filter(
                "search",
                distinct("invoiceNumber"),
                lambda item, value: item["invoiceNumber"] == value,
            ),
        ),
        fill=fill,
    ),
    Listing("listOutstandingInvoices", "account", fill=fill),
    Listing("listRecurringInvoices", "account", filters=(STATUS, BY_CLIENT), fill=fill),
)
