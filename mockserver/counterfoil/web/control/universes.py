"""Worlds and their snapshots: made, listed, cloned, reset, restored, deleted."""

from datetime import UTC, datetime
from typing import Any

from counterfoil.domain.outcome import Refusal
from counterfoil.engine.call import Call
from counterfoil.engine.clock import EARLIEST, LATEST, Clock, text
from counterfoil.engine.outcome import Outcome
from counterfoil.engine.world import WorldRow
from counterfoil.engine.worlds import NUMBERED, Opening, UnknownFixtureError
from counterfoil.web.control.desk import Desk, Functions
from counterfoil.web.control.rules import Rules


class Universes:
    """The room where worlds come from and go to."""

    def __init__(self, desk: Desk, rules: Rules) -> None:
        self._desk = desk
        self._rules = rules
        self.functions: Functions = {
            "listWorlds": self.list_worlds,
            "createWorld": self.create_world,
            "getWorld": self.get_world,
            "deleteWorld": self.delete_world,
            "cloneWorld": self.clone_world,
            "resetWorld": self.reset_world,
            "listSnapshots": self.list_snapshots,
            "createSnapshot": self.create_snapshot,
            "restoreSnapshot": self.restore_snapshot,
            "deleteSnapshot": self.delete_snapshot,
        }

    def list_worlds(self, call: Call) -> Outcome:
        """List all worlds, oldest first."""
        return Outcome({"items": [self._summary(row) for row in self._desk.store.worlds()]})

    def create_world(self, call: Call) -> Outcome:
        """Create a world from a fixture, and tell everything a client needs to know of it."""
        asked = call.body or {}
        self._require_room(asked.get("name"))
        opening = Opening(
            asked.get("fixture", self._rules.fixture),
            asked.get("seed", 1),
            self.clock_of(asked.get("clock", {"mode": "frozen"})),
            asked.get("name"),
            asked.get("limits") == "documented",
        )
        try:
            row = self._desk.worlds.create(opening)
        except UnknownFixtureError as unknown:
            raise Refusal("UNKNOWN_FIXTURE", reason=str(unknown)) from None
        return self._begun(row, 201)

    def get_world(self, call: Call) -> Outcome:
        """Tell again what there is to know of a world."""
        return Outcome(self._desk.described(self._desk.row(call)))

    def delete_world(self, call: Call) -> Outcome:
        """Remove a world and its snapshots."""
        row = self._desk.row(call)
        self._desk.worlds.delete(row)
        return Outcome({"id": row.name, "deleted": True})

    def clone_world(self, call: Call) -> Outcome:
        """Make a world that goes on from where this one is."""
        row, name = self._desk.row(call), (call.body or {}).get("name")
        self._require_room(name)
        return self._begun(self._desk.worlds.clone(row, name), 201)

    def reset_world(self, call: Call) -> Outcome:
        """Put a world back to how it was when it was made."""
        return self._begun(self._desk.worlds.reset(self._desk.row(call)), 200)

    def list_snapshots(self, call: Call) -> Outcome:
        """List a world's snapshots, oldest first."""
        snapshots = self._desk.worlds.snapshots(self._desk.row(call))
        return Outcome({"items": [self._snapshot(name, row) for name, row in snapshots.items()]})

    def create_snapshot(self, call: Call) -> Outcome:
        """Keep a world as it is, under a name."""
        row, name = self._desk.row(call), call.body["name"]
        held = self._desk.worlds.snapshots(row)
        if name not in held and len(held) >= self._rules.most_snapshots:
            raise Refusal(
                "TOO_MANY", what="snapshots of this world", most=self._rules.most_snapshots
            )
        return Outcome(self._snapshot(name, self._desk.worlds.snapshot(row, name)), status=201)

    def restore_snapshot(self, call: Call) -> Outcome:
        """Put a world back to how it was when a snapshot was made of it."""
        row, snapshot = self._found(call)
        return self._begun(self._desk.worlds.restore(row, snapshot), 200)

    def delete_snapshot(self, call: Call) -> Outcome:
        """Remove a snapshot."""
        _, snapshot = self._found(call)
        self._desk.store.delete(snapshot)
        return Outcome({"id": call.arguments["snapshot"], "deleted": True})

    def clock_of(self, asked: dict[str, str]) -> Clock:
        """Return the clock that a body asks for."""
        now = datetime.fromisoformat(asked["now"].upper()) if "now" in asked else None
        if now is not None and not EARLIEST <= now <= LATEST:
            raise Refusal("TOO_FAR", latest=text(LATEST))
        if asked["mode"] == "frozen":
            return Clock.frozen_at((now or self._rules.instant).astimezone(UTC))
        return Clock.live_at(now, self._desk.store.wall) if now else Clock.live()

    def _begun(self, row: WorldRow, status: int) -> Outcome:
        """Return what there is to know of a world, which is looked after from now on."""
        self._desk.courier.wake(row.key)
        return Outcome(self._desk.described(row), status=status)

    def _require_room(self, name: str | None) -> None:
        """Refuse another world where there are too many, or one of its name."""
        if name is not None and name.startswith(NUMBERED):
            raise Refusal("RESERVED_NAME", name=name)
        if name is not None and self._desk.store.world(name):
            raise Refusal("NAME_TAKEN", name=name)
        if self._desk.store.count() >= self._rules.most_worlds:
            raise Refusal("TOO_MANY", what="worlds", most=self._rules.most_worlds)

    def _found(self, call: Call) -> tuple[WorldRow, WorldRow]:
        row, name = self._desk.row(call), call.arguments["snapshot"]
        snapshot = self._desk.worlds.snapshots(row).get(name)
        if snapshot is None:
            raise Refusal("NO_SUCH_SNAPSHOT", snapshot=name)
        return row, snapshot

    def _summary(self, row: WorldRow) -> dict[str, Any]:
        now = row.clock.now(self._desk.store.wall)
        return {
            "id": row.name,
            "fixture": row.fixture,
            "seed": row.seed,
            "clock": {"mode": row.clock.mode, "now": text(now)},
        }

    def _snapshot(self, name: str, row: WorldRow) -> dict[str, Any]:
        return {"name": name, "at": text(row.clock.now(self._desk.store.wall))}
