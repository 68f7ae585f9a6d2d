"""The hub: a page that says what is served where, the inboxes of worlds, and the control plane."""

from collections.abc import Mapping
from html import escape

from starlette.types import Receive, Scope, Send

from counterfoil.domain.outcome import Refusal
from counterfoil.engine import inbox
from counterfoil.engine.call import Reply
from counterfoil.engine.store import WorldGoneError
from counterfoil.web import bodies
from counterfoil.web.control.inboxes import RECEIVER
from counterfoil.web.control.service import ControlService
from counterfoil.web.gateway import Served
from counterfoil.web.sender import SIMULATED_DELAY

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Counterfoil</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem}}</style>
<h1>Counterfoil</h1>
<p>A stateful sandbox for invoicing APIs. Keys and a first call are in the terminal that started it.</p>
<ul>{services}</ul>
<p>The control plane is described at <a href="/ui/">/ui</a>.</p>
</html>
"""
HTML = (b"content-type", b"text/html; charset=utf-8")
TEXT = (b"content-type", b"text/plain; charset=utf-8")

NOWHERE = Reply(404, b"There is no such inbox: its world is gone, or its name is wrong", (TEXT,))
SILENT = (204, 304)
"""Statuses whose answers have no body."""


class Hub:
    """Answers `/` with a page for people, and messages to inboxes; the rest is the control plane's."""

    def __init__(
        self, control: Served, service: ControlService, services: Mapping[str, tuple[str, str]]
    ) -> None:
        """`control` is what serves the service; `services` the title and address of each API."""
        self._control = control
        self._desk = service.desk
        self._rules = service.rules
        self._bodies = service.contract.policy.bodies
        items = "".join(
            f'<li>{escape(title)}: <code>{escape(url)}</code>, <a href="/{name}/ui/">Swagger UI</a></li>'
            for name, (title, url) in services.items()
        )
        self._page = PAGE.format(services=items).encode()

    def not_http(self) -> Reply:
        """Return the control plane's reply to what is no request."""
        return self._control.not_http()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on to the control plane."""
        if scope["path"] == "/" and scope["method"] in ("GET", "HEAD"):
            await _send(scope, send, Reply(200, self._page, (HTML,)))
        elif scope["path"].startswith(f"{RECEIVER}/"):
            try:
                reply = await self._received(scope, receive)
            except bodies.ClientGoneError:
                return
            await _send(scope, send, reply)
        else:
            await self._control(scope, receive, send)

    async def _received(self, scope: Scope, receive: Receive) -> Reply:
        """Keep a message for the inbox of the path, and answer as that is told to."""
        world, _, rest = scope["path"].removeprefix(f"{RECEIVER}/").partition("/")
        name = rest.partition("/")[0]
        named = inbox.NAME.fullmatch(world) and inbox.NAME.fullmatch(name)
        row = self._desk.store.world(world) if named else None
        if row is None:
            return Reply(
                404, b"There is no such inbox; its world is gone, or its name is wrong", (TEXT,)
            )
        try:
            headers = dict(scope["headers"])
            body = await bodies.read(receive, headers, self._bodies)
        except Refusal:
            return Reply(413, b"The message is too large", (TEXT,))
        opened = self._desk.store.open(row)
        known = inbox.names(opened)
        if name not in known and len(known) >= self._rules.most_inboxes:
            return Reply(429, b"This world has too many inboxes", (TEXT,))
        if inbox.count(opened, name) >= self._rules.most_messages:
            return Reply(429, b"The inbox is full; clear it", (TEXT,))
        told = {k.decode("latin-1"): v.decode("latin-1") for k, v in headers.items()}
        try:
            with self._desk.store.writing(row) as opened:
                request = (scope["method"], scope["path"])
                answer = inbox.receive(opened, name, request, told, body)
        except WorldGoneError:
            return NOWHERE
        self._desk.heard(row.key)
        extra = [(key.lower().encode(), value.encode()) for key, value in answer.headers.items()]
        if answer.delay_ms:
            extra.append((SIMULATED_DELAY.encode(), str(answer.delay_ms).encode()))
        return Reply(answer.status, answer.body.encode(), (TEXT, *extra))


async def _send(scope: Scope, send: Send, reply: Reply) -> None:
    silent = reply.status in SILENT
    length = (b"content-length", str(len(reply.body)).encode())
    headers = [*reply.headers, *(() if silent else (length,))]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    body = b"" if silent or scope["method"] == "HEAD" else reply.body
    await send({"type": "http.response.body", "body": body})
