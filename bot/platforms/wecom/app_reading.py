"""From what the platform handed over for the app to the event it means. Pure."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from bot.chat.events import Address, FromPlatform, Incoming, Photo, Placed, Platform, Position, Pressed, Trouble
from bot.chat.platform import Raw
from bot.platforms.wecom.datum import Point, to_wgs84
from bot.platforms.wecom.kinds import Channel, message_of_card

# WeCom developer documentation, pages 90239 (messages) and 90240 (events), read 2026-11.
_FADING: Final = frozenset({"inactive_alert", "close_inactive_agent", "low_active_alert", "low_active"})
_REF: Final = f"{Channel.APP}:"
_LATITUDE, _LONGITUDE = 90.0, 180.0

Fields = Mapping[str, str]


def raw_of(fields: Fields, at: datetime) -> Raw:
    """A call to be committed. A message has an id; an event is told from another one by whose, when and what it is."""
    user = _user(fields)
    payload = json.dumps({"channel": Channel.APP, "fields": dict(fields)})  # ASCII, so any character can be stored
    if number := fields.get("MsgId"):
        return Raw(f"{_REF}{number[:64]}", user, payload, at)
    telling = ("FromUserName", "CreateTime", "MsgType", "Event", "EventKey", "TaskId")
    said = json.dumps([fields.get(name, "") for name in telling])
    return Raw(f"{_REF}{hashlib.sha256(said.encode()).hexdigest()[:32]}", user, payload, at)


def read(raw: Raw) -> FromPlatform | None:
    """The event of a row that `raw_of` made.

    Raises:
        ValueError, LookupError, TypeError: it cannot be read.
    """
    return read_app(json.loads(raw.payload)["fields"], raw.event_id, raw.at)


def read_app(fields: Fields, event_id: str, at: datetime) -> FromPlatform | None:
    """The event of a call; None for one that means nothing to us.

    Raises:
        ValueError: it cannot be read.
    """
    if not _user(fields):
        raise ValueError("nobody")
    if fields.get("MsgType") == "event":
        return _event(fields, event_id, at)
    return _message(fields, event_id, at)


def media_of(ref: str) -> str | None:
    """The media id in a reference of the app; None for one of another channel."""
    return ref.removeprefix(_REF) if ref.startswith(_REF) else None


def is_message(message: str) -> bool:
    """Whether this id is that of a message to the app."""
    return message.startswith(_REF)


def press_of(token: str) -> tuple[str, str] | None:
    """The code by which a pressed card can be changed, and who pressed; None for a press on another channel."""
    code, colon, user = token.removeprefix(_REF).rpartition(":")
    return (code, user) if colon and token.startswith(_REF) else None


def _message(fields: Fields, event_id: str, at: datetime) -> Incoming:
    """A message; of a kind that is not known here it has no contents, so that the person is told what to do."""
    read = Incoming(
        event_id=event_id,
        where=_where(fields),
        sender=_user(fields),
        text="",
        at=at,
        message=_REF + fields.get("MsgId", ""),
        said_at=_instant(fields.get("CreateTime", "")),
    )
    fill = _CONTENTS.get(fields.get("MsgType", ""))
    return fill(read, fields) if fill else read


def _event(fields: Fields, event_id: str, at: datetime) -> FromPlatform | None:
    name = fields.get("Event", "")
    if name == "template_card_event":
        return _press(fields, event_id, at)
    if name == "subscribe":  # whoever leaves the app's visible range may still chat with the bot: a message tells
        return Placed(event_id, _where(fields), _user(fields), at, present=True, hears=True)
    if name in _FADING:
        return Trouble(event_id, Platform.WECOM, "app_inactive", name, at)
    return None  # entering the app only opens the door; positions are not followed; menus are not made


def _press(fields: Fields, event_id: str, at: datetime) -> Pressed:
    code = fields.get("ResponseCode", "")
    return Pressed(
        event_id=event_id,
        where=_where(fields),
        sender=_user(fields),
        data=fields.get("EventKey", ""),
        at=at,
        message=message_of_card(fields.get("TaskId", "")),
        token=f"{_REF}{code}:{_user(fields)}" if code else "",
    )


def _text(read: Incoming, fields: Fields) -> Incoming:
    return replace(read, text=fields.get("Content", ""))


def _link(read: Incoming, fields: Fields) -> Incoming:
    return replace(read, text=fields.get("Title", ""), forwarded=True)


def _photo(read: Incoming, fields: Fields) -> Incoming:
    return replace(read, photos=_media(fields, "photo"))


def _file(read: Incoming, fields: Fields) -> Incoming:
    return replace(read, photos=_media(fields, "file"))


def _recording(read: Incoming, fields: Fields) -> Incoming:
    return replace(read, media=_media(fields, fields["MsgType"]))


def _located(read: Incoming, fields: Fields) -> Incoming:
    """The platform counts as maps in China do; X is the latitude."""
    lat = _degrees(fields.get("Location_X", ""), _LATITUDE)
    lon = _degrees(fields.get("Location_Y", ""), _LONGITUDE)
    if lat is None or lon is None:
        return read
    place = to_wgs84(Point(lat, lon))
    return replace(read, position=Position(round(place.lat, 7), round(place.lon, 7), fields.get("Label", "").strip()))


_CONTENTS: Final[Mapping[str, Callable[[Incoming, Fields], Incoming]]] = {
    "text": _text,
    "link": _link,
    "location": _located,
    "image": _photo,
    "file": _file,
    "voice": _recording,
    "video": _recording,
}


def _media(fields: Fields, kind: str) -> tuple[Photo, ...]:
    media = fields.get("MediaId", "")
    return (Photo(_REF + media, kind=kind),) if media else ()


def _user(fields: Fields) -> str:
    return fields.get("FromUserName", "").strip().lower()  # the platform itself is not strict about case


def _where(fields: Fields) -> Address:
    return Address(Platform.WECOM, _user(fields), private=True)


def _degrees(text: str, most: float) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if -most <= found <= most else None


def _instant(seconds: str) -> datetime | None:
    """An instant of the platform's; None for one that no calendar knows."""
    if not (seconds.isascii() and seconds.isdecimal()) or not 0 < len(seconds) <= len("1700000000"):
        return None
    return datetime.fromtimestamp(int(seconds), UTC)
