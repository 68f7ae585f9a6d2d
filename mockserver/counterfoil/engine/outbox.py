"""The outbox of a world: the e-mails its APIs sent, which go nowhere and are kept to be looked at."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import msgspec

from counterfoil.engine.clock import text
from counterfoil.engine.files import Content, Upload, stored
from counterfoil.engine.outcome import Change, FilePut, Put
from counterfoil.engine.pagination import Condition, Page, Query, page
from counterfoil.engine.records import Kind, Listing, Record, revised
from counterfoil.engine.world import World

OWNER = "outbox"
"""Whose list the letters of a world are in."""

Status = Literal["SENT", "BOUNCED"]


class Attachment(msgspec.Struct, frozen=True):
    """A file that went with a letter; its content is kept apart, by the letter's id and its place."""

    name: str
    type: str
    size: int
    sha256: str


class Letter(Record, frozen=True, kw_only=True):
    """An e-mail: what API sent it, what kind of letter it is there, and the id of what it is about."""

    api: str
    kind: str
    to: str
    subject: str
    body: str
    about: str
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    status: Status = "SENT"


def _listings(letter: Letter) -> Iterator[Listing]:
    keys = {"api": letter.api, "kind": letter.kind, "to": letter.to, "about": letter.about}
    yield Listing(OWNER, {**keys, "status": letter.status})


LETTER: Kind[Letter] = Kind("letter", Letter, "mail", _listings, keys=("about",))


def sent(world: World, files: Sequence[Upload] = (), **members: Any) -> tuple[Letter, Change]:
    """Return a new letter, its members besides id and attachments given, and the change it brings."""
    born = world.birth(LETTER)
    attachments = tuple(
        Attachment(file.name, file.declared, len(file.content), file.sha256) for file in files
    )
    letter = Letter(**born, attachments=attachments, **members)
    puts = (Put(LETTER, letter),)
    contents = [FilePut(_place(letter, n), file.content) for n, file in enumerate(files, 1)]
    return letter, Change(puts=puts, files=tuple(contents))


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
    """Return the file that stands at a place of a letter's attachments, counted from 1, or None."""
    if not 1 <= place <= len(letter.attachments):
        return None
    file = letter.attachments[place - 1]
    return Content(file.name, file.type, stored(world, _place(letter, place)))


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
        "attachments": [
            {"fileName": a.name, "contentType": a.type, "size": a.size, "sha256": a.sha256}
            for a in letter.attachments
        ],
        "status": letter.status,
        "createdAt": text(letter.created_at),
    }


def _place(letter: Letter, place: int) -> str:
    return f"{letter.id}_{place}"
