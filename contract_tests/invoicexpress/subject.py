"""What the verifier has to know of InvoiceXpress that its contract cannot say.

Settings: INVOICEXPRESS_KEY, the key of an account; INVOICEXPRESS_API_KEY stands for it.
INVOICEXPRESS_FIDELITY is how it answers, INVOICEXPRESS_HUB where our own sandbox switches it.
"""

import re

from counterfoil.contract.load import load
from counterfoil.operating import OperatingError
from counterfoil.verify.routes import Routes
from counterfoil.verify.subject import Codes, Key, Listing, Member, Paging, Subject

CONTRACT = load("invoicexpress")
ROWS = CONTRACT.refusals
ROUTES = Routes(CONTRACT.operations.values(), "")
SAID = {
    code: re.compile(re.sub(r"\\\{\w+\\\}", ".*", re.escape(row.message)), re.DOTALL)
    for code, row in ROWS.items()
}
"""How refusals read in English: bodies carry no codes."""

UNSAID = {
    (404, "application/json"): "NOT_FOUND",
    (404, "text/html"): "ROUTE_NOT_FOUND",
    (405, "text/html"): "METHOD_NOT_ALLOWED",
}
"""Codes of answers that say nothing of their own, by status and media type."""

GENERAL = {400: "MALFORMED_JSON", 401: "INVALID_KEY", 422: "VALIDATION", 429: "RATE_LIMITED"}
"""Codes by status of what names single fields."""


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
        lives=(),
        codes=Codes(
            state="VALIDATION",
            unseen="NOT_FOUND",
            missing=("INVALID_KEY",),
            wrong=("INVALID_KEY",),
        ),
        error=code_of,
        facts=lambda exchange: set(),
        paging=PAGING,
        listings=(Listing("listClients", "account", fill=fill),),
        secrets={"INVOICEXPRESS_KEY": settings["INVOICEXPRESS_KEY"]},
        environment=settings,
    )


def code_of(exchange):
    """Return the code of a refusal, from what it says."""
    status, media = exchange.status, (exchange.header("content-type") or "").partition(";")[0]
    operation = ROUTES.operation(exchange)
    known = ROWS.keys() & operation.errors if operation else ()
    for code in known:
        if ROWS[code].status == status and any(map(SAID[code].search, texts(exchange.json))):
            return code
    return UNSAID.get((status, media), GENERAL.get(status))


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
