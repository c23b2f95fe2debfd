"""The web addresses of the running bot, apart from health, figures and sandbox."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from starlette.routing import BaseRoute

from bot.app.chats import TELEGRAM_PATH, WECOM_PATH
from bot.app.opening import Opened
from bot.chat.events import Platform
from bot.chat.platform import Raw
from bot.engine.clock import Clock
from bot.engine.intake import Intake
from bot.web.callbacks import telegram_route, wecom_routes
from bot.web.case_page import CasePages, CaseParts

if TYPE_CHECKING:
    from bot.platforms.telegram import TelegramPlatform
    from bot.platforms.wecom import WeComPlatform

Current = Callable[[], Intake]
"""The engine's intake at this moment: the demo changes engines."""


def case_pages(parts: Opened, clock: Clock, intake: Current) -> Sequence[BaseRoute]:
    """The pages of cases; none without a public address, as nobody is sent a link then."""
    if parts.town.public_url is None:
        return ()
    return CasePages(
        CaseParts(
            database=parts.database, blobs=parts.blobs, signer=parts.signer, town=parts.town, texts=parts.texts,
            clock=clock, store=lambda arrivals: intake().store(arrivals), public_url=parts.town.public_url,
            most_photo_bytes=parts.settings.images.max_bytes,
        )
    ).routes()  # fmt: skip


def callbacks(
    telegram: "TelegramPlatform | None", wecom: "WeComPlatform | None", intake: Current
) -> Sequence[BaseRoute]:
    """Where platforms hand over what people said, in whichever process gets it."""
    found: list[BaseRoute] = []
    if telegram is not None and not telegram.listens_alone:
        from bot.platforms.telegram import MOST_BODY

        found.append(telegram_route(TELEGRAM_PATH, telegram.receive, MOST_BODY))
    if wecom is not None and wecom.ways.callback is not None:
        from bot.platforms.wecom.app_callback import MOST_BODY as MOST_CALL

        async def deliver(updates: Sequence[Raw]) -> None:
            await intake().deliver(Platform.WECOM, updates)

        async def receive(query: Mapping[str, str], body: bytes) -> int:
            return await wecom.receive(query, body, deliver)

        found += wecom_routes(WECOM_PATH, wecom.url_check, receive, MOST_CALL)
    return found
