"""What an operation decided: the answer, and every change that comes with it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

from counterfoil.domain.ledger import Posting
from counterfoil.engine.credentials import Credential
from counterfoil.engine.records import Kind, Record
from counterfoil.engine.values import Value


class Put(Value, frozen=True):
    """A record to be stored, in place of `before`; without `record` the one before is removed."""

    kind: Kind[Any]
    record: Record | None
    before: Record | None = None


class Transition(Value, frozen=True):
    """An arrow that a record walked, who walked it, in which role and why."""

    kind: str
    id: str
    trigger: str
    source: str | None
    target: str | None
    actor: str
    role: str
    reason: str | None = None


class Event(Value, frozen=True):
    """Something that happened, for the parties that are to hear of it, in order."""

    id: str
    type: str
    recipients: tuple[str, ...]
    data: Mapping[str, Any]


class Job(Value, frozen=True):
    """Something that falls due at an instant of the world's clock, by type and what it is about."""

    type: str
    subject: str
    due: datetime


class FilePut(Value, frozen=True):
    """The content of a file's record, in place of any before; without it the one that is kept is removed."""

    id: str
    content: bytes | None


class Send(Value, frozen=True):
    """An event for one endpoint alone, which nobody else hears of."""

    owner: str
    endpoint: str
    event: Event


class Renew(Value, frozen=True):
    """A delivery that is to be made again, now."""

    delivery: str


class Cancel(Value, frozen=True):
    """An endpoint whose deliveries are given up."""

    endpoint: str


Mail = Send | Renew | Cancel
"""What an operation may decide about deliveries, besides the events it brings."""


class Change(Value, frozen=True):
    """Everything one decision changes; it is stored whole or not at all."""

    puts: tuple[Put, ...] = ()
    postings: tuple[Posting, ...] = ()
    transitions: tuple[Transition, ...] = ()
    events: tuple[Event, ...] = ()
    jobs: tuple[Job, ...] = ()
    mail: tuple[Mail, ...] = ()
    files: tuple[FilePut, ...] = ()
    credentials: tuple[Credential, ...] = ()

    def __add__(self, other: Self) -> "Change":
        """Return both changes, this one first."""
        return Change(
            self.puts + other.puts,
            self.postings + other.postings,
            self.transitions + other.transitions,
            self.events + other.events,
            self.jobs + other.jobs,
            self.mail + other.mail,
            self.files + other.files,
            self.credentials + other.credentials,
        )


NOTHING = Change()
"""No change at all."""


class Text(Value, frozen=True):
    """A body that is no JSON value: a text of some media type, or nothing at all."""

    media_type: str
    text: str = ""

    @property
    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """The headers that tell what it is."""
        return ((b"content-type", self.media_type.encode()),)


class Outcome(Value, frozen=True):
    """The answer to a call, as JSON values, and the change it brings.

    `resource` is the id of what the call made or changed.
    """

    body: Any
    change: Change = NOTHING
    resource: str | None = None
    status: int = 200
