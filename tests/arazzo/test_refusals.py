"""A story that is wrong is refused before anything is sent, with the line of every mistake."""

import re

import pytest

from arazzo.stories import SOUND, sound
from counterfoil.operating import OperatingError

# What is wrong: a text of the sound story and what stands there instead, what is told, and the text
# on whose line it is told, where that is not the first line of what was changed.
WRONG = [
    ("opertionId", ("operationId", "opertionId"), "'opertionId' is no field .*did you mean 'operationId'"),
    ("version", ("1.0.1", "1.1.0"), "arazzo: Expected"),
    ("missing field", ("title: A story, ", ""), "info: .*required field `title`"),
    ("type of a field", ("stepId: list\n", "stepId: [list]\n"), "stepId: Expected `str`"),
    ("place of a parameter", ("in: query", "in: body"), "in: Invalid enum value 'body'"),
    ("no steps", ("stepId: inner\n        workflowId: first", "stepId: inner"), "a step has one of operationId"),
    ("operation", ("expereon.listInvoices", "expereon.listInvoice"), "no operation 'listInvoice' .did you mean"),
    ("whose operation", ("$sourceDescriptions.expereon.listInvoices", "listInvoices"), "there are 2 APIs; say whose"),
    ("source", ("expereon.getInvoice", "experion.getInvoice"), "no source description 'experion'"),
    ("file", ("specs/sandbox/openapi.yaml", "specs/sandbox/api.yaml"), "there is no file specs/sandbox/api.yaml"),
    ("source twice", ("name: sandbox", "name: expereon"), "'expereon' stands twice"),
    ("step twice", ("stepId: read", "stepId: list"), "stepId 'list' stands twice"),
    ("workflow twice", ("workflowId: second", "workflowId: first"), "workflowId 'first' stands twice"),
    ("path parameter", ("name: invoiceId, in: path", "name: invoiceId, in: query"), "needs the path parameter 'invoiceId'", "stepId: read"),
    ("no path parameter", ("name: limit, in: query", "name: limit, in: path"), "no path parameter 'limit'"),
    ("where a parameter goes", ("{name: limit, in: query, value: 1}", "{name: limit, value: 1}"), "say where 'limit' goes"),
    ("reference", ("reference: $components.parameters.key", "reference: $components.parameters.kay"), "leads nowhere"),
    ("step of an output", ("$steps.list.outputs.id", "$steps.lst.outputs.id"), "no step 'lst'"),
    ("output of a step", ("$steps.list.outputs.id", "$steps.list.outputs.ids"), "no output 'ids'"),
    ("input", ("value: $inputs.key", "value: $inputs.keys"), "no input 'keys'", "- reference: $comp"),
    ("input of a workflow", ("{name: key, value: x}", "{name: kay, value: x}"), "no input 'kay'"),
    ("too early", ("value: 1}", "value: $response.body#/x}"), "nothing was sent yet"),
    ("condition", ("$statusCode == 200", "$statusCode = 200"), "cannot be read from '= 200' on"),
    ("xpath", ("- condition: $statusCode == 200", "- {condition: //a, context: $response.body, type: xpath}"), "xpath is not supported"),
    ("goto nowhere", ("type: retry, retryLimit: 1, stepId: list", "type: goto"), "goto leads to one place"),
    ("goto a missing step", ("stepId: list}", "stepId: lost}"), "no step 'lost'"),
    ("negative", ("retryLimit: 1", "retryLimit: -1"), "retryLimit: Expected `int` >= 0"),
    ("depends on", ("dependsOn: [first]", "dependsOn: [frist]"), "no workflow 'frist' .did you mean 'first'"),
    ("depends on itself", ("dependsOn: [first]", "dependsOn: [second]"), "depends on this one"),
    ("called workflow", ("workflowId: first\n        param", "workflowId: third\n        param"), "no workflow 'third'"),
    ("output", ("id: $response.body#/items/0/id", "id: response.body"), "no runtime expression"),
    ("key of an output", ("          id: $resp", "          i d: $resp"), "outputs: Expected `str` matching"),
    ("input schema", ("key: {type: string}", "key: {type: strong}"), "inputs are no JSON Schema", "inputs:"),
    ("key twice", ("type: object\n", "type: object\n      type: object\n"), "'type' stands twice"),
]  # fmt: skip


@pytest.mark.parametrize("row", WRONG, ids=lambda row: row[0])
def test_a_mistake_is_told_with_its_line(row):
    _, (was, is_), told, *where = row
    line = SOUND[: SOUND.index(*where or [was])].count("\n") + 1
    wrong = SOUND.replace(was, is_, 1)

    with pytest.raises(OperatingError) as refused:
        sound(wrong)

    found = re.match(r"story\.arazzo\.yaml, line (\d+): (.*)", str(refused.value))
    assert found, refused.value
    assert re.search(told, found[2]), found[2]
    assert abs(int(found[1]) - line) <= 1


def test_the_sound_story_is_sound():
    assert [flow.workflow_id for flow in sound(SOUND).story.document.workflows] == [
        "first",
        "second",
    ]


def test_every_mistake_is_told_at_once_in_order_of_lines():
    wrong = SOUND.replace("expereon.listInvoices", "expereon.x").replace("$inputs.key", "$inputs.y")
    wrong = wrong.replace("dependsOn: [first]", "dependsOn: [z]")

    with pytest.raises(OperatingError) as refused:
        sound(wrong)

    lines = [int(number) for number in re.findall(r"line (\d+):", str(refused.value))]
    assert len(lines) >= 3
    assert lines == sorted(lines)


@pytest.mark.parametrize(
    "text", ["", "[]", "3", "a: [", "&a [*a]", "\0", "workflows: " + "[" * 200 + "]" * 200]
)
def test_what_is_no_document_at_all_is_refused_as_well(text):
    with pytest.raises(OperatingError, match=r"story\.arazzo\.yaml"):
        sound(text)


def test_extensions_are_let_pass_everywhere():
    extended = SOUND.replace("workflows:\n", "x-owner: us\nworkflows:\n")
    extended = extended.replace("stepId: read", "stepId: read\n        x-why: {deep: [1]}")

    assert sound(extended)
