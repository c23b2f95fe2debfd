"""Frames of the AI bot's connection: their commands, and how they are written and read."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final, cast

from bot.platforms.wecom.kinds import Answer, Json, table, words

SUBSCRIBE: Final = "aibot_subscribe"
PING: Final = "ping"
REPLY: Final = "aibot_respond_msg"
WELCOME: Final = "aibot_respond_welcome_msg"
UPDATE: Final = "aibot_respond_update_msg"
PUSH: Final = "aibot_send_msg"
UPLOAD_INIT: Final = "aibot_upload_media_init"
UPLOAD_CHUNK: Final = "aibot_upload_media_chunk"
UPLOAD_FINISH: Final = "aibot_upload_media_finish"
MESSAGE: Final = "aibot_msg_callback"
EVENT: Final = "aibot_event_callback"

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f]")


def write(cmd: str, req_id: str, body: Mapping[str, object] | None) -> str:
    """A frame as it goes out."""
    frame: dict[str, object] = {"cmd": cmd, "headers": {"req_id": req_id}}
    if body is not None:
        frame["body"] = body
    return json.dumps(frame, ensure_ascii=False).encode("utf-8", "replace").decode()  # a lone surrogate is no UTF-8


def parse(raw: bytes) -> Json | None:
    """A frame that came; None for anything that is none.

    Control characters occur in them, within texts and beside them; the official client removes them as well.
    """
    text = raw.decode("utf-8", "replace")
    for candidate in (text, _CONTROL.sub("", text)):
        try:
            frame: object = json.loads(candidate, strict=False)
        except (ValueError, RecursionError):
            continue
        return cast("dict[str, Any]", frame) if isinstance(frame, dict) else None
    return None


def req_id_of(frame: Json) -> str:
    """By which a frame is answered, or is an answer; empty if it says none."""
    return words(table(frame.get("headers")).get("req_id"))


def answer_of(frame: Json) -> Answer | None:
    """What an answer says; None for a frame that is none, or does not say whether it worked."""
    code = frame.get("errcode")
    if "cmd" in frame or isinstance(code, bool) or not isinstance(code, int):
        return None
    return Answer(code, words(frame.get("errmsg")), table(frame.get("body")))


def ends_it(frame: Json) -> bool:
    """Whether it says that another connection has taken this one's place."""
    event = table(table(frame.get("body")).get("event"))
    return frame.get("cmd") == EVENT and event.get("eventtype") == "disconnected_event"
