"""A service as a connexion application, built from connexion's public extension points.

connexion reads and resolves the document, binds each operation to its endpoint, serves the document
and Swagger UI. What it would do anew for every request (route, check security, validate) is
compiled once: see docs/decisions/0004-compiled-connexion.md.
"""

import warnings
from functools import partial
from typing import Any

import jsonschema_rs
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from counterfoil.contract.document import documented
from counterfoil.engine.call import Reply
from counterfoil.operating import OperatingError
from counterfoil.web.documents import PAGES, Documents
from counterfoil.web.endpoint import Endpoint
from counterfoil.web.front import Front, path_of, segments_of
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
    from connexion.options import SwaggerUIOptions
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
    """Answers the operations of the document, and the document; Swagger UI's pages it passes on."""

    def __init__(self, app: ASGIApp, front: Front, documents: Documents) -> None:
        self._app = app
        self._front = front
        self._documents = documents

    def add_api(self, specification: Document, resolver: Resolver, **_options: Any) -> None:
        """Bind every operation of a document to its endpoint."""
        for path, item in specification["paths"].items():
            for method in item.keys() & METHODS:
                operation = specification.operation_cls.from_spec(
                    specification, path=path, method=method, resolver=resolver
                )
                self._front.routes.add(path, method.upper(), operation.function)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        match = self._front.routes.find(segments_of(scope))
        path = path_of(scope)
        document, page = self._documents.has(path), f"{path}/".startswith(f"{PAGES}/")
        if path == "/" and _is_browser(scope):
            await RedirectResponse(scope.get("root_path", "") + PAGES + "/")(scope, receive, send)
        elif match is not None or not (document or page):
            await self._front.serve(match, scope, receive, send)
        elif scope["method"] not in ("GET", "HEAD"):
            await self._front.turn_away("GET, HEAD", scope, send)
        elif document:
            await self._documents.send(scope, send)
        else:
            try:
                await self._app(scope, receive, send)
            except HTTPException:  # how Swagger UI's files say that they have no such page
                await self._front.turn_away(None, scope, send)


def _is_browser(scope: Scope) -> bool:
    return scope["method"] == "GET" and any(
        name == b"accept" and b"text/html" in value for name, value in scope["headers"]
    )


class End:
    """Where pages end that Swagger UI does not have."""

    def __init__(self, front: Front) -> None:
        self._front = front

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer that there is no such path."""
        await self._front.turn_away(None, scope, send)


class Application(AbstractApp):  # type: ignore[misc]
    """A service behind connexion; an ASGI application that wants no lifespan events."""

    def __init__(self, service: Service, *, strict: bool = False) -> None:
        """A strict one serves only what the source documents name."""
        whole = service.contract.document
        served = documented(whole) if strict else whole
        front = self._front = Front(service)
        self._middleware_app = End(front)
        documents = Documents(served, service.contract.api)
        contracted = partial(Contracted, front=front, documents=documents)
        super().__init__("counterfoil.web", middlewares=[contracted, SwaggerUIMiddleware])
        schemas = Schemas(service.contract.document)
        endpoints = {
            operation.id: Endpoint(service.contract, operation, schemas)
            for operation in service.contract.operations.values()
        }
        # Not add_api: it would load the document through the slow validator.
        document = Document(served)
        pages = SwaggerUIOptions(
            serve_spec=False,
            swagger_ui_path=PAGES,
            swagger_ui_config={"showExtensions": True, "deepLinking": True},
        )
        resolver = Resolver(endpoints.__getitem__)
        self.middleware.apis.append(
            API(document, base_path=None, resolver=resolver, swagger_ui_options=pages)
        )

    def not_http(self) -> Reply:
        """Return the reply to what is no request at all."""
        return self._front.not_http()
