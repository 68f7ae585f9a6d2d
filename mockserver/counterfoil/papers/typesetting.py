"""Sets a paper on A4 pages with ReportLab; the one module that knows it, with counterfoil.papers.faces.

Everything is a table of paragraphs: text wraps in its column, rows flow over pages, and the heading of the
lines stands on each of them. A code is drawn as squares, sharp at any size.
"""

import io
from collections.abc import Callable, Sequence
from datetime import UTC
from functools import partial
from hashlib import md5
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    Flowable,
    KeepTogether,
    LongTable,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
)

from counterfoil.papers import qr
from counterfoil.papers.faces import BOLD, REGULAR, markup
from counterfoil.papers.paper import Line, Paper, Party

Cell = str | Flowable | list[Flowable]
Row = tuple[Cell, ...]

MARGIN = 18 * mm
FOOT = 12 * mm
PADDING = 6  # that of every frame of the library
WIDTH = A4[0] - 2 * MARGIN
GAP = 5 * mm

BLACK = HexColor("#000000")
INK, GREY, RULE, SHADE = (HexColor(f"#{rgb}") for rgb in ("111111", "666666", "bbbbbb", "ececec"))

TEXT = ParagraphStyle("text", fontName=REGULAR, fontSize=9, leading=11.5, textColor=INK)
STRONG = ParagraphStyle("strong", TEXT, fontName=BOLD)
HEADING = ParagraphStyle("heading", STRONG, keepWithNext=1)
SMALL = ParagraphStyle("small", TEXT, fontSize=7.5, leading=9.5, textColor=GREY)
TITLE = ParagraphStyle("title", TEXT, fontName=BOLD, fontSize=16, leading=20)
RIGHT = ParagraphStyle("right", TEXT, alignment=TA_RIGHT)
RIGHT_STRONG = ParagraphStyle("right strong", STRONG, alignment=TA_RIGHT)
RIGHT_SMALL = ParagraphStyle("right small", SMALL, alignment=TA_RIGHT)
RIGHT_TITLE = ParagraphStyle("right title", TITLE, alignment=TA_RIGHT)
STAMP = ParagraphStyle(
    "stamp", TITLE, fontSize=64, leading=76, alignment=TA_CENTER, textColor=SHADE
)
PAGES = 5 * mm
"""The width kept for the number of pages, in the foot."""

BASELINE = MARGIN + SMALL.leading - SMALL.fontSize

COLUMNS: tuple[tuple[str, float], ...] = (
    ("quantity", 24 * mm), ("unit_price", 26 * mm), ("discount", 20 * mm), ("tax", 20 * mm), ("total", 28 * mm),
)  # fmt: skip
"""The columns right of the description, and how wide they are."""


def typeset(paper: Paper) -> bytes:
    """Return a paper as a PDF file: the same paper, the same bytes."""
    file = io.BytesIO()
    document = SimpleDocTemplate(
        file, pagesize=A4, leftMargin=MARGIN - PADDING, rightMargin=MARGIN - PADDING, topMargin=MARGIN,
        bottomMargin=MARGIN + FOOT, title=f"{paper.title} {paper.number}", author=paper.issuer.name,
        creator="Counterfoil", lang=paper.words.language, invariant=1,
    )  # fmt: skip
    margins = partial(_margins, paper)
    document.build(
        _story(paper),
        onFirstPage=margins,
        onLaterPages=margins,
        canvasmaker=_counting(paper),
    )
    return file.getvalue()


def _story(paper: Paper) -> list[Flowable]:
    parts = [_head(paper), _to(paper), _lines(paper), KeepTogether(_closing(paper))]
    return [*(each for part in parts for each in (part, Spacer(0, GAP))), *_texts(paper)]


def _head(paper: Paper) -> Table:
    """Return the issuer beside the title and number."""
    titles: list[Flowable] = [_set(text, RIGHT_TITLE) for text in (paper.title, paper.number)]
    return _grid([(_party(paper.issuer, TITLE), titles)], (WIDTH * 0.55, WIDTH * 0.45))


def _to(paper: Paper) -> Table:
    """Return the customer beside the facts."""
    customer = [_set(paper.words.to, SMALL), *_party(paper.customer, STRONG)]
    facts = [(_set(fact.label, SMALL), _set(fact.value, RIGHT)) for fact in paper.facts]
    half = WIDTH / 2
    told: list[Flowable] = [_grid(facts, (half * 0.4, half * 0.6))] if facts else []
    return _grid([(customer, told)], (half, half))


def _party(party: Party, name: ParagraphStyle) -> list[Flowable]:
    details = [_set(detail, TEXT) for detail in party.details if detail]
    return [_set(party.name, name), *details]


def _lines(paper: Paper) -> Table:
    """Return the lines under their headings, columns that say nothing left out."""
    columns = [
        (name, width) for name, width in COLUMNS if any(getattr(line, name) for line in paper.lines)
    ]
    heading = (
        _set(paper.words.description, STRONG),
        *(_set(getattr(paper.words, name), RIGHT_STRONG) for name, _ in columns),
    )
    names = [name for name, _ in columns]
    widths = [width for _, width in columns]
    return LongTable(
        [heading, *(_line(line, names) for line in paper.lines)],
        colWidths=(WIDTH - sum(widths), *widths),
        repeatRows=1,
        splitInRow=1,
        style=[
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("BACKGROUND", (0, 0), (-1, 0), SHADE),
            ("LINEBELOW", (0, 1), (-1, -1), 0.4, RULE),
        ],
    )


def _line(line: Line, columns: Sequence[str]) -> Row:
    described = [_set(line.description, SMALL)] if line.description else []
    return (
        [_set(line.name, TEXT), *described],
        *(_set(getattr(line, name), RIGHT) for name in columns),
    )


def _closing(paper: Paper) -> list[Flowable]:
    """Return what belongs together under the lines: taxes and code beside the totals."""
    left, right = WIDTH * 0.52, WIDTH * 0.42
    totals = [
        (_set(total.label, style), _set(total.amount, amount))
        for total in paper.totals
        for style, amount in [(STRONG, RIGHT_STRONG) if total.strong else (TEXT, RIGHT)]
    ]
    sums: list[Flowable] = [_grid(totals, (right / 2, right / 2), ruled=True)] if totals else []
    row: Row = ([*_taxes(paper, left), *_code(paper)], "", sums)
    return [_grid([row], (left, WIDTH - left - right, right))]


def _taxes(paper: Paper, width: float) -> list[Flowable]:
    if not paper.taxes:
        return []
    words = paper.words
    heading = (
        _set(words.tax, SMALL),
        *(_set(word, RIGHT_SMALL) for word in (words.taxable, words.amount)),
    )
    rows = [
        (
            [_set(tax.name, TEXT), *_reason(tax.reason)],
            _set(tax.taxable, RIGHT),
            _set(tax.amount, RIGHT),
        )
        for tax in paper.taxes
    ]
    return [_grid([heading, *rows], (width * 0.44, width * 0.28, width * 0.28), ruled=True)]


def _reason(reason: str) -> list[Flowable]:
    return [_set(reason, SMALL)] if reason else []


def _code(paper: Paper) -> list[Flowable]:
    """Return the ATCUD above the code, as the tax authority wants them to stand."""
    atcud = [_set(f"ATCUD: {paper.atcud}", TEXT)] if paper.atcud else []
    code = [_Code(paper.qr)] if paper.qr else []
    return [Spacer(0, GAP), *atcud, *code] if atcud or code else []


def _texts(paper: Paper) -> list[Flowable]:
    heading = _set(paper.words.notes, HEADING)
    notes = [heading, _set(paper.notes, TEXT)] if paper.notes else []
    footer = [Spacer(0, GAP), _set(paper.footer, SMALL)] if paper.footer else []
    return [*notes, *footer]


def _set(text: str, style: ParagraphStyle) -> Paragraph:
    """Return a text of any script, set in a style."""
    return Paragraph(markup(text), style)


def _grid(rows: Sequence[Row], widths: Sequence[float], *, ruled: bool = False) -> Table:
    """Return a table without padding, ruled or bare, split wherever a page ends."""
    table = Table(
        list(rows),
        colWidths=list(widths),
        splitInRow=1,
        style=[
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-1, -1), 0),
        ],
    )
    if ruled:
        table.setStyle([("LINEBELOW", (0, 0), (-1, -1), 0.4, RULE)])
    return table


class _Code(Flowable):
    """A QR code with its quiet zone: dark modules on at least 30 mm, as the tax authority demands."""

    side = 35 * mm

    def __init__(self, payload: str) -> None:
        super().__init__()
        self.rows = qr.modules(payload)
        self.width = self.height = self.side

    def draw(self) -> None:
        """Draw each run of dark modules as one bar."""
        self.canv.setFillColor(BLACK)
        module = self.side / (len(self.rows) + 2 * qr.QUIET_ZONE)
        for y, row in enumerate(reversed(self.rows), qr.QUIET_ZONE):
            for start, end in qr.runs(row):
                left = (start + qr.QUIET_ZONE) * module
                self.canv.rect(left, y * module, (end - start) * module, module, stroke=0, fill=1)


def _margins(paper: Paper, canvas: Canvas, _: object) -> None:
    """Draw what stands on every page: the stamp under everything, and the foot."""
    words = paper.words
    if paper.stamp:
        canvas.saveState()
        canvas.translate(A4[0] / 2, A4[1] / 2)
        canvas.rotate(45)
        _put(canvas, paper.stamp, STAMP, (-A4[1] / 2, -STAMP.leading / 2, A4[1]))
        canvas.restoreState()
    told = f"{paper.title} {paper.number}" + (f" · ATCUD: {paper.atcud}" if paper.atcud else "")
    _put(canvas, f"{told} · {words.sandbox}", SMALL, (MARGIN, MARGIN, WIDTH * 0.8))
    _plain(canvas)
    page = f"{words.page} {canvas.getPageNumber()} {words.of} "
    canvas.drawRightString(A4[0] - MARGIN - PAGES, BASELINE, page)
    canvas.saveState()
    canvas.translate(A4[0] - MARGIN - PAGES, BASELINE)
    canvas.doForm("pages")
    canvas.restoreState()


def _plain(canvas: Canvas) -> None:
    """Set what follows as small text."""
    canvas.setFont(SMALL.fontName, SMALL.fontSize)
    canvas.setFillColor(SMALL.textColor)


def _put(
    canvas: Canvas, text: str, style: ParagraphStyle, place: tuple[float, float, float]
) -> None:
    """Put a text at a place (x, y, width): its last line stands at y."""
    x, y, width = place
    paragraph = _set(text, style)
    paragraph.wrapOn(canvas, width, A4[1])
    paragraph.drawOn(canvas, x, y)


def _counting(paper: Paper) -> Callable[..., Canvas]:
    """Return a maker of canvases that say when, and of how many pages, their file is."""

    class Counting(Canvas):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            # The file's id begins with a clock, or with the environment's SOURCE_DATE_EPOCH.
            self._doc.signature = md5(usedforsecurity=False)  # type: ignore[attr-defined]

        def save(self) -> None:
            self.setDateFormatter(lambda *_: f"D:{paper.made_at.astimezone(UTC):%Y%m%d%H%M%S}Z")
            pages = self.getPageNumber() - 1
            self.beginForm("pages")
            _plain(self)
            self.drawString(0, 0, str(pages))
            self.endForm()
            super().save()

    return Counting
