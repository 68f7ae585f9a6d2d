"""Keys of accounts: in the query of every request, and on a subdomain of an account its own alone."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

from counterfoil.apis.invoicexpress.records import Account
from counterfoil.apis.invoicexpress.rulebook import Rulebook
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.api import Request
from counterfoil.engine.credentials import Credential, keep
from counterfoil.engine.ids import digest, secret
from counterfoil.engine.store import Session, Store
from counterfoil.engine.world import World

PARAMETER = "api_key"
FILES = "/files/"
KEY_LENGTH = 40
HINT = 4
"""How many of a key's last letters are kept in clear."""


def authenticate(book: Rulebook, request: Request, store: Store) -> Session:
    """Return what the key in the query opens; one of another account than the host's opens nothing.

    The address of a file that was made is its own key. Keys are looked up by digest, so that the time of
    the look-up says nothing of the key.
    """
    if request.path.startswith(FILES):
        token = request.path.removeprefix(FILES).partition("/")[0]
        opened = store.session(files_of(book), token)
        if opened is None:
            raise Refusal("INVALID_KEY")
        return opened
    query = request.query.decode("latin-1")
    given = [value for name, value in parse_qsl(query, errors="replace") if name == PARAMETER]
    session = store.session(book.contract.api, given[0]) if given else None
    if session is None:
        raise Refusal("INVALID_KEY")
    named = _account_of(book, request.host)
    if named not in (None, session.credential.name):
        raise Refusal("INVALID_KEY")
    return session


def files_of(book: Rulebook) -> str:
    """Return under which name the keys of files are kept: apart from those of accounts."""
    return f"{book.contract.api} files"


def _account_of(book: Rulebook, host: str) -> str | None:
    """Return the account that a host is of, or None where it is everybody's."""
    for pattern in book.contract.policy.service.hosts:
        if pattern.startswith("*.") and host.endswith(pattern[1:]):
            return host.removesuffix(pattern[1:])
    return None


def admit(book: Rulebook, world: World, store: Store) -> dict[str, Any]:
    """Mint the keys of a world's accounts, and tell what a client needs to know: of the first, and all.

    Keys follow from the world's seed and name: minting them again gives the same ones.
    """
    accounts = {}
    for account in world.every(book.kinds.account):
        key = key_of(book, world, account.id)
        keep(world, credential_of(book, world, account), unless_known=True)
        accounts[account.alias] = {"id": account.id, "accountName": account.name, "apiKey": key}
    first = next(iter(accounts.values()), {"accountName": None, "apiKey": None})
    return {"accountName": first["accountName"], "apiKey": first["apiKey"], "accounts": accounts}


def key_of(book: Rulebook, world: World, account: str) -> str:
    """Return an account's key."""
    purpose = (book.contract.api, world.name, account, "key")
    return secret(world.seed, *purpose, length=KEY_LENGTH)


def credential_of(book: Rulebook, world: World, account: Account) -> Credential:
    """Return what the store keeps of an account's key."""
    key = key_of(book, world, account.id)
    return Credential(
        api=book.contract.api,
        digest=digest(key),
        secret="",  # the key is all there is
        owner=account.id,
        id=f"key_{account.id}",
        name=account.name,
        hint=key[-HINT:],
        permissions=(),
        created_at=world.now,
        updated_at=world.now,
    )


def greet(world: Mapping[str, Any]) -> Iterator[str]:
    """Tell the keys of a world's accounts, and a call that works with the first."""
    yield "InvoiceXpress keys"
    for alias, account in world["accounts"].items():
        yield f"  {alias} (account {account['accountName']})"
        yield f"    api_key: {account['apiKey']}"
    yield ""
    yield "  Try it:"
    yield f'    curl "{world["url"]}/clients.json?{PARAMETER}={world["apiKey"]}"'
