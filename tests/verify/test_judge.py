"""The independent judge: what it lets pass and what it names."""

import pytest

from counterfoil.verify.judge import Judge
from verify.exchanges import exchange

THING = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "string"},
        "due": {"type": "string", "format": "date"},
        "rows": {
            "type": "array",
            "items": {"type": "object", "properties": {"n": {"type": "integer"}}},
        },
        "note": {"type": "string", "nullable": True},
    },
    "additionalProperties": False,
}
DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "Things", "version": "1"},
    "paths": {
        "/things/{id}": {
            "parameters": [
                {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
            ],
            "get": {
                "responses": {
                    "200": {
                        "description": "A thing",
                        "headers": {
                            "X-Total": {"required": True, "schema": {"type": "integer"}},
                        },
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}
                        },
                    },
                    "404": {
                        "description": "None",
                        "content": {"text/plain": {"schema": {"type": "string"}}},
                    },
                    "409": {
                        "description": "A problem",
                        "content": {
                            "application/problem+json": {
                                "schema": {"type": "object", "required": ["title"]}
                            }
                        },
                    },
                }
            },
        }
    },
    "components": {"schemas": {"Thing": THING}},
}
GOOD = {"id": "1", "due": "2024-02-29", "rows": [{"n": 1}], "note": None}
TOTAL = (("X-Total", "3"),)


@pytest.fixture(scope="module")
def judge():
    return Judge(DOCUMENT, "http://api.test/v1")


def thing(**more):
    return exchange(
        url="http://api.test/v1/things/7?x=1", **{"headers": TOTAL, "answer": GOOD} | more
    )


def test_what_the_document_allows_passes(judge):
    assert judge.misfits(thing()) == []
    assert (
        judge.misfits(
            thing(
                status=404, answer=b"no", headers=(("content-type", "text/plain; charset=utf-8"),)
            )
        )
        == []
    )


@pytest.mark.parametrize(
    ("body", "misfits"),
    [
        (b'{"title": "Not possible"}', []),
        (b'{"detail": "Not possible"}', ["body: 'title' is a required property"]),
    ],
)
def test_json_by_another_name_is_read_as_json(judge, body, misfits):
    problem = thing(
        status=409, answer=body, headers=(("content-type", "application/problem+json"),)
    )

    assert judge.misfits(problem) == misfits


@pytest.mark.parametrize(
    ("exchanged", "misfit"),
    [
        (thing(answer=GOOD | {"rows": [{"n": 1}, {"n": "2"}]}), "body.rows[1].n: '2' is not of type 'integer'"),
        (thing(answer={}), "body: 'id' is a required property"),
        (thing(answer=GOOD | {"due": "2023-02-29"}), "body.due: '2023-02-29' is not a 'date'"),
        (thing(answer=GOOD | {"more": 1}), "body: Additional properties are not allowed ('more' was unexpected)"),
        (thing(headers=()), "header X-Total: Missing required header: X-Total"),
        (thing(headers=(("X-Total", "x"),)), "header X-Total: Failed to cast value to integer type: x"),
        (thing(status=418), "status 418 is not documented"),
        (thing(answer=b"", headers=(("content-type", "application/json"), *TOTAL)), "body: Missing response data"),
        (exchange(url="http://api.test/v1/others", answer=GOOD), "the document has no operation at GET /v1/others"),
    ],
)  # fmt: skip
def test_what_the_document_does_not_allow_is_named(judge, exchanged, misfit):
    assert judge.misfits(exchanged) == [misfit]


def test_another_media_type_and_broken_json_are_named(judge):
    (other,) = judge.misfits(thing(answer=b"<b>", headers=(("content-type", "text/html"), *TOTAL)))
    (broken,) = judge.misfits(
        thing(answer=b"{", headers=(("content-type", "application/json"), *TOTAL))
    )

    assert "text/html" in other
    assert broken.startswith("body: ")


def test_a_404_where_there_is_nothing_is_right(judge):
    assert judge.misfits(exchange(url="http://api.test/v1/others", status=404)) == []
    assert judge.misfits(exchange("DELETE", "http://api.test/v1/things/7", status=405)) == []
