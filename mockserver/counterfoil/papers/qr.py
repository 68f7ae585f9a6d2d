"""QR codes as the Portuguese tax authority wants them: level M, version 9 or more, bytes.

Source: "Especificações técnicas do código QR" of the Autoridade Tributária, version 1.0, section 4.
"""

import io
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segno import QRCode

VERSION = 9
"""The least version; a longer payload takes the next that holds it."""

QUIET_ZONE = 4
"""Modules of white on every side, as ISO/IEC 18004 has it."""

SCALE = 5
"""Pixels of a module in an image."""


def modules(payload: str) -> Sequence[Sequence[int]]:
    """Return the rows of a code, without the quiet zone: 1 is dark."""
    return tuple(tuple(row) for row in _code(payload).matrix)


def png(payload: str) -> bytes:
    """Return the image of a code: black on white, with its quiet zone."""
    image = io.BytesIO()
    _code(payload).save(image, kind="png", scale=SCALE, border=QUIET_ZONE)
    return image.getvalue()


def runs(row: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield where each run of dark modules begins and ends: `[1, 1, 0, 1]` has (0, 2) and (3, 4)."""
    for dark, run in groupby(range(len(row)), row.__getitem__):
        if dark:
            modules = tuple(run)
            yield modules[0], modules[-1] + 1


def _code(payload: str) -> "QRCode":
    """Return the code of a payload of at most 2331 bytes; ValueError if it is longer."""
    import segno  # only who renders waits for the library

    make = partial(
        segno.make_qr, payload, error="m", mode="byte", encoding="utf-8", boost_error=False
    )
    code = make()
    return code if int(code.version) >= VERSION else make(version=VERSION)
