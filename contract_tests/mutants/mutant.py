"""What a mutant is."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """A fault: of which API, what goes wrong, how, and which checks are asked first (the rest follow)."""

    api: str
    name: str
    claim: str
    first: str
    apply: Callable[[], None]


class Catalogue(dict):
    """Mutants of an API by name; `mutant` adds the function that it stands above."""

    def __init__(self, api="expereon"):
        super().__init__()
        self.api = api

    def mutant(self, first):
        def add(apply):
            name = apply.__name__
            assert name not in self, name
            self[name] = Mutant(self.api, name, apply.__doc__, first, apply)
            return apply

        return add
