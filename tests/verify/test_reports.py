"""Reports: what a run found, for CI, for people, for other tools; secrets are in none of them."""

import json
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import pytest

from counterfoil.operating import OperatingError
from counterfoil.verify.masking import Secrets
from counterfoil.verify.reports.files import write
from counterfoil.verify.reports.har import har
from counterfoil.verify.reports.html import html
from counterfoil.verify.reports.junit import junit
from counterfoil.verify.reports.model import Case, Finding, Report, Step, Table
from verify.exchanges import AT, exchange

SECRET = "s3cr3t-s3cr3t"
SECRETS = Secrets({"API_SECRET": SECRET})
SEEN = exchange(
    "POST",
    f"http://api.test/things?key={SECRET}",
    201,
    {"secret": SECRET, "text": "<script>alert('ä')</script>"},
    sent=(("X-API-Secret", SECRET), ("Content-Type", "application/json")),
    body=b'{"a": "\\u0007"}',
)
BROKEN = Finding("lifecycle", "approve", "a <draft> cannot be approved \x07", "200", exchange=SEEN)
NOTE = Finding("lists", "list", "ties are broken by id", provenance="inferred", severity="note")
REPORT = Report(
    title="verify things",
    target="http://api.test",
    started=AT,
    seconds=1.5,
    cases=(
        Case("lifecycle", "cells", "failed", 0.5, [BROKEN]),
        Case("lists", "pages", "noted", 0.25, [NOTE]),
        Case("lists", "sorting", "passed", 0.25),
        Case("webhooks", "retries", "skipped", reason="no inbox is reachable"),
        Case("story", "pay", "failed", 0.5, steps=[Step("approve", "failed", "wanted 200", SEEN)]),
    ),
    tables=(Table("Arrows", ("from", "to"), [("DRAFT", "SENT")], "1 of 2 walked"),),
    exchanges=(SEEN, exchange(answer=b"\xff\x00")),
)


def test_junit_counts_failures_and_carries_what_reproduces_them():
    root = ET.fromstring(junit(REPORT, SECRETS))  # noqa: S314  our own

    suites = {
        suite.get("name"): tuple(suite.get(word) for word in ("tests", "failures", "skipped"))
        for suite in root
    }
    assert suites == {
        "lifecycle": ("1", "1", "0"),
        "lists": ("2", "0", "0"),
        "story": ("1", "1", "0"),
        "webhooks": ("1", "0", "1"),
    }
    failure = root.find("testsuite[@name='lifecycle']/testcase/failure")
    assert failure.get("message") == "a <draft> cannot be approved �"
    assert "curl -i" in failure.text
    assert '"$API_SECRET"' in failure.text
    assert (
        root.find("testsuite[@name='webhooks']/testcase/skipped").get("message")
        == "no inbox is reachable"
    )
    assert "ties are broken by id" in root.find("testsuite[@name='lists']/testcase/system-out").text
    assert root.find("testsuite[@name='story']/testcase/failure").get("message") == "wanted 200"


class Balanced(HTMLParser):
    """Sees that what is opened is closed, and which tags there are."""

    def __init__(self):
        super().__init__()
        self.open, self.tags = [], set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag not in ("meta", "!doctype"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_whole_and_shows_what_matters():
    page = html(REPORT, SECRETS)
    parser = Balanced()
    parser.feed(page)

    assert parser.open == []
    assert not parser.tags & {"script", "img", "link", "iframe"}
    for shown in (
        "verify things: <span class=failed>failed</span>",
        "a &lt;draft&gt; cannot be approved",
        "&lt;script&gt;alert(",
        "no inbox is reachable",
        "1 of 2 walked",
        "<td>DRAFT</td>",
        "curl -i",
    ):
        assert shown in page


def test_the_archive_holds_every_exchange():
    entries = json.loads(har(REPORT.exchanges, SECRETS))["log"]["entries"]

    assert [entry["request"]["method"] for entry in entries] == ["POST", "GET"]
    assert entries[0]["request"]["url"] == "http://api.test/things?key=$API_SECRET"
    assert entries[0]["response"]["status"] == 201
    assert entries[1]["response"]["content"]["encoding"] == "base64"
    assert entries[1]["response"]["content"]["text"] == "/wA="


@pytest.mark.parametrize("write_it", [junit, html, lambda r, s: har(r.exchanges, s)])
def test_no_report_shows_a_secret(write_it):
    told = write_it(REPORT, SECRETS)

    assert SECRET not in told
    assert "API_SECRET" in told


def test_reports_are_written_where_they_are_wanted(tmp_path):
    write(REPORT, SECRETS, {"junit": tmp_path / "new" / "j.xml", "html": None})

    assert [file.name for file in tmp_path.rglob("*.*")] == ["j.xml"]
    with pytest.raises(OperatingError, match="choose another --har"):
        write(REPORT, SECRETS, {"har": tmp_path})


def test_a_report_sorts_errors_before_notes_and_says_whether_it_failed():
    assert [finding.severity for finding in REPORT.findings] == ["error", "note"]
    assert REPORT.failed
