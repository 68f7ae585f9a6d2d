"""What a step sends: parameters and bodies, written as the document of the API says."""

import json

import pytest

THING = {"id": "t1", "state": "OPEN", "count": 2}


def test_parameters_are_written_as_the_document_says(run):
    done = run(
        """
        - workflowId: one
          parameters:
            - {name: X-Trace, in: header, value: base}
            - {name: session, in: cookie, value: c1}
          steps:
            - stepId: list
              operationId: listThings
              parameters:
                - {name: tag, in: query, value: [a b, "c&d"]}
                - {name: fields, in: query, value: [x, y]}
                - {name: filter, in: query, value: {state: OPEN, open: true}}
                - {name: X-Trace, in: header, value: own}
              outputs: {trace: $request.header.x-trace, tags: $request.query.tag, url: $url}
            - stepId: get
              operationId: getThing
              parameters:
                - {name: thingId, in: path, value: "a/b c"}
          outputs: {trace: $steps.list.outputs.trace, tags: $steps.list.outputs.tags}
        """,
        THING,
    )

    assert done.passed
    (_, first, headers, _), (_, second, other, _) = done.asked
    assert (
        first
        == "/things?tag=a%20b&tag=c%26d&fields=x%2Cy&filter%5Bstate%5D=OPEN&filter%5Bopen%5D=true"
    )
    assert second == "/things/a%2Fb%20c"
    assert (headers["X-Trace"], other["X-Trace"], headers["Cookie"]) == (
        "own",
        "base",
        "session=c1",
    )
    assert done.result.outputs == {"trace": "own", "tags": ["a b", "c&d"]}


@pytest.mark.parametrize(
    ("body", "media", "sent"),
    [
        ("{payload: {id: $inputs.id, n: $inputs.n, t: 'x-{$inputs.id}'}}", "application/json", '{"id":"q1","n":7,"t":"x-q1"}'),
        ("""{payload: '{"id": "{$inputs.id}", "n": {$inputs.n}}'}""", "application/json", '{"id":"q1","n":7}'),
        ("{payload: $inputs.whole}", "application/json", '{"a":[1,null]}'),
        ("{payload: {a: [1, 2], b: {}}, replacements: [{target: /a/1, value: $inputs.n}, {target: /b/c~1d, value: x}]}", "application/json", '{"a":[1,7],"b":{"c/d":"x"}}'),
        ("{contentType: application/x-www-form-urlencoded, payload: {id: $inputs.id, s: a b}}", "application/x-www-form-urlencoded", "id=q1&s=a+b"),
        ("{contentType: text/plain, payload: 'Hello {$inputs.id}'}", "text/plain", "Hello q1"),
    ],
)  # fmt: skip
def test_a_body_is_written_as_its_media_type_says(run, body, media, sent):
    done = run(
        f"""
        - workflowId: one
          inputs: {{type: object, properties: {{id: {{}}, n: {{}}, whole: {{}}}}}}
          steps:
            - stepId: create
              operationId: createThing
              requestBody: {body}
        """,
        THING,
        id="q1",
        n=7,
        whole={"a": [1, None]},
    )

    ((_, _, headers, content),) = done.asked
    assert headers["Content-Type"] == media
    if media == "application/json":
        assert json.loads(content) == json.loads(sent)
    else:
        assert content.decode() == sent


def test_a_form_in_parts_carries_files(run):
    done = run(
        """
        - workflowId: one
          steps:
            - stepId: create
              operationId: createThing
              requestBody: {contentType: multipart/form-data, payload: {file: content, note: n}}
        """,
        THING,
    )

    ((_, _, headers, content),) = done.asked
    assert headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert (
        b'name="file"; filename="file.txt"\r\nContent-Type: text/plain\r\n\r\ncontent\r\n'
        in content
    )
    assert b'name="note"\r\n\r\nn\r\n' in content


def test_inputs_may_be_shared_and_parameters_given_another_value(run):
    done = run(
        """
        - workflowId: one
          inputs: {$ref: "#/components/inputs/parties"}
          steps:
            - stepId: list
              operationId: listThings
              parameters:
                - {reference: $components.parameters.trace, value: "{$inputs.seller}-own"}
                - reference: $components.parameters.party
        """,
        THING,
        components="""
        components:
          inputs:
            name: {type: string}
            parties: {type: object, properties: {seller: {$ref: "#/components/inputs/name"}}}
          parameters:
            trace: {name: X-Trace, in: header, value: shared}
            party: {name: X-Party, in: header, value: $inputs.seller}
        """,
        seller="s1",
    )

    ((_, _, headers, _),) = done.asked
    assert done.passed
    assert (headers["X-Trace"], headers["X-Party"]) == ("s1-own", "s1")
