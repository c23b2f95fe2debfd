"""What is done on the sandbox's page: write, press, look, move the clock. Every answer here is short and not kept."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.chat.events import Address, Platform, Position
from bot.chat.texts import LANGUAGES, Texts
from bot.web.sandbox_view import Sample, SandboxPerson, SandboxScene
from storage.sandbox import SandboxRows
from storage.sandbox_reading import find_message, see

if TYPE_CHECKING:
    from bot.web.sandbox import DemoControls, SandboxDesk

PICTURES: Final = 9
UPLOAD_BYTES: Final = 20 * 1024 * 1024
TEXT_LETTERS: Final = 4000
LEAPS: Final = (1, 24)  # hours
YEAR_S: Final = 365 * 24 * 3600
WHOLE: Final = "*"


class Bad(Exception):
    """The request cannot be done; `key` says why in the page's language."""

    def __init__(self, key: str, status: int = 400) -> None:
        super().__init__(key)
        self.key = key
        self.status = status
