"""The audit file of a month: what of the account's documents the tax authority wants to read."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from counterfoil.apis.invoicexpress import fiscal
from counterfoil.apis.invoicexpress.document_records import Billed, Document, Line, Place
from counterfoil.apis.invoicexpress.downloads import Wanted, asked_for
from counterfoil.apis.invoicexpress.proof import kind_of, region
from counterfoil.apis.invoicexpress.records import Account
from counterfoil.apis.invoicexpress.rulebook import Rulebook
from counterfoil.apis.invoicexpress.signature import for_authority
from counterfoil.apis.invoicexpress.step import account_of
from counterfoil.apis.invoicexpress.totals import CENTS, EXACT, apportioned, cents, money, remaining
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.call import Call
from counterfoil.engine.ids import digest
from counterfoil.engine.outcome import Outcome
from counterfoil.engine.pagination import Choice, Condition, Query, page
from counterfoil.engine.world import World
from counterfoil.papers import audit, saft

MOST = 100_000
"""How many documents a month may have."""

STARTED = "The SAF-T file generation was started. Please repeat the request in a few moments."
NOT_READY = 202
PRICE = Decimal("0.000001")
"""To what prices and rates are rounded that a discount or a division made endless."""


def export_saft(book: Rulebook, call: Call, world: World) -> Outcome:
    """Tell where the audit file of a month is, or that it is not made yet."""
    account = account_of(book, call, world)
    if account.trial:
        raise Refusal("NOT_IN_TRIAL")
    year, month = int(call.arguments["year"]), int(call.arguments["month"])
    documents = _of_month(book, world, account, year, month)
    if not documents:
        raise Refusal("NOTHING_TO_EXPORT")

    of = Month(book, world, account, year, month)

    def make() -> bytes:
        return saft.render(of.audited(documents))

    name = f"saft-{year}-{month:02d}.xml"
    wanted = Wanted(f"saft {year}-{month}", name, make, _state(account, documents))
    readiness = asked_for(book, call, world, wanted)
    if readiness.url is None:
        return Outcome({"message": STARTED}, readiness.change, status=NOT_READY)
    return Outcome({book.fidelity(world).saft_key: readiness.url}, readiness.change)


def _state(account: Account, documents: Iterable[Document]) -> str:
    """Return what tells whether a month's file is still what it has to be."""
    return digest(" ".join(f"{one.id}:{one.version}" for one in (account, *documents)))


def _of_month(
    book: Rulebook, world: World, account: Account, year: int, month: int
) -> list[Document]:
    """Return the finished documents of a month, oldest first; none before there are audit files."""
    if min(year, world.now.year) < saft.FIRST_YEAR:
        return []
    query = Query(
        page=0,
        limit=MOST,
        descending=False,
        conditions=(Condition("date", "LIKE", f"{year:04d}-{month:02d}-%"),),
        choices=(Choice("status", book.rules.printed),),
    )
    return list(page(world, book.kinds.document, account.id, query).records)


@dataclass(frozen=True, slots=True)
class Month:
    """A month of an account, about to be told."""

    book: Rulebook
    world: World
    account: Account
    year: int
    month: int

    def audited(self, documents: Iterable[Document]) -> audit.AuditFile:
        """Return the audit file of some documents: receipts, guides, estimates, and all else as sales."""
        parts: dict[str, list[Document]] = {}
        for document in documents:
            list_ = self.book.rules.documents[document.type].list
            parts.setdefault("receipts" if document.payment else list_, []).append(document)
        return audit.AuditFile(
            company=self._company(),
            year=self.year,
            month=self.month,
            created_on=self.world.now.date(),
            sales=tuple(self._document(one) for one in parts.get("invoices", ())),
            guides=tuple(self._document(one) for one in parts.get("guides", ())),
            estimates=tuple(self._document(one) for one in parts.get("estimates", ())),
            receipts=tuple(self._receipt(one) for one in parts.get("receipts", ())),
        )

    def _company(self) -> audit.Company:
        address = audit.Address(
            detail=self.account.address or "",
            city=self.account.city or "",
            postal_code=self.account.postal_code or "",
            country=self.account.country,
        )
        known = self.account.fiscal_id or ""
        nobody = self.book.rules.anonymous_fiscal_id
        return audit.Company(
            tax_id=fiscal.plain(known) if fiscal.has_its_digits(known) else nobody,
            name=self.account.organization_name,
            address=address,
            phone=self.account.phone or "",
            fax=self.account.fax or "",
            email=self.account.email,
            website=self.account.website or "",
        )

    def _document(self, document: Document) -> audit.Document:
        net, gross = _home(document, document.before_taxes), _home(document, document.total)
        number, of = document.number, self.book.rules.documents[document.type]
        assert number is not None, f"{document.id} has no number"
        return audit.Document(
            number=_numbered(self.book, document),
            type=of.code,
            atcud=for_authority(number.atcud),
            status=_status(document),
            hash=number.signature,
            date=document.date,
            entered_at=number.at,
            customer=_customer(self.book, document.client),
            lines=self._lines(document, net),
            tax=gross - net,
            net=net,
            gross=gross,
            corrects=self._corrects(document),
            withheld=cents(Fraction(money(net)) * Fraction(document.retention or 0) / 100),
            foreign=_foreign(document),
            transport=_transport(self.book, document),
        )

    def _lines(self, document: Document, net: int) -> tuple[audit.Line, ...]:
        """Return lines whose amounts add up to what the document comes to."""
        left, rate = remaining(document.priced, document.off), Fraction(document.rate or 1)
        exact = [line.priced.net * left for line in document.lines]
        own = apportioned(exact, document.before_taxes)
        amounts = apportioned([Fraction(minor, CENTS) / rate for minor in own], net)
        return tuple(
            self._line(document, line, amount, price / rate)
            for line, amount, price in zip(document.lines, amounts, exact, strict=True)
        )

    def _line(self, document: Document, line: Line, amount: int, exact: Fraction) -> audit.Line:
        code = line.exemption or document.tax_exemption
        reason = self.book.rules.exemptions[code].text if code else ""
        each = exact / Fraction(line.quantity)
        full = cents(line.priced.full / Fraction(document.rate or 1))
        kind = "S" if line.unit in self.book.rules.service_units else "P"
        return audit.Line(
            product=audit.Product(code=line.item_id, description=line.name, kind=kind),
            quantity=line.quantity,
            unit_price=_price(each),
            amount=amount,
            tax=audit.Tax(
                region=region(self.book, self.account, line.tax),
                code=kind_of(self.book, line.tax),
                percentage=line.tax.value,
                description=line.tax.name,
            ),
            description=line.description or "",
            unit=line.unit or "",
            exemption=audit.Exemption(code, reason) if code and not line.tax.value else None,
            discount=max(0, full - amount),
        )

    def _receipt(self, document: Document) -> audit.Receipt:
        number, payment = document.number, document.payment
        assert number is not None and payment is not None, f"{document.id} is no receipt"  # noqa: PT018
        paid = self.world.get(self.book.kinds.document, payment.document_id)
        assert paid is not None, f"{payment.document_id}, which {document.id} pays, is gone"
        amount = _home(document, document.total)
        return audit.Receipt(
            number=_numbered(self.book, document),
            atcud=for_authority(number.atcud),
            status=_status(document),
            date=document.date,
            entered_at=number.at,
            customer=_customer(self.book, document.client),
            lines=(audit.Settled(_numbered(self.book, paid), paid.date, amount),),
            tax=0,
            net=amount,
            gross=amount,
            methods=(audit.Method(payment.mechanism, amount, document.date),),
        )

    def _corrects(self, document: Document) -> audit.Correction | None:
        """Return what a note corrects; a guide and an estimate correct nothing."""
        if document.owner_id is None or self.book.rules.documents[document.type].list != "invoices":
            return None
        owner = self.world.get(self.book.kinds.document, document.owner_id)
        if owner is None or owner.number is None:
            return None
        return audit.Correction(_numbered(self.book, owner), document.observations or "")


def _customer(book: Rulebook, client: Billed) -> audit.Customer:
    address = audit.Address(
        detail=client.address or "",
        city=client.city or "",
        postal_code=client.postal_code or "",
        country=book.rules.countries.get(client.country or "", ""),
    )
    return audit.Customer(
        id=client.id,
        name=client.name,
        tax_id=client.fiscal_id or "",
        address=address,
        phone=client.phone or "",
        email=client.email or "",
    )


def _numbered(book: Rulebook, document: Document) -> str:
    """Return how the tax authority numbers a document: `FT 2014/60`."""
    assert document.number is not None, f"{document.id} has no number"
    return f"{book.rules.documents[document.type].code} {document.number.inverted}"


def _status(document: Document) -> audit.Status:
    if document.status == "canceled":
        return audit.Status("A", document.updated_at, document.cancel_message or "")
    assert document.number is not None, f"{document.id} has no number"
    return audit.Status("N", document.number.at)


def _home(document: Document, minor: int) -> int:
    """Return an amount in the account's own currency."""
    if document.rate is None:
        return minor
    return cents(Fraction(minor, CENTS) / Fraction(document.rate))


def _price(exact: Fraction) -> Decimal:
    """Return a price, or a rate, as exactly as the tax authority reads one."""
    price = EXACT.divide(Decimal(exact.numerator), Decimal(exact.denominator))
    return price.quantize(PRICE, context=EXACT)


def _foreign(document: Document) -> audit.Foreign | None:
    if document.rate is None:
        return None
    rate = _price(1 / Fraction(document.rate))
    return audit.Foreign(document.currency, document.total, rate)


def _transport(book: Rulebook, document: Document) -> audit.Transport | None:
    way = document.way
    if way is None or way.loaded_at is None:
        return None
    return audit.Transport(
        starts_at=way.loaded_at,
        origin=_address(book, way.address_from),
        destination=_address(book, way.address_to),
        code=way.at_doc_code_id or "",
    )


def _address(book: Rulebook, place: Place | None) -> audit.Address:
    if place is None:
        return audit.Address()
    country = book.rules.countries.get(place.country, "")
    return audit.Address(
        detail=place.detail, city=place.city, postal_code=place.postal_code, country=country
    )
