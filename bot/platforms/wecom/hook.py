"""A group's webhook (消息推送): one way, into one group, for whoever knows its address."""

import base64
import hashlib
from collections import deque
from typing import Final, Protocol
from urllib.parse import parse_qs, urlsplit

import httpx

from bot.chat.platform import File, Lost, NeverWill, Picture, TryLater
from bot.platforms.wecom import outcomes
from bot.platforms.wecom.filenames import plain
from bot.platforms.wecom.kinds import Json, Part, Refusal, words

# WeCom developer documentation, page 99110, read 2026-11; whether the minute is a fixed one is not said.
_MOST_A_MINUTE: Final = 20
_MINUTE_S: Final = 60.0
_MOST_PICTURE: Final = 2_000_000  # bytes
_TOO_OFTEN: Final = 45009
_NO_ROBOT: Final = 93000  # also for a while after it was made
_PATIENCE_S: Final = 45.0  # less than the wait before the next try, which comes a tenth early at most
_TIMEOUT: Final = httpx.Timeout(30.0, connect=5.0)


class Clock(Protocol):
    def monotonic(self) -> float: ...


class Hook:
    """`url` is the address as the group shows it, with its key."""

    def __init__(self, url: str, clock: Clock) -> None:
        self._url = url
        self._key = parse_qs(urlsplit(url).query).get("key", [""])[0]
        self._clock = clock
        self._sent: deque[float] = deque(maxlen=_MOST_A_MINUTE)
        self._missing_since: float | None = None
        self._http = httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False)

    async def send(self, part: Part) -> None:
        """Show one message in the group; it can neither be changed nor answered later.

        Raises:
            TryLater, Lost, NeverWill: see `PlatformAdapter`.
        """
        self._take_turn()
        if isinstance(part.upload, File):
            await self._post(part.body(await self._upload(part.upload)))
        elif isinstance(part.upload, Picture):
            await self._post(_picture(part.upload).body())
        else:
            await self._post(part.body())

    async def close(self) -> None:
        """Close every connection. Idempotent."""
        await self._http.aclose()

    async def _post(self, body: Json) -> None:
        await self._called(self._http.build_request("POST", self._url, json=body))

    async def _upload(self, file: File) -> str:
        """The id of a file, good for this group only.

        Raises:
            TryLater, NeverWill: nothing was shown.
        """
        files = {"media": (plain(file.name, "file"), file.data)}
        request = self._http.build_request("POST", self._upload_url(), files=files)
        try:
            return words((await self._called(request)).get("media_id"))
        except Lost as lost:
            raise TryLater(5.0, str(lost)) from None

    def _take_turn(self) -> None:
        """Keep the pace here: what is sent over it is refused, and the robot blocked."""
        now = self._clock.monotonic()
        if len(self._sent) == _MOST_A_MINUTE and now - self._sent[0] < _MINUTE_S:
            raise TryLater(_MINUTE_S - (now - self._sent[0]), "pace")
        self._sent.append(now)

    async def _called(self, request: httpx.Request) -> Json:
        try:
            said = outcomes.answer(await self._http.send(request), (self._key,))
        except Refusal as refusal:
            raise self._meaning(refusal) from refusal
        except httpx.HTTPError as fault:
            raise outcomes.network(fault) from None  # its request holds the key
        self._missing_since = None
        return said

    def _meaning(self, refusal: Refusal) -> TryLater | NeverWill:
        if refusal.code == _TOO_OFTEN:
            return TryLater(_MINUTE_S, str(refusal.code))
        if refusal.code in outcomes.BUSY:
            return outcomes.meaning(refusal)
        if refusal.code != _NO_ROBOT:
            return NeverWill(str(refusal))
        now = self._clock.monotonic()
        if self._missing_since is None:
            self._missing_since = now
        if now - self._missing_since < _PATIENCE_S:
            return TryLater(_MINUTE_S, str(refusal.code))
        return NeverWill(str(refusal), unreachable=True)

    def _upload_url(self) -> str:
        """Beside the address for messages, with the same key."""
        address = urlsplit(self._url)
        path = address.path.rpartition("/")[0] + "/upload_media"
        return address._replace(path=path, query=f"{address.query}&type=file").geturl()


def _picture(picture: Picture) -> Part:
    """A picture as it stands in a message.

    Raises:
        NeverWill: it is too large for a webhook.
    """
    if len(picture.data) > _MOST_PICTURE:
        raise NeverWill("too_large")
    md5 = hashlib.md5(picture.data, usedforsecurity=False).hexdigest()  # the platform's choice
    return Part("image", {"base64": base64.b64encode(picture.data).decode(), "md5": md5})
