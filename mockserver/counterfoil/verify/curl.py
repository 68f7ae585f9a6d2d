"""A request as a command that sends it again."""

import shlex
from collections.abc import Sequence

from counterfoil.verify.exchange import Exchange, Request, header
from counterfoil.verify.masking import Secrets

LEFT_OUT = {
    "host",
    "content-length",
    "connection",
    "accept",
    "accept-encoding",
    "user-agent",
    "transfer-encoding",
}
"""Headers that curl makes itself, or that nobody asked for."""


def curl(request: Request, secrets: Secrets) -> str:
    r"""Return a curl command for a shell; secrets in it are variables of that shell.

    >>> request = Request("GET", "http://127.0.0.1/invoices", (("X-Key", "abcdef"),), b"")
    >>> print(curl(request, Secrets({"KEY": "abcdef"})))
    curl -i http://127.0.0.1/invoices \
      -H 'X-Key: '"$KEY"
    """
    parts = ["curl -i"]
    if request.method != ("POST" if request.body else "GET"):
        parts[0] += " -I" if request.method == "HEAD" else f" -X {request.method}"
    if set("[]{}") & set(request.url):
        parts[0] += " -g"  # brackets stand for themselves
    parts[0] += f" {quoted(request.url, secrets)}"
    for name, value in request.headers:
        if name.lower() not in LEFT_OUT:
            parts.append(f"-H {quoted(f'{name}: {value}', secrets)}")
    if request.body and header(request.headers, "content-type") is None:
        parts.append("-H 'Content-Type:'")
    before = ""
    if request.body:
        before, body = _body(request.body, secrets)
        parts.append(body)
    return before + " \\\n  ".join(parts)


def script(exchanges: Sequence[Exchange], secrets: Secrets, run: str = "") -> str:
    """Return a shell script that sends several requests again, the last one for all to see.

    The first makes a record, whose new id stands in the place of the old one from then on. `run` is
    what the names begin with that this run gave: they are given anew, too.
    """
    *before, last = exchanges
    if not before:
        return curl(last.request, secrets)
    lines, known = [], secrets
    if run and any(run in told for told in _texts(exchanges)):
        known, lines = known.also("RUN", run), ["RUN=CT-$(date +%s)"]
    for place, exchange in enumerate(before):
        quiet = curl(exchange.request, known).replace("curl -i", "curl -s", 1)
        id = exchange.json.get("id") if isinstance(exchange.json, dict) else None
        if place == 0 and isinstance(id, str):
            lines.append(
                f'ID=$({quiet} | grep -o \'"id": *"[^"]*"\' | head -n 1 | cut -d \'"\' -f 4)'
            )
            known = known.also("ID", id)
        else:
            lines.append(f"{quiet} -o /dev/null")
    return "\n".join([*lines, curl(last.request, known)])


def _texts(exchanges: Sequence[Exchange]) -> list[str]:
    return [each.request.url + each.request.body.decode(errors="replace") for each in exchanges]


def quoted(text: str, secrets: Secrets) -> str:
    """Return a text as one word of a shell, with a variable for each secret in it."""
    words = [
        f'"${piece}"' if secret else shlex.quote(piece) for piece, secret in secrets.split(text)
    ]
    return "".join(words) or "''"


def _body(body: bytes, secrets: Secrets) -> tuple[str, str]:
    """Return what has to stand before curl, and its option for the body."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" not in text:
        return "", f"--data-raw {quoted(text, secrets)}"
    octal = "".join(f"\\{byte:03o}" for byte in body)
    return f"printf '{octal}' | ", "--data-binary @-"
