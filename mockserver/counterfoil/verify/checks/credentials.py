"""Who may call: every credential is needed, every permission counts, and what is not yours is not there."""

from collections.abc import Iterator, Mapping, Sequence

from counterfoil.contract.model import Operation
from counterfoil.verify.checks.check import Check
from counterfoil.verify.exchange import Exchange
from counterfoil.verify.reports.model import Finding
from counterfoil.verify.run import Run
from counterfoil.verify.subject import Key

WRONG = "0" * 24
NOT_ALLOWED = 403
FORM = "multipart/form-data"


def every_credential_is_needed(run: Run) -> Iterator[Finding]:
    """Yield each operation that answers somebody who does not bring all of a credential, or a wrong one."""
    party, member = next(iter(run.subject.members.items()))
    codes = run.subject.codes
    for operation in _callable(run):
        for key, expected in _spoilt(member.key, codes.missing, codes.wrong):
            answer = run.ask(operation.id, party, key=key, purpose="wrong credential")
            if answer.status != 401 or run.subject.error(answer) not in expected:
                claim = f"without the right credential it answers 401 with {' or '.join(expected)}"
                yield run.finding(
                    "credentials",
                    operation.id,
                    claim,
                    exchange=answer,
                    provenance=operation.provenance,
                )


def every_permission_counts(run: Run) -> Iterator[Finding]:
    """Yield each operation that a key without its permission may call, or one with it may not."""
    code = run.contract.policy.refusals.no_permission
    for party, member in run.subject.members.items():
        for macro, key in member.keys.items():
            held = run.contract.permissions.get(macro.upper(), frozenset())
            for operation in _callable(run):
                if operation.permission is None or (
                    operation.permission in held and operation.changes
                ):
                    continue  # a write that is allowed would be done
                answer = run.ask(operation.id, party, key=key, purpose=f"{macro} key")
                refused = run.subject.error(answer) == code and answer.status == NOT_ALLOWED
                if refused == (operation.permission in held):
                    may = "may" if operation.permission in held else "may not"
                    claim = f"a {macro} key {may} call what needs {operation.permission}"
                    yield run.finding("credentials", operation.id, claim, exchange=answer)


def what_is_not_yours_is_not_there(run: Run) -> Iterator[Finding]:
    """Yield each operation that shows or changes what belongs to somebody else."""
    assert run.subject.belongings is not None
    owner, places = run.subject.belongings(run)
    strangers = _strangers(run, owner)
    for operation in run.contract.operations.values():
        if not _leads(operation, places) or _is_form(run, operation):
            continue
        body = run.body_of(operation.id)
        for stranger in strangers:
            more: dict[str, object] = {"path": places} | (
                {"body": body} if body is not None else {}
            )
            answer = run.ask(operation.id, stranger, purpose="somebody else's", **more)
            if run.subject.error(answer) != run.subject.codes.unseen:
                claim = f"what belongs to somebody else is refused with {run.subject.codes.unseen}"
                yield run.finding("credentials", operation.id, claim, exchange=answer)
    yield from _listed(run, strangers, set(places.values()))


def _listed(run: Run, strangers: list[str], ids: set[str]) -> Iterator[Finding]:
    """Yield each list in which a stranger sees what belongs to somebody else."""
    paging = run.subject.paging
    for listing in run.subject.listings if paging else ():
        for stranger in strangers:
            answer: Exchange = run.ask(listing.operation, stranger, params=dict(listing.whole))
            if not answer.is_success or not paging:
                continue
            if ids & {listing.id(item) for item in paging.items(answer.json)}:
                claim = "a list shows nothing that belongs to somebody else"
                yield run.finding("credentials", listing.operation, claim, exchange=answer)


def _strangers(run: Run, owner: str) -> list[str]:
    known = {life.stranger for life in run.subject.lives if life.stranger}
    return sorted(known - {owner})


def _callable(run: Run) -> Iterator[Operation]:
    """Yield the operations that may be called without harm: in a run that only reads, the reads."""
    for operation in run.contract.operations.values():
        if run.rules.writes or not operation.changes:
            yield operation


def _leads(operation: Operation, places: Mapping[str, str]) -> bool:
    named = [part.split("}")[0] for part in operation.path.split("{")[1:]]
    return any(name in places for name in named)


def _is_form(run: Run, operation: Operation) -> bool:
    item = run.contract.document["paths"][operation.path][operation.method.lower()]
    return FORM in item.get("requestBody", {}).get("content", {})


def _spoilt(
    key: Key, lacking: Sequence[str], mistaken: Sequence[str]
) -> Iterator[tuple[Key, Sequence[str]]]:
    """Yield a key without each of its parts, and with each of them wrong; and what that is refused with."""
    for name, value in key.headers.items():
        rest = {other: known for other, known in key.headers.items() if other != name}
        yield Key(rest, key.params), lacking
        scheme, _, secret = value.rpartition(" ")
        spoilt = f"{scheme} {WRONG}" if scheme and secret else WRONG
        yield Key({**key.headers, name: spoilt}, key.params), mistaken
    for name in key.params:
        rest = {other: known for other, known in key.params.items() if other != name}
        yield Key(key.headers, rest), lacking
        yield Key(key.headers, {**key.params, name: WRONG}), mistaken


def _no_stranger(run: Run) -> str:
    if run.subject.belongings is None:
        return "nothing is described that belongs to somebody"
    known = any(life.stranger for life in run.subject.lives)
    return "" if known else "no credentials of a stranger were given"


def _no_narrow_keys(run: Run) -> str:
    known = any(member.keys for member in run.subject.members.values())
    return "" if known else "no keys with fewer permissions were given"


CHECKS = (
    Check("credentials", "every credential is needed", every_credential_is_needed, writes=False),
    Check("credentials", "every permission counts", every_permission_counts, writes=False, lacks=_no_narrow_keys),
    Check("credentials", "what is not yours is not there", what_is_not_yours_is_not_there, lacks=_no_stranger),
)  # fmt: skip
