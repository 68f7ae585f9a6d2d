"""Request bodies: read up to a bound, parsed exactly, judged by the operation's schema."""

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.types import Receive

from counterfoil.contract.document import resolve
from counterfoil.contract.rows import BodyPolicy
from counterfoil.domain.outcome import Refusal, Violation
from counterfoil.engine import exact
from counterfoil.web.schemas import Schema, Schemas

JSON = "application/json"

TOLD = 100
"""How many characters of a content type are told back."""


class ClientGoneError(Exception):
    """The client hung up before its request was whole; nobody waits for a reply."""


async def read(receive: Receive, headers: Mapping[bytes, bytes], policy: BodyPolicy) -> bytes:
    """Return a request's body, whole, however it was sent.

    Raises Refusal as soon as it is known to be too large.
    """
    declared = headers.get(b"content-length", b"0")
    if declared.isdigit() and int(declared) > policy.max_bytes:
        raise _too_large(policy)
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        part: bytes = message.get("body", b"")
        body = body + part if body else part
        more = message.get("more_body", False)
        if len(body) > policy.max_bytes:
            raise _too_large(policy)
    return body


class Body:
    """The body an operation takes."""

    def __init__(
        self,
        document: Mapping[str, Any],
        schemas: Schemas,
        declared: Mapping[str, Any],
        policy: BodyPolicy,
    ) -> None:
        declared = resolve(document, declared)
        self._required: bool = declared.get("required", False)
        self._policy = policy
        self._schema: Schema = schemas.compile(declared["content"][JSON]["schema"], "request")

    def parse(self, raw: bytes, content_type: bytes | None) -> tuple[Any, list[Violation]]:
        """Return the value of a body and everything that is wrong with it.

        Raises Refusal where it is no JSON at all.
        """
        if not raw:
            return None, [Violation("", "required")] if self._required else []
        if not _is_json(content_type):
            if self._policy.unsupported:
                raise Refusal(self._policy.unsupported)
            given = (content_type or b"nothing").decode("latin-1")
            return None, [Violation("", "mediaType", JSON, given=given[:TOLD])]
        value = _parsed(raw, self._policy)
        try:
            if self._schema.fits(value):
                return value, []
            return value, list(self._schema.violations(value))
        except ValueError as error:  # nested deeper than a validator goes
            raise Refusal(self._policy.malformed, reason=str(error)) from None


def _is_json(content_type: bytes | None) -> bool:
    media_type, _, options = (content_type or b"").decode("latin-1").lower().partition(";")
    charset = options.partition("charset=")[2].strip().strip('"')
    return media_type.strip() == JSON and charset in ("", "utf-8", "utf8")


def _parsed(raw: bytes, policy: BodyPolicy) -> Any:
    try:
        return exact.decode(raw)
    except RecursionError:
        raise Refusal(policy.malformed, reason="it is nested too deeply") from None
    except (msgspec.MsgspecError, ValueError, ArithmeticError) as error:
        reason = str(error).removeprefix("JSON is malformed: ")
        raise Refusal(policy.malformed, reason=reason) from None


def _too_large(policy: BodyPolicy) -> Refusal:
    return Refusal(policy.invalid, violations=(Violation("", "size", str(policy.max_bytes)),))
