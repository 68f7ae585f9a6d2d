"""The control plane as a client sees it: requests that must succeed, and one transport for all."""

from typing import Any

import httpx


class ControlError(Exception):
    """The control plane refused; the text says what it said."""


class Shared(httpx.BaseTransport):
    """One pool of connections for many clients: who closes a client does not close it."""

    def __init__(self) -> None:
        # Certificates are for https; loading them would take longer than a test does.
        self._pool = httpx.HTTPTransport(verify=False, retries=0)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        return self._pool.handle_request(request)

    def close(self) -> None:
        """Keep the connections: others use them."""

    def shut(self) -> None:
        """Close the connections."""
        self._pool.close()


class Control:
    """The control plane of a server at an address; `token` is what it wants to be brought."""

    def __init__(self, url: str, token: str | None = None) -> None:
        self.url = url.rstrip("/")
        self._token = token
        self.transport = Shared()
        self._client = self.client(self.url)

    def client(self, url: str, headers: dict[str, str] | None = None) -> httpx.Client:
        """Return a client of any address of the server, over the connections that there are."""
        own = headers is None and self._token
        carried = {"Authorization": f"Bearer {self._token}"} if own else headers
        return httpx.Client(
            base_url=url, headers=carried, transport=self.transport, timeout=70, trust_env=False
        )

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Return the answer to a request; ControlError where it is refused or nobody answers."""
        try:
            answer = self._client.request(method, f"/_sandbox{path}", json=body)
        except httpx.TransportError as error:
            raise ControlError(f"no sandbox answers at {self.url} ({error}); start one") from None
        if answer.is_success:
            return answer.json()
        told = answer.json()["detail"] if "json" in answer.headers["content-type"] else answer.text
        raise ControlError(f"{method} {path}: {told}")

    def close(self) -> None:
        """Let go of all connections."""
        self.transport.shut()
