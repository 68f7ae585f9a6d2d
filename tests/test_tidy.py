"""What no linter knows: sizes, words, names, and that folders of one kind look alike."""

import ast
import re
import subprocess
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "mockserver" / "counterfoil"
SHIPPED = sorted(PACKAGE.rglob("*.py"))
PYTHON = sorted(
    file for folder in ("mockserver", "tests", "contract_tests", "benchmarks") for file in (ROOT / folder).rglob("*.py")
)  # fmt: skip
TEXTS = [
    ROOT / name
    for name in subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    ).stdout.splitlines()
    if not name.endswith((".lock", "LICENSE"))
]  # fmt: skip

BANNED = {
    r"\bTODO\b|\bFIXME\b|\bXXX:": "do it, or leave it out",
    r"\bmock\.patch\b|\bMagicMock\b": "pass the thing in",
    r"/home/|/root/|/work/": "no path of a machine",
}
ENGINE_BANNED = {
    r"\bdatetime\.now\b|\btime\.time\b|\butcnow\b": "the world's clock",
    r"\bimport random\b|\buuid4\b": "the world's counters and seed",
    r"\bsleep\(": "nothing waits",
}
NAMELESS = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "misc",
    "base",
    "manager",
    "data",
    "stuff",
}


def functions(file):
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node, node.end_lineno - node.lineno + 1


def name_of(file):
    return str(file.relative_to(ROOT))


@pytest.mark.parametrize("file", PYTHON, ids=name_of)
def test_a_module_is_short_and_says_what_it_is(file):
    text = file.read_text()

    assert text.count("\n") <= 400
    docstring = ast.get_docstring(ast.parse(text))
    assert docstring
    assert re.match(r".*?[.!:]($|\s)", docstring.splitlines()[0] + " "), docstring.splitlines()[0]
    assert file.stem not in NAMELESS


@pytest.mark.parametrize("file", PYTHON, ids=name_of)
def test_no_function_is_longer_than_seventy_lines(file):
    assert [(node.name, length) for node, length in functions(file) if length > 70] == []


def test_the_median_function_is_under_ten_lines():
    lengths = [length for file in SHIPPED for _, length in functions(file)]

    assert median(lengths) < 10


@pytest.mark.parametrize("file", SHIPPED, ids=name_of)
def test_positional_parameters_are_five_at_most(file):
    for node, _ in functions(file):
        positional = [
            a.arg for a in (*node.args.posonlyargs, *node.args.args) if a.arg not in ("self", "cls")
        ]
        assert len(positional) <= 5, f"{node.name}: {positional}"


def test_words_that_stay_out():
    found = [
        f"{name_of(file)}: {match[0]!r}: {instead}"
        for file in TEXTS
        if file != Path(__file__)
        for pattern, instead in BANNED.items()
        for match in re.finditer(pattern, file.read_text("utf-8", "replace"))
    ]

    assert found == []


@pytest.mark.parametrize("folder", ["domain", "papers", "contract", "engine", "apis"])
def test_time_and_chance_come_from_the_world(folder):
    found = [
        f"{name_of(file)}: {match[0]!r}: {instead}"
        for file in (PACKAGE / folder).rglob("*.py")
        if file.name != "seeding.py"
        for pattern, instead in ENGINE_BANNED.items()
        for match in re.finditer(pattern, file.read_text())
    ]

    assert found == []


def test_no_float_touches_money():
    for folder in ("domain", "engine", "apis"):
        for file in (PACKAGE / folder).rglob("*.py"):
            if file.name == "seeding.py":  # makes amounts up
                continue
            names = {
                node.id
                for node in ast.walk(ast.parse(file.read_text()))
                if isinstance(node, ast.Name)
            }
            assert "float" not in names, name_of(file)


def test_every_api_has_its_folders_and_the_same_files_in_them():
    tables = {"openapi", "lifecycle", "ledger", "events", "errors", "policy", "outside", "examples"}
    for api in sorted(folder.parent.name for folder in (PACKAGE / "apis").glob("*/api.py")):
        specs = ROOT / "specs" / api
        assert {file.stem for file in specs.glob("*.yaml")} == tables
        assert (specs / "SOURCES.md").is_file()
        assert list((ROOT / "fixtures" / api).glob("*.yaml"))
        assert {"api", "auth", "wire", "records", "fixture"} <= {
            file.stem for file in (PACKAGE / "apis" / api).glob("*.py")
        }


def test_an_api_is_named_nowhere_but_in_its_own_folders():
    for api in sorted(folder.parent.name for folder in (PACKAGE / "apis").glob("*/api.py")):
        for file in SHIPPED:
            if file.parent != PACKAGE / "apis" / api:
                code = re.sub(r'""".*?"""|#.*', "", file.read_text(), flags=re.DOTALL)
                assert api not in code.lower().replace("such as expereon", ""), name_of(file)
