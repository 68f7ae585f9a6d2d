"""Clients: whom the account bills."""

from typing import Any

from counterfoil.apis.experi import wire
from counterfoil.apis.experi.records import Client
from counterfoil.apis.experi.rulebook import Rulebook, found
from counterfoil.engine.call import Call
from counterfoil.engine.outcome import Change, Outcome, Put
from counterfoil.engine.pagination import Query, containing, page
from counterfoil.engine.records import SEQ, revised
from counterfoil.engine.world import World

CREATED = 201

MEMBERS = {
    "name": "name",
    "company": "company",
    "email": "email",
    "phone": "phone",
    "addressLine1": "address_line1",
    "addressLine2": "address_line2",
    "city": "city",
    "county": "county",
    "postcode": "postcode",
    "country": "country",
    "notes": "notes",
}
"""The members of a request, and what the record calls them."""


def list_clients(book: Rulebook, call: Call, world: World) -> Outcome:
    """List the account's clients."""
    asked = call.arguments
    query = Query(
        page=asked["page"] - 1,
        limit=asked["limit"],
        sort=SEQ if asked["sortBy"] == "createdAt" else asked["sortBy"],
        descending=asked["sortOrder"] == "desc",
        conditions=(containing("text", asked["search"].casefold()),) if "search" in asked else (),
    )
    return Outcome(
        wire.page(query, page(world, book.kinds.client, call.principal.owner, query), wire.client)
    )


def create_client(book: Rulebook, call: Call, world: World) -> Outcome:
    """Create a client."""
    kind = book.kinds.client
    client = Client(**world.birth(kind), account=call.principal.owner, **_given(call.body))
    change = Change(puts=(Put(kind, client),))
    return Outcome(wire.whole(wire.client(client)), change, client.id, CREATED)


def get_client(book: Rulebook, call: Call, world: World) -> Outcome:
    """Read a client."""
    return Outcome(wire.whole(wire.client(_found(book, call, world))))


def update_client(book: Rulebook, call: Call, world: World) -> Outcome:
    """Change a client; what is left out stays as it is."""
    before = _found(book, call, world)
    after = revised(before, world.now, **_given(call.body))
    change = Change(puts=(Put(book.kinds.client, after, before),))
    return Outcome(wire.whole(wire.client(after)), change, after.id)


def _found(book: Rulebook, call: Call, world: World) -> Client:
    owner, id = call.principal.owner, call.arguments["clientId"]
    return found(world, book.kinds.client, owner, id, "CLIENT_NOT_FOUND")


def _given(body: wire.Json) -> dict[str, Any]:
    return {MEMBERS[name]: value for name, value in body.items()}
