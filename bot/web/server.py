"""The one small web server: routes put together, and served in the bot's own loop."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from bot.web.guard import WithHeaders

METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

Health = Callable[[], Awaitable[tuple[bool, dict[str, object]]]]
"""Whether the bot is well, and what is known of its parts."""
Metrics = Callable[[], Awaitable[bytes]]
"""The figures in Prometheus's text form."""


def make_app(
    *,
    health: Health,
    metrics: Metrics,
    routes: Sequence[BaseRoute] = (),
    sandbox: ASGIApp | None = None,
) -> Starlette:
    """The pages: `/healthz`, `/metrics`, what features and platforms add, and the sandbox where nothing else is."""

    async def healthz(_request: Request) -> Response:
        well, parts = await health()
        return JSONResponse({"ok": well, **parts}, status_code=200 if well else 503)

    async def metricsz(_request: Request) -> Response:
        return Response(await metrics(), headers={"content-type": METRICS_TYPE})

    own: list[BaseRoute] = [Route("/healthz", healthz), Route("/metrics", metricsz), *routes]
    if sandbox is not None:
        own.append(Mount("/", app=sandbox))
    return Starlette(routes=own, middleware=[Middleware(WithHeaders)])


class _Server(uvicorn.Server):
    """Leaves the signals to the bot, and says when it answers."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


async def serve(app: ASGIApp, host: str, port: int, ready: Callable[[str, int], None] | None = None) -> None:
    """Serve until cancelled, then close what is open within two seconds.

    `ready` hears host and port once the server answers; port 0 takes a free one.

    Raises:
        OSError: the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family) as listening:
        config = uvicorn.Config(
            app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1, server_header=False
        )
        address = (host, int(listening.getsockname()[1]))
        server = _Server(config, lambda: ready(*address) if ready else None)
        running = asyncio.ensure_future(server.serve(sockets=[listening]))
        try:
            await asyncio.shield(running)
        finally:
            server.should_exit = True
            await asyncio.wait({running})
