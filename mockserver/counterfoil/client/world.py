"""A world as a client sees it: its clock, faults, journal, inboxes, snapshots."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from counterfoil.client.control import Control

Json = dict[str, Any]


class MissingError(AssertionError):
    """What was waited for did not come; the text says what came instead."""


@dataclass(frozen=True)
class Clock:
    """The clock of a world."""

    world: "World"

    @property
    def now(self) -> datetime:
        """The time in the world."""
        return datetime.fromisoformat(self.world.ask("GET", "/clock")["now"])

    def advance(self, by: str | None = None, *, to: datetime | str | None = None) -> Json:
        """Move on by an ISO 8601 duration or to an instant; return all that happened on the way."""
        if by is not None:
            return self._advance(by=by)
        return self._advance(to=to.isoformat() if isinstance(to, datetime) else to)

    def advance_to_next_job(self) -> Json:
        """Move on to when something is due next; return what happened then."""
        return self._advance(toNextJob=True)

    def freeze(self, at: str | None = None) -> None:
        """Let the clock stand still, at an instant if told."""
        self._set("frozen", at)

    def run(self, at: str | None = None) -> None:
        """Let the clock run, from an instant on if told."""
        self._set("live", at)

    @property
    def jobs(self) -> list[Json]:
        """What is due, in order."""
        items: list[Json] = self.world.ask("GET", "/jobs")["items"]
        return items

    def _advance(self, **asked: Any) -> Json:
        journey: Json = self.world.ask("POST", "/clock/advance", asked)
        return journey

    def _set(self, mode: str, at: str | None) -> None:
        self.world.ask("PUT", "/clock", {"mode": mode} | ({"now": at} if at else {}))


@dataclass(frozen=True)
class Faults:
    """What is to go wrong in a world."""

    world: "World"

    def add(self, type: str, match: Json | None = None, **rule: Any) -> Json:
        """Add a rule: an effect's type and members, and `skip`, `times`, `percent`, `until`."""
        bounds = ("skip", "times", "percent", "until")
        own: Json = {name: rule.pop(name) for name in bounds if name in rule}
        return self._added({"match": match or {}, "effect": {"type": type, **rule}, **own})

    def error(self, operation: str | None = None, status: int = 500, **rule: Any) -> Json:
        """Answer an operation's calls with an error."""
        return self.add("error", _of(operation), status=status, **rule)

    def lose_response(self, operation: str | None = None, times: int = 1) -> Json:
        """Do what is asked, and cut the connection instead of answering."""
        return self.add("loseResponse", _of(operation), times=times)

    def clear(self) -> None:
        """Let nothing go wrong any more."""
        self.world.ask("DELETE", "/faults")

    def _added(self, rule: Json) -> Json:
        added: Json = self.world.ask("POST", "/faults", rule)
        return added


def _of(operation: str | None) -> Json:
    return {"operation": operation} if operation else {}


@dataclass(frozen=True)
class Journal:
    """What was asked and answered in a world."""

    world: "World"

    @property
    def entries(self) -> list[Json]:
        """Everything, oldest first."""
        items: list[Json] = self.world.ask("GET", "/journal?limit=10000")["items"]
        return items

    def count(self, **match: Any) -> int:
        """Return how many entries match: `count(operation="createInvoice", status=200)`."""
        return int(self.world.ask("POST", "/journal/count", {"match": match})["count"])

    def verify(
        self, *, times: int | None = None, at_least: int | None = None, **match: Any
    ) -> None:
        """Raise MissingError unless as many entries match as are wanted; at least one unless told."""
        asked = {"times": times, "atLeast": 1 if times is None and at_least is None else at_least}
        wanted = {word: n for word, n in asked.items() if n is not None}
        found = self.world.ask("POST", "/journal/verify", {"match": match, **wanted})
        if not found["verified"]:
            raise MissingError(f"{match or 'any request'}: {found['reason']}")

    def wait_for(self, count: int = 1, seconds: int = 5, **match: Any) -> list[Json]:
        """Return the entries that match, once there are so many."""
        asked = {"match": match, "count": count, "timeoutMs": seconds * 1000}
        found = self.world.ask("POST", "/journal/wait", asked)
        if not found["satisfied"]:
            raise MissingError(f"{match or 'any request'}: wanted {count}, found {found['count']}")
        items: list[Json] = found["items"]
        return items

    def clear(self) -> None:
        """Forget everything so far."""
        self.world.ask("DELETE", "/journal")


@dataclass(frozen=True)
class Inbox:
    """A receiver for webhooks in a world."""

    world: "World"
    name: str

    @property
    def url(self) -> str:
        """Where it receives."""
        return f"{self.world.control.url}/_sandbox/inbox/{self.world.id}/{self.name}"

    def answer(self, *responses: int | Json) -> None:
        """Answer with each of these in turn, then with 200: `answer(500, 500)`."""
        told = [{"status": r} if isinstance(r, int) else r for r in responses]
        self.world.ask("PUT", f"/inboxes/{self.name}", {"responses": told})

    @property
    def received(self) -> list[Json]:
        """Every message so far, oldest first."""
        messages: list[Json] = self.world.ask("GET", f"/inboxes/{self.name}")["messages"]
        return messages

    def wait_for(self, type: str | None = None, count: int = 1, seconds: int = 5) -> list[Json]:
        """Return the messages of a type, once there are so many; MissingError where they don't come."""
        asked: Json = {"count": count, "timeoutMs": seconds * 1000}
        asked |= {"type": type} if type else {}
        found = self.world.ask("POST", f"/inboxes/{self.name}/wait", asked)
        if not found["satisfied"]:
            came = [message["type"] for message in self.received]
            raise MissingError(f"{type or 'any message'}: wanted {count}, received {came}")
        items: list[Json] = found["items"]
        return items

    def clear(self) -> None:
        """Throw away what was received."""
        self.world.ask("DELETE", f"/inboxes/{self.name}")


@dataclass(frozen=True)
class Snapshot:
    """A world as it was."""

    world: "World"
    name: str

    def restore(self) -> None:
        """Put the world back to how it was."""
        self.world.ask("POST", f"/snapshots/{self.name}/restore")


class World:
    """A universe of its own on a server; deleted when it is used as a context manager."""

    def __init__(self, control: Control, described: Json) -> None:
        self.control = control
        self.described = described
        self.id: str = described["id"]
        self.clock = Clock(self)
        self.faults = Faults(self)
        self.journal = Journal(self)
        self._snapshots = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.delete()

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the control plane for something of this world."""
        return self.control.ask(method, f"/worlds/{self.id}{path}", body)

    def inbox(self, name: str = "inbox", responses: Sequence[int | Json] = ()) -> Inbox:
        """Return an inbox, which answers as told."""
        found = Inbox(self, name)
        found.answer(*responses)
        return found

    def snapshot(self, name: str | None = None) -> Snapshot:
        """Keep the world as it is, to return to it."""
        self._snapshots += 1
        kept = name or f"snapshot-{self._snapshots}"
        self.ask("POST", "/snapshots", {"name": kept})
        return Snapshot(self, kept)

    @property
    def events(self) -> list[Json]:
        """Everything that happened, oldest first."""
        items: list[Json] = self.ask("GET", "/events")["items"]
        return items

    @property
    def deliveries(self) -> list[Json]:
        """Events on their way to endpoints, oldest first."""
        items: list[Json] = self.ask("GET", "/deliveries")["items"]
        return items

    @property
    def outbox(self) -> list[Json]:
        """Every e-mail that was sent, oldest first."""
        items: list[Json] = self.ask("GET", "/outbox?limit=10000")["items"]
        return items

    @property
    def coverage(self) -> Json:
        """What was exercised so far, API by API."""
        covered: Json = self.ask("GET", "/coverage")
        return covered

    def drain(self) -> None:
        """Wait until nothing is under way."""
        self.control.ask("POST", "/drain")

    def reset(self) -> None:
        """Put the world back to how it was made."""
        self.ask("POST", "/reset")

    def delete(self) -> None:
        """Remove the world."""
        self.ask("DELETE", "")
