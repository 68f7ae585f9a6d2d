"""Expereon, assembled: which function answers which operation, and what the API brings along."""

from collections.abc import Callable, Mapping
from functools import partial

from counterfoil.apis.expereon import (
    actions,
    api_keys,
    auth,
    bulk,
    fixture,
    invoices,
    line_items,
    logs,
    notes,
    outside,
    payloads,
    payments,
    refunds,
    refusals,
    reservations,
    settings,
    settlement,
    storage,
    transactions,
    treasury,
    withdrawals,
)
from counterfoil.apis.expereon.rulebook import Rulebook
from counterfoil.contract.model import Contract
from counterfoil.engine.api import Api
from counterfoil.engine.call import Call
from counterfoil.engine.outcome import Outcome
from counterfoil.engine.perform import Function, Steps
from counterfoil.engine.webhooks import Hooks
from counterfoil.engine.world import World

OPERATIONS: Mapping[str, Callable[[Rulebook, Call, World], Outcome | Steps]] = {
    "listInvoices": invoices.list_invoices,
    "createInvoice": invoices.create_invoice,
    "exportInvoices": invoices.export_invoices,
    "getInvoice": invoices.get_invoice,
    "updateInvoice": invoices.update_invoice,
    "deleteInvoice": invoices.delete_invoice,
    "listInvoiceHistory": invoices.list_invoice_history,
    "searchInvoices": invoices.search_invoices,
    "summarizeInvoices": invoices.summarize_invoices,
    "getInvoiceConfirmation": payments.get_invoice_confirmation,
    "listInvoiceNotes": notes.list_invoice_notes,
    "createInvoiceNote": notes.create_invoice_note,
    "listLineItems": line_items.list_line_items,
    "createLineItem": line_items.create_line_item,
    "getLineItem": line_items.get_line_item,
    "updateLineItem": line_items.update_line_item,
    "deleteLineItem": line_items.delete_line_item,
    "previewBulkInvoices": bulk.preview_bulk_invoices,
    "approveBulkInvoices": bulk.approve_bulk_invoices,
    "cancelBulkInvoices": bulk.cancel_bulk_invoices,
    "archiveBulkInvoices": bulk.archive_bulk_invoices,
    "restoreBulkInvoices": bulk.restore_bulk_invoices,
    "submitInvoice": actions.submit_invoice,
    "approveInvoice": actions.approve_invoice,
    "approveInvoiceWithAdjustment": actions.approve_invoice,
    "disputeInvoice": actions.dispute_invoice,
    "resubmitInvoice": actions.resubmit_invoice,
    "requestInvoiceInfo": actions.request_invoice_info,
    "respondInvoice": actions.respond_invoice,
    "cancelInvoice": actions.cancel_invoice,
    "requestInvoiceCancellation": actions.request_invoice_cancellation,
    "acceptInvoiceCancellation": actions.accept_invoice_cancellation,
    "rejectInvoiceCancellation": actions.reject_invoice_cancellation,
    "archiveInvoice": actions.archive_invoice,
    "restoreInvoice": actions.restore_invoice,
    "settleInvoice": payments.settle_invoice,
    "settlePayment": payments.settle_payment,
    "bulkSettlePayments": payments.bulk_settle,
    "settleAllDuePayments": payments.settle_all_due,
    "retryFailedPayments": payments.retry_failed,
    "listDuePayments": payments.list_due_payments,
    "summarizePayments": payments.summarize_payments,
    "listPayments": payments.list_payments,
    "exportPayments": payments.export_payments,
    "getPayment": payments.get_payment,
    "listBalances": treasury.list_balances,
    "getBalance": treasury.get_balance,
    "getBalanceSummary": treasury.get_balance_summary,
    "listBalanceChangeLogs": treasury.list_balance_change_logs,
    "listChangesOfBalance": treasury.list_changes_of_balance,
    "getBalanceUsage": treasury.get_balance_usage,
    "listTransactions": transactions.list_transactions,
    "exportTransactions": transactions.export_transactions,
    "getTransaction": transactions.get_transaction,
    "listWithdrawals": withdrawals.list_withdrawals,
    "submitWithdrawal": withdrawals.submit_withdrawal,
    "getWithdrawal": withdrawals.get_withdrawal,
    "approveWithdrawal": withdrawals.approve_withdrawal,
    "rejectWithdrawal": withdrawals.reject_withdrawal,
    "cancelWithdrawal": withdrawals.cancel_withdrawal,
    "listRefunds": refunds.list_refunds,
    "createRefund": refunds.create_refund,
    "getRefund": refunds.get_refund,
    "approveRefund": refunds.approve_refund,
    "rejectRefund": refunds.reject_refund,
    "listWebhooks": settings.list_webhooks,
    "createWebhook": settings.create_webhook,
    "getWebhook": settings.get_webhook,
    "uploadFile": storage.upload_file,
    "listFiles": storage.list_files,
    "getFile": storage.get_file,
    "downloadFile": storage.download_file,
    "deleteFile": storage.delete_file,
    "listApiLogs": logs.list_api_logs,
    "getApiLog": logs.get_api_log,
    "exportApiLogs": logs.export_api_logs,
    "updateWebhook": settings.update_webhook,
    "deleteWebhook": settings.delete_webhook,
    "testWebhook": settings.test_webhook,
    "rotateWebhookSecret": settings.rotate_webhook_secret,
    "recoverWebhook": settings.recover_webhook,
    "listWebhookEvents": settings.list_webhook_events,
    "listWebhookDeliveries": settings.list_webhook_deliveries,
    "getWebhookDelivery": settings.get_webhook_delivery,
    "redeliverWebhook": settings.redeliver_webhook,
    "listApiKeys": api_keys.list_api_keys,
    "createApiKey": api_keys.create_api_key,
    "getApiKey": api_keys.get_api_key,
    "revokeApiKey": api_keys.revoke_api_key,
    "deleteApiKey": api_keys.revoke_api_key,
    "rotateApiKey": api_keys.rotate_api_key,
}

OUTSIDE = {
    "createExpereonOrganization": outside.create_organization,
    "depositExpereonFunds": outside.deposit_funds,
    "blockExpereonOrganization": outside.block_organization,
    "unblockExpereonOrganization": outside.unblock_organization,
    "connectExpereonOrganizations": outside.connect_organizations,
    "suspendExpereonConnection": outside.suspend_connection,
    "reactivateExpereonConnection": outside.reactivate_connection,
    "failExpereonSettlements": outside.fail_settlements,
    "setExpereonSettings": outside.change_settings,
    "failExpereonWithdrawal": outside.fail_withdrawal,
}
"""What may happen from outside, by operationId of outside.yaml."""

JOBS = {
    "payment.due": settlement.fall_due,
    "reservation.expired": reservations.expire,
    "withdrawal.completion": withdrawals.complete,
}
"""What falls due, by type."""


def assemble(contract: Contract) -> Api:
    """Return Expereon as the server knows it; OperatingError where its tables are wrong."""
    book = Rulebook.of(contract)
    functions: dict[str, Function] = {
        name: partial(function, book) for name, function in OPERATIONS.items()
    }
    jobs = {name: partial(work, book) for name, work in JOBS.items()}
    return Api(
        name=contract.api,
        contract=contract,
        kinds=book.kinds.all(),
        functions=functions,
        authenticate=partial(auth.authenticate, book),
        envelope=partial(refusals.refusal, book),
        furnish=partial(fixture.furnish, book, functions, jobs),
        admit=partial(auth.admit, book),
        greet=auth.greet,
        jobs=jobs,
        outside={name: partial(function, book) for name, function in OUTSIDE.items()},
        hooks=Hooks(
            policy=book.webhooks,
            subscribers=partial(settings.subscribers, book),
            endpoint=partial(settings.endpoint, book),
            payload=lambda world, event: payloads.event(event, world.now),
        ),
    )
