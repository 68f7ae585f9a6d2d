"""Money moves as the table of postings says, and at no other time."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal

from counterfoil.domain.ledger import Leg
from counterfoil.domain.lifecycle import Arrow
from counterfoil.verify.checks.check import Check
from counterfoil.verify.checks.walks import (
    Balances,
    Walk,
    funds,
    pulling,
    read,
    role_for,
    states,
    travelled,
    walks,
)
from counterfoil.verify.reports.model import Finding
from counterfoil.verify.run import Run
from counterfoil.verify.subject import Life

Moves = dict[tuple[str, str], Decimal]
"""By how much each bucket of each party changed."""

RACERS = 6


def arrows_move_what_their_postings_say(run: Run) -> Iterator[Finding]:
    """Yield each arrow after which the balances are not those that its posting makes."""
    for walk in walks(run):
        moved, expected = moves(*walk.funds), _posted(run, walk)
        if walk.answer.is_success and moved != expected:
            arrow = walk.arrow
            claim = f"{walk.traveller.life.machine}: {arrow.trigger} from {arrow.source or 'nothing'} moves {_told(expected)}"
            yield run.finding(
                "money", walk.traveller.life.read, claim, seen=f"moved {_told(moved)}",
                provenance=arrow.provenance, exchange=walk.answer, about=walk.traveller.id,
            )  # fmt: skip


def a_race_moves_money_once(run: Run) -> Iterator[Finding]:
    """Yield each arrow with a posting that several calls at once walk more than once."""
    for life in run.subject.lives:
        for arrow in run.contract.machines[life.machine].arrows:
            can_be_walked = arrow.source in states(run, life) and arrow.trigger in life.actions
            if arrow.post and can_be_walked:
                won, walk = _raced(run, life, arrow)
                moved, expected = moves(*walk.funds), _posted(run, walk)
                if won != 1 or moved != expected:
                    claim = f"of {RACERS} {arrow.trigger} at once one is done, and moves money once"
                    seen = f"{won} succeeded, moved {_told(moved)}"
                    operation = life.actions[arrow.trigger].operation
                    yield run.finding("money", operation, claim, seen=seen, exchange=walk.answer)


def _raced(run: Run, life: Life, arrow: Arrow) -> tuple[int, Walk]:
    """Return how many of several calls at once succeeded, and the walk that they made together."""
    assert arrow.source is not None
    traveller, before = travelled(run, life, arrow.source), funds(run)
    role = role_for(life, arrow, traveller.record)
    assert role is not None, f"nobody walks {arrow.trigger}"
    call, party = pulling(run, life, arrow.trigger, role, traveller.record), life.roles[role]
    answers = run.client.race([call] * RACERS, purpose="at once")
    won = [answer for answer in answers if answer.is_success]
    after, funded = read(run, life, party, traveller.record), (before, funds(run))
    answer = (won or answers)[0]
    return len(won), Walk(traveller, arrow, party, traveller.record, answer, after, funded)


def nothing_is_lost_between_buckets(run: Run) -> Iterator[Finding]:
    """Yield each arrow that makes or destroys money, whatever its posting is called."""
    for walk in walks(run):
        moved = moves(*walk.funds)
        post = run.contract.postings.get(walk.arrow.post or "")
        if post and "world" in (post.source.party, post.target.party):
            continue
        if sum(moved.values()):
            claim = f"{walk.arrow.trigger} neither makes nor destroys money"
            yield run.finding(
                "money",
                walk.traveller.life.read,
                claim,
                seen=f"moved {_told(moved)}",
                exchange=walk.answer,
            )


def moves(before: Balances, after: Balances) -> Moves:
    """Return what changed between two looks at all balances."""
    found = {
        (party, bucket): after[party][bucket] - amount
        for party, buckets in before.items()
        for bucket, amount in buckets.items()
    }
    return {place: change for place, change in found.items() if change}


def _posted(run: Run, walk: Walk) -> Moves:
    """Return what the posting of an arrow moves."""
    posting = run.contract.postings.get(walk.arrow.post or "")
    if posting is None or not walk.answer.is_success:
        return {}
    life, record = walk.traveller.life, walk.after.json or walk.before
    amount = life.movement(walk.arrow.trigger, record)
    own = {role.lower(): party for role, party in life.roles.items()}
    found: Moves = defaultdict(Decimal)
    for leg, sign in ((posting.source, -1), (posting.target, 1)):
        party = _holder(leg, own, run.subject.holder)
        if party is not None:
            bucket = leg.bucket or str(
                record.get("paymentSource") or next(iter(run.contract.buckets))
            )
            found[party, bucket] += sign * amount
    return {place: change for place, change in found.items() if change}


def _holder(leg: Leg, roles: Mapping[str, str], known: Mapping[str, str]) -> str | None:
    return roles.get(leg.party) or known.get(leg.party)


def _told(found: Moves) -> str:
    told = [f"{party} {bucket} {change:+}" for (party, bucket), change in sorted(found.items())]
    return ", ".join(told) or "nothing"


def _no_balances(run: Run) -> str:
    return "" if run.subject.balances else "this API shows no balances"


CHECKS = (
    Check("money", "every arrow moves what its posting says", arrows_move_what_their_postings_say, lacks=_no_balances),
    Check("money", "no arrow makes or destroys money", nothing_is_lost_between_buckets, lacks=_no_balances),
    Check("money", "calls at once move money once", a_race_moves_money_once, lacks=_no_balances),
)  # fmt: skip
