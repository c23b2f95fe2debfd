"""From an update to the event it means. Pure; whatever is missing or odd costs only itself, never the message around it."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from bot.chat.events import Address, FromPlatform, Incoming, Migrated, Placed, Platform, Position, Pressed
from bot.platforms.telegram.account import Account
from bot.platforms.telegram.ids import Json, of_message, table, whole, words
from bot.platforms.telegram.media import photos_of, recordings_of

# Messages that tell of the chat itself, not of what somebody says (Bot API, Message).
_SERVICE: Final = frozenset({
    "new_chat_members", "left_chat_member", "new_chat_title", "new_chat_photo", "delete_chat_photo", "pinned_message",
    "group_chat_created", "supergroup_chat_created", "channel_chat_created", "message_auto_delete_timer_changed",
    "forum_topic_created", "forum_topic_edited", "forum_topic_closed", "forum_topic_reopened",
    "general_forum_topic_hidden", "general_forum_topic_unhidden", "video_chat_scheduled", "video_chat_started",
    "video_chat_ended", "video_chat_participants_invited", "write_access_allowed", "chat_background_set", "boost_added",
    "proximity_alert_triggered", "users_shared", "chat_shared", "connected_website", "giveaway_created",
    "giveaway_completed",
})  # fmt: skip
_GROUPS: Final = ("group", "supergroup")
_TO_BOT: Final = re.compile(r"^(/\w{1,64})@(\w{3,64})(?!\w)", re.ASCII)
_LATITUDE, _LONGITUDE = 90.0, 180.0


def read_update(update: Json, me: Account, event_id: str, at: datetime) -> FromPlatform | None:
    """The event of an update; None for one that means nothing to us.

    Raises:
        ValueError, LookupError, TypeError: it cannot be read.
    """
    for key in ("message", "edited_message"):
        if key in update:
            return _message(table(update[key]), me, event_id, at, edited=key == "edited_message")
    if "callback_query" in update:
        return _press(table(update["callback_query"]), event_id, at)
    if "my_chat_member" in update:
        return _placed(table(update["my_chat_member"]), me, event_id, at)
    return None


def chat_of(update: Json) -> str:
    """The chat whose order an update keeps; empty if it names none."""
    for value in update.values():
        body = table(value)
        chat = table(body.get("chat") or table(body.get("message")).get("chat") or body.get("from"))
        if isinstance(chat.get("id"), int):
            return str(chat["id"])
    return ""


def stamp_of(update: Json) -> str:
    """What tells an update from another one that has its number again after a quiet week (Bot API, Update)."""
    for value in update.values():
        body = table(value)
        found = body.get("edit_date") or body.get("date") or body.get("id")
        if isinstance(found, int | str):
            return str(found)[:64]
    return ""


def _message(message: Json, me: Account, event_id: str, at: datetime, *, edited: bool) -> FromPlatform | None:
    chat = table(message["chat"])
    where = _where(chat)
    if moved := _moved(message, where, event_id, at):
        return moved
    kind = chat.get("type")
    if kind not in (*_GROUPS, "private") or not _SERVICE.isdisjoint(message) or message.get("is_automatic_forward"):
        return None
    if edited and "location" in message:
        return None  # a live location moves on; where it began is the place that was meant
    said = _addressed(words(message.get("text")) or words(message.get("caption")), me)
    sender, masked = _sender(message)
    if sender is None or said is None:
        return None
    read = Incoming(
        event_id=event_id,
        where=where,
        sender=str(whole(sender["id"])),
        text=said,
        at=at,
        message=of_message(message),
        sender_name=_name(sender),
        edited=edited,
        forwarded="forward_origin" in message,
        masked=masked,
    )
    return _filled(read, message)


def _filled(read: Incoming, message: Json) -> Incoming | None:
    """What a message holds beside its words; None for talk between people in a group: a sticker, a poll."""
    private = read.where.private
    photos, media = photos_of(message, private=private), recordings_of(message, private=private)
    position = _position(message)
    if not (private or read.text or photos or media or position):
        return None
    return replace(
        read,
        photos=photos,
        media=media,
        position=position,
        answers=_quoted(message),
        album=words(message.get("media_group_id")) or None,
        said_at=_instant(message.get("date")),
    )


def _press(query: Json, event_id: str, at: datetime) -> Pressed | None:
    if not isinstance(query.get("data"), str):
        return None  # a game
    person = table(query["from"])
    sender = str(whole(person["id"]))
    message = table(query.get("message"))
    known = "chat" in message
    return Pressed(
        event_id=event_id,
        # Without the message nobody knows the chat; its signature will not fit, and the person is told so.
        where=_where(table(message["chat"])) if known else Address(Platform.TELEGRAM, sender, private=True),
        sender=sender,
        data=query["data"],
        at=at,
        message=of_message(message) if known else "",
        token=words(query.get("id")),
        sender_name=_name(person),
    )


def _placed(change: Json, me: Account, event_id: str, at: datetime) -> Placed | None:
    chat, now = table(change["chat"]), table(change["new_chat_member"])
    if chat.get("type") not in (*_GROUPS, "private"):
        return None
    status = now.get("status")
    present = status in ("creator", "administrator", "member") or (
        status == "restricted" and now.get("is_member") is True
    )
    private = chat.get("type") == "private"
    return Placed(
        event_id=event_id,
        where=_where(chat),
        sender=str(whole(table(change["from"])["id"])),
        at=at,
        present=present,
        hears=present and (private or hears(now, me)),
        title=words(chat.get("title")),
    )


def hears(member: Json, me: Account) -> bool:
    """Whether the bot gets what people say in a group: as administrator, or without privacy mode (Bot features page)."""
    return member.get("status") in ("creator", "administrator") or me.reads_all


def _moved(message: Json, where: Address, event_id: str, at: datetime) -> Migrated | None:
    """A group that became a supergroup says so twice: in the old chat and in the new one."""
    if "migrate_to_chat_id" in message:
        return Migrated(event_id, where, str(whole(message["migrate_to_chat_id"])), at)
    if "migrate_from_chat_id" in message:
        old = Address(Platform.TELEGRAM, str(whole(message["migrate_from_chat_id"])), private=False)
        return Migrated(event_id, old, where.chat, at)
    return None


def _sender(message: Json) -> tuple[Json | None, bool]:
    """Who wrote, and whether it is a chat that speaks for them; None for another bot.

    An anonymous administrator or a channel writes under an account of Telegram's own, which proves nothing.
    """
    if "sender_chat" in message:
        return table(message["sender_chat"]), True
    person = table(message["from"])
    return (None, False) if person.get("is_bot") is True else (person, False)


def _addressed(said: str, me: Account) -> str | None:
    """The words without the bot's name in front; None if they are a command for another bot."""
    if found := _TO_BOT.match(said):
        if found[2].lower() != me.username.lower():
            return None
        return found[1] + said[found.end() :]
    mention = f"@{me.username}"
    if me.username and said[: len(mention)].lower() == mention.lower() and not said[len(mention) :][:1].isalnum():
        return said[len(mention) :].lstrip(" \n,:，：、")
    return said


def _quoted(message: Json) -> str | None:
    """The message this one answers. In a topic everything answers the note of its beginning, which means nothing."""
    quoted = table(message.get("reply_to_message"))
    if "message_id" not in quoted or "forum_topic_created" in quoted:
        return None
    if message.get("is_topic_message") is True and quoted["message_id"] == message.get("message_thread_id"):
        return None
    topic = {key: message.get(key) for key in ("is_topic_message", "message_thread_id")}
    return of_message({**topic, "message_id": quoted["message_id"]})


def _position(message: Json) -> Position | None:
    venue = table(message.get("venue"))
    there = table(venue.get("location") or message.get("location"))
    lat, lon = _degrees(there.get("latitude"), _LATITUDE), _degrees(there.get("longitude"), _LONGITUDE)
    if lat is None or lon is None:
        return None
    return Position(lat, lon, words(venue.get("title")).strip())


def _degrees(value: object, most: float) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not -most <= value <= most:
        return None
    return float(value)


def _where(chat: Json) -> Address:
    return Address(Platform.TELEGRAM, str(whole(chat["id"])), private=chat.get("type") == "private")


def _name(sender: Json) -> str:
    """As people see it: first and last name, or the title of a chat."""
    parts = (words(sender.get(key)).strip() for key in ("first_name", "last_name"))
    return " ".join(part for part in parts if part) or words(sender.get("title")).strip()


def _instant(seconds: object) -> datetime | None:
    """An instant of the platform's; None for one that no calendar knows."""
    if not isinstance(seconds, int) or not 0 <= seconds < 1 << 35:
        return None
    return datetime.fromtimestamp(seconds, UTC)
