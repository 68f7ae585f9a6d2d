"""A service as a connexion application, built from connexion's public extension points.

connexion reads and resolves the document, binds each operation to its endpoint, serves the document
and Swagger UI. What it would do anew for every request (route, check security, validate) is
compiled once: see docs/decisions/0004-compiled-connexion.md.
"""

import warnings
from functools import partial
from typing import Any

import jsonschema_rs
from starlette.types import ASGIApp, Receive, Scope, Send

from counterfoil.operating import OperatingError
from counterfoil.web.endpoint import Endpoint
from counterfoil.web.front import Front, path_of
from counterfoil.web.schemas import Schemas
from counterfoil.web.service import Service

with warnings.catch_warnings():
    # connexion imports what warns of itself: Starlette's test client, jsonschema's old resolver.
    warnings.filterwarnings("ignore", "Using `httpx` with `starlette.testclient`")
    warnings.filterwarnings("ignore", "jsonschema.*Ref.* is deprecated")
    from connexion.apps.abstract import AbstractApp
    from connexion.http_facts import METHODS
    from connexion.middleware import SpecMiddleware
    from connexion.middleware.main import API
    from connexion.middleware.swagger_ui import SwaggerUIMiddleware
    from connexion.resolver import Resolver
    from connexion.spec import OpenAPISpecification


class Document(OpenAPISpecification):  # type: ignore[misc]  # connexion ships no types
    """An OpenAPI document, checked against the specification's own schema by a compiled validator.

    connexion's validator takes a quarter of a second for a large document, this one milliseconds.
    """

    @classmethod
    def _validate_spec(cls, spec: Any) -> None:
        validator = jsonschema_rs.Draft4Validator(cls.openapi_schema)
        for error in validator.iter_errors(spec):
            where = "/".join(map(str, error.instance_path))
            raise OperatingError(f"the OpenAPI document is wrong at {where}: {error.message[:200]}")


class Contracted(SpecMiddleware):  # type: ignore[misc]
    """Answers the operations of the document; other paths go on to Swagger UI and the end."""

    def __init__(self, app: ASGIApp, front: Front) -> None:
        self._app = app
        self._front = front

    def add_api(self, specification: Document, resolver: Resolver, **_options: Any) -> None:
        """Bind every operation of a document to its endpoint."""
        for path, item in specification["paths"].items():
            for method in item.keys() & METHODS:
                operation = specification.operation_cls.from_spec(
                    specification, path=path, method=method, resolver=resolver
                )
                self._front.routes.add(path, method.upper(), operation.function)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer an operation, or pass the request on."""
        match = self._front.routes.find(path_of(scope)) if scope["type"] == "http" else None
        if match is None:
            await self._app(scope, receive, send)
        else:
            await self._front.serve(match, scope, receive, send)


class End:
    """Where paths end that nothing serves."""

    def __init__(self, front: Front) -> None:
        self._front = front

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer that there is no such path."""
        await self._front.serve(None, scope, receive, send)


class Application(AbstractApp):  # type: ignore[misc]
    """A service behind connexion; an ASGI application that wants no lifespan events."""

    def __init__(self, service: Service) -> None:
        front = Front(service)
        self._middleware_app = End(front)
        super().__init__(
            "counterfoil.web", middlewares=[partial(Contracted, front=front), SwaggerUIMiddleware]
        )
        schemas = Schemas(service.contract.document)
        endpoints = {
            operation.id: Endpoint(service.contract, operation, schemas)
            for operation in service.contract.operations.values()
        }
        # Not add_api: it would load the document through the slow validator.
        document = Document(service.contract.document)
        self.middleware.apis.append(
            API(document, base_path=None, resolver=Resolver(endpoints.__getitem__))
        )
