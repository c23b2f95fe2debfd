"""What the modules of this package hand to each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, cast

from bot.chat.platform import File, Picture, TryLater

Json = Mapping[str, Any]  # foreign JSON; it ends in this package
_MISCONFIGURED_S: Final = 60.0
_TASK: Final = "task:"


class Channel(StrEnum):
    """A way in which a message goes out."""

    BOT = "bot"
    APP = "app"
    HOOK = "hook"


@dataclass(frozen=True, slots=True)
class Part:
    """One message of a channel. What is to be uploaded first gets its `media_id` put into `content`."""

    msgtype: str
    content: Mapping[str, object]
    upload: Picture | File | None = None

    @property
    def is_card(self) -> bool:
        """Whether it has buttons, or had."""
        return self.msgtype == "template_card"

    def body(self, media_id: str | None = None) -> dict[str, object]:
        """As it stands in a request, without the address."""
        media = {} if media_id is None else {"media_id": media_id}
        return {"msgtype": self.msgtype, self.msgtype: {**self.content, **media}}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said to a request. `code` 0 is success; `body` and the rest of the frame are foreign JSON."""

    code: int
    message: str
    body: Json = field(default_factory=dict[str, Any])


class Refusal(Exception):
    """The server answered and did not do it. The text holds code and reason, never a secret."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code} {message[:200]}")
        self.code = code
        self.message = message


class Misconfigured(TryLater):
    """WeCom does not accept one of our channels as it is set up, until an administrator has put `code` right.

    The other channels may be well, so only this chat waits.
    """

    def __init__(self, code: int) -> None:
        super().__init__(_MISCONFIGURED_S, str(code))
        self.code = code


def message_of_card(task_id: str) -> str:
    """The id under which a card is known as a message."""
    return _TASK + task_id


def task_of(message: str) -> str | None:
    """The task id of a message that is a card; None for any other."""
    return message.removeprefix(_TASK) if message.startswith(_TASK) else None


def words(value: object) -> str:
    """A text; empty for anything else."""
    return value if isinstance(value, str) else ""


def table(value: object) -> Json:
    """A JSON object; empty for anything else."""
    return cast(Json, value) if isinstance(value, Mapping) else {}  # keys of JSON are texts


def items(value: object) -> Sequence[object]:
    """A JSON list; empty for anything else."""
    return cast("Sequence[object]", value) if isinstance(value, list | tuple) else ()
