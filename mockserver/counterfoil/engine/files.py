"""Files: what was uploaded, what type it really is, and how it goes out again.

Names that clients give are told back and never used: content is kept by the id of its record.
"""

import hashlib
import io
import re
import zipfile
from collections.abc import Iterable, Mapping
from urllib.parse import quote

import msgspec

from counterfoil.contract.rows import Row
from counterfoil.engine.values import Value
from counterfoil.engine.world import World

SPELLINGS = {"jpeg": "jpg", "tif": "tiff"}
"""Extensions that are written in two ways."""

UNDECLARED = ("", "application/octet-stream")
"""What a sender says of a file that it knows nothing of."""

RANGE = re.compile(r"bytes=([0-9]{0,12})-([0-9]{0,12})")


class Upload(msgspec.Struct, frozen=True):
    """A file as it came: the name and the type it says it has, and its bytes."""

    name: str
    declared: str
    content: bytes

    @property
    def sha256(self) -> str:
        """The print of the content."""
        return hashlib.sha256(self.content).hexdigest()


class FileType(Row, frozen=True):
    """A type of file: its media type, the bytes it begins with, in hexadecimal, and what else it is.

    `holds` is how a member of its archive begins; `text` files are UTF-8 without NUL.
    """

    type: str
    starts: tuple[str, ...] = ()
    holds: str | None = None
    text: bool = False

    def fits(self, content: bytes, most_unpacked: int) -> bool:
        """Tell whether content is of this type, whatever it is called."""
        if self.text:
            return _is_text(content)
        if not any(content.startswith(bytes.fromhex(start)) for start in self.starts):
            return False
        return self.holds is None or _holds(content, self.holds, most_unpacked)


def _is_text(content: bytes) -> bool:
    try:
        return "\0" not in content.decode()
    except UnicodeDecodeError:
        return False


def _holds(content: bytes, beginning: str, most: int) -> bool:
    """Tell whether an archive has such a member, by its directory alone: nothing is unpacked."""
    try:
        members = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return False
    unpacked = sum(member.file_size for member in members)
    return unpacked <= most and any(m.filename.startswith(beginning) for m in members)


def type_of(upload: Upload, types: Mapping[str, FileType], most_unpacked: int) -> str | None:
    """Return the media type of a file whose name, declared type and content agree, or None.

    `types` are those that are known, by extension. Where a name has none, the first type fits that the
    content is of and that is not declared otherwise.
    """
    _, point, extension = upload.name.rpartition(".")
    candidates: Iterable[FileType] = types.values()
    if point:
        known = types.get(SPELLINGS.get(extension.lower(), extension.lower()))
        candidates = [known] if known else []
    for candidate in candidates:
        if upload.declared in (*UNDECLARED, candidate.type) and candidate.fits(
            upload.content, most_unpacked
        ):
            return candidate.type
    return None


class Content(Value, frozen=True):
    """A file on its way out, or the range of it that was asked for."""

    name: str
    type: str
    content: bytes
    asked: str | None = None

    @property
    def status(self) -> int:
        """200 for all of it, 206 for a range."""
        return 200 if self._range is None else 206

    @property
    def body(self) -> bytes:
        """The bytes that go out."""
        return self.content if self._range is None else self.content[slice(*self._range)]

    @property
    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """Headers that keep a browser from taking the file for anything but a download."""
        name = quote(self.name, safe="")
        told = (
            (b"content-type", self.type.encode()),
            (b"content-disposition", f"attachment; filename*=UTF-8''{name}".encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"content-security-policy", b"sandbox"),
            (b"accept-ranges", b"bytes"),
        )
        if self._range is None:
            return told
        first, after = self._range
        place = f"bytes {first}-{after - 1}/{len(self.content)}".encode()
        return (*told, (b"content-range", place))

    @property
    def _range(self) -> tuple[int, int] | None:
        """The part that is asked for; what cannot be had is not understood, and all is sent."""
        match, size = RANGE.fullmatch(self.asked or ""), len(self.content)
        if match is None or not any(match.groups()):
            return None
        first, last = match.groups()
        if not first:
            return (max(0, size - int(last)), size) if int(last) else None
        after = min(int(last) + 1, size) if last else size
        return (int(first), after) if int(first) < after else None


def stored(world: World, id: str) -> bytes:
    """Return the content of a file."""
    row = world.database.one(
        "SELECT content FROM files WHERE world = ? AND id = ?", (world.key, id)
    )
    assert row is not None, f"the content of {id} is gone"
    return bytes(row[0])
