"""QR codes: a decoder that shares no code with us reads the payload, from the image and from the PDF."""

import io

import pytest
import zxingcpp
from PIL import Image

from counterfoil.papers import qr

# The example of the tax authority's specification of QR codes, of a simplified invoice.
EXAMPLE = (
    "A:123456789*B:999999990*C:PT*D:FS*E:N*F:20190812*G:FS CDVF/12345*H:CDF7T5HD-12345*I1:PT*"
    "I7:0.65*I8:0.15*N:0.15*O:0.80*Q:YhGV*R:9999*S:NU;0.80"
)
PAYLOADS = ["A:1", EXAMPLE, EXAMPLE * 6, "Série Ç/1 — 東京"]

# What each version holds at level M, in bytes, is stated in ISO/IEC 18004, table 7.
LEAST = [("A:1", 9), ("x" * 180, 9), ("x" * 181, 10), ("x" * 857, 23), ("x" * 858, 24)]


def decoded(png):
    (code,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(png)))
    return code


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_decoder_reads_the_payload_from_the_image(payload):
    code = decoded(qr.png(payload))

    assert code.format == zxingcpp.BarcodeFormat.QRCode
    assert code.bytes == payload.encode()
    assert code.ec_level == "M"


@pytest.mark.parametrize(("payload", "version"), LEAST)
def test_a_code_is_of_the_least_version_from_nine_on_that_holds_it(payload, version):
    rows = qr.modules(payload)

    assert {len(rows), *map(len, rows)} == {17 + 4 * version}


def test_an_image_is_black_on_white_with_a_quiet_zone_of_four_modules():
    image = Image.open(io.BytesIO(qr.png(EXAMPLE))).convert("L")

    assert set(image.tobytes()) == {0, 255}
    assert image.size == ((53 + 8) * 5, (53 + 8) * 5)
    assert set(image.crop((0, 0, image.width, 4 * 5)).tobytes()) == {255}
    assert image.getpixel((4 * 5, 4 * 5)) == 0  # the corner of a finder pattern


def test_the_same_payload_is_the_same_image():
    assert qr.png(EXAMPLE) == qr.png(EXAMPLE)
    assert qr.png(EXAMPLE) != qr.png(EXAMPLE + "!")


def test_a_payload_that_no_code_holds_is_an_error():
    with pytest.raises(ValueError, match="too large"):
        qr.png("x" * 2332)

    assert decoded(qr.png("x" * 2331)).bytes == b"x" * 2331


def test_runs_are_where_dark_modules_stand():
    assert list(qr.runs([1, 1, 0, 1])) == [(0, 2), (3, 4)]
    assert list(qr.runs([0, 0])) == []
