"""Where the data files are, and how they are read.

In a checkout they stand beside `mockserver/`; in a wheel, in the package's `_bundle`.
"""

import os
import tempfile
from collections.abc import Hashable
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from counterfoil.operating import OperatingError

PACKAGE = Path(__file__).resolve().parent
BUILT = ".built"


@cache
def root() -> Path:
    """Return the folder that holds `specs`, `fixtures`, `contract_tests` and `scenarios`."""
    bundle = PACKAGE / "_bundle"
    return bundle if bundle.is_dir() else PACKAGE.parents[1]


def api_names() -> list[str]:
    """Return the names of the APIs: the folders of `counterfoil.apis`."""
    return sorted(folder.parent.name for folder in (PACKAGE / "apis").glob("*/api.py"))


def examples(api: str) -> Any:
    """Return the answers that were recorded of an API's operations; none where it has no such file."""
    name = f"specs/{api}/examples.yaml"
    return document(name) if (root() / name).is_file() else {}


def document(name: str, under: Path | None = None) -> Any:
    """Return the content of a YAML file under the root: `document("specs/expereon/policy.yaml")`.

    Parsing YAML is slow, so what was read is kept as JSON under `.built` and read from there as long
    as the YAML is not newer. Raises OperatingError where the file is missing or is not sound YAML.
    """
    folder = under or root()
    source, built = folder / name, folder / BUILT / f"{name}.json"
    try:
        written = source.stat().st_mtime_ns
    except OSError:
        raise OperatingError(f"{name} is missing; restore it or reinstall counterfoil") from None
    if built.is_file() and built.stat().st_mtime_ns >= written:
        return msgspec.json.decode(built.read_bytes())
    content = parse(source.read_text(encoding="utf-8"), name)
    _keep(built, msgspec.json.encode(content))
    return content


def parse(text: str, name: str) -> Any:
    """Return the content of a YAML text; `name` is what error messages call it.

    Stricter than YAML: a key that stands twice or is no string (`on:`) is an OperatingError.
    """
    import yaml  # slow to import, and only needed where the built JSON is older

    class StrictLoader(yaml.CSafeLoader):
        """Refuses what YAML would let pass in silence."""

        def construct_mapping(self, node: Any, *args: Any, **options: Any) -> dict[Hashable, Any]:
            """Return a mapping whose keys are strings, each standing once."""
            keys = [self.construct_object(key, deep=True) for key, _ in node.value]
            for index, key in enumerate(keys):
                line = node.value[index][0].start_mark.line + 1
                if not isinstance(key, str):
                    raise OperatingError(f"{name}, line {line}: put the key {key!r} in quotes")
                if key in keys[:index]:
                    raise OperatingError(f"{name}, line {line}: {key!r} stands twice; remove one")
            return super().construct_mapping(node, *args, **options)

    # Dates stay text: the tables and fixtures mean what JSON would mean.
    StrictLoader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }
    try:
        return yaml.load(text, Loader=StrictLoader)  # noqa: S506  a safe loader, made stricter
    except yaml.YAMLError as error:
        what = " ".join(str(error).split())
        raise OperatingError(f"{name} is not sound YAML: {what}") from None


def _keep(built: Path, content: bytes) -> None:
    """Write the built JSON, whole or not at all; a read-only installation does without."""
    try:
        built.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=built.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).replace(built)
    except OSError:
        return
