"""How many requests a key may make, and how it is told."""

from collections.abc import Iterator

from counterfoil.verify.checks.check import Check
from counterfoil.verify.exchange import Exchange
from counterfoil.verify.reports.model import Finding
from counterfoil.verify.run import Run

LIMIT, REMAINING = "X-RateLimit-Limit", "X-RateLimit-Remaining"
TOO_MANY = 429


def what_remains_is_told(run: Run) -> Iterator[Finding]:
    """Yield where the headers that tell how many requests remain do not count them."""
    asked = [_asked(run) for _ in range(3)]
    told = [int(exchange.header(REMAINING) or -1) for exchange in asked]
    if told != [told[0], told[0] - 1, told[0] - 2]:
        claim = f"{REMAINING} counts down with each request"
        yield run.finding(
            "limits",
            _operation(run),
            claim,
            seen=str(told),
            exchange=asked[-1],
            provenance="inferred",
        )
    policy = run.contract.policy.limits
    if policy and asked[0].header(LIMIT) != str(next(iter(policy.buckets.values()))):
        claim = f"{LIMIT} says how many requests a key has"
        yield run.finding(
            "limits", _operation(run), claim, exchange=asked[0], provenance="inferred"
        )


def one_too_many_is_refused(run: Run) -> Iterator[Finding]:
    """Yield where a key may make more requests than it has, or is refused before."""
    policy = run.contract.policy.limits
    assert policy is not None
    left = int(_asked(run).header(REMAINING) or 0)
    last = [_asked(run) for _ in range(left + 1)]
    early = [exchange for exchange in last[:-1] if exchange.status == TOO_MANY]
    final = early[0] if early else last[-1]
    told = final.header("Retry-After") or ""
    right = final.status == TOO_MANY and run.subject.error(final) == policy.exceeded
    if early or not right or not told.isdigit():
        claim = (
            f"request {left + 1} is refused with {policy.exceeded} and a Retry-After, none before"
        )
        yield run.finding("limits", _operation(run), claim, exchange=final)


def _operation(run: Run) -> str:
    """Return an operation that costs the server little: the first list there is."""
    return run.subject.listings[0].operation


def _asked(run: Run) -> Exchange:
    listing = run.subject.listings[0]
    call = run.call(listing.operation, listing.party)
    return run.client.send(call, purpose="counting", patient=False)


def _uncounted(run: Run) -> str:
    if not run.subject.listings:
        return "no lists are described"
    return (
        "" if _asked(run).header(REMAINING) else "the server does not say how many requests remain"
    )


def _endless(run: Run) -> str:
    if run.control is None:
        return "a server that is not a sandbox is not driven to its limit"
    return _uncounted(run)


CHECKS = (
    Check("limits", "what remains is told", what_remains_is_told, writes=False, lacks=_uncounted),
    Check("limits", "one too many is refused", one_too_many_is_refused, writes=False, lacks=_endless),
)  # fmt: skip
