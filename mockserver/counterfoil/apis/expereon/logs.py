"""API logs: what an organisation's keys asked and were answered, secrets left out.

They are the world's journal as its owner may see it: bounded as that is, and empty once it is cleared.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from counterfoil.apis.expereon import wire
from counterfoil.apis.expereon.filters import bounds_of
from counterfoil.apis.expereon.rulebook import Rulebook
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.call import Call
from counterfoil.engine.clock import text
from counterfoil.engine.exports import Export, Row, dated
from counterfoil.engine.outcome import Outcome
from counterfoil.engine.pagination import Query
from counterfoil.engine.world import World

READS = ("listApiLogs", "getApiLog", "exportApiLogs")
"""Reading the log is logged too, and left out unless asked for."""

COLUMNS = (
    "id", "createdAt", "method", "path", "query", "statusCode", "errorCode", "apiKeyId", "requestId",
    "idempotentReplay", "userAgent",
)  # fmt: skip
MASK = "****"
BATCH = 500


def list_api_logs(book: Rulebook, call: Call, world: World) -> Outcome:
    """List what the organisation asked, the newest first unless told otherwise."""
    query = Query(call.arguments["page"], call.arguments["limit"])
    found = _found(book, call, world)
    start = query.page * query.limit
    items = [_row(book, entry) for entry in found[start : start + query.limit]]
    return Outcome(wire.envelope(query, items, len(found)))


def get_api_log(book: Rulebook, call: Call, world: World) -> Outcome:
    """Read one request with its headers and bodies."""
    wanted = call.arguments["logId"]
    for entry in _own(book, call, world):
        if entry.trace_id == wanted:
            return Outcome(_row(book, entry) | _detail(book, entry))
    raise Refusal("NOT_FOUND")


def export_api_logs(book: Rulebook, call: Call, world: World) -> Outcome:
    """Write what the organisation asked into a file."""
    found, format_ = _found(book, call, world), call.arguments["format"]

    def batches() -> Iterator[list[Row]]:
        for start in range(0, len(found), BATCH):
            yield [_row(book, entry) for entry in found[start : start + BATCH]]

    return Outcome(Export(format_, COLUMNS, batches(), dated("api-logs", world, format_), False))


def _found(book: Rulebook, call: Call, world: World) -> Sequence[Any]:
    """Return the entries that are asked for, in the order that is asked for."""
    asked = call.arguments
    since, until = (bound and text(bound) for bound in bounds_of(asked))
    wanted = {
        "method": asked.get("method"),
        "path": asked.get("path"),
        "status": asked.get("statusCode"),
        "key": asked.get("apiKeyId"),
    }
    found = [
        entry
        for entry in _own(book, call, world)
        if all(value in (None, getattr(entry, member)) for member, value in wanted.items())
        and asked.get("statusClass") in (None, f"{entry.status // 100}xx")
        and asked.get("requestId") in (None, _request_id(book, entry))
        and (since is None or entry.at >= since)
        and (until is None or entry.at < until)
        and (asked["includeLogReads"] or entry.operation not in READS)
    ]
    return found[::-1] if asked["sortOrder"].lower() == "desc" else found


def _own(book: Rulebook, call: Call, world: World) -> list[Any]:
    owner, api = call.principal.owner, book.contract.api
    return [e for e in world.shared.journal(world.key) if e.owner == owner and e.api == api]


def _row(book: Rulebook, entry: Any) -> wire.Json:
    return {
        "id": entry.trace_id,
        "method": entry.method,
        "path": entry.path,
        "query": entry.query,
        "statusCode": entry.status,
        "errorCode": entry.error,
        "apiKeyId": entry.key,
        "requestId": _request_id(book, entry),
        "idempotentReplay": entry.replayed,
        "userAgent": entry.request_headers.get("user-agent"),
        "createdAt": entry.at,
    }


def _detail(book: Rulebook, entry: Any) -> wire.Json:
    secrets = book.rules.secret_members
    return {
        "requestHeaders": entry.request_headers,
        "requestBody": _redacted(entry.request, secrets),
        "responseBody": _redacted(entry.response, secrets),
    }


def _request_id(book: Rulebook, entry: Any) -> str | None:
    policy = book.contract.policy.idempotency
    body = _parsed(entry.request)
    chosen = body.get(policy.field) if policy and isinstance(body, dict) else None
    return chosen if isinstance(chosen, str) else None


def _redacted(body: str, secrets: Sequence[str]) -> str:
    """Return a body without its secrets; one that is no JSON has none that we know."""
    value = _parsed(body)
    if not isinstance(value, dict | list):
        return body
    return msgspec.json.encode(_masked(value, secrets)).decode()


def _masked(value: Any, secrets: Sequence[str]) -> Any:
    if isinstance(value, list):
        return [_masked(part, secrets) for part in value]
    if not isinstance(value, dict):
        return value
    return {
        name: MASK if name in secrets else _masked(part, secrets) for name, part in value.items()
    }


def _parsed(body: str) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return None
