"""Headers that a tester may choose, and those that the connection itself depends on."""

import re
from collections.abc import Mapping

from counterfoil.domain.outcome import Violation, invalid
from counterfoil.web.sender import SIMULATED_DELAY

NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")

OURS = frozenset(
    {
        "connection",
        "content-length",
        "date",
        "keep-alive",
        "trailer",
        "transfer-encoding",
        "upgrade",
        SIMULATED_DELAY,
    }
)
"""What an answer says of its own length and connection is not for others to say."""


def require_free(headers: Mapping[str, str], field: str, general: str) -> None:
    """Refuse, under a general code, headers that nobody may choose and names that are none."""
    wrong = tuple(
        Violation(f"{field}.{name}"[:200], "format", "a header that may be chosen", given=value)
        for name, value in headers.items()
        if not NAME.fullmatch(name) or name.lower() in OURS
    )
    if wrong:
        raise invalid(general, wrong)
