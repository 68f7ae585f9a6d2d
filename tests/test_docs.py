"""What the documentation says works: its snippets run, its links lead somewhere, its tables are true."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from harness import RunningSandbox

ROOT = Path(__file__).resolve().parents[1]
PYTHON = shlex.quote(sys.executable)
GUIDES = sorted(
    page
    for folder in ("docs/guides", "docs/reference")
    for page in (ROOT / folder).glob("*.md")
    if "```python" in page.read_text()
)
PAGES = sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("specs/**/*.md")})


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)


def test_the_readmes_calls_work_as_they_stand(tmp_path):
    """Every shell block of the README, one after the other in one shell."""
    with RunningSandbox() as sandbox:
        sandbox.default_world()
        script = "set -eu\n" + "\n".join(blocks(ROOT / "README.md", "sh"))
        script = script.replace("curl -s", "curl --silent --show-error")
        script = script.replace("http://127.0.0.1:4001", sandbox.expereon_url)
        script = script.replace("http://127.0.0.1:4000", sandbox.url)
        script = script.replace(".venv/bin/counterfoil", f"{PYTHON} -m counterfoil")
        script = script.replace("\ncurl", "\necho; curl")
        done = subprocess.run(
            ["sh", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
        )

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    for said in (
        '"id":"inv_000015"',
        '"status":"SUBMITTED"',
        '"status":"APPROVED"',
        '"status":"SETTLED"',
        '"code":"INVALID_STATE_TRANSITION"',
        '"seed":7',
        "invoice     approve",
        "INSUFFICIENT_BALANCE",
        "2000 invoices of 'seller' to 40 new buyers",
        "our own mock conforms: 13 passed",
        "✓ settlement: An approved invoice is settled, confirmed, archived and restored",
    ):
        assert said in done.stdout
    assert '"code":"INVALID_CREDENTIALS"' not in done.stdout


def test_the_readmes_python_passes_with_the_sample_project(tmp_path):
    (source,) = blocks(ROOT / "README.md", "python")
    sample = (ROOT / "docs/guides/sample/billing.py").read_text()
    (tmp_path / "billing.py").write_text(sample)
    (tmp_path / "test_readme.py").write_text("from billing import Billing\n\n" + source)

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:schemathesis", tmp_path],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.stem)
def test_the_python_of_a_guide_is_a_test_that_passes(page, tmp_path):
    source = "\n".join(blocks(page, "python"))
    (tmp_path / "test_guide.py").write_text(source)

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:schemathesis", tmp_path],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout
    assert f"{source.count('def test_')} passed" in done.stdout


def test_the_shell_guide_works_as_it_stands(sandbox, tmp_path):
    script = "set -eu\n" + "\n".join(blocks(ROOT / "docs/guides/curl.md", "sh"))
    script = script.replace("http://127.0.0.1:4000", sandbox.url)
    done = subprocess.run(
        ["sh", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(re.findall(r"^(?:post|curl) ", script, re.MULTILINE))
    assert not [answer for answer in answers if "title" in answer]
    assert answers[-1] == {"id": "my-test", "deleted": True}
    assert "maria@example.com" in {letter["to"] for letter in answers[3]["items"]}
    assert answers[4]["invoice"]["sequence_number"] == "4/A"


def test_the_guide_to_scenarios_works_as_it_stands(sandbox, tmp_path):
    """Its commands, one after the other; its first YAML is the story that they play."""
    guide = ROOT / "docs/guides/scenarios.md"
    (tmp_path / "first.arazzo.yaml").write_text(blocks(guide, "yaml")[0])
    world = sandbox.world("empty")
    world.seller.get("/api/v1/invoices")
    script = "set -eu\n" + "\n".join(blocks(guide, "sh"))
    script = script.replace("http://127.0.0.1:4000", sandbox.url)
    script = script.replace("--world default", f"--world {world.described['id']}")
    script = script.replace("counterfoil run", f"{PYTHON} -m counterfoil run")
    script = script.replace("counterfoil record", f"{PYTHON} -m counterfoil record")

    done = subprocess.run(
        ["sh", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    for said in (
        "✓ refund: The seller gives back a part of what was settled (12 steps)",
        "✓ first: The buyer disputes what the seller billed (3 steps)",
        "✓ first [row 2]",
        "✓ recorded (1 step)",
    ):
        assert said in done.stdout
    assert (tmp_path / "refund.html").exists()


def test_the_guide_to_verification_works_as_it_stands(sandbox, tmp_path):
    """Its commands, and that of its workflow, against a server that is there."""
    guide = ROOT / "docs/guides/verify.md"
    world = sandbox.world("empty").expereon
    (workflow,) = [yaml.safe_load(block) for block in blocks(guide, "yaml")]
    (step,) = [
        step for step in workflow["jobs"]["verify"]["steps"] if "verify" in step.get("run", "")
    ]
    lasting = step["run"].replace("--budget 10m", "--select lists").replace("5/s", "500/s")
    script = "set -eu\n" + "\n".join(blocks(guide, "sh")) + lasting
    script = script.replace("https://sandbox.expereon.example", world["url"])
    for party in ("seller", "buyer"):
        key = world["organizations"][party]
        script = script.replace(f"exp_sand_{party}:secret", f"{key['apiKey']}:{key['apiSecret']}")
    script = script.replace("counterfoil verify", f"{PYTHON} -m counterfoil verify")

    done = subprocess.run(
        ["sh", "-c", script], cwd=tmp_path, env=os.environ | {"EXPEREON_URL": world["url"]},
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done.stdout.count(" conforms: ") == 4
    assert {file.name for file in tmp_path.iterdir()} == {
        "mock.html", "verify.xml", "verify.html", "verify.har",
    }  # fmt: skip
    assert set(step["env"]) >= {"EXPEREON_SELLER", "EXPEREON_BUYER", "EXPEREON_CONNECTION"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    shown = re.sub(r"<!--.*?-->", "", page.read_text(), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", shown):
        if not target.startswith(("http://", "https://")):
            assert (page.parent / target).exists(), target


def test_every_decision_is_in_the_list():
    listed = set(
        re.findall(r"\((\d{4}-[a-z-]+\.md)\)", (ROOT / "docs/decisions/README.md").read_text())
    )

    assert listed == {file.name for file in (ROOT / "docs/decisions").glob("0*.md")}


def test_every_make_target_is_explained():
    targets = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[
        1
    ].split()
    explained = (ROOT / "CONTRIBUTING.md").read_text()

    assert [target for target in targets if f"`make {target}`" not in explained] == ["setup"]


def test_every_option_of_serve_is_in_its_help_and_the_important_ones_in_the_readme():
    help_ = subprocess.run(
        [sys.executable, "-m", "counterfoil", "serve", "--help"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    readme = (ROOT / "README.md").read_text()

    for option in (
        "--admin-token",
        "--log",
        "--webhook-allow-public",
        "--limits",
        "--port",
        "--clock",
        "--data",
        "--store",
        "--ready-file",
    ):
        assert option in help_
        assert option in readme
