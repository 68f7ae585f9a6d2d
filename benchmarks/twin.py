"""The bare twin: the same answers from Starlette and a dict, with no validation, no keys, no ledger.

What the sandbox is measured against. It is given invoices as the sandbox shows them, so that both
send bodies of the same size.

    python -m benchmarks.twin PORT INVOICES.json
"""

import json
import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

COPIES = 1000


def application(sample):
    invoices = {f"inv_{n:06d}": {**sample, "id": f"inv_{n:06d}"} for n in range(1, COPIES + 1)}
    newest = list(reversed(invoices.values()))

    def reply(body):
        return Response(json.dumps(body), media_type="application/json")

    async def list_(request: Request):
        page = int(request.query_params.get("page", "0"))
        limit = int(request.query_params.get("limit", "25"))
        items = newest[page * limit : (page + 1) * limit]
        total = len(newest)
        pages = -(-total // limit)
        envelope = {"totalCount": total, "totalPages": pages, "page": page, "limit": limit}
        return reply({"items": items, **envelope})

    async def get(request: Request):
        return reply(invoices[request.path_params["id"]])

    async def create(request: Request):
        body = await request.json()
        id = f"inv_{len(invoices) + 1:06d}"
        invoice = invoices[id] = {**sample, **body, "id": id, "status": "DRAFT"}
        return reply(invoice)

    async def approve(request: Request):
        await request.json()
        id = request.path_params["id"]
        known = invoices.get(id) or {**sample, "id": id}
        invoices[id] = {**known, "status": "APPROVED", "version": known["version"] + 1}
        return reply(invoices[id])

    return Starlette(
        routes=[
            Route("/api/v1/invoices", list_),
            Route("/api/v1/invoices", create, methods=["POST"]),
            Route("/api/v1/invoices/{id}", get),
            Route("/api/v1/invoices/{id}/approve", approve, methods=["POST"]),
        ]
    )


if __name__ == "__main__":
    port, sample = int(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text())
    uvicorn.run(
        application(sample), port=port, access_log=False, log_level="warning", lifespan="off"
    )
