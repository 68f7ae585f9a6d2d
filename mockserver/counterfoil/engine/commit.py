"""Writing a change into a world. Nothing here refuses: whatever may go wrong was decided before."""

from collections.abc import Mapping
from typing import Any

import msgspec

from counterfoil.domain.ledger import Account, Posting
from counterfoil.engine import credentials
from counterfoil.engine.clock import stamp
from counterfoil.engine.outcome import Change, Event, FilePut, Job, Put, Transition
from counterfoil.engine.records import Kind, Listing, Record, Worth
from counterfoil.engine.webhooks import carry_out, deliver
from counterfoil.engine.world import World

_encoder = msgspec.json.Encoder()
Listings = Mapping[str, Listing]


def commit(world: World, change: Change, api: str) -> None:
    """Store a change that an operation of an API decided on."""
    for put in change.puts:
        _store(world, put)
    for posting in change.postings:
        _post(world, posting)
    for transition in change.transitions:
        _record(world, transition)
    for event in change.events:
        _announce(world, event, api)
    for job in change.jobs:
        _schedule(world, job, api)
    for file in change.files:
        _keep(world, file)
    for mail in change.mail:
        carry_out(world, api, world.shared.hooks[api], mail)
    for credential in change.credentials:
        credentials.keep(world, credential)


def _store(world: World, put: Put) -> None:
    kind, record, before = put.kind, put.record, put.before
    if before is None:
        assert record is not None
        world.database.run(
            "INSERT INTO resources (world, kind, id, version, body) VALUES (?, ?, ?, ?, ?)",
            (world.key, kind.name, record.id, record.version, _json(record)),
        )
    elif record is None:
        world.database.run(
            "DELETE FROM resources WHERE world = ? AND kind = ? AND id = ?",
            (world.key, kind.name, before.id),
        )
    else:
        assert record.version == before.version + 1, f"{kind.name} {record.id} skips a version"
        world.database.run(
            "UPDATE resources SET version = ?, body = ? WHERE world = ? AND kind = ? AND id = ?",
            (record.version, _json(record), world.key, kind.name, record.id),
        )
    _list(world, kind, before, record)


def _list(world: World, kind: Kind[Any], before: Record | None, after: Record | None) -> None:
    """Bring every owner's list in line with a record, and the totals in line with the lists."""
    old, new = _listings(kind, before), _listings(kind, after)
    if not (old or new):
        return
    for owner, listing in new.items():
        assert after is not None
        if owner not in old:
            _insert(world, kind, after, listing)
        elif old[owner] != listing:
            _update(world, kind, after.id, listing)
    for owner in old.keys() - new.keys():
        assert before is not None
        world.database.run(
            f"DELETE FROM listings WHERE kind = '{kind.name}' AND world = ? AND owner = ? AND id = ?",
            (world.key, owner, before.id),
        )
    _recount(world, kind, old, -1, unless=new)
    _recount(world, kind, new, 1, unless=old)
    world.counters.next(f"changes:{kind.name}")


def _listings(kind: Kind[Any], record: Record | None) -> Listings:
    return {} if record is None else {listing.owner: listing for listing in kind.listings(record)}


def _insert(world: World, kind: Kind[Any], record: Record, listing: Listing) -> None:
    world.database.run(
        "INSERT INTO listings (world, kind, owner, id, seq, hidden, keys) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            world.key,
            kind.name,
            listing.owner,
            record.id,
            record.seq,
            int(listing.hidden),
            _json(listing.keys),
        ),
    )


def _update(world: World, kind: Kind[Any], id: str, listing: Listing) -> None:
    world.database.run(
        "UPDATE listings SET hidden = ?, keys = ?"
        f" WHERE kind = '{kind.name}' AND world = ? AND owner = ? AND id = ?",
        (int(listing.hidden), _json(listing.keys), world.key, listing.owner, id),
    )


def _recount(
    world: World, kind: Kind[Any], listings: Listings, step: int, unless: Listings
) -> None:
    """Count listings in or out, but those that count just as much on the other side."""
    for owner, listing in listings.items():
        worth = kind.worth(listing)
        if owner not in unless or kind.worth(unless[owner]) != worth:
            _count(world, kind.name, owner, worth, step)


def _count(world: World, kind: str, owner: str, worth: Worth, step: int) -> None:
    """Change one total. Sums are text: they may outgrow what a database calls an integer."""
    place = (world.key, kind, owner, int(worth.hidden), worth.value)
    row = world.database.one(
        "SELECT n, total FROM counts"
        " WHERE world = ? AND kind = ? AND owner = ? AND hidden = ? AND value = ?",
        place,
    )
    n, total = (row[0], int(row[1])) if row else (0, 0)
    world.database.run(
        "INSERT INTO counts (world, kind, owner, hidden, value, n, total) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (world, kind, owner, hidden, value) DO UPDATE SET"
        " n = excluded.n, total = excluded.total",
        (*place, n + step, str(total + step * worth.amount)),
    )


def _post(world: World, posting: Posting) -> None:
    """Write a posting's entries; each holder's version in a currency grows once."""
    at = stamp(world.now)
    places = {(entry.account.holder, entry.account.currency) for entry in posting.entries}
    held = {place: world.holding(*place) for place in places}
    for entry in posting.entries:
        account = entry.account
        holding = held[account.holder, account.currency]
        after = holding[account.bucket] + entry.delta
        _balance(world, account, after, holding.version + 1, at)
        world.database.run(
            "INSERT INTO entries (world, seq, posting, holder, currency, bucket, delta, after, change,"
            " kind, reference, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                world.key,
                world.counters.next("entry"),
                posting.name,
                account.holder,
                account.currency,
                account.bucket,
                entry.delta,
                after,
                entry.change,
                posting.kind,
                posting.reference,
                at,
            ),
        )


def _balance(world: World, account: Account, minor: int, version: int, at: int) -> None:
    world.database.run(
        "INSERT INTO accounts (world, holder, currency, bucket, minor, minimum, version, updated_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (world, holder, currency, bucket) DO UPDATE SET"
        " minor = excluded.minor, version = excluded.version, updated_at = excluded.updated_at",
        (
            world.key,
            account.holder,
            account.currency,
            account.bucket,
            minor,
            world.shared.minimums[account.bucket],
            version,
            at,
        ),
    )


def _record(world: World, transition: Transition) -> None:
    world.database.run(
        "INSERT INTO transitions (world, kind, id, seq, trigger, source, target, actor, role, reason,"
        " at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            world.key,
            transition.kind,
            transition.id,
            world.counters.next("transition"),
            transition.trigger,
            transition.source,
            transition.target,
            transition.actor,
            transition.role,
            transition.reason,
            stamp(world.now),
        ),
    )


def _keep(world: World, file: FilePut) -> None:
    if file.content is None:
        world.database.run("DELETE FROM files WHERE world = ? AND id = ?", (world.key, file.id))
    else:
        world.database.run(
            "INSERT INTO files (world, id, content) VALUES (?, ?, ?)"
            " ON CONFLICT (world, id) DO UPDATE SET content = excluded.content",
            (world.key, file.id, file.content),
        )


def _schedule(world: World, job: Job, api: str) -> None:
    world.database.run(
        "INSERT INTO jobs (world, seq, due, api, type, subject) VALUES (?, ?, ?, ?, ?, ?)",
        (world.key, world.counters.next("job"), stamp(job.due), api, job.type, job.subject),
    )
    world.due = True


def _announce(world: World, event: Event, api: str) -> None:
    world.database.run(
        "INSERT INTO events (world, seq, api, id, type, recipients, body, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            world.key,
            world.counters.next("event"),
            api,
            event.id,
            event.type,
            _json(event.recipients),
            _json(event.data),
            stamp(world.now),
        ),
    )
    hooks = world.shared.hooks.get(api)
    if hooks is not None:
        deliver(world, api, hooks, event)


def _json(value: Any) -> str:
    return _encoder.encode(value).decode()
