"""How calls of the app are made: with its token, which stands in every address and is never told to anybody."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeVar

import httpx

from bot.chat.platform import FetchNever, File, Lost, Picture, TryLater
from bot.platforms.wecom import outcomes
from bot.platforms.wecom.app_token import AccessToken, Clock, Token
from bot.platforms.wecom.filenames import plain
from bot.platforms.wecom.kinds import Json, Misconfigured, Refusal, table

T = TypeVar("T")

_TIMEOUT: Final = httpx.Timeout(20.0, connect=5.0, pool=30.0)
_UPLOAD: Final = httpx.Timeout(60.0, connect=5.0, pool=30.0)
_AT_ONCE: Final = 8
_AGAIN_S: Final = 5.0
_LARGEST_REFUSAL: Final = 4096  # bytes; what is larger is a file


class AppCalls:
    """`base_url` ends before the name of a call. Proxies of the environment are not looked at."""

    def __init__(self, corp_id: str, secret: str, clock: Clock, base_url: str) -> None:
        self._corp_id, self._secret = corp_id, secret
        self._base = base_url.rstrip("/")
        self._token = AccessToken(self._fetch_token, clock)
        self._http = httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False, limits=httpx.Limits(max_connections=_AT_ONCE))

    async def do(self, name: str, body: Mapping[str, object]) -> Json:
        """Do something, once.

        Raises:
            TryLater, Lost, NeverWill: it was not, or perhaps, or will never be done.
        """
        try:
            return await self._with_token(lambda token: self._called(name, token, {}, body))
        except Refusal as refusal:
            raise outcomes.meaning(refusal) from refusal
        except httpx.HTTPError as fault:
            raise outcomes.network(fault) from None  # its request holds the token

    async def read(self, name: str, params: Mapping[str, str] | None = None, body: Json | None = None) -> Json:
        """Ask something; with a `body` it is posted.

        Raises:
            TryLater: not now.
            Refusal: it is not answered to us.
        """
        return await self._harmless(lambda token: self._called(name, token, params or {}, body))

    async def upload(self, kind: str, what: Picture | File) -> Json:
        """Hand over a file.

        Raises:
            TryLater: not now.
            Refusal: it is not accepted.
        """
        files = {"media": (plain(what.name, kind), what.data)}

        async def once(token: Token) -> Json:
            query = {"access_token": token.value, "type": kind}
            made = self._http.build_request(
                "POST", self._url("media/upload"), params=query, files=files, timeout=_UPLOAD
            )
            return await self._asked(made, token)

        return await self._harmless(once)

    async def download(self, media_id: str, most_bytes: int) -> bytes:
        """The bytes of a file.

        Raises:
            TryLater: not now.
            Refusal: it is not given.
            FetchNever: it is larger than `most_bytes`.
        """

        async def once(token: Token) -> bytes:
            query = {"access_token": token.value, "media_id": media_id}
            return await self._streamed(
                self._http.build_request("GET", self._url("media/get"), params=query), most_bytes
            )

        return await self._harmless(once)

    async def renew(self) -> None:
        """See that there is a token.

        Raises:
            Misconfigured: there is none for these settings.
            TryLater: not now.
        """
        await self._token.get()

    async def close(self) -> None:
        """Close every connection. Idempotent."""
        await self._http.aclose()

    async def _harmless(self, call: Callable[[Token], Awaitable[T]]) -> T:
        """A call that may be made again without anybody noticing."""
        try:
            return await self._with_token(call)
        except Refusal as refusal:
            meant = outcomes.meaning(refusal)
            if isinstance(meant, TryLater):
                raise meant from refusal
            raise
        except (httpx.HTTPError, Lost) as fault:
            raise TryLater(_AGAIN_S, type(fault).__name__) from None  # its request holds the token

    async def _with_token(self, call: Callable[[Token], Awaitable[T]]) -> T:
        """`call` with a token, and once more with a new one if the server does not take it any longer."""
        token = await self._token.get()
        try:
            return await call(token)
        except Refusal as refusal:
            if refusal.code not in outcomes.EXPIRED_TOKEN:
                raise
        return await call(await self._token.get(refused=token))

    async def _fetch_token(self) -> Json:
        """Nothing was done yet when this fails."""
        query = {"corpid": self._corp_id, "corpsecret": self._secret}
        try:
            return outcomes.answer(await self._http.get(self._url("gettoken"), params=query), (self._secret,))
        except Refusal as refusal:
            meant = outcomes.meaning(refusal)
            raise meant if isinstance(meant, TryLater) else Misconfigured(refusal.code) from None
        except (httpx.HTTPError, Lost) as fault:
            raise TryLater(_AGAIN_S, f"token: {type(fault).__name__}") from None

    async def _called(self, name: str, token: Token, params: Mapping[str, str], body: Json | None) -> Json:
        query = {"access_token": token.value, **params}
        method = "GET" if body is None else "POST"
        return await self._asked(self._http.build_request(method, self._url(name), params=query, json=body), token)

    async def _asked(self, request: httpx.Request, token: Token) -> Json:
        return outcomes.answer(await self._http.send(request), (token.value, self._secret))

    async def _streamed(self, request: httpx.Request, most_bytes: int) -> bytes:
        data = bytearray()
        response = await self._http.send(request, stream=True)
        try:
            async for part in response.aiter_bytes():
                data += part
                if len(data) > max(most_bytes, _LARGEST_REFUSAL):
                    break
        finally:
            await response.aclose()
        _see_a_file(response, data)
        if len(data) > most_bytes:
            raise FetchNever("too_large")
        return bytes(data)

    def _url(self, name: str) -> str:
        return f"{self._base}/{name}"


def _see_a_file(response: httpx.Response, data: bytearray) -> None:
    """A file is answered as it is, a refusal as JSON, both with status 200.

    Raises:
        Refusal, TryLater: it is no file.
    """
    if response.is_error:
        raise TryLater(_AGAIN_S, f"status {response.status_code}")
    if not data.startswith(b"{") or len(data) > _LARGEST_REFUSAL:
        return
    try:
        said: Any = json.loads(data)
    except ValueError:
        return
    code = table(said).get("errcode")
    if isinstance(code, int) and code:
        raise Refusal(code, "")
