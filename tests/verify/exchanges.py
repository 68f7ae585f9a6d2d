"""Exchanges made up for the tests of the verifier."""

import json
from datetime import UTC, datetime

from counterfoil.verify.exchange import Exchange, Request, Response

AT = datetime(2024, 3, 15, 10, 30, tzinfo=UTC)
JSON = ("content-type", "application/json")


def exchange(
    method="GET", url="http://api.test/things", status=200, answer=None, headers=(), **asked
):
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    typed = () if isinstance(answer, bytes) else (JSON,)
    request = Request(method, url, tuple(asked.get("sent", ())), asked.get("body", b""))
    return Exchange(request, Response(status, (*typed, *headers), body), AT, 0.25)
