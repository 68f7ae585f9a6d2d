"""Deliveries and events: what was told to whom, tried again, held back and let go."""

from typing import Any

from counterfoil.domain.outcome import Refusal
from counterfoil.engine import webhooks
from counterfoil.engine.call import Call
from counterfoil.engine.clock import text
from counterfoil.engine.outcome import Outcome
from counterfoil.engine.webhooks import Delivery
from counterfoil.engine.world import World, WorldRow
from counterfoil.web.control.desk import Desk, Functions


class Post:
    """The room where events go out from."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.functions: Functions = {
            "listEvents": self.list_events,
            "listDeliveries": self.list_deliveries,
            "getDelivery": self.get_delivery,
            "redeliver": self.redeliver,
            "flushDeliveries": self.flush_deliveries,
            "pauseDeliveries": self.pause_deliveries,
            "resumeDeliveries": self.resume_deliveries,
            "drain": self.drain,
        }

    def list_events(self, call: Call) -> Outcome:
        """List a world's events, oldest first."""
        world, wanted = self._desk.store.open(self._desk.row(call)), call.arguments.get("type")
        items = [
            {"id": id, "type": type_, "recipients": to, "data": data, "at": text(at)}
            for id, type_, to, data, at in world.events()
            if wanted in (None, type_)
        ]
        return Outcome({"items": items})

    def list_deliveries(self, call: Call) -> Outcome:
        """List a world's deliveries, oldest first."""
        world, asked = self._desk.store.open(self._desk.row(call)), call.arguments
        found = webhooks.deliveries(
            world,
            status=asked.get("status"),
            type=asked.get("eventType"),
            endpoint=asked.get("webhookId"),
        )
        return Outcome({"items": [_shown(delivery) for delivery in found]})

    def get_delivery(self, call: Call) -> Outcome:
        """Tell a delivery with all its attempts."""
        world = self._desk.store.open(self._desk.row(call))
        return Outcome(_whole(world, _found(world, call)))

    async def redeliver(self, call: Call) -> Outcome:
        """Make a delivery again, and tell what came of it."""
        row = self._desk.row(call)
        with self._desk.store.writing(row) as world:
            webhooks.renew(world, _found(world, call).id)
        await self._desk.courier.settle(row)
        world = self._desk.store.open(row)
        return Outcome(_whole(world, _found(world, call)))

    async def flush_deliveries(self, call: Call) -> Outcome:
        """Make every delivery now that has another attempt to come."""
        row = self._desk.row(call)
        with self._desk.store.writing(row) as world:
            webhooks.hasten(world)
        await self._desk.courier.settle(row)
        return self._standing(row)

    def pause_deliveries(self, call: Call) -> Outcome:
        """Hold deliveries back."""
        return self._standing(self._switched(call, paused=True))

    async def resume_deliveries(self, call: Call) -> Outcome:
        """Let deliveries go that were held back."""
        row = self._switched(call, paused=False)
        await self._desk.courier.settle(row)
        return self._standing(row)

    async def drain(self, call: Call) -> Outcome:
        """Return when nothing is under way."""
        await self._desk.courier.idle()
        return Outcome({"idle": True})

    def _switched(self, call: Call, *, paused: bool) -> WorldRow:
        row = self._desk.row(call)
        return self._desk.store.set_settings(row, paused=paused)

    def _standing(self, row: WorldRow) -> Outcome:
        counted = webhooks.standing(self._desk.store.open(row))
        return Outcome({"paused": row.settings.paused, "deliveries": counted})


def _found(world: World, call: Call) -> Delivery:
    delivery = webhooks.find(world, call.arguments["deliveryId"])
    if delivery is None:
        raise Refusal("NO_SUCH_DELIVERY", delivery=call.arguments["deliveryId"])
    return delivery


def _shown(delivery: Delivery) -> dict[str, Any]:
    return {**webhooks.shown(delivery), "api": delivery.api, "organizationId": delivery.owner}


def _whole(world: World, delivery: Delivery) -> dict[str, Any]:
    return _shown(delivery) | {"attempts": webhooks.attempts(world, delivery.id)}
