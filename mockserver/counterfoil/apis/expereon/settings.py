"""Settings: the endpoints that want to hear of events, and what became of telling them."""

from datetime import timedelta

from msgspec.structs import replace

from counterfoil.apis.expereon import wire
from counterfoil.apis.expereon.filters import bounds_of, instant_of, query_of
from counterfoil.apis.expereon.records import Webhook
from counterfoil.apis.expereon.rulebook import Rulebook
from counterfoil.apis.expereon.step import require_version
from counterfoil.domain.outcome import Refusal
from counterfoil.engine import webhooks
from counterfoil.engine.call import Call
from counterfoil.engine.ids import secret
from counterfoil.engine.outcome import Cancel, Change, Event, Outcome, Put, Renew, Send
from counterfoil.engine.pagination import Query, page, tallies
from counterfoil.engine.records import revised
from counterfoil.engine.webhooks import Delivery, Endpoint, Wanted
from counterfoil.engine.world import World

TEST = "webhook.test"
FIELDS = {
    "url": "url",
    "events": "events",
    "description": "description",
    "enabled": "enabled",
    "signatureFormat": "signature_format",
}
"""What a change may name, and the members of the record that it changes."""


def list_webhooks(book: Rulebook, call: Call, world: World) -> Outcome:
    """List the organisation's endpoints."""
    query = query_of(call, world)
    found = page(world, book.kinds.webhook, call.principal.owner, query)
    return Outcome(wire.page(query, found, lambda row: _shown(world, row)))


def create_webhook(book: Rulebook, call: Call, world: World) -> Outcome:
    """Register an endpoint; without a signing secret one is made, and told this once."""
    body, kind, owner = call.body, book.kinds.webhook, call.principal.owner
    most = book.webhooks.endpoints
    if sum(tally.n for tally in tallies(world, kind, owner)) >= most:
        raise Refusal("TOO_MANY_WEBHOOKS", most=most)
    birth = world.birth(kind)
    webhook = Webhook(
        **birth,
        organization=owner,
        url=body["url"],
        events=tuple(body["events"]),
        signing_secret=body.get("signingSecret") or _new_secret(world, birth["id"], 1),
        signature_format=body.get("signatureFormat", book.webhooks.signature.format),
        description=body.get("description"),
        enabled=body.get("enabled", True),
    )
    change = Change(puts=(Put(kind, webhook),))
    return Outcome(wire.webhook(webhook, 0, whole_secret=True), change, webhook.id)


def get_webhook(book: Rulebook, call: Call, world: World) -> Outcome:
    """Read an endpoint, its secret masked."""
    return Outcome(_shown(world, _found(book, call, world)))


def update_webhook(book: Rulebook, call: Call, world: World) -> Outcome:
    """Change an endpoint; attempts to come follow."""
    before, body = _found(book, call, world), call.body
    require_version(call, before.version)
    changes = {FIELDS[name]: value for name, value in body.items() if name in FIELDS}
    if "events" in changes:
        changes["events"] = tuple(changes["events"])
    after = revised(before, world.now, **changes)
    return Outcome(_shown(world, after), _put(book, after, before), after.id)


def delete_webhook(book: Rulebook, call: Call, world: World) -> Outcome:
    """Remove an endpoint; what was on its way to it is given up."""
    webhook = _found(book, call, world)
    change = Change(puts=(Put(book.kinds.webhook, None, webhook),), mail=(Cancel(webhook.id),))
    return Outcome({"id": webhook.id, "deleted": True}, change, webhook.id)


def rotate_webhook_secret(book: Rulebook, call: Call, world: World) -> Outcome:
    """Make a new secret, told this once; the previous one signs until its grace is over."""
    before, body = _found(book, call, world), call.body or {}
    grace = timedelta(seconds=body.get("gracePeriodSeconds", 0))
    after = revised(
        before,
        world.now,
        signing_secret=body.get("signingSecret")
        or _new_secret(world, before.id, before.version + 1),
        previous_secret=before.signing_secret if grace else None,
        previous_until=world.now + grace if grace else None,
    )
    shown = wire.webhook(after, webhooks.failures(world, after.id), whole_secret=True)
    return Outcome(shown, _put(book, after, before), after.id)


def test_webhook(book: Rulebook, call: Call, world: World) -> Outcome:
    """Send an endpoint an event that says it is a test."""
    webhook = _found(book, call, world)
    type_ = (call.body or {}).get("eventType", TEST)
    data = {"webhookId": webhook.id, "test": True}
    event = Event(world.next_id("evt"), type_, (webhook.organization,), data)
    expected = Delivery(
        id=f"dlv_{world.counters.values.get('dlv', 0) + 1:06d}",
        seq=0,
        api=book.contract.api,
        owner=webhook.organization,
        endpoint=webhook.id,
        event=event.id,
        type=type_,
        body="",
        status="PENDING",
        attempts=0,
        retries=0,
        at=world.now,
        due=world.now,
    )
    change = Change(mail=(Send(webhook.organization, webhook.id, event),))
    return Outcome(webhooks.shown(expected), change, expected.id)


def list_webhook_events(book: Rulebook, call: Call, world: World) -> Outcome:
    """List every type of event that an endpoint can subscribe to."""
    items = [
        {"type": name, "description": row.when, "provenance": row.provenance}
        for name, row in book.contract.events.items()
    ]
    return Outcome({"items": items})


def list_webhook_deliveries(book: Rulebook, call: Call, world: World) -> Outcome:
    """List the deliveries of an endpoint."""
    webhook, asked = _found(book, call, world), call.arguments
    since, until = bounds_of(asked)
    wanted = Wanted(webhook.id, asked.get("status"), asked.get("eventType"), since, until)
    query = Query(asked["page"], asked["limit"])
    total, found = webhooks.page(
        world,
        wanted,
        start=query.page * query.limit,
        limit=query.limit,
        descending=asked["sortOrder"].lower() == "desc",
    )
    items = [webhooks.shown(delivery) for delivery in found]
    return Outcome(wire.envelope(query, items, total))


def get_webhook_delivery(book: Rulebook, call: Call, world: World) -> Outcome:
    """Read a delivery with all its attempts."""
    delivery = _delivery(book, call, world)
    attempts = webhooks.attempts(world, delivery.id)
    return Outcome(webhooks.shown(delivery) | {"attempts": attempts})


def redeliver_webhook(book: Rulebook, call: Call, world: World) -> Outcome:
    """Send a delivery again, now, its schedule from the start."""
    delivery = _delivery(book, call, world)
    again = replace(delivery, status="PENDING", due=world.now)
    return Outcome(webhooks.shown(again), Change(mail=(Renew(delivery.id),)), delivery.id)


def recover_webhook(book: Rulebook, call: Call, world: World) -> Outcome:
    """Send again what was given up since an instant."""
    webhook = _found(book, call, world)
    since = instant_of(call.body["since"])
    lost = [
        delivery
        for delivery in webhooks.deliveries(world, endpoint=webhook.id, status="EXHAUSTED")
        if delivery.at >= since
    ]
    change = Change(mail=tuple(Renew(delivery.id) for delivery in lost))
    return Outcome({"recovered": len(lost)}, change, webhook.id)


def subscribers(book: Rulebook, world: World, owner: str, type: str) -> list[str]:
    """Return the organisation's endpoints that want a type of event, oldest first."""
    kind = book.kinds.webhook
    if kind.prefix not in world.counters.values:  # nobody ever registered one: most worlds
        return []
    everything = Query(0, book.webhooks.endpoints, descending=False)
    return [
        webhook.id
        for webhook in page(world, kind, owner, everything).records
        if webhook.enabled and any(_wants(pattern, type) for pattern in webhook.events)
    ]


def endpoint(book: Rulebook, world: World, id: str) -> Endpoint | None:
    """Return an endpoint as it is to be called now, or None where it is gone or switched off."""
    webhook = world.get(book.kinds.webhook, id)
    if webhook is None or not webhook.enabled:
        return None
    signing = webhook.signing_secret
    if webhook.previous_secret and webhook.previous_until and world.now < webhook.previous_until:
        signing = webhook.previous_secret
    return Endpoint(webhook.id, webhook.url, signing, webhook.signature_format)


def _wants(pattern: str, type: str) -> bool:
    return pattern in ("*", type) or (
        pattern.endswith(".*") and type.startswith(pattern.removesuffix("*"))
    )


def _new_secret(world: World, id: str, version: int) -> str:
    return f"whsec_{secret(world.seed, world.name, id, str(version), length=32)}"


def _put(book: Rulebook, after: Webhook, before: Webhook) -> Change:
    return Change(puts=(Put(book.kinds.webhook, after, before),))


def _shown(world: World, webhook: Webhook) -> wire.Json:
    return wire.webhook(webhook, webhooks.failures(world, webhook.id))


def _found(book: Rulebook, call: Call, world: World) -> Webhook:
    owner, id = call.principal.owner, call.arguments["webhookId"]
    webhook = world.seen(book.kinds.webhook, owner, id)
    if webhook is None:
        raise Refusal("NOT_FOUND")
    return webhook


def _delivery(book: Rulebook, call: Call, world: World) -> Delivery:
    webhook = _found(book, call, world)
    delivery = webhooks.find(world, call.arguments["deliveryId"])
    if delivery is None or delivery.endpoint != webhook.id:
        raise Refusal("NOT_FOUND")
    return delivery
