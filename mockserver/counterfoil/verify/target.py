"""What is verified: our own mock, or the server at a URL."""

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from counterfoil.client.control import Control
from counterfoil.client.world import World
from counterfoil.contract.load import load
from counterfoil.verify.client import Client
from counterfoil.verify.inbox import Receiver
from counterfoil.verify.masking import Secrets
from counterfoil.verify.mock import INSTANT, Mock
from counterfoil.verify.pace import Pace
from counterfoil.verify.run import Rules, Run
from counterfoil.verify.subject import module_of

LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Asked:
    """What a run was asked for: the server, if it is not our own mock, and how to treat it.

    `settings` are credentials and the like, named as in the environment; `hub` is the control plane
    of a server that is a sandbox; `inbox` is where webhooks reach this machine.
    """

    api: str
    target: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    rules: Rules = field(default_factory=Rules)
    rate: float | None = None
    hub: str | None = None
    inbox: str | None = None
    secrets: Secrets = field(default_factory=Secrets)


@contextmanager
def opened(asked: Asked, mock: Mock | None) -> Iterator["Opened"]:
    """Have what a run needs, for as long as it takes; `mock` is our own, where that is verified."""
    with ExitStack() as stack:
        inbox = stack.enter_context(_receiver(asked)) if _is_reachable(asked) else None
        control = Control(mock.url if mock else asked.hub) if mock or asked.hub else None  # type: ignore[arg-type]
        if control:
            stack.callback(control.close)
        yield Opened(asked, mock, control, inbox, stack)


@dataclass(frozen=True)
class Opened:
    """A server that is ready to be verified."""

    asked: Asked
    mock: Mock | None
    control: Control | None
    inbox: Receiver | None
    _stack: ExitStack

    def run(self, *, limited: bool = False) -> Run:
        """Return a run: on our own mock in a new world, which counts requests if it is limited."""
        described, world = self._world(limited=limited)
        module = module_of(self.asked.api)
        settings = {**self._environment(), **self.asked.settings}
        if described:
            settings = {**module.settings_of(described), **self.asked.settings}
        subject = module.subject(settings)
        for name, value in subject.secrets.items():
            self.asked.secrets.add(name, value)
        url = self.asked.target or described[self.asked.api]["url"]
        client = Client(url, secrets=self.asked.secrets, pace=Pace(self.asked.rate))
        self._stack.callback(client.close)
        contract = load(self.asked.api)
        contract = replace(contract, document=subject.document(contract.document))
        run = Run(contract, subject, client, self.asked.rules, world, self.inbox)
        subject.prepare(run)
        return run

    def _environment(self) -> Mapping[str, str]:
        prefix = f"{self.asked.api.upper()}_"
        return {name: value for name, value in os.environ.items() if name.startswith(prefix)}

    def _world(self, *, limited: bool) -> tuple[dict[str, Any], World | None]:
        """Return what is told of a world, where our own mock made one, and its control."""
        if self.control is None:
            return {}, None
        if self.mock is None:
            described = self.control.ask("GET", "/worlds/default")
            return {}, World(self.control, described)
        clock = {"mode": "frozen", "now": INSTANT}
        asked = {"fixture": "empty", "clock": clock, "seed": self.asked.rules.seed}
        asked["limits"] = "documented" if limited else "none"
        described = self.control.ask("POST", "/worlds", asked)
        return described, World(self.control, described)


def _is_reachable(asked: Asked) -> bool:
    """Tell whether the server can reach an inbox of this run."""
    return bool(asked.inbox) or asked.target is None or urlsplit(asked.target).hostname in LOOPBACK


def _receiver(asked: Asked) -> Receiver:
    if asked.inbox is None:
        return Receiver()
    port = urlsplit(asked.inbox).port or 80
    return Receiver("0.0.0.0", port, asked.inbox)  # noqa: S104  others have to reach it
