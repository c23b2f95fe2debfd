"""What stands before the writing routes of a case's page: its own browser, its own form, and not too often."""

import base64
import hmac
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from bot.domain.people import MemberId
from bot.engine.buttons import Signer
from bot.engine.case_link import PATH
from bot.engine.throttle import Throttle
from bot.web.guard import BODY_BYTES

COOKIE: Final = "case_page"
POSTS_A_MINUTE: Final = 30
_COOKIE_S: Final = 30 * 24 * 3600


class Bad(Exception):
    """It cannot be done; `key` says why in the page's language."""

    def __init__(self, key: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST, **fields: str | int) -> None:
        super().__init__(key)
        self.key = key
        self.status = status
        self.fields = fields


@dataclass(frozen=True, slots=True)
class Walls:
    """Proofs are made of the page's token, so they fit one page of one person, also after a restart."""

    signer: Signer
    public_url: str
    throttle: Throttle = field(default_factory=lambda: Throttle(POSTS_A_MINUTE))

    @property
    def base(self) -> str:
        """The path under which browsers find the pages of cases; a proxy may have put its own before ours."""
        return urlsplit(self.public_url).path + PATH

    def admit(self, request: Request, token: str, member: MemberId, at: datetime) -> None:
        """Let a writing request in before its body is read.

        Raises:
            Bad: it does not come from the page itself, is too large, or one of too many.
        """
        if not self._is_own(request) or not _same(request.cookies.get(COOKIE, ""), self._proof("case_cookie", token)):
            raise Bad("case_error.stale", HTTPStatus.FORBIDDEN)
        length = request.headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > BODY_BYTES:
            raise Bad("case_error.too_large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if self.throttle.free_at(member, at) is not None:
            raise Bad("case_error.too_fast", HTTPStatus.TOO_MANY_REQUESTS)

    def form_proof(self, token: str, key: str) -> str:
        """What a form of the page carries beside its `key`."""
        return self._proof("case_form", f"{token} {key}")

    def check(self, token: str, key: str, proof: str) -> None:
        """Whether a form was written by us for this page.

        Raises:
            Bad: it was not.
        """
        if not _same(proof, self.form_proof(token, key)):
            raise Bad("case_error.stale", HTTPStatus.FORBIDDEN)

    def mark(self, answer: Response, token: str) -> None:
        """Make the browser known that has the page open. The same mark every time, so that two tabs both work."""
        answer.set_cookie(
            COOKIE,
            self._proof("case_cookie", token),
            max_age=_COOKIE_S,
            path=f"{self.base}/{token}",
            secure=self.public_url.startswith("https://"),
            httponly=True,
            samesite="strict",
        )

    def _is_own(self, request: Request) -> bool:
        """Whether a browser says that its page is ours; who says nothing is no browser.

        A page that tells nobody where it was left from posts its forms with `Origin: null` (Fetch, section on the
        `Origin` header); then the browser has to say itself that both are of one origin.
        """
        site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
        if site is not None and site != "same-origin":
            return False
        if origin is not None and _origin(origin) == _origin(self.public_url):
            return True
        return site is not None and origin in (None, "null")

    def _proof(self, purpose: str, payload: str) -> str:
        return base64.urlsafe_b64encode(self.signer.mac(purpose, payload.encode(), 16)).decode().rstrip("=")


def _origin(url: str) -> tuple[str, str | None, int] | None:
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return None


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
