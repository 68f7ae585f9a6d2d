"""The numbers of Portuguese taxpayers: nine digits, the last of which checks the others."""

DIGITS = 9
MODULUS = 11


def is_fiscal_id(text: str) -> bool:
    """Tell whether a text is the number of a taxpayer; a `PT` before it is read over."""
    digits = text.upper().removeprefix("PT").strip()
    if len(digits) != DIGITS or not (digits.isascii() and digits.isdigit()) or digits[0] == "0":
        return False
    *eight, last = (int(digit) for digit in digits)
    rest = sum(digit * weight for digit, weight in zip(eight, range(9, 1, -1), strict=True))
    return last == -rest % MODULUS % 10
