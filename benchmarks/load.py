"""Load on one URL: wrk where it is installed, else a bounded asyncio client of our own.

Either way every connection sends its next request when the last was answered.
"""

import asyncio
import os
import re
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

CONNECTIONS = 16
CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
UNITS = {"us": 0.001, "ms": 1, "s": 1000}

LUA = """
local file = io.open("{requests}", "r")
local targets = {{}}
for line in file:lines() do targets[#targets + 1] = line end
file:close()
local n = 0
request = function()
  n = n + 1
  local line = targets[(n - 1) % #targets + 1]
  local tab = string.find(line, "\\t")
  return wrk.format("{method}", string.sub(line, 1, tab - 1), nil, string.sub(line, tab + 1))
end
"""


@dataclass(frozen=True)
class Load:
    """What is asked for: each request is a path and a body, one after the other, round and round."""

    url: str
    method: str
    requests: list[tuple[str, str]]
    headers: dict[str, str]


@dataclass(frozen=True)
class Result:
    """What came of it. Latencies are milliseconds; `cpu_us` is the server's, a request."""

    requests_per_s: float
    p50_ms: float
    p99_ms: float
    errors: int
    cpu_us: float | None


def run(load: Load, seconds: float, pid: int) -> Result:
    """Load a server for some seconds; `pid` is the process whose time is measured."""
    before = _cpu_seconds(pid)
    if shutil.which("wrk"):
        done, p50, p99, errors = _wrk(load, seconds)
    else:
        done, p50, p99, errors = asyncio.run(_asyncio(load, seconds))
    after = _cpu_seconds(pid)
    spent = (after - before) / max(done, 1) * 1e6 if before is not None else None
    return Result(done / seconds, p50, p99, errors, spent)


def _cpu_seconds(pid: int) -> float | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _wrk(load: Load, seconds: float) -> tuple[int, float, float, int]:
    with tempfile.TemporaryDirectory() as folder:
        requests, script = Path(folder, "requests"), Path(folder, "script.lua")
        requests.write_text("".join(f"{path}\t{body}\n" for path, body in load.requests))
        script.write_text(LUA.format(requests=requests, method=load.method))
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:g}s", "--latency"]
        command += ["-s", str(script)]
        for name, value in load.headers.items():
            command += ["-H", f"{name}: {value}"]
        if shutil.which("taskset") and len(CORES) > 1:
            command = ["taskset", "-c", str(CORES[1]), *command]
        text = subprocess.run(
            [*command, load.url], capture_output=True, text=True, check=True
        ).stdout
    errors = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    done = re.search(r"(\d+) requests in", text)
    return (
        int(done[1]) if done else 0,
        _milliseconds(text, "50%"),
        _milliseconds(text, "99%"),
        int(errors[1]) if errors else 0,
    )


def _milliseconds(text: str, share: str) -> float:
    found = re.search(rf"{share}\s+([\d.]+)(us|ms|s)", text)
    return float(found[1]) * UNITS[found[2]] if found else 0.0


class Connection:
    """One kept-alive connection of our own client."""

    def __init__(self, load: Load) -> None:
        self._load = load
        place = urlsplit(load.url)
        self._place = (place.hostname, place.port)
        lines = [f"Host: {place.netloc}", *(f"{n}: {v}" for n, v in load.headers.items())]
        self._head = "\r\n".join(lines)

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection(*self._place)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()

    async def ask(self, path: str, body: str) -> tuple[bool, bytes]:
        """Send a request; return whether it went well, and the body of the answer."""
        size = len(body.encode())
        line = (
            f"{self._load.method} {path} HTTP/1.1\r\n{self._head}\r\nContent-Length: {size}\r\n\r\n"
        )
        self._writer.write((line + body).encode())
        answer = await self._reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", answer.lower())
        content = await self._reader.readexactly(int(length[1]) if length else 0)
        return answer.startswith(b"HTTP/1.1 2"), content


async def _asyncio(load: Load, seconds: float) -> tuple[int, float, float, int]:
    end = time.perf_counter() + seconds
    latencies: list[float] = []
    failed = 0
    turn = count()

    async def work() -> None:
        nonlocal failed
        async with Connection(load) as connection:
            while time.perf_counter() < end:
                began = time.perf_counter()
                well, _ = await connection.ask(*load.requests[next(turn) % len(load.requests)])
                latencies.append(time.perf_counter() - began)
                failed += not well

    await asyncio.gather(*(work() for _ in range(CONNECTIONS)))
    ordered = sorted(latencies) or [0.0]
    middle, late = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
    return len(latencies), middle * 1000, late * 1000, failed


def each(load: Load) -> list[bytes]:
    """Send every request once, over some connections; return the bodies, in order."""
    answers: list[bytes] = [b""] * len(load.requests)
    turn = iter(range(len(load.requests)))

    async def work() -> None:
        async with Connection(load) as connection:
            for place in turn:
                well, answers[place] = await connection.ask(*load.requests[place])
                if not well:
                    raise RuntimeError(answers[place].decode())

    async def all_of_it() -> None:
        await asyncio.gather(*(work() for _ in range(CONNECTIONS)))

    asyncio.run(all_of_it())
    return answers
