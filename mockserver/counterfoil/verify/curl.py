"""A request as a command that sends it again."""

import shlex

from counterfoil.verify.exchange import Request, header
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
