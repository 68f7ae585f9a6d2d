"""HAR 1.2: everything that was said, for browsers and proxies to open."""

import base64
import json
from collections.abc import Iterable
from typing import Any

from counterfoil import __version__
from counterfoil.verify.exchange import Exchange, Headers, header
from counterfoil.verify.masking import Secrets


def har(exchanges: Iterable[Exchange], secrets: Secrets) -> str:
    """Return exchanges as a HAR archive, without their secrets."""
    creator = {"name": "counterfoil", "version": __version__}
    entries = [_entry(exchange, secrets) for exchange in exchanges]
    archive = {"log": {"version": "1.2", "creator": creator, "entries": entries}}
    return json.dumps(archive, indent=1, ensure_ascii=False) + "\n"


def _entry(exchange: Exchange, secrets: Secrets) -> dict[str, Any]:
    milliseconds = round(exchange.seconds * 1000, 3)
    return {
        "startedDateTime": exchange.at.isoformat(timespec="milliseconds"),
        "time": milliseconds,
        "request": _request(exchange, secrets),
        "response": _response(exchange, secrets),
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
        **({"comment": secrets.masked(exchange.purpose)} if exchange.purpose else {}),
    }


def _request(exchange: Exchange, secrets: Secrets) -> dict[str, Any]:
    request = exchange.request
    told: dict[str, Any] = {
        "method": request.method,
        "url": secrets.masked(request.url),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(request.headers, secrets),
        "queryString": _pairs(tuple(request.query), secrets),
        "headersSize": -1,
        "bodySize": len(request.body),
    }
    if request.body:
        text, encoding = _text(request.body, secrets)
        media = header(request.headers, "content-type") or ""
        told["postData"] = {"mimeType": media, "text": text, **encoding}
    return told


def _response(exchange: Exchange, secrets: Secrets) -> dict[str, Any]:
    response = exchange.response
    text, encoding = _text(response.body, secrets)
    media = exchange.header("content-type") or ""
    return {
        "status": response.status,
        "statusText": "",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(response.headers, secrets),
        "content": {"size": len(response.body), "mimeType": media, "text": text, **encoding},
        "redirectURL": exchange.header("location") or "",
        "headersSize": -1,
        "bodySize": len(response.body),
    }


def _pairs(pairs: Headers, secrets: Secrets) -> list[dict[str, str]]:
    return [{"name": name, "value": secrets.masked(value)} for name, value in pairs]


def _text(body: bytes, secrets: Secrets) -> tuple[str, dict[str, str]]:
    """Return a body as text, and how it is encoded where it is none."""
    try:
        return secrets.masked(body.decode()), {}
    except UnicodeDecodeError:
        return base64.b64encode(body).decode(), {"encoding": "base64"}
