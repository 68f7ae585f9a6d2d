"""Settings: the endpoints that want to hear of events."""

from counterfoil.apis.expereon import wire
from counterfoil.apis.expereon.filters import query_of
from counterfoil.apis.expereon.records import Webhook
from counterfoil.apis.expereon.rulebook import Rulebook
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.call import Call
from counterfoil.engine.ids import secret
from counterfoil.engine.outcome import Change, Outcome, Put
from counterfoil.engine.pagination import page
from counterfoil.engine.world import World


def list_webhooks(book: Rulebook, call: Call, world: World) -> Outcome:
    """List the organisation's endpoints."""
    query = query_of(call, world)
    found = page(world, book.kinds.webhook, call.principal.owner, query)
    return Outcome(wire.page(query, found, wire.webhook))


def create_webhook(book: Rulebook, call: Call, world: World) -> Outcome:
    """Register an endpoint; without a signing secret one is made, and told this once."""
    body, kind = call.body, book.kinds.webhook
    birth = world.birth(kind)
    made = f"whsec_{secret(world.seed, world.name, birth['id'], length=32)}"
    webhook = Webhook(
        **birth,
        organization=call.principal.owner,
        url=body["url"],
        events=tuple(body["events"]),
        signing_secret=body.get("signingSecret", made),
        description=body.get("description"),
        enabled=body.get("enabled", True),
    )
    change = Change(puts=(Put(kind, webhook),))
    return Outcome(wire.webhook(webhook, whole_secret=True), change, webhook.id)


def get_webhook(book: Rulebook, call: Call, world: World) -> Outcome:
    """Read an endpoint, its secret masked."""
    return Outcome(wire.webhook(_found(book, call, world)))


def delete_webhook(book: Rulebook, call: Call, world: World) -> Outcome:
    """Remove an endpoint."""
    webhook = _found(book, call, world)
    change = Change(puts=(Put(book.kinds.webhook, None, webhook),))
    return Outcome({"id": webhook.id, "deleted": True}, change, webhook.id)


def _found(book: Rulebook, call: Call, world: World) -> Webhook:
    owner, id = call.principal.owner, call.arguments["webhookId"]
    webhook = world.seen(book.kinds.webhook, owner, id)
    if webhook is None:
        raise Refusal("NOT_FOUND")
    return webhook
