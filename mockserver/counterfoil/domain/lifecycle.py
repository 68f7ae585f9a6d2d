"""State machines as values: which trigger moves what from where to where, and who may pull it."""

from dataclasses import dataclass, field

COUNTERPARTY = "COUNTERPARTY"
"""The actor of an arrow that only the party without the open request may walk."""


@dataclass(frozen=True, slots=True)
class Emission:
    """An event that an arrow emits, and the parties it goes to, in order."""

    event: str
    recipients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Arrow:
    """One row of a lifecycle table.

    `source` is None at birth, `targets` is empty at the end of the record and holds more than one
    state where the record itself remembers which one it returns to. `post` names a posting, `needs`
    the members that a request has to bring.
    """

    trigger: str
    source: str | None
    targets: tuple[str, ...]
    who: frozenset[str]
    post: str | None
    emit: tuple[Emission, ...]
    provenance: str
    needs: tuple[str, ...] = ()

    @property
    def target(self) -> str:
        """The one state this arrow leads to; asking it of an arrow with a choice is a bug."""
        (target,) = self.targets
        return target

    def permits(self, role: str, requester: str | None) -> bool:
        """Tell whether a party in this role may walk the arrow, given who made the open request."""
        if COUNTERPARTY in self.who:
            return role != requester
        return role in self.who


@dataclass(frozen=True, slots=True)
class Machine:
    """The state machine of one kind of record, looked up by trigger and state."""

    name: str
    arrows: tuple[Arrow, ...]
    _cells: dict[tuple[str, str | None], Arrow] = field(init=False, repr=False, compare=False)
    _roles: dict[str, frozenset[str]] = field(init=False, repr=False, compare=False)
    _menu: dict[tuple[str, str, str | None], list[str]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        cells = {(arrow.trigger, arrow.source): arrow for arrow in self.arrows}
        assert len(cells) == len(self.arrows), f"{self.name}: two arrows share trigger and state"
        object.__setattr__(self, "_cells", cells)
        object.__setattr__(
            self, "_roles", {trigger: self._open_to(trigger) for trigger, _ in cells}
        )

    @property
    def triggers(self) -> tuple[str, ...]:
        """Every trigger, in the table's order."""
        return tuple(self._roles)

    def arrow(self, trigger: str, state: str | None) -> Arrow | None:
        """Return the arrow a trigger walks from a state, or None where there is none."""
        return self._cells.get((trigger, state))

    def roles(self, trigger: str) -> frozenset[str]:
        """Return who may pull a trigger in some state or other."""
        return self._roles[trigger]

    def actions(self, state: str, role: str, requester: str | None) -> list[str]:
        """Return the triggers a party may pull in this state, in the table's order."""
        place = (state, role, requester)
        if place not in self._menu:
            self._menu[place] = [
                arrow.trigger
                for arrow in self.arrows
                if arrow.source == state and arrow.permits(role, requester)
            ]
        return self._menu[place]

    def _open_to(self, trigger: str) -> frozenset[str]:
        return frozenset().union(*(arrow.who for arrow in self.arrows if arrow.trigger == trigger))
