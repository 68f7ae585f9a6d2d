"""How documents look on the wire: sums as numbers, prices and quantities as strings, dates as dd/mm/yyyy."""

import hashlib
import hmac
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from counterfoil.apis.invoicexpress import days, signature
from counterfoil.apis.invoicexpress.document_records import Billed, Document, Line, Place, Reduction
from counterfoil.apis.invoicexpress.rulebook import Fidelity, Rulebook
from counterfoil.apis.invoicexpress.totals import amounts, cents, money
from counterfoil.apis.invoicexpress.wire import Json, number_of, spelled, text_of
from counterfoil.engine.world import World

BILLED = ("email", "address", "postal_code", "country", "code", "fiscal_id", "phone")
"""What a document tells of its client, where anybody told it."""


def answer(book: Rulebook, world: World, document: Document) -> Json:
    """Return a document under its key: of its own type or, as documented, of its family.

    A receipt is of no family: it is not made as the others are.
    """
    of = book.rules.documents[document.type]
    own = book.fidelity(world).document_key == "own" or document.payment is not None
    return {of.key if own else book.rules.lists[of.list]: whole(book, world, document)}


def whole(book: Rulebook, world: World, document: Document) -> Json:
    """Return a document without a key over it, in the language of its account."""
    account = world.get(book.kinds.account, document.account)
    assert account is not None, f"the account {document.account} is gone"
    fidelity = book.switches(world).fidelity

    def make() -> Json:
        look = Look(book, world, book.rules.fidelity[fidelity], account.language)
        return look.of(document)

    return world.look(book.kinds.document, document, f"{fidelity} {account.language}", make)


class Look(NamedTuple):
    """How documents look in a world, to the readers of a language."""

    book: Rulebook
    world: World
    fidelity: Fidelity
    language: str

    def of(self, document: Document) -> Json:
        """Return a document as it looks."""
        return {
            "id": int(document.id),
            "status": document.status,
            "archived": document.archived,
            "type": document.type,
            **self._numbered(document),
            **_told(tax_exemption=document.tax_exemption),
            "date": days.spelled(document.date),
            "due_date": days.spelled(document.due_date),
            **_told(loaded_at=_moment(document.way.loaded_at) if document.way else None),
            "reference": document.reference,
            "observations": document.observations,
            "retention": None if document.retention is None else text_of(document.retention),
            "permalink": permalink(self.world, document),
            **_told(
                saft_hash=signature.shown(document.number.signature) if document.number else None
            ),
            "sum": amount(document.sum),
            "discount": amount(document.discount),
            "before_taxes": amount(document.before_taxes),
            "taxes": amount(document.taxes),
            "total": amount(document.total),
            "currency": self.book.rules.currencies[document.currency],
            "client": _billed(document.client, self.fidelity),
            "items": [_line(line, self.fidelity) for line in document.lines],
            **_extras(self.book, document),
        }

    def _numbered(self, document: Document) -> Json:
        """Return what tells of a document's number, or that it is a draft."""
        number = document.number
        if number is None:
            return {"sequence_number": self.book.rules.draft_words[self.language]}
        return {
            "sequence_number": number.text,
            "inverted_sequence_number": number.inverted,
            "sequence_id": spelled(self.fidelity.sequence_id_numbers, int(number.sequence)),
            "atcud": number.atcud,
        }


def amount(cents: int) -> Decimal:
    """Return cents as a JSON number with a point in it: `12.3`."""
    return number_of(money(cents))


def permalink(world: World, document: Document) -> str:
    """Return the address at which anybody could look at a document, if it were not the sandbox's."""
    purpose = f"permalink {document.id}".encode()
    token = hmac.new(str(world.seed).encode(), purpose, hashlib.sha1).hexdigest()
    return f"https://www.app.invoicexpress.com/documents/{document.id}{token}"


def _billed(client: Billed, fidelity: Fidelity) -> Json:
    known = {member: getattr(client, member) for member in BILLED}
    id = spelled(fidelity.client_numbers, int(client.id))
    return {"id": id, "name": client.name, **_told(**known)}


def _line(line: Line, fidelity: Fidelity) -> Json:
    shown = amounts(line.priced)
    exact = text_of if fidelity.line_numbers == "texts" else number_of
    return {
        "name": line.name,
        "description": line.description,
        "unit_price": exact(line.unit_price),
        "unit": line.unit,
        "quantity": exact(line.quantity),
        "tax": {"id": int(line.tax.id), "name": line.tax.name, "value": number_of(line.tax.value)},
        "discount": number_of(line.discount),
        "subtotal": number_of(shown.subtotal),
        "tax_amount": number_of(shown.tax_amount),
        "discount_amount": number_of(shown.discount_amount),
        "total": number_of(shown.total),
    }


def _extras(book: Rulebook, document: Document) -> Json:
    """Return what only some documents have."""
    told = _told(
        mb_reference=_multibanco(book, document) if document.multibanco else None,
        global_discount=_reduction(document.reduction) if document.reduction else None,
        multicurrency=_multicurrency(document, document.rate) if document.rate else None,
        owner_invoice_id=int(document.owner_id) if document.owner_id else None,
    )
    if document.way is None:
        return told
    way = document.way
    return told | _told(
        at_doc_code_id=way.at_doc_code_id,
        license_plate=way.license_plate,
        address_from=_place(way.address_from) if way.address_from else None,
        address_to=_place(way.address_to) if way.address_to else None,
        load_site=way.load_site,
        delivery_site=way.delivery_site,
    )


def _multibanco(book: Rulebook, document: Document) -> Json:
    """Return a reference that nobody can pay to: nine figures that follow from the document."""
    reference = f"9{int(document.id) % 10**8:08d}"
    entity = book.rules.multibanco_entity
    return {"entity": entity, "value": amount(document.total), "reference": reference}


def _reduction(reduction: Reduction) -> Json:
    return {"value_type": reduction.value_type, "value": number_of(reduction.value)}


def _multicurrency(document: Document, rate: Decimal) -> Json:
    """Return what a document in a foreign currency comes to in the account's own."""
    own = cents(Fraction(money(document.total)) / Fraction(rate))
    return {"rate": text_of(rate), "currency": document.currency, "total": amount(own)}


def _place(place: Place) -> Json:
    return {
        "detail": place.detail,
        "city": place.city,
        "postal_code": place.postal_code,
        "country": place.country,
    }


def _moment(loaded: datetime | None) -> str | None:
    return f"{days.spelled(loaded.date())} {loaded:%H:%M:%S}" if loaded else None


def _told(**members: Any) -> Json:
    """Return those members that have something to tell."""
    return {name: value for name, value in members.items() if value is not None}
