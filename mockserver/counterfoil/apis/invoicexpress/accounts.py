"""Accounts: a partner makes and changes them; each says how it reports to the tax authority."""

import hmac
import re
from collections.abc import Mapping
from typing import Any

from counterfoil.apis.invoicexpress import auth, wire
from counterfoil.apis.invoicexpress.fiscal import has_its_digits, plain
from counterfoil.apis.invoicexpress.records import Account, AtState, Tax
from counterfoil.apis.invoicexpress.rulebook import Rulebook
from counterfoil.apis.invoicexpress.sequences import PORTUGAL
from counterfoil.apis.invoicexpress.step import account_of, decimal_of, put
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.call import Call
from counterfoil.engine.ids import digest
from counterfoil.engine.outcome import Change, Outcome, Put
from counterfoil.engine.records import revised
from counterfoil.engine.world import World

CREATED = 201
ACCEPTED = "1"
HOST = "https://{name}.app.invoicexpress.com"
PERSONAL = ("first_name", "last_name", "phone")
CHANGED = (
    "organization_name", "email", *PERSONAL, "address", "city", "postal_code", "website", "fax",
)  # fmt: skip


def create_account(book: Rulebook, call: Call, world: World) -> Outcome:
    """Make an account and its user."""
    partner, body = _partner(book, call, world), call.body["account"]
    _require_terms(body)
    if _of_user(book, world, body["email"]):
        raise Refusal("OWNER_INVALID")
    return _created(book, world, partner, body, CREATED)


def create_account_existing(book: Rulebook, call: Call, world: World) -> Outcome:
    """Make another account of a user who has one."""
    partner, body = _partner(book, call, world), call.body["account"]
    _require_terms(body)
    given = hashed(body["email"], body["password"])
    known = _of_user(book, world, body["email"])
    if not any(hmac.compare_digest(account.password, given) for account in known):
        raise Refusal("WRONG_PASSWORD")
    return _created(book, world, partner, body, 200)


def get_account(book: Rulebook, call: Call, world: World) -> Outcome:
    """Read an account of the partner's."""
    return Outcome({"account": wire.account(_found(book, call, world))})


def update_account(book: Rulebook, call: Call, world: World) -> Outcome:
    """Change what is sent of an account of the partner's, credentials for the tax authority included."""
    before, body = _found(book, call, world), call.body["account"]
    _require_terms(body)
    if (body.get("fiscal_id") or before.fiscal_id) != before.fiscal_id:
        raise Refusal("FISCAL_ID_FIXED", field="fiscal_id")
    changes = {name: body[name] for name in CHANGED if name in body}
    changes["password"] = hashed(body["email"], body["password"])
    if "credentials" in body:
        changes |= {"at": _trusted(book, before), "at_subuser": body["credentials"]["username"]}
    after = revised(before, world.now, **changes)
    _require_postal_code(book, after)
    return Outcome(wire.BLANK, put(book.kinds.account, after, before), after.id)


def at_communication(book: Rulebook, call: Call, world: World) -> Outcome:
    """Keep how the account that calls communicates its documents."""
    before, body = account_of(book, call, world), call.body["at_communication"]
    changes = {"at_subuser": body["at_subuser"], "communication": body["communication_type"]}
    after = revised(before, world.now, at=_trusted(book, before), **changes)
    return Outcome({"success": "true"}, put(book.kinds.account, after, before), after.id)


def opened(book: Rulebook, world: World, account: Account) -> Change:
    """Return the change that opens an account: with the taxes that every account begins with."""
    kind = book.kinds.tax
    taxes = [
        Tax(
            **book.birth(world, kind),
            account=account.id,
            name=row.name,
            value=decimal_of(row.value),
            code=row.code,
            default=row.default,
        )
        for row in book.rules.factory_taxes
    ]
    return Change(puts=(Put(book.kinds.account, account), *(Put(kind, tax) for tax in taxes)))


def hashed(email: str, password: str) -> str:
    """Return what is kept of a user's password: enough to know it again in a sandbox."""
    return digest(f"{email.casefold()}\0{password}")


def _created(
    book: Rulebook, world: World, partner: Account, body: Mapping[str, Any], status: int
) -> Outcome:
    born = book.birth(world, book.kinds.account)
    name = _subdomain(book, world, body["organization_name"])
    known = {member: body[member] for member in PERSONAL if member in body}
    account = Account(
        **born,
        **known,
        alias=name,
        name=name,
        organization_name=body["organization_name"],
        email=body["email"],
        password=hashed(body["email"], body["password"]),
        fiscal_id=body.get("fiscal_id") or None,
        tax_country=body.get("tax_country") or partner.tax_country,
        language=body.get("language") or partner.language,
        trial=True,
        parent=partner.id,
        per_page=book.rules.per_page,
    )
    _require_fiscal_id(book, world, account)
    credential = auth.credential_of(book, world, account)
    change = opened(book, world, account) + Change(credentials=(credential,))
    shown = {
        "id": account.id,
        "name": account.organization_name,
        "url": HOST.format(name=name),
        "api_key": auth.key_of(book, world, account.id),
        "state": account.state,
    }
    return Outcome({"account": shown}, change, account.id, status)


def _trusted(book: Rulebook, account: Account) -> AtState:
    """Return what the tax authority makes of new credentials: they mend what was wrong with the old."""
    return "valid" if book.rules.authority[account.at].mended else account.at


def _subdomain(book: Rulebook, world: World, organization: str) -> str:
    """Return a name for an account that no other one of the world has."""
    plain = re.sub(r"[^a-z0-9]+", "", organization.casefold()) or "account"
    taken = {account.name for account in world.every(book.kinds.account)}
    name, number = plain, 1
    while name in taken:
        number += 1
        name = f"{plain}{number}"
    return name


def _partner(book: Rulebook, call: Call, world: World) -> Account:
    account = account_of(book, call, world)
    if not account.partner:
        raise Refusal("NOT_FOUND")
    return account


def _of_user(book: Rulebook, world: World, email: str) -> list[Account]:
    """Return the accounts of a user, each of which may have a password of its own."""
    accounts = world.every(book.kinds.account)
    return [account for account in accounts if account.email.casefold() == email.casefold()]


def _require_fiscal_id(book: Rulebook, world: World, account: Account) -> None:
    """Refuse a Portuguese account's number that is none, or another account's.

    Its last digit is not checked: the documents' own sample would not be taken.
    """
    given = account.fiscal_id
    if given is None:
        return
    if account.country == PORTUGAL and not has_its_digits(given):
        raise Refusal("FISCAL_INVALID", field="fiscal_id")
    if plain(given) in [plain(one.fiscal_id or "") for one in world.every(book.kinds.account)]:
        raise Refusal("VAT_NUMBER_TAKEN", field="fiscal_id")


def _require_postal_code(book: Rulebook, account: Account) -> None:
    form = book.rules.postal_codes.get(account.country)
    if account.postal_code and form and not re.fullmatch(form, account.postal_code):
        raise Refusal("POSTAL_CODE_FORMAT", field="postal_code")


def _require_terms(body: Mapping[str, Any]) -> None:
    if body["terms"] != ACCEPTED:
        raise Refusal("TERMS_NOT_ACCEPTED")


def _found(book: Rulebook, call: Call, world: World) -> Account:
    """Return the account of the path, if it is the partner's or one that it made."""
    partner = _partner(book, call, world)
    account = world.get(book.kinds.account, str(call.arguments["account-id"]))
    if account is None or partner.id not in (account.id, account.parent):
        raise Refusal("NOT_FOUND")
    return account
