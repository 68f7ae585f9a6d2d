"""Every operation of Experi, asked once in a world of its own; its answer is the contract's example."""

from docs.recording import teller

DRAFT = ("full createInvoice",)
SENT = (*DRAFT, "full sendInvoice invoice_000001")
RECURRING = ("full createRecurringInvoice startDate=2024-03-14",)
PAUSED = (*RECURRING, "full pauseRecurringInvoice recurring_000001")

STORY: teller.Story = (
    (("full createClient",), "full listClients"),
    ((), "full createClient"),
    (("full createClient",), "full getClient client_000001"),
    (("full createClient",), "full updateClient client_000001"),
    (SENT, "full listInvoices"),
    ((), "full createInvoice"),
    (SENT, "full listOutstandingInvoices"),
    (DRAFT, "full getInvoice invoice_000001"),
    (DRAFT, "full updateInvoice invoice_000001"),
    (DRAFT, "full deleteInvoice invoice_000001"),
    (SENT, "full getInvoicePdf invoice_000001"),
    (DRAFT, "full sendInvoice invoice_000001"),
    (SENT, "full payInvoice invoice_000001"),
    (RECURRING, "full listRecurringInvoices"),
    ((), "full createRecurringInvoice"),
    (RECURRING, "full getRecurringInvoice recurring_000001"),
    (RECURRING, "full deleteRecurringInvoice recurring_000001"),
    (RECURRING, "full pauseRecurringInvoice recurring_000001"),
    (PAUSED, "full resumeRecurringInvoice recurring_000001"),
)
"""What has to have happened, and the call whose answer is told."""


def recorded() -> str:
    """Return the examples as YAML."""
    return teller.recorded("experi", STORY, {}, {})
