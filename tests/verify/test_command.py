"""`counterfoil verify` as people and CI call it: what it prints, what it writes, how it ends."""

import os
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest

from counterfoil.cli import main
from counterfoil.verify.mock import Mock
from counterfoil.verify.subject import module_of
from verify import stub


def run(*options, **environment):
    return subprocess.run(
        [sys.executable, "-m", "counterfoil", "verify", *options],
        env=os.environ | environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


QUICK = ["--select", "lists,idempotency,expereon"]


@pytest.mark.parametrize(
    "chosen", [QUICK, pytest.param([], marks=pytest.mark.fuzz)], ids=["quick", "whole"]
)
def test_a_server_in_another_process_gets_the_verdict_of_our_own_mock(chosen, tmp_path):
    with Mock() as mock:
        settings = module_of("expereon").settings_of(mock.world)
        url = mock.world["expereon"]["url"]
        given = ["--target", url, "--allow-writes", "--strict", "--junit", str(tmp_path / "j.xml")]
        there = run("expereon", *given, "--control", mock.url, *chosen, **settings)
    here = run("expereon", *chosen, "--html", str(tmp_path / "h.html"))

    assert (there.returncode, there.stderr) == (0, ""), there.stdout
    assert (here.returncode, here.stderr) == (0, ""), here.stdout
    assert "our own mock conforms" in here.stdout
    assert f"{url} conforms" in there.stdout
    assert settings["EXPEREON_SELLER"].partition(":")[2] not in there.stdout
    suites = ET.parse(tmp_path / "j.xml").getroot()  # noqa: S314  our own
    assert {suite.get("name") for suite in suites} >= {"lists", "idempotency", "expereon", "schema"}
    assert "<span class=passed>" in (tmp_path / "h.html").read_text()


def test_findings_are_printed_with_a_command_and_end_with_one(tmp_path):
    server = stub.serve()
    url = f"http://127.0.0.1:{server.server_port}"
    keys = ["--api-key", "stub-seller-key", "--api-secret", "stub-seller-secret"]
    done = run(
        "expereon", "--target", url, "--select", "lists", *keys, "--har", str(tmp_path / "a.har")
    )
    server.shutdown()
    server.server_close()

    assert (done.returncode, done.stderr) == (1, "")
    assert "limit=101 is refused with INVALID_PAGINATION" in done.stdout
    assert f"curl -i '{url}/api/v1/invoices?includeArchived=true&limit=101'" in done.stdout
    assert '''-H 'X-API-Secret: '"$EXPEREON_SELLER_SECRET"''' in done.stdout
    for told in (done.stdout, (tmp_path / "a.har").read_text()):
        assert "stub-seller" not in told


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["expreon"], "There is no API 'expreon' to verify (did you mean 'expereon'?)"),
        (["expereon", "--target", "localhost"], "--target 'localhost' is no URL; write http://"),
        (["expereon", "--target", "http://127.0.0.1:9"], "Expereon is called with a key; give --as seller="),
        (["expereon", "--target", "http://127.0.0.1:9", "--as", "seller=a:b"], "Nothing answers at http://127.0.0.1:9"),
        (["expereon", "--rate", "fast"], "--rate 'fast' is no rate; write one such as 5/s"),
        (["expereon", "--budget", "0"], "--budget '0' is no time; write one such as 60s or 5m"),
        (["expereon", "--as", "seller"], "--as 'seller' lacks a value; write --as NAME=VALUE"),
    ],
)  # fmt: skip
def test_what_cannot_be_verified_ends_with_two_and_one_sentence(options, told, capsys):
    assert main(["verify", *options]) == 2

    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1


def test_unknown_groups_are_named_with_those_there_are():
    done = run("expereon", "--select", "lifcycle")

    assert done.returncode == 2
    assert "There are no checks called 'lifcycle' (did you mean 'lifecycle'?)" in done.stderr


def test_too_little_coverage_fails():
    done = run("expereon", "--select", "lists", "--min-coverage", "90")

    assert done.returncode == 1
    assert "at least 90 % of what can be reached was seen" in done.stdout


def test_a_budget_that_is_spent_is_told():
    done = run("expereon", "--select", "lists,webhooks", "--budget", "0.2")

    assert done.returncode == 0, done.stdout
    assert "the budget is spent; give more with --budget" in done.stdout


def test_serving_does_not_import_the_verifier():
    script = (
        "import sys, counterfoil.cli as c; c._parser()\n"
        "print(sorted({'openapi_core', 'schemathesis', 'httpx', 'counterfoil.verify.run'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout == "[]\n"
