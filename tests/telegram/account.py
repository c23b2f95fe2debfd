"""Methods about the bot, its webhook, its files, and who is in a chat."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlsplit

from tests.telegram.messages import bad, place, units
from tests.telegram.updates import Json, file, membership, user

if TYPE_CHECKING:
    from tests.telegram.botapi import BotApi

_LARGEST: Final = 20 << 20  # bytes a bot may fetch
_ACTIONS: Final = frozenset({
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
    "choose_sticker", "find_location", "record_video_note", "upload_video_note",
})  # fmt: skip


class Scope(NamedTuple):
    """For whom a menu of commands is; `type` as in BotCommandScope."""

    type: str = "default"
    chat: int | str | None = None
    user: int | None = None
    language: str = ""


# -- webhook -------------------------------------------------------------------------------------------------------


def set_webhook(api: "BotApi", params: Json) -> bool:
    url, secret = str(params.get("url") or ""), str(params.get("secret_token") or "")
    if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret):
        raise bad("secret token contains unallowed characters")
    if url and not url.startswith("https://") and urlsplit(url).hostname != "127.0.0.1":
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    api.webhook = type(api.webhook)(url, secret, params.get("max_connections", 40))
    api.listen(params)
    return True


def delete_webhook(api: "BotApi", params: Json) -> bool:
    api.webhook = type(api.webhook)()
    api.listen({key: value for key, value in params.items() if key == "drop_pending_updates"})
    return True


def webhook_info(api: "BotApi", _: Json) -> Json:
    found: Json = {
        "url": api.webhook.url, "has_custom_certificate": False, "pending_update_count": len(api.pending),
        "max_connections": api.webhook.connections, "allowed_updates": list(api.allowed),
    }  # fmt: skip
    if api.webhook.last_fault:
        found |= {"last_error_date": int(api.now()), "last_error_message": api.webhook.last_fault}
    return found


# -- presses and files ---------------------------------------------------------------------------------------------


def answer_query(api: "BotApi", params: Json) -> bool:
    query, text = str(params.get("callback_query_id")), str(params.get("text") or "")
    pressed_at = api.queries.get(query)
    if pressed_at is None or api.clock() - pressed_at > api.answer_within_s:
        raise bad("query is too old and response timeout expired or query ID is invalid")
    if units(text) > 200:
        raise bad("MESSAGE_TOO_LONG")
    api.answers[query] = (text, bool(params.get("show_alert")))
    return True


def get_file(api: "BotApi", params: Json) -> Json:
    ref = str(params.get("file_id"))
    kept = api.files.get(ref)
    if kept is None:
        raise bad("invalid file_id")
    if kept.lost:
        raise bad("wrong file_id or the file is temporarily unavailable")
    if len(kept.data) > _LARGEST:
        raise bad("file is too big")
    kept.path = kept.path or f"{'photos' if kept.mime.startswith('image/') else 'documents'}/file_{api.new_number()}"
    return file(ref, len(kept.data), file_path=kept.path)


# -- chats ---------------------------------------------------------------------------------------------------------


def get_chat(api: "BotApi", params: Json) -> Json:
    chat = api.chat(_known(api, params))
    gifts = dict.fromkeys(("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription"), False)
    return chat | {
        "accent_color_id": 3, "max_reaction_count": 11, "accepted_gift_types": gifts | {"gifts_from_channels": False}
    }  # fmt: skip


def get_member(api: "BotApi", params: Json) -> Json:
    chat, member = _known(api, params), params.get("user_id")
    status = api.standing(chat, member) if isinstance(member, int) else None
    if status is None or not isinstance(member, int):
        raise bad("member not found")
    return membership(_user(api, member), status)


def get_administrators(api: "BotApi", params: Json) -> list[Json]:
    chat = _known(api, params)
    if chat not in api.groups:
        raise bad("there are no administrators in the private chat")
    standings = api.groups[chat].standings.items()
    return [membership(_user(api, who), status) for who, status in standings if status in ("creator", "administrator")]


def _known(api: "BotApi", params: Json) -> int:
    return place(api, params, changes=True)


def _user(api: "BotApi", who: int) -> Json:
    if who == api.me["id"]:
        return api.user()
    return api.people[who].user if who in api.people else user(who, "somebody")


def chat_action(api: "BotApi", params: Json) -> bool:
    place(api, params, changes=True)
    if params.get("action") not in _ACTIONS:
        raise bad("wrong parameter action in request")
    return True


# -- commands ------------------------------------------------------------------------------------------------------


def set_commands(api: "BotApi", params: Json) -> bool:
    commands: list[Json] = params.get("commands") or []
    if len(commands) > 100:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"]):
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= units(command["description"]) <= 256:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    api.commands[_scope(api, params)] = commands
    return True


def get_commands(api: "BotApi", params: Json) -> list[Json]:
    return api.commands.get(_scope(api, params), [])


def delete_commands(api: "BotApi", params: Json) -> bool:
    api.commands.pop(_scope(api, params), None)
    return True


def _scope(api: "BotApi", params: Json) -> Scope:
    scope: Json = params.get("scope") or {}
    chat = scope.get("chat_id")
    if chat is not None and chat not in api.people and chat not in api.groups:
        raise bad("chat not found")
    return Scope(scope.get("type", "default"), chat, scope.get("user_id"), str(params.get("language_code") or ""))


METHODS: Final[dict[str, Callable[["BotApi", Json], Any]]] = {
    "getMe": lambda api, _: api.me,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": webhook_info,
    "answerCallbackQuery": answer_query,
    "getFile": get_file,
    "getChat": get_chat,
    "getChatMember": get_member,
    "getChatAdministrators": get_administrators,
    "sendChatAction": chat_action,
    "setMyCommands": set_commands,
    "getMyCommands": get_commands,
    "deleteMyCommands": delete_commands,
}
