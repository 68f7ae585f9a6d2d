"""Worlds, made and unmade: from a fixture, with credentials of their own."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from counterfoil import resources
from counterfoil.engine.api import Api
from counterfoil.engine.clock import Clock, text
from counterfoil.engine.journal import Journal
from counterfoil.engine.store import Store
from counterfoil.engine.values import Value
from counterfoil.engine.world import Settings, WorldRow
from counterfoil.operating import OperatingError, nearest

DEFAULT = "default"
"""The name of the world that is there from the start."""

TEMPLATES = 8
"""How many furnished templates are kept; a fixture and instant that is not among them is made anew."""


NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")

NUMBERED = "world_"
"""How the names begin that worlds get which are given none."""


def require_name(name: str) -> None:
    """Refuse, with an OperatingError, what cannot be the name of a world that somebody names."""
    if not NAME.fullmatch(name) or name.startswith(NUMBERED):
        raise OperatingError(
            f"{name!r} cannot name a world; use up to 64 letters, digits, _ and -, "
            f"and leave {NUMBERED}… to those that get their names here"
        )


class UnknownFixtureError(OperatingError):
    """Nothing in `fixtures/` has this name."""


class Opening(Value, frozen=True):
    """How a world is to begin."""

    fixture: str
    seed: int
    clock: Clock
    name: str | None = None
    limits: bool = False


class Worlds:
    """Makes worlds: the first of a fixture is furnished step by step, the others are its clones.

    `describe` is all a client needs to know of a world but where it is served.
    """

    def __init__(self, store: Store, apis: Mapping[str, Api], journal: Journal) -> None:
        self.store = store
        self.apis = apis
        self.journal = journal
        self._templates: dict[tuple[str, datetime], WorldRow] = {}
        store.discard_templates()

    def create(self, opening: Opening) -> WorldRow:
        """Return a new world, whose keys `describe` mints.

        Raises OperatingError where its fixture is unknown or wrong.
        """
        template = self._template(opening.fixture, self._instant(opening.clock))
        name = opening.name or self._next_name()
        settings = Settings(opened=opening.clock, limits=opening.limits)
        return self.store.clone(
            template, name, live=True, seed=opening.seed, clock=opening.clock, settings=settings
        )

    def clone(self, source: WorldRow, name: str | None = None) -> WorldRow:
        """Return a world that goes on from where another one is; `describe` mints its own keys."""
        return self.store.clone(source, name or self._next_name(), live=True)

    def reset(self, row: WorldRow) -> WorldRow:
        """Return a world as it was when it was made; `describe` mints the keys anew that it began with."""
        opened = row.settings.opened or row.clock
        settings = Settings(opened=opened, limits=row.settings.limits)
        template = self._template(row.fixture, self._instant(opened))
        self.journal.forget(row.key)
        self.store.forget_seen(row)
        return self.store.refill(
            row, template, seed=row.seed, clock=opened, settings=settings, fixture=row.fixture
        )

    def delete(self, row: WorldRow) -> None:
        """Remove a world, its snapshots and everything that is known of it."""
        for snapshot in self.snapshots(row).values():
            self.store.delete(snapshot)
        self.journal.forget(row.key)
        self.store.delete(row)

    def snapshots(self, row: WorldRow) -> dict[str, WorldRow]:
        """Return a world's snapshots by name, oldest first."""
        beginning = f"snapshot {row.name} "
        return {held.name.removeprefix(beginning): held for held in self.store.hidden(beginning)}

    def snapshot(self, row: WorldRow, name: str) -> WorldRow:
        """Keep a world as it is under a name, in place of an earlier snapshot of that name."""
        earlier = self.snapshots(row).get(name)
        if earlier:
            self.store.delete(earlier)
        return self.store.clone(
            row,
            f"snapshot {row.name} {name}",
            live=False,
            credentials=True,
            clock=Clock.frozen_at(row.clock.now(self.store.wall)),
            settings=replace(row.settings, ran=not row.clock.frozen),
        )

    def restore(self, row: WorldRow, snapshot: WorldRow) -> WorldRow:
        """Return a world as it was when a snapshot was made of it: data, clock, counters, keys."""
        clock, settings = snapshot.clock, snapshot.settings
        if settings.ran:
            clock = Clock.live_at(clock.now(self.store.wall), self.store.wall)
        self.journal.flush(row.key)
        changes = {"clock": clock, "settings": replace(settings, ran=False)}
        restored = self.store.refill(row, snapshot, **changes)
        self.journal.follow(row.key, restored.key)
        return restored

    def _next_name(self) -> str:
        return f"{NUMBERED}{self.store.next_number('name'):06d}"

    def describe(self, row: WorldRow) -> dict[str, Any]:
        """Return what a client needs to know of a world: id, clock, seed and each API's own part."""
        with self.store.writing(row) as world:
            parts = {name: dict(api.admit(world, self.store)) for name, api in self.apis.items()}
            now = text(world.now)
        return {
            "id": row.name,
            "clock": {"mode": row.clock.mode, "now": now},
            "seed": row.seed,
            "fixture": row.fixture,
            **parts,
        }

    def close(self) -> None:
        """Remove the templates; they are of no use to anyone else."""
        for row in self._templates.values():
            self.store.delete(row)
        self._templates.clear()

    def _instant(self, clock: Clock) -> datetime:
        """Return the instant a fixture's times are counted from.

        A live world counts from the beginning of its day, so that a day's worlds share a template.
        """
        now = clock.now(self.store.wall)
        return now if clock.frozen else now.replace(hour=0, minute=0, second=0)

    def _template(self, fixture: str, instant: datetime) -> WorldRow:
        """Return the furnished world of a fixture at an instant, kept for the next time."""
        known = self._templates.get((fixture, instant))
        if known:
            return known
        contents = {name: content(name, fixture) for name in self.apis}
        if not any(contents.values()):
            known_names = names(self.apis)
            raise UnknownFixtureError(
                f"There is no fixture {fixture!r}{nearest(fixture, known_names)}; "
                f"known are {', '.join(sorted(known_names))}"
            )
        row = self.store.create(f"template {fixture}", fixture, Clock.frozen_at(instant))
        with self.store.writing(row) as world:
            for name, api in self.apis.items():
                if contents[name]:
                    api.furnish(world, contents[name])
        if len(self._templates) >= TEMPLATES:
            oldest = next(iter(self._templates))
            self.store.delete(self._templates.pop(oldest))
        self._templates[fixture, instant] = row
        return row


def names(apis: Mapping[str, Api]) -> set[str]:
    """Return the names of all fixtures."""
    folders = (resources.root() / "fixtures" / name for name in apis)
    return {file.stem for folder in folders for file in folder.glob("*.yaml")}


def content(api: str, fixture: str) -> Mapping[str, Any]:
    """Return what a fixture holds for an API: nothing, where it has no file there.

    A fixture that extends another has everything that one has, but for the keys it names itself.
    """
    file = f"fixtures/{api}/{fixture}.yaml"
    if "/" in fixture or not (resources.root() / file).is_file():
        return {}
    own = dict(resources.document(file))
    extended = own.pop("extends", None)
    return {**content(api, extended), **own} if extended else own
