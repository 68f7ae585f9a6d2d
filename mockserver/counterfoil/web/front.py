"""The front of a service: every request goes straight down `Front.serve`, every no comes out here."""

import asyncio
import difflib
import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from urllib.parse import unquote_to_bytes

from msgspec.structs import replace
from starlette.types import Receive, Scope, Send

from counterfoil.domain.outcome import Refusal, Violation
from counterfoil.engine import exact
from counterfoil.engine.api import Request
from counterfoil.engine.call import Reply
from counterfoil.engine.faults import Standing
from counterfoil.engine.journal import CUT, Exchange, Headers
from counterfoil.engine.outcome import Text
from counterfoil.engine.store import SERVER, WorldGoneError
from counterfoil.web import bodies, breaks
from counterfoil.web.endpoint import ContractBrokenError, Endpoint
from counterfoil.web.routes import Match, Routes
from counterfoil.web.service import Service, Visit

logger = logging.getLogger("counterfoil")

TOLD = 200
"""How much of a path is compared with those there are."""

NO_CONTENT = 204

_encode = exact.encode


@dataclass(slots=True)
class UnderWay:
    """What is known of a request so far, for the error body and the journal."""

    request: Request
    endpoint: Endpoint | None = None
    visit: Visit | None = None
    raw: bytes = b""
    headers: Headers = ()
    error: str | None = None
    fault: Standing | None = None
    nearest: Callable[[], Iterable[str]] = tuple
    counted: tuple[tuple[bytes, bytes], ...] = ()
    trace: str = ""


class Front:
    """A service's routes, and the way of a request through them."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.routes: Routes[Endpoint] = Routes()
        self._codes = service.contract.policy.refusals
        self._json = (b"content-type", service.contract.policy.service.json_type.encode())

    async def serve(
        self, match: Match[Endpoint] | None, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Answer a request; whatever happens, in the service's own shape."""
        going = UnderWay(_request(scope), headers=scope["headers"])
        request = going.request
        try:
            reply = await self._answered(match, going, receive)
        except Refusal as refusal:
            reply = self._refused(refusal, going)
        except bodies.ClientGoneError:
            return
        except Exception:
            logger.exception("%s %s failed", request.method, request.path)
            reply = self._refused(Refusal(self._codes.bug), going)
        if going.counted:
            reply = replace(reply, headers=(*reply.headers, *going.counted))
        self._note(reply, going)
        if going.fault is None or not await breaks.spoil(going.fault, reply, scope, receive, send):
            await self._send(reply, request, send)

    async def turn_away(self, allowed: str | None, scope: Scope, send: Send) -> None:
        """Answer that there is no such path or, where some methods are allowed there, no such method."""
        going = UnderWay(_request(scope), headers=scope["headers"])
        reply = self._refused(self._lost(allowed, going), going)
        self._note(reply, going)
        await self._send(reply, going.request, send)

    def not_http(self) -> Reply:
        """Return the reply to what is no request at all."""
        going = UnderWay(Request("", "", b"", {}))
        violation = Violation("", "http")
        return self._refused(Refusal(self._codes.not_http, violations=(violation,)), going)

    async def _answered(
        self, match: Match[Endpoint] | None, going: UnderWay, receive: Receive
    ) -> Reply:
        """Route, let in, read, and hand over; each step may refuse."""
        request = going.request
        if match is None:
            raise self._lost(None, going)
        endpoint = match.methods.get(request.method)
        if endpoint is None:
            raise self._lost(match.allowed, going)
        going.endpoint = endpoint
        visit = going.visit = self.service.enter(request)
        self.service.gate(visit)
        going.counted = self.service.count(visit, endpoint.operation)
        wanted = endpoint.operation.permission
        if wanted is not None and wanted not in visit.principal.permissions:
            assert self._codes.no_permission is not None
            raise Refusal(self._codes.no_permission, requiredPermission=wanted)
        if endpoint.takes_body:
            policy = self.service.contract.policy.bodies
            if endpoint.takes_files:
                policy = replace(policy, max_bytes=endpoint.max_bytes)
            going.raw = await bodies.read(receive, request.headers, policy)
        call = endpoint.call(request, match.values, going.raw, visit.principal)
        if endpoint.takes_files:
            going.raw = f"a form of {len(going.raw)} bytes".encode()  # files are no log's business
        going.fault = self.service.fault(call, visit)
        if going.fault is not None and await breaks.before(going.fault, self._codes):
            return Reply(0, b"")
        try:
            reply = self.service.answer(call, visit, endpoint.conforms)
        except WorldGoneError:  # while the body was read, or a fault waited
            visit = going.visit = self.service.enter(request)
            reply = self.service.answer(call, visit, endpoint.conforms)
        return reply if isinstance(reply, Reply) else await reply

    def _lost(self, allowed: str | None, going: UnderWay) -> Refusal:
        """Return the refusal of a request that leads nowhere; it belongs to its world all the same."""
        request = going.request
        with suppress(Refusal):
            going.visit = self.service.enter(request)
        going.nearest = partial(self._nearest, request, allowed)
        try:
            going.counted = self.service.count(going.visit, None) if going.visit else ()
        except Refusal as too_many:
            return too_many
        if allowed is None:
            return Refusal(self._codes.no_route, method=request.method, path=request.path)
        headers = {"allow": allowed}
        return Refusal(
            self._codes.no_method, headers=headers, method=request.method, allowed=allowed
        )

    def _nearest(self, request: Request, allowed: str | None) -> tuple[str, ...]:
        """Return what a request may have meant that led nowhere."""
        if allowed is not None:
            return tuple(f"{method} {request.path}" for method in allowed.split(", "))
        operations = self.service.contract.operations.values()
        paths = {row.path: row.method for row in operations}
        close = difflib.get_close_matches(request.path[:TOLD], paths, n=3)
        return tuple(
            f"{row.method} {path}" for path in close for row in operations if row.path == path
        )

    def _refused(self, refusal: Refusal, going: UnderWay) -> Reply:
        """Return the reply of a refusal; one the operation may not give is our bug, and told as one."""
        going.error = refusal.code
        status = self.service.contract.status(refusal)
        operation = going.endpoint.operation if going.endpoint else None
        trace = self._trace(going)
        told = self.service.told(going.request.path, trace, operation, going.visit)
        body = self.service.envelope(refusal, told)
        expected = refusal.code == self._codes.bug or refusal.simulated is not None
        if not expected and going.endpoint is not None:
            try:
                going.endpoint.allows(refusal.code, status, body)
            except ContractBrokenError:
                logger.exception("%s %s failed", going.request.method, going.request.path)
                return self._refused(Refusal(self._codes.bug), going)
        headers = [(name.encode(), value.encode()) for name, value in refusal.headers.items()]
        if isinstance(body, Text):
            return Reply(status, body.text.encode(), (*body.headers, *headers))
        return Reply(status, _encode(body), ((b"content-type", self.service.error_type), *headers))

    async def _send(self, reply: Reply, request: Request, send: Send) -> None:
        headers = list(reply.headers)
        if reply.status == NO_CONTENT:  # neither a type nor a length: there is nothing they are of
            headers = [header for header in headers if header[0] != b"content-type"]
        else:
            if not any(name == b"content-type" for name, _ in headers):
                headers.append(self._json)
            if reply.stream is None:
                headers.append((b"content-length", str(len(reply.body)).encode()))
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        if reply.stream is not None and request.method != "HEAD":
            for part in reply.stream:
                await send({"type": "http.response.body", "body": part, "more_body": True})
                await asyncio.sleep(0)  # others are served between two parts
        body = b"" if request.method == "HEAD" else reply.body
        await send({"type": "http.response.body", "body": body})

    def _trace(self, going: UnderWay) -> str:
        if not going.trace:
            going.trace = self.service.next_trace(going.visit)
        return going.trace

    def _note(self, reply: Reply, going: UnderWay) -> None:
        """Tell the journal what happened."""
        request, visit = going.request, going.visit
        world = visit.world if visit else None
        who = visit.principal if visit else None
        self.service.note(
            Exchange(
                world=world.key if world else SERVER,
                trace=self._trace(going),
                at=self.service.now(visit),
                api=self.service.contract.api,
                operation=going.endpoint.operation.id if going.endpoint else None,
                method=request.method,
                path=request.path,
                query=request.query,
                request=going.raw[:CUT],
                status=reply.status,
                response=reply.body[:CUT],
                owner=who.owner if who else None,
                key=who.id if who else None,
                error=going.error,
                replayed=reply.replayed,
                provenance=going.endpoint.operation.provenance if going.endpoint else None,
                request_headers=going.headers,
                response_headers=reply.headers,
                transitions=reply.transitions,
                events=reply.events,
                fault=going.fault.id if going.fault else None,
                nearest=going.nearest,
            )
        )


def path_of(scope: Scope) -> str:
    """Return a request's path as the service that is mounted there knows it."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def segments_of(scope: Scope) -> list[str]:
    """Return the segments of a request's path, cut before they are decoded: `%2F` cuts nothing."""
    raw: bytes = scope["raw_path"]
    if b"%" not in raw:
        return path_of(scope).split("/")
    own = raw.removeprefix(scope.get("root_path", "").encode())
    return [unquote_to_bytes(part).decode("utf-8", "replace") for part in own.split(b"/")]


def _request(scope: Scope) -> Request:
    headers = dict(scope["headers"])
    base = f"{scope['scheme']}://{_address(headers, scope)}{scope.get('root_path', '')}"
    return Request(scope["method"], path_of(scope), scope["query_string"], headers, base)


def _address(headers: Mapping[bytes, bytes], scope: Scope) -> str:
    """Return the host and port a client named, or those it came to where it named none."""
    host, port = scope["server"]
    return headers.get(b"host", b"").decode("latin-1") or f"{host}:{port}"
