"""How a story runs: what counts as success, what follows a step."""

import json

import pytest

from counterfoil.operating import OperatingError
from counterfoil.verify.arazzo import running

THING = {"id": "t1", "state": "OPEN", "count": 2}
CLOSED = THING | {"state": "CLOSED"}


LIST = """
- workflowId: one
  steps:
    - stepId: list
      operationId: listThings
"""


@pytest.mark.parametrize(
    ("answer", "saw"),
    [
        ((500, {"id": "x"}), "status 500 is not documented"),
        ({"state": "OPEN"}, "'id' is a required property"),
        ({"id": "x", "count": "three"}, "'three' is not of type 'integer'"),
    ],
)
def test_an_answer_that_is_not_as_documented_fails_a_step_that_did_not_ask(run, answer, saw):
    done = run(LIST, answer)

    assert not done.passed
    assert any(saw in failure.saw for failure in done.result.steps[0].failures)


def test_a_step_without_criteria_wants_a_success(run):
    done = run(
        """
        - workflowId: one
          steps:
            - {stepId: get, operationId: getThing, parameters: [{name: thingId, in: path, value: x}]}
        """,
        (404, None),
    )

    assert [failure.saw for failure in done.result.steps[0].failures] == ["status 404"]


RETRY = """
- workflowId: one
  steps:
    - stepId: wait
      operationId: listThings
      successCriteria:
        - condition: $statusCode == 200 && $response.body#/state == 'CLOSED'
      onFailure:
        - {name: limited, type: retry, retryLimit: 1, retryAfter: 9, criteria: [{condition: $statusCode == 429}]}
        - {name: again, type: retry, retryLimit: 2, retryAfter: 0.5}
"""


def test_a_step_is_tried_again_as_often_as_it_may_be(run):
    done = run(RETRY, THING, (503, None), CLOSED)

    assert done.passed
    assert done.steps == [("wait", "handled"), ("wait", "handled"), ("wait", "passed")]
    assert done.pauses == [0.5, 0.5]


def test_when_its_tries_are_used_up_it_failed(run):
    done = run(RETRY, THING)

    assert not done.passed
    assert len(done.asked) == 3
    assert done.steps[-1] == ("wait", "failed")


def test_what_the_server_says_about_waiting_goes_before_what_the_story_says(run):
    done = run(RETRY, (429, None, {"Retry-After": "3"}), (429, None, {"Retry-After": "4"}), CLOSED)

    assert done.passed
    assert done.pauses == [3, 4]  # the second one by the other action: the first is used up


def test_before_a_retry_another_step_may_be_taken(run):
    done = run(
        """
        - workflowId: one
          steps:
            - stepId: repair
              operationId: createThing
            - stepId: read
              operationId: listThings
              successCriteria: [{condition: "$response.body#/state == 'CLOSED'"}]
              onFailure: [{name: mend, type: retry, stepId: repair}]
        """,
        THING, THING, THING, CLOSED,
    )  # fmt: skip

    assert done.passed
    assert [step for step, _ in done.steps] == ["repair", "read", "repair", "read"]


def test_goto_leads_on_and_end_ends(run):
    done = run(
        """
        - workflowId: one
          steps:
            - stepId: first
              operationId: listThings
              onSuccess:
                - {name: lost, type: end, criteria: [{condition: "$response.body#/state == 'LOST'"}]}
                - {name: skip, type: goto, stepId: third, criteria: [{condition: "$response.body#/count > 1"}]}
            - stepId: second
              operationId: listThings
            - stepId: third
              operationId: listThings
              onSuccess: [{name: done, type: end}]
            - stepId: fourth
              operationId: listThings
        """,
        THING,
    )

    assert done.passed
    assert [step for step, _ in done.steps] == ["first", "third"]


def test_a_failure_may_be_taken_care_of_elsewhere_and_an_end_after_one_is_a_failure(run):
    story = """
        - workflowId: one
          steps:
            - stepId: first
              operationId: listThings
              successCriteria: [{condition: "$response.body#/state == 'CLOSED'"}]
              onFailure: [{name: elsewhere, type: ACTION}]
            - stepId: second
              operationId: listThings
            - stepId: third
              operationId: listThings
        """
    handled = run(story.replace("type: ACTION", "type: goto, stepId: third"), THING)
    ended = run(story.replace("type: ACTION", "type: end"), THING)

    assert handled.passed
    assert handled.steps == [("first", "handled"), ("third", "passed")]
    assert not ended.passed
    assert ended.steps == [("first", "failed")]


def test_actions_of_a_workflow_hold_for_each_step_unless_it_has_its_own_of_that_name(run):
    done = run(
        """
        - workflowId: one
          failureActions: [{reference: $components.failureActions.again}]
          steps:
            - stepId: first
              operationId: listThings
              successCriteria: [{condition: "$response.body#/state == 'CLOSED'"}]
            - stepId: second
              operationId: listThings
              successCriteria: [{condition: "$response.body#/state == 'CLOSED'"}]
              onFailure: [{name: again, type: end}]
        """,
        THING, CLOSED, THING,
        components="""
        components:
          failureActions:
            again: {name: again, type: retry, retryLimit: 3}
        """,
    )  # fmt: skip

    assert not done.passed
    assert done.steps == [("first", "handled"), ("first", "passed"), ("second", "failed")]


SUB = """
- workflowId: one
  inputs: {type: object, properties: {secret: {type: string}}}
  steps:
    - stepId: inner
      workflowId: two
      parameters: [{name: thing, value: "{$inputs.secret}!"}]
      successCriteria: [{condition: $outputs.state == 'CLOSED'}]
      outputs: {state: $outputs.state}
    - stepId: after
      operationId: getThing
      parameters: [{name: thingId, in: path, value: $steps.inner.outputs.state}]
      outputs: {again: $workflows.two.outputs.state, sent: $workflows.two.inputs.thing}
  outputs: {state: $steps.inner.outputs.state, sent: $steps.after.outputs.sent}
- workflowId: two
  inputs:
    type: object
    required: [thing]
    properties: {thing: {type: string}, other: {type: string, default: o}}
  steps:
    - stepId: get
      operationPath: '{$sourceDescriptions.things.url}#/paths/~1things~1{thingId}/get'
      parameters: [{name: thingId, in: path, value: "{$inputs.thing}{$inputs.other}"}]
      outputs: {state: $response.body#/state}
  outputs: {state: $steps.get.outputs.state}
"""


def test_a_step_may_be_a_workflow_of_its_own(run):
    done = run(SUB, CLOSED, secret="s")

    assert done.passed
    assert [path for _, path, _, _ in done.asked] == ["/things/s%21o", "/things/CLOSED"]
    assert done.result.outputs == {"state": "CLOSED", "sent": "s!"}
    assert done.result.count == 2


def test_a_step_fails_with_its_workflow_or_by_its_own_criteria(run):
    missing = run(SUB, (404, None), secret="s")
    open_ = run(SUB, THING, secret="s")

    assert missing.result.steps[0].failures[0].expected == "two passes"
    assert not open_.passed
    assert open_.result.steps[0].failures[0].saw == "$outputs.state is 'OPEN'"


def test_what_a_workflow_depends_on_runs_first_and_its_outputs_are_known(run):
    story = """
        - workflowId: one
          dependsOn: [two]
          steps:
            - stepId: get
              operationId: getThing
              parameters: [{name: thingId, in: path, value: $workflows.two.outputs.id}]
        - workflowId: two
          steps:
            - stepId: list
              operationId: listThings
              outputs: {id: $response.body#/id}
          outputs: {id: $steps.list.outputs.id}
        """
    done = run(story, THING)
    failed = run(story, (503, None))

    assert done.passed
    assert [path for _, path, _, _ in done.asked] == ["/things", "/things/t1"]
    assert not failed.passed
    assert failed.result.reason == "'two', on which it depends, failed"


def test_a_workflow_may_hand_over_to_another(run):
    done = run(
        """
        - workflowId: one
          steps:
            - stepId: list
              operationId: listThings
              onSuccess: [{name: over, type: goto, workflowId: two}]
            - {stepId: never, operationId: listThings}
        - workflowId: two
          steps:
            - {stepId: end, operationId: listThings, outputs: {id: $response.body#/id}}
          outputs: {id: $steps.end.outputs.id}
        """,
        THING,
    )

    assert done.passed
    assert [step for step, _ in done.steps] == ["list", "end"]
    assert done.result.outputs == {"id": "t1"}


def test_outputs_that_are_not_there_fail_the_step_and_nothing_is_sent_without_its_values(run):
    story = """
        - workflowId: one
          inputs: {type: object, properties: {a: {}}}
          steps:
            - stepId: list
              operationId: listThings
              outputs: {colour: $response.body#/colour}
            - stepId: get
              operationId: getThing
              parameters: [{name: thingId, in: path, value: $inputs.a}]
        """
    lacking = run(story, THING)
    unset = run(story.replace("colour: $response.body#/colour", "id: $response.body#/id"), THING)

    assert lacking.result.steps[0].failures[0].expected == "output 'colour'"
    assert len(unset.asked) == 1
    assert "$inputs.a has no value" in unset.result.steps[1].failures[0].saw


def test_a_story_that_goes_in_circles_fails(run, monkeypatch):
    monkeypatch.setattr(running, "MOST_STEPS", 20)
    done = run(
        """
        - workflowId: one
          steps:
            - stepId: list
              operationId: listThings
              onSuccess: [{name: round, type: goto, stepId: list}]
        """,
        THING,
    )

    assert done.result.reason.endswith("found no end")
    assert len(done.asked) == 20


def test_workflows_that_call_each_other_without_end_are_an_operating_error(run):
    with pytest.raises(OperatingError, match="break the circle"):
        run("- workflowId: one\n  steps: [{stepId: again, workflowId: one}]", THING)


def test_a_document_may_be_json_and_its_parts_in_other_files(run, tmp_path):
    (tmp_path / "parts.yaml").write_text(
        "components: {schemas: {Id: {type: string}, Thing: {type: object, required: [id],"
        " properties: {id: {$ref: '#/components/schemas/Id'}, next: {$ref: '#/components/schemas/Thing'}}}}}"
    )
    schema = {"$ref": "parts.yaml#/components/schemas/Thing"}
    content = {"application/json": {"schema": schema}}
    responses = {"200": {"description": "A thing.", "content": content}}
    paths = {"/things": {"get": {"operationId": "listThings", "responses": responses}}}
    document = {"openapi": "3.0.3", "info": {"title": "T", "version": "1"}, "paths": paths}
    (tmp_path / "things.json").write_text(json.dumps(document))

    fits = run(LIST, {"id": "a", "next": {"id": "b"}}, name="things.json")
    misfits = run(LIST, {"id": "a", "next": {"id": 3}}, name="things.json")

    assert fits.passed
    assert "3 is not of type 'string'" in misfits.result.steps[0].failures[0].saw
