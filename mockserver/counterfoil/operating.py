"""What the operator must mend: a busy port, a missing file, a mistake in a table."""

import difflib
from collections.abc import Iterable


class OperatingError(Exception):
    """One sentence that says what was found and what to do about it; the command exits with 2."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ` (did you mean 'x'?)` for the known name most like `name`, or nothing."""
    close = difflib.get_close_matches(name, sorted(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""
