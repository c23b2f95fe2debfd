"""Calls to the Bot API through python-telegram-bot's `Bot`, and what their faults mean."""

import asyncio
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
from telegram import Bot, InputFile, InputMediaPhoto
from telegram.error import (
    BadRequest,
    ChatMigrated,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest
from telegram.warnings import PTBUserWarning

from bot.chat.events import Platform
from bot.chat.platform import (
    Elsewhere,
    FetchLater,
    FetchNever,
    File,
    Lost,
    NeverWill,
    NothingToEdit,
    Picture,
    TryLater,
    Unusable,
)
from bot.platforms.telegram.account import Account
from bot.platforms.telegram.ids import items, table

warnings.filterwarnings("ignore", r"Please use 'Bot\.", PTBUserWarning)  # raw answers are what we want

CLOUD: Final = "https://api.telegram.org/bot"
CLOUD_FILES: Final = "https://api.telegram.org/file/bot"
AT_ONCE: Final = 8  # connections: four sends, downloads, and answers to presses beside them
_CONNECT_S, _READ_S, _WRITE_S, _MEDIA_S, _POOL_S = 5.0, 20.0, 20.0, 60.0, 30.0
_DOWNLOAD_S: Final = 30.0
_AGAIN_S: Final = 5.0  # without a network
_TOKEN_S: Final = 60.0  # while the token is refused: a gate of a hotel's network says so as well
_GONE: Final = ("message to edit not found", "message can't be edited", "message_id_invalid")
_NOBODY: Final = ("chat not found", "user not found", "peer_id_invalid", "chat_id_invalid")
_SAME: Final = "message is not modified"


@dataclass(frozen=True, slots=True)
class Call:
    """One request: its method, its parameters as JSON, and the pictures or files that go along under these names."""

    method: str
    params: Mapping[str, object]
    files: Mapping[str, Picture | File] = field(default_factory=dict[str, Picture | File])


class Api:
    """One bot's connection. `base_url` and `file_base_url` end where the token begins.

    Proxies of the environment are not looked at: what goes where is in the settings.
    """

    def __init__(self, token: str, *, base_url: str = CLOUD, file_base_url: str = CLOUD_FILES, proxy: str = "") -> None:
        self._files = f"{file_base_url}{token}"
        self._proxy = proxy or None
        quiet = {"trust_env": False}
        self._receiver = HTTPXRequest(
            1, connect_timeout=_CONNECT_S, pool_timeout=_POOL_S, proxy=self._proxy, httpx_kwargs=quiet
        )
        self._sender = HTTPXRequest(
            AT_ONCE, read_timeout=_READ_S, write_timeout=_WRITE_S, connect_timeout=_CONNECT_S,
            pool_timeout=_POOL_S, media_write_timeout=_MEDIA_S, proxy=self._proxy, httpx_kwargs=quiet,
        )  # fmt: skip
        self._bot = Bot(
            token,
            base_url=base_url,
            base_file_url=file_base_url,
            request=self._sender,
            get_updates_request=self._receiver,
        )
        timeout = httpx.Timeout(_READ_S, connect=_CONNECT_S, read=_DOWNLOAD_S)
        self._download = httpx.AsyncClient(timeout=timeout, proxy=self._proxy, trust_env=False)

    async def call(self, method: str, params: Mapping[str, object] | None = None, read_s: float = _READ_S) -> Any:
        """The result of a method as JSON.

        Raises:
            TelegramError: see `asked` and `sent` for what it means.
        """
        return await self._bot.do_api_request(method, dict(params or {}), read_timeout=read_s)

    async def send(self, call: Call) -> Any:
        """The result of a method that sends or changes something; None if there was nothing to change.

        Raises:
            TryLater, Lost, NeverWill, Elsewhere: it was not, or perhaps, or will never be sent.
        """
        try:
            return await self.call(call.method, {**call.params, **_uploads(call)})
        except BadRequest as fault:
            if _SAME in fault.message.lower():
                return None
            raise _outcome(fault) from fault
        except TelegramError as fault:
            raise _outcome(fault) from fault

    async def me(self) -> Account:
        """The bot's own account.

        Raises:
            Unusable: the token is not accepted.
            TelegramError: it could not be asked.
        """
        try:
            return Account.read(table(await self.call("getMe")))
        except (InvalidToken, EndPointNotFound) as fault:
            raise Unusable(Platform.TELEGRAM) from fault

    async def updates(self, offset: int | None, wait_s: int, kinds: Sequence[str]) -> Sequence[object]:
        """Updates from `offset` on, which confirms all before it; waits for one so many seconds.

        Raises:
            TelegramError: none could be had.
        """
        params: dict[str, object] = {"timeout": wait_s, "allowed_updates": list(kinds)}
        if offset is not None:
            params["offset"] = offset
        found = await self.call("getUpdates", params, read_s=wait_s + _READ_S / 2)
        return items(found)

    async def download(self, ref: str, most_bytes: int) -> bytes:
        """The bytes of a file, stopped over `most_bytes`.

        Raises:
            FetchLater: not now.
            FetchNever: too large.
        """
        path = await self._path(ref, most_bytes)
        data = bytearray()
        try:
            async with self._download.stream("GET", f"{self._files}/{path}") as answer:
                if not answer.is_success:
                    raise FetchLater(f"status {answer.status_code}")  # an expired link is asked for anew
                async for part in answer.aiter_bytes():
                    data += part
                    if len(data) > most_bytes:
                        raise FetchNever("too_large")
        except httpx.HTTPError as fault:
            raise FetchLater(type(fault).__name__) from None  # its text holds the address, and that the token
        return bytes(data)

    async def _path(self, ref: str, most_bytes: int) -> str:
        """Where a file is, good for an hour at least."""
        try:
            file = table(await self.call("getFile", {"file_id": ref}))
        except BadRequest as fault:
            if "too big" in fault.message.lower():
                raise FetchNever("too_large") from fault
            raise FetchLater("refused") from fault  # "temporarily unavailable" and "wrong" are one text
        except TelegramError as fault:
            raise FetchLater(type(fault).__name__) from fault
        size, path = file.get("file_size"), file.get("file_path")
        if isinstance(size, int) and size > most_bytes:
            raise FetchNever("too_large")
        if not isinstance(path, str) or not path or path.startswith("/") or ".." in path.split("/"):
            raise FetchLater("no path")  # also of a server of one's own in local mode, whose disk is not ours
        return path

    async def renew(self) -> None:
        """Close the connection of `updates` and begin anew: one that has hung may never end by itself."""
        await self._receiver.shutdown()
        await self._receiver.initialize()

    async def close(self) -> None:
        """Close every connection. Idempotent."""
        await asyncio.gather(self._sender.shutdown(), self._receiver.shutdown(), self._download.aclose())


def _uploads(call: Call) -> dict[str, object]:
    """Pictures and files of a call, as bytes only: a text might be a path, which the library would upload."""
    if call.method != "sendMediaGroup":
        return {name: InputFile(file.data, filename=file.name) for name, file in call.files.items()}
    # An album's items have to be of the library's own kind; it names the parts itself.
    files = [InputFile(file.data, filename=file.name, attach=True) for file in call.files.values()]
    return {"media": [InputMediaPhoto(file) for file in files]}


def _outcome(fault: TelegramError) -> TryLater | Lost | NeverWill | Elsewhere:
    """What became of a send, from the fault it met. `BadRequest` and `TimedOut` are kinds of `NetworkError`."""
    match fault:
        case RetryAfter():
            return TryLater(_seconds(fault), "flood")
        case ChatMigrated():
            return Elsewhere(str(fault.new_chat_id))
        case Forbidden():
            return NeverWill("forbidden", unreachable=True)
        case BadRequest():
            return _refused(fault.message.lower())
        case InvalidToken() | EndPointNotFound():
            return TryLater(_TOKEN_S, "token", chat_only=False)
        case NetworkError():
            return _unanswered(fault)
        case _:
            return Lost(type(fault).__name__)  # an answer that is none: it may have been done


def _refused(why: str) -> NeverWill:
    if any(gone in why for gone in _GONE):
        return NothingToEdit("gone")
    return NeverWill(f"bad request: {why[:80]}", unreachable=any(nobody in why for nobody in _NOBODY))


def _unanswered(fault: NetworkError) -> TryLater | Lost:
    """Whether the request can have been taken, from what lies below the library's own fault."""
    cause = fault.__cause__
    if isinstance(cause, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.ProxyError):
        return TryLater(_AGAIN_S, "no connection", chat_only=False)
    if isinstance(fault, TimedOut) or cause is not None:
        return Lost(type(cause or fault).__name__)
    return TryLater(_AGAIN_S, "server", counts=True)  # 5xx: as a rule it was not done


def _seconds(fault: RetryAfter) -> float:
    after = fault.retry_after
    return float(after if isinstance(after, int | float) else after.total_seconds())
