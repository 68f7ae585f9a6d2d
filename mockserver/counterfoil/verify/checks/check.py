"""What a check is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from counterfoil.verify.reports.model import Finding
from counterfoil.verify.run import Run


@dataclass(frozen=True, slots=True)
class Check:
    """One question to a server: `name` is the claim, `find` yields what speaks against it.

    `writes` says that it changes something, `lacks` why it cannot be asked in a run, or nothing.
    """

    group: str
    name: str
    find: Callable[[Run], Iterable[Finding]]
    writes: bool = True
    lacks: Callable[[Run], str] = lambda _: ""
