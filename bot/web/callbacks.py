"""Where chat platforms hand their updates over."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

TELEGRAM_HEADER: Final = "x-telegram-bot-api-secret-token"  # Bot API, setWebhook

Receive = Callable[[str, bytes], Awaitable[int]]
"""Takes the word by which the caller is known, and the body; the status to answer, 200 only after the commit."""
Query = Mapping[str, str]
UrlCheck = Callable[[Query], str | None]
"""Takes what stands in the address; the words that prove that it is ours, None if it was not the platform who asks."""
ReceiveSigned = Callable[[Query, bytes], Awaitable[int]]
"""Takes what stands in the address, and the body; the status to answer, 200 only after the commit."""


def telegram_route(path: str, receive: Receive, most_bytes: int) -> BaseRoute:
    """The route of Telegram's updates. A body over `most_bytes` is not read to its end."""

    async def take(request: Request) -> Response:
        body = await _body(request, most_bytes)
        return Response(status_code=await receive(request.headers.get(TELEGRAM_HEADER, ""), body))

    return Route(path, take, methods=["POST"])


def wecom_routes(path: str, url_check: UrlCheck, receive: ReceiveSigned, most_bytes: int) -> Sequence[BaseRoute]:
    """The routes of WeCom's app: the address is checked when it is entered in the console, and gets what people say.

    A body over `most_bytes` is not read to its end. Who is refused hears nothing but that.
    """

    async def check(request: Request) -> Response:
        echo = url_check(request.query_params)
        return Response(status_code=403) if echo is None else PlainTextResponse(echo)

    async def take(request: Request) -> Response:
        return Response(status_code=await receive(request.query_params, await _body(request, most_bytes)))

    return Route(path, check, methods=["GET"]), Route(path, take, methods=["POST"])


async def _body(request: Request, most_bytes: int) -> bytes:
    """What was sent, or a little more than `most_bytes` of it: whoever takes it sees that it is too large."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most_bytes:
            break
    return bytes(body)
