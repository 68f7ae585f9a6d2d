"""A law: whatever is done to a sound story, it is sound or refused; never more generous than the schema."""

import copy
import json
import re
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from arazzo.stories import SOUND, sound
from counterfoil.operating import OperatingError

PUBLISHED = Path(__file__).parent / "published" / "arazzo-1.0-2025-10-15.json"
DOCUMENT = yaml.safe_load(SOUND)
OTHERS = (None, True, -1, 2.5, "", "x", "$inputs.key", [], ["x"], {}, {"x": 1})


def places(node, path=()):
    """Yield the way to every member of a document."""
    keys = node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    for key in keys:
        yield (*path, key)
        yield from places(node[key], (*path, key))


def changed(path):
    """Yield the sound story without a member, and with others in its place."""
    for other in (..., *OTHERS):
        document = copy.deepcopy(DOCUMENT)
        holder = document
        for key in path[:-1]:
            holder = holder[key]
        if other is ...:
            del holder[path[-1]]
        else:
            holder[path[-1]] = other
        yield document


def test_what_the_published_schema_refuses_is_refused_with_a_line():
    published = jsonschema_rs.Draft202012Validator(json.loads(PUBLISHED.read_text()))
    refused = 0
    for path in places(DOCUMENT):
        for document in changed(path):
            if published.is_valid(document):
                continue
            refused += 1
            with pytest.raises(OperatingError) as told:
                sound(json.dumps(document, indent=1))
            assert re.match(r"story\.arazzo\.yaml, line \d+: ", str(told.value)), document

    assert refused > 300
