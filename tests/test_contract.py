"""The tables under specs/: sound as they stand, and a mistake in one stops the start with a sentence."""

import shutil

import pytest

from counterfoil import resources
from counterfoil.contract.load import load
from counterfoil.operating import OperatingError

# A change to a file, as what is replaced by what, and what must be said about it.
MISTAKES = [
    ("lifecycle", "to: [SUBMITTED]", "to: [SUBMITED]",
     "lifecycle.yaml: invoice has the state 'SUBMITED', which Invoice.status lacks (did you mean 'SUBMITTED'?)"),
    ("lifecycle", "post: release,", "post: relase,",
     "posts 'relase', which ledger.yaml lacks (did you mean 'release'?)"),
    ("lifecycle", "{invoice.disputed: [SELLER, BUYER]}", "{invoice.disputd: [SELLER, BUYER]}",
     "emits 'invoice.disputd', which events.yaml lacks (did you mean 'invoice.disputed'?)"),
    ("lifecycle", "{invoice.disputed: [SELLER, BUYER]}", "{invoice.disputed: []}",
     "invoice, dispute from SUBMITTED emits 'invoice.disputed' to nobody; name its recipients"),
    ("lifecycle", "trigger: dispute, from: [SUBMITTED], to: [DISPUTED], who: [BUYER]",
     "trigger: dispute, from: [SUBMITTED], to: [DISPUTED], who: []",
     "invoice, dispute from SUBMITTED is open to nobody; fill who"),
    ("lifecycle", "trigger: resubmit, from: [DISPUTED]", "trigger: resubmit, from: [DISPUTED, DRAFT]",
     "has several sources; write a row for each"),
    ("lifecycle", "trigger: reject-cancellation, from: [CANCELLATION_REQUESTED]",
     "trigger: accept-cancellation, from: [CANCELLATION_REQUESTED]",
     "invoice, accept-cancellation from CANCELLATION_REQUESTED stands 2 times; keep one"),
    ("lifecycle", "trigger: dispute, from: [SUBMITTED]", "trigger: dispute, from: [DISPUTED]",
     "invoice never reaches 'DISPUTED'; add an arrow to it"),
    ("lifecycle", "provenance: documented}", "provenance: guessed}",
     "specs/expereon/lifecycle.yaml: Invalid enum value 'guessed'"),
    ("lifecycle", "who: [SELLER], emit: [{invoice.created", "whom: [SELLER], emit: [{invoice.created",
     "Object contains unknown field `whom`"),
    ("lifecycle", "schema: Invoice\n", "schema: Bill\n",
     "invoice is about Bill.status, which has no enum; correct schema and field"),
    ("ledger", "from: buyer.RESERVED, to: seller.AVAILABLE", "from: buyer.RESERVD, to: seller.AVAILABLE",
     "posting 'settle' has the leg 'buyer.RESERVD'"),
    ("ledger", "outside: true, ", "",
     "specs/expereon/ledger.yaml: no arrow posts 'deposit'; post it in lifecycle.yaml or remove it"),
    ("events", "invoice.restored: {subject: invoice", "invoice.returned: {subject: invoice",
     "emits 'invoice.restored', which events.yaml lacks"),
    ("events", "when: The invoice was paid., provenance", "when: The invoice was paid., outside: 7, provenance",
     "Expected `bool`, got `int`"),
    ("events", "invoice.settled: {subject: invoice", "invoice.settled: {subject: bill",
     "'invoice.settled' is about 'bill', which is no subject"),
    ("errors", "code: AMOUNT_MISMATCH, status: 400", "code: AMOUNT_MISSMATCH, status: 400",
     "names the error 'AMOUNT_MISMATCH', which errors.yaml lacks (did you mean 'AMOUNT_MISSMATCH'?)"),
    ("errors", "code: INVALID_SORT, status: 400", "code: INVALID_SORT, status: 422",
     "may answer 422; add it to its responses"),
    ("errors", "  - {keyword: maxItems", "  - {keyword: maxItem",
     "no violation has the keyword 'maxItems', which a request can break; add it"),
    ("policy", "malformed: MALFORMED_JSON", "malformed: MALFORMED",
     "specs/expereon/policy.yaml: bodies.malformed is 'MALFORMED', which errors.yaml lacks"),
    ("policy", "of: updateInvoice", "of: updateInvoices",
     "alias 'putInvoice' is of 'updateInvoices', which is no operation; correct it (did you mean"),
    ("policy", "method: put", "method: patch",
     "alias 'putInvoice' takes patch /api/v1/invoices/{invoiceId}, which openapi.yaml or another alias"),
    ("policy", "areas: [invoices,", "areas: [invoicing,",
     "permissions.macros name 'invoices:approve', of no area listed"),
    ("policy", "lifetime: P1D", "lifetime: one day", "Invalid ISO8601 duration - at `$.idempotency.lifetime`"),
    ("openapi", "      x-provenance: documented\n", "      x-provenance: documented\n      x-bucket: al\n",
     "counts in 'al', which limits.buckets of policy.yaml lacks (did you mean 'all'?)"),
    ("policy", "buckets: {all: 600}", "buckets: {all: 600, send: 50}",
     "no operation counts in the bucket 'send'; name it in x-bucket"),
    ("policy", "buckets: {all: 600}", "buckets: {all: 0}", "Expected `int` >= 1 - at `$.limits.buckets[...]`"),
    ("openapi", "operationId: getPayment", "operationId: getInvoice",
     "operationId 'getInvoice' stands 2 times; rename one"),
    ("openapi", 'x-permission: "payments:write"', 'x-permission: "payment:write"',
     "wants the permission 'payment:write', which no macro of policy.yaml holds"),
    ("openapi", 'schema: {$ref: "#/components/schemas/PaymentPage"}', 'schema: {$ref: "#/components/schemas/Payments"}',
     "$ref '#/components/schemas/Payments' leads nowhere; define it or correct it"),
    ("openapi", "x-provenance: documented\n      x-permission", "x-provenance: known\n      x-permission",
     "get /api/v1/invoices has x-provenance 'known'; write one of documented, observed, inferred"),
    ("openapi", "x-errors: [INVALID_PAGINATION, INVALID_SORT, INVALID_FILTER]",
     "x-errors: [INVALID_PAGINATION, INVALID_SORT, INVALID_FILTR]",
     "names the error 'INVALID_FILTR', which errors.yaml lacks (did you mean 'INVALID_FILTER'?)"),
    ("openapi", "paths:\n", "paths:\n  /api/v1/invoices: {}\n", "'/api/v1/invoices' stands twice; remove one"),
    ("errors", "refusals:\n", "on: yes\nrefusals:\n", "line 11: put the key True in quotes"),
    ("ledger", "buckets:", "buckets: [", "is not sound YAML"),
]  # fmt: skip


@pytest.fixture
def copied(tmp_path):
    """The tables of the checkout in a folder of their own."""
    shutil.copytree(resources.root() / "specs", tmp_path / "specs")
    return tmp_path / "specs" / "expereon"


def reload(copied):
    return load("expereon", copied.parents[1])


@pytest.mark.parametrize(("table", "old", "new", "said"), MISTAKES)
def test_a_mistake_stops_the_start_with_one_sentence(copied, table, old, new, said):
    file = copied / f"{table}.yaml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))

    with pytest.raises(OperatingError) as raised:
        reload(copied)

    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_missing_table_is_named(copied):
    (copied / "events.yaml").unlink()

    with pytest.raises(OperatingError, match=r"specs/expereon/events.yaml is missing"):
        reload(copied)


def test_an_operation_without_a_function_is_named(copied):
    from counterfoil.apis.expereon.api import assemble

    text = (copied / "openapi.yaml").read_text()
    (copied / "openapi.yaml").write_text(
        text.replace("operationId: getPayment", "operationId: readPayment")
    )

    with pytest.raises(OperatingError, match="no function answers the operation 'readPayment'"):
        assemble(reload(copied))


def test_what_was_built_is_read_until_the_yaml_is_newer(copied):
    import os

    reload(copied)
    built = copied.parents[1] / ".built" / "specs" / "expereon" / "policy.yaml.json"
    built.write_text(built.read_text().replace('"title":"Expereon"', '"title":"Built"'))
    from_built = reload(copied).policy.service.title
    later = built.stat().st_mtime + 10
    os.utime(copied / "policy.yaml", (later, later))
    from_yaml = reload(copied).policy.service.title

    assert (from_built, from_yaml) == ("Built", "Expereon")


def test_the_lifecycle_has_every_arrow_of_the_architecture_document():
    diagram = """
        [*] DRAFT / DRAFT SUBMITTED / DRAFT CANCELLED / SUBMITTED APPROVED
        SUBMITTED APPROVED_WITH_ADJUSTMENT / SUBMITTED DISPUTED / SUBMITTED CANCELLED
        SUBMITTED INFO_REQUESTED / INFO_REQUESTED SUBMITTED / DISPUTED SUBMITTED / DISPUTED CANCELLED
        APPROVED SETTLED / APPROVED_WITH_ADJUSTMENT SETTLED / APPROVED CANCELLATION_REQUESTED
        APPROVED_WITH_ADJUSTMENT CANCELLATION_REQUESTED / CANCELLATION_REQUESTED CANCELLED
        CANCELLATION_REQUESTED APPROVED / SETTLED ARCHIVED / CANCELLED ARCHIVED
    """
    drawn = {tuple(a.split()) for line in diagram.strip().splitlines() for a in line.split(" / ")}

    arrows = load("expereon").machines["invoice"].arrows
    documented = {
        (arrow.source or "[*]", target)
        for arrow in arrows
        if arrow.provenance == "documented"
        for target in arrow.targets
    }

    assert documented == drawn


def test_an_arrow_says_what_its_request_has_to_bring(copied):
    file = copied / "lifecycle.yaml"
    row = "trigger: dispute, from: [SUBMITTED], to: [DISPUTED], who: [BUYER]"
    file.write_text(file.read_text().replace(row, f"{row}, needs: [reason, category]"))

    machine = reload(copied).machines["invoice"]

    needing = {arrow.trigger: arrow.needs for arrow in machine.arrows if arrow.needs}
    assert needing == {"dispute": ("reason", "category")}


def test_a_read_that_begins_work_says_that_it_changes_something(copied):
    file = copied / "openapi.yaml"
    text = file.read_text()
    name = "operationId: getInvoiceConfirmation"
    file.write_text(text.replace(name, f"{name}\n      x-changes: true", 1))
    # A change may be refused for its requestId, which no read documents.
    with pytest.raises(OperatingError, match="may answer 409; add it to its responses"):
        reload(copied)


def test_the_facts_of_every_refusal_are_documented():
    schema = resources.document("specs/expereon/openapi.yaml")["components"]["schemas"]["Error"]
    declared = schema["properties"]["details"]["items"]["properties"].keys()
    facts = {fact for row in load("expereon").refusals.values() for fact in row.facts}

    assert facts == declared - {"field", "code", "message"}


def test_the_messages_of_refusals_name_only_facts_they_are_given():
    import string

    told_besides = {
        "method",
        "path",
        "allowed",
        "reason",
        "bucket",
        "resource",
        "missing",
        "seconds",
        "most",
        "known",
    }
    for row in load("expereon").refusals.values():
        named = {name for _, name, _, _ in string.Formatter().parse(row.message) if name}
        assert named <= {*row.facts, *told_besides}, row.code
