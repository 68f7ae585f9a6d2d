"""The expected no.

    Exception
      Refusal     a row of errors.yaml: part of the contract, told to the caller, changes nothing

A broken assertion is our bug and an operating error is the operator's to mend; neither is a Refusal.
Domain code raises codes with facts; words and statuses stand in the API's errors.yaml.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that is wrong with one field of a request.

    `field` is its dotted path (`lineItems.0.quantity`), `keyword` the rule it broke (a row of the
    violations table), `expected` what the rule asks for, `given` what came instead, and `code` the
    refusal that this violation alone would bring, where that is not the general one.
    """

    field: str
    keyword: str
    expected: str = ""
    code: str | None = None
    given: str = ""

    def told(self, message: str) -> str:
        """Return the words of a row of the violations table, filled in."""
        named = self.field or "The body"
        return message.format(field=named, expected=self.expected, given=self.given)


class Refusal(Exception):
    """A call that the contract says must be answered with an error.

    `code` names a row of errors.yaml; `facts` fill its message and its detail; `violations` list
    everything that was wrong with the request's fields; `headers` go out with the reply. `simulated`
    is a status and a message that no row has: those of a fault that somebody asked for.
    """

    def __init__(
        self,
        code: str,
        *,
        field: str | None = None,
        violations: tuple[Violation, ...] = (),
        headers: Mapping[str, str] | None = None,
        simulated: tuple[int, str] | None = None,
        **facts: Any,
    ) -> None:
        super().__init__(code, facts)
        self.code = code
        self.field = field
        self.violations = violations
        self.headers = headers or {}
        self.simulated = simulated
        self.facts = facts


def invalid(general: str, violations: tuple[Violation, ...]) -> Refusal:
    """Return the refusal that lists all violations of a request.

    Its code is `general` unless every violation names the same code of its own.
    """
    codes = {violation.code for violation in violations}
    own = codes.pop() if len(codes) == 1 else None
    return Refusal(own or general, violations=violations)


def summary(general: str, messages: Sequence[str]) -> str:
    """Return one sentence for many violations: the first of them, and how many more there are."""
    more = len(messages) - 1
    return f"{general}: {messages[0]}" + (f" (and {more} more)" if more else "")
