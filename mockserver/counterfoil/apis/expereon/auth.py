"""API keys, minted for each organisation and permission.

They are checked without telling by time how wrong a key or a secret is.
"""

import hmac
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from counterfoil.apis.expereon import wire
from counterfoil.apis.expereon.records import Organization
from counterfoil.apis.expereon.rulebook import Rulebook
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.api import Request
from counterfoil.engine.call import Principal
from counterfoil.engine.ids import digest, secret
from counterfoil.engine.store import Session, Store
from counterfoil.engine.world import World

GREETED = 3
"""How many organisations' keys are printed at the start."""

KEY_LENGTH, SECRET_LENGTH = 24, 40
NOBODY = digest("")
"""What an unknown key's secret is compared with, so that it takes as long as a known one's."""


def authenticate(book: Rulebook, request: Request, store: Store) -> Session:
    """Return what X-API-Key and X-API-Secret open.

    Keys are looked up by digest, so that the time of the look-up says nothing of the key.
    """
    key, given = request.header(b"x-api-key"), request.header(b"x-api-secret")
    if not key or not given:
        missing = [
            name for name, value in (("X-API-Key", key), ("X-API-Secret", given)) if not value
        ]
        raise Refusal("MISSING_CREDENTIALS", missing=" and ".join(missing))
    _require_environment(book, key, request.host)
    session = store.session(book.contract.api, key)
    held = session.secret if session else NOBODY
    if not hmac.compare_digest(held, digest(given)) or session is None:
        raise Refusal("INVALID_CREDENTIALS")
    return session


def _require_environment(book: Rulebook, key: str, host: str) -> None:
    """Refuse a key on a host of another environment; a host that is nobody's is the sandbox."""
    hosts = {h: name for name, env in book.rules.environments.items() for h in env.hosts}
    here = hosts.get(host, "sandbox")
    for name, environment in book.rules.environments.items():
        if key.startswith(environment.prefix) and name != here:
            raise Refusal("ENVIRONMENT_MISMATCH")


def admit(book: Rulebook, world: World, store: Store) -> dict[str, Any]:
    """Mint the keys of a world's organisations, and tell what a client needs to know.

    Keys follow from the world's seed and name: minting them again gives the same ones.
    """
    organizations = {
        organization.alias: admitted(book, world, store, organization)
        for organization in world.every(book.kinds.organization)
    }
    connections = [wire.connection(record) for record in world.every(book.kinds.connection)]
    return {"organizations": organizations, "connections": connections}


def admitted(book: Rulebook, world: World, store: Store, of: Organization) -> dict[str, Any]:
    """Mint the keys of one organisation."""
    keys = {
        macro.lower(): _minted(book, world, store, of, macro) for macro in book.contract.permissions
    }
    return {"id": of.id, **keys["admin"], "keys": keys}


def _minted(
    book: Rulebook, world: World, store: Store, of: Organization, macro: str
) -> dict[str, str]:
    """Return the key of an organisation that may do what a macro of policy.yaml says."""
    purpose = (book.contract.api, world.name, of.id, macro)
    prefix = book.rules.environments["sandbox"].prefix
    key = prefix + secret(world.seed, *purpose, "key", length=KEY_LENGTH)
    whole = secret(world.seed, *purpose, "secret", length=SECRET_LENGTH)
    name = f"key_{of.alias}_{macro.lower()}"
    stands_for = Principal(of.id, name, book.contract.permissions[macro])
    store.grant(world, book.contract.api, key, whole, stands_for)
    return {"apiKey": key, "apiSecret": whole}


def greet(world: Mapping[str, Any]) -> Iterator[str]:
    """Tell the keys of a world's organisations, and a call that works with one of them."""
    organizations = world["organizations"]
    yield "Expereon keys (these may do everything; --ready-file tells the narrower ones too)"
    for alias, organization in islice(organizations.items(), GREETED):
        yield f"  {alias} {organization['id']}"
        yield f"    X-API-Key:    {organization['apiKey']}"
        yield f"    X-API-Secret: {organization['apiSecret']}"
    if len(organizations) > GREETED:
        yield f"  and {len(organizations) - GREETED} more organisations, in the --ready-file"
    first = next(iter(organizations.values()))
    yield ""
    yield "  Try it:"
    yield f'    curl "{world["url"]}/api/v1/invoices?page=0&limit=10" \\'
    yield f'      -H "X-API-Key: {first["apiKey"]}" \\'
    yield f'      -H "X-API-Secret: {first["apiSecret"]}"'
