"""How Expereon says no: one envelope, in which every violation is a detail."""

from counterfoil.apis.expereon.rulebook import Rulebook
from counterfoil.apis.expereon.wire import Json
from counterfoil.domain.outcome import Refusal, Violation, summary
from counterfoil.engine.api import Told
from counterfoil.engine.clock import text


def refusal(book: Rulebook, refused: Refusal, told: Told) -> Json:
    """Return the error envelope: every violation a detail, or the refusal's own facts as one."""
    message = book.contract.message(refused)
    details: list[Json] = []
    if refused.violations:
        details = [_detail(book, violation) for violation in refused.violations]
        message = summary(message, [detail["message"] for detail in details])
    elif not refused.simulated:
        row = book.contract.refusals[refused.code]
        facts = {name: refused.facts[name] for name in row.facts}
        field = {"field": refused.field} if refused.field else {}
        if facts or field:
            details = [{**field, "code": row.code, "message": message, **facts}]
    return {
        "statusCode": book.contract.status(refused),
        "code": refused.code,
        "message": message,
        "details": details,
        "traceId": told.trace,
        "timestamp": text(told.at),
        "path": told.path,
    }


def _detail(book: Rulebook, violation: Violation) -> Json:
    row = book.contract.violations[violation.keyword]
    message = violation.told(row.message)
    field = {"field": violation.field} if violation.field else {}
    return {**field, "code": violation.code or row.code, "message": message}
