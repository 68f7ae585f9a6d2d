"""What is made of documents on demand: PDF and QR code."""

import msgspec

from counterfoil.apis.invoicexpress.document_records import Document
from counterfoil.apis.invoicexpress.downloads import Wanted, asked_for
from counterfoil.apis.invoicexpress.printing import printed
from counterfoil.apis.invoicexpress.proof import qr_text
from counterfoil.apis.invoicexpress.rulebook import Rulebook
from counterfoil.apis.invoicexpress.step import account_of, is_said
from counterfoil.apis.invoicexpress.walk import found
from counterfoil.apis.invoicexpress.wire import BLANK
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.call import Call
from counterfoil.engine.outcome import Outcome
from counterfoil.engine.world import World
from counterfoil.papers import qr

NOT_READY = 202


def generate_pdf(book: Rulebook, call: Call, world: World) -> Outcome:
    """Tell where a document's PDF is, or that it is not made yet."""
    document = found(book, call, world)
    if document.status not in book.rules.printed:
        raise Refusal("NO_PDF_IN_STATE", id=document.id)
    second = is_said(call.arguments.get("second_copy"))

    def make() -> bytes:
        return msgspec.json.encode(printed(book, world, document, second_copy=second))

    subject = f"pdf {document.id} {document.version} {second}"
    readiness = asked_for(book, call, world, Wanted(subject, _named(book, document, "pdf"), make))
    if readiness.url is None:
        return Outcome(BLANK, readiness.change, document.id, NOT_READY)
    return Outcome({"output": {"pdfUrl": readiness.url}}, readiness.change, document.id)


def get_qr_code(book: Rulebook, call: Call, world: World) -> Outcome:
    """Tell where the image of a document's QR code is, or that it is not made yet."""
    id = str(call.arguments["document-id"])
    document = world.seen(book.kinds.document, call.principal.owner, id)
    if document is None:
        raise Refusal("QR_NOT_FOUND", given=id)
    if document.status not in book.rules.coded:
        raise Refusal("NO_QR_IN_DRAFT", id=id)
    account = account_of(book, call, world)

    def make() -> bytes:
        return qr.png(qr_text(book, account, document))

    subject = f"qr {document.id} {document.version}"
    readiness = asked_for(book, call, world, Wanted(subject, _named(book, document, "png"), make))
    if readiness.url is None:
        body = {"qr_code": {"status": "In progress"}}
        return Outcome(body, readiness.change, document.id, NOT_READY)
    return Outcome({"qr_code": {"url": readiness.url}}, readiness.change, document.id)


def _named(book: Rulebook, document: Document, ending: str) -> str:
    """Return what a document's file is called: `invoice-24206414.pdf`."""
    return f"{book.rules.documents[document.type].key}-{document.id}.{ending}"
