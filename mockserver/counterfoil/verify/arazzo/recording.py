"""`counterfoil record`: the journal of a world as a story that can be played again.

What was clicked or curled becomes steps, and so does what was let happen from outside; what earlier answers
or the world had told becomes expressions; time that passed becomes an advance of the clock. Faults are not in
the story: what they prevented is left out, what they only hid is expected.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote

import yaml

from counterfoil.client.control import Control, ControlError
from counterfoil.contract.document import parameters
from counterfoil.contract.load import load
from counterfoil.contract.model import Contract
from counterfoil.operating import OperatingError
from counterfoil.verify.arazzo import inputs
from counterfoil.verify.arazzo.origins import Origins
from counterfoil.verify.arazzo.reading import WORLD

Json = dict[str, Any]

CLOCK = "sandbox"
SHORTEST_GAP = timedelta(minutes=1)
"""Where a clock runs, people who think make gaps; shorter ones mean nothing."""

MOST = 10_000
TOLD = ("status", "code")
"""The members of an answer that a recorded step expects again."""


def record(url: str, token: str | None, world: str) -> str:
    """Return the story of a world on a sandbox; OperatingError where there is none to tell."""
    control = Control(url, token)
    try:
        described = control.ask("GET", f"/worlds/{world}")
        journal = control.ask("GET", f"/worlds/{world}/journal?limit={MOST}")
        inboxes = control.ask("GET", f"/worlds/{world}/inboxes")
    except ControlError as error:
        raise OperatingError(
            f"{error}; name a world with --world, and its sandbox with --sandbox"
        ) from None
    finally:
        control.close()
    entries = [entry for entry in journal["items"] if entry["operation"] is not None]
    if not entries:
        raise OperatingError(
            f"nothing was asked in the world {world!r} yet; ask something, then record"
        )
    names = [inbox["name"] for inbox in inboxes["items"]]
    happened = sorted([*entries, *journal["acts"]], key=_place)
    return _written(_Recorder(described).document(happened, names), described["id"])


def _place(happened: Json) -> tuple[int, bool]:
    """Return where in the journal an entry stands, or an act: after the entry that was the last."""
    trace = happened.get("traceId") or happened["after"]
    return int(trace.rpartition("_")[2]), "after" in happened


def _written(document: Json, world: str) -> str:
    head = (
        f"# Recorded from the world {world}: see that names and expectations say what you mean.\n"
    )
    text: str = yaml.dump(document, sort_keys=False, allow_unicode=True, width=100)
    return head + text


class _Recorder:
    """Makes the document of one world."""

    def __init__(self, described: Json) -> None:
        self._described = described
        self._offered = inputs.of_world(described)
        texts = [(n, v) for n, v in self._offered.items() if isinstance(v, str)]
        by_value = {value: name for name, value in reversed(texts)}
        # Dates, and what is too short to be meant, are no proof of where a literal came from.
        kept = {v: n for v, n in by_value.items() if n not in ("today", "dueDate", "run")}
        self._origins = Origins(kept)
        self._ids: Counter[str] = Counter()
        self._sources: dict[str, str] = {}

    def document(self, entries: Sequence[Json], inboxes: Sequence[str]) -> Json:
        """Return the document of entries and acts, oldest first."""
        steps = [self._opened(name) for name in inboxes]
        steps += [step for entry, before in _paired(entries) for step in self._steps(entry, before)]
        steps += self._waited(entries[-1]["at"], self._described["clock"]["now"])
        for step in steps:
            outputs = self._origins.outputs.get(step["stepId"], {})
            if outputs:
                step["outputs"] = {n: f"$response.body#{place}" for n, place in outputs.items()}
        started = entries[0]["at"]
        return {
            "arazzo": "1.0.1",
            "info": {"title": f"What happened in {self._described['id']}", "version": "1"},
            WORLD: {
                "fixture": self._described["fixture"],
                "seed": self._described["seed"],
                "now": started,
            },
            "sourceDescriptions": [
                {"name": name, "url": url, "type": "openapi"} for name, url in self._sources.items()
            ],
            "workflows": [
                {"workflowId": "recorded", "inputs": self._inputs(), "steps": steps},
            ],
        }

    def _inputs(self) -> Json:
        used = sorted(self._origins.used)
        schema = {name: {"type": "string"} for name in used}
        for name in used:
            if inputs.is_secret(name, {}):
                schema[name]["format"] = "password"
        return {"type": "object", "required": used, "properties": schema}

    def _steps(self, entry: Json, before: Json | None) -> Iterator[Json]:
        if before is not None:
            yield from self._waited(before["at"], entry["at"])
        if "after" in entry:
            yield self._act(entry)
            return
        if _was_prevented(entry):
            return
        step = self._step(entry)
        self._origins.answered(step["stepId"], _json(entry["response"]))
        yield step

    def _waited(self, since: str, until: str) -> list[Json]:
        """Return the advance of the clock between two instants, if there is one to tell."""
        gap = datetime.fromisoformat(until) - datetime.fromisoformat(since)
        frozen = self._described["clock"]["mode"] == "frozen"
        if gap <= timedelta(0) or (not frozen and gap < SHORTEST_GAP):
            return []
        by = {"by": f"PT{int(gap.total_seconds())}S"}
        return [self._control("advanceClock", {}, by)]

    def _act(self, act: Json) -> Json:
        """Return the step that lets happen what a tester let happen."""
        source = f"{act['api']}Outside"
        self._sources.setdefault(source, f"specs/{act['api']}/outside.yaml")
        path = {name: value for name, value in act["arguments"].items() if name != "worldId"}
        told, body = self._origins.explained(path), self._origins.explained(act["request"])
        return self._control(act["operation"], told, body, source)

    def _opened(self, name: str) -> Json:
        return self._control("putInbox", {"inbox": name}, {})

    def _control(
        self, operation: str, path: Mapping[str, str], payload: Json | None, source: str = CLOCK
    ) -> Json:
        """Return a step that asks the control plane for something of the world."""
        self._origins.used.add("worldId")
        values = {"worldId": "$inputs.worldId", **path}
        step: Json = {
            "stepId": self._step_id(operation),
            "operationId": self._qualified(source, operation),
            "parameters": [{"name": n, "in": "path", "value": v} for n, v in values.items()],
        }
        if payload is not None:
            step["requestBody"] = {"contentType": "application/json", "payload": payload}
        return step | {"successCriteria": [{"condition": "$statusCode < 300"}]}

    def _step(self, entry: Json) -> Json:
        contract = _contract(entry["api"])
        operation = contract.operations[entry["operation"]]
        step: Json = {
            "stepId": self._step_id(operation.function),
            "operationId": self._qualified(entry["api"], operation.function),
        }
        written = [*self._credentials(entry), *self._parameters(contract, entry)]
        if written:
            step["parameters"] = written
        body = self._body(entry)
        if body is not None:
            step["requestBody"] = body
        step["successCriteria"] = [{"condition": told} for told in _expected(entry)]
        return step

    def _step_id(self, operation: str) -> str:
        self._ids[operation] += 1
        number = self._ids[operation]
        return operation if number == 1 else f"{operation}{number}"

    def _qualified(self, api: str, operation: str) -> str:
        self._sources.setdefault(api, f"specs/{api}/openapi.yaml")
        return f"$sourceDescriptions.{api}.{operation}"

    def _credentials(self, entry: Json) -> Iterator[Json]:
        """Yield the credentials a request brought; the journal keeps no secret, but says whose it was."""
        sent = {("header", name): value for name, value in entry["requestHeaders"].items()}
        sent |= {("query", name): value for name, value in _query(entry)}
        owner = ""
        for place, name in _credential_places(_contract(entry["api"])):
            value = sent.get((place, name.lower() if place == "header" else name))
            if value is None:
                continue
            known = self._origins.inputs.get(value, "")
            owner = owner or known.removesuffix("Key")
            found = known or self._input_of(entry["api"], owner)
            if found:
                self._origins.used.add(found)
            scheme = "Bearer " if name == "Authorization" else ""
            shown = f"{scheme}{{$inputs.{found}}}" if scheme else f"$inputs.{found}"
            yield {"name": name, "in": place, "value": shown if found else value}

    def _input_of(self, api: str, owner: str) -> str:
        """Return the input that holds what the journal hides: a secret of a key's owner, or the API's key."""
        candidates = (f"{owner}Secret" if owner else "", f"{api}ApiKey")
        return next((name for name in candidates if name in self._offered), "")

    def _parameters(self, contract: Contract, entry: Json) -> Iterator[Json]:
        operation = contract.operations[entry["operation"]]
        original = contract.operations[operation.function]
        values = _path_values(operation.path, entry["path"])
        for parameter in parameters(contract.document, original.path, original.method.lower()):
            name = parameter["name"]
            if parameter["in"] == "path":
                # An alias may leave out whose treasury it is: the caller's own.
                value = values.get(name, entry["owner"])
                yield {"name": name, "in": "path", "value": self._origins.explained(value)}
        query: dict[str, list[str]] = {}
        for name, value in _query(entry):
            if ("query", name) not in _credential_places(contract):
                query.setdefault(name, []).append(value)
        for name, given in query.items():
            value = self._origins.explained(given if len(given) > 1 else given[0])
            yield {"name": name, "in": "query", "value": value}

    def _body(self, entry: Json) -> Json | None:
        if not entry["request"]:
            return None
        media = entry["requestHeaders"].get("content-type", "application/json")
        payload = _json(entry["request"])
        if payload is None:
            payload = entry["request"]
        return {"contentType": media, "payload": self._origins.explained(payload)}


def _paired(entries: Sequence[Json]) -> Iterable[tuple[Json, Json | None]]:
    """Return each entry with the one before it."""
    return zip(entries, [None, *entries[:-1]], strict=True)


def _was_prevented(entry: Json) -> bool:
    """Tell whether a fault kept a request from being done: the story is without the fault."""
    done = entry["transitions"] or entry["events"] or 200 <= entry["status"] < 300
    return bool(entry["fault"]) and not done


def _expected(entry: Json) -> Iterator[str]:
    """Yield the conditions of a recorded answer; of one that was lost, that there is one at all."""
    if not entry["status"]:
        yield "$statusCode < 300"
        return
    yield f"$statusCode == {entry['status']}"
    body = _json(entry["response"])
    if isinstance(body, dict):
        for name in TOLD:
            if isinstance(body.get(name), str):
                literal = body[name].replace("'", "''")
                yield f"$response.body#/{name} == '{literal}'"


def _query(entry: Json) -> list[tuple[str, str]]:
    return parse_qsl(entry["query"], keep_blank_values=True)


def _credential_places(contract: Contract) -> list[tuple[str, str]]:
    """Return where an API takes credentials: places and names."""
    schemes = contract.document["components"].get("securitySchemes", {}).values()
    return [
        ("header", "Authorization") if scheme["type"] == "http" else (scheme["in"], scheme["name"])
        for scheme in schemes
    ]


def _path_values(template: str, path: str) -> dict[str, str]:
    """Return what stands in a path for each parameter of its template."""
    pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template))
    match = re.search(f"{pattern}$", path)
    return {name: unquote(value) for name, value in match.groupdict().items()} if match else {}


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


@cache
def _contract(api: str) -> Contract:
    return load(api)
