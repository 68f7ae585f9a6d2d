"""Retries: the same request twice is done once, another request under the same mark is refused."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from counterfoil.contract.rows import IdempotencyPolicy
from counterfoil.verify.checks.check import Check
from counterfoil.verify.checks.walks import pulling, travelled
from counterfoil.verify.client import Call
from counterfoil.verify.exchange import Exchange
from counterfoil.verify.reports.model import Finding
from counterfoil.verify.run import Run
from counterfoil.verify.subject import Creation, Json

RACERS = 6


def a_retry_is_answered_as_before(run: Run) -> Iterator[Finding]:
    """Yield each creation whose retry makes another thing, or is answered otherwise."""
    policy = _policy(run)
    for creation in run.subject.creations:
        body = _marked(run, creation)
        first = run.need(creation.operation, creation.party, body=body)
        again = run.ask(creation.operation, creation.party, body=body, purpose="retry")
        made = creation.count(run, body)
        for claim, holds in (
            ("a retry gets the answer of the first request, byte by byte", _same(first, again)),
            ("a retry makes nothing", made == 1),
            (f"a retry is marked with {policy.replay_header}", again.header(policy.replay_header)),
        ):
            if not holds:
                seen = f"{again.status}, {made} made"
                yield run.finding(
                    "idempotency",
                    creation.operation,
                    claim,
                    seen=seen,
                    exchange=again,
                    before=[first],
                )


def another_request_under_the_same_mark_is_refused(run: Run) -> Iterator[Finding]:
    """Yield each creation that takes a mark which another request bore."""
    policy = _policy(run)
    for creation in run.subject.creations:
        body = _marked(run, creation)
        first = run.need(creation.operation, creation.party, body=body)
        other = creation.changed(body)
        answer = run.ask(creation.operation, creation.party, body=other, purpose="other request")
        if run.subject.error(answer) != policy.reused:
            claim = f"another request with the same {policy.field} is refused with {policy.reused}"
            yield run.finding(
                "idempotency", creation.operation, claim, exchange=answer, before=[first]
            )


def what_failed_is_not_remembered(run: Run) -> Iterator[Finding]:
    """Yield each creation that a mended request cannot be made of with the mark of the broken one."""
    policy = _policy(run)
    for creation in run.subject.creations:
        if creation.broken is None:
            continue
        body = _marked(run, creation)
        refused = run.ask(creation.operation, creation.party, body=creation.broken(body))
        answer = run.ask(creation.operation, creation.party, body=body, purpose="mended")
        if refused.is_success or not answer.is_success:
            claim = f"a refused request leaves its {policy.field} free"
            yield run.finding("idempotency", creation.operation, claim, exchange=answer)


def one_of_many_at_once_is_done(run: Run) -> Iterator[Finding]:
    """Yield each creation of which several same requests at once make more than one thing."""
    for creation in run.subject.creations:
        body = _marked(run, creation)
        call = run.call(creation.operation, creation.party, body=body)
        answers = run.client.race([call] * RACERS, purpose="at once")
        made, allowed = creation.count(run, body), {200, 201, 409}
        odd = [a for a in answers if a.status not in allowed]
        if made != 1 or odd:
            claim = (
                f"of {RACERS} same requests at once one is done, the others get its answer or 409"
            )
            seen = f"{made} made; statuses {sorted({answer.status for answer in answers})}"
            yield run.finding(
                "idempotency", creation.operation, claim, seen=seen, exchange=(odd or answers)[0]
            )


def the_mark_of_one_party_means_nothing_to_another(run: Run) -> Iterator[Finding]:
    """Yield where a party gets the answer of another party's request, or is refused because of it."""
    policy, creation = _policy(run), run.subject.creations[0]
    body = _marked(run, creation)
    run.need(creation.operation, creation.party, body=body)
    for party in run.parties:
        if party == creation.party:
            continue
        answer = run.ask(creation.operation, party, body=body, purpose="another party's mark")
        if answer.header(policy.replay_header) or run.subject.error(answer) == policy.reused:
            claim = f"the {policy.field} of one party means nothing to another"
            yield run.finding("idempotency", creation.operation, claim, exchange=answer)


def an_action_is_repeated_safely(run: Run) -> Iterator[Finding]:
    """Yield each action whose retry is not answered as the first request was."""
    policy = _policy(run)
    for life in run.subject.lives:
        machine = run.contract.machines[life.machine]
        for trigger in life.actions:
            arrow = next((a for a in machine.arrows if a.trigger == trigger and a.source), None)
            role = next((r for r in life.roles if arrow and arrow.permits(r, None)), None)
            if arrow is None or role is None or arrow.source is None:
                continue
            traveller = travelled(run, life, arrow.source)
            call = _with_mark(run, policy, pulling(run, life, trigger, role, traveller.record))
            first, again = run.client.send(call), run.client.send(call, purpose="retry")
            if first.is_success and not _same(first, again):
                claim = "a retry gets the answer of the first request, byte by byte"
                operation = life.actions[trigger].operation
                yield run.finding("idempotency", operation, claim, exchange=again, before=[first])


def a_mark_is_forgotten_in_time(run: Run) -> Iterator[Finding]:
    """Yield each creation whose mark lasts for longer or shorter than the policy says."""
    policy = _policy(run)
    assert run.control is not None
    for creation in run.subject.creations[:1]:
        body = _marked(run, creation)
        run.need(creation.operation, creation.party, body=body)
        seconds = int(policy.lifetime.total_seconds())
        for step, remembered in ((seconds - 1, True), (2, False)):
            run.control.clock.advance(f"PT{step}S")
            answer = run.ask(creation.operation, creation.party, body=body, purpose="later")
            replayed = bool(answer.header(policy.replay_header))
            if replayed != remembered:
                claim = f"a {policy.field} is remembered for {seconds} seconds and no longer"
                yield run.finding("idempotency", creation.operation, claim, exchange=answer)


def _policy(run: Run) -> IdempotencyPolicy:
    policy = run.contract.policy.idempotency
    assert policy is not None
    return policy


def _marked(run: Run, creation: Creation) -> Json:
    return {**creation.body(run), _policy(run).field: run.name()}


def _with_mark(run: Run, policy: IdempotencyPolicy, call: Call) -> Call:
    """Return a call with a mark: in its body, or in its query where it has none."""
    mark: dict[str, Any] = {policy.field: run.name()}
    if call.method == "DELETE":
        return replace(call, params={**dict(call.params), **mark})
    return replace(call, json={**(call.json or {}), **mark})


def _same(first: Exchange, again: Exchange) -> bool:
    return (first.status, first.response.body) == (again.status, again.response.body)


def _no_policy(run: Run) -> str:
    if run.contract.policy.idempotency is None:
        return "this API knows no marks for retries"
    return "" if run.subject.creations else "nothing is made by this API's description"


def _no_clock(run: Run) -> str:
    return _no_policy(run) or ("" if run.control else "the server's clock cannot be moved")


CHECKS = (
    Check("idempotency", "a retry is answered as before", a_retry_is_answered_as_before, lacks=_no_policy),
    Check("idempotency", "another request under the same mark is refused", another_request_under_the_same_mark_is_refused, lacks=_no_policy),
    Check("idempotency", "what failed is not remembered", what_failed_is_not_remembered, lacks=_no_policy),
    Check("idempotency", "one of many at once is done", one_of_many_at_once_is_done, lacks=_no_policy),
    Check("idempotency", "the mark of one party means nothing to another", the_mark_of_one_party_means_nothing_to_another, lacks=_no_policy),
    Check("idempotency", "an action is repeated safely", an_action_is_repeated_safely, lacks=_no_policy),
    Check("idempotency", "a mark is forgotten in time", a_mark_is_forgotten_in_time, lacks=_no_clock),
)  # fmt: skip
