"""As much of HTTP/1.1 as clients of the Bot API speak: kept connections, JSON, forms and multipart bodies."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

_REASONS: Final = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
                   409: "Conflict", 429: "Too Many Requests", 502: "Bad Gateway"}  # fmt: skip
_PARAMETER: Final = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a request."""

    name: str
    data: bytes = field(repr=False)
    mime: str = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Request:
    verb: str
    path: str
    query: str
    headers: dict[str, str]  # names in lower case
    body: bytes = field(repr=False)

    def params(self) -> dict[str, Any]:
        """Parameters and uploads by name, as they were sent.

        Raises:
            ValueError, LookupError: the body is not what it says it is.
        """
        kind = self.headers.get("content-type", "")
        found: dict[str, Any] = dict(parse_qsl(self.query, keep_blank_values=True))
        if kind.startswith("multipart/form-data"):
            return found | _parts(self.body, kind.partition("boundary=")[2].strip('"'))
        if kind.startswith("application/json"):
            return found | json.loads(self.body or b"{}")
        return found | dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class Answer:
    """`whole` unset: only half of the body is sent, then the connection ends."""

    status: int
    body: bytes
    kind: str = "application/json"
    whole: bool = True

    def sent(self) -> bytes:
        reason = _REASONS.get(self.status, "Unknown")
        head = (
            f"HTTP/1.1 {self.status} {reason}\r\nContent-Type: {self.kind}\r\nContent-Length: {len(self.body)}\r\n\r\n"
        )
        return head.encode() + (self.body if self.whole else self.body[: len(self.body) // 2])


class Server:
    """Answers every request by `answer`; where that gives None the connection is dropped without a word."""

    def __init__(self, answer: Callable[[Request], Awaitable[Answer | None]]) -> None:
        self._answer = answer
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._failures: list[BaseException] = []

    async def start(self, port: int = 0) -> int:
        """Listen on the loopback address; returns the port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port, backlog=1024)
        address: tuple[str, int] = self._server.sockets[0].getsockname()
        return address[1]

    async def stop(self) -> None:
        """End all connections; an error of this server itself comes up here, so that no test passes over it."""
        if self._server is not None:
            self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        if self._failures:
            raise self._failures[0]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        task.add_done_callback(self._ended)
        try:
            while (request := await _read(reader)) is not None:
                answer = await self._answer(request)
                if answer is None:
                    break
                writer.write(answer.sent())
                await writer.drain()
                if not answer.whole:
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client is gone, as clients may
        except asyncio.CancelledError:
            pass  # `stop`
        finally:
            writer.close()

    def _ended(self, connection: asyncio.Task[None]) -> None:
        self._connections.discard(connection)
        if not connection.cancelled() and (failure := connection.exception()) is not None:
            self._failures.append(failure)


async def _read(reader: asyncio.StreamReader) -> Request | None:
    """The next request of a connection; None at its end."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head[:-4].decode("latin-1").split("\r\n")
    verb, target, _ = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    path, _, query = target.partition("?")
    return Request(verb, unquote(path), query, headers, body)


def _parts(body: bytes, boundary: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary.encode())[1:-1]:
        head, _, data = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        header = head.decode()
        names = dict(_PARAMETER.findall(header))
        if "filename" in names:
            mime = re.search(r"(?i)^content-type:\s*(\S+)", header, re.M)
            found[names["name"]] = Upload(names["filename"], data, mime[1] if mime else "application/octet-stream")
        else:
            found[names["name"]] = data.decode()
    return found
