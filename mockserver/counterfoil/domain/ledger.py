"""Double entry: every movement of money is a posting whose entries add up to nothing."""

from collections.abc import Mapping
from dataclasses import dataclass

WORLD = "world"
"""The holder of the accounts that stand for everything outside: where deposits come from."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """A kind of account. `minimum` is the least it may hold in minor units; None: no bound."""

    name: str
    minimum: int | None


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of a posting template: whose account, which bucket, and the name of the change.

    `party` is a role that the posting's caller fills (`buyer`), or `world`. `bucket` is a bucket's
    name, or None where the caller chooses it.
    """

    party: str
    bucket: str | None
    change: str | None


@dataclass(frozen=True, slots=True)
class Template:
    """A row of ledger.yaml: money leaves `source` and arrives at `target`."""

    name: str
    source: Leg
    target: Leg
    provenance: str


@dataclass(frozen=True, slots=True)
class Account:
    """Where money stands: a holder's bucket in one currency."""

    holder: str
    currency: str
    bucket: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One change of one account, in minor units; `change` is its name in the balance change log."""

    account: Account
    delta: int
    change: str | None


@dataclass(frozen=True, slots=True)
class Posting:
    """A balanced set of entries, and the record it was made for."""

    name: str
    entries: tuple[Entry, ...]
    kind: str
    reference: str

    def __post_init__(self) -> None:
        sums: dict[str, int] = {}
        for entry in self.entries:
            currency = entry.account.currency
            sums[currency] = sums.get(currency, 0) + entry.delta
        assert not any(sums.values()), f"posting {self.name} is not balanced: {sums}"


@dataclass(frozen=True, slots=True)
class Movement:
    """What a posting template needs to become a posting: an amount and who takes part.

    `minor` is more than zero, `parties` maps the template's parties to holders and `chosen` is the
    bucket where the template leaves the choice. `kind` and `reference` name the record it is for.
    """

    minor: int
    currency: str
    parties: Mapping[str, str]
    kind: str
    reference: str
    chosen: str | None = None

    def post(self, template: Template) -> Posting:
        """Return the balanced posting of this movement."""
        assert self.minor > 0, f"posting {template.name} of {self.minor} minor units"
        entries = (
            Entry(self._account(template.source), -self.minor, template.source.change),
            Entry(self._account(template.target), self.minor, template.target.change),
        )
        return Posting(template.name, entries, self.kind, self.reference)

    def _account(self, leg: Leg) -> Account:
        holder = WORLD if leg.party == WORLD else self.parties[leg.party]
        bucket = leg.bucket or self.chosen
        assert bucket, f"nobody chose a bucket for {leg.party}"
        return Account(holder, self.currency, bucket)
