"""A call on its way in and a reply on its way out: the seam between the web and the engine."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from counterfoil.contract.model import Operation
from counterfoil.domain.outcome import Violation
from counterfoil.engine.values import Value

Conforms = Callable[[int, Any], None]
"""Raises where a status and body are not what the OpenAPI document promises: our bug."""


class Principal(Value, frozen=True):
    """Who a credential stands for, and what it may do."""

    owner: str
    id: str
    permissions: frozenset[str]


class Call(Value, frozen=True):
    """One request, understood: which operation, for whom, with what.

    `arguments` are the parameters by name, defaults filled in; `body` is the parsed body or None.
    `violations` are everything that is wrong with either: they are told only after a retry was
    recognised, because a retry is answered as the first time was. `path` is the path as sent, with
    its values in it, `base` the address at which the client found the API.
    """

    operation: Operation
    principal: Principal
    path: str
    arguments: Mapping[str, Any]
    body: Any = None
    violations: tuple[Violation, ...] = ()
    base: str = ""


class Reply(Value, frozen=True):
    """What goes back: a status, the encoded body and the headers that are not derived from it.

    `replayed` tells that it is an earlier reply, given again; `transitions` are the arrows that were
    walked for it, `events` the ids and types of what was told. A long body comes as a `stream`, in
    parts, and not in `body`.
    """

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()
    replayed: bool = False
    stream: Iterator[bytes] | None = None
    transitions: tuple[tuple[str, str, str, str | None, str | None], ...] = ()
    events: tuple[tuple[str, str], ...] = ()
