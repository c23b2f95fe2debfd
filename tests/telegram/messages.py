"""Messages as people see them, and the methods by which a bot sends and changes them."""

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any, Final

from telegram.constants import ReactionEmoji

from tests.telegram.updates import Json, entities_of, file, flat, units
from tests.telegram.wire import Upload

if TYPE_CHECKING:
    from tests.telegram.botapi import BotApi

_EMOJI: Final = frozenset(str(emoji.value) for emoji in ReactionEmoji)
_MEDIA: Final = ("photo", "document", "video", "voice", "audio", "video_note", "animation", "sticker")
_TAGS: Final = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "del": "strikethrough", "code": "code", "pre": "pre", "a": "text_link",
    "blockquote": "blockquote", "tg-spoiler": "spoiler",
}  # fmt: skip


class Refusal(Exception):
    """An answer other than 200."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


def bad(description: str) -> Refusal:
    return Refusal(400, f"Bad Request: {description}")


@dataclass(slots=True)
class Message:
    """A message as people see it now. `sender`: "bot" or the id of a person; `keyboard`: rows of (label, data or link);
    `document`: (name, bytes); `reply_to`, `thread`: message ids; `reactions`: those of the bot; `edits`: how often it
    was changed by its sender; `raw`: as the Bot API describes it.
    """

    id: int
    chat: int
    sender: int | str
    text: str = ""
    caption: str = ""
    photos: list[bytes] = field(default_factory=list, repr=False)
    document: tuple[str, bytes] | None = field(default=None, repr=False)
    keyboard: list[list[tuple[str, str]]] = field(default_factory=list)
    reply_to: int | None = None
    thread: int | None = None
    media_group: str | None = None
    reactions: list[str] = field(default_factory=list)
    edits: int = 0
    deleted: bool = False
    quiet: bool = False  # sent without a sound
    raw: Json = field(default_factory=dict, repr=False)

    @property
    def words(self) -> str:
        return self.text or self.caption

    @property
    def labels(self) -> list[str]:
        return [label for row in self.keyboard for label, _ in row]


# -- sending -------------------------------------------------------------------------------------------------------


def send_message(api: "BotApi", params: Json) -> Json:
    chat = place(api, params)
    return post(api, chat, params, said(params, "text"))


def send_photo(api: "BotApi", params: Json) -> Json:
    return _send_file(api, params, "photo")


def send_document(api: "BotApi", params: Json) -> Json:
    return _send_file(api, params, "document")


def _send_file(api: "BotApi", params: Json, kind: str) -> Json:
    chat = place(api, params)
    ref = _ref(api, params.get(kind), params, kind)
    return post(api, chat, params, _held(api, kind, ref) | said(params, "caption"))


def send_media_group(api: "BotApi", params: Json) -> list[Json]:
    items: list[Json] = params.get("media") or []
    chat = place(api, params, messages=len(items))
    if not 2 <= len(items) <= 10:
        raise bad("there must be 2-10 messages in an album")
    if "reply_markup" in params:
        raise bad("reply markup is not allowed in albums")
    kinds = {item["type"] for item in items}
    if len(kinds) > 1 and kinds != {"photo", "video"}:
        raise bad("this kind of media can't be mixed with others in an album")
    contents = [_item(api, item, params) for item in items]
    album = str(api.new_number())
    return [post(api, chat, params, one | {"media_group_id": album}, again=True) for one in contents]


def _item(api: "BotApi", item: Json, params: Json) -> Json:
    """Contents of one InputMedia."""
    kind = str(item["type"])
    return _held(api, kind, _ref(api, item.get("media"), params, kind)) | said(item, "caption")


def place(api: "BotApi", params: Json, *, messages: int = 0, changes: bool = False) -> int:
    """The chat that a call is for.

    Raises:
        Refusal: the bot cannot write there, or not now.
    """
    chat = params.get("chat_id")
    if chat is None:
        raise bad("chat_id is empty")
    if chat in api.migrated:
        description = "Bad Request: group chat was upgraded to a supergroup chat"
        raise Refusal(400, description, migrate_to_chat_id=api.migrated[chat])
    if not isinstance(chat, int) or (chat not in api.people and chat not in api.groups):
        raise bad("chat not found")
    if chat in api.blocked:
        raise Refusal(403, f"Forbidden: bot was {_blocked_by(chat)}")
    if chat in api.people and not api.people[chat].started:
        raise Refusal(403, "Forbidden: bot can't initiate conversation with a user")
    if not changes:
        api.count(chat, messages or 1)
    return chat


def _blocked_by(chat: int) -> str:
    if chat > 0:
        return "blocked by the user"
    return f"kicked from the {'supergroup' if str(chat).startswith('-100') else 'group'} chat"


def post(api: "BotApi", chat: int, params: Json, contents: Json, *, again: bool = False) -> Json:
    """Put a message of the bot into a chat. `again`: one of several of the same call."""
    answered = _answered(api, chat, params)
    thread = params.get("message_thread_id")
    if thread is not None and thread not in api.topics_of(chat):
        raise bad("message thread not found")
    keyboard = _keyboard(params.get("reply_markup"))
    raw: Json = {"message_id": api.next_id(chat), "from": api.user(), "chat": api.chat(chat), "date": int(api.now())}
    if thread is not None:
        raw |= {"message_thread_id": thread, "is_topic_message": True}
    if answered is not None:
        raw["reply_to_message"] = flat(answered.raw)
    raw |= contents
    if keyboard:
        raw["reply_markup"] = params["reply_markup"]
    message = Message(
        raw["message_id"], chat, "bot", keyboard=keyboard, thread=thread, raw=raw,
        reply_to=answered.id if answered else None, media_group=contents.get("media_group_id"),
        quiet=bool(params.get("disable_notification")),
    )  # fmt: skip
    show(api, message)
    api.chats[chat].append(message)
    return raw


def show(api: "BotApi", message: Message) -> None:
    """What people see follows from what the message is."""
    raw = message.raw
    message.text, message.caption = raw.get("text", ""), raw.get("caption", "")
    message.photos = [api.files[raw["photo"][-1]["file_id"]].data] if "photo" in raw else []
    kept = raw.get("document")
    message.document = (kept.get("file_name", ""), api.files[kept["file_id"]].data) if kept else None


def _answered(api: "BotApi", chat: int, params: Json) -> Message | None:
    reply = params.get("reply_parameters") or {
        "message_id": params.get("reply_to_message_id"),
        "allow_sending_without_reply": params.get("allow_sending_without_reply"),
    }
    if reply.get("message_id") is None:
        return None
    found = find(api, chat, reply["message_id"])
    if found is None and not reply.get("allow_sending_without_reply"):
        raise bad("message to be replied not found")
    return found


def find(api: "BotApi", chat: int, message_id: object) -> Message | None:
    """A message that is still there."""
    for message in reversed(api.chats[chat]):
        if message.id == message_id:
            return None if message.deleted else message
    return None


# -- contents ------------------------------------------------------------------------------------------------------


def said(params: Json, key: str) -> Json:
    """Text or caption with its entities.

    Raises:
        Refusal: too long, or empty where it may not be.
    """
    words, given = str(params.get(key) or ""), params.get("entities" if key == "text" else "caption_entities")
    match params.get("parse_mode"):
        case None:
            found = (given or []) + entities_of(words)
        case "HTML":
            words, found = parsed(words)
        case _:
            raise bad("unsupported parse_mode")
    words = words.rstrip()
    if key == "text" and not words.strip():
        raise bad("message text is empty")
    if units(words) > (4096 if key == "text" else 1024):
        raise bad("message is too long" if key == "text" else "message caption is too long")
    if not words:
        return {}
    return {key: words} | ({"entities" if key == "text" else "caption_entities": found} if found else {})


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words = ""
        self.entities: list[Json] = []
        self._open: list[tuple[str, Json]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TAGS:
            raise bad(f'can\'t parse entities: Unsupported start tag "{tag}" at byte offset {len(self.words)}')
        link = dict(attrs).get("href")
        entity: Json = {"type": _TAGS[tag], "offset": units(self.words)}
        if link and (person := re.fullmatch(r"tg://user\?id=(\d+)", link)):
            entity |= {"type": "text_mention", "user": {"id": int(person[1]), "is_bot": False, "first_name": ""}}
        elif link:
            entity["url"] = link
        self._open.append((tag, entity))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1][0] != tag:
            raise bad(f'can\'t parse entities: Unmatched end tag at byte offset {len(self.words)}, found "</{tag}>"')
        _, entity = self._open.pop()
        entity["length"] = units(self.words) - entity["offset"]
        self.entities.append(entity)

    def handle_data(self, data: str) -> None:
        self.words += data

    def finished(self) -> None:
        self.close()
        if self._open:
            raise bad(f"can't parse entities: Can't find end tag corresponding to start tag \"{self._open[-1][0]}\"")


def parsed(marked: str) -> tuple[str, list[Json]]:
    """Words and entities of a text in Telegram's HTML."""
    if "<" not in marked:
        return html.unescape(marked), []
    reader = _Reader()
    reader.feed(marked)
    reader.finished()
    return reader.words, sorted(reader.entities, key=lambda entity: int(entity["offset"]))


def _ref(api: "BotApi", given: object, params: Json, kind: str) -> str:
    """The file_id of a file that came along or is known.

    Raises:
        Refusal: it is neither.
    """
    if isinstance(given, str) and given.startswith("attach://"):
        given = params.get(given.removeprefix("attach://"))
        if not isinstance(given, Upload):
            raise bad("can't parse InputMedia: attached file is missing")
    if isinstance(given, Upload):
        if not given.data:
            raise bad("file must be non-empty")
        if len(given.data) > (10 if kind == "photo" else 50) << 20:
            raise bad(f"file of size {len(given.data)} bytes is too big for a {kind}")
        return api.keep(given.data, given.name, given.mime)
    if isinstance(given, str) and re.match(r"https?://", given):
        raise bad("failed to get HTTP URL content")
    if given is None or given == "":
        raise bad(f"there is no {kind} in the request")
    if given not in api.files:
        raise bad("wrong file identifier/HTTP URL specified")
    return str(given)


def _held(api: "BotApi", kind: str, ref: str) -> Json:
    kept = api.files[ref]
    if kind == "photo":
        return {
            "photo": [file(f"{ref}-s", 1_402, width=90, height=67), file(ref, len(kept.data), width=1280, height=960)]
        }
    return {kind: file(ref, len(kept.data), file_name=kept.name, mime_type=kept.mime)}


def _keyboard(markup: Json | None) -> list[list[tuple[str, str]]]:
    """Rows of an inline keyboard; other kinds of keyboards have none.

    Raises:
        Refusal: a button is not as it should be.
    """
    rows: Sequence[Sequence[Json]] = (markup or {}).get("inline_keyboard") or []
    if sum(len(row) for row in rows) > 100:
        raise bad("reply markup is too long")
    return [[_button(button) for button in row] for row in rows if row]


def _button(button: Json) -> tuple[str, str]:
    label, data, link = button.get("text"), button.get("callback_data"), button.get("url")
    if not label:
        raise bad("can't parse inline keyboard button: button text must be non-empty")
    if data is not None:
        if not 1 <= len(data.encode()) <= 64:
            raise bad("BUTTON_DATA_INVALID")
        return label, data
    if not link:
        raise bad("can't parse inline keyboard button: text buttons are unallowed in the inline keyboard")
    if not re.match(r"(https?|tg)://", link):
        raise bad("BUTTON_URL_INVALID")
    return label, link


# -- changing ------------------------------------------------------------------------------------------------------


def edit_text(api: "BotApi", params: Json) -> Json:
    message = _own(api, params)
    contents = said(params, "text")
    if any(kind in message.raw for kind in _MEDIA):
        raise bad("there is no text in the message to edit")
    return _changed(api, message, params, contents, ("text", "entities"))


def edit_caption(api: "BotApi", params: Json) -> Json:
    message = _own(api, params)
    contents = said(params, "caption")
    if not any(kind in message.raw for kind in _MEDIA):
        raise bad("there is no caption in the message to edit")
    return _changed(api, message, params, contents, ("caption", "caption_entities"))


def edit_media(api: "BotApi", params: Json) -> Json:
    """Also gives media to a message that was text."""
    message = _own(api, params)
    item: Json = params.get("media") or {}
    if message.media_group and item.get("type") not in ("photo", "video"):
        raise bad("message can't be edited to this kind of media in an album")
    contents = _item(api, item, params)
    return _changed(api, message, params, contents, (*_MEDIA, "text", "entities", "caption", "caption_entities"))


def edit_markup(api: "BotApi", params: Json) -> Json:
    return _changed(api, _own(api, params), params, {}, ())


def _own(api: "BotApi", params: Json) -> Message:
    """The message of the bot that is to be changed."""
    chat = place(api, params, changes=True)
    message = find(api, chat, params.get("message_id"))
    if message is None:
        raise bad("message to edit not found")
    if message.sender != "bot":
        raise bad("message can't be edited")
    return message


def _changed(api: "BotApi", message: Message, params: Json, contents: Json, instead_of: Sequence[str]) -> Json:
    """A change without `reply_markup` takes the keyboard away."""
    keyboard = _keyboard(params.get("reply_markup"))
    kept = {key: value for key, value in message.raw.items() if key not in (*instead_of, "reply_markup", "edit_date")}
    raw = kept | contents | ({"reply_markup": params["reply_markup"]} if keyboard else {})
    if raw == {key: value for key, value in message.raw.items() if key != "edit_date"}:
        raise bad(
            "message is not modified: specified new message content and reply markup are exactly the same as a "
            "current content and reply markup of the message"
        )
    message.raw = raw | {"edit_date": int(api.now())}
    message.keyboard = keyboard
    message.edits += 1
    show(api, message)
    return message.raw


def delete(api: "BotApi", params: Json) -> bool:
    chat = place(api, params, changes=True)
    message = find(api, chat, params.get("message_id"))
    if message is None:
        raise bad("message to delete not found")
    others = message.sender != "bot" and chat < 0 and api.standing(chat, api.me["id"]) != "administrator"
    if others or api.now() - message.raw["date"] > 48 * 3600:
        raise bad("message can't be deleted")
    message.deleted = True
    return True


def react(api: "BotApi", params: Json) -> bool:
    chat = place(api, params, changes=True)
    message = find(api, chat, params.get("message_id"))
    if message is None:
        raise bad("message to react not found")
    signs: list[Json] = params.get("reaction") or []
    if len(signs) > 1:
        raise bad("REACTIONS_TOO_MANY")
    if any(sign.get("type") != "emoji" or sign.get("emoji") not in _EMOJI for sign in signs):
        raise bad("REACTION_INVALID")
    message.reactions = [str(sign["emoji"]) for sign in signs]
    return True


METHODS: Final[dict[str, Callable[["BotApi", Json], object]]] = {
    "sendMessage": send_message,
    "sendPhoto": send_photo,
    "sendDocument": send_document,
    "sendMediaGroup": send_media_group,
    "editMessageText": edit_text,
    "editMessageCaption": edit_caption,
    "editMessageMedia": edit_media,
    "editMessageReplyMarkup": edit_markup,
    "deleteMessage": delete,
    "setMessageReaction": react,
}
