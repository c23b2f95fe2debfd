"""What stands before the pages: headers for every answer, and for the sandbox the walls around the machine."""

import secrets
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOCAL_HOSTS: Final = frozenset({"127.0.0.1", "localhost", "::1"})
BODY_BYTES: Final = 64 * 1024 * 1024  # nine large photos of a phone; each one has a limit of its own besides
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
HEADERS: Final = {
    "content-security-policy": (
        "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none';"
        " form-action 'self'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin",
}


class BodyTooLarge(Exception):
    """The request went over `BODY_BYTES` while it was read."""


class WithHeaders:
    """Adds the headers of safety to every answer; an answer that says nothing of caching is not kept."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store")
            await send(message)

        await self._app(scope, receive, sending if scope["type"] == "http" else send)


class LocalOnly:
    """Lets in only this machine, by its own name, and writing requests only from its own pages.

    The name is checked because a foreign page may point a name of its own at this machine; the token because a
    foreign page can send a form here, but cannot read what the page says.
    """

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = Headers(scope=scope)
        refused = self._refusal(scope, headers)
        if refused:
            await PlainTextResponse(*refused)(scope, receive, send)
            return
        try:
            await self._app(scope, limited(receive), send)
        except BodyTooLarge:
            await PlainTextResponse("too large", 413)(scope, receive, send)

    def _refusal(self, scope: Scope, headers: Headers) -> tuple[str, int] | None:
        client = scope.get("client")
        if client and not (client[0].startswith("127.") or client[0] in LOCAL_HOSTS):
            return "only from this machine", 403
        if _host(headers.get("host", "")) not in LOCAL_HOSTS:
            return "unknown host", 421
        if scope["method"] in SAFE:
            return None
        if not _same_origin(headers):
            return "only from the page itself", 403
        if not secrets.compare_digest(headers.get("x-csrf-token", "").encode(), self._token.encode()):
            return "token missing or old: load the page again", 403
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > BODY_BYTES:
            return "too large", 413
        return None


def _host(header: str) -> str | None:
    try:
        return urlsplit(f"//{header}").hostname
    except ValueError:
        return None


def _same_origin(headers: Headers) -> bool:
    """Whether a browser says that its page is ours; who says nothing is not a page."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is None and origin is None:
        return False
    if site is not None and site != "same-origin":
        return False
    return origin is None or origin == f"http://{headers.get('host')}"


def limited(receive: Receive) -> Receive:
    """As `receive`; raises BodyTooLarge once more than `BODY_BYTES` came."""
    taken = 0

    async def receiving() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > BODY_BYTES:
            raise BodyTooLarge
        return message

    return receiving
