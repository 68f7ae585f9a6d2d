"""What InvoiceXpress refuses for the state that an account is in, one request for each reason."""

from counterfoil.verify.checks.laws import laws, refused

from .makers import draft, finished, inside, made, new_series, series, today

LONG_AGO = "01/01/2000"
NOWHERE = 1

DRAFTS = (
    ({"currency_code": "ABC"}, "CURRENCY_UNKNOWN"),
    ({"owner_invoice_id": NOWHERE}, "OWNER_UNKNOWN"),
    ({"sequence_id": str(NOWHERE)}, "SEQUENCE_UNKNOWN"),
    ({"tax_exemption": "M77"}, "EXEMPTION_UNKNOWN"),
    ({"due_date": LONG_AGO}, "DUE_BEFORE_DATE"),
    ({"global_discount": {"value_type": "percentage", "value": 101}}, "DISCOUNT_INVALID"),
    ({"items": []}, "ITEMS_MISSING"),
)
"""What a draft says besides, and why it is none."""


def drafts_have_to_make_sense(run):
    """A draft that names what is not there, or cannot be, is refused and not made."""
    for more, code in DRAFTS:
        body = {"invoice": draft(run, **more)}
        yield from _refused(run, code, "createInvoice", body=body)
    line = {"name": run.name(), "unit_price": "1.0", "quantity": "1.0", "tax": {"name": "Isento"}}
    body = {"invoice": draft(run, items=[line])}
    yield from _refused(run, "EXEMPTION_MISSING", "createInvoice", body=body)


def names_are_given_once(run):
    """What has a name that something else has is refused."""
    for operation, body, code in (
        ("createClient", {"client": {"name": run.name()}}, "CLIENT_NAME_TAKEN"),
        ("createItem", {"item": {"name": run.name(), "unit_price": "1.0"}}, "ITEM_NAME_TAKEN"),
        (
            "createTax",
            {"tax": {"name": run.name(), "value": "1.0", "region": "PT"}},
            "TAX_NAME_TAKEN",
        ),
        ("createSequence", series(run), "SEQUENCE_TAKEN"),
    ):
        run.need(operation, "account", body=body)
        yield from _refused(run, code, operation, body=body)


def states_are_changed_by_the_book(run):
    """What is canceled wants a reason; a word that no state has is told back."""
    path = {"document-id": finished(run)["id"]}
    for said, code in (
        ({"state": "canceled"}, "MESSAGE_BLANK"),
        ({"state": "vanished"}, "CANT_HANDLE"),
    ):
        yield from _refused(run, code, "changeInvoiceState", path=path, body={"invoice": said})


def no_number_goes_back_in_time(run):
    """A series takes no document from before its last one."""
    serie = new_series(run)
    finished(run, sequence_id=str(serie["id"]))
    earlier = made(run, "invoice", sequence_id=str(serie["id"]), date=LONG_AGO)
    path, body = {"document-id": earlier["id"]}, {"invoice": {"state": "finalized"}}
    yield from _refused(run, "DATE_BEFORE_LAST", "changeInvoiceState", path=path, body=body)


def nobody_is_credited_more_than_they_bought(run):
    """A credit note of more than the invoice that it corrects is not finalized."""
    invoice = finished(run)
    lines = [{"name": run.name(), "unit_price": "100.0", "quantity": "1.0"}]
    client = {"name": invoice["client"]["name"]}
    body = draft(run, items=lines, client=client, owner_invoice_id=invoice["id"])
    note = inside(run.need("createCreditNote", "account", body={"credit_note": body}).json)
    path, told = {"document-id": note["id"]}, {"credit_note": {"state": "finalized"}}
    yield from _refused(run, "CREDIT_TOO_LARGE", "changeCreditNoteState", path=path, body=told)


def no_more_is_regularized_than_is_owed(run):
    """A client's opening balance is settled up to what it is; documents come after it."""
    client = inside(run.need("createClient", "account", body={"client": {"name": run.name()}}).json)
    path, day = {"client_id": client["id"]}, f"{today(run)[6:]}-01-01"
    owed = {"initial_balance": {"value": 10, "date": day}}
    run.need("updateClientInitialBalance", "account", path=path, body=owed)
    body = {"regularization": {"value": 6, "date": day}}
    run.need("createClientRegularization", "account", path=path, body=body)
    yield from _refused(
        run, "REGULARIZATION_TOO_LARGE", "createClientRegularization", path=path, body=body
    )
    less = {"initial_balance": {"value": 1, "date": day}}
    yield from _refused(
        run, "INITIAL_BALANCE_USED", "updateClientInitialBalance", path=path, body=less
    )
    body = {"invoice": draft(run, client={"name": client["name"]}, date=LONG_AGO)}
    yield from _refused(run, "DATE_BEFORE_BALANCE", "createInvoice", body=body)


def what_is_not_there_is_named(run):
    """A client or a series that is not there is told as missing."""
    for operation, parameter, code in (
        ("getClientBalance", "client_id", "CLIENT_NOT_FOUND"),
        ("registerSequence", "sequence_id", "SEQUENCE_NOT_FOUND"),
    ):
        yield from _refused(run, code, operation, path={parameter: str(NOWHERE)})


def _refused(run, code, operation, **asked):
    """Yield the finding of a request that is not refused for a reason."""
    answer = run.ask(operation, "account", **asked)
    message = run.contract.refusals[code].message
    claim = f"what is wrong is refused: {message}"
    yield from refused(run, code, operation, claim, answer)


REFUSALS = laws(
    "invoicexpress",
    drafts_have_to_make_sense,
    names_are_given_once,
    states_are_changed_by_the_book,
    no_number_goes_back_in_time,
    nobody_is_credited_more_than_they_bought,
    no_more_is_regularized_than_is_owed,
    what_is_not_there_is_named,
)
