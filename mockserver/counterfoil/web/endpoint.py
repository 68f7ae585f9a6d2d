"""One operation behind HTTP: from the raw request to a call, and from a reply to the contract."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from counterfoil.contract.document import parameters, resolve
from counterfoil.contract.model import Contract, Operation
from counterfoil.engine.api import Request
from counterfoil.engine.call import Call, Principal
from counterfoil.engine.outcome import Text
from counterfoil.web.bodies import Body
from counterfoil.web.forms import FORM, Form
from counterfoil.web.parameters import Parameters
from counterfoil.web.schemas import Schema, Schemas


class ContractBrokenError(Exception):
    """A reply that is not what the OpenAPI document promises: our bug, never the caller's."""


class Endpoint:
    """An operation, compiled when it is first asked for."""

    def __init__(self, contract: Contract, operation: Operation, schemas: Schemas) -> None:
        self.operation = operation
        self._contract = contract
        self._schemas = schemas

    def call(
        self, request: Request, values: Mapping[str, str], raw: bytes, principal: Principal
    ) -> Call:
        """Return the call a request makes, with everything that is wrong with it.

        `values` are those of the path's parameters. Raises Refusal where the body is no JSON.
        """
        arguments, wrong = self._parameters.read(values, request.query, request.headers)
        body: Any = None
        if self._body is not None:
            body, misfits = self._body.parse(raw, request.headers.get(b"content-type"))
            wrong += misfits
        return Call(
            operation=self.operation,
            principal=principal,
            path=request.path,
            arguments=arguments,
            body=body,
            violations=tuple(wrong),
            base=request.base,
        )

    def conforms(self, status: int, body: Any) -> None:
        """Raise ContractBrokenError where a reply is not among those the document promises."""
        if isinstance(body, Text):
            self._conforms_as_text(status, body)
            return
        schema = self._replies.get(status)
        if schema is None:
            raise ContractBrokenError(
                f"{self.operation.id} answered {status}, which is not documented"
            )
        if not schema.fits(body):
            wrong = "; ".join(
                f"{v.field} {v.keyword} {v.expected}" for v in schema.violations(body)
            )
            raise ContractBrokenError(
                f"{self.operation.id} answered {status} with a wrong body: {wrong}"
            )

    def _conforms_as_text(self, status: int, body: Text) -> None:
        """A text has to be of a media type of its status.

        A blank one stands where there is none, or where all that there is is `x-optional`.
        """
        written = self._written["responses"].get(str(status))
        promised = resolve(self._contract.document, written or {}).get("content", {})
        given = {body.media_type.partition(";")[0]} if body.text.strip() else set()
        always = not all(described.get("x-optional") for described in promised.values())
        if written is None or not (given <= promised.keys() if given else not always):
            raise ContractBrokenError(
                f"{self.operation.id} answered {status} with {' '.join(given) or 'nothing'}, "
                "which is not documented"
            )

    def allows(self, code: str, status: int, body: Any) -> None:
        """Raise ContractBrokenError where this refusal is not one the operation may give."""
        if code not in self.operation.errors:
            raise ContractBrokenError(
                f"{self.operation.id} may not answer {code}: name it in x-errors"
            )
        self.conforms(status, body)

    @property
    def takes_body(self) -> bool:
        """Whether the operation has a body to read."""
        return self._body is not None

    @cached_property
    def _written(self) -> Mapping[str, Any]:
        item: Mapping[str, Any] = self._contract.document["paths"][self.operation.path]
        written: Mapping[str, Any] = item[self.operation.method.lower()]
        return written

    @cached_property
    def _parameters(self) -> Parameters:
        document, operation = self._contract.document, self.operation
        declared = parameters(document, operation.path, operation.method.lower())
        return Parameters(document, self._schemas, declared)

    @property
    def takes_files(self) -> bool:
        """Whether the body is a form with files in it."""
        return isinstance(self._body, Form)

    @property
    def max_bytes(self) -> int:
        """How large the body may be."""
        own = self._body.max_bytes if isinstance(self._body, Form) else None
        return own or self._contract.policy.bodies.max_bytes

    @cached_property
    def _body(self) -> Body | Form | None:
        declared = self._written.get("requestBody")
        if declared is None:
            return None
        document, policy = self._contract.document, self._contract.policy.bodies
        written = Form if FORM in resolve(document, declared)["content"] else Body
        return written(document, self._schemas, declared, policy)

    @cached_property
    def _replies(self) -> Mapping[int, Schema]:
        replies = {}
        for status, written in self._written["responses"].items():
            content = resolve(self._contract.document, written).get("content", {})
            for media_type, described in content.items():
                if media_type.endswith("json"):
                    schema = described.get("schema", {})
                    replies[int(status)] = self._schemas.compile(schema, "response")
        return replies
