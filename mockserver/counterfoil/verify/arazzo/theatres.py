"""Where stories are played: in worlds of a sandbox, a fresh one for each, or on servers that are there."""

import math
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from counterfoil.client.control import Control, ControlError
from counterfoil.operating import OperatingError
from counterfoil.verify.arazzo import inputs
from counterfoil.verify.arazzo.reading import World
from counterfoil.verify.arazzo.running import Stage, Watcher
from counterfoil.verify.arazzo.script import Script
from counterfoil.verify.arazzo.sources import Source
from counterfoil.verify.client import Client
from counterfoil.verify.mock import Mock

CONTROL_PLANE = "sandbox"
LONGEST_PAUSE_S = 3600.0


@dataclass(frozen=True)
class Setting:
    """What a story plays in: the stage, and the inputs that are there by name."""

    stage: Stage
    offered: Mapping[str, Any]


class Theatre(Protocol):
    """Where a run takes place."""

    name: str
    """What reports call it."""

    arrows: "Arrows"

    def lacks(self, script: Script) -> str:
        """Return why a story cannot be played here; nothing if it can."""

    def setting(
        self, script: Script, world: World, watcher: Watcher
    ) -> AbstractContextManager[Setting]:
        """Give the setting of one story, for as long as it is played."""


@dataclass
class Arrows:
    """The arrows of each API's state machines that were walked, out of all there are."""

    seen: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    all_: dict[str, list[str]] = field(default_factory=dict)

    def add(self, coverage: Mapping[str, Any]) -> None:
        """Add what a world says it has seen."""
        for api, covered in coverage.items():
            arrows = covered.get("arrows")
            if arrows and arrows["total"]:
                self.seen[api] |= set(arrows["seen"])
                self.all_[api] = sorted([*arrows["seen"], *arrows["missing"]])


class Sandbox:
    """A sandbox: every story gets a world of its own, which is gone when it is over.

    A pause is an advance of the world's clock: nobody waits.
    """

    def __init__(self, client: Client, url: str, token: str | None = None) -> None:
        self.name = url
        self.arrows = Arrows()
        self._client, self._token = client, token
        self._control = Control(url, token)

    def close(self) -> None:
        """Let go of all connections."""
        self._control.close()

    def lacks(self, script: Script) -> str:
        """Say that nothing is lacking: a sandbox has all that a story can ask for."""
        return ""

    @contextmanager
    def setting(self, script: Script, world: World, watcher: Watcher) -> Iterator[Setting]:
        """Give the setting of one story in a new world."""
        clock = {"mode": "frozen", "now": world.now}
        described = self._ask(
            "POST", "/worlds", {"fixture": world.fixture, "seed": world.seed, "clock": clock}
        )
        path = f"/worlds/{described['id']}"
        offered = inputs.of_world(described)

        def pause(seconds: float) -> None:
            if seconds > 0:
                self._ask("POST", f"{path}/clock/advance", {"by": f"PT{math.ceil(seconds)}S"})

        def address(source: Source) -> str:
            return _address_in(described, source)

        try:
            stage = Stage(self._client, address, pause, watcher, self._headers)
            yield Setting(stage, offered)
            self.arrows.add(self._ask("GET", f"{path}/coverage"))
        finally:
            self._ask("DELETE", path)

    def _headers(self, source: Source) -> Mapping[str, str]:
        known = self._token if source.is_control_plane else None
        return {"Authorization": f"Bearer {known}"} if known else {}

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        try:
            return self._control.ask(method, path, body)
        except ControlError as error:
            raise OperatingError(f"the sandbox refused: {error}") from None


def _address_in(described: Mapping[str, Any], source: Source) -> str:
    if source.is_control_plane:
        return str(described["url"])
    section = described.get(source.service)
    if isinstance(section, Mapping) and "url" in section:
        return str(section["url"])
    if source.server is not None:
        return source.server
    raise OperatingError(
        f"nobody serves {source.name!r} ({source.url}); name a server with --target {source.name}=URL"
    )


class Servers:
    """Servers that are there: no world is made, and pauses are real ones."""

    def __init__(self, client: Client, targets: Sequence[str]) -> None:
        self.name = ", ".join(targets)
        self.arrows = Arrows()
        self._client = client
        self._named: dict[str, str] = {}
        self._any: str | None = None
        for target in targets:
            name, sign, url = target.partition("=")
            if sign and not name.startswith(("http://", "https://")):
                self._named[name] = _base(url)
            else:
                self._any = _base(target)

    def close(self) -> None:
        """Have nothing to let go of."""

    def lacks(self, script: Script) -> str:
        """Say which source of a story has no server here."""
        for source in script.all_apis:
            if self._address(source) is None:
                what = "the sandbox's control plane" if source.is_control_plane else "a server"
                return f"it needs {what} as {source.name!r}, which {self.name} is not"
        return ""

    @contextmanager
    def setting(self, script: Script, world: World, watcher: Watcher) -> Iterator[Setting]:
        """Give the setting of one story; what it does stays done."""
        yield Setting(
            Stage(self._client, self._required, self._pause, watcher),
            {"run": f"{time.time_ns() // 1_000_000:x}"},
        )

    def _address(self, source: Source) -> str | None:
        for name in (source.name, source.service):
            if name in self._named:
                return self._named[name]
        return None if source.is_control_plane else self._any

    def _required(self, source: Source) -> str:
        found = self._address(source)
        assert found is not None, "what is lacking was asked for"
        return found

    @staticmethod
    def _pause(seconds: float) -> None:
        if seconds > LONGEST_PAUSE_S:
            raise OperatingError(
                f"a step asks for a pause of {seconds:.0f} seconds, and that is more than an hour; lower its retryAfter"
            )
        time.sleep(seconds)


def _base(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise OperatingError(f"--target {url!r} is no address; write https://… or name=https://…")
    return url.rstrip("/")


@contextmanager
def theatre(
    client: Client, targets: Sequence[str], sandbox: str | None, token: str | None
) -> Iterator[Theatre]:
    """Give the theatre that was asked for; our own mock, started for this, where none was."""
    with ExitStack() as stack:
        if targets:
            yield Servers(client, targets)
            return
        url = sandbox or stack.enter_context(Mock()).url
        found = Sandbox(client, url, token)
        stack.callback(found.close)
        yield found
