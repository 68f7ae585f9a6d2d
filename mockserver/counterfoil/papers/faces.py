"""In which face each character is set, so that any text stands on paper and can be copied from it.

- What Windows-1252 has (Western Europe, with the euro) in Helvetica, which every reader brings.
- Other Latin, Greek, Cyrillic, Armenian, Georgian, Hebrew, Arabic and the signs of currencies in DejaVu
  Sans, of which the file carries the glyphs it needs. Right-to-left text stands in the order it is read
  in, letters unjoined: it can be copied, and is no pleasure to read.
- Chinese, Japanese and Korean in the standard faces of PDF, which the reader replaces by its own; Han
  characters are Japanese where kana stand beside them, and Chinese elsewhere.
- What is left (emoji, say) becomes U+FFFD, the sign of a character that could not be shown.
"""

import unicodedata
from functools import cache
from itertools import groupby
from pathlib import Path
from xml.sax.saxutils import escape

from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont, registerFontFamily
from reportlab.pdfbase.ttfonts import TTFont

REGULAR = "Helvetica"
BOLD = "Helvetica-Bold"
WIDE = "DejaVuSans"
CHINESE = "STSong-Light"
JAPANESE = "HeiseiKakuGo-W5"
KOREAN = "HYGothic-Medium"

SCRIPTS = (
    (JAPANESE, (("\u3040", "\u30ff"), ("\u31f0", "\u31ff"), ("\uff61", "\uff9f"))),
    (KOREAN, (("\u1100", "\u11ff"), ("\u3130", "\u318f"), ("\uac00", "\ud7af"))),
    (CHINESE, (("\u3000", "\u303f"), ("\u3400", "\u9fff"), ("\uf900", "\ufaff"), ("\uff00", "\uffef"))),
)  # fmt: skip
"""The ranges of the faces that the reader brings, first match first."""

GLYPHS = Path(__file__).parent / "glyphs" / "DejaVuSans.ttf"
UNSHOWN = "\ufffd"


def markup(text: str) -> str:
    """Return a text as paragraph markup: escaped, its newlines breaks, each run in its face."""
    clean = _clean(text)
    if _is_western(clean):
        return _escaped(clean)
    kana = any(_script(char) == JAPANESE for char in clean)
    return "".join(
        _run(face, "".join(run)) for face, run in groupby(clean, lambda char: _face(char, kana))
    )


def _clean(text: str) -> str:
    """Return a text composed, with newlines as the one control character."""
    lines = unicodedata.normalize("NFC", text).splitlines()
    return "\n".join(
        "".join(char if unicodedata.category(char) not in ("Cc", "Cs") else " " for char in line)
        for line in lines
    )


def _is_western(text: str) -> bool:
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def _face(char: str, kana: bool) -> str:  # noqa: FBT001  both are said by their names
    """Return the face of a character, beside kana or not."""
    if _is_western(char):
        return REGULAR
    if ord(char) in _wide():
        return WIDE
    script = _script(char)
    return JAPANESE if kana and script == CHINESE else script


def _script(char: str) -> str:
    """Return the face the reader brings for a character; the empty one if there is none."""
    return next((face for face, ranges in SCRIPTS if any(a <= char <= z for a, z in ranges)), "")


def _run(face: str, text: str) -> str:
    if face == REGULAR:
        return _escaped(text)
    if not face:
        face, text = WIDE, UNSHOWN * len(text)
    _register(face)
    return f'<font name="{face}">{_escaped(text)}</font>'


def _escaped(text: str) -> str:
    return escape(text).replace("\n", "<br/>")


@cache
def _wide() -> frozenset[int]:
    """Return the code points that DejaVu Sans has a glyph for."""
    return frozenset(TTFont(WIDE, GLYPHS).face.charToGlyph)


@cache
def _register(face: str) -> None:
    """Make a face known to the library, in one weight for all."""
    registerFont(TTFont(face, GLYPHS) if face == WIDE else UnicodeCIDFont(face))
    registerFontFamily(face, normal=face, bold=face, italic=face, boldItalic=face)
