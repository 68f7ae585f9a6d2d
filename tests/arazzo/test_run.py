"""`counterfoil run`: stories are played in fresh worlds, each answer judged, and reported."""

import io
import json
from xml.etree import ElementTree as ET

import pytest

from arazzo.stories import play
from counterfoil.app import Policy
from counterfoil.operating import OperatingError
from counterfoil.verify.arazzo.model import Step
from counterfoil.verify.arazzo.results import State, StepResult
from counterfoil.verify.arazzo.tree import Tree
from counterfoil.verify.masking import Secrets
from harness import RunningSandbox

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


WAITING = """\
arazzo: 1.0.1
info: {title: Waiting, version: "1"}
sourceDescriptions:
  - {name: expereon, url: specs/expereon/openapi.yaml, type: openapi}
workflows:
  - workflowId: waiting
    inputs: {type: object, properties: {sellerKey: {}, sellerSecret: {}, sellerId: {}}}
    parameters:
      - {name: X-API-Key, in: header, value: $inputs.sellerKey}
      - {name: X-API-Secret, in: header, value: $inputs.sellerSecret}
      - {name: organizationId, in: path, value: $inputs.sellerId}
    steps:
      - stepId: ask
        operationId: submitWithdrawal
        requestBody:
          payload: {amount: "1.00", currency: USD, destination: {type: WALLET, reference: w}}
        outputs: {id: $response.body#/id}
      - stepId: approve
        operationId: approveWithdrawal
        parameters: [{name: withdrawalId, in: path, value: $steps.ask.outputs.id}]
      - stepId: arrived
        operationId: getWithdrawal
        parameters: [{name: withdrawalId, in: path, value: $steps.ask.outputs.id}]
        successCriteria: [{condition: "$response.body#/status == 'COMPLETED'"}]
        onFailure: [{name: wait, type: retry, retryAfter: 43200, retryLimit: 2}]
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


def test_a_server_that_is_there_is_called_at_its_address_with_the_inputs_that_were_given(
    world, story, capsys
):
    given = {"sellerKey": world.seller.headers["X-API-Key"], "connectionId": "conn_abc123"}
    given |= {"sellerSecret": world.seller.headers["X-API-Secret"], "dueDate": "2024-06-30"}

    code = play(story, targets=[world.sandbox.expereon_url], given=given)

    assert code == 0
    assert "Arrows" not in capsys.readouterr().out  # nobody tells
    assert world.seller.get("/api/v1/invoices").json()["totalCount"] == 1


def test_secrets_may_come_from_the_environment(world, story, monkeypatch):
    for name, value in {
        "sellerKey": world.seller.headers["X-API-Key"],
        "sellerSecret": world.seller.headers["X-API-Secret"],
        "connectionId": "conn_abc123",
        "dueDate": "2024-06-30",
    }.items():
        monkeypatch.setenv(f"COUNTERFOIL_INPUT_{name}", value)

    assert play(story, targets=[f"expereon={world.sandbox.expereon_url}"]) == 0


def test_stories_that_need_the_control_plane_are_skipped_where_there_is_none(world, story, capsys):
    given = {"sellerKey": world.seller.headers["X-API-Key"], "connectionId": "conn_abc123"}
    given |= {"sellerSecret": world.seller.headers["X-API-Secret"], "dueDate": "2024-06-30"}
    refund = "scenarios/expereon/too-many-requests.arazzo.yaml"

    assert play(story, refund, targets=[world.sandbox.expereon_url], given=given) == 0

    said = capsys.readouterr().out
    assert "- tooManyRequests" in said
    assert "it needs the sandbox's control plane as 'sandbox'" in said
    with pytest.raises(OperatingError, match="no story can be played there"):
        play(refund, targets=[world.sandbox.expereon_url])


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"targets": ["example.org"]}, "--target 'example.org' is no address"),
        ({"targets": ["https://127.0.0.1:9"]}, "input 'sellerKey' is missing; give it with --input"),
        ({"given": {"selerKey": "x"}}, "no workflow has an input 'selerKey'.*did you mean 'sellerKey'"),
        ({"workflow": "darft"}, "no workflow 'darft' .did you mean 'draft'"),
        ({"rows": "nowhere.yaml"}, "cannot be read"),
        ({"sandbox": "http://127.0.0.1:9"}, "no sandbox answers at http://127.0.0.1:9"),
        ({"fixture": "none"}, "no fixture 'none'"),
        ({"given": {"amount": "1", "wanted": "many"}}, "input 'wanted': \"many\" is not of type"),
    ],
)  # fmt: skip
def test_what_cannot_be_run_is_told_in_one_sentence(sandbox, story, tmp_path, more, told):
    if "rows" in more:
        more = {"rows": tmp_path / more["rows"]}
    if "targets" not in more:
        more = {"sandbox": sandbox.url} | more

    with pytest.raises(OperatingError, match=told) as refused:
        play(story, **more)

    assert "\n" not in str(refused.value)


def test_nothing_is_sent_when_one_of_several_stories_is_wrong(sandbox, story, tmp_path):
    before = sandbox.client.get("/_sandbox/health").json()["worlds"]
    wrong = tmp_path / "wrong.arazzo.yaml"
    wrong.write_text(STORY.replace("operationId: submitInvoice", "operationId: sumbitInvoice"))

    with pytest.raises(
        OperatingError, match=r"wrong\.arazzo\.yaml, line \d+: there is no operation"
    ):
        play(tmp_path, sandbox=sandbox.url)

    assert sandbox.client.get("/_sandbox/health").json()["worlds"] == before


def test_worlds_are_gone_when_their_story_is_over(sandbox, story):
    def worlds() -> list[str]:
        # Ids alone: the clocks of other tests' live worlds go on while the story is played.
        return [world["id"] for world in sandbox.client.get("/_sandbox/worlds").json()["items"]]

    before = worlds()

    play(story, sandbox=sandbox.url)

    assert worlds() == before


def test_the_world_a_story_wants_stands_in_its_document(sandbox, story):
    wanted = (
        'x-counterfoil-world: {fixture: demo, seed: 7, now: "2025-01-31T08:00:00Z"}\nworkflows:'
    )
    text = STORY.replace("workflows:", wanted)
    text = text.replace("connectionId: $inputs.connectionId", "connectionId: conn_abc123")
    text = text.replace(
        "== $inputs.wanted", "== 200 && $response.body#/createdAt == '2025-01-31T08:00:00Z'"
    )
    story.write_text(text)
    assert play(story, sandbox=sandbox.url) == 0

    story.write_text(text.replace("seed: 7", "sead: 7"))
    with pytest.raises(OperatingError, match=r"line \d+: x-counterfoil-world: .*sead"):
        play(story, sandbox=sandbox.url)


def test_a_pause_is_an_advance_of_the_worlds_clock(sandbox, story):
    """A withdrawal arrives a day after its approval: the story asks again every half a day."""
    story.write_text(WAITING)

    assert play(story, sandbox=sandbox.url) == 0


def test_on_a_terminal_every_step_is_shown_with_a_tick():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    out = Terminal()
    tree = Tree(Secrets({"KEY": "abcdef"}), out)
    step = Step(step_id="create", operation_id="createInvoice")
    tree.opens("a.arazzo.yaml", "one", "A story of abcdef")
    tree.begins(step, 0)
    tree.ended(StepResult("create", "createInvoice", State.PASSED), 0)

    assert out.getvalue() == (
        "a.arazzo.yaml\n  one: A story of $KEY\n"
        "\r\x1b[K    … create\r\x1b[K    \x1b[32m✓\x1b[0m create  createInvoice\n"
    )


def test_a_sandbox_that_wants_a_token_gets_it_for_worlds_and_for_steps():
    token = "a-token-of-a-good-length"
    story = "scenarios/expereon/too-many-requests.arazzo.yaml"
    with RunningSandbox(policy=Policy(admin_token=token)) as sandbox:
        assert play(story, sandbox=sandbox.url, admin_token=token) == 0
        with pytest.raises(OperatingError, match="Send the --admin-token"):
            play(story, sandbox=sandbox.url)
