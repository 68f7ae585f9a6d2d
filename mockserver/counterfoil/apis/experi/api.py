"""Experi, assembled: which function answers which operation, and what the API brings along."""

from counterfoil.apis.experi import (
    auth,
    clients,
    fixture,
    invoices,
    occurrences,
    outside,
    payments,
    recurring,
    refusals,
    sending,
    walk,
)
from counterfoil.apis.experi.rulebook import Rulebook
from counterfoil.contract.model import Contract
from counterfoil.engine.api import Api
from counterfoil.engine.binding import Jobs, Operations, Outsides, assembled

OPERATIONS: Operations[Rulebook] = {
    "listClients": clients.list_clients,
    "createClient": clients.create_client,
    "getClient": clients.get_client,
    "updateClient": clients.update_client,
    "listInvoices": invoices.list_invoices,
    "createInvoice": invoices.create_invoice,
    "listOutstandingInvoices": invoices.list_outstanding_invoices,
    "getInvoice": invoices.get_invoice,
    "updateInvoice": invoices.update_invoice,
    "deleteInvoice": invoices.delete_invoice,
    "getInvoicePdf": invoices.get_invoice_pdf,
    "sendInvoice": sending.send_invoice,
    "payInvoice": payments.pay_invoice,
    "listRecurringInvoices": recurring.list_recurring_invoices,
    "createRecurringInvoice": recurring.create_recurring_invoice,
    "getRecurringInvoice": recurring.get_recurring_invoice,
    "deleteRecurringInvoice": recurring.delete_recurring_invoice,
    "pauseRecurringInvoice": recurring.pause_recurring_invoice,
    "resumeRecurringInvoice": recurring.resume_recurring_invoice,
}

OUTSIDE: Outsides[Rulebook] = {
    "getExperiAccount": outside.get_account,
    "setExperiAccount": outside.change_account,
    "runExperiRecurringInvoice": outside.run_recurring_invoice,
    "cancelExperiInvoice": outside.cancel_invoice,
    "revokeExperiKey": outside.revoke_key,
}
"""What may happen from outside, by operationId of outside.yaml."""

JOBS: Jobs[Rulebook] = {"invoice.overdue": walk.fall_due, recurring.DUE: occurrences.fall_due}
"""What falls due, by type."""


def assemble(contract: Contract) -> Api:
    """Return Experi as the server knows it; OperatingError where its tables are wrong."""
    book = Rulebook.of(contract)
    return assembled(
        contract,
        book,
        book.kinds.all(),
        operations=OPERATIONS,
        outside=OUTSIDE,
        authenticate=auth.authenticate,
        envelope=refusals.refusal,
        furnish=fixture.furnish,
        admit=auth.admit,
        greet=auth.greet,
        jobs=JOBS,
        gate=auth.require_api,
    )
