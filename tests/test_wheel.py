"""What is built is what works: the wheel holds one name, all data, and runs on its own."""

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    script = (
        "import sys; from hatchling.builders.wheel import WheelBuilder\n"
        "print(next(WheelBuilder(sys.argv[1]).build(directory=sys.argv[2], versions=['standard'])))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, ROOT, folder], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.split()[-1])


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The wheel's content in a folder, as pip would lay it out."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def command(installed, *arguments):
    """Return how to run the installed package, with nothing of the checkout in reach."""
    script = (
        f"import sys; sys.path.insert(0, {str(installed)!r}); from counterfoil.cli import main; "
    )
    script += (
        "import counterfoil; assert 'mockserver' not in counterfoil.__file__; sys.exit(main())"
    )
    return [sys.executable, "-c", script, *arguments]


def test_the_wheel_adds_one_name(wheel):
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}

    assert {top for top in tops if not top.endswith(".dist-info")} == {"counterfoil"}


def test_the_wheel_holds_the_glyphs_of_papers_and_their_licence(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = {name.split("/", 1)[1] for name in archive.namelist()}

    assert "papers/glyphs/DejaVuSans.ttf" in names
    assert "licenses/mockserver/counterfoil/papers/glyphs/LICENSE" in names


def test_the_wheel_holds_the_data_and_its_built_json(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())

    for folder in ("specs", "fixtures", "contract_tests"):
        for file in (ROOT / folder).rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                assert f"counterfoil/_bundle/{file.relative_to(ROOT)}" in names
            if file.suffix == ".yaml":
                assert f"counterfoil/_bundle/.built/{file.relative_to(ROOT)}.json" in names
    assert "counterfoil/py.typed" in names
    assert "counterfoil/engine/schema.sql" in names


def test_the_built_json_is_what_the_package_would_build(installed):
    from counterfoil import resources

    for built in (installed / "counterfoil" / "_bundle" / ".built").rglob("*.json"):
        name = str(built.relative_to(installed / "counterfoil" / "_bundle" / ".built"))
        assert json.loads(built.read_text()) == resources.document(name.removesuffix(".json"))


def test_the_installed_command_serves_and_shows(installed, tmp_path):
    shown = subprocess.run(
        command(installed, "show", "expereon", "ledger"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    ready = tmp_path / "ready.json"
    server = subprocess.Popen(
        command(installed, "serve", "--port", "0", "--ready-file", str(ready)),
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    end = time.monotonic() + 20
    while not ready.exists() and server.poll() is None and time.monotonic() < end:
        time.sleep(0.01)
    server.send_signal(signal.SIGTERM)
    printed, errors = server.communicate(timeout=20)

    assert shown.returncode == 0, shown.stderr
    assert "settle" in shown.stdout
    assert ready.exists(), errors
    assert "Try it" in printed
    assert server.returncode == 0


def test_a_wheel_that_cannot_be_written_to_works_all_the_same(installed, tmp_path):
    bundle = installed / "counterfoil" / "_bundle"
    later = time.time() + 100
    os.utime(
        bundle / "specs" / "expereon" / "ledger.yaml", (later, later)
    )  # the built JSON is older
    for folder in (bundle / ".built").rglob("*"):
        folder.chmod(0o555 if folder.is_dir() else 0o444)

    done = subprocess.run(
        command(installed, "show", "expereon", "ledger"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_the_installed_command_verifies(installed, tmp_path):
    done = subprocess.run(
        command(installed, "verify", "expereon", "--select", "lists,expereon"),
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(installed)},  # for our own mock
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "our own mock conforms" in done.stdout


def test_the_installed_command_plays_and_records_stories(installed, tmp_path, world):
    """Also those that a user wrote: what they name is found among the documents of the package."""
    story = (ROOT / "scenarios/expereon/draft-is-cancelled.arazzo.yaml").read_text()
    (tmp_path / "own.arazzo.yaml").write_text(story.replace("../../specs/", "specs/"))
    world.seller.get("/api/v1/invoices")

    def run(*arguments):
        return subprocess.run(
            command(installed, *arguments),
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(installed)},  # for our own mock
            capture_output=True,
            text=True,
            check=False,
        )

    place = ("--sandbox", world.sandbox.url)
    recorded = run("record", *place, "--world", world.described["id"])
    (tmp_path / "recorded.arazzo.yaml").write_text(recorded.stdout)
    played = run("run", "scenarios/expereon/settlement.arazzo.yaml", ".")

    assert (recorded.returncode, recorded.stderr) == (0, "")
    assert (played.returncode, played.stderr) == (0, ""), played.stdout
    for said in ("✓ settlement: ", "✓ draftIsCancelled: ", "✓ recorded ", "✓ 3 workflows passed"):
        assert said in played.stdout
