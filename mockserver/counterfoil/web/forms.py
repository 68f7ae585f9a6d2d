"""Multipart forms: fields and files, read up to a bound, judged by the operation's schema."""

from collections.abc import Mapping
from typing import Any

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from counterfoil.contract.document import resolve
from counterfoil.contract.rows import BodyPolicy
from counterfoil.domain.outcome import Refusal, Violation
from counterfoil.engine.files import Upload
from counterfoil.web.schemas import Schema, Schemas

FORM = "multipart/form-data"

PARTS = 20
"""How many parts a form may have."""


class Form:
    """The form an operation takes."""

    def __init__(
        self,
        document: Mapping[str, Any],
        schemas: Schemas,
        declared: Mapping[str, Any],
        policy: BodyPolicy,
    ) -> None:
        declared = resolve(document, declared)
        self.max_bytes: int = declared.get("x-max-bytes", policy.max_bytes)
        self._policy = policy
        self._schema: Schema = schemas.compile(declared["content"][FORM]["schema"], "request")

    def parse(self, raw: bytes, content_type: bytes | None) -> tuple[Any, list[Violation]]:
        """Return the fields and files of a form, and everything that is wrong with them.

        Raises Refusal where it is no form at all.
        """
        media_type, options = parse_options_header(content_type or b"")
        boundary = options.get(b"boundary")
        if media_type != FORM.encode() or not boundary:
            given = (content_type or b"nothing").decode("latin-1")[:100]
            return None, [Violation("", "mediaType", FORM, given=given)]
        parts = self._parts(raw, boundary)
        if len(parts) > PARTS:
            return None, [Violation("", "maxItems", f"{PARTS} parts")]
        return self._judged(parts)

    def _parts(self, raw: bytes, boundary: bytes) -> list["Part"]:
        gathering = _Gathering()
        try:
            parser = MultipartParser(boundary, gathering.callbacks())
            parser.write(raw)
            parser.finalize()
        except FormParserError as error:
            raise Refusal(self._policy.malformed_form, reason=str(error)[:200]) from None
        if not gathering.ended:
            raise Refusal(self._policy.malformed_form, reason="it ends before its last boundary")
        return gathering.parts

    def _judged(self, parts: list["Part"]) -> tuple[Any, list[Violation]]:
        value: dict[str, Any] = {}
        violations: list[Violation] = []
        for part in parts:
            name, upload = part.name, part.upload
            if name in value:
                violations.append(Violation(name, "repeated"))
            elif upload is not None:
                value[name] = upload
            else:
                try:
                    value[name] = part.content.decode()
                except UnicodeDecodeError:
                    violations.append(Violation(name, "pattern", "text in UTF-8", given="bytes"))
        plain = {k: v.name if isinstance(v, Upload) else v for k, v in value.items()}
        files = self._schema.files
        violations += [
            Violation(name, "type", "a file" if name in files else "a field", given=plain[name])
            for name in value
            if isinstance(value[name], Upload) is not (name in files) and name in plain
        ]
        return value, violations + list(self._schema.violations(plain))


class Part:
    """A part of a form: its headers and its content."""

    def __init__(self) -> None:
        self.headers: dict[bytes, bytes] = {}
        self.content = b""

    @property
    def name(self) -> str:
        """The name of the field, or nothing."""
        return self._disposition.get(b"name", b"").decode("utf-8", "replace")

    @property
    def upload(self) -> Upload | None:
        """The file, where the part is one."""
        name = self._disposition.get(b"filename")
        if name is None:
            return None
        declared = self.headers.get(b"content-type", b"").decode("latin-1").partition(";")[0]
        return Upload(name.decode("utf-8", "replace"), declared.strip().lower(), self.content)

    @property
    def _disposition(self) -> dict[bytes, bytes]:
        return parse_options_header(self.headers.get(b"content-disposition", b""))[1]


class _Gathering:
    """What a parser found so far."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.ended = False
        self._field = self._value = b""
        self._pieces: list[bytes] = []

    def callbacks(self) -> Any:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._on_field,
            "on_header_value": self._on_value,
            "on_header_end": self._header,
            "on_part_data": lambda data, start, end: self._pieces.append(data[start:end]),
            "on_part_end": self._end_part,
            "on_end": self._end,
        }

    def _begin(self) -> None:
        if len(self.parts) > PARTS:
            raise FormParserError(f"it has more than {PARTS} parts")
        self.parts.append(Part())
        self._pieces = []

    def _on_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header(self) -> None:
        self.parts[-1].headers[self._field.lower()] = self._value
        self._field = self._value = b""

    def _end_part(self) -> None:
        self.parts[-1].content = b"".join(self._pieces)

    def _end(self) -> None:
        self.ended = True
