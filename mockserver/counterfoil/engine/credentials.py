"""Credentials: the keys that open a world, whom they stand for, and until when.

Of a key and its secret only digests are kept.
"""

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from counterfoil.engine.values import Value

if TYPE_CHECKING:
    from counterfoil.engine.world import World

KEEP = (
    "INSERT INTO credentials (world, api, digest, owner, id, body) VALUES (?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (api, digest, world) DO "
)


class Credential(Value, frozen=True, kw_only=True, omit_defaults=True):
    """A key of an owner's; `digest` is that of the key, `secret` that of what has to come with it.

    `hint` is the part of the key that may be shown, `seq` its place among those the owner made; keys
    that came with the world have none. After a rotation the `previous` secret is good for a while.
    """

    api: str
    digest: str
    secret: str
    owner: str
    id: str
    name: str
    hint: str
    permissions: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    seq: int = 0
    version: int = 1
    expires_at: datetime | None = None
    previous: str | None = None
    previous_until: datetime | None = None
    revoked_at: datetime | None = None

    def is_expired(self, now: datetime) -> bool:
        """Tell whether the key's time is over."""
        return self.expires_at is not None and now >= self.expires_at

    def previous_at(self, now: datetime) -> str | None:
        """Return the digest of the previous secret while it is still good."""
        return self.previous if self.previous_until and now < self.previous_until else None


decode = msgspec.json.Decoder(Credential).decode
"""Returns the credential that a row of the credentials table holds."""


def keep(world: "World", credential: Credential, *, unless_known: bool = False) -> None:
    """Store a credential of a world, in place of what was known of its key unless told otherwise."""
    known = "NOTHING" if unless_known else "UPDATE SET body = excluded.body"
    world.database.run(
        KEEP + known,
        (
            world.key,
            credential.api,
            credential.digest,
            credential.owner,
            credential.id,
            msgspec.json.encode(credential).decode(),
        ),
    )
    world.rekeyed |= not unless_known


def of_owner(world: "World", api: str, owner: str) -> list[Credential]:
    """Return an owner's credentials, those that came with the world first."""
    rows = world.database.all(
        "SELECT body FROM credentials WHERE world = ? AND api = ? AND owner = ?",
        (world.key, api, owner),
    )
    return sorted((decode(row[0]) for row in rows), key=lambda held: (held.seq, held.id))
