"""What the tests of stories may ask for: workflows that run against answers that were written down."""

import textwrap

import pytest

from arazzo.scripted import DOCUMENT, Scripted
from arazzo.stories import sound
from counterfoil.verify.arazzo.results import State
from counterfoil.verify.arazzo.running import Play, Stage
from counterfoil.verify.arazzo.script import Chapter
from counterfoil.verify.client import Client


class Heard:
    """Who hears of a run, and keeps it."""

    def __init__(self):
        self.steps = []

    def begins(self, step, depth):
        pass

    def ended(self, result, depth):
        self.steps.append((result.step_id, str(result.state)))


@pytest.fixture
def run(tmp_path):
    """Play workflows against scripted answers; return what came of the first, and what was asked."""
    (tmp_path / "things.yaml").write_text(DOCUMENT)

    def play(workflows, *answers, components="", name="things.yaml", **values):
        head = f"""\
arazzo: 1.0.1
info: {{title: Things, version: "1"}}
sourceDescriptions:
  - {{name: things, url: {name}, type: openapi}}
"""
        text = head + "workflows:\n" + textwrap.indent(textwrap.dedent(workflows).strip("\n"), "  ")
        text += "\n" + textwrap.dedent(components)
        script = sound(text, tmp_path / "story.arazzo.yaml")
        heard, pauses = Heard(), []
        with Scripted(*answers) as server, Client(server.url) as client:
            stage = Stage(client, lambda _: server.url, pauses.append, heard)
            first = script.story.document.workflows[0]
            result = Play(stage, Chapter(script, first), values).run()
        return Outcome(result, server.asked, heard.steps, pauses)

    return play


class Outcome:
    """What came of a run."""

    def __init__(self, result, asked, steps, pauses):
        self.result, self.asked, self.steps, self.pauses = result, asked, steps, pauses
        self.passed = result.state is State.PASSED
