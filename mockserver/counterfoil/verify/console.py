"""What a run prints: progress where a person looks on, findings and what was covered for everybody."""

from typing import TextIO

from counterfoil.verify.masking import Secrets
from counterfoil.verify.reports.junit import told
from counterfoil.verify.reports.model import Case, Report

MARKS = {"passed": "✓", "failed": "✗", "noted": "!", "skipped": "-"}


class Console:
    """Prints cases as they end if it is live, and the conclusion."""

    def __init__(self, out: TextIO, secrets: Secrets, *, live: bool) -> None:
        self._out, self._secrets, self._live = out, secrets, live

    def case(self, case: Case) -> None:
        """Tell of a case that has ended."""
        if self._live:
            reason = f" ({case.reason})" if case.reason else ""
            self._print(f"{MARKS[case.outcome]} {case.group}: {case.name}{reason}")

    def conclude(self, report: Report) -> None:
        """Tell what was found, what was covered, and how it ended."""
        for finding in report.findings:
            self._print(f"\n{finding.severity}: {told(finding, self._secrets)}")
        if not self._live:
            for case in report.cases:
                if case.outcome == "skipped":
                    self._print(f"skipped {case.group}: {case.name} ({case.reason})")
        self._print("")
        for table in report.tables:
            self._print(f"{table.title}: {table.summary}")
        counts = [
            f"{n} {outcome}"
            for outcome in ("passed", "failed", "noted", "skipped")
            if (n := report.count(outcome))
        ]
        verdict = "has findings" if report.failed else "conforms"
        self._print(f"{report.target} {verdict}: {', '.join(counts)}, in {report.seconds:.1f} s")

    def _print(self, text: str) -> None:
        print(self._secrets.masked(text), file=self._out, flush=True)
