"""Updates as the Bot API's documents describe them, built by pure functions; all people and places are invented.

A message is made of contents and of what is around them: `message(text("上报 …"), chat=GROUP, sender=LIANG)`;
`arrived`, `edited`, `pressed`, `placed` make an update of it.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

Json = dict[str, Any]

DATE: Final = 1_795_395_600  # Monday 2026-11-23, 9:00 in Shanghai
UPDATE_ID: Final = 700_000_001
BOT_ID: Final = 1001
BOT_NAME: Final = "xiaowu_test_bot"

_ENTITY: Final = re.compile(
    r"(?P<bot_command>(?<![\w/])/[A-Za-z0-9_]{1,32}(?:@\w{3,64})?)|(?P<mention>(?<!\w)@[A-Za-z]\w{3,31})"
    r"|(?P<url>https?://\S+)|(?P<hashtag>(?<!\w)#\w+)"
)


# -- people and chats ----------------------------------------------------------------------------------------------


def user(id_: int, first_name: str, username: str | None = None, *, is_bot: bool = False) -> Json:
    made: Json = {"id": id_, "is_bot": is_bot, "first_name": first_name}
    if username:
        made["username"] = username
    if not is_bot:
        made["language_code"] = "zh-hans"
    return made


def private(person: Json) -> Json:
    """The chat of a person with the bot; it has the person's id."""
    names = {key: person[key] for key in ("first_name", "username") if key in person}
    return {"id": person["id"], **names, "type": "private"}


def group(id_: int, title: str, *, forum: bool = False) -> Json:
    """A supergroup if the id begins with -100, else a plain group."""
    if not str(id_).startswith("-100"):
        return {"id": id_, "title": title, "type": "group", "all_members_are_administrators": True}
    return {"id": id_, "title": title, "type": "supergroup", **({"is_forum": True} if forum else {})}


def channel(id_: int, title: str) -> Json:
    return {"id": id_, "title": title, "type": "channel"}


BOT: Final = user(BOT_ID, "小五", BOT_NAME, is_bot=True)
LIANG: Final = user(5_200_000_017, "梁小满", "liang_xiaoman")
QIAO: Final = user(61_000_023, "乔向东")
OTHER_BOT: Final = user(1077, "天气", "weather_other_bot", is_bot=True)
NOBODY: Final = user(1_087_968_824, "Group", "GroupAnonymousBot", is_bot=True)  # administrators who hide their name
CHANNEL_BOT: Final = user(136_817_688, "Channel", "Channel_Bot", is_bot=True)
SERVICE: Final = {"id": 777_000, "is_bot": False, "first_name": "Telegram"}
GROUP: Final = group(-1_001_900_000_001, "青禾县骑手上报群")
FORUM: Final = group(-1_001_900_000_002, "青禾县五大员", forum=True)
PLAIN_GROUP: Final = group(-4_100_001, "青禾县骑手小群")
CHANNEL: Final = channel(-1_001_900_000_009, "青禾县出行提示")


# -- contents of messages ------------------------------------------------------------------------------------------


def units(words: str) -> int:
    """Length as Telegram counts it, in UTF-16 code units."""
    return len(words.encode("utf-16-le", "surrogatepass")) // 2


def entities_of(words: str) -> list[Json]:
    """Commands, mentions, links and hashtags."""
    return [
        {"offset": units(words[: found.start()]), "length": units(found[0]), "type": str(found.lastgroup)}
        for found in _ENTITY.finditer(words)
    ]


def text(words: str) -> Json:
    found = entities_of(words)
    return {"text": words, **({"entities": found} if found else {})}


def caption(words: str) -> Json:
    found = entities_of(words)
    return {"caption": words, **({"caption_entities": found} if found else {})} if words else {}


def file(ref: str, size: int = 48_213, **more: object) -> Json:
    return {**more, "file_id": ref, "file_unique_id": f"u-{ref}", "file_size": size}


def photo(ref: str = "photo-1", words: str = "", *, size: int = 148_213) -> Json:
    """Three sizes, smallest first; the largest has `ref` as its file_id."""
    sizes = [
        file(f"{ref}-s", 1_402, width=90, height=67),
        file(f"{ref}-m", 19_771, width=320, height=240),
        file(ref, size, width=1280, height=960),
    ]
    return {"photo": sizes, **caption(words)}


def document(
    ref: str = "document-1", name: str = "IMG_2031.HEIC", mime: str = "image/heic", words: str = "", *,
    size: int = 2_104_882,
) -> Json:  # fmt: skip
    return {"document": file(ref, size, file_name=name, mime_type=mime), **caption(words)}


def voice(ref: str = "voice-1", *, seconds: int = 7, size: int = 28_310) -> Json:
    return {"voice": file(ref, size, duration=seconds, mime_type="audio/ogg")}


def audio(ref: str = "audio-1", words: str = "", *, size: int = 812_220) -> Json:
    return {"audio": file(ref, size, duration=51, file_name="0123.mp3", mime_type="audio/mpeg"), **caption(words)}


def video(ref: str = "video-1", words: str = "", *, size: int = 3_884_120) -> Json:
    moving = file(ref, size, duration=9, width=720, height=1280, file_name="VID_0042.mp4", mime_type="video/mp4")
    return {"video": moving | {"thumbnail": file(f"{ref}-t", 9_114, width=180, height=320)}, **caption(words)}


def video_note(ref: str = "round-1", *, size: int = 611_004) -> Json:
    return {"video_note": file(ref, size, duration=6, length=384)}


def animation(ref: str = "animation-1", words: str = "", *, size: int = 244_871) -> Json:
    """Comes with a `document` of the same file (Bot API, Message)."""
    plain = file(ref, size, file_name="wave.mp4", mime_type="video/mp4")
    return {"animation": plain | {"duration": 3, "width": 320, "height": 240}, "document": plain, **caption(words)}


def sticker(ref: str = "sticker-1") -> Json:
    kind = {"type": "regular", "is_animated": False, "is_video": False, "set_name": "rain_days", "emoji": "🌧"}
    return {"sticker": file(ref, 21_004, width=512, height=512, **kind)}


def contact(phone: str = "+8600000000000", first_name: str = "乔向东", user_id: int | None = QIAO["id"]) -> Json:
    return {"contact": {"phone_number": phone, "first_name": first_name, **({"user_id": user_id} if user_id else {})}}


def location(lat: float = 34.512307, lon: float = 113.204118, *, accuracy: float | None = 12.0) -> Json:
    found: Json = {"latitude": lat, "longitude": lon}
    return {"location": found | ({} if accuracy is None else {"horizontal_accuracy": accuracy})}


def live_location(lat: float = 34.512307, lon: float = 113.204118, *, period: int = 900, heading: int = 41) -> Json:
    return {"location": location(lat, lon)["location"] | {"live_period": period, "heading": heading}}


def venue(
    title: str = "幸福路公交站", address: str = "青禾县幸福路 18 号", lat: float = 34.5119, lon: float = 113.2037
) -> Json:
    """`location` is set as well."""
    place = location(lat, lon, accuracy=None)
    return {"venue": place | {"title": title, "address": address}, **place}


# -- messages ------------------------------------------------------------------------------------------------------


def message(
    contents: Json, *, chat: Json = GROUP, sender: Json | None = LIANG, message_id: int = 41, date: int = DATE,
    album: str | None = None, reply_to: Json | None = None, topic: Json | None = None, origin: Json | None = None,
    sender_chat: Json | None = None,
) -> Json:  # fmt: skip
    """A message. `reply_to`: the message it answers; `topic`: the service message by which its topic was made;
    `origin`: see `forwarded_from_user` and its like; `sender_chat`: in whose name it was written.
    """
    made: Json = {"message_id": message_id}
    if sender is not None:
        made["from"] = sender
    if sender_chat is not None:
        made["sender_chat"] = sender_chat
    made |= {"chat": chat, "date": date, **(origin or {})}
    if topic is not None:
        # Telegram shows a plain message of a topic as an answer to the message that opened the topic.
        made |= {"message_thread_id": topic["message_id"], "is_topic_message": True}
        reply_to = reply_to or topic
    if reply_to is not None:
        made["reply_to_message"] = flat(reply_to)
    if album is not None:
        made["media_group_id"] = album
    return made | contents


def flat(answered: Json) -> Json:
    """A message as it stands in the answer to it: without what it answers itself."""
    return {key: value for key, value in answered.items() if key != "reply_to_message"}


def topic_opened(name: str = "占道停车", *, message_id: int = 7, chat: Json = FORUM, date: int = DATE - 86_400) -> Json:
    opened = {"forum_topic_created": {"name": name, "icon_color": 7_322_096}}
    made = message(opened, chat=chat, sender=QIAO, message_id=message_id, date=date)
    return made | {"message_thread_id": message_id, "is_topic_message": True}


def forwarded_from_user(person: Json = QIAO, *, date: int = DATE - 600) -> Json:
    return _forwarded({"type": "user", "date": date, "sender_user": person}, forward_from=person)


def forwarded_from_hidden_user(name: str = "路过的人", *, date: int = DATE - 600) -> Json:
    return _forwarded({"type": "hidden_user", "date": date, "sender_user_name": name}, forward_sender_name=name)


def forwarded_from_chat(chat: Json = FORUM, *, date: int = DATE - 600) -> Json:
    return _forwarded({"type": "chat", "date": date, "sender_chat": chat}, forward_from_chat=chat)


def forwarded_from_channel(chat: Json = CHANNEL, *, message_id: int = 310, date: int = DATE - 600) -> Json:
    origin = {"type": "channel", "date": date, "chat": chat, "message_id": message_id}
    return _forwarded(origin, forward_from_chat=chat, forward_from_message_id=message_id)


def _forwarded(origin: Json, **older: object) -> Json:
    """`older`: how the same was said before there was `forward_origin`; the server still says both."""
    return {"forward_origin": origin, **older, "forward_date": origin["date"]}


def from_anonymous_admin(contents: Json, *, chat: Json = GROUP, **around: Any) -> Json:
    return message(contents, chat=chat, sender=NOBODY, sender_chat=chat, **around)


def from_linked_channel(contents: Json, *, source: Json = CHANNEL, **around: Any) -> Json:
    """A post of the linked channel, which Telegram forwards into the group by itself."""
    origin = forwarded_from_channel(source)
    return message(contents, sender=SERVICE, sender_chat=source, origin=origin, **around) | {
        "is_automatic_forward": True
    }


def as_channel(contents: Json, *, source: Json = CHANNEL, **around: Any) -> Json:
    """Somebody writes in the name of a channel of theirs."""
    return message(contents, sender=CHANNEL_BOT, sender_chat=source, **around)


def migrated_to(new: Json, *, old: Json = PLAIN_GROUP, **around: Any) -> Json:
    return message({"migrate_to_chat_id": new["id"]}, chat=old, sender=QIAO, **around)


def migrated_from(old: Json = PLAIN_GROUP, *, new: Json = GROUP, **around: Any) -> Json:
    return from_anonymous_admin({"migrate_from_chat_id": old["id"]}, chat=new, **around)


def joined(people: Sequence[Json], **around: Any) -> Json:
    """`new_chat_participant` and `new_chat_member` are the older names of the first of them; all are sent."""
    first = people[0]
    contents = {"new_chat_participant": first, "new_chat_member": first, "new_chat_members": list(people)}
    return message(contents, **around)


def left(person: Json, **around: Any) -> Json:
    return message({"left_chat_participant": person, "left_chat_member": person}, **around)


def pinned(what: Json, **around: Any) -> Json:
    return message({"pinned_message": flat(what)}, chat=what["chat"], **around)


# -- updates -------------------------------------------------------------------------------------------------------


def arrived(what: Json, update_id: int = UPDATE_ID) -> Json:
    return {"update_id": update_id, "message": what}


def edited(what: Json, contents: Json | None = None, *, date: int = DATE + 30, update_id: int = UPDATE_ID) -> Json:
    """`contents` replace those of the same name; a live location that moves comes in this way too."""
    return {"update_id": update_id, "edited_message": what | {"edit_date": date} | (contents or {})}


def pressed(
    data: str, on: Json | None, *, sender: Json = QIAO, query_id: str = "4382907000000000001",
    update_id: int = UPDATE_ID,
) -> Json:  # fmt: skip
    """`on`: the message with the button, `gone(…)` of it, or None."""
    where: Json = {"inline_message_id": "BQAAAAEAAAABAAAAAQ"} if on is None else {"message": on}
    query = {"id": query_id, "from": sender, **where, "chat_instance": "-7210000000000000042", "data": data}
    return {"update_id": update_id, "callback_query": query}


def gone(what: Json) -> Json:
    """A message that the bot may not see any more (InaccessibleMessage)."""
    return {"chat": what["chat"], "message_id": what["message_id"], "date": 0}


_RIGHTS: Final = (
    "can_be_edited", "can_manage_chat", "can_change_info", "can_delete_messages", "can_invite_users",
    "can_restrict_members", "can_pin_messages", "can_manage_topics", "can_promote_members", "can_manage_video_chats",
    "can_post_stories", "can_edit_stories", "can_delete_stories", "is_anonymous", "can_manage_voice_chats",
)  # fmt: skip
_PERMISSIONS: Final = (
    "can_send_messages", "can_send_media_messages", "can_send_audios", "can_send_documents", "can_send_photos",
    "can_send_videos", "can_send_video_notes", "can_send_voice_notes", "can_send_polls", "can_send_other_messages",
    "can_add_web_page_previews", "can_react_to_messages", "can_edit_tag", "can_change_info", "can_invite_users",
    "can_pin_messages", "can_manage_topics",
)  # fmt: skip


def membership(person: Json, status: str, *, is_member: bool = True) -> Json:
    """A ChatMember; `status` is one of creator, administrator, member, restricted, left, kicked."""
    made: Json = {"user": person, "status": status}
    match status:
        case "creator":
            made["is_anonymous"] = False
        case "administrator":
            made |= {
                right: right in ("can_manage_chat", "can_delete_messages", "can_pin_messages") for right in _RIGHTS
            }
        case "restricted":
            made |= {"is_member": is_member, "until_date": 0} | dict.fromkeys(_PERMISSIONS, False)
        case "kicked":
            made["until_date"] = 0
    return made


def placed(
    chat: Json, before: str, after: str, *, by: Json = QIAO, who: Json = BOT, date: int = DATE,
    update_id: int = UPDATE_ID, kind: str = "my_chat_member",
) -> Json:  # fmt: skip
    """The standing of `who` in a chat changed; in a private chat kicked is blocked, member is unblocked."""
    change = {
        "chat": chat, "from": by, "date": date,
        "old_chat_member": membership(who, before), "new_chat_member": membership(who, after),
    }  # fmt: skip
    return {"update_id": update_id, kind: change}


def unknown(update_id: int = UPDATE_ID) -> Json:
    """A kind of update of some later version of the Bot API."""
    return {"update_id": update_id, "lantern_festival": {"chat": GROUP, "date": DATE, "lanterns": 3}}


def keyboard(rows: Sequence[Sequence[tuple[str, str]]]) -> Mapping[str, Any]:
    return {"inline_keyboard": [[{"text": label, "callback_data": data} for label, data in row] for row in rows]}
