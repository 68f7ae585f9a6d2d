"""Every operation of Expereon, asked once in a world of its own; its answer is the contract's example."""

from docs.recording import teller

from counterfoil.apis.expereon.testing import ExpereonWorld

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


UPLOAD = {
    "files": {"file": ("stay.txt", b"Three nights, two guests\n", "text/plain")},
    "data": {"invoiceId": "inv_000001"},
}


def recorded() -> str:
    """Return the examples as YAML."""
    return teller.recorded("expereon", STORY, {"failing": _fail}, {"uploadFile": UPLOAD})


def _fail(world: ExpereonWorld) -> None:
    world.fail_settlements()
