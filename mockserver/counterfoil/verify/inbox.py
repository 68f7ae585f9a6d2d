"""A receiver for webhooks, in a thread of this process."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

LONGEST = 1_048_576
"""Bytes of a message that are read."""


@dataclass(frozen=True)
class Message:
    """A webhook as it arrived: the path it came to, its headers in lower case, its bytes."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @cached_property
    def json(self) -> Any:
        """The body, or None where it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclass
class Receiver:
    """Listens until it is left; `refuse` says how often a path answers 500 before it takes a message."""

    host: str = "127.0.0.1"
    port: int = 0
    public: str | None = None
    messages: list[Message] = field(default_factory=list)
    refuse: dict[str, int] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self._arrived = threading.Condition()
        self._server = ThreadingHTTPServer((self.host, self.port), _handler(self))
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def url(self, path: str) -> str:
        """Return the address at which a path of this receiver can be reached."""
        own = f"http://{self.host}:{self._server.server_port}"
        return f"{(self.public or own).rstrip('/')}{path}"

    def take(self, message: Message) -> int:
        """Keep a message; return the status it is answered with."""
        with self._arrived:
            self.messages.append(message)
            left = self.refuse.get(message.path, 0)
            self.refuse[message.path] = max(0, left - 1)
            self._arrived.notify_all()
        return 500 if left else 200

    def wait(self, enough: Callable[[list[Message]], bool], seconds: float) -> bool:
        """Return whether enough has come within some seconds."""
        with self._arrived:
            return self._arrived.wait_for(lambda: enough(list(self.messages)), seconds)


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Gives each message to the receiver."""

        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            """Take a message."""
            length = min(int(self.headers.get("Content-Length") or 0), LONGEST)
            headers = {name.lower(): value for name, value in self.headers.items()}
            status = receiver.take(Message(self.path, headers, self.rfile.read(length)))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    return Handler
