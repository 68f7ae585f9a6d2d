"""A server that answers as it is told, one answer after the other, and keeps what it was asked."""

import http.server
import json
import threading

DOCUMENT = """\
openapi: 3.0.3
info: {title: Things, version: "1"}
paths:
  /things:
    get:
      operationId: listThings
      parameters:
        - {name: tag, in: query, schema: {type: array, items: {type: string}}}
        - {name: fields, in: query, explode: false, schema: {type: array, items: {type: string}}}
        - {name: filter, in: query, style: deepObject, schema: {type: object}}
      responses:
        "200": {$ref: "#/components/responses/Thing"}
        "429": {description: Too many.}
        "503": {description: Not now.}
    post:
      operationId: createThing
      requestBody:
        content:
          application/json: {schema: {type: object}}
          application/x-www-form-urlencoded: {schema: {type: object}}
          text/plain: {schema: {type: string}}
          multipart/form-data: {schema: {type: object, properties: {file: {type: string, format: binary}}}}
      responses:
        "200": {$ref: "#/components/responses/Thing"}
  /things/{thingId}:
    get:
      operationId: getThing
      parameters:
        - {name: thingId, in: path, required: true, schema: {type: string}}
      responses:
        "200": {$ref: "#/components/responses/Thing"}
        "404": {description: Not there.}
components:
  responses:
    Thing:
      description: A thing.
      content:
        application/json:
          schema:
            type: object
            required: [id]
            properties:
              id: {type: string}
              state: {type: string}
              count: {type: integer}
"""


class Scripted:
    """Use as a context manager; `answers` are bodies, or pairs of status and body, or of three with headers."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def answer(self):
                length = int(self.headers.get("Content-Length", 0))
                outer.asked.append(
                    (self.command, self.path, dict(self.headers), self.rfile.read(length))
                )
                status, body, headers = outer.next()
                written = b"" if body is None else json.dumps(body).encode()
                self.send_response(status)
                if body is not None:
                    self.send_header("Content-Type", "application/json")
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(written)))
                self.end_headers()
                self.wfile.write(written)

            do_GET = do_POST = answer  # noqa: N815  as the library calls them

            def log_message(self, *arguments):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def next(self):
        """Return the next answer; the last one again and again."""
        told = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(told, dict):
            return 200, told, {}
        return (*told, {})[:3]

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
