"""Inboxes: a receiver for webhooks in each world, that answers as it is told and keeps what came."""

from typing import Any

import msgspec

from counterfoil.domain.outcome import Refusal
from counterfoil.engine import inbox
from counterfoil.engine.call import Call
from counterfoil.engine.inbox import Program
from counterfoil.engine.outcome import Outcome
from counterfoil.engine.world import WorldRow
from counterfoil.web.control.desk import Desk, Functions
from counterfoil.web.control.headers import require_free
from counterfoil.web.control.rules import Rules

RECEIVER = "/_sandbox/inbox"
"""Where messages are received: `/_sandbox/inbox/{worldId}/{inbox}`."""


class Inboxes:
    """The room where webhooks may arrive."""

    def __init__(self, desk: Desk, rules: Rules, general: str) -> None:
        self._desk = desk
        self._rules = rules
        self._general = general
        self.functions: Functions = {
            "listInboxes": self.list_inboxes,
            "putInbox": self.put_inbox,
            "getInbox": self.get_inbox,
            "waitInbox": self.wait_inbox,
            "clearInbox": self.clear_inbox,
        }

    def list_inboxes(self, call: Call) -> Outcome:
        """List a world's inboxes."""
        row = self._desk.row(call)
        names = inbox.names(self._desk.store.open(row))
        return Outcome({"items": [self._told(row, name) for name in names]})

    def put_inbox(self, call: Call) -> Outcome:
        """Open an inbox, or tell it anew how to answer."""
        row, name = self._desk.row(call), call.arguments["inbox"]
        for place, response in enumerate((call.body or {}).get("responses", ())):
            require_free(response.get("headers", {}), f"responses.{place}.headers", self._general)
        with self._desk.store.writing(row) as world:
            held = inbox.names(world)
            if name not in held and len(held) >= self._rules.most_inboxes:
                raise Refusal(
                    "TOO_MANY", what="inboxes of this world", most=self._rules.most_inboxes
                )
            inbox.program(world, name, msgspec.convert(call.body or {}, Program))
        return Outcome(self._told(row, name))

    def get_inbox(self, call: Call) -> Outcome:
        """Tell what an inbox received, oldest first."""
        row, name = self._desk.row(call), call.arguments["inbox"]
        return Outcome({**self._told(row, name), "messages": self._messages(row, name)})

    async def wait_inbox(self, call: Call) -> Outcome:
        """Wait until as many messages are there as are wanted."""
        row, name, asked = self._desk.row(call), call.arguments["inbox"], call.body or {}
        wanted, count = asked.get("type"), asked.get("count", 1)

        def found() -> list[dict[str, Any]]:
            return [m for m in self._messages(row, name) if wanted in (None, m["type"])]

        satisfied = await self._desk.until(
            row.key, lambda: len(found()) >= count, asked.get("timeoutMs", 5000)
        )
        items = found()
        return Outcome({"satisfied": satisfied, "count": len(items), "items": items})

    def clear_inbox(self, call: Call) -> Outcome:
        """Throw away what an inbox received; how it answers stays."""
        row, name = self._desk.row(call), call.arguments["inbox"]
        with self._desk.store.writing(row) as world:
            inbox.clear(world, name)
        return Outcome({"id": name, "deleted": True})

    def _told(self, row: WorldRow, name: str) -> dict[str, Any]:
        url = f"{self._desk.addresses.hub}{RECEIVER}/{row.name}/{name}"
        return {"name": name, "url": url}

    def _messages(self, row: WorldRow, name: str) -> list[dict[str, Any]]:
        return inbox.messages(self._desk.store.open(row), name)
