"""Sending a webhook: one POST, to an address that may be called, with a deadline."""

import asyncio
import ipaddress
import socket
import time
from contextlib import suppress
from datetime import timedelta
from urllib.parse import urlsplit

import httpx

from counterfoil.engine.webhooks import KEPT, Attempt, Outgoing

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

METADATA = (
    ipaddress.ip_network("169.254.0.0/16"),
    ipaddress.ip_network("fe80::/10"),
    ipaddress.ip_network("fd00:ec2::254/128"),
    ipaddress.ip_network("fd20:ce::254/128"),
    ipaddress.ip_network("100.100.100.200/32"),
)
"""Where clouds answer with the machine's own secrets, and everything else of one link."""

NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))
LOW_32 = 0xFFFFFFFF

RECEIVER = "/_sandbox/inbox/"
"""Where our own inboxes are."""

DIGITS = 9

SIMULATED_DELAY = "counterfoil-delay-ms"
"""How our own inbox says how late it means to be, so that nobody has to wait."""


class UnreachableError(Exception):
    """An endpoint that cannot or may not be called; the text says why."""


class Sender:
    """Calls endpoints. `public` lets it leave for the public internet; `own` is our own address."""

    def __init__(self, *, public: bool, own: str) -> None:
        self._public = public
        self._own = urlsplit(own)
        unbounded = httpx.Limits(max_connections=None, max_keepalive_connections=20)
        self._client = httpx.AsyncClient(
            limits=unbounded,
            trust_env=False,
            follow_redirects=False,
            timeout=None,  # noqa: S113  each attempt has its deadline
        )

    async def send(self, outgoing: Outgoing, at: str, *, timed: bool) -> Attempt:
        """Return what came of an attempt; `timed` tells how long it took on the wall."""
        began = time.monotonic()
        answer, error = None, None
        try:
            async with asyncio.timeout(outgoing.deadline.total_seconds()):
                answer = await self._posted(outgoing)
        except TimeoutError:
            error = f"no answer within {outgoing.deadline.total_seconds():.0f} seconds"
        except UnreachableError as unreachable:
            error = str(unreachable)
        except Exception as broken:  # noqa: BLE001  whatever breaks, this attempt has failed
            error = f"{type(broken).__name__}: {broken}".removesuffix(": ")
        took = int((time.monotonic() - began) * 1000) if timed else 0
        return Attempt(
            n=outgoing.n,
            at=at,
            url=outgoing.url,
            request_headers=outgoing.headers,
            request_body=outgoing.body.decode(),
            duration_ms=took,
            error=error,
            **(answer or {}),  # type: ignore[arg-type]  # the three members of an answer
        )

    async def close(self) -> None:
        """Let go of all connections."""
        await self._client.aclose()

    async def _posted(self, outgoing: Outgoing) -> dict[str, object]:
        target = urlsplit(outgoing.url)
        host = target.hostname or ""
        port = target.port or (443 if target.scheme == "https" else 80)
        if target.scheme not in ("http", "https") or not host or "@" in target.netloc:
            raise UnreachableError("only http and https without user information are called")
        pinned = await self._resolved(host, port)
        written = f"[{pinned}]" if pinned.version == 6 else str(pinned)  # noqa: PLR2004
        url = target._replace(netloc=f"{written}:{port}", fragment="").geturl()
        headers = {**outgoing.headers, "Host": target.netloc, "Accept": "*/*"}
        request = self._client.build_request(
            "POST", url, content=outgoing.body, headers=headers, extensions={"sni_hostname": host}
        )
        response = await self._client.send(request, stream=True)
        try:
            body = b""
            with suppress(httpx.StreamError):
                async for part in response.aiter_raw():
                    body += part
                    if len(body) >= KEPT:
                        break
        finally:
            await response.aclose()
        await self._wait(outgoing, response)
        return {
            "response_status": response.status_code,
            "response_headers": dict(response.headers),
            "response_body": body[:KEPT].decode("utf-8", "replace"),
        }

    async def _wait(self, outgoing: Outgoing, response: httpx.Response) -> None:
        """Let our own inbox be late without anybody waiting for it."""
        delay = response.headers.get(SIMULATED_DELAY)
        target = urlsplit(outgoing.url)
        own = target.port == self._own.port and target.path.startswith(RECEIVER)
        known = delay is not None and delay.isascii() and delay.isdigit() and len(delay) < DIGITS
        if own and known and timedelta(milliseconds=int(delay)) >= outgoing.deadline:
            raise TimeoutError

    async def _resolved(self, host: str, port: int) -> Address:
        """Return the one address that is called; all that a name stands for must be allowed."""
        try:
            found = await asyncio.get_running_loop().getaddrinfo(
                host, port, type=socket.SOCK_STREAM
            )
        except (OSError, UnicodeError):
            raise UnreachableError(f"the host {host!r} is not known") from None
        addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
        for address in addresses:
            self._require_allowed(address)
        return addresses[0]

    def _require_allowed(self, address: Address) -> None:
        real = embedded(address)
        reserved = real.is_reserved and not real.is_loopback  # ::1 counts as both
        refused = real.is_unspecified or real.is_multicast or reserved
        if refused or any(
            real in network for network in METADATA if network.version == real.version
        ):
            raise UnreachableError(f"{address} is never called")
        if real.is_global and not self._public:
            raise UnreachableError(
                f"{address} is on the public internet; serve with --webhook-allow-public to call it"
            )


def embedded(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address only wraps, or the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    wrapped = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
    if wrapped is None and any(address in network for network in NAT64):
        wrapped = ipaddress.IPv4Address(int(address) & LOW_32)
    return wrapped or address
