"""Starting, stopping and weighing the two servers."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.load import CORES

PATIENCE_S = 20


@contextlib.contextmanager
def sandbox(*arguments: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Run the sandbox; yield its process id and its ready file."""
    with tempfile.TemporaryDirectory() as folder:
        ready = Path(folder, "ready.json")
        command = [sys.executable, "-m", "counterfoil", "serve", "--port", "0"]
        with _running([*command, "--ready-file", str(ready), *arguments]) as pid:
            _wait(ready.exists)
            yield pid, json.loads(ready.read_text())


@contextlib.contextmanager
def twin(sample: dict[str, Any]) -> Iterator[tuple[int, str]]:
    """Run the bare twin with copies of an invoice; yield its process id and its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "invoice.json")
        file.write_text(json.dumps(sample))
        with _running([sys.executable, "-m", "benchmarks.twin", str(port), str(file)]) as pid:
            url = f"http://127.0.0.1:{port}"
            _wait(lambda: _answers(url + "/api/v1/invoices/inv_000001"))
            yield pid, url


def proportional_memory_mb(pid: int) -> float | None:
    """Return what a process weighs, shared pages counted by share; None where /proc cannot tell."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return None
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:"))


def ask(
    url: str, method: str = "GET", body: Any = None, headers: dict[str, str] | None = None
) -> Any:
    """Return the JSON a server answers; an error status raises."""
    content = None if body is None else json.dumps(body).encode()
    kind = {} if body is None else {"Content-Type": "application/json"}
    request = urllib.request.Request(url, content, kind | (headers or {}), method=method)
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
        return json.load(answer)


def start_up_s() -> float:
    """Return the seconds from starting a cold process to the first 200 of an API."""
    with tempfile.TemporaryDirectory() as folder:
        ready = Path(folder, "ready.json")
        command = [sys.executable, "-m", "counterfoil", "serve", "--port", "0"]
        began = time.perf_counter()
        with _running([*command, "--ready-file", str(ready)]):
            _wait(ready.exists)
            world = json.loads(ready.read_text())["expereon"]
            ask(f"{world['url']}/api/v1/invoices", headers=credentials(world, "seller"))
            return time.perf_counter() - began


def credentials(expereon: dict[str, Any], organization: str) -> dict[str, str]:
    """Return the headers that let an organisation in."""
    known = expereon["organizations"][organization]
    return {"X-API-Key": known["apiKey"], "X-API-Secret": known["apiSecret"]}


@contextlib.contextmanager
def _running(command: list[str]) -> Iterator[int]:
    if shutil.which("taskset") and len(CORES) > 1:
        command = ["taskset", "-c", str(CORES[0]), *command]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:
            return answer.status == 200
    except OSError:
        return False


def _wait(until: Any) -> None:
    end = time.monotonic() + PATIENCE_S
    while not until():
        if time.monotonic() > end:
            raise TimeoutError("the server did not come up")
        time.sleep(0.002)
    os.sched_yield()
