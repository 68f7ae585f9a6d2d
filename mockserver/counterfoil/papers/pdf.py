"""Renders a paper as PDF: `pdf.render(paper)` is the file's bytes.

    >>> from datetime import UTC, datetime
    >>> from counterfoil.papers import pdf
    >>> from counterfoil.papers.paper import Fact, Line, Paper, Party, TaxLine, Total
    >>> from counterfoil.papers.words import PORTUGUESE
    >>> paper = Paper(
    ...     title="Fatura",
    ...     number="60/2026",
    ...     issuer=Party(
    ...         name="Loja Lda", details=("Avenida da República, Lisboa", "NIF 508025338")
    ...     ),
    ...     customer=Party(name="Łukasz Żak", details=("NIF 999999990",)),
    ...     facts=(Fact(PORTUGUESE.date, "07/05/2026"), Fact(PORTUGUESE.due_date, "08/05/2026")),
    ...     lines=(
    ...         Line(
    ...             name="Product A",
    ...             quantity="1.0 unit",
    ...             unit_price="10.00",
    ...             tax="23%",
    ...             total="10.00",
    ...         ),
    ...     ),
    ...     taxes=(TaxLine(name="IVA23 23%", taxable="10.00", amount="2.30"),),
    ...     totals=(
    ...         Total(PORTUGUESE.subtotal, "10.00 €"),
    ...         Total(PORTUGUESE.total, "12.30 €", True),
    ...     ),
    ...     atcud="ABCD1234-60",
    ...     qr="A:508025338*B:999999990*C:PT*D:FT*E:N",
    ...     made_at=datetime(2026, 5, 7, 12, tzinfo=UTC),
    ...     words=PORTUGUESE,
    ... )
    >>> pdf.render(paper)[:5]
    b'%PDF-'

The same paper is the same bytes. Any text may stand anywhere in it (counterfoil.papers.faces says in which
face it is set), and can be found and copied in the file.
"""

from counterfoil.papers.paper import Paper


def render(paper: Paper) -> bytes:
    """Return a paper as a PDF file of A4 pages."""
    from counterfoil.papers.typesetting import typeset  # only who renders waits for the library

    return typeset(paper)
