"""What a year costs: a clock moved on over many recurring invoices, a job among many against one among few."""

import time
from collections.abc import Iterator

from counterfoil.testing import Sandbox

FEW, MANY = 100, 1000
LINE = {"description": "Hosting", "quantity": 1, "unitPrice": 45}


def measure() -> Iterator[tuple[str, float, str, float | None]]:
    """Yield how long a year of a thousand recurring invoices takes, and how a job's cost grows with them."""
    with Sandbox() as sandbox:
        _year(sandbox, FEW)
        few, many = _year(sandbox, FEW), _year(sandbox, MANY)
    yield f"a year of {MANY:,} recurring invoices", many, "s", None
    ratio = (many / MANY) / (few / FEW)
    yield f"a year: an invoice of {MANY:,} against one of {FEW}", ratio, "x", 1.5


def _year(sandbox: Sandbox, count: int) -> float:
    """Return the seconds in which a year goes by over so many invoices that recur each month."""
    with sandbox.world("experi", fixture="empty") as world:
        with world.client() as client:
            for place in range(count):
                body = {
                    "clientId": "client_id_here",
                    "frequency": "MONTHLY",
                    "startDate": f"2024-03-{16 + place % 13}T{place % 24:02d}:00:00Z",
                    "lineItems": [LINE],
                }
                client.post("/api/v1/recurring-invoices", json=body).raise_for_status()
        began = time.perf_counter()
        journey = world.clock.advance("P1Y")
        spent = time.perf_counter() - began
        assert len(journey["jobs"]) == 12 * count, len(journey["jobs"])
        return spent
