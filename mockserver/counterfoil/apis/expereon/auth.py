"""API keys, minted for each organisation and permission.

They are checked without telling by time how wrong a key or a secret is.
"""

import hmac
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from counterfoil.apis.expereon import wire
from counterfoil.apis.expereon.records import Organization
from counterfoil.apis.expereon.rulebook import Rulebook
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.api import Request
from counterfoil.engine.credentials import Credential, keep
from counterfoil.engine.ids import digest, secret
from counterfoil.engine.store import Session, Store
from counterfoil.engine.world import World

GREETED = 3
"""How many organisations' keys are printed at the start."""

KEY_LENGTH, SECRET_LENGTH = 24, 40
HINT = 4
"""How many of a key's last letters are shown once it was told."""

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
    now = session.world.clock.now(store.wall) if session else None
    if not _fits(session, now, digest(given)) or session is None or now is None:
        raise Refusal("INVALID_CREDENTIALS")
    if session.credential.revoked_at:
        raise Refusal("API_KEY_REVOKED")
    if session.credential.is_expired(now):
        raise Refusal("API_KEY_EXPIRED")
    return session


def _fits(session: Session | None, now: datetime | None, given: str) -> bool:
    """Tell whether a secret is the key's, or the previous one while it is good; both are tried."""
    current = previous = NOBODY
    if session and now:
        current = session.credential.secret
        previous = session.credential.previous_at(now) or NOBODY
    fits = hmac.compare_digest(current, given)
    return hmac.compare_digest(previous, given) or fits


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
        organization.alias: admitted(book, world, organization)
        for organization in world.every(book.kinds.organization)
    }
    connections = [wire.connection(record) for record in world.every(book.kinds.connection)]
    return {"organizations": organizations, "connections": connections}


def admitted(book: Rulebook, world: World, of: Organization) -> dict[str, Any]:
    """Mint the keys of one organisation."""
    keys = {macro.lower(): _minted(book, world, of, macro) for macro in book.contract.permissions}
    return {"id": of.id, **keys["admin"], "keys": keys}


def _minted(book: Rulebook, world: World, of: Organization, macro: str) -> dict[str, str]:
    """Return the key of an organisation that may do what a macro of policy.yaml says."""
    pair = new_pair(book, world, of.id, macro)
    credential = credential_of(
        book,
        world,
        pair,
        owner=of.id,
        id=f"key_{of.alias}_{macro.lower()}",
        name=f"{of.alias} {macro.lower()}",
        permissions=tuple(sorted(book.contract.permissions[macro])),
    )
    keep(world, credential, unless_known=True)
    return {"apiKey": pair.key, "apiSecret": pair.secret}


class Pair(NamedTuple):
    """A key and its secret, in clear: they are told once."""

    key: str
    secret: str


def new_pair(book: Rulebook, world: World, *purpose: str) -> Pair:
    """Return a key and a secret that follow from the world and a purpose."""
    prefix = book.rules.environments["sandbox"].prefix
    whole = (book.contract.api, world.name, *purpose)
    key = secret(world.seed, *whole, "key", length=KEY_LENGTH)
    return Pair(prefix + key, secret(world.seed, *whole, "secret", length=SECRET_LENGTH))


def credential_of(book: Rulebook, world: World, pair: Pair, **members: Any) -> Credential:
    """Return the credential of a new key, with digests where it has clear text."""
    return Credential(
        api=book.contract.api,
        digest=digest(pair.key),
        secret=digest(pair.secret),
        hint=pair.key[-HINT:],
        created_at=world.now,
        updated_at=world.now,
        **members,
    )


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
