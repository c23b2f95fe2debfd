"""From a frame of the AI bot to the event it is, and how frames lie in the inbox."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from bot.chat.events import Address, FromPlatform, Incoming, Photo, Platform, Pressed
from bot.chat.platform import Raw
from bot.platforms.wecom import frames, mentions
from bot.platforms.wecom.kinds import Json, items, message_of_card, table, words
from bot.platforms.wecom.media import ref_of
from bot.platforms.wecom.userids import is_encrypted

CHANNEL: Final = "bot"
PRESS: Final = "bot:"  # before the req_id in the token of a press
WELCOME: Final = "welcome:"  # before the req_id in the id of somebody's entering
_KINDS: Final = ("text", "mixed", "image", "voice", "file", "video")
_KEPT: Final = ("chatid", "chattype", "from", "create_time", "msgid", "msgtype", "event", "quote", *_KINDS)
_LONGEST_ID: Final = 256


def raw_of(frame: Json, at: datetime, names: Sequence[str]) -> Raw:
    """A callback to be committed, with the names the bot has now. What nobody reads later, as `response_url`, is left out."""
    body = table(frame.get("body"))
    kept = {key: body[key] for key in _KEPT if key in body}
    req_id = frames.req_id_of(frame)
    payload = json.dumps(
        {"channel": CHANNEL, "cmd": words(frame.get("cmd")), "req_id": req_id, "names": list(names), "body": kept}
    )  # ASCII, so any character can be stored
    return Raw(_event_id(body), _lane(body), payload, at)


def read(raw: Raw) -> FromPlatform | None:
    """The event of a row that `raw_of` made.

    Raises:
        ValueError, LookupError, TypeError: it cannot be read.
    """
    kept = json.loads(raw.payload)
    frame = {"cmd": kept["cmd"], "headers": {"req_id": kept["req_id"]}, "body": kept["body"]}
    return read_bot(frame, raw.event_id, raw.at, kept["names"])


def read_bot(frame: Json, event_id: str, at: datetime, names: Sequence[str]) -> FromPlatform | None:
    """The event of a callback; None for one that means nothing to us.

    Raises:
        ValueError, LookupError, TypeError: it cannot be read.
    """
    body = table(frame.get("body"))
    if frame.get("cmd") == frames.EVENT:
        return _event(body, _plain(frames.req_id_of(frame)), event_id, at)
    if frame.get("cmd") != frames.MESSAGE or body.get("msgtype") in ("event", "stream"):
        return None
    if body.get("msgtype") not in _KINDS and body.get("chattype") == "group":
        return None  # a new kind is talk there; in private whoever sends it is told what helps
    return _message(body, event_id, at, names)


def press_in(frame: Json) -> str | None:
    """The token of a press, which wants an answer within seconds; None for any other frame."""
    event = table(table(frame.get("body")).get("event"))
    if frame.get("cmd") != frames.EVENT or event.get("eventtype") != "template_card_event":
        return None
    return PRESS + _plain(frames.req_id_of(frame))


def media_in(frame: Json) -> list[str]:
    """References to all that is to be downloaded before its address dies."""
    body = table(frame.get("body"))
    if frame.get("cmd") != frames.MESSAGE:
        return []
    return [photo.ref for photo in (*_media(body), *_media(table(body.get("quote"))))]


def _message(body: Json, event_id: str, at: datetime, names: Sequence[str]) -> Incoming:
    quote = table(body.get("quote"))
    found = (*_media(body), *_media(quote))
    return Incoming(
        event_id=event_id,
        where=_where(body),
        sender=_sender(body),
        text=mentions.without("\n".join(_texts(body)), names, mentioned=body.get("chattype") == "group"),
        at=at,
        photos=tuple(photo for photo in found if photo.kind != "video"),
        media=tuple(photo for photo in found if photo.kind == "video"),
        message=_plain(body.get("msgid")) or event_id,
        said_at=_instant(body.get("create_time")),
        quoted="\n".join(_texts(quote)).strip(),
        addressed=body.get("chattype") == "group",
    )


def _event(body: Json, req_id: str, event_id: str, at: datetime) -> FromPlatform | None:
    event = table(body.get("event"))
    match event.get("eventtype"):
        case "enter_chat":
            sender = _sender(body)
            where = Address(Platform.WECOM, sender, private=True)
            return Incoming(event_id, where, sender, "/start", at, message=WELCOME + req_id)
        case "template_card_event":
            return _press(body, event, req_id, event_id, at)
        case _:
            return None


def _press(body: Json, event: Json, req_id: str, event_id: str, at: datetime) -> Pressed:
    nested = table(event.get("template_card_event"))  # the typings of the official client have it one level higher
    key = words(nested.get("event_key")) or words(event.get("event_key"))
    task = _plain(nested.get("task_id")) or _plain(event.get("task_id"))
    if not key or not task:
        raise ValueError("a press of nothing")
    return Pressed(event_id, _where(body), _sender(body), key, at, message=message_of_card(task), token=PRESS + req_id)


def _texts(said: Json) -> Iterator[str]:
    """The words of a message or of one that is quoted; those of a voice are its transcript."""
    if said.get("msgtype") == "mixed":
        for item in _mixed(said):
            yield from _texts(item)
        return
    for kind in ("text", "voice"):
        if said.get("msgtype") == kind and (content := words(table(said.get(kind)).get("content"))):
            yield content


def _media(said: Json) -> Iterator[Photo]:
    kind = said.get("msgtype")
    if kind == "mixed":
        for item in _mixed(said):
            yield from _media(item)
    elif kind in ("image", "file", "video"):
        there = table(said.get(kind))
        url, aeskey = words(there.get("url")), words(there.get("aeskey")).strip()
        if url and aeskey and " " not in aeskey and (url + aeskey).isprintable():
            yield Photo(ref_of(url, aeskey), kind="photo" if kind == "image" else kind)


def _mixed(said: Json) -> list[Json]:
    """Its items; none lies deeper, so one that says it is mixed itself is left out."""
    parts = (table(item) for item in items(table(said.get("mixed")).get("msg_item")))
    return [part for part in parts if part.get("msgtype") != "mixed"]


def _where(body: Json) -> Address:
    if body.get("chattype") != "group":
        return Address(Platform.WECOM, _sender(body), private=True)
    return Address(Platform.WECOM, _id(body.get("chatid")), private=False)


def _sender(body: Json) -> str:
    """Ids of members come back in lower case from some calls (page 90236), so here they always are; encrypted ones not."""
    found = _id(table(body.get("from")).get("userid"))
    return found if is_encrypted(found) else found.lower()


def _id(value: object) -> str:
    if not isinstance(value, str) or not value or len(value) > _LONGEST_ID or not value.isprintable():
        raise ValueError("no id")
    return value


def _lane(body: Json) -> str:
    try:
        return _where(body).chat
    except ValueError:
        return "odd"


def _event_id(body: Json) -> str:
    """The server repeats a callback under its msgid."""
    if msgid := _plain(body.get("msgid")):
        return f"{CHANNEL}:{msgid}"
    return f"{CHANNEL}:odd:{hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:32]}"


def _plain(value: object) -> str:
    """An id that any store takes; empty for anything else."""
    found = words(value)
    return found if len(found) <= _LONGEST_ID and found.isascii() and found.isprintable() else ""


def _instant(seconds: object) -> datetime | None:
    """An instant of the platform's; None for one that no calendar knows."""
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 <= seconds < 1 << 35:
        return None
    return datetime.fromtimestamp(seconds, UTC)
