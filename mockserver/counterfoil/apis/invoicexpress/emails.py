"""Documents by e-mail: the letter stays in the world's outbox, with the document as PDF."""

from counterfoil.apis.invoicexpress.printing import printed
from counterfoil.apis.invoicexpress.rulebook import Rulebook
from counterfoil.apis.invoicexpress.step import account_of, put
from counterfoil.apis.invoicexpress.walk import found, type_of
from counterfoil.apis.invoicexpress.wire import BLANK
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.call import Call
from counterfoil.engine.outbox import Enclosure, sent
from counterfoil.engine.outcome import Outcome
from counterfoil.engine.records import revised
from counterfoil.engine.world import World

KEPT = "1"
"""What lets the address stay with the client."""


def send_email(book: Rulebook, call: Call, world: World) -> Outcome:
    """Send a document to its client; a draft goes without a paper, which it has none of yet."""
    document, account = found(book, call, world, type_of(book, call)), account_of(book, call, world)
    if account.trial:
        raise Refusal("NOT_IN_TRIAL")
    message, of = call.body["message"], book.rules.documents[document.type]
    to, title = message["client"]["email"], of.title[account.language]
    number = document.number.text if document.number else ""
    enclosed = []
    if document.status in book.rules.printed:
        enclosed.append(Enclosure(f"{of.key}-{document.id}.pdf", printed(book, world, document)))
    _, change = sent(
        world,
        enclosed,
        api=book.contract.api,
        kind=of.key,
        to=to,
        subject=message.get("subject") or f"{title} {number}".strip(),
        body=message.get("body") or "",
        about=document.id,
        cc=_addresses(message.get("cc")),
        bcc=_addresses(message.get("bcc")),
    )
    client = world.get(book.kinds.client, document.client.id)
    if message["client"].get("save") == KEPT and client is not None:
        change += put(book.kinds.client, revised(client, world.now, email=to), client)
    return Outcome(BLANK, change, document.id)


def _addresses(told: str | None) -> tuple[str, ...]:
    """Return the addresses of a line, parted by commas."""
    parts = (part.strip() for part in (told or "").split(","))
    return tuple(part for part in parts if part)
