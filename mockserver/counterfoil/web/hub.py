"""The hub: the control plane, and a page that says what is served where."""

from collections.abc import Mapping
from html import escape

from starlette.types import Receive, Scope, Send

from counterfoil.engine.call import Reply
from counterfoil.web.gateway import Served

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Counterfoil</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem}}</style>
<h1>Counterfoil</h1>
<p>A stateful sandbox for invoicing APIs. Keys and a first call are in the terminal that started it.</p>
<ul>{services}</ul>
<p>The control plane is described at <a href="/ui/">/ui</a>.</p>
</html>
"""


class Hub:
    """Answers `/` with a page for people; everything else is the control plane's."""

    def __init__(self, control: Served, services: Mapping[str, tuple[str, str]]) -> None:
        """`services` are the title and address of each, by name."""
        self._control = control
        items = "".join(
            f'<li>{escape(title)}: <code>{escape(url)}</code>, <a href="/{name}/ui/">Swagger UI</a></li>'
            for name, (title, url) in services.items()
        )
        self._page = PAGE.format(services=items).encode()

    def not_http(self) -> Reply:
        """Return the control plane's reply to what is no request."""
        return self._control.not_http()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the page, or pass the request on to the control plane."""
        if scope["path"] != "/" or scope["method"] not in ("GET", "HEAD"):
            await self._control(scope, receive, send)
            return
        headers = [
            (b"content-type", b"text/html; charset=utf-8"),
            (b"content-length", str(len(self._page)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        body = self._page if scope["method"] == "GET" else b""
        await send({"type": "http.response.body", "body": body})
