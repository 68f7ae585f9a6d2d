"""How answers are recorded: a call is a line of text, its answer the example of its operation.

A line says who asks, the operation, then what its path names in order, and members of the query
(`?name=value`, `+` for a space), headers (`!name=value`) or members of the body (`name=value`, in JSON where it is that).
Whatever else the body has is the contract's own example of it, the first one or the one named after a
colon. `outside` and a word is something that happens to the world.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import yaml

from counterfoil.contract import document
from counterfoil.contract.load import load
from counterfoil.contract.model import Contract
from counterfoil.testing import Sandbox

HEADERS = {"Host": "localhost", "User-Agent": "your-app/1.0", "Accept-Encoding": "identity"}
"""What the API logs tell of a request is the same every time."""

Story = tuple[tuple[tuple[str, ...], str], ...]
"""What has to have happened, and the call whose answer is told."""

Happenings = Mapping[str, Callable[[Any], None]]
"""What may happen to a world of an API, by the word that lines call it."""

Forms = Mapping[str, Mapping[str, Any]]
"""What operations are sent that take no JSON."""

SHOWN = 16
"""How many bytes of an answer are shown that is no text."""


def recorded(api: str, story: Story, happenings: Happenings, forms: Forms) -> str:
    """Return an API's examples as YAML: by operation, status and media type."""
    contract = load(api)
    told: dict[str, dict[str, dict[str, Any]]] = {}
    with Sandbox() as sandbox:
        for before, call in story:
            teller = Teller(contract, sandbox.world(api, "empty"), happenings, forms)
            for line in before:
                teller.ask(line)
            answer = teller.ask(call)
            if not answer.text.strip():
                continue  # it says nothing
            media = answer.headers["content-type"].partition(";")[0]
            statuses = told.setdefault(call.split()[1].partition(":")[0], {})
            statuses.setdefault(str(answer.status_code), {})[media] = _shown(answer, media)
    return yaml.safe_dump(told, allow_unicode=True, sort_keys=False, width=1000)


def _shown(answer: httpx.Response, media: str) -> Any:
    if media == "application/json":
        return answer.json()
    if media.startswith("text/"):
        return answer.text
    return answer.content[:SHOWN].decode("ascii", "replace")


class Teller:
    """Asks for what a line says, in one world."""

    def __init__(
        self, contract: Contract, world: Any, happenings: Happenings, forms: Forms
    ) -> None:
        self._contract = contract
        self._world = world
        self._happenings = happenings
        self._forms = forms
        world.ask("POST", "/deliveries/pause")
        operations = document.operations(contract.document)
        self._described = {described["operationId"]: described for _, _, described in operations}

    def ask(self, line: str) -> httpx.Response:
        """Ask, and return the answer, which has to be a success."""
        who, called, *rest = line.split()
        if who == "outside":
            self._happenings[called](self._world)
            return httpx.Response(200)
        name, _, which = called.partition(":")
        operation = self._contract.operations[name]
        path = operation.path
        for part in (part for part in rest if "=" not in part):
            path = path.replace(path[path.index("{") : path.index("}") + 1], part, 1)
        headers = HEADERS | dict(p[1:].split("=", 1) for p in rest if p.startswith("!"))
        asked: dict[str, Any] = {
            "params": dict(p[1:].replace("+", " ").split("=", 1) for p in rest if p.startswith("?"))
        }
        if name in self._forms:
            asked |= self._forms[name]
        elif operation.method in ("POST", "PUT", "PATCH"):
            given = dict(p.split("=", 1) for p in rest if "=" in p and not p.startswith("?"))
            own = {key: _read(value) for key, value in given.items()}
            asked["json"] = self._example(name, which) | own
        with self._world.client(who) as client:
            answer = client.request(operation.method, path, headers=headers, **asked)
        assert answer.is_success, f"{line}: {answer.status_code} {answer.text}"
        return answer

    def _example(self, name: str, which: str) -> dict[str, Any]:
        """Return the example of an operation's body, without the mark that only one request has."""
        body = self._described[name].get("requestBody", {})
        media = body.get("content", {}).get("application/json", {})
        named = {key: example["value"] for key, example in media.get("examples", {}).items()}
        found: dict[str, Any] = (
            media.get("example") or named.get(which) or next(iter(named.values()), {})
        )
        policy = self._contract.policy.idempotency
        return {key: value for key, value in found.items() if not policy or key != policy.field}


def _read(value: str) -> Any:
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value
