"""How InvoiceXpress's records look on the wire."""

from decimal import Decimal
from typing import Any

from counterfoil.apis.invoicexpress.records import (
    Account,
    Client,
    Contact,
    Item,
    Movement,
    Regularization,
    Sequence,
    Tax,
)
from counterfoil.apis.invoicexpress.rulebook import Rulebook, Spelling
from counterfoil.apis.invoicexpress.signature import IRRELEVANT, UNREGISTERED
from counterfoil.engine.outcome import Text
from counterfoil.engine.pagination import Query

Json = dict[str, Any]

JSON = "application/json; charset=utf-8"
BLANK = Text(JSON)
"""An answer that says nothing."""

REMOVED = {"blank": BLANK, "space": Text(JSON, " ")}
"""How the removal of a tax is answered, by what a world's fidelity calls it."""

LINK = "http://www.app.invoicexpress.com/suppliers/"
CLIENT_COLUMNS = (
    "name", "code", "language", "email", "address", "city", "postal_code", "fiscal_id", "website",
    "country", "phone", "fax", "preferred_contact", "observations",
)  # fmt: skip
ALWAYS = frozenset(CLIENT_COLUMNS) - {"country"}
"""What is told of a client even where it is unknown."""


def text_of(value: Decimal) -> str:
    """Return a number as Ruby spells it: `10.0`, `24.3902`, never an exponent."""
    units, _, rest = f"{value:f}".partition(".")
    return f"{units}.{rest.rstrip('0') or '0'}"


def number_of(value: Decimal) -> Decimal:
    """Return a number that is told as a JSON number with a point in it: `10.0`."""
    return Decimal(text_of(value))


def spelled(spelling: Spelling, value: int | None) -> int | str | None:
    """Return a whole number as a world's fidelity spells it."""
    return value if value is None or spelling == "numbers" else str(value)


def pagination(query: Query, total: int) -> Json:
    """Return where a page is among how many."""
    return {
        "total_entries": total,
        "total_pages": -(-total // query.limit),
        "current_page": query.page + 1,
        "per_page": query.limit,
    }


def account(record: Account) -> Json:
    """Return an account as it is read."""
    return {
        "organization_name": record.organization_name,
        "fiscal_id": record.fiscal_id,
        "email": record.email,
        "state": record.state,
        "at_configured": record.at != "missing",
        "trial": record.trial,
    }


def tax(record: Tax) -> Json:
    """Return a tax."""
    return {
        "id": int(record.id),
        "name": record.name,
        "value": number_of(record.value),
        "region": record.region,
        "code": record.code,
        "default_tax": int(record.default),
    }


def item(record: Item, of: Tax | None) -> Json:
    """Return an item with its tax."""
    return {
        "id": int(record.id),
        "name": record.name,
        "description": record.description,
        "unit_price": number_of(record.unit_price),
        "unit": record.unit,
        "tax": None if of is None else _tax_of_item(of),
    }


def _tax_of_item(of: Tax) -> Json:
    value = number_of(of.value)
    return {"name": of.name, "value": value, "comment": f"tax value:{value}%"}


def sequence(book: Rulebook, record: Sequence) -> Json:
    """Return a series: for each type of document its last number, its counter's id and its code."""
    shown: Json = {
        "id": int(record.id),
        "serie": record.serie,
        "default_sequence": int(record.default),
    }
    for type_, row in book.rules.counters.items():
        known = record.codes.get(type_, UNREGISTERED)
        shown |= {
            f"current_{type_}_number": record.numbers.get(type_, 0),
            f"current_{type_}_sequence_id": int(record.id) + row.offset,
            f"current_{type_}_validation_code": known if row.atcud else IRRELEVANT,
        }
    return shown


def client(record: Client, spelling: Spelling) -> Json:
    """Return a client as lists and new ones are told."""
    shown = {name: getattr(record, name) for name in CLIENT_COLUMNS}
    shown["preferred_contact"] = _contact(record.preferred_contact)
    return {
        "id": spelled(spelling, int(record.id)),
        **{name: value for name, value in shown.items() if name in ALWAYS or value is not None},
        "send_options": spelled(spelling, record.send_options),
    }


def whole_client(record: Client, spelling: Spelling, token: str) -> Json:
    """Return a client as it is read by itself; `token` is the end of a link that is new each time."""
    return client(record, spelling) | {
        "open_account_link": LINK + token,
        "payment_days": spelled(spelling, record.payment_days),
        "tax_exemption_code": record.tax_exemption_code,
    }


def _contact(of: Contact | None) -> Json:
    if of is None:
        return {}
    return {"name": of.name, "email": of.email, "phone": of.phone, "mobile": of.mobile}


def regularization(record: Regularization) -> Json:
    """Return a regularisation."""
    return {
        "id": int(record.id),
        "number": record.number,
        "value": number_of(record.value),
        "date": record.date,
        "observation": record.observation,
    }


def movement(record: Movement, *, with_id: bool) -> Json:
    """Return a movement of a client's treasury, its id as a world's fidelity has it."""
    shown = {
        "value": number_of(record.value),
        "movement_type": record.type,
        "payment_method": record.payment_method,
        "date": record.date,
        "serie": record.serie,
        "observation": record.observation,
    }
    return {"id": int(record.id)} | shown if with_id else shown
