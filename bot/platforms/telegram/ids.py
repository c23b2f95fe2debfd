"""Ids of chats and messages as the rest of the program knows them: texts.

A message of a forum topic carries its topic, so whatever answers it goes where it was written: `42/1234`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

Json = Mapping[str, Any]  # foreign JSON; it ends in this package


def of_message(message: Json) -> str:
    """The id of a message as it came or was sent.

    Raises:
        ValueError, KeyError: it has none.
    """
    number = whole(message["message_id"])
    topic = message.get("message_thread_id") if message.get("is_topic_message") is True else None
    # In an ordinary group the thread is only the start of a chain of replies.
    return f"{whole(topic)}/{number}" if topic is not None else str(number)


def parts(message: str) -> tuple[int | None, int]:
    """Topic, if any, and number of a message.

    Raises:
        ValueError: it is no id of a message here.
    """
    topic, slash, number = message.rpartition("/")
    return (int(topic) if slash else None), int(number)


def whole(value: object) -> int:
    """A whole number.

    Raises:
        ValueError: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("not a whole number")
    return value


def words(value: object) -> str:
    """A text; empty for anything else."""
    return value if isinstance(value, str) else ""


def table(value: object) -> Json:
    """A JSON object; empty for anything else."""
    return cast(Json, value) if isinstance(value, Mapping) else {}  # keys of JSON are texts


def items(value: object) -> Sequence[object]:
    """A JSON list; empty for anything else."""
    return cast("Sequence[object]", value) if isinstance(value, list | tuple) else ()
