"""Expereon's lists: what they sort by, what their filters keep, and what to fill them with."""

from decimal import Decimal

from counterfoil.verify.subject import Filter, Listing, Paging

from .makers import act, draft, new_invoice, new_refund, settled, withdrawal

PAGING = Paging(
    page="page",
    limit="limit",
    most=100,
    items=lambda page: page["items"],
    total=lambda page: page["totalCount"],
    pages=lambda page: page["totalPages"],
    refused="INVALID_PAGINATION",
    sort_refused="INVALID_SORT",
    filter_refused="INVALID_FILTER",
)


def fill(run):
    """Have invoices of different amounts and states, some of which are due on the same day."""
    for amount in ("30.00", "5.00", "200.00"):
        item = {"description": "Room", "quantity": "1", "unitPrice": amount}
        run.need("createInvoice", "seller", body=draft(run, lineItems=[item], dueDate="2031-01-01"))
    settled(run)
    archived = settled(run)
    act(run, "seller", "archiveInvoice", archived)
    act(run, "seller", "cancelInvoice", new_invoice(run))
    act(run, "seller", "submitInvoice", new_invoice(run))


def withdraw(run):
    """Have a withdrawal."""
    run.need("submitWithdrawal", "seller", body=withdrawal(run))


def of(member):
    """Return what sorts items by a member."""
    return lambda item: item[member]


def amount(item):
    """Return what sorts items by their amount."""
    return Decimal(item["amount"])


def distinct(member):
    """Return what lists the values of a member."""
    return lambda items: sorted({item[member] for item in items})


def same(parameter, member=None, refused=None):
    """Return a filter that keeps the items whose member has a value."""
    name = member or parameter
    return Filter(parameter, distinct(name), lambda item, value: item[name] == value, refused)


INVOICE_SORTS = {
    name: of(name) for name in ("createdAt", "updatedAt", "dueDate", "invoiceNumber", "status")
}
INVOICE_FILTERS = (
    same("status", refused="NOWHERE"),
    same("currency"),
    same("connectionId"),
    Filter("invoiceNumber", lambda items: [items[0]["invoiceNumber"]], lambda item, value: item["invoiceNumber"] == value),
    Filter("amountMin", lambda items: ["10.01"], lambda item, value: amount(item) >= Decimal(value), "much"),
    Filter("amountMax", lambda items: ["10.00"], lambda item, value: amount(item) <= Decimal(value)),
    Filter("dueDateFrom", lambda items: ["2030-06-01"], lambda item, value: item["dueDate"] >= value, "soon"),
    Filter("dueDateTo", lambda items: ["2030-01-01"], lambda item, value: item["dueDate"] <= value),
)  # fmt: skip


def listings(*, both, treasury):
    """Return the lists; with both parties they are filled, without a treasury its lists are left out."""
    whole = {"includeArchived": "true"}
    invoices = Listing(
        "listInvoices",
        "seller",
        {**INVOICE_SORTS, "amount": amount},
        INVOICE_FILTERS,
        fill if both else None,
        whole,
        export="exportInvoices",
    )
    parties = [
        Listing("listPayments", "buyer", {"createdAt": of("createdAt"), "amount": amount}, (same("status"), same("invoiceId")), export="exportPayments"),
        Listing("listInvoices", "buyer", {"amount": amount}, (same("status"),), whole=whole),
    ]  # fmt: skip
    money = [
        Listing("listTransactions", "seller", {"createdAt": of("createdAt"), "amount": amount}, (same("type"), same("direction")), export="exportTransactions"),
        Listing("listWithdrawals", "seller", {"amount": amount}, (same("status"),), withdraw),
        Listing("listRefunds", "seller", {"amount": amount}, (same("status"),), new_refund),
        Listing("listBalanceChangeLogs", "buyer", filters=(same("type"), same("bucket"))),
        Listing("listBalances", "seller", filters=(same("currency"),)),
    ]  # fmt: skip
    rest = [
        Listing("listApiKeys", "seller"),
        Listing("listWebhooks", "seller"),
        Listing("listApiLogs", "seller", filters=(same("method"),)),
    ]
    return (invoices, *(parties if both else ()), *(money if treasury else ()), *rest)
