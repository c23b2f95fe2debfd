"""The bot's side of image intake: a worker process on demand, one request at a time, ended when it is idle."""

import asyncio
import importlib.util
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Final, Self, TypeVar

import structlog

from bot.engine.imaging.frames import BadFrame, Frame
from bot.engine.imaging.prepared import Prepared, Reason, Unreadable
from bot.engine.imaging.process import Crashed, TooSlow, WorkerProcess, WorkerUnusable
from bot.engine.imaging.replies import read_drawn, read_prepared, read_reply
from bot.engine.imaging.settings import Limits, Settings
from bot.engine.imaging.sniff import Kind, sniff

log = structlog.get_logger(__name__)

_OPENED: Final = frozenset({Kind.JPEG, Kind.PNG, Kind.WEBP})
_TRIES: Final = 2
_T = TypeVar("_T")


class NoSuchDrawing(LookupError):
    """A drawing was asked for that is not on the list the worker was made with: a bug of ours."""


class ImageWorker:
    """A process that opens and draws pictures, with limits and without secrets.

    `drawings` maps the names that may be drawn to `module:function`; a function takes its arguments as JSON text and
    a list of pictures as bytes, and returns the drawn file. Requests from many tasks are served in the order they
    came; a request's limits do not count its waiting. Use it in one event loop, and `close` it there.
    """

    def __init__(self, limits: Limits | None = None, drawings: Mapping[str, str] | None = None) -> None:
        self._settings = Settings(limits or Limits(), dict(drawings or {}))
        self._turn = asyncio.Lock()
        self._worker: WorkerProcess | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._closed = False

    @property
    def pid(self) -> int | None:
        """Process id of the worker, None while there is none."""
        return self._worker.pid if self._worker else None

    async def prepare(self, data: bytes) -> Prepared:
        """Check, clean and measure a picture as it came.

        Raises:
            Unreadable: it is refused, and why.
            WorkerUnusable: no worker can be had.
        """
        if len(data) > self._settings.limits.bytes:
            raise Unreadable(Reason.TOO_LARGE)
        kind = sniff(data)
        if kind not in _OPENED and not (kind is Kind.HEIC and _opens_heic()):
            raise Unreadable(Reason.KIND, kind)
        return await self._serve(Frame({"do": "prepare"}, (data,)), read_prepared)

    async def draw(self, name: str, arguments: str, pictures: Sequence[bytes] = ()) -> bytes:
        """Draw one of the listed drawings; `arguments` is JSON text.

        Raises:
            NoSuchDrawing: `name` is not listed.
            Unreadable: the drawing failed twice, or took too long; the worker has written where to standard error.
            WorkerUnusable: no worker can be had.
        """
        if name not in self._settings.drawings:
            raise NoSuchDrawing(name)
        request = Frame({"do": "draw", "name": name, "arguments": arguments}, tuple(pictures))
        return await self._serve(request, read_drawn)

    async def close(self) -> None:
        """End the worker at once and start no other; a request under way fails with WorkerUnusable."""
        self._closed = True
        await self._kill()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        await self.close()

    async def _serve(self, request: Frame, read: Callable[[Frame], _T]) -> _T:
        async with self._turn:
            for attempt in range(_TRIES):
                try:
                    return read(read_reply(await self._asked(request)))
                except BadFrame:
                    await self._kill()
                    log.warning("image_worker_talks_nonsense", attempt=attempt + 1)
                except Crashed:
                    log.warning("image_worker_crashed", attempt=attempt + 1)
            raise Unreadable(Reason.BROKEN)

    async def _asked(self, request: Frame) -> Frame:
        worker = await self._running()
        try:
            reply = await worker.ask(request)
        except TooSlow:
            self._put_away()
            raise Unreadable(Reason.TIME) from None
        except (Crashed, asyncio.CancelledError):
            self._put_away()
            raise
        self._idle = asyncio.get_running_loop().call_later(self._settings.limits.idle_s, self._rest)
        return reply

    async def _running(self) -> WorkerProcess:
        """The worker, started if there is none."""
        if self._closed:
            raise WorkerUnusable("image worker is closed")
        if self._idle is not None:
            self._idle.cancel()
        if self._worker is None or not self._worker.alive:
            self._worker = await WorkerProcess.start(self._settings)
        return self._worker

    async def _kill(self) -> None:
        worker = self._put_away()
        if worker is not None:
            await worker.kill()

    def _rest(self) -> None:
        worker = self._put_away()
        if worker is not None:
            worker.end()

    def _put_away(self) -> WorkerProcess | None:
        """Forget the worker; returns it."""
        if self._idle is not None:
            self._idle.cancel()
        worker, self._worker, self._idle = self._worker, None, None
        return worker


def _opens_heic() -> bool:
    return importlib.util.find_spec("pillow_heif") is not None
