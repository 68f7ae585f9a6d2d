"""Clients: who documents are made for."""

from collections.abc import Mapping
from typing import Any

import msgspec

from counterfoil.apis.invoicexpress import wire
from counterfoil.apis.invoicexpress.fiscal import is_fiscal_id
from counterfoil.apis.invoicexpress.records import Client, Contact
from counterfoil.apis.invoicexpress.rulebook import Rulebook
from counterfoil.apis.invoicexpress.step import found, named, put, query_of, text_of
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.call import Call
from counterfoil.engine.ids import digest
from counterfoil.engine.outcome import Outcome
from counterfoil.engine.pagination import page
from counterfoil.engine.records import revised
from counterfoil.engine.world import World

CREATED = 201
PORTUGAL = "Portugal"
TOKEN = 40
"""How many characters a link ends in."""

PLAIN = ("name", "address", "city", "postal_code", "website", "phone", "fax", "observations")
CHOSEN = ("language", "email", "country")
"""What an empty text says nothing of, as it says nothing of a code."""


def list_clients(book: Rulebook, call: Call, world: World) -> Outcome:
    """List a page of clients, by name."""
    query = query_of(book, call, world, sort="order", descending=False)
    clients = page(world, book.kinds.client, call.principal.owner, query)
    spelling = book.fidelity(world).client_numbers
    shown = [wire.client(client, spelling) for client in clients.records]
    return Outcome({"clients": shown, "pagination": wire.pagination(query, clients.total)})


def create_client(book: Rulebook, call: Call, world: World) -> Outcome:
    """Make a client."""
    client = new_client(book, world, call.principal.owner, call.body["client"])
    shown = wire.client(client, book.fidelity(world).client_numbers)
    return Outcome({"client": shown}, put(book.kinds.client, client), client.id, CREATED)


def new_client(book: Rulebook, world: World, owner: str, body: Mapping[str, Any]) -> Client:
    """Return a client as a body describes it, which nobody stored yet; Refusal where it is not valid."""
    members = members_of(body)
    _require_free(book, world, owner, members)
    require_fiscal_id(members.get("country"), members.get("fiscal_id"))
    return Client(**book.birth(world, book.kinds.client), account=owner, **members)


def get_client(book: Rulebook, call: Call, world: World) -> Outcome:
    """Read a client."""
    return _read(book, world, client_in_path(book, call, world))


def update_client(book: Rulebook, call: Call, world: World) -> Outcome:
    """Change what is sent."""
    before = client_in_path(book, call, world)
    members = members_of(call.body["client"])
    changed = {name: value for name, value in members.items() if value != getattr(before, name)}
    _require_free(book, world, before.account, changed)
    after = revised(before, world.now, **changed)
    require_fiscal_id(after.country, after.fiscal_id)
    return Outcome(wire.BLANK, put(book.kinds.client, after, before), after.id)


def find_client_by_name(book: Rulebook, call: Call, world: World) -> Outcome:
    """Find the client of a name."""
    return _find(book, call, world, name=call.arguments["client_name"])


def find_client_by_code(book: Rulebook, call: Call, world: World) -> Outcome:
    """Find the client of a code."""
    return _find(book, call, world, code=call.arguments["client_code"])


def client_in_path(book: Rulebook, call: Call, world: World) -> Client:
    """Return the client that a path names; Refusal where the account has none of that id."""
    return found(world, book.kinds.client, call, call.arguments["client_id"])


def require_fiscal_id(country: str | None, fiscal_id: str | None) -> None:
    """Refuse a number that is no Portuguese taxpayer's for a client in Portugal."""
    if country == PORTUGAL and fiscal_id and not is_fiscal_id(fiscal_id):
        raise Refusal("FISCAL_INVALID", field="fiscal_id")


def members_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of a client that a body says."""
    members = {name: body[name] for name in PLAIN if name in body}
    members |= {name: body[name] or None for name in CHOSEN if name in body}
    members |= {name: text_of(body[name]) for name in ("code", "fiscal_id") if name in body}
    if "preferred_contact" in body:
        contact = body["preferred_contact"]
        members["preferred_contact"] = _contact(contact) if contact else None
    if "send_options" in body:
        given = text_of(body["send_options"])
        members["send_options"] = None if given is None else int(given)
    if text_of(body.get("payment_days")) is not None:
        members["payment_days"] = int(body["payment_days"])
    if body.get("tax_exemption_code") is not None:
        members["tax_exemption_code"] = body["tax_exemption_code"]
    return members


def _contact(given: Mapping[str, Any]) -> Contact:
    return msgspec.convert({**given, "email": given.get("email") or None}, Contact)


def _find(book: Rulebook, call: Call, world: World, **keys: str) -> Outcome:
    client = (
        named(world, book.kinds.client, call.principal.owner, **keys)
        if any(keys.values())
        else None
    )
    if client is None:
        raise Refusal("NOT_FOUND")
    return _read(book, world, client)


def _read(book: Rulebook, world: World, client: Client) -> Outcome:
    """Return a client with a link that is another one at each read."""
    number = world.counters.next("ix_link")
    token = digest(f"{world.seed} {client.id} {number}")[:TOKEN]
    shown = wire.whole_client(client, book.fidelity(world).client_numbers, token)
    return Outcome({"client": shown})


def _require_free(book: Rulebook, world: World, owner: str, members: Mapping[str, Any]) -> None:
    kind = book.kinds.client
    name, code = members.get("name"), members.get("code")
    if name and named(world, kind, owner, name=name):
        raise Refusal("CLIENT_NAME_TAKEN", field="name")
    if code and named(world, kind, owner, code=code):
        raise Refusal("CLIENT_CODE_TAKEN", field="code")
