"""A report as one HTML page that needs nothing else: no script, no font, no network."""

import json
from collections.abc import Iterable, Iterator
from html import escape

from counterfoil.verify.curl import curl
from counterfoil.verify.exchange import Exchange
from counterfoil.verify.masking import Secrets
from counterfoil.verify.reports.model import Case, Finding, Report, Step, Table

STYLE = """
:root { color-scheme: light dark; --line: #8884; --good: #1a7f37; --bad: #cf222e; --note: #9a6700; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 68rem; margin: 2rem auto; padding: 0 1rem; }
h1 { margin-bottom: 0; } h2 { margin-top: 2.5rem; }
.facts { color: #888; } .counts b { margin-right: 1.2rem; }
.passed { color: var(--good); } .failed, .error { color: var(--bad); } .noted, .note, .skipped { color: var(--note); }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
details { border: 1px solid var(--line); border-radius: .4rem; padding: .5rem .8rem; margin: .5rem 0; }
summary { cursor: pointer; } pre { background: #8881; padding: .6rem; overflow-x: auto; border-radius: .3rem; white-space: pre-wrap; word-break: break-word; }
""".strip()

LONGEST_BODY = 20_000
"""Characters of a body that are shown."""


def html(report: Report, secrets: Secrets) -> str:
    """Return a report as a page: the verdict, the findings, what was covered, every case."""
    verdict = "failed" if report.failed else "passed"
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{_text(report.title, secrets)}: {verdict}</title><style>{STYLE}</style></head><body>",
        f"<h1>{_text(report.title, secrets)}: <span class={verdict}>{verdict}</span></h1>",
        *_facts(report, secrets),
        *_findings(report.findings, secrets),
        *(line for table in report.tables for line in _table(table, secrets)),
        "<h2>Everything that was checked</h2>",
        *(line for case in report.cases for line in _case(case, secrets)),
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def _facts(report: Report, secrets: Secrets) -> Iterator[str]:
    started = report.started.isoformat(timespec="seconds")
    facts = [f"{report.target}", f"started {started}", f"took {report.seconds:.1f} s"]
    facts += [f"{name} {value}" for name, value in report.facts]
    yield f"<p class=facts>{_text(' · '.join(facts), secrets)}</p>"
    counts = (
        (outcome, report.count(outcome)) for outcome in ("passed", "failed", "noted", "skipped")
    )
    shown = (f"<b class={word}>{n} {word}</b>" for word, n in counts if n)
    yield f"<p class=counts>{''.join(shown)}</p>"


def _findings(findings: Iterable[Finding], secrets: Secrets) -> Iterator[str]:
    found = list(findings)
    if not found:
        return
    yield f"<h2>Findings ({len(found)})</h2>"
    for finding in found:
        opened = " open" if finding.severity == "error" else ""
        yield f"<details{opened}><summary><b class={finding.severity}>{finding.severity}</b> "
        yield f"<b>{_text(finding.operation, secrets)}</b>: {_text(finding.claim, secrets)}</summary>"
        yield f"<p>{_text(finding.check, secrets)}; the rule is {finding.provenance}</p>"
        if finding.seen:
            yield f"<p>Seen: {_text(finding.seen, secrets)}</p>"
        if again := finding.again(secrets):
            yield f"<pre>{_text(again, secrets)}</pre>"
        if finding.exchange:
            yield _answer(finding.exchange, secrets)
        yield "</details>"


def _table(table: Table, secrets: Secrets) -> Iterator[str]:
    yield f"<h2>{_text(table.title, secrets)}</h2>"
    if table.summary:
        yield f"<p>{_text(table.summary, secrets)}</p>"
    yield f"<details><summary>{len(table.rows)} rows</summary><table>"
    yield _row(table.headings, "th", secrets)
    yield from (_row(row, "td", secrets) for row in table.rows)
    yield "</table></details>"


def _row(cells: Iterable[str], tag: str, secrets: Secrets) -> str:
    return f"<tr>{''.join(f'<{tag}>{_text(cell, secrets)}</{tag}>' for cell in cells)}</tr>"


def _case(case: Case, secrets: Secrets) -> Iterator[str]:
    told = f"<b class={case.outcome}>{case.outcome}</b> {_text(case.group, secrets)}: "
    told += f"{_text(case.name, secrets)} ({case.seconds:.2f} s)"
    if case.reason:
        told += f": {_text(case.reason, secrets)}"
    if not case.steps:
        yield f"<div>{told}</div>"
        return
    yield f"<details{' open' if case.outcome == 'failed' else ''}><summary>{told}</summary>"
    for step in case.steps:
        yield from _step(step, secrets)
    yield "</details>"


def _step(step: Step, secrets: Secrets) -> Iterator[str]:
    told = f"<b class={step.outcome}>{step.outcome}</b> {_text(step.name, secrets)}"
    yield f"<details><summary>{told}</summary>"
    if step.detail:
        yield f"<p>{_text(step.detail, secrets)}</p>"
    yield from _exchange(step.exchange, secrets)
    yield "</details>"


def _exchange(exchange: Exchange | None, secrets: Secrets) -> Iterator[str]:
    if exchange is None:
        return
    yield f"<pre>{escape(curl(exchange.request, secrets))}</pre>"
    yield _answer(exchange, secrets)


def _answer(exchange: Exchange, secrets: Secrets) -> str:
    headers = "\n".join(f"{name}: {value}" for name, value in exchange.response.headers)
    answer = f"{exchange.status}\n{headers}\n\n{_body(exchange)}"
    return f"<pre>{_text(answer, secrets)}</pre>"


def _body(exchange: Exchange) -> str:
    if exchange.json is not None:
        text = json.dumps(exchange.json, indent=2, ensure_ascii=False, default=str)
    else:
        text = exchange.response.body.decode(errors="replace")
    return text if len(text) <= LONGEST_BODY else text[:LONGEST_BODY] + " …"


def _text(text: str, secrets: Secrets) -> str:
    return escape(secrets.masked(text))
