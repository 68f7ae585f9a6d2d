"""JUnit XML, as CI systems read it: a suite for each group of cases."""

import re
from collections.abc import Sequence
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from counterfoil.verify.masking import Secrets
from counterfoil.verify.reports.model import Case, Finding, Report

FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML cannot say."""


def junit(report: Report, secrets: Secrets) -> str:
    """Return a report as JUnit XML."""
    root = Element("testsuites", name=report.title, time=f"{report.seconds:.3f}")
    for group, cases in groupby(sorted(report.cases, key=lambda c: c.group), lambda c: c.group):
        _suite(root, group, list(cases), report, secrets)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _suite(
    root: Element, group: str, cases: Sequence[Case], report: Report, secrets: Secrets
) -> None:
    counts = {
        "tests": len(cases),
        "failures": sum(case.outcome == "failed" for case in cases),
        "errors": 0,
        "skipped": sum(case.outcome == "skipped" for case in cases),
    }
    suite = SubElement(root, "testsuite", {word: str(n) for word, n in counts.items()})
    suite.set("name", _clean(group, secrets))
    suite.set("timestamp", report.started.isoformat(timespec="seconds"))
    suite.set("time", f"{sum(case.seconds for case in cases):.3f}")
    for case in cases:
        _case(suite, case, secrets)


def _case(suite: Element, case: Case, secrets: Secrets) -> None:
    made = SubElement(suite, "testcase", classname=case.group, name=_clean(case.name, secrets))
    made.set("time", f"{case.seconds:.3f}")
    if case.outcome == "skipped":
        SubElement(made, "skipped", message=_clean(case.reason, secrets))
    notes = []
    for finding in case.findings:
        if finding.severity == "error":
            failure = SubElement(made, "failure", message=_clean(finding.claim, secrets))
            failure.set("type", finding.check)
            failure.text = _clean(told(finding, secrets), secrets)
        else:
            notes.append(told(finding, secrets))
    failed = [step for step in case.steps if step.outcome == "failed"]
    if case.outcome == "failed" and failed and not case.findings:
        SubElement(made, "failure", message=_clean(failed[0].detail, secrets), type="step")
    if notes:
        SubElement(made, "system-out").text = _clean("\n\n".join(notes), secrets)


def told(finding: Finding, secrets: Secrets) -> str:
    """Return a finding as text, with what sends it again."""
    lines = [f"{finding.operation}: {finding.claim} ({finding.provenance})"]
    if finding.seen:
        lines.append(f"seen: {finding.seen}")
    again = finding.again(secrets)
    return "\n".join([*lines, *([again] if again else [])])


def _clean(text: str, secrets: Secrets) -> str:
    return FORBIDDEN.sub("�", secrets.masked(text))
