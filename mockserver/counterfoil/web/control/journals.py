"""The journal: what was asked and answered in a world, looked up, counted, verified, waited for."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from counterfoil import __version__
from counterfoil.domain.outcome import Refusal, Violation, invalid
from counterfoil.engine import exact, faults
from counterfoil.engine.call import Call
from counterfoil.engine.faults import BodyMatch
from counterfoil.engine.journal import Entry, Exchange, entry_of
from counterfoil.engine.outcome import Outcome
from counterfoil.engine.world import WorldRow
from counterfoil.web.control.desk import Desk, Functions


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Which entries are wanted; what is left open is any. `event` is a type that was told."""

    api: str | None = None
    operation: str | None = None
    method: str | None = None
    path: str | None = None
    status: int | None = None
    error: str | None = None
    organization: str | None = None
    key: str | None = None
    replayed: bool | None = None
    unmatched: bool | None = None
    fault: str | None = None
    event: str | None = None
    body: BodyMatch | None = None

    def matches(self, entry: Entry) -> bool:
        """Tell whether an entry is wanted."""
        compared = (
            (self.api, entry.api),
            (self.operation, entry.operation),
            (self.method, entry.method),
            (self.path, entry.path),
            (self.status, entry.status),
            (self.error, entry.error),
            (self.organization, entry.owner),
            (self.key, entry.key),
            (self.replayed, entry.replayed),
            (self.fault, entry.fault),
            (self.unmatched, entry.operation is None),
        )
        if any(wanted not in (None, found) for wanted, found in compared):
            return False
        if self.event is not None and all(told.type != self.event for told in entry.events):
            return False
        return self.body is None or self._body_matches(entry.request)

    def _body_matches(self, request: str) -> bool:
        assert self.body is not None
        try:
            value = exact.decode(request)
        except (msgspec.DecodeError, RecursionError, ValueError):
            return False
        return faults.found(self.body, value)


class Journals:
    """The room where one looks up what happened."""

    def __init__(self, desk: Desk, general: str) -> None:
        self._desk = desk
        self._general = general
        self.functions: Functions = {
            "queryJournal": self.query_journal,
            "getEntry": self.get_entry,
            "countJournal": self.count_journal,
            "verifyJournal": self.verify_journal,
            "waitJournal": self.wait_journal,
            "clearJournal": self.clear_journal,
            "exportHar": self.export_har,
        }

    def query_journal(self, call: Call) -> Outcome:
        """List the entries that are wanted, oldest first; and what was let happen from outside."""
        asked = {name: value for name, value in call.arguments.items() if name in FILTERS}
        row = self._desk.row(call)
        found = self._found(row, msgspec.convert(asked, Wanted))
        limit = call.arguments["limit"]
        items = [msgspec.to_builtins(entry) for entry in found[-limit:]]
        acts = [msgspec.structs.asdict(act) for act in self._desk.worlds.journal.acts(row.key)]
        return Outcome({"items": items, "totalCount": len(found), "acts": acts[-limit:]})

    def get_entry(self, call: Call) -> Outcome:
        """Tell one entry, by the trace of its answer."""
        wanted = call.arguments["traceId"]
        for entry in self._desk.worlds.journal.entries(self._desk.row(call).key):
            if entry.trace_id == wanted:
                return Outcome(msgspec.to_builtins(entry))
        raise Refusal("NO_SUCH_ENTRY", entry=wanted)

    def count_journal(self, call: Call) -> Outcome:
        """Count the entries that are wanted."""
        found = self._found(self._desk.row(call), self._wanted(call.body or {}))
        return Outcome({"count": len(found)})

    def verify_journal(self, call: Call) -> Outcome:
        """Tell whether what should have happened did, and what happened instead where it did not."""
        row, asked = self._desk.row(call), call.body
        if "inOrder" in asked:
            return Outcome(self._in_order(row, asked["inOrder"]))
        count = len(self._found(row, self._wanted(asked)))
        expected = {word: asked[word] for word in ("times", "atLeast", "atMost") if word in asked}
        if asked.get("never"):
            expected = {"times": 0}
        holds = {
            "times": lambda n: count == n,
            "atLeast": lambda n: count >= n,
            "atMost": lambda n: count <= n,
        }
        broken = [f"{word} {n}" for word, n in expected.items() if not holds[word](n)]
        reason = f"wanted {' and '.join(broken)}, found {count}" if broken else None
        return Outcome({"verified": not broken, "count": count, "reason": reason})

    async def wait_journal(self, call: Call) -> Outcome:
        """Wait until as many entries are there as are wanted."""
        row, asked = self._desk.row(call), call.body or {}
        wanted, least = self._wanted(asked), int(asked.get("count", 1))
        known = Counter(matched=len(self._found(row, wanted)))

        def listen(exchange: Exchange) -> None:
            known["matched"] += wanted.matches(entry_of(exchange))
            self._desk.heard(row.key)

        listeners = self._desk.worlds.journal.listeners
        listeners.setdefault(row.key, set()).add(listen)
        try:
            timeout = asked.get("timeoutMs", 5000)
            satisfied = await self._desk.until(row.key, lambda: known["matched"] >= least, timeout)
        finally:
            listeners[row.key].discard(listen)
        found = self._found(row, wanted)
        items = [msgspec.to_builtins(entry) for entry in found]
        return Outcome({"satisfied": satisfied, "count": len(found), "items": items})

    def clear_journal(self, call: Call) -> Outcome:
        """Forget what happened so far; the data stays."""
        row = self._desk.row(call)
        self._desk.worlds.journal.clear(row.key)
        return Outcome({"id": row.name, "deleted": True})

    def export_har(self, call: Call) -> Outcome:
        """Tell the whole journal as an HTTP archive (HAR 1.2)."""
        row = self._desk.row(call)
        entries = self._desk.worlds.journal.entries(row.key)
        archived = [
            _archived(entry, self._desk.addresses.apis.get(entry.api, "")) for entry in entries
        ]
        creator = {"name": "Counterfoil", "version": __version__}
        return Outcome({"log": {"version": "1.2", "creator": creator, "entries": archived}})

    def _found(self, row: WorldRow, wanted: Wanted) -> list[Entry]:
        entries = self._desk.worlds.journal.entries(row.key)
        return [entry for entry in entries if wanted.matches(entry)]

    def _wanted(self, asked: dict[str, Any]) -> Wanted:
        return self._matched(asked.get("match", {}), "match")

    def _matched(self, match: dict[str, Any], field: str) -> Wanted:
        wanted = msgspec.convert(match, Wanted)
        if wanted.body and (wrong := faults.path_mistake(wanted.body.path)):
            violation = Violation(f"{field}.body.path", "format", wrong, given=wanted.body.path)
            raise invalid(self._general, (violation,))
        return wanted

    def _in_order(self, row: WorldRow, matches: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Tell whether entries that match one after the other happened in that order."""
        entries = iter(self._desk.worlds.journal.entries(row.key))
        for place, match in enumerate(matches):
            wanted = self._matched(match, f"inOrder.{place}")
            if not any(wanted.matches(entry) for entry in entries):
                reason = f"nothing after the first {place} matches number {place + 1}"
                return {"verified": False, "count": place, "reason": reason}
        return {"verified": True, "count": len(matches), "reason": None}


FILTERS = {
    "api", "operation", "method", "path", "status", "error", "organization", "replayed", "unmatched",
}  # fmt: skip
"""What a query may name of what is wanted."""


def _archived(entry: Entry, url: str) -> dict[str, Any]:
    query = f"?{entry.query}" if entry.query else ""
    return {
        "startedDateTime": entry.at,
        "time": 0,
        "request": {
            "method": entry.method,
            "url": f"{url}{entry.path}{query}",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": _pairs(entry.request_headers),
            "queryString": [],
            "headersSize": -1,
            "bodySize": len(entry.request),
            **(
                {"postData": _content(entry.request_headers, entry.request)}
                if entry.request
                else {}
            ),
        },
        "response": {
            "status": entry.status,
            "statusText": "",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": _pairs(entry.response_headers),
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": len(entry.response),
            "content": {
                "size": len(entry.response),
                **_content(entry.response_headers, entry.response),
            },
        },
        "cache": {},
        "timings": {"send": 0, "wait": 0, "receive": 0},
    }


def _content(headers: dict[str, str], text: str) -> dict[str, str]:
    return {"mimeType": headers.get("content-type", "application/json"), "text": text}


def _pairs(headers: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers.items()]
