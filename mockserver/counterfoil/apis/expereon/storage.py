"""Storage: files an organisation uploads, some of them attached to an invoice."""

import re

from counterfoil.apis.expereon import wire
from counterfoil.apis.expereon.filters import query_of
from counterfoil.apis.expereon.records import Attachment, Invoice, StoredFile
from counterfoil.apis.expereon.rulebook import Rulebook
from counterfoil.apis.expereon.step import begin, visible
from counterfoil.domain.outcome import Refusal, Violation, invalid
from counterfoil.engine import files
from counterfoil.engine.call import Call
from counterfoil.engine.files import Content, Upload
from counterfoil.engine.outcome import Change, FilePut, Outcome, Put
from counterfoil.engine.pagination import page
from counterfoil.engine.records import revised
from counterfoil.engine.world import World

NAME = re.compile(r"[^/\\\x00-\x1f\x7f]{1,255}")
"""What a file may be called: no path, no control characters."""


def upload_file(book: Rulebook, call: Call, world: World) -> Outcome:
    """Keep a file; one that is attached to an invoice changes that too."""
    body = call.body
    upload: Upload = body["file"]
    type_ = _accepted(book, upload)
    kind, invoice_id = book.kinds.file, body.get("invoiceId")
    stored = StoredFile(
        **world.birth(kind),
        organization=call.principal.owner,
        name=upload.name,
        content_type=type_,
        size=len(upload.content),
        sha256=upload.sha256,
        purpose=body.get("purpose", "INVOICE_ATTACHMENT" if invoice_id else "DOCUMENT"),
        invoice_id=invoice_id,
    )
    change = Change(puts=(Put(kind, stored),), files=(FilePut(stored.id, upload.content),))
    if invoice_id:
        change += _attached(book, call, world, stored)
    return Outcome(wire.file(stored), change, stored.id)


def list_files(book: Rulebook, call: Call, world: World) -> Outcome:
    """List the organisation's files, or those of an invoice it is a party of."""
    query, owner = query_of(call, world), call.principal.owner
    if "invoiceId" in call.arguments:
        invoice, _ = visible(book, call, world, call.arguments["invoiceId"])
        owner = attached_to(invoice.id)
    found = page(world, book.kinds.file, owner, query)
    return Outcome(wire.page(query, found, wire.file))


def get_file(book: Rulebook, call: Call, world: World) -> Outcome:
    """Tell what a file is."""
    return Outcome(wire.file(_found(book, call, world)))


def download_file(book: Rulebook, call: Call, world: World) -> Outcome:
    """Send a file, or the range of it that is asked for."""
    stored = _found(book, call, world)
    content = Content(
        stored.name,
        stored.content_type,
        files.stored(world, stored.id),
        call.arguments.get("Range"),
    )
    return Outcome(content, status=content.status)


def delete_file(book: Rulebook, call: Call, world: World) -> Outcome:
    """Remove a file; one that is attached comes off its invoice, while that may still be changed."""
    stored = _found(book, call, world)
    if stored.organization != call.principal.owner:
        raise Refusal("ROLE_NOT_ALLOWED", requiredRole="UPLOADER", actualRole="READER")
    change = Change(puts=(Put(book.kinds.file, None, stored),), files=(FilePut(stored.id, None),))
    if stored.invoice_id:
        step = begin(book, call, world, "update", stored.invoice_id)
        kept = tuple(a for a in step.invoice.attachments if a.id != stored.id)
        change += _revised(book, world, step.invoice, kept)
    return Outcome({"id": stored.id, "deleted": True}, change, stored.id)


def attached_to(invoice_id: str) -> str:
    """Return whose list the files of an invoice are in."""
    return f"invoice {invoice_id}"


def _accepted(book: Rulebook, upload: Upload) -> str:
    """Return what a file really is; refuse one that is too large, or not what it says it is."""
    rules = book.rules.files
    if not NAME.fullmatch(upload.name) or upload.name in (".", ".."):
        wrong = Violation("file", "pattern", "a file name without a path", given=upload.name[:40])
        raise invalid(book.contract.policy.bodies.invalid, (wrong,))
    if len(upload.content) > rules.max_bytes:
        raise Refusal("FILE_TOO_LARGE", field="file", most=rules.max_bytes)
    type_ = files.type_of(upload, rules.types, rules.max_unpacked)
    if type_ is None:
        known = ", ".join(sorted(rules.types))
        raise Refusal("UNSUPPORTED_FILE_TYPE", field="file", known=known)
    return type_


def _attached(book: Rulebook, call: Call, world: World, stored: StoredFile) -> Change:
    """Return the change of the invoice that a file is attached to."""
    assert stored.invoice_id is not None
    step = begin(book, call, world, "update", stored.invoice_id)
    held = step.invoice.attachments
    if len(held) >= book.rules.files.per_invoice:
        raise Refusal("TOO_MANY_FILES", field="invoiceId", most=book.rules.files.per_invoice)
    attachment = Attachment(
        id=stored.id, name=stored.name, type=stored.content_type, size=stored.size
    )
    return _revised(book, world, step.invoice, (*held, attachment))


def _revised(
    book: Rulebook, world: World, invoice: Invoice, attachments: tuple[Attachment, ...]
) -> Change:
    after = revised(invoice, world.now, attachments=attachments)
    return Change(puts=(Put(book.kinds.invoice, after, invoice),))


def _found(book: Rulebook, call: Call, world: World) -> StoredFile:
    """Return a file of the organisation's own, or of an invoice that it may see."""
    kind, owner, id = book.kinds.file, call.principal.owner, call.arguments["fileId"]
    stored = world.seen(kind, owner, id)
    if stored is not None:
        return stored
    shared = world.get(kind, id)
    attached = shared is not None and shared.invoice_id is not None
    if (
        shared is None
        or not attached
        or not world.seen(book.kinds.invoice, owner, shared.invoice_id or "")
    ):
        raise Refusal("NOT_FOUND")
    return shared
