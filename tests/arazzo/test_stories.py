"""The stories under scenarios/: sound by the published schema, and passing in a fresh world each."""

import json
import re
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from arazzo.stories import SOUND, play

ROOT = Path(__file__).resolve().parents[2]
STORIES = sorted((ROOT / "scenarios").rglob("*.arazzo.yaml"))
PUBLISHED = Path(__file__).parent / "published" / "arazzo-1.0-2025-10-15.json"


@pytest.fixture(scope="module")
def published():
    return jsonschema_rs.Draft202012Validator(json.loads(PUBLISHED.read_text()))


@pytest.mark.parametrize("file", STORIES, ids=lambda file: file.name.split(".")[0])
def test_a_story_is_sound_by_the_published_schema(file, published):
    assert [str(error) for error in published.iter_errors(yaml.safe_load(file.read_text()))] == []


def test_the_sound_story_of_the_tests_is_sound_by_the_published_schema(published):
    assert published.is_valid(yaml.safe_load(SOUND))


# The stories of each API, at least, and how many arrows they walk together, out of how many.
TOGETHER = {"expereon": (20, 37, 37), "experi": (4, 15, 30)}


@pytest.mark.parametrize("api", TOGETHER)
def test_every_story_passes_and_together_they_walk_these_arrows(sandbox, capsys, api):
    least, arrows, total = TOGETHER[api]

    assert play(f"scenarios/{api}", sandbox=sandbox.url) == 0

    said = capsys.readouterr().out
    passed, walked, all_ = re.search(
        rf"✓ (\d+) workflows passed\n.*\nArrows of {api} walked: (\d+) of (\d+)", said
    ).groups()
    assert int(passed) == len([file for file in STORIES if file.parent.name == api]) >= least
    assert (int(walked), int(all_)) == (arrows, total)


def test_every_story_of_invoicexpress_passes(sandbox, capsys):
    assert play("scenarios/invoicexpress", sandbox=sandbox.url) == 0

    assert (
        f"✓ {len([f for f in STORIES if f.parent.name == 'invoicexpress'])} workflows passed"
        in capsys.readouterr().out
    )


def test_one_story_is_in_a_file_that_is_called_like_it():
    for file in STORIES:
        (workflow,) = yaml.safe_load(file.read_text())["workflows"]
        words = re.sub(r"(?<!^)(?=[A-Z])", "-", workflow["workflowId"]).lower()
        assert file.name == f"{words}.arazzo.yaml"


@pytest.mark.parametrize("file", STORIES, ids=lambda file: file.name.split(".")[0])
def test_every_step_of_a_story_says_what_it_expects(file):
    (workflow,) = yaml.safe_load(file.read_text())["workflows"]

    for step in workflow["steps"]:
        assert "successCriteria" in step or "workflowId" in step, step["stepId"]
