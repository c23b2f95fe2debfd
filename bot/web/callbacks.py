"""Where chat platforms hand their updates over."""

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

TELEGRAM_HEADER: Final = "x-telegram-bot-api-secret-token"  # Bot API, setWebhook

Receive = Callable[[str, bytes], Awaitable[int]]
"""Takes the word by which the caller is known, and the body; the status to answer, 200 only after the commit."""


def telegram_route(path: str, receive: Receive, most_bytes: int) -> BaseRoute:
    """The route of Telegram's updates. A body over `most_bytes` is not read to its end."""

    async def take(request: Request) -> Response:
        body = bytearray()
        async for part in request.stream():
            body += part
            if len(body) > most_bytes:
                break  # `receive` sees that it is too large
        return Response(status_code=await receive(request.headers.get(TELEGRAM_HEADER, ""), bytes(body)))

    return Route(path, take, methods=["POST"])
