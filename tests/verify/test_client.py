"""The verifier's client: what it sends and keeps, how fast, and what it shows of it."""

import http.server
import json
import os
import subprocess
import threading
from datetime import UTC, datetime
from decimal import Decimal

import httpx
import pytest

from counterfoil.verify.client import Call, Client, NotReachableError, UnansweredError
from counterfoil.verify.curl import curl
from counterfoil.verify.exchange import Request
from counterfoil.verify.masking import Secrets
from counterfoil.verify.pace import Pace, StormError, retry_after
from verify.exchanges import exchange


class Time:
    """A clock that moves when somebody waits."""

    def __init__(self):
        self.now, self.waits = 0.0, []

    def sleep(self, seconds):
        self.waits.append(seconds)
        self.now += seconds

    def pace(self, rate=None):
        return Pace(rate, clock=lambda: self.now, sleep=self.sleep)


def client(*answers, **more):
    """A client of a server that gives these answers in turn, then the last one for ever."""
    left = list(answers)

    def answer(request):
        status, headers = left.pop(0) if len(left) > 1 else left[0]
        return httpx.Response(status, headers=headers, json={"amount": 1.10})

    return Client("http://api.test/v1", transport=httpx.MockTransport(answer), **more)


def test_an_exchange_holds_what_was_on_the_wire():
    with client((200, {})) as api:
        told = []
        api.listeners.append(told.append)
        party = api.speaking({"X-API-Key": "k"})
        done = party.ask("POST", "/things", json={"a": 1}, params={"q": "ä"}, purpose="why")

    assert done.request.url == "http://api.test/v1/things?q=%C3%A4"
    assert (done.request.path, done.request.query) == ("/v1/things", [("q", "ä")])
    assert ("X-API-Key", "k") in done.request.headers
    assert json.loads(done.request.body) == {"a": 1}
    assert (done.status, done.is_success, done.purpose) == (200, True, "why")
    assert done.header("CONTENT-TYPE") == "application/json"
    assert api.exchanges == told == [done]


def test_fractions_are_read_as_decimals_and_what_is_no_json_is_none():
    with client((200, {})) as api:
        assert api.ask("GET", "/").json == {"amount": Decimal("1.1")}
    assert exchange(answer=b"<html>").json is None
    assert exchange(answer=b"[" * 100_000).json is None


def test_requests_keep_the_pace_they_were_given():
    time = Time()
    with client((200, {}), pace=time.pace(rate=4)) as api:
        for _ in range(5):
            api.ask("GET", "/")

    assert time.now == pytest.approx(1.0)


def test_a_429_is_waited_out_and_a_storm_ends_the_run():
    time = Time()
    with client((429, {"Retry-After": "7"}), (200, {}), pace=time.pace()) as api:
        assert api.ask("GET", "/").status == 200
        assert [done.status for done in api.exchanges] == [429, 200]
    assert time.waits == [7]

    with (
        client((429, {}), pace=time.pace()) as api,
        pytest.raises(StormError, match=r"429 5 times running; give it a lower --rate"),
    ):
        api.ask("GET", "/")
    assert len(api.exchanges) == 5

    with (
        client((429, {"Retry-After": "86400"}), pace=time.pace()) as api,
        pytest.raises(StormError, match="a wait of 86400 seconds"),
    ):
        api.ask("GET", "/")


def test_who_wants_to_see_a_429_sees_it():
    with client((429, {})) as api:
        assert api.ask("GET", "/", patient=False).status == 429
        assert len(api.exchanges) == 1


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("3", 3.0),
        ("0", 0.0),
        ("Fri, 15 Mar 2024 10:30:20 GMT", 20.0),
        ("Fri, 15 Mar 2024 10:00:00 GMT", 0.0),
        ("soon", 1.0),
        ("-1", 1.0),
        (None, 1.0),
    ],
)
def test_a_wait_is_a_number_or_a_date(text, seconds):
    assert retry_after(text, datetime(2024, 3, 15, 10, 30, tzinfo=UTC)) == seconds


def test_a_race_is_run_at_once_and_told_in_order():
    start = threading.Barrier(4, timeout=5)

    def answer(request):
        start.wait()
        return httpx.Response(200, json=request.url.path)

    with Client("http://api.test", transport=httpx.MockTransport(answer)) as api:
        done = api.race([Call("GET", f"/{n}") for n in range(4)])

    assert [each.json for each in done] == ["/0", "/1", "/2", "/3"]
    assert len(api.exchanges) == 4


def test_no_server_and_no_answer_are_told_apart():
    with (
        Client("http://127.0.0.1:9") as api,
        pytest.raises(NotReachableError, match=r"127.0.0.1:9"),
    ):
        api.ask("GET", "/")

    def cut(request):
        raise httpx.RemoteProtocolError("Server disconnected")

    with (
        Client("http://api.test", transport=httpx.MockTransport(cut)) as api,
        pytest.raises(UnansweredError, match="GET /x was not answered: Server disconnected"),
    ):
        api.ask("GET", "/x")


def test_a_secret_shows_under_its_name_however_it_is_spelt():
    secrets = Secrets({"KEY": 'a"b/c', "LONG": 'a"b/c-and-more', "SHORT": "abc"})

    assert secrets.masked('a"b/c') == "$KEY"
    assert secrets.masked("?key=a%22b%2Fc&x=abc") == "?key=$KEY&x=abc"
    assert secrets.masked('{"key": "a\\"b/c"}') == '{"key": "$KEY"}'
    assert secrets.masked('a"b/c-and-more') == "$LONG"


def test_what_a_server_hands_out_is_hidden_though_nobody_knew_of_it():
    secrets = Secrets({"KEY": "known-key"})
    told = (
        '{"apiSecret": "s3cr\\"t", "secret":"known-key", "secretary": "Ann", "accessToken" : "t"}'
    )

    assert secrets.masked(told) == (
        '{"apiSecret": "***", "secret":"$KEY", "secretary": "Ann", "accessToken" : "***"}'
    )


class Echo(http.server.BaseHTTPRequestHandler):
    """Remembers the requests it gets."""

    def do(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append((self.command, self.path, dict(self.headers), body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do  # noqa: N815  the names it looks for

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def echo():
    server = http.server.HTTPServer(("127.0.0.1", 0), Echo)
    server.seen = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


JSON = (("Content-Type", "application/json"), ("X-Secret", "hush hush"))


@pytest.mark.parametrize(
    ("method", "path", "headers", "body"),
    [
        ("GET", "/a?filter[x]=1&y={z}", (), b""),
        ("GET", "/a", (("X-Odd", 'it\'s "$HOME" `x`'),), b""),
        ("HEAD", "/a", (), b""),
        ("DELETE", "/a?requestId=1", (), b""),
        ("POST", "/a", JSON, b'{"text": "it\'s $5 `now`\\n", "key": "hush hush"}'),
        ("PUT", "/a", JSON, "ä€\n".encode()),
        ("POST", "/a", (), b"no type"),
        ("PATCH", "/a", JSON, b"\x00\xff'\\"),
        ("GET", "/a", JSON, b"@etc/passwd"),
    ],
)
def test_the_curl_of_a_request_makes_it_again(echo, method, path, headers, body):
    url = f"http://127.0.0.1:{echo.server_port}{path}"
    command = curl(Request(method, url, headers, body), Secrets({"SECRET": "hush hush"}))

    assert "hush" not in command
    subprocess.run(
        ["sh", "-c", command],
        env=os.environ | {"SECRET": "hush hush"},
        capture_output=True,
        check=True,
    )
    sent_method, sent_path, sent_headers, sent_body = echo.seen.pop()
    assert (sent_method, sent_path, sent_body) == (method, path, body)
    assert headers == tuple((name, sent_headers[name]) for name, _ in headers)
    assert ("Content-Type" in sent_headers) == (headers == JSON)
