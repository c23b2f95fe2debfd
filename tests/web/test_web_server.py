"""The server itself: health, figures, and a clean end."""

import asyncio
import signal
import socket
import time

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from bot.web.server import make_app, serve
from tests.web.conftest import Sandbox


async def healthy() -> tuple[bool, dict[str, object]]:
    return True, {"database": "ok"}


async def ill() -> tuple[bool, dict[str, object]]:
    return False, {"database": "gone"}


async def figures() -> bytes:
    return b"wudayuan_up 1\n"


async def test_health_and_figures(sandbox: Sandbox) -> None:
    async with sandbox.browser() as client:
        health, metrics = await client.get("/healthz"), await client.get("/metrics")
    assert (health.status_code, health.json()) == (200, {"ok": True, "database": "ok"})
    assert (metrics.status_code, metrics.content) == (200, b"wudayuan_up 1\n")
    assert metrics.headers["content-type"].startswith("text/plain; version=0.0.4")


async def test_without_the_sandbox_there_is_no_page_and_the_routes_given_are_open_to_others() -> None:
    async def callback(_request: object) -> PlainTextResponse:
        return PlainTextResponse("taken")

    app = make_app(health=ill, metrics=figures, routes=[Route("/callback", callback, methods=["POST"])])
    transport = httpx.ASGITransport(app, client=("203.0.113.9", 4000))
    async with httpx.AsyncClient(transport=transport, base_url="https://bot.example") as client:
        assert (await client.get("/")).status_code == 404
        assert (await client.get("/healthz")).status_code == 503
        assert (await client.post("/callback", content=b"x")).text == "taken"


async def test_it_ends_soon_after_the_cancel_though_a_page_is_open_and_leaves_signals_alone(sandbox: Sandbox) -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    async with httpx.AsyncClient(timeout=10) as client:
        async with sandbox.served() as address:
            opened = await client.send(client.build_request("GET", f"{address}/sandbox/events"), stream=True)
            assert opened.status_code == 200
            assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before
            began = time.monotonic()
        assert time.monotonic() - began < 5
        with pytest.raises(httpx.ConnectError):
            await client.get(f"{address}/healthz")
        await opened.aclose()


async def test_a_taken_port_is_an_error_that_can_be_told() -> None:
    app = make_app(health=healthy, metrics=figures)
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        await asyncio.wait_for(serve(app, "127.0.0.1", int(taken.getsockname()[1])), 10)
