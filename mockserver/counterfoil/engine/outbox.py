"""The outbox of a world: the e-mails its APIs sent, which go nowhere and are kept to be looked at.

What goes with a letter is a paper, kept as the values it is set from: it becomes a PDF when somebody
opens it, so that thousands of letters cost no more than their rows.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import msgspec

from counterfoil.engine.clock import text
from counterfoil.engine.files import Content, stored
from counterfoil.engine.outcome import Change, FilePut, Put
from counterfoil.engine.pagination import Condition, Page, Query, page
from counterfoil.engine.records import Kind, Listing, Record, revised
from counterfoil.engine.values import Value
from counterfoil.engine.world import World
from counterfoil.papers import pdf
from counterfoil.papers.paper import Paper

OWNER = "outbox"
"""Whose list the letters of a world are in."""

PDF = "application/pdf"

Status = Literal["SENT", "BOUNCED"]


class Enclosure(Value, frozen=True):
    """A paper that goes with a letter, and what its file is called."""

    name: str
    paper: Paper


class Letter(Record, frozen=True, kw_only=True):
    """An e-mail: what API sent it, what kind of letter it is there, and the id of what it is about.

    `attachments` are the names of the files that went with it; each paper is kept apart.
    """

    api: str
    kind: str
    to: str
    subject: str
    body: str
    about: str
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    status: Status = "SENT"


def _listings(letter: Letter) -> Iterator[Listing]:
    keys = {"api": letter.api, "kind": letter.kind, "to": letter.to, "about": letter.about}
    yield Listing(OWNER, {**keys, "status": letter.status})


LETTER: Kind[Letter] = Kind("letter", Letter, "mail", _listings, keys=("about",))


def sent(world: World, enclosed: Sequence[Enclosure] = (), **members: Any) -> tuple[Letter, Change]:
    """Return a new letter, its members besides id and attachments given, and the change it brings."""
    born = world.birth(LETTER)
    letter = Letter(**born, attachments=tuple(each.name for each in enclosed), **members)
    files = [
        FilePut(_place(letter, n), msgspec.json.encode(each.paper))
        for n, each in enumerate(enclosed, 1)
    ]
    return letter, Change(puts=(Put(LETTER, letter),), files=tuple(files))


def bounced(world: World, letter: Letter) -> tuple[Letter, Change]:
    """Return a letter as it is once nobody took it, and the change that brings."""
    after = revised(letter, world.now, status="BOUNCED")
    return after, Change(puts=(Put(LETTER, after, letter),))


def letters(world: World, limit: int, **wanted: str) -> Page[Letter]:
    """Return a world's letters, oldest first; `wanted` are values of api, kind, to, about, status."""
    conditions = tuple(Condition(key, "=", value) for key, value in wanted.items())
    query = Query(0, limit, descending=False, conditions=conditions)
    return page(world, LETTER, OWNER, query)


def attached(world: World, letter: Letter, place: int) -> Content | None:
    """Return the PDF that stands at a place of a letter's attachments, counted from 1, or None."""
    if not 1 <= place <= len(letter.attachments):
        return None
    paper = msgspec.json.decode(stored(world, _place(letter, place)), type=Paper)
    return Content(letter.attachments[place - 1], PDF, pdf.render(paper))


def shown(letter: Letter) -> dict[str, Any]:
    """Return a letter as JSON values."""
    return {
        "id": letter.id,
        "api": letter.api,
        "kind": letter.kind,
        "to": letter.to,
        "cc": list(letter.cc),
        "bcc": list(letter.bcc),
        "subject": letter.subject,
        "body": letter.body,
        "about": letter.about,
        "attachments": [{"fileName": name, "contentType": PDF} for name in letter.attachments],
        "status": letter.status,
        "createdAt": text(letter.created_at),
    }


def _place(letter: Letter, place: int) -> str:
    return f"{letter.id}_{place}"
