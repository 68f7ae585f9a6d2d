"""What the verifier has to know of InvoiceXpress that its contract cannot say.

Settings: INVOICEXPRESS_KEY, the key of an account; INVOICEXPRESS_API_KEY stands for it.
INVOICEXPRESS_FIDELITY is how it answers, INVOICEXPRESS_HUB where our own sandbox switches it.
"""

import re

from counterfoil.contract.load import load
from counterfoil.operating import OperatingError
from counterfoil.verify.routes import Routes
from counterfoil.verify.subject import Codes, Key, Listing, Member, Paging, Subject

from .fidelity import answered
from .laws import CHECKS
from .makers import LIVES
from .refusals import REFUSALS

CONTRACT = load("invoicexpress")
ROWS = CONTRACT.refusals
ROUTES = Routes(CONTRACT.operations.values(), "")


def spoken(message):
    """Return what fits a message, whatever stands in its gaps."""
    return re.compile(re.sub(r"\\\{\w+\\\}", ".*", re.escape(message)), re.DOTALL)


SAID = [
    (code, row.status, spoken(message))
    for code, row in sorted(ROWS.items(), key=lambda known: -len(known[1].message))
    for message in (row.message, *row.translations.values())
]
"""How refusals read in each language, the longest first: bodies carry no codes."""

UNSAID = {
    (404, "text/html"): "ROUTE_NOT_FOUND",
    (405, "text/html"): "METHOD_NOT_ALLOWED",
}
"""Codes of answers that say nothing of their own, by status and media type."""

GENERAL = {400: "MALFORMED_JSON", 401: "INVALID_KEY", 422: "VALIDATION", 429: "RATE_LIMITED"}
"""Codes by status of what names single fields."""

EXEMPT = {
    **dict.fromkeys(CONTRACT.events, "InvoiceXpress sends no webhooks"),
    "ROUTE_NOT_FOUND": "asked for in the fuzzing phase",
    "METHOD_NOT_ALLOWED": "asked for in the fuzzing phase",
    "INTERNAL_ERROR": "a sound server does not answer it",
    "AT_BUSY": "needs a tax authority that is slow",
    "AT_CREDENTIALS": "needs an account without credentials of the tax authority",
    "AT_NO_ACTIVITY": "needs a company without an open activity",
    "NOT_PORTUGUESE": "needs an account of another country",
    "NOT_IN_COUNTRY": "needs an account of another country",
    "NO_PAYMENT_PROVIDER": "needs an account without a payment provider",
    "NOT_IN_TRIAL": "needs an account in its trial",
    "DOCUMENT_LIMIT": "needs an account with a limit of documents",
    "GUIDE_UPDATE_BROKEN": "a known defect, which is not always there",
    "LOADED_BEFORE_NOW": "needs an account that communicates its guides",
    "WRONG_PASSWORD": "needs an owner's password",
    "OWNER_INVALID": "needs an owner's password",
    "UID_IN_USE": "needs a document that is just being made",
    "CLIENT_CODE_TAKEN": "reads as CLIENT_NAME_TAKEN",
    "MECHANISM_INVALID": "reads as AMOUNT_INVALID",
    "SERIE_INVALID": "reads as AMOUNT_INVALID",
}


def settings_of(world):
    """Return the settings of a world of our own mock."""
    hub = f"{world['url']}/_sandbox/worlds/{world['id']}/invoicexpress"
    return {"INVOICEXPRESS_KEY": world["invoicexpress"]["apiKey"], "INVOICEXPRESS_HUB": hub}


def subject(settings):
    """Return what is verified with these settings; OperatingError where there is no key at all."""
    settings = dict(settings)
    if "INVOICEXPRESS_API_KEY" in settings:
        settings.setdefault("INVOICEXPRESS_KEY", settings["INVOICEXPRESS_API_KEY"])
    if "INVOICEXPRESS_KEY" not in settings:
        raise OperatingError(
            "InvoiceXpress is called with a key; give --api-key KEY, or set INVOICEXPRESS_KEY"
        )
    settings.setdefault("INVOICEXPRESS_FIDELITY", "observed")
    key = Key(params={"api_key": settings["INVOICEXPRESS_KEY"]})
    return Subject(
        members={"account": Member("account", key)},
        lives=LIVES,
        codes=Codes(
            state="CHANGE_EVENT",
            unseen="NOT_FOUND",
            missing=("INVALID_KEY",),
            wrong=("INVALID_KEY",),
        ),
        error=code_of,
        facts=lambda exchange: set(),
        paging=PAGING,
        listings=(Listing("listClients", "account", fill=fill),),
        document=lambda written: answered(written, settings["INVOICEXPRESS_FIDELITY"]),
        prepare=prepare,
        checks=(*CHECKS, *REFUSALS),
        secrets={"INVOICEXPRESS_KEY": settings["INVOICEXPRESS_KEY"]},
        environment=settings,
        exempt=EXEMPT,
    )


def prepare(run):
    """Let a sandbox answer in the way that it is verified for."""
    if run.control:
        fidelity = run.subject.environment["INVOICEXPRESS_FIDELITY"]
        run.control.ask("PUT", "/invoicexpress/switches", {"fidelity": fidelity})


def code_of(exchange):
    """Return the code of a refusal, from what it says."""
    status, media = exchange.status, (exchange.header("content-type") or "").partition(";")[0]
    operation = ROUTES.operation(exchange)
    known = operation.errors if operation else ()
    said = list(texts(exchange.json))
    for code, its_status, form in SAID:
        if its_status == status and code in known and any(map(form.search, said)):
            return code
    silent = (code for code, row in ROWS.items() if code in known and row.status == status)
    return UNSAID.get((status, media)) or GENERAL.get(status) or next(silent, None)


def texts(body):
    """Yield every text that stands somewhere in a body."""
    if isinstance(body, str):
        yield body
    for part in body.values() if isinstance(body, dict) else body if isinstance(body, list) else ():
        yield from texts(part)


def fill(run):
    """Have clients in another order than their names'."""
    for name in ("Walter", "john", "Ana"):
        run.need("createClient", "account", body={"client": {"name": f"{name} {run.name()}"}})


PAGING = Paging(
    page="page",
    limit="per_page",
    most=100,
    items=lambda page: page["clients"],
    total=lambda page: page["pagination"]["total_entries"],
    pages=lambda page: page["pagination"]["total_pages"],
    first=1,
    refused="VALIDATION",
)
