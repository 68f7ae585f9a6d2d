"""One write for one response.

uvicorn writes a response's head and its body apart, which costs a system call and a packet more
than the response needs: a quarter of all time of a small one. Here what is written in one turn of
the event loop goes out together.
"""

import asyncio
import socket
import struct
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

ENOUGH = 64 * 1024
"""Bytes that are sent at once, so that a long body is not gathered in memory."""


ABORT = "counterfoil.abort"
"""The ASGI extension by which an application cuts the connection of a request."""


class Gathered:
    """A transport that holds what is written until the end of the turn."""

    __slots__ = ("_loop", "_parts", "_size", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._parts: list[bytes] = []
        self._size = 0

    def write(self, part: bytes) -> None:
        """Send a part with what else is written in this turn."""
        if not self._parts:
            self._loop.call_soon(self.flush)
        self._parts.append(part)
        self._size += len(part)
        if self._size > ENOUGH:
            self.flush()

    def flush(self) -> None:
        """Send what was written."""
        if self._parts:
            parts, self._parts, self._size = self._parts, [], 0
            self._transport.write(b"".join(parts))

    def close(self) -> None:
        """Send what was written, then close."""
        self.flush()
        self._transport.close()

    def abort(self) -> None:
        """Cut the connection: nothing more is sent, and the other side is told by a reset."""
        self._parts, self._size = [], 0
        own = self._transport.get_extra_info("socket")
        own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class Protocol(HttpToolsProtocol):
    """uvicorn's own protocol, over a transport that gathers."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection."""
        super().connection_made(Gathered(transport, self.loop))  # type: ignore[arg-type]

    def on_message_begin(self) -> None:
        """Begin a request, which may cut its connection off."""
        super().on_message_begin()
        cut = {"abort": self.transport.abort, "close": self.transport.close}
        self.scope["extensions"] = {ABORT: cut}  # type: ignore[dict-item]

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP as the service of this port answers bad requests, and hang up."""
        assert self.server is not None
        reply = self.config.app.not_http(self.server[1])  # type: ignore[union-attr]
        headers = [
            *reply.headers,
            (b"content-length", str(len(reply.body)).encode()),
            (b"connection", b"close"),
        ]
        lines = [b"HTTP/1.1 400 Bad Request", *(b": ".join(header) for header in headers), b"", b""]
        self.transport.write(b"\r\n".join(lines) + reply.body)
        self.transport.close()
