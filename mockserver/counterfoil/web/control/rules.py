"""The `rules` of the control plane's policy.yaml."""

from datetime import datetime

from counterfoil.contract.rows import Row


class Rules(Row, frozen=True):
    """What worlds are made of unless told, and how much of everything there may be.

    `hosts` are the names that the control plane answers to, besides the address it listens on;
    `longest_wait` is in milliseconds.
    """

    fixture: str
    instant: datetime
    hosts: tuple[str, ...]
    most_worlds: int
    most_snapshots: int
    most_faults: int
    most_inboxes: int
    most_messages: int
    longest_wait: int
    most_steps: int
