"""The PDF of a paper: a reader opens it and finds in it what the paper says, and nothing else changes it."""

import io
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from counterfoil.papers import pdf
from counterfoil.papers.paper import Fact, Line, Paper, Party, TaxLine, Total
from counterfoil.papers.words import ENGLISH, PORTUGUESE, SPANISH

HERE = Path(__file__).parent

PAPER = Paper(
    title="Fatura-recibo",
    number="60/2026",
    issuer=Party(name="Loja das Conservas, Lda", details=("Rua do Arsenal 1", "NIF 508025338")),
    customer=Party(name="João Guimarães", details=("Avenida da República, Lisboa", "")),
    facts=(Fact("Data", "07/05/2026"), Fact("Vencimento", "21/05/2026"), Fact("PO", "PO-77")),
    lines=(
        Line(
            name="Sardinha",
            description="em azeite",
            quantity="2.0 unit",
            unit_price="50.00",
            tax="23%",
            discount="10%",
            total="90.00",
        ),
        Line(name="Transporte", quantity="1.0", unit_price="10.00", tax="0%", total="10.00"),
    ),
    taxes=(
        TaxLine(name="IVA23", taxable="90.00", amount="20.70"),
        TaxLine(name="Isento", taxable="10.00", amount="0.00", reason="Artigo 9.º do CIVA"),
    ),
    totals=(Total("Soma", "110.00 €"), Total("A pagar", "120.70 €", strong=True)),
    notes="Primeira linha\nSegunda linha",
    footer="Obrigado",
    atcud="ABCD1234-60",
    qr="A:508025338*B:999999990*C:PT",
    made_at=datetime(2026, 5, 7, 12, 30, 15, tzinfo=UTC),
    words=PORTUGUESE,
)


def opened(paper):
    return PdfReader(io.BytesIO(pdf.render(paper)), strict=True)


@cache
def lines_of(paper):
    return [
        line.strip() for page in opened(paper).pages for line in page.extract_text().splitlines()
    ]


@pytest.mark.parametrize(
    "said",
    [
        "Fatura-recibo", "60/2026", "Loja das Conservas, Lda", "NIF 508025338", "João Guimarães",
        "Avenida da República, Lisboa", "07/05/2026", "21/05/2026", "PO-77", "Sardinha", "em azeite",
        "2.0 unit", "50.00", "10%", "90.00", "Transporte", "20.70", "Artigo 9.º do CIVA", "110.00 €",
        "120.70 €", "A pagar", "Primeira linha", "Segunda linha", "Obrigado", "ATCUD: ABCD1234-60",
    ],
)  # fmt: skip
def test_a_reader_finds_what_the_paper_says(said):
    assert said in lines_of(PAPER)


def test_every_page_says_which_paper_it_is_of_and_that_a_sandbox_made_it():
    pages = opened(replace(PAPER, lines=PAPER.lines * 60)).pages

    assert len(pages) > 2
    for number, page in enumerate(pages, 1):
        text = page.extract_text()
        assert (
            "Fatura-recibo 60/2026 · ATCUD: ABCD1234-60 · Emitido por um ambiente de testes."
            in text
        )
        assert f"Página {number} de \n{len(pages)}\n" in text


def test_a_long_table_keeps_its_heading_and_every_line_once_and_in_order():
    names = [f"Item {number:03}" for number in range(200)]
    long = replace(PAPER, lines=tuple(Line(name=name, total="1.00") for name in names))

    pages = [page.extract_text() for page in opened(long).pages]

    with_lines = [text for text in pages if "Item " in text]
    assert len(with_lines) > 3
    assert all("Descrição" in text for text in with_lines)
    assert [word for word in "\n".join(pages).splitlines() if word.startswith("Item ")] == names


def test_a_column_that_says_nothing_is_left_out():
    bare = replace(PAPER, lines=(Line(name="Sardinha", total="90.00"),), taxes=())

    said = lines_of(bare)

    assert "Total" in said
    assert not {"Quantidade", "Preço unitário", "Desconto", "Imposto"} & set(said)


def test_what_is_empty_leaves_no_trace():
    bare = Paper(
        title="Invoice",
        number="SI-001",
        issuer=Party(name="Seller"),
        customer=Party(name="Buyer"),
        lines=(),
        totals=(),
        made_at=PAPER.made_at,
    )

    assert not {"ATCUD:", "Notes", "Tax", "Taxable"} & {
        line.split(" ")[0] for line in lines_of(bare)
    }


@pytest.mark.parametrize(
    ("words", "language", "description"),
    [
        (ENGLISH, "en", "Description"),
        (PORTUGUESE, "pt", "Descrição"),
        (SPANISH, "es", "Descripción"),
    ],
)
def test_headings_are_in_the_language_of_the_paper(words, language, description):
    paper = replace(PAPER, words=words)

    assert description in lines_of(paper)
    assert opened(paper).trailer["/Root"]["/Lang"] == language


@pytest.mark.parametrize(
    "name",
    [
        "Łukasz Żółć-Jagiełło", "Đặng Thị Hương", "Őze Tűr", "Иван Щукин", "Ελένη Παπαδάκη", "Հայկ", "გიორგი",
        "株式会社さくら", "北京有限公司", "주식회사", "₴ 1 000", "1.250,00 zł", "½ Størrelse “Ærø” — 5 €",
    ],
)  # fmt: skip
def test_text_of_any_script_can_be_read_and_copied(name):
    assert name in lines_of(replace(PAPER, customer=Party(name=name)))


def test_a_character_without_a_face_is_marked():
    assert "Party \ufffd time" in lines_of(replace(PAPER, customer=Party(name="Party 🎉 time")))


def test_markup_in_text_is_text():
    name = 'A & B <font color="red">x</font> &amp; <br/> ]]>'

    assert name in lines_of(replace(PAPER, customer=Party(name=name)))


def test_a_row_taller_than_a_page_flows_over_pages():
    tall = Line(name="x" * 900, description="much to say " * 2000, total="1.00")

    text = "".join(lines_of(replace(PAPER, lines=(tall,))))

    assert text.count("x" * 20) >= 10
    assert text.count("much") == 2000


def test_a_stamp_stands_on_every_page_and_only_if_there_is_one():
    stamped = opened(replace(PAPER, lines=PAPER.lines * 60, stamp="ANULADO")).pages

    assert all("ANULADO" in page.extract_text() for page in stamped)
    assert "ANULADO" not in lines_of(PAPER)


def test_the_file_tells_its_title_its_author_and_the_instant_it_was_given():
    told = opened(PAPER).metadata

    assert (told.title, told.author) == ("Fatura-recibo 60/2026", "Loja das Conservas, Lda")
    assert told.creation_date == PAPER.made_at
    assert told.modification_date == PAPER.made_at


def test_an_instant_is_told_in_utc():
    lisbon = PAPER.made_at.astimezone(timezone(timedelta(hours=1)))

    assert pdf.render(replace(PAPER, made_at=lisbon)) == pdf.render(PAPER)


def test_another_process_in_another_environment_makes_the_same_bytes():
    program = (
        "import sys; sys.path[:0] = sys.argv[1:3]; import test_pdf; "
        "sys.stdout.buffer.write(test_pdf.pdf.render(test_pdf.PAPER))"
    )
    folder, source = (str(path) for path in (HERE, HERE.parents[1] / "mockserver"))

    made = subprocess.run(
        [sys.executable, "-c", program, folder, source],
        env={**os.environ, "PYTHONHASHSEED": "1", "SOURCE_DATE_EPOCH": "1"},
        capture_output=True,
        check=True,
    )

    assert made.stdout == pdf.render(PAPER)


@settings(max_examples=10, deadline=None)
@given(text=st.text(max_size=60))
def test_any_text_may_stand_anywhere_and_the_same_paper_is_the_same_bytes(text):
    paper = replace(
        PAPER,
        title=text,
        number=text,
        issuer=Party(name=text, details=(text,)),
        facts=(Fact(text, text),),
        lines=(Line(name=text, description=text, quantity=text, total=text),),
        totals=(Total(text, text),),
        notes=text,
        footer=text,
        stamp=text,
    )

    assert pdf.render(paper) == pdf.render(paper)
    assert len(opened(paper).pages) >= 1


def test_only_who_renders_waits_for_the_libraries():
    program = (
        "import sys, counterfoil.app, counterfoil.papers.pdf, counterfoil.papers.qr;"
        "print({'reportlab', 'PIL', 'segno'} & {name.split('.')[0] for name in sys.modules})"
    )

    assert subprocess.check_output([sys.executable, "-c", program], text=True) == "set()\n"
