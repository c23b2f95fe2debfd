"""Commands beside a running bot: a socket on this machine, a token only the same user can read, JSON lines."""

import asyncio
import json
import os
import secrets
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import structlog

log = structlog.get_logger(__name__)

_LINE: Final = 32 * 1024 * 1024  # an import of a whole county is far below
_SOCKET_PATH: Final = 100  # bytes; systems allow 104 to 108
_WAIT_S: Final = 10.0  # for the token, and for the first answer

Json = dict[str, Any]  # Any: foreign JSON, checked where it is used
Tell = Callable[[int, int], Awaitable[None]]
"""Hears how much is done, and of how much; 0 where that is not known."""
Job = Callable[[str, Json, Tell], Awaitable[Json]]


class JobFailed(Exception):
    """A job could not be done: `key` and `fields` of a sentence in the catalogue of the command line.

    A sentence would come in the bot's language, and the person at the terminal may read another one.
    """

    def __init__(self, key: str, **fields: object) -> None:
        super().__init__(key, fields)
        self.key = key
        self.fields = fields


class NotAnswering(JobFailed):
    """The process that holds the database does not hear commands."""


@dataclass(frozen=True, slots=True)
class _Address:
    """Where the bot listens. Written with mode 0600, so the token proves to be the same user."""

    token: str
    path: str = ""
    port: int = 0

    def write(self, file: Path) -> None:
        file.unlink(missing_ok=True)
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            json.dump({"token": self.token, "path": self.path, "port": self.port}, out)

    @classmethod
    def read(cls, file: Path) -> Self:
        return cls(**json.loads(file.read_text("utf-8")))


def _files(database: Path) -> tuple[Path, Path]:
    """Beside the database: the file with the address, and the socket."""
    resolved = database.resolve()
    return Path(f"{resolved}.control"), Path(f"{resolved}.sock")


class ControlServer:
    """Hears commands while it is entered. `job` is called with one of `names`; only one connection a command."""

    def __init__(self, database: Path, job: Job, names: Collection[str]) -> None:
        self._address_file, self._socket = _files(database)
        self._job = job
        self._names = names
        self._token = secrets.token_urlsafe(32)
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        if sys.platform != "win32" and len(os.fsencode(self._socket)) <= _SOCKET_PATH:
            self._socket.unlink(missing_ok=True)  # left by a crash; the lock file says that nobody else is here
            self._server = await asyncio.start_unix_server(self._connected, self._socket, limit=_LINE)
            self._socket.chmod(0o600)
            address = _Address(self._token, path=str(self._socket))
        else:
            self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0, limit=_LINE)
            address = _Address(self._token, port=self._server.sockets[0].getsockname()[1])
        address.write(self._address_file)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._address_file.unlink(missing_ok=True)
        if self._server is not None:
            self._server.close()
        self._socket.unlink(missing_ok=True)
        for task in self._serving:
            task.cancel()
        if self._serving:
            await asyncio.wait(self._serving)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._serving.add(task)
            task.add_done_callback(self._serving.discard)
        try:
            await self._answer(reader, writer)
        except (ConnectionError, TimeoutError, ValueError) as fault:  # gone, silent, or too long a line
            log.info("command_lost", error=type(fault).__name__)
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(**line: object) -> None:
            writer.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
            await writer.drain()

        async def tell(done: int, of: int) -> None:
            await say(done=done, of=of)

        async with asyncio.timeout(_WAIT_S):
            asked = _request(await reader.readline())
        if asked is None or not secrets.compare_digest(asked[0].encode(), self._token.encode()):
            log.warning("command_refused")
            await say(fault="control.wrong_token", fields={})
            return
        _, name, args = asked
        if name not in self._names:
            await say(fault="control.other_version", fields={"job": name})
            return
        log.info("command", job=name)
        try:
            await say(result=await self._job(name, args, tell))
        except JobFailed as fault:
            await say(fault=fault.key, fields={name: str(value) for name, value in fault.fields.items()})


def _request(line: bytes) -> tuple[str, str, Json] | None:
    try:
        asked = json.loads(line)
        return str(asked["token"]), str(asked["job"]), dict(asked["args"])
    except (ValueError, TypeError, KeyError):
        return None


async def ask(database: Path, job: str, args: Mapping[str, object], tell: Tell) -> Json:
    """Have the bot that holds `database` do a job; returns its result.

    Raises:
        NotAnswering: nobody hears commands there.
        JobFailed: it could not be done.
    """
    async with _connection(database) as (token, reader, writer):
        asked = {"token": token, "job": job, "args": dict(args)}
        writer.write(json.dumps(asked, ensure_ascii=False).encode() + b"\n")
        await writer.drain()
        while line := await reader.readline():
            said: Json = json.loads(line)
            if "fault" in said:
                raise JobFailed(str(said["fault"]), **dict(said["fields"]))
            if "result" in said:
                return dict(said["result"])
            await tell(int(said["done"]), int(said["of"]))
    raise NotAnswering("control.ended")


@asynccontextmanager
async def _connection(
    database: Path,
) -> AsyncGenerator[tuple[str, asyncio.StreamReader, asyncio.StreamWriter]]:
    try:
        address = _Address.read(_files(database)[0])
        async with asyncio.timeout(_WAIT_S):
            reader, writer = await _open(address)
    except (OSError, ValueError, TypeError) as fault:
        raise NotAnswering("control.silent", database=database, why=type(fault).__name__) from fault
    try:
        yield address.token, reader, writer
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def _open(address: _Address) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if address.path and sys.platform != "win32":
        return await asyncio.open_unix_connection(address.path, limit=_LINE)
    return await asyncio.open_connection("127.0.0.1", address.port, limit=_LINE)
