"""An API as a value: what its folder gives the server, and nothing more."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from counterfoil.contract.model import Contract, Operation
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.call import Call, Principal
from counterfoil.engine.outcome import Change, Outcome
from counterfoil.engine.perform import Functions
from counterfoil.engine.records import Kind
from counterfoil.engine.store import Session, Store
from counterfoil.engine.values import Value
from counterfoil.engine.webhooks import Hooks
from counterfoil.engine.world import World
from counterfoil.operating import OperatingError, nearest

Headers = Mapping[bytes, bytes]
"""A request's headers, names in lower case; of a repeated one the last."""


class Request(Value, frozen=True):
    """What authentication and error envelopes may look at.

    `base` is the address at which the client found the API: what its links begin with.
    """

    method: str
    path: str
    query: bytes
    headers: Headers
    base: str = ""

    @property
    def host(self) -> str:
        """The host the request names, in lower case and without its port."""
        return hostname(self.headers.get(b"host", b""))

    def header(self, name: bytes) -> str | None:
        """Return a header's value, or None."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")


def hostname(host: bytes) -> str:
    """Return a Host header's name, in lower case, without a port and the root's trailing dot."""
    whole = host.decode("latin-1").lower()
    name, colon, port = whole.rpartition(":")
    if colon and (port.isdigit() or not port):
        whole = name
    return whole.removesuffix(".")


class Told(Value, frozen=True):
    """What an error body may depend on besides its refusal: where, when, who asked for what.

    `operation` is None where the request reached none, `principal` where nobody was let in; `world` is
    the default one then, and None for a service that has no worlds.
    """

    path: str
    trace: str
    at: datetime
    operation: Operation | None = None
    principal: Principal | None = None
    world: World | None = None


Authenticate = Callable[[Request, Store], Session]
"""Returns what the request's credentials open; raises Refusal where they open nothing."""

Gate = Callable[[World, Principal], None]
"""Raises Refusal where somebody who is known in a world may not use the API there at all."""

Envelope = Callable[[Refusal, Told], Any]
"""Returns the body of a refusal, in the API's own shape: a JSON value, or a Text where it is none."""

Furnish = Callable[[World, Mapping[str, Any]], None]
"""Puts a fixture's content into an empty world."""

Admit = Callable[[World, Store], Mapping[str, Any]]
"""Mints a new world's credentials, and tells what a client needs to know of it."""


Greet = Callable[[Mapping[str, Any]], Iterable[str]]
"""Tells a person, in lines of text, the credentials of a described world and a call that works."""


Work = Callable[[World, str], Change]
"""Decides what falls due about a subject, and changes nothing itself."""


Outside = Callable[[Call, World, Store], Outcome]
"""An operation of the outside world: decides what happens to a world, and mints what it needs."""


@dataclass(frozen=True, slots=True)
class Repertoire:
    """What can be done in an API: its operations, and what falls due."""

    functions: Functions
    jobs: Mapping[str, Work]


@dataclass(frozen=True, slots=True)
class Api:
    """One API, assembled in its folder's `api.py`.

    `jobs` is what falls due there, by type; `outside` what the control plane may let happen to it, by
    operationId of outside.yaml.
    """

    name: str
    contract: Contract
    kinds: tuple[Kind[Any], ...]
    functions: Functions
    authenticate: Authenticate
    envelope: Envelope
    furnish: Furnish
    admit: Admit
    greet: Greet
    jobs: Mapping[str, Work]
    hooks: Hooks | None
    outside: Mapping[str, Outside]
    gate: Gate | None = None

    def __post_init__(self) -> None:
        wanted = {operation.function for operation in self.contract.operations.values()}
        for name in sorted(wanted - self.functions.keys()):
            raise OperatingError(
                f"specs/{self.name}/openapi.yaml: no function answers the operation {name!r}; "
                f"write it in apis/{self.name}{nearest(name, self.functions)}"
            )
        for name in sorted(self.functions.keys() - wanted):
            raise OperatingError(
                f"apis/{self.name}: {name!r} answers no operation of openapi.yaml; remove or rename it"
                f"{nearest(name, wanted)}"
            )
