"""Every operation of Expereon, asked once in a world of its own; its answer is the contract's example.

A call is a line of text: who asks, the operation, then what its path names in order, and members of
the query (`?name=value`), headers (`!name=value`) or members of the body (`name=value`, in JSON where
it is that). Whatever else the body has is the contract's own example of it, the first one or the one
named after a colon.
"""

import io
import json
from typing import Any

import httpx
import yaml

from counterfoil.apis.expereon.testing import ExpereonWorld
from counterfoil.contract import document
from counterfoil.contract.load import load
from counterfoil.contract.model import Contract
from counterfoil.testing import Sandbox

DRAFT = ("seller createInvoice",)
SUBMITTED = (*DRAFT, "seller submitInvoice inv_000001")
APPROVED = (*SUBMITTED, "buyer approveInvoice inv_000001")
ASKED = (*APPROVED, "seller requestInvoiceCancellation inv_000001")
SETTLED = (*APPROVED, "buyer settleInvoice inv_000001")
ARCHIVED = (*SETTLED, "seller archiveInvoice inv_000001")
ITEMS = ("seller createInvoice:lineItems",)
OTHER = "seller createInvoice invoiceNumber=INV-2024-003"
TWO = (*DRAFT, OTHER)
TWO_SUBMITTED = (*SUBMITTED, OTHER, "seller submitInvoice inv_000002")
TWO_CANCELLED = (*TWO, "seller cancelBulkInvoices")
ENDPOINT = ("seller createWebhook",)
TESTED = (*ENDPOINT, "seller testWebhook whk_000001")
UPLOADED = (*DRAFT, "seller uploadFile")
KEY = ("seller createApiKey",)
WITHDRAWAL = ("seller submitWithdrawal org_seller_1",)
REFUND = (*SETTLED, "buyer createRefund org_buyer_1")

HEADERS = {"Host": "localhost", "User-Agent": "your-app/1.0", "Accept-Encoding": "identity"}
"""What the API logs tell of a request is the same every time."""

STORY: tuple[tuple[tuple[str, ...], str], ...] = (
    (SETTLED, "seller listInvoices"),
    ((), "seller createInvoice"),
    (SETTLED, "seller exportInvoices"),
    (SETTLED, "seller exportInvoices ?format=json"),
    (SUBMITTED, "buyer getInvoice inv_000001"),
    (DRAFT, "seller deleteInvoice inv_000001"),
    (DRAFT, "seller updateInvoice inv_000001"),
    (APPROVED, "seller listInvoiceHistory inv_000001"),
    (DRAFT, "seller submitInvoice inv_000001"),
    (SUBMITTED, "buyer approveInvoice inv_000001"),
    (SUBMITTED, "buyer approveInvoiceWithAdjustment inv_000001"),
    (SUBMITTED, "buyer disputeInvoice inv_000001"),
    (SUBMITTED, "buyer requestInvoiceInfo inv_000001"),
    ((*SUBMITTED, "buyer requestInvoiceInfo inv_000001"), "seller respondInvoice inv_000001"),
    ((*SUBMITTED, "buyer disputeInvoice inv_000001"), "seller resubmitInvoice inv_000001"),
    (SUBMITTED, "seller cancelInvoice inv_000001"),
    (APPROVED, "seller requestInvoiceCancellation inv_000001"),
    (ASKED, "buyer acceptInvoiceCancellation inv_000001"),
    (ASKED, "buyer rejectInvoiceCancellation inv_000001"),
    (APPROVED, "buyer settleInvoice inv_000001"),
    (SETTLED, "seller archiveInvoice inv_000001"),
    (ARCHIVED, "seller restoreInvoice inv_000001"),
    (SUBMITTED, "buyer searchInvoices ?q=consulting"),
    (SETTLED, "seller summarizeInvoices"),
    (SETTLED, "seller getInvoiceConfirmation inv_000001"),
    ((*SUBMITTED, "seller createInvoiceNote inv_000001"), "buyer listInvoiceNotes inv_000001"),
    (SUBMITTED, "seller createInvoiceNote inv_000001"),
    (ITEMS, "seller listLineItems inv_000001"),
    (ITEMS, "seller createLineItem inv_000001"),
    (ITEMS, "seller getLineItem inv_000001 li_000001"),
    (ITEMS, "seller deleteLineItem inv_000001 li_000002"),
    (ITEMS, "seller updateLineItem inv_000001 li_000001"),
    (TWO_SUBMITTED, "buyer previewBulkInvoices"),
    (TWO_SUBMITTED, "buyer approveBulkInvoices"),
    (TWO, "seller cancelBulkInvoices"),
    (TWO_CANCELLED, "seller archiveBulkInvoices"),
    ((*TWO_CANCELLED, "seller archiveBulkInvoices"), "seller restoreBulkInvoices"),
    (SETTLED, "seller listPayments"),
    (APPROVED, "buyer settlePayment"),
    (SETTLED, "buyer exportPayments"),
    (SETTLED, "buyer exportPayments ?format=json"),
    (SETTLED, "buyer getPayment pay_000001"),
    (APPROVED, 'buyer bulkSettlePayments invoiceIds=["inv_000001"]'),
    (APPROVED, "buyer settleAllDuePayments asOf=2024-05-01"),
    (("outside failing", *SETTLED), "buyer retryFailedPayments"),
    (APPROVED, "buyer listDuePayments ?asOf=2024-05-01"),
    (SETTLED, "buyer summarizePayments"),
    (SETTLED, "seller listBalances org_seller_1"),
    (SETTLED, "seller getBalance org_seller_1 USD"),
    (APPROVED, "buyer getBalanceSummary org_buyer_1"),
    (SETTLED, "buyer listBalanceChangeLogs org_buyer_1"),
    (SETTLED, "buyer listChangesOfBalance org_buyer_1 USD"),
    (SETTLED, "buyer getBalanceUsage org_buyer_1 ?from=2024-03-14 ?to=2024-03-15 ?currency=USD"),
    (SETTLED, "seller listTransactions org_seller_1 ?type=SETTLEMENT"),
    (SETTLED, "seller exportTransactions org_seller_1 ?type=SETTLEMENT"),
    (SETTLED, "seller exportTransactions org_seller_1 ?type=SETTLEMENT ?format=json"),
    (SETTLED, "seller getTransaction org_seller_1 txn_000014"),
    (WITHDRAWAL, "seller listWithdrawals org_seller_1"),
    ((), "seller submitWithdrawal org_seller_1"),
    (WITHDRAWAL, "seller getWithdrawal org_seller_1 wdr_000001"),
    (WITHDRAWAL, "seller approveWithdrawal org_seller_1 wdr_000001"),
    (WITHDRAWAL, "seller rejectWithdrawal org_seller_1 wdr_000001"),
    (WITHDRAWAL, "seller cancelWithdrawal org_seller_1 wdr_000001"),
    (REFUND, "buyer listRefunds org_buyer_1"),
    (SETTLED, "buyer createRefund org_buyer_1"),
    (REFUND, "buyer getRefund org_buyer_1 rfd_000001"),
    (REFUND, "seller approveRefund org_seller_1 rfd_000001"),
    (REFUND, "seller rejectRefund org_seller_1 rfd_000001"),
    (ENDPOINT, "seller listWebhooks"),
    ((), "seller createWebhook"),
    (ENDPOINT, "seller getWebhook whk_000001"),
    (ENDPOINT, "seller deleteWebhook whk_000001"),
    (ENDPOINT, "seller updateWebhook whk_000001"),
    ((), "seller listWebhookEvents"),
    (ENDPOINT, "seller testWebhook whk_000001"),
    (ENDPOINT, "seller rotateWebhookSecret whk_000001"),
    (TESTED, "seller recoverWebhook whk_000001"),
    (TESTED, "seller listWebhookDeliveries whk_000001"),
    (TESTED, "seller getWebhookDelivery whk_000001 dlv_000001"),
    (TESTED, "seller redeliverWebhook whk_000001 dlv_000001"),
    (DRAFT, "seller listApiLogs"),
    (DRAFT, "seller exportApiLogs"),
    (DRAFT, "seller exportApiLogs ?format=json"),
    (DRAFT, "seller getApiLog trc_000001"),
    (UPLOADED, "seller listFiles"),
    (DRAFT, "seller uploadFile"),
    (UPLOADED, "seller getFile file_000001"),
    (UPLOADED, "seller deleteFile file_000001"),
    (UPLOADED, "seller downloadFile file_000001"),
    (UPLOADED, "seller downloadFile file_000001 !Range=bytes=0-11"),
    (KEY, "seller listApiKeys"),
    ((), "seller createApiKey"),
    (KEY, "seller getApiKey key_000001"),
    (KEY, "seller deleteApiKey key_000001"),
    (KEY, "seller revokeApiKey key_000001"),
    (KEY, "seller rotateApiKey key_000001"),
)
"""What has to have happened, and the call whose answer is told."""


def recorded() -> str:
    """Return the examples as YAML: by operation, status and media type."""
    contract = load("expereon")
    told: dict[str, dict[str, dict[str, Any]]] = {}
    with Sandbox() as sandbox:
        for before, call in STORY:
            teller = Teller(contract, sandbox.world("expereon", "empty"))
            for line in before:
                teller.ask(line)
            answer = teller.ask(call)
            media = answer.headers["content-type"].partition(";")[0]
            value = answer.json() if media == "application/json" else answer.text
            statuses = told.setdefault(call.split()[1], {})
            statuses.setdefault(str(answer.status_code), {})[media] = value
    return yaml.safe_dump(told, allow_unicode=True, sort_keys=False, width=1000)


class Teller:
    """Asks for what a line says, in one world."""

    def __init__(self, contract: Contract, world: ExpereonWorld) -> None:
        self._contract = contract
        self._world = world
        world.ask("POST", "/deliveries/pause")
        operations = document.operations(contract.document)
        self._described = {described["operationId"]: described for _, _, described in operations}

    def ask(self, line: str) -> httpx.Response:
        """Ask, and return the answer, which has to be a success."""
        who, called, *rest = line.split()
        if who == "outside":
            self._world.fail_settlements()
            return httpx.Response(200)
        name, _, which = called.partition(":")
        operation = self._contract.operations[name]
        path = operation.path
        for part in (part for part in rest if "=" not in part):
            path = path.replace(path[path.index("{") : path.index("}") + 1], part, 1)
        headers = HEADERS | dict(p[1:].split("=", 1) for p in rest if p.startswith("!"))
        asked: dict[str, Any] = {
            "params": dict(p[1:].split("=", 1) for p in rest if p.startswith("?"))
        }
        if name == "uploadFile":
            file = io.BytesIO(b"Three nights, two guests\n")
            asked |= {"files": {"file": ("stay.txt", file, "text/plain")}}
            asked |= {"data": {"invoiceId": "inv_000001"}}
        elif operation.method in ("POST", "PATCH"):
            given = dict(p.split("=", 1) for p in rest if "=" in p and not p.startswith("?"))
            own = {key: _read(value) for key, value in given.items()}
            asked["json"] = _example(self._described[name], which) | own
        with self._world.client(who) as client:
            answer = client.request(operation.method, path, headers=headers, **asked)
        assert answer.is_success, f"{line}: {answer.status_code} {answer.text}"
        return answer


def _example(operation: dict[str, Any], which: str) -> dict[str, Any]:
    """Return the example of an operation's body, without the requestId that only one request has."""
    media = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    named = {name: example["value"] for name, example in media.get("examples", {}).items()}
    found: dict[str, Any] = (
        media.get("example") or named.get(which) or next(iter(named.values()), {})
    )
    return {name: value for name, value in found.items() if name != "requestId"}


def _read(value: str) -> Any:
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value
