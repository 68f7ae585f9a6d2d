"""A PostgreSQL for tests, in a folder of its own."""

import os
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest


def binaries():
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return folders[-1] if folders else None


@contextmanager
def running():
    """Yield the URL of a PostgreSQL of our own."""
    programs = binaries()
    if programs is None:
        assert "CI" not in os.environ, "CI has to install PostgreSQL"
        pytest.skip("PostgreSQL is not installed")
    # Not in pytest's folder: no other user may enter that, and socket paths have to be short.
    folder = Path(tempfile.mkdtemp(prefix="counterfoil-"))
    as_user = []
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        shutil.chown(folder, "postgres")
        as_user = ["runuser", "-u", "postgres", "--"]
    data = folder / "data"
    initdb = [
        programs / "initdb",
        "-D",
        data,
        "-A",
        "trust",
        "-U",
        "tester",
        "--locale=C.UTF-8",
        "-E",
        "UTF8",
    ]
    subprocess.run([*as_user, *initdb], check=True, capture_output=True)
    server = subprocess.Popen(
        [*as_user, programs / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    url = f"postgresql:///postgres?host={folder}&user=tester"
    end = time.monotonic() + 20
    while True:
        try:
            psycopg.connect(url).close()
            break
        except psycopg.OperationalError:
            assert time.monotonic() < end, "PostgreSQL did not come up"
            time.sleep(0.05)
    yield url
    server.terminate()
    server.wait(20)
    shutil.rmtree(folder)
