"""`counterfoil run`: stories are played in fresh worlds, each answer judged, and reported."""

import json
from xml.etree import ElementTree as ET

import pytest

from arazzo.stories import play

STORY = """\
arazzo: 1.0.1
info: {title: Draft, version: "1"}
sourceDescriptions:
  - {name: expereon, url: specs/expereon/openapi.yaml, type: openapi}
workflows:
  - workflowId: draft
    summary: A draft is made
    inputs:
      type: object
      required: [sellerKey, sellerSecret, connectionId, dueDate]
      properties:
        sellerKey: {type: string}
        sellerSecret: {type: string, format: password}
        connectionId: {type: string}
        dueDate: {type: string, format: date}
        amount: {type: string, default: "10.00"}
        wanted: {type: integer, default: 200}
    parameters:
      - {name: X-API-Key, in: header, value: $inputs.sellerKey}
      - {name: X-API-Secret, in: header, value: $inputs.sellerSecret}
    steps:
      - stepId: create
        operationId: createInvoice
        requestBody:
          payload:
            connectionId: $inputs.connectionId
            invoiceNumber: STORY-1
            dueDate: $inputs.dueDate
            amount: $inputs.amount
        successCriteria:
          - condition: $statusCode == $inputs.wanted
        outputs: {id: $response.body#/id}
      - stepId: submit
        operationId: submitInvoice
        parameters:
          - {name: invoiceId, in: path, value: $steps.create.outputs.id}
"""


@pytest.fixture
def story(tmp_path):
    file = tmp_path / "draft.arazzo.yaml"
    file.write_text(STORY)
    return file


def test_a_story_that_passes_ends_with_0_and_says_so(sandbox, story, capsys):
    assert play(story, sandbox=sandbox.url) == 0

    said = capsys.readouterr().out
    assert "✓ draft: A draft is made (2 steps)" in said
    assert "✓ 1 workflow passed" in said
    assert "Arrows of expereon walked: 2 of" in said


def test_a_story_that_fails_ends_with_1_and_tells_what_was_expected_what_came_and_the_curl(
    sandbox, story, capsys
):
    assert play(story, sandbox=sandbox.url, given={"wanted": "201"}) == 1

    said = capsys.readouterr().out
    assert "✗ create  createInvoice 200" in said
    assert "expected  $statusCode == $inputs.wanted" in said
    assert "came      $statusCode is 200, $inputs.wanted is 201" in said
    assert f"curl -i {sandbox.expereon_url}/api/v1/invoices" in said
    assert "submit" not in said
    assert "✗ 1 workflow failed" in said


def test_no_secret_is_in_any_output(sandbox, story, tmp_path, capsys):
    files = {name: tmp_path / f"run.{name}" for name in ("junit", "html", "har")}
    world = sandbox.world("empty")  # the same seed gives every fresh world the same kind of keys

    assert play(story, sandbox=sandbox.url, given={"wanted": "201"}, reports=files) == 1

    said = [capsys.readouterr().out, *(file.read_text() for file in files.values())]
    assert all("SELLER_SECRET" in text for text in said)
    exchanges = json.loads(files["har"].read_text())["log"]["entries"]
    sent = {h["name"].lower(): h["value"] for h in exchanges[0]["request"]["headers"]}
    assert sent["x-api-secret"] == "$SELLER_SECRET"
    assert sent["x-api-key"] == "$SELLER_KEY"
    assert all(world.expereon["organizations"]["seller"]["apiSecret"] not in text for text in said)


def test_reports_are_written_with_a_case_for_each_workflow(sandbox, story, tmp_path):
    junit = tmp_path / "deep" / "run.xml"

    play(story, sandbox=sandbox.url, reports={"junit": junit})

    (case,) = ET.parse(junit).iter("testcase")  # noqa: S314  our own file
    assert case.get("name") == "draft"
    assert case.find("failure") is None


def test_a_list_of_inputs_runs_the_workflow_once_for_each_row(sandbox, story, tmp_path, capsys):
    rows = tmp_path / "rows.yaml"
    rows.write_text('- {amount: "1.00"}\n- {amount: "-1.00"}\n- {amount: "2.00"}\n')

    assert play(story, sandbox=sandbox.url, rows=rows) == 1

    said = capsys.readouterr().out
    assert "✓ draft [row 1]" in said
    assert "✗ draft [row 2]" in said
    assert "✓ draft [row 3]" in said
