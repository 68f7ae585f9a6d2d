"""Runtime expressions and conditions: what each text means, and which texts mean nothing."""

import re
from decimal import Decimal

import pytest

from counterfoil.verify.arazzo import conditions, criteria, expressions
from counterfoil.verify.arazzo.conditions import ConditionError
from counterfoil.verify.arazzo.expressions import ExpressionError, NoValueError, descend
from counterfoil.verify.arazzo.model import Criterion, ExpressionType

BODY = {
    "status": "SETTLED",
    "amount": "1500.00",
    "count": 3,
    "open": True,
    "due": None,
    "items": [{"id": "a/b", "tags": ["x"]}, {"id": "c"}],
}
KNOWN = {
    "statusCode": 200,
    "method": "GET",
    "url": "http://127.0.0.1/invoices",
    "inputs": {"run": "7", "x-api.key": "k", "lines": [{"price": 2.5}]},
    "steps": {"create": {"outputs": {"id": "inv_1", "whole": BODY}}},
    "outputs": {},
    "response": {"header": {"X-Total": "3"}, "body": BODY},
}


class Known:
    def value(self, expression):
        return descend({"": KNOWN[expression.root]}, ("", *expression.segments), expression.text)


SCOPE = Known()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$statusCode", 200),
        ("$inputs.run", "7"),
        ("$inputs.x-api.key", "k"),
        ("$inputs.lines[0].price", 2.5),
        ("$steps.create.outputs.id", "inv_1"),
        ("$steps.create.outputs.whole#/items/0/id", "a/b"),
        ("$response.header.X-Total", "3"),
        ("$response.body", BODY),
        ("$response.body#", BODY),
        ("$response.body#/due", None),
        ("$response.body#/items/1", {"id": "c"}),
        ("$response.body.items[0].tags[0]", "x"),
    ],
)
def test_an_expression_has_the_value_it_names_with_its_type(text, value):
    assert expressions.parse(text).resolve(SCOPE) == value
    assert expressions.fill({"a": [text]}, SCOPE) == {"a": [value]}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("INV-{$inputs.run}-{$statusCode}", "INV-7-200"),
        ("{$response.body#/open} {$response.body#/due}", "true null"),
        ("{$response.body#/items/1}", '{"id":"c"}'),
        ("costs $5.00 or {5}", "costs $5.00 or {5}"),
        ("$5.00", "$5.00"),
    ],
)
def test_an_expression_in_braces_is_written_into_the_text(text, value):
    assert expressions.fill(text, SCOPE) == value


@pytest.mark.parametrize(
    "text", ["$inputs.none", "$response.body#/items/9", "$response.body.status.x"]
)
def test_an_expression_that_leads_nowhere_says_so(text):
    with pytest.raises(NoValueError, match=r"has no value: there is no"):
        expressions.parse(text).resolve(SCOPE)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("inputs.a", "one begins with \\$"),
        ("$input.a", r"no known name \(did you mean 'inputs'\?\)"),
        ("$response.status", "none of header, query, path and body"),
        ("$response.header", "a name has to follow"),
        ("$response.body#items", "a JSON pointer, and begins with /"),
        ("$statusCode.x", "nothing follows"),
        ("$steps", "a name has to follow"),
        ("$inputs.a[x]", "cut short"),
    ],
)
def test_what_is_no_expression_is_told_with_the_reason(text, told):
    with pytest.raises(ExpressionError, match=told):
        expressions.parse(text)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("$statusCode == 200", True),
        ("$statusCode != 200", False),
        ("$statusCode >= 200 && $statusCode < 300", True),
        ("$response.body#/status == 'settled'", True),  # the specification: regardless of case
        ("$response.body#/amount == 1500", True),
        ("$response.body#/amount > 99.5", True),
        ("$response.body#/amount < $inputs.run", False),  # as numbers: 7 is less than 1500
        ("$response.body#/open", True),
        ("$response.body#/open == true", True),
        ("$response.body#/open == 1", False),
        ("!$response.body#/open", False),
        ("$response.body#/due == null", True),
        ("$response.body#/due != null || $statusCode == 200", True),
        ("($statusCode == 404 || $statusCode == 200) && !($method == 'POST')", True),
        ("$statusCode == 404 || $statusCode == 200 && $method == 'POST'", False),
        ("$response.body.items[0].id == 'a/b'", True),
        ("$inputs.run == 'it''s'", False),
        ("'it''s' == 'IT''S'", True),
        ("-1 < 0", True),
        ("1e3 == 1000", True),
        ("'b' > 'A'", True),
        ("null > 1", False),
        ("true == 'true'", False),
    ],
)  # fmt: skip
def test_a_simple_condition_means_what_it_says(text, holds):
    assert conditions.read(text).holds(SCOPE) is holds


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "a value is expected before its end"),
        ("$statusCode ==", "a value is expected before its end"),
        ("$statusCode = 200", "cannot be read from '= 200' on"),
        ("$statusCode == 200 201", "'201' is not expected there"),
        ("($statusCode == 200", r"a \) is missing"),
        ('$method == "GET"', "texts stand in single quotes"),
        ("$method == GET", "texts stand in single quotes"),
        ("$step.a == 1", "no known name"),
        ("&& true", "a value is expected before '&&'"),
    ],
)
def test_what_is_no_condition_is_told_with_the_reason(text, told):
    with pytest.raises(ConditionError, match=told):
        conditions.read(text)


def test_numbers_are_compared_exactly():
    assert conditions.equal("0.1", Decimal("0.10"))
    assert not conditions.equal("9007199254740993", 9007199254740992)


@pytest.mark.parametrize(
    ("type_", "condition", "context", "holds"),
    [
        ("regex", "^SET", "$response.body#/status", True),
        ("regex", "^set", "$response.body#/status", False),
        ("regex", "^20[01]$", "$statusCode", True),
        ("regex", "{$inputs.run}", "$statusCode", False),
        ("jsonpath", "$.items[?@.id == 'c']", "$response.body", True),
        ("jsonpath", "$.items[?@.id == 'z']", "$response.body", False),
        ("jsonpath", "$..tags[?@ == 'x']", "$response.body", True),
        ("jsonpath", "$[?count(@.items[*]) == 2]", "$response.body", True),  # as the specification has it
        ("jsonpath", "$[?@.id == 'c']", "$response.body#/items", True),
        ("jsonpath", "$.items[?@.id == '{$steps.create.outputs.id}']", "$response.body", False),
        ("jsonpath", "$[?@.amount == '{$response.body#/amount}']", "$response.body", True),
        ("jsonpath", "$[?@.count == {$response.body#/count}]", "$response.body", True),
        ("jsonpath", "$[?@.amount == {$response.body#/amount}]", "$response.body", True),
        ("jsonpath", "$.items", "$response.body#/status", False),
    ],
)  # fmt: skip
def test_a_criterion_is_applied_to_its_context(type_, condition, context, holds):
    criterion = Criterion(condition, context, type_)

    assert criteria.mistakes(criterion) == []
    assert criteria.judge(criterion, SCOPE).holds is holds


def test_a_criterion_that_does_not_hold_tells_what_it_saw():
    failed = criteria.judge(Criterion("$response.body#/status == 'DRAFT'"), SCOPE)
    lost = criteria.judge(Criterion("$response.body#/state == 'DRAFT'"), SCOPE)

    assert (failed.holds, failed.expected) == (False, "$response.body#/status == 'DRAFT'")
    assert failed.saw == "$response.body#/status is 'SETTLED'"
    assert (lost.holds, lost.saw) == (
        False,
        "$response.body#/state has no value: there is no 'state'",
    )


@pytest.mark.parametrize(
    ("criterion", "told"),
    [
        (Criterion("//a", "$response.body", "xpath"), "xpath is not supported"),
        (Criterion("//a", "$response.body", ExpressionType("xpath", "xpath-30")), "xpath is not supported"),
        (Criterion("^a", None, "regex"), "needs a context"),
        (Criterion("(", "$statusCode", "regex"), "missing \\)"),
        (Criterion("$.[", "$response.body", "jsonpath"), ""),
        (Criterion("$", "$response.body", ExpressionType("jsonpath", "rfc9535")), "no version"),
        (Criterion("$", "$body", "jsonpath"), "no known name"),
    ],
)  # fmt: skip
def test_a_criterion_that_cannot_be_judged_is_refused_before_the_run(criterion, told):
    found = criteria.mistakes(criterion)

    assert len(found) == 1
    assert re.search(told, found[0])
