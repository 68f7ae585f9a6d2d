"""InvoiceXpress's contract against a server: every check of the verifier but those with made-up requests."""

import pytest


@pytest.mark.parametrize("fidelity", ["observed", "documented"])
def test_the_server_does_what_the_tables_say(verified, fidelity):
    report = verified("invoicexpress", INVOICEXPRESS_FIDELITY=fidelity)

    assert [f"{f.operation}: {f.claim} ({f.seen})" for f in report.findings] == []
    assert {case.group for case in report.cases if case.outcome == "passed"} >= {
        "lists", "credentials", "schema", "lifecycle", "invoicexpress",
    }  # fmt: skip
    (walked,) = [table.summary for table in report.tables if table.title == "Lifecycle"]
    assert walked == "40 of 40 seen"
