"""Files that take their time: asked for again and again until they are ready, then downloaded.

How often a file is not ready yet is a switch of the world. A file that is ready has an address of its own,
which is its own key: whoever has it needs no other.
"""

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from counterfoil.apis.invoicexpress.auth import FILES, files_of
from counterfoil.apis.invoicexpress.document_records import Paper
from counterfoil.apis.invoicexpress.rulebook import Rulebook
from counterfoil.apis.invoicexpress.step import put
from counterfoil.engine.call import Call
from counterfoil.engine.credentials import Credential
from counterfoil.engine.files import Content, stored
from counterfoil.engine.ids import digest, secret
from counterfoil.engine.outcome import Change, FilePut, Outcome
from counterfoil.engine.records import Kind, revised
from counterfoil.engine.world import World
from counterfoil.papers import paper as papers
from counterfoil.papers import pdf

TOKEN = 40
"""How many letters make a file's address its own."""

PDF = "application/pdf"
TYPES = {"pdf": PDF, "png": "image/png", "xml": "application/xml"}


class Wanted(NamedTuple):
    """A file that somebody wants: of what it is, what it is called, and how its content is made.

    `state` tells what the content follows from, where that may change after the file was made.
    """

    subject: str
    name: str
    make: Callable[[], bytes]
    state: str = ""


class Readiness(NamedTuple):
    """How far a file is: its address once it is ready, and what changes by asking."""

    url: str | None
    change: Change


def asked_for(book: Rulebook, call: Call, world: World, wanted: Wanted) -> Readiness:
    """Count that a file was asked for; make it once it was asked for often enough.

    One that was made stays ready: where its state is another one since, its content is made anew.
    """
    kind, owner = book.kinds.paper, call.principal.owner
    id = digest(f"{owner} {wanted.subject}")[:TOKEN]
    before = world.get(kind, id)
    if before is not None and before.ready and before.state == wanted.state:
        return Readiness(_url(book, call, world, before), _opened(book, world, before))
    paper = _asked(book, world, wanted, before or _unasked(world, kind, id, owner, wanted))
    change = put(kind, paper, before)
    if not paper.ready:
        return Readiness(None, change)
    change += Change(files=(FilePut(_file(id), wanted.make()),))
    return Readiness(_url(book, call, world, paper), change + _opened(book, world, paper))


def download_file(book: Rulebook, call: Call, world: World) -> Outcome:
    """Send a file that is ready; a document's is set as PDF now, from what it said when it was made."""
    paper = world.get(book.kinds.paper, call.principal.id)
    assert paper is not None, f"the file {call.principal.id} is gone"
    content = stored(world, _file(paper.id))
    type_ = TYPES[paper.name.rpartition(".")[2]]
    if type_ == PDF:
        content = pdf.render(msgspec.json.decode(content, type=papers.Paper))
    return Outcome(Content(paper.name, type_, content))


def _unasked(world: World, kind: Kind[Paper], id: str, owner: str, wanted: Wanted) -> Paper:
    """Return a file that nobody came for yet."""
    born = world.birth(kind, id)
    return Paper(**born, account=owner, subject=wanted.subject, name=wanted.name)


def _asked(book: Rulebook, world: World, wanted: Wanted, paper: Paper) -> Paper:
    """Return a file after somebody came for it once more."""
    ready = paper.ready or paper.asked >= book.switches(world).polls
    return revised(paper, world.now, asked=paper.asked + 1, ready=ready, state=wanted.state)


def _file(id: str) -> str:
    return f"ix_{id}"


def _url(book: Rulebook, call: Call, world: World, paper: Paper) -> str:
    return f"{call.base}{FILES}{_token(book, world, paper)}/{paper.name}"


def _token(book: Rulebook, world: World, paper: Paper) -> str:
    return secret(world.seed, book.contract.api, world.name, "file", paper.id, length=TOKEN)


def _opened(book: Rulebook, world: World, paper: Paper) -> Change:
    """Return the change that lets the address of a file open it, and nothing else."""
    token = _token(book, world, paper)
    credential = Credential(
        api=files_of(book),
        digest=digest(token),
        secret="",  # the address is all there is
        owner=paper.account,
        id=paper.id,
        name=paper.name,
        hint="",
        permissions=(),
        created_at=world.now,
        updated_at=world.now,
    )
    return Change(credentials=(credential,))
