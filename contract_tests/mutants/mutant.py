"""What a mutant is."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """A fault: what goes wrong, how, and which checks are asked first (the rest follow)."""

    name: str
    claim: str
    first: str
    apply: Callable[[], None]


class Catalogue(dict):
    """Mutants by name; `mutant` adds the function that it stands above."""

    def mutant(self, first):
        def add(apply):
            name = apply.__name__
            assert name not in self, name
            self[name] = Mutant(name, apply.__doc__, first, apply)
            return apply

        return add
