"""What makes a finished document proof: its signature, its ATCUD and the text of its QR code.

The tax authority wants each document signed over itself and the one before it, so that none can be
slipped in. The sandbox signs with a key of its world, which is worth nothing outside; all else is as
the Portuguese rules have it: Portaria 195/2020 for ATCUD and QR code.
"""

import base64
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from counterfoil.apis.invoicexpress.totals import Share

SHOWN = (0, 10, 20, 30)
"""The places of a signature that are printed: the 1st, 11th, 21st and 31st letter."""

UNREGISTERED = "N/D"
"""The ATCUD of a document whose series the tax authority does not know."""

IRRELEVANT = "N/A"
"""The ATCUD of a document of a type that needs none."""

CERTIFICATE = "0"
"""The number of the certified program that issued a document: the sandbox is none."""

REGIONS = {"PT": "I", "PT-AC": "J", "PT-MA": "K"}
"""The block of the QR code that each tax region fills."""

EXEMPT, REDUCED, INTERMEDIATE, NORMAL = "ISE", "RED", "INT", "NOR"
PLACES = {EXEMPT: (2,), REDUCED: (3, 4), INTERMEDIATE: (5, 6), NORMAL: (7, 8)}
"""The fields of a block that a kind of rate fills: its base and, unless exempt, its tax."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What a signature covers: `number` is as SAF-T names the document, `previous` the one before."""

    date: date
    entered_at: datetime
    number: str
    total: int
    previous: str

    def signature(self, key: bytes) -> str:
        """Return 172 letters, as many as an RSA signature of 1024 bits has in base 64."""
        entered = self.entered_at.strftime("%Y-%m-%dT%H:%M:%S")
        text = (
            f"{self.date.isoformat()};{entered};{self.number};{amount(self.total)};{self.previous}"
        )
        first = hmac.digest(key, text.encode(), "sha512")
        return base64.b64encode(first + hmac.digest(key, first, "sha512")).decode()


def shown(signature: str) -> str:
    """Return the four letters of a signature that are printed."""
    return "".join(signature[place] for place in SHOWN)


def atcud(validation_code: str | None, number: int) -> str:
    """Return the unique code of a document: the code of its series and its number there."""
    return f"{validation_code}-{number}" if validation_code else UNREGISTERED


def for_authority(atcud: str) -> str:
    """Return an ATCUD as QR codes and SAF-T tell it to the tax authority: `0` where there is none."""
    return "0" if atcud in (UNREGISTERED, IRRELEVANT) else atcud


@dataclass(frozen=True, slots=True)
class Coded:
    """What a QR code tells of a document.

    `rates` are, for each tax region, the shares by kind of rate (`ISE`, `RED`, `INT`, `NOR`); `number` is
    as SAF-T names it: `FT 2014/60`.
    """

    issuer: str
    buyer: str
    country: str
    type: str
    canceled: bool
    date: date
    number: str
    atcud: str
    rates: Mapping[str, Mapping[str, Share]]
    taxes: int
    total: int
    signature: str

    @property
    def text(self) -> str:
        """The fields, each under its letter, as the authority's specification orders them."""
        fields = [
            ("A", self.issuer),
            ("B", self.buyer),
            ("C", self.country),
            ("D", self.type),
            ("E", "A" if self.canceled else "N"),
            ("F", f"{self.date:%Y%m%d}"),
            ("G", self.number),
            ("H", for_authority(self.atcud)),
            *self._blocks(),
            ("N", amount(self.taxes)),
            ("O", amount(self.total)),
            ("Q", self.signature),
            ("R", CERTIFICATE),
        ]
        return "*".join(f"{letter}:{value}" for letter, value in fields)

    def _blocks(self) -> Iterator[tuple[str, str]]:
        """Yield the fields of each region's block: its name, and by kind of rate base and tax."""
        for region, letter in REGIONS.items():
            if region in self.rates:
                yield f"{letter}1", region
                yield from _block(letter, self.rates[region])


def _block(letter: str, rates: Mapping[str, Share]) -> Iterator[tuple[str, str]]:
    for kind, places in PLACES.items():
        if kind in rates:
            share = rates[kind]
            for place, minor in zip(places, (share.base, share.tax), strict=False):
                yield f"{letter}{place}", amount(minor)


def amount(minor: int) -> str:
    """Return cents as the authority wants them: two places, a point."""
    return str(Decimal(minor).scaleb(-2).quantize(Decimal("0.01")))
