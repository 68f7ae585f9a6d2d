"""The behaviour tables of an API, printed: the same rows the mock enforces and the tests check."""

from collections.abc import Callable, Sequence

from counterfoil.contract.model import Contract
from counterfoil.domain.ledger import Leg, Template
from counterfoil.domain.lifecycle import Arrow

Table = tuple[Sequence[str], Sequence[Sequence[str]]]
"""Headings, and rows of as many cells."""


def lifecycle(contract: Contract) -> Table:
    """Every arrow of every state machine."""
    rows = [
        (
            name,
            _trigger(arrow),
            arrow.source or "-",
            " or ".join(arrow.targets) or "-",
            _who(arrow),
            arrow.post or "-",
            ", ".join(f"{e.event} ({_initials(e.recipients)})" for e in arrow.emit) or "-",
            arrow.provenance,
        )
        for name, machine in contract.machines.items()
        for arrow in machine.arrows
    ]
    return ("record", "trigger", "from", "to", "who", "post", "events", "provenance"), rows


def events(contract: Contract) -> Table:
    """Every event, what it tells and when it happens."""
    rows = [
        (name, row.when, ", ".join(contract.subjects[row.subject]), row.provenance)
        for name, row in contract.events.items()
    ]
    return ("event", "when", "data", "provenance"), rows


def errors(contract: Contract) -> Table:
    """Every refusal, in order of precedence."""
    rows = [
        (str(row.status), row.code, row.message, ", ".join(row.facts) or "-", row.provenance)
        for row in contract.refusals.values()
    ]
    return ("status", "code", "message", "facts", "provenance"), rows


def ledger(contract: Contract) -> Table:
    """Every posting: where money leaves and where it arrives."""
    rows = [
        (name, _leg(row.source), _leg(row.target), _changes(row), row.provenance)
        for name, row in contract.postings.items()
    ]
    return ("posting", "from", "to", "in the change log", "provenance"), rows


def operations(contract: Contract) -> Table:
    """Every operation, what a key must hold for it, and how we know of it."""
    rows = [
        (
            row.id,
            row.method,
            row.path,
            row.permission or "-",
            row.provenance
            if row.id == row.function
            else f"{row.provenance}, alias of {row.function}",
        )
        for row in contract.operations.values()
    ]
    return ("operation", "method", "path", "permission", "provenance"), rows


TABLES: dict[str, Callable[[Contract], Table]] = {
    "lifecycle": lifecycle,
    "events": events,
    "errors": errors,
    "ledger": ledger,
    "operations": operations,
}


def as_text(table: Table) -> str:
    """Return a table in columns, for a terminal."""
    headings, rows = table
    widths = [max(len(row[place]) for row in (headings, *rows)) for place in range(len(headings))]
    lines = [headings, ["-" * width for width in widths], *rows]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def as_markdown(table: Table) -> str:
    """Return a table in Markdown, for the documentation."""
    headings, rows = table
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines
    )


FORMATS: dict[str, Callable[[Table], str]] = {"text": as_text, "markdown": as_markdown}


def _trigger(arrow: Arrow) -> str:
    """Return a trigger, with what a request has to bring: `canceled (with message)`."""
    return f"{arrow.trigger} (with {', '.join(arrow.needs)})" if arrow.needs else arrow.trigger


def _who(arrow: Arrow) -> str:
    return " or ".join(sorted(arrow.who))


def _initials(recipients: Sequence[str]) -> str:
    return ", ".join(name.capitalize() for name in recipients)


def _leg(leg: Leg) -> str:
    return f"{leg.party} {leg.bucket or 'chosen bucket'}"


def _changes(row: Template) -> str:
    return ", ".join(name for name in (row.source.change, row.target.change) if name)
