"""Faults in what is told: lists, errors, exports, events."""

import msgspec
from grafting import constant, function, table, trusting
from mutant import Catalogue

from counterfoil.engine.pagination import Query

MUTANTS = Catalogue()
mutant = MUTANTS.mutant
replace = msgspec.structs.replace


@mutant("lists")
def page_off_by_one():
    """Every page but the first leaves an item out."""

    def make(original):
        def select(world, kind, owner, query, start):
            return original(world, kind, owner, query, start + (start > 0))

        return select

    function("engine.pagination:_select", make)


@mutant("lists")
def pages_overlap():
    """Every page but the first begins with the last item of the one before."""

    def make(original):
        def select(world, kind, owner, query, start):
            return original(world, kind, owner, query, max(0, start - 1))

        return select

    function("engine.pagination:_select", make)


@mutant("lists")
def pages_rounded_down():
    """A last page that is not full is not counted."""

    def make(original):
        def envelope(query, items, total):
            return {**original(query, items, total), "totalPages": total // query.limit}

        return envelope

    function("apis.expereon.wire:envelope", make)


@mutant("lists")
def total_of_the_page():
    """The total is that of the page."""

    def make(original):
        def envelope(query, items, total):
            return original(query, items, len(items))

        return envelope

    function("apis.expereon.wire:envelope", make)


@mutant("lists")
def limit_without_bound():
    """A page may be as large as anybody likes."""
    table(
        "openapi",
        lambda found: found["components"]["parameters"]["limit"]["schema"].update(maximum=100000),
    )


@mutant("lists")
def limit_of_zero():
    """A page of nothing can be asked for."""
    table(
        "openapi",
        lambda found: found["components"]["parameters"]["limit"]["schema"].update(minimum=0),
    )


@mutant("lists")
def order_ignored():
    """Lists are always in descending order."""
    querying(lambda query: replace(query, descending=True))


@mutant("lists")
def sort_ignored():
    """Lists are always in the order of creation."""
    querying(lambda query: replace(query, sort=Query(0, 1).sort))


@mutant("lists")
def filters_ignored():
    """Bounds of amounts are not looked at."""
    querying(
        lambda query: replace(
            query, conditions=tuple(c for c in query.conditions if c.key != "amount")
        )
    )


@mutant("lists")
def status_ignored():
    """The filter of statuses keeps everything."""
    querying(lambda query: replace(query, choices=()))


def querying(change):
    """Change what is asked of the store for a list."""
    function(
        "apis.expereon.filters:query_of", lambda original: lambda *args: change(original(*args))
    )


@mutant("lists")
def bound_exclusive():
    """An upper bound of amounts leaves out the bound itself."""
    from counterfoil.apis.expereon import filters

    other = tuple(
        ("amountMax", key, "<") if name == "amountMax" else (name, key, how)
        for name, key, how in filters.BOUNDS
    )
    constant("apis.expereon.filters:BOUNDS", other)


@mutant("lists")
def total_remembered_too_long():
    """What was counted once is never counted again."""
    function("engine.pagination:_counted", lambda _: lambda world, kind, owner, query: 3)


@mutant("expereon")
def unescaped_export():
    """A cell that a spreadsheet takes for a formula is left as it is."""
    constant("engine.exports:FORMULA", ("\0",))


@mutant("lists")
def short_export():
    """An export holds three rows."""
    constant("engine.exports:MOST", 3)


@mutant("lifecycle")
def undocumented_status():
    """A new invoice is answered with 201."""
    trusting()

    def make(original):
        def create(book, call, world):
            return replace(original(book, call, world), status=201)

        return create

    function("apis.expereon.invoices:create_invoice", make)


@mutant("lists")
def missing_member():
    """Invoices lack the day they are due on."""
    trusting()

    def make(original):
        def invoice(book, world, record, role):
            told = dict(original(book, world, record, role))
            del told["dueDate"]
            return told

        return invoice

    function("apis.expereon.wire:invoice", make)


@mutant("lifecycle")
def wrong_error_status():
    """An impossible action is told as if there were nothing to act on."""
    refusing("INVALID_STATE_TRANSITION", status=404)


@mutant("lifecycle")
def facts_left_out():
    """An impossible action is refused without saying what is possible."""
    refusing("INVALID_STATE_TRANSITION", facts=[])


def refusing(code, **change):
    """Change a row of the table of errors."""

    def edit(found):
        next(row for row in found["refusals"] if row["code"] == code).update(change)

    table("errors", edit)


@mutant("credentials")
def oracle():
    """Who may not see an invoice is told that it is there."""
    refusing("NOT_FOUND", status=403)


@mutant("lifecycle")
def envelope_without_code():
    """Errors do not say which one they are."""
    trusting()

    def make(original):
        def refusal(book, refused, told):
            whole = dict(original(book, refused, told))
            whole["code"] = "ERROR"
            return whole

        return refusal

    function("apis.expereon.refusals:refusal", make)


@mutant("expereon")
def notes_of_others():
    """Internal notes are read by the other side, too."""

    def make(original):
        def create(book, call, world):
            call.body["visibility"] = "SHARED"
            return original(book, call, world)

        return create

    function("apis.expereon.notes:create_invoice_note", make)


@mutant("webhooks")
def missing_event():
    """Nobody hears of a dispute."""

    def make(original):
        def emitted(book, world, arrow, news):
            return () if arrow.trigger == "dispute" else original(book, world, arrow, news)

        return emitted

    function("apis.expereon.step:emitted", make)


@mutant("webhooks")
def event_to_one_side():
    """The seller does not hear of an approval."""
    emitting("approve", "SUBMITTED", [{"invoice.approved": ["BUYER"]}])


@mutant("webhooks")
def event_twice():
    """A settlement is told twice."""
    both = ["SELLER", "BUYER"]
    emitting(
        "settle",
        "APPROVED",
        [{"payment.settled": both}, {"invoice.settled": both}, {"invoice.settled": both}],
    )


@mutant("webhooks")
def event_of_another_name():
    """A submission is told as an update."""
    emitting("resubmit", "DISPUTED", [{"invoice.updated": ["SELLER", "BUYER"]}])


def emitting(trigger, source, emit):
    """Let an arrow emit other events."""

    def edit(found):
        rows = found["invoice"]["transitions"]
        row = next(r for r in rows if r["trigger"] == trigger and r["from"] == [source])
        row["emit"] = emit

    table("lifecycle", edit)


@mutant("webhooks")
def wrong_signature():
    """The signature is made with the secret without its prefix."""
    signing(lambda original: lambda signed, secret: original(signed, secret.removeprefix("whsec_")))


@mutant("webhooks")
def signature_of_something_else():
    """The signature is not of the bytes that are sent."""
    signing(
        lambda original: (
            lambda signed, secret: original(replace(signed, body=signed.body + b"\n"), secret)
        )
    )


def signing(make):
    """Let signatures be made otherwise."""
    function("engine.signatures:_hex", make)


@mutant("webhooks")
def one_signature_header():
    """One of the two headers is missing."""
    table(
        "policy",
        lambda found: found["webhooks"]["signature"].update(headers=["X-Webhook-Signature"]),
    )


@mutant("webhooks")
def retries_too_soon():
    """What was not taken comes again after half a minute."""
    table("policy", lambda found: found["webhooks"]["retries"].__setitem__(0, "PT30S"))


@mutant("webhooks")
def gives_up_early():
    """The last retry is not made."""
    table("policy", lambda found: found["webhooks"]["retries"].pop())


@mutant("webhooks")
def event_without_facts():
    """An event does not say whom it is about."""

    def make(original):
        def event(happened, at):
            return {**original(happened, at), "data": {}}

        return event

    function("apis.expereon.payloads:event", make)
