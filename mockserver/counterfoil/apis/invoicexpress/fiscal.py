"""The numbers of Portuguese taxpayers: nine digits, the last of which checks the others."""

DIGITS = 9
MODULUS = 11


def plain(text: str) -> str:
    """Return a number without the `PT` that may stand before it."""
    return text.upper().removeprefix("PT").strip()


def has_its_digits(text: str) -> bool:
    """Tell whether a text has as many digits as a taxpayer's number, whatever the last one checks."""
    digits = plain(text)
    return len(digits) == DIGITS and digits.isascii() and digits.isdigit() and digits[0] != "0"


def is_fiscal_id(text: str) -> bool:
    """Tell whether a text is the number of a taxpayer."""
    digits = plain(text)
    if not has_its_digits(digits):
        return False
    *eight, last = (int(digit) for digit in digits)
    rest = sum(digit * weight for digit, weight in zip(eight, range(9, 1, -1), strict=True))
    return last == -rest % MODULUS % 10
