"""Our own mock, in a process of its own."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from counterfoil.operating import OperatingError

PATIENCE_S = 30.0
INSTANT = "2024-03-15T10:30:00Z"
SERVE = (sys.executable, "-m", "counterfoil", "serve")


class Mock:
    """A mock on free ports, its clock frozen; use it as a context manager.

    `command` is what starts it, before the options that every mock gets.
    """

    def __init__(
        self, *options: str, fixture: str = "empty", command: Sequence[str] = SERVE
    ) -> None:
        self._command = [
            *command,
            "--port",
            "0",
            "--fixture",
            fixture,
            "--clock",
            INSTANT,
            *options,
        ]
        self._process: subprocess.Popen[bytes] | None = None
        self.world: dict[str, Any] = {}
        """What the mock tells of its default world: addresses, organisations, keys."""

    @property
    def url(self) -> str:
        """Where its hub is."""
        return str(self.world["url"])

    def __enter__(self) -> Self:
        with tempfile.TemporaryDirectory() as folder:
            ready = Path(folder) / "ready.json"
            command = [*self._command, "--ready-file", str(ready)]
            self._process = subprocess.Popen(  # noqa: S603  our own command
                command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
            try:
                self.world = json.loads(self._answered(self._process, ready))
            except BaseException:
                self.stop()
                raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop the mock, if need be by force."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stderr:
            process.stderr.close()

    def _answered(self, process: "subprocess.Popen[bytes]", ready: Path) -> bytes:
        end = time.monotonic() + PATIENCE_S
        while not ready.exists():
            if process.poll() is not None:
                said = process.stderr.read().decode(errors="replace") if process.stderr else ""
                raise OperatingError(f"Our own mock does not start: {said.strip()}")
            if time.monotonic() > end:
                raise OperatingError(f"Our own mock is not up after {PATIENCE_S:.0f} seconds")
            time.sleep(0.01)
        return ready.read_bytes()
