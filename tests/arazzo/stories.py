"""Stories for tests: a sound one, and ways to play one."""

from pathlib import Path

from counterfoil.verify.arazzo import check, command, reading, script

SOUND = """\
arazzo: 1.0.1
info: {title: A story, version: "1"}
sourceDescriptions:
  - {name: expereon, url: specs/expereon/openapi.yaml, type: openapi}
  - {name: sandbox, url: specs/sandbox/openapi.yaml, type: openapi}
workflows:
  - workflowId: first
    inputs:
      type: object
      properties:
        key: {type: string}
    steps:
      - stepId: list
        operationId: $sourceDescriptions.expereon.listInvoices
        parameters:
          - {name: limit, in: query, value: 1}
        successCriteria:
          - condition: $statusCode == 200
        outputs:
          id: $response.body#/items/0/id
      - stepId: read
        operationId: $sourceDescriptions.expereon.getInvoice
        parameters:
          - {name: invoiceId, in: path, value: $steps.list.outputs.id}
          - reference: $components.parameters.key
        onFailure:
          - {name: again, type: retry, retryLimit: 1, stepId: list}
        outputs:
          invoice: $response.body
    outputs:
      invoice: $steps.read.outputs.invoice
  - workflowId: second
    dependsOn: [first]
    steps:
      - stepId: inner
        workflowId: first
        parameters:
          - {name: key, value: x}
        outputs:
          invoice: $outputs.invoice
components:
  parameters:
    key: {name: X-API-Key, in: header, value: $inputs.key}
"""


def sound(text: str, file: Path = Path("story.arazzo.yaml")) -> script.Script:
    """Return the script of a text; OperatingError where it is wrong."""
    found = script.join(reading.story(text, file))
    check.require_sound(found)
    return found


def play(*paths, sandbox: str | None = None, **more) -> int:
    """Play stories as the command does; return its exit code."""
    return command.run(command.Asked([str(path) for path in paths], sandbox=sandbox, **more))
