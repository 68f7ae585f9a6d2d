"""Writes XML that comes as pairs of a name and its content, and spells values as SAF-T does."""

import io
import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

Node = tuple[str, "str | Iterable[Node]"]
"""An element: its name, and its text or the elements in it, in order."""

UNKNOWN = "Desconhecido"
"""What stands where the law wants a text and there is none."""

ILLEGAL = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even as a reference."""

PLAIN: "AttributesImpl[str]" = AttributesImpl({})


def written(root: str, namespace: str, nodes: Iterable[Node]) -> bytes:
    """Return a document in Windows-1252; what that has not is a character reference."""
    out = io.BytesIO()
    xml = XMLGenerator(out, encoding="windows-1252")
    xml.startDocument()
    xml.startElement(root, AttributesImpl({"xmlns": namespace}))
    _write(xml, nodes)
    xml.endElement(root)
    xml.endDocument()
    return out.getvalue()


def _write(xml: XMLGenerator, nodes: Iterable[Node]) -> None:
    for name, content in nodes:
        xml.ignorableWhitespace("\n")
        xml.startElement(name, PLAIN)
        if isinstance(content, str):
            xml.characters(content)
        else:
            _write(xml, content)
        xml.endElement(name)


def text(value: str, most: int) -> str:
    """Return a text of one line without what XML cannot hold, cut to what the schema lets through."""
    plain = " ".join(ILLEGAL.sub("", value).split())
    return plain[:most].rstrip() or UNKNOWN


def money(cents: int) -> str:
    """Return cents as euros: 1230 are `12.30`."""
    return f"{Decimal(f'{cents}E-2'):.2f}"


def decimal(value: Decimal) -> str:
    """Return a decimal exactly, with two places at least: `24.3902`, `23.00`."""
    units, _, places = f"{value:f}".partition(".")
    return f"{units}.{places.rstrip('0').ljust(2, '0')}"


def instant(at: datetime) -> str:
    """Return an instant to the second, as it is read in its own zone."""
    return at.strftime("%Y-%m-%dT%H:%M:%S")
