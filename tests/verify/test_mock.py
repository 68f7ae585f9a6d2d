"""Our own mock in a process of its own."""

import sys

import httpx
import pytest

from counterfoil.operating import OperatingError
from counterfoil.verify.mock import Mock


def test_it_answers_while_it_is_used_and_not_afterwards():
    with Mock() as mock:
        answer = httpx.get(f"{mock.url}/_sandbox/worlds/default").json()
        assert answer["clock"]["now"] == "2024-03-15T10:30:00Z"
        assert answer["id"] == mock.world["id"]

    with pytest.raises(httpx.ConnectError):
        httpx.get(mock.url)


def test_one_that_does_not_start_is_told_with_what_it_said():
    with (
        pytest.raises(OperatingError, match=r"does not start: .*no fixture 'none'"),
        Mock(fixture="none"),
    ):
        pass
    crash = (sys.executable, "-c", "raise SystemExit('no luck')")
    with pytest.raises(OperatingError, match="does not start: no luck"), Mock(command=crash):
        pass
