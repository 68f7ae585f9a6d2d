"""The client of the verification: it sends, keeps what was said, and minds the server's limits."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Self

import httpx

from counterfoil.operating import OperatingError
from counterfoil.verify.exchange import Exchange, Headers, Request, Response
from counterfoil.verify.masking import Secrets
from counterfoil.verify.pace import Pace

TIMEOUT_S = 30.0


class UnansweredError(Exception):
    """A request that no response came to."""

    def __init__(self, request: Request, reason: str) -> None:
        super().__init__(f"{request.method} {request.path} was not answered: {reason}")
        self.request = request


class NotReachableError(OperatingError):
    """Nothing answers at an address."""


@dataclass(frozen=True)
class Call:
    """A request before it is made: `path` may be a whole URL; `json` is sent as JSON unless None."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, Any] | Sequence[tuple[str, Any]] = ()
    json: Any = None
    content: bytes | None = None
    files: Mapping[str, tuple[str, bytes, str]] | None = None

    def made(self, http: httpx.Client) -> httpx.Request:
        """Return the request as the client would send it."""
        own: dict[str, Any] = {"headers": dict(self.headers)}
        if self.params:
            own["params"] = self.params
        for name in ("json", "content", "files"):
            if getattr(self, name) is not None:
                own[name] = getattr(self, name)
        return http.build_request(self.method, self.path, **own)


class Client:
    """Sends requests to a server; use as a context manager, or `close` it.

    `exchanges` is everything that was said, in order; each listener is told of each exchange when it
    is over. `headers` go with every request. `speaking` gives a client for another party.
    """

    def __init__(
        self,
        url: str,
        *,
        secrets: Secrets | None = None,
        pace: Pace | None = None,
        transport: httpx.BaseTransport | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self.url = url.rstrip("/")
        self.secrets = secrets or Secrets()
        self.pace = pace or Pace()
        self.exchanges: list[Exchange] = []
        self.listeners: list[Callable[[Exchange], None]] = []
        self.headers: Mapping[str, str] = {}
        self._lock = threading.Lock()
        self._http = httpx.Client(
            base_url=self.url, transport=transport, timeout=timeout_s, trust_env=transport is None
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of all connections."""
        self._http.close()

    def speaking(self, headers: Mapping[str, str]) -> "Client":
        """Return a client that sends other headers with every request, and shares all the rest."""
        other = object.__new__(Client)
        other.__dict__ |= self.__dict__ | {"headers": headers}
        return other

    def ask(self, method: str, path: str, **more: Any) -> Exchange:
        """Make a request: `params`, `json`, `headers`, `content`, `files` as in Call; see `send`."""
        purpose, patient = more.pop("purpose", ""), more.pop("patient", True)
        return self.send(Call(method, path, **more), purpose=purpose, patient=patient)

    def send(self, call: Call, *, purpose: str = "", patient: bool = True) -> Exchange:
        """Make a request and return what was said.

        A patient one comes back after a 429 as the server wants. Raises UnansweredError where no
        response comes, StormError where the server has had enough.
        """
        while True:
            exchange = self._once(call, purpose)
            if not (patient and self.pace.again(exchange)):
                return exchange

    def race(self, calls: Sequence[Call], *, purpose: str = "") -> list[Exchange]:
        """Make several requests at once; return what was said, in the order of the calls."""
        with ThreadPoolExecutor(max_workers=len(calls)) as threads:
            return list(threads.map(lambda call: self._once(call, purpose), calls))

    def _once(self, call: Call, purpose: str) -> Exchange:
        call = replace(call, headers={**self.headers, **call.headers})
        self.pace.wait()
        made = call.made(self._http)
        sent = Request(made.method, str(made.url), _headers(made.headers), made.read())
        at, began = datetime.now(UTC), time.perf_counter()
        try:
            answer = self._http.send(made)
        except httpx.ConnectError as error:
            raise NotReachableError(
                f"Nothing answers at {made.url.scheme}://{made.url.netloc.decode()} ({error}); start it, or correct --target"
            ) from None
        except httpx.TransportError as error:
            raise UnansweredError(sent, str(error) or type(error).__name__) from None
        came = Response(answer.status_code, _headers(answer.headers), answer.content)
        exchange = Exchange(sent, came, at, time.perf_counter() - began, purpose)
        with self._lock:
            self.exchanges.append(exchange)
        for listener in self.listeners:
            listener(exchange)
        return exchange


def _headers(headers: httpx.Headers) -> Headers:
    return tuple((name.decode("ascii"), value.decode("latin-1")) for name, value in headers.raw)
