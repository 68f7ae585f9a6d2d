"""A durable store: whatever was answered is there after a crash, and whatever was to be told is told."""

import concurrent.futures
import contextlib
import http.server
import json
import signal
import sqlite3
import threading

import httpx

from test_command import serving


class Receiver(http.server.ThreadingHTTPServer):
    """Takes webhooks, and answers none of them before `open` is set."""

    daemon_threads = True

    def __init__(self):
        self.open = threading.Event()
        self.acknowledged = []
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/hook"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.open.wait(20)
        with contextlib.suppress(OSError):  # whoever asked may be dead by now
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()
            self.server.acknowledged.append(json.loads(body)["data"]["invoiceNumber"])

    def log_message(self, *_):
        pass


def burst(url, headers, process):
    """Write as fast as four can until the server is killed; return the numbers that were answered."""
    answered = []

    def write(writer):
        with (
            httpx.Client(base_url=url, headers=headers) as client,
            contextlib.suppress(httpx.TransportError),
        ):
            for number in range(1000):
                body = {
                    "connectionId": "conn_abc123", "invoiceNumber": f"K-{writer}-{number}",
                    "amount": "1.00", "dueDate": "2030-01-01",
                }  # fmt: skip
                invoice = client.post("/api/v1/invoices", json=body).json()
                answered.append(invoice["invoiceNumber"])
                if len(answered) > 60:
                    process.send_signal(signal.SIGKILL)

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    return answered


def test_nothing_that_was_answered_is_lost_when_the_process_is_killed(tmp_path):
    data = str(tmp_path / "store.db")
    options = ("--data", data, "--port", "0", "--fixture", "empty")
    receiver = Receiver()
    threading.Thread(target=receiver.serve_forever, daemon=True).start()

    with serving(tmp_path, *options) as (process, world):
        seller = world["expereon"]["organizations"]["seller"]
        headers = {"X-API-Key": seller["apiKey"], "X-API-Secret": seller["apiSecret"]}
        url = world["expereon"]["url"]
        hook = {"url": receiver.url, "events": ["invoice.created"]}
        httpx.post(f"{url}/api/v1/settings/webhooks", json=hook, headers=headers).raise_for_status()
        answered = burst(url, headers, process)
        process.wait(10)
    receiver.open.set()
    with serving(tmp_path, "--data", data, "--port", "0") as (process, world):
        httpx.post(f"{world['url']}/_sandbox/drain", timeout=30).raise_for_status()
        with httpx.Client(base_url=world["expereon"]["url"], headers=headers) as client:
            found = {
                number: client.get("/api/v1/invoices", params={"invoiceNumber": number}).json()[
                    "totalCount"
                ]
                for number in answered
            }
        process.send_signal(signal.SIGTERM)
        process.wait(10)
    receiver.shutdown()
    receiver.server_close()

    assert len(answered) > 60
    assert set(found.values()) == {1}
    assert set(answered) <= set(receiver.acknowledged)
    with contextlib.closing(sqlite3.connect(data)) as store:
        sums = store.execute(
            "SELECT world, currency, sum(delta) FROM entries GROUP BY 1, 2"
        ).fetchall()
        (waiting,) = store.execute(
            "SELECT count(*) FROM deliveries WHERE due IS NOT NULL"
        ).fetchone()
    assert {total for *_, total in sums} == {0}
    assert waiting == 0
