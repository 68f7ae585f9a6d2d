"""Webhooks: what happens is told, once, to whom it concerns, signed, and again where it was not taken."""

import hashlib
import hmac
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from counterfoil.contract.rows import WebhookPolicy
from counterfoil.verify.checks.check import Check
from counterfoil.verify.checks.walks import Traveller, pull, role_for, states, travelled
from counterfoil.verify.inbox import Message, Receiver
from counterfoil.verify.reports.model import Finding
from counterfoil.verify.run import Run
from counterfoil.verify.subject import Hooks, Life

PATIENCE_S, SANDBOX_PATIENCE_S = 30.0, 2.0
"""How long messages are waited for; a sandbox has said before that nothing is under way."""

SECRET = "whsec_a_secret_of_the_contract_tests"  # noqa: S105  made up
Told = Counter[tuple[str, str, str]]
"""How often a party heard of an event about a record."""


def what_happens_is_told(run: Run) -> Iterator[Finding]:
    """Yield each event that is missing, told too often, or told to somebody it does not concern."""
    hooks = _hooks(run)
    with _listening(run, "events", ["*"]):
        expected: Told = Counter()
        for life in run.subject.lives:
            for traveller in _travellers(run, life):
                expected += _emitted(run, traveller)
        records = {id for _, id, _ in expected}
        _await(run, lambda _: not expected - _heard(run, "events", records))
        heard = _heard(run, "events", records)
    for (party, _, event), n in (expected - heard).items():
        claim = f"{event} is told to the {party}"
        yield run.finding(
            "webhooks", event, claim, seen=f"{n} missing", provenance=_how(run, event)
        )
    for (party, _, event), n in (heard - expected).items():
        claim = f"{event} is told to the {party} once for each time that it happens to them"
        yield run.finding(
            "webhooks", event, claim, seen=f"{n} too many", provenance=_how(run, event)
        )
    run.coverage.events |= {event for _, _, event in heard}
    yield from _shapes(run, hooks)


def messages_are_signed(run: Run) -> Iterator[Finding]:
    """Yield each header that does not carry the signature of a message."""
    policy = _policy(run)
    for message in _messages(run, "signed"):
        for name in policy.signature.headers:
            expected = hmac.new(SECRET.encode(), message.body, hashlib.sha256).hexdigest()
            if not hmac.compare_digest(message.headers.get(name.lower(), ""), expected):
                claim = f"{name} is the HMAC-SHA256 of the body in hexadecimal digits"
                seen = message.headers.get(name.lower(), "no such header")
                yield run.finding("webhooks", str(message.json["type"]), claim, seen=seen)
        for name in policy.headers:
            if name.lower() not in message.headers:
                claim = f"a message carries {name}"
                yield run.finding(
                    "webhooks", str(message.json["type"]), claim, provenance="inferred"
                )


def what_was_not_taken_comes_again(run: Run) -> Iterator[Finding]:
    """Yield where a message that was refused does not come again when the policy says, or differs."""
    policy, hooks, inbox = _policy(run), _hooks(run), _inbox(run)
    assert run.control is not None
    party = hooks.parties[0]
    path = f"/retries/{party}"
    inbox.refuse[path] = len(policy.retries)
    with _listening(run, "retries", ["*"], [party]):
        event = hooks.happen(run)
        due = [0, *(int(delay.total_seconds()) for delay in policy.retries)]
        for attempt, seconds in enumerate(due, 1):
            if seconds:
                run.control.clock.advance(f"PT{seconds - 1}S")
                early = _attempts(inbox, path, event)
                run.control.clock.advance("PT1S")
                if len(early) != attempt - 1:
                    claim = f"attempt {attempt} is not made before {seconds} seconds have gone by"
                    yield run.finding("webhooks", event, claim, seen=f"{len(early)} attempts")
            tried = _tried(run, path, event, attempt)
            if len(tried) != attempt:
                claim = f"what was refused comes again after {seconds} seconds, attempt {attempt}"
                yield run.finding("webhooks", event, claim, seen=f"{len(tried)} attempts")
                return
        if len({message.body for message in _attempts(inbox, path, event)}) != 1:
            yield run.finding("webhooks", event, "every attempt carries the same bytes")


def _travellers(run: Run, life: Life) -> Iterator[Traveller]:
    """Yield records that have walked every arrow there is, one each."""
    machine = run.contract.machines[life.machine]
    for arrow in machine.arrows:
        if arrow.source is None or arrow.source not in states(run, life):
            continue
        if arrow.trigger not in life.actions:
            continue
        traveller = travelled(run, life, arrow.source)
        role = role_for(life, arrow, traveller.record)
        if role is None:
            continue
        if pull(run, life, arrow.trigger, role, traveller.record).is_success:
            traveller.walked.append(arrow)
        yield traveller


def _emitted(run: Run, traveller: Traveller) -> Told:
    """Return what the arrows that a record has walked tell, and whom."""
    hooks, life, walked = _hooks(run), traveller.life, list[str]()
    told: Told = Counter()
    for arrow in traveller.walked:
        walked.append(arrow.trigger)
        for emission in arrow.emit:
            for role in emission.recipients:
                party = life.roles.get(role)
                if party in hooks.parties and life.sees(role, walked):
                    told[str(party), traveller.id, emission.event] += 1
    return told


def _heard(run: Run, folder: str, records: set[str]) -> Told:
    """Return what the parties heard of some records."""
    told: Told = Counter()
    for message in list(_inbox(run).messages):
        _, where, party = message.path.split("/")[:3]
        if where == folder and isinstance(message.json, dict):
            event = str(message.json.get("type"))
            record = _about(run, event, message)
            if record in records:
                told[party, record, event] += 1
    return told


def _about(run: Run, event: str, message: Message) -> str:
    row, hooks = run.contract.events.get(event), _hooks(run)
    if row is None:
        return ""
    name = hooks.about.get(row.subject, run.contract.subjects[row.subject][0])
    return str((message.json.get("data") or {}).get(name))


def _shapes(run: Run, hooks: Hooks) -> Iterator[Finding]:
    """Yield each event that says something else than its row does."""
    known: set[str] = set()
    for message in _inbox(run).messages:
        event = str((message.json or {}).get("type"))
        row = run.contract.events.get(event)
        if event in known or row is None:
            continue
        known.add(event)
        members = set(message.json.get("data") or {})
        beyond = members - set(run.contract.subjects[row.subject])
        lacking = set(hooks.envelope) - set(message.json)
        if beyond or lacking or not members:
            claim = f"a message holds {', '.join(hooks.envelope)}, and what its subject names"
            seen = f"unknown {sorted(beyond)}, missing {sorted(lacking)}"
            yield run.finding("webhooks", event, claim, seen=seen, provenance=row.provenance)


def _messages(run: Run, folder: str) -> list[Message]:
    """Return what the first party hears when something happens."""
    hooks, inbox = _hooks(run), _inbox(run)
    with _listening(run, folder, ["*"], hooks.parties[:1]):
        hooks.happen(run)
        _await(run, lambda _: bool(_at(inbox, folder)))
        return _at(inbox, folder)


def _at(inbox: Receiver, folder: str) -> list[Message]:
    return [m for m in list(inbox.messages) if m.path.startswith(f"/{folder}/") and m.json]


def _attempts(inbox: Receiver, path: str, event: str) -> list[Message]:
    """Return what came to a path about an event."""
    found = [m for m in list(inbox.messages) if m.path == path and m.json]
    return [message for message in found if message.json.get("type") == event]


def _tried(run: Run, path: str, event: str, count: int) -> list[Message]:
    """Return the attempts, once there are so many or nothing more comes."""
    inbox = _inbox(run)
    _await(run, lambda _: len(_attempts(inbox, path, event)) >= count)
    return _attempts(inbox, path, event)


def _await(run: Run, enough: Callable[[list[Message]], bool]) -> None:
    """Wait until enough has come, or nothing more will."""
    if run.control:
        run.control.drain()  # an attempt is over when the server knows what came of it
    _inbox(run).wait(enough, SANDBOX_PATIENCE_S if run.control else PATIENCE_S)


@contextmanager
def _listening(
    run: Run, folder: str, events: Sequence[str], parties: Sequence[str] | None = None
) -> Iterator[None]:
    """Have endpoints of the receiver registered for as long as it takes."""
    hooks, inbox = _hooks(run), _inbox(run)
    told = hooks.parties if parties is None else parties
    made = [
        (party, hooks.register(run, party, inbox.url(f"/{folder}/{party}"), events, SECRET))
        for party in told
    ]
    try:
        yield
    finally:
        for party, registered in made:
            hooks.remove(run, party, registered)


def _how(run: Run, event: str) -> str:
    return run.contract.events[event].provenance


def _policy(run: Run) -> WebhookPolicy:
    assert run.contract.policy.webhooks is not None
    return run.contract.policy.webhooks


def _hooks(run: Run) -> Hooks:
    assert run.subject.hooks is not None
    return run.subject.hooks


def _inbox(run: Run) -> Receiver:
    assert run.inbox is not None
    return run.inbox


def _deaf(run: Run) -> str:
    if run.subject.hooks is None or run.contract.policy.webhooks is None:
        return "this API sends no webhooks"
    return "" if run.inbox else "the server cannot reach an inbox of this run; give it --inbox"


def _no_clock(run: Run) -> str:
    return _deaf(run) or ("" if run.control else "the server's clock cannot be moved")


CHECKS = (
    Check("webhooks", "what happens is told, once, to whom it concerns", what_happens_is_told, lacks=_deaf),
    Check("webhooks", "messages are signed", messages_are_signed, lacks=_deaf),
    Check("webhooks", "what was not taken comes again", what_was_not_taken_comes_again, lacks=_no_clock),
)  # fmt: skip
