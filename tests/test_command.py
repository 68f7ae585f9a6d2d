"""The command line: what it prints, what it refuses, and how it starts and stops."""

import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request

import pytest

from counterfoil import __version__
from counterfoil.cli import main


def run(*arguments, **more):
    return subprocess.run(
        [sys.executable, "-m", "counterfoil", *arguments],
        capture_output=True, text=True, timeout=60, check=False, **more,
    )  # fmt: skip


@contextlib.contextmanager
def serving(tmp_path, *arguments):
    """Run the server; yield the process and what its ready file says."""
    ready = tmp_path / "ready.json"
    ready.unlink(missing_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "counterfoil", "serve", "--ready-file", str(ready), *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        end = time.monotonic() + 20
        while not ready.exists() and process.poll() is None and time.monotonic() < end:
            time.sleep(0.01)
        assert ready.exists(), process.communicate(timeout=5)
        yield process, json.loads(ready.read_text())
    finally:
        process.kill()
        process.communicate()


def get(url, key=None):
    headers = {"X-API-Key": key["apiKey"], "X-API-Secret": key["apiSecret"]} if key else {}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
        return json.load(answer)


def free_port():
    """Return a port that is free, and whose next three are."""
    for base in range(21000, 60000, 7):
        with contextlib.ExitStack() as stack:
            try:
                for port in range(base, base + 4):
                    taken = stack.enter_context(socket.socket())
                    taken.bind(("127.0.0.1", port))
            except OSError:
                continue
            return base
    raise AssertionError("no port is free")


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_serve_tells_where_and_how_and_stops_when_asked(tmp_path, stop):
    with serving(tmp_path, "--port", "0") as (process, world):
        seller = world["expereon"]["organizations"]["seller"]
        page = get(f"{world['expereon']['url']}/api/v1/invoices", seller)
        process.send_signal(stop)
        printed, errors = process.communicate(timeout=10)

    assert page["totalCount"] > 0
    assert process.returncode == 0
    assert errors == ""
    for told in (world["url"], world["expereon"]["url"], seller["apiKey"], seller["apiSecret"]):
        assert told in printed
    assert "curl" in printed


def test_the_printed_curl_works(tmp_path):
    with serving(tmp_path, "--port", "0") as (process, _):
        lines = []
        while "curl" not in "".join(lines) or not lines[-1].strip().startswith('-H "X-API-Secret'):
            lines.append(process.stdout.readline())
        command = "".join(lines[next(i for i, line in enumerate(lines) if "curl" in line) :])
        done = subprocess.run(
            command.replace("curl", "curl --silent"),
            shell=True,
            capture_output=True,
            check=True,
            timeout=10,
        )

    assert json.loads(done.stdout)["limit"] == 10


def test_the_apis_are_on_the_ports_after_the_hubs(tmp_path):
    port = free_port()
    with serving(tmp_path, "--port", str(port)) as (_, world):
        assert world["url"] == f"http://127.0.0.1:{port}"
        assert world["expereon"]["url"] == f"http://127.0.0.1:{port + 1}"
        health = get(f"{world['url']}/_sandbox/health")
    assert health["apis"]["expereon"]["url"] == f"http://127.0.0.1:{port + 1}"


def test_the_ready_file_has_the_shape_that_creating_a_world_answers_with(tmp_path, sandbox):
    with serving(tmp_path, "--port", "0", "--seed", "3") as (_, world):
        pass

    created = sandbox.world("demo").described
    assert set(world) == set(created) >= {"id", "url", "clock", "seed", "expereon"}
    assert (world["id"], world["seed"], world["clock"]["mode"]) == ("default", 3, "live")
    assert set(world["expereon"]) == {"url", "organizations", "connections"}
    seller = world["expereon"]["organizations"]["seller"]
    assert set(seller) == {"id", "apiKey", "apiSecret", "keys"}
    assert set(seller["keys"]) == {"read", "write", "admin"}
    assert set(world["expereon"]["connections"][0]) == {
        "id",
        "seller",
        "buyer",
        "currency",
        "status",
    }


def test_a_frozen_clock_stands_where_it_was_put(tmp_path):
    with serving(tmp_path, "--port", "0", "--clock", "2025-06-01T12:00:00+02:00") as (_, world):
        assert world["clock"] == {"mode": "frozen", "now": "2025-06-01T10:00:00Z"}


def test_what_was_stored_is_there_after_a_restart(tmp_path):
    data = ("--data", str(tmp_path / "store.db"), "--port", "0")
    with serving(tmp_path, *data) as (process, first):
        seller = first["expereon"]["organizations"]["seller"]
        request = urllib.request.Request(
            f"{first['expereon']['url']}/api/v1/invoices",
            json.dumps({
                "connectionId": "conn_abc123", "invoiceNumber": "KEPT-1", "amount": "7.00",
                "dueDate": "2030-01-01",
            }).encode(),
            {"Content-Type": "application/json", "X-API-Key": seller["apiKey"], "X-API-Secret": seller["apiSecret"]},
        )  # fmt: skip
        with urllib.request.urlopen(request, timeout=10) as answer:
            created = json.load(answer)
        process.send_signal(signal.SIGKILL)
        process.wait()
    with serving(tmp_path, *data) as (_, second):
        keys = second["expereon"]["organizations"]["seller"]
        read = get(f"{second['expereon']['url']}/api/v1/invoices/{created['id']}", keys)

    assert keys == seller
    assert read == created


REFUSED = [
    (["serve", "--fixture", "dmeo"], "There is no fixture 'dmeo' (did you mean 'demo'?); known are demo, empty"),
    (["serve", "--fixture", "../../etc/passwd"], "There is no fixture '../../etc/passwd'"),
    (["serve", "--clock", "noon"], "--clock 'noon' is neither 'live' nor an instant from 1970 to 8999; write one such as 2024-03-15T10:30:00Z"),
    (["serve", "--clock", "2024-03-15T10:30:00"], "is neither 'live' nor an instant"),
    (["serve", "--clock", "9999-12-31T23:59:59Z"], "nor an instant from 1970 to 8999"),
    (["serve", "--port", "70000"], "--port '70000' is not a number from 0 to 65535; give one"),
    (["serve", "--port", "high"], "--port 'high' is not a number"),
    (["serve", "--port", "65535"], "There is no port 65536"),
    (["serve", "--host", "no such host", "--admin-token", "x" * 16], "Cannot listen on no such host:0: this machine has no such address; correct --host"),
    (["serve", "--host", "a\0b", "--admin-token", "x" * 16], "this machine has no such address"),
    (["serve", "--host", "10.0.0.1"], "--host 10.0.0.1 lets others reach the control plane; give them a --admin-token to bring"),
    (["serve", "--admin-token", "short"], "--admin-token is shorter than 16 characters; make one up"),
    (["serve", "--seed", "-1"], "--seed '-1' is not a number from 0 to 9007199254740991"),
    (["serve", "--seed", "9" * 5000], "is not a number from 0 to"),
    (["serve", "--data", ""], "--data names no file"),
    (["serve", "--store", "demo.db"], "--store 'demo.db' is no address of a PostgreSQL"),
    (["seed", "--data", "x.db", "--world", "a b"], "'a b' cannot name a world"),
    (["seed", "--data", "x.db", "--world", "world_000001"], "cannot name a world"),
    (["serve", "--ready-file", "/nowhere/ready.json"], "Cannot write /nowhere/ready.json (No such file or directory)"),
    (["serve", "--data", "/nowhere/store.db"], "Cannot use /nowhere/store.db as data file"),
    (["serve", "--data", "a.db", "--store", "postgresql://b"], "are two places for the same thing; give one"),
    (["serve", "--store", "postgresql://127.0.0.1:1/none"], "Cannot reach the PostgreSQL of --store"),
    (["show", "experion", "lifecycle"], "There is no API 'experion' (did you mean 'expereon'?); known are expereon"),
    (["show", "expereon", "lifecycles"], "There is no table 'lifecycles' (did you mean 'lifecycle'?)"),
    (["seed"], "seed fills a store that outlives it; name it with --data FILE or --store URL"),
    (["seed", "--data", "x.db", "--invoices", "-1"], "--invoices '-1' is not a number from 0 to 10000000"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "said"), REFUSED, ids=[" ".join(a) for a, _ in REFUSED])
def test_what_cannot_be_done_is_told_in_one_sentence(capsys, arguments, said):
    status = main(
        arguments
        if "--port" in arguments or arguments[0] != "serve"
        else [*arguments, "--port", "0"]
    )

    printed = capsys.readouterr()
    assert status == 2
    assert printed.out == ""
    assert printed.err.startswith("counterfoil: ")
    assert said in printed.err
    assert printed.err.count("\n") == 1


def test_a_port_in_use_is_told(capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        status = main(["serve", "--port", str(port)])

    assert status == 2
    assert (
        "something else does; stop it, or choose other ports with --port" in capsys.readouterr().err
    )


def test_a_file_that_is_no_store_is_left_alone(tmp_path, capsys):
    text, foreign = tmp_path / "text.db", tmp_path / "foreign.db"
    text.write_text("hello" * 1000)
    with contextlib.closing(sqlite3.connect(foreign)) as other:
        other.execute("CREATE TABLE theirs (x)")
    before = text.read_bytes(), foreign.read_bytes()

    statuses = [main(["serve", "--port", "0", "--data", str(file)]) for file in (text, foreign)]

    first, second = capsys.readouterr().err.splitlines()
    assert statuses == [2, 2]
    assert "file is not a database" in first
    assert "is the database of another program" in second
    assert (text.read_bytes(), foreign.read_bytes()) == before


def test_a_store_of_another_version_is_not_opened(tmp_path, capsys):
    file = tmp_path / "old.db"
    assert main(["seed", "--data", str(file), "--invoices", "0"]) == 0
    with contextlib.closing(sqlite3.connect(file)) as store:
        store.execute("UPDATE worlds SET counters = '{\"schema\": 0}' WHERE world = 0")
        store.commit()
    capsys.readouterr()

    assert main(["serve", "--port", "0", "--data", str(file)]) == 2
    assert "was made by another version of counterfoil" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["fly"], ["serve", "--colour"], ["show", "expereon", "errors", "all"]]
)
def test_a_wrong_command_shows_how_it_is_used(arguments):
    done = run(*arguments)

    assert done.returncode == 2
    assert "usage: counterfoil" in done.stderr
    assert "Traceback" not in done.stderr


def test_no_command_at_all_tells_which_there_are():
    done = run()

    assert done.returncode == 0
    assert "serve" in done.stdout
    assert "seed" in done.stdout


def test_show_names_what_it_can_show(capsys):
    assert main(["show"]) == main(["show", "expereon"]) == 0

    assert capsys.readouterr().out.split() == [
        "expereon", "experi", "invoicexpress", "lifecycle", "events", "errors", "ledger", "operations",
    ]  # fmt: skip


def test_a_failed_start_leaves_no_file_and_an_earlier_one_alone(tmp_path, capsys):
    ready = tmp_path / "ready.json"
    ready.write_text("{}")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        main(["serve", "--port", str(port), "--ready-file", str(ready)])
    main(["serve", "--port", "0", "--ready-file", str(tmp_path / "new.json"), "--fixture", "none"])

    assert [file.name for file in tmp_path.iterdir()] == ["ready.json"]
    assert ready.read_text() == "{}"


@pytest.mark.parametrize(
    "option", [("--seed", "2"), ("--fixture", "empty"), ("--clock", "2024-03-15T10:30:00Z")]
)
def test_a_store_is_not_served_as_what_it_is_not(tmp_path, capsys, option):
    data = ("--data", str(tmp_path / "store.db"), "--port", "0")
    with serving(tmp_path, *data, "--seed", "1"):
        pass

    assert main(["serve", *data, *option]) == 2
    assert f"a default world with another {option[0]};" in capsys.readouterr().err


def test_a_store_belongs_to_one_process(tmp_path, capsys):
    file = str(tmp_path / "store.db")
    with serving(tmp_path, "--data", file, "--port", "0") as (_, world):
        assert main(["serve", "--port", "0", "--data", file]) == 2
        assert main(["seed", "--data", file]) == 2
        assert get(f"{world['url']}/_sandbox/health")["status"] == "ok"

    said = capsys.readouterr().err.splitlines()
    assert [line.endswith("stop that one, or name another file") for line in said] == [True] * 2


def test_requests_are_printed_for_who_wants_to_watch(tmp_path):
    with serving(tmp_path, "--port", "0", "--log") as (process, world):
        seller = world["expereon"]["organizations"]["seller"]
        get(f"{world['expereon']['url']}/api/v1/invoices?limit=1", seller)
        process.send_signal(signal.SIGTERM)
        printed, _ = process.communicate(timeout=10)

    assert " expereon 200 GET /api/v1/invoices?limit=1 listInvoices org_seller_1" in printed


def test_the_version_is_the_packages():
    assert run("--version").stdout == f"counterfoil {__version__}\n"


@pytest.mark.parametrize("table", ["lifecycle", "events", "errors", "ledger", "operations"])
def test_show_prints_a_table(capsys, table):
    assert main(["show", "expereon", table]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert set(lines[1]) <= {"-", " "}
    assert len(lines) > 4


def test_show_says_what_the_lifecycle_says(capsys):
    main(["show", "expereon", "lifecycle"])

    rows = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert (
        "invoice approve SUBMITTED APPROVED BUYER reserve invoice.approved (Seller, Buyer) documented"
        in rows
    )


def test_output_that_nobody_wants_is_no_error():
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "counterfoil", "show", "expereon", "operations"],
        stdout=writer, stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    os.close(writer)

    assert (done.returncode, done.stderr) == (0, "")


def test_serving_needs_none_of_what_only_tests_need():
    script = (
        "import json, sys, counterfoil.app, counterfoil.server, counterfoil.assembly\n"
        "counterfoil.assembly.Engine(counterfoil.assembly.database_of(None)).close()\n"
        "print(json.dumps(sorted({'schemathesis', 'openapi_core', 'faker', 'pytest', 'psycopg', 'yaml'} & set(sys.modules))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert set(json.loads(done.stdout)) <= {"yaml"}  # connexion imports it
