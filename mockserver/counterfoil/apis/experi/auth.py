"""Bearer keys with scopes, and whether the account may use the Developer API at all."""

from collections.abc import Iterator, Mapping
from typing import Any

from counterfoil.apis.experi.records import Account
from counterfoil.apis.experi.rulebook import Rulebook
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.api import Request
from counterfoil.engine.call import Principal
from counterfoil.engine.credentials import Credential, keep
from counterfoil.engine.ids import digest, secret
from counterfoil.engine.store import Session, Store
from counterfoil.engine.world import World

KEY_LENGTH = 32
HINT = 4
"""How many of a key's last letters may be shown."""

WHOLE = "FULL"
"""The macro of policy.yaml that the key at the top of a world's description holds."""


def authenticate(book: Rulebook, request: Request, store: Store) -> Session:
    """Return what the key of `Authorization: Bearer …` opens.

    Keys are looked up by digest, so that the time of the look-up says nothing of the key.
    """
    scheme, _, key = (request.header(b"authorization") or "").partition(" ")
    bearer = scheme.lower() == "bearer" and key
    session = store.session(book.contract.api, _minted(book, key)) if bearer else None
    if session is None or session.credential.revoked_at:
        raise Refusal("UNAUTHORIZED", headers={"www-authenticate": "Bearer"})
    return session


def require_api(book: Rulebook, world: World, principal: Principal) -> None:
    """Refuse an account that has no Developer API."""
    if not book.may_call(book.account(world, principal.owner)):
        raise Refusal("API_NOT_ENABLED")


def _minted(book: Rulebook, key: str) -> str:
    """Return a key as it was minted, whichever of the known prefixes it is given with."""
    first = book.rules.key_prefixes[0]
    for prefix in book.rules.key_prefixes:
        if key.startswith(prefix):
            return first + key.removeprefix(prefix)
    return key


def admit(book: Rulebook, world: World, store: Store) -> dict[str, Any]:
    """Mint the keys of a world's account, and tell what a client needs to know.

    Keys follow from the world's seed and name: minting them again gives the same ones. A world without
    an account has none.
    """
    for account in world.every(book.kinds.account):
        keys = {name: _key(book, world, account, name) for name in book.contract.permissions}
        whole = keys.pop(WHOLE)
        narrower = {name.lower(): key for name, key in keys.items()}
        return {"accountId": account.id, "apiKey": whole, "keys": narrower}
    return {}


def _key(book: Rulebook, world: World, account: Account, macro: str) -> str:
    """Return the key of an account that has the scopes of a macro of policy.yaml."""
    api = book.contract.api
    letters = secret(world.seed, api, world.name, account.id, macro, length=KEY_LENGTH)
    key = book.rules.key_prefixes[0] + letters
    credential = Credential(
        api=api,
        digest=digest(key),
        secret="",
        owner=account.id,
        id=f"key_{macro.lower()}",
        name=macro.lower(),
        hint=key[-HINT:],
        permissions=tuple(sorted(book.contract.permissions[macro])),
        created_at=world.now,
        updated_at=world.now,
    )
    keep(world, credential, unless_known=True)
    return key


def greet(world: Mapping[str, Any]) -> Iterator[str]:
    """Tell the key of a world's account, and a call that works with it."""
    if "apiKey" not in world:
        return
    yield "Experi key (it may read and write; --ready-file tells the narrower ones too)"
    yield f"  Authorization: Bearer {world['apiKey']}"
    yield ""
    yield "  Try it:"
    yield f"    curl {world['url']}/api/v1/invoices/outstanding \\"
    yield f'      -H "Authorization: Bearer {world["apiKey"]}"'
