"""Plays every story in an Arazzo runner that is not ours: Redocly's Respect, each story in a fresh world.

    python tests/respect.py [STORY…]

It needs Node and fetches the runner from npm. Without Node it does nothing, but in CI it fails.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml

from counterfoil.client.control import Control
from counterfoil.verify.arazzo import inputs, script
from counterfoil.verify.arazzo.sources import Source
from counterfoil.verify.mock import Mock

ROOT = Path(__file__).resolve().parents[1]
RUNNER = "@redocly/cli@2.77.0"
NODE = (20, 19, 0)
FOLDER = ROOT / "build" / "respect"
SILENT = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "NO_COLOR": "1"}
AT_ONCE = 2

EXCUSED = {
    "catalogue.arazzo.yaml": "it wants a body of whatever says it is JSON, and a deletion has none",
    "invoice-is-printed.arazzo.yaml": "it takes a PDF for an empty object",
}
"""What that runner cannot play, and why."""


def main(names):
    """Return how many stories did not pass there."""
    if node() < NODE:
        print(f"There is no Node {'.'.join(map(str, NODE))} here, and so no runner but ours")
        return 1 if os.environ.get("CI") else 0
    stories = [Path(name) for name in names] or sorted((ROOT / "scenarios").rglob("*.arazzo.yaml"))
    for story in stories:
        if story.name in EXCUSED:
            print(f"- {story.name}: {EXCUSED[story.name]}")
    stories = [story for story in stories if story.name not in EXCUSED]
    respect = installed()
    with Mock() as mock, ThreadPoolExecutor(AT_ONCE) as threads:
        failed = list(threads.map(lambda story: plays(respect, story, Control(mock.url)), stories))
    print(f"{len(stories) - sum(failed)} of {len(stories)} stories pass in {RUNNER}")
    return min(sum(failed), 1)


def node():
    """Return the version of Node that is here; zero where there is none, or no npm."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        return (0,)
    told = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    return tuple(int(part) for part in told.strip().removeprefix("v").split("."))


def installed():
    """Return the runner's command, fetched from npm unless it is there."""
    command = FOLDER / "node_modules" / ".bin" / "redocly"
    known = FOLDER / "node_modules" / "@redocly" / "cli" / "package.json"
    if not known.exists() or json.loads(known.read_text())["version"] != RUNNER.rpartition("@")[2]:
        FOLDER.mkdir(parents=True, exist_ok=True)
        (FOLDER / "package.json").write_text('{"private": true}')
        quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
        subprocess.run(["npm", "install", *quiet, RUNNER], cwd=FOLDER, check=True)
    return command


def plays(respect, story, control):
    """Play a story in a new world; return whether it failed, having told why."""
    world = control.ask("POST", "/worlds", {"fixture": "empty"})
    arguments = [f"--input={name}={value}" for name, value in inputs.of_world(world).items()]
    sources = script.load(story).all_apis
    arguments += [f"--server={source.name}={address(world, source)}" for source in sources]
    done = subprocess.run(
        [respect, "respect", as_served(story, sources), *arguments],
        cwd=ROOT, env=os.environ | SILENT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    print(f"{'✗' if done.returncode else '✓'} {story.name}", flush=True)
    if done.returncode:
        print(re.sub(r"(?s)╔.*?╝", "", done.stdout + done.stderr))
    return done.returncode != 0


def as_served(story, sources):
    """Return a copy of a story whose APIs are told whole: with the aliases that no file of theirs has."""
    document = yaml.safe_load(story.read_text())
    served = {source.name: source for source in sources}
    for described in document["sourceDescriptions"]:
        if described["name"] in served:
            source = served[described["name"]]
            file = FOLDER / "served" / f"{story.stem}-{source.name}.json"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(source.document))
            described["url"] = file.name
        else:
            described["url"] = str((story.parent / described["url"]).resolve())
    copied = FOLDER / "served" / story.name
    copied.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True))
    return copied


def address(world, source: Source):
    """Return where a source of a story is served."""
    return world["url"] if source.is_control_plane else world[source.service]["url"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
