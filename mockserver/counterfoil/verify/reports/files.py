"""Writing reports where they were asked for."""

from collections.abc import Callable, Mapping
from pathlib import Path

from counterfoil.operating import OperatingError
from counterfoil.verify.masking import Secrets
from counterfoil.verify.reports.har import har
from counterfoil.verify.reports.html import html
from counterfoil.verify.reports.junit import junit
from counterfoil.verify.reports.model import Report

FORMATS: Mapping[str, Callable[[Report, Secrets], str]] = {
    "junit": junit,
    "html": html,
    "har": lambda report, secrets: har(report.exchanges, secrets),
}


def write(report: Report, secrets: Secrets, places: Mapping[str, Path | None]) -> None:
    """Write a report in each format that has a place; OperatingError where a file cannot be written."""
    for name, place in places.items():
        if place is not None:
            text = FORMATS[name](report, secrets)
            try:
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(text, encoding="utf-8", errors="replace")
            except OSError as error:
                raise OperatingError(
                    f"Cannot write {place} ({error.strerror}); choose another --{name}"
                ) from None
