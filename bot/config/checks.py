"""Checks of one value each: the value in its final form, or a ValueError that says what is wrong and the cure."""

import ipaddress
import json
import re
from pathlib import Path
from typing import Final, cast
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BeforeValidator

from bot.config.faults import nearest, shown

SQLITE: Final = "sqlite:///"
# Form of an account and of a group on each platform (WeCom developer documentation, userid and chatid).
_ACCOUNTS: Final = {"telegram": r"[1-9][0-9]{0,15}", "wecom": r"[A-Za-z0-9_.@-]{1,64}", "sandbox": r"[a-z0-9_-]{1,32}"}
_GROUPS: Final = {"telegram": r"-[1-9][0-9]{0,15}", "wecom": r"[A-Za-z0-9_-]{1,64}", "sandbox": r"[a-z0-9_-]{1,32}"}
_HOST_NAME: Final = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(\.(?!-)[A-Za-z0-9-]{1,63})*")


def not_a_boolean(value: object) -> object:
    """`value`; pydantic would count true as 1."""
    if isinstance(value, bool):
        raise ValueError(f"{str(value).lower()} is not a whole number. Write digits without quotes.")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("this is not a text. Put it in double quotes.")
    return value.strip()


def _items(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        try:
            return cast(object, json.loads(value))  # json.loads is typed Any; pydantic checks the items
        except json.JSONDecodeError as error:
            raise ValueError(f'{shown(value)} is not a list. Write ["a", "b"] or a,b.') from error
    return [part.strip() for part in value.split(",") if part.strip()]


LIST: Final = BeforeValidator(_items)


def file(value: object) -> Path:
    """A path that is not empty."""
    if isinstance(value, Path):
        return value
    if not (text := _text(value)):
        raise ValueError("the path is empty. Name a file, or remove the line to take the default.")
    return Path(text)


def folder_or_none(value: object) -> Path | None:
    """A path, or None for an empty text."""
    return file(value) if value else None


def town_code(value: object) -> str:
    """Two to six capital letters."""
    text = _text(value)
    if not re.fullmatch(r"[A-Z]{2,6}", text):
        raise ValueError(f'{shown(text)} is no code of 2 to 6 capital letters A to Z. For example "WD".')
    return text


def timezone(value: object) -> str:
    """A name of the IANA list that this machine knows."""
    text = _text(value)
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):  # unknown; not a name; a folder of the list such as "Asia"
        known = nearest(text, available_timezones())
        hint = f"nearest: {shown(known)}" if known else 'for example "Asia/Shanghai"'
        raise ValueError(
            f"{shown(text)} is not a time zone; {hint}. Write a name of the IANA list, capitals as there."
        ) from None
    return text


def _space_and_id(value: object, forms: dict[str, str], example: str) -> str:
    text = _text(value)
    space, colon, ident = text.partition(":")
    if not colon:
        raise ValueError(f"{shown(text)} does not say on which platform. Write platform:id, for example {example}.")
    if space not in forms:
        meant = nearest(space, forms)
        hint = f"; nearest: {shown(meant)}" if meant else ""
        raise ValueError(f"{shown(space)} is not a platform{hint}. Platforms are {', '.join(forms)}.")
    if not re.fullmatch(forms[space], ident):
        raise ValueError(f"{shown(ident)} is not an id as {space} gives them. For example {example}.")
    return text


def account(value: object) -> str:
    """An account as `platform:id`; WeCom tells capital and small letters not apart."""
    written = _space_and_id(value, _ACCOUNTS, '"telegram:1001" or "wecom:zhangsan"')
    return written.lower() if written.startswith("wecom:") else written


def group(value: object) -> str:
    """A group chat as `platform:chat`."""
    return _space_and_id(value, _GROUPS, '"telegram:-1001" or "wecom:wrGroup01"')


def _split(text: str) -> SplitResult | None:
    try:
        parts = urlsplit(text)
        _ = parts.port  # read here, because a port that is no number fails only when read
    except ValueError:
        return None
    return parts


def database_url(value: object) -> str:
    """`sqlite:///FILE` or `postgresql://…/NAME`; the value is never repeated, it may hold a password."""
    text = _text(value)
    if text.startswith(SQLITE) and len(text) > len(SQLITE) and "?" not in text:
        return text
    if text.startswith("sqlite:"):
        raise ValueError("a SQLite address is sqlite:/// and a file. For example sqlite:///var/wudayuan.db.")
    parts = _split(text)
    if parts is None or parts.scheme != "postgresql":
        meant = nearest(parts.scheme, ("sqlite", "postgresql")) if parts else None
        hint = f"; nearest scheme: {meant}" if meant else ""
        raise ValueError(f"this is no database address{hint}. Write sqlite:///FILE or postgresql://USER@HOST/NAME.")
    if not parts.path.strip("/"):
        raise ValueError("the address names no database. End it with /NAME, for example /wudayuan.")
    return text


def photo_store(value: object) -> str:
    """A folder, or `s3://BUCKET/PREFIX`."""
    text = _text(value)
    scheme, separator, rest = text.partition("://")
    if not text or (separator and (scheme != "s3" or not re.match(r"[a-z0-9][a-z0-9.-]{2,62}(?=/|\?|$)", rest))):
        raise ValueError(f'{shown(text)} is no place for photos. Write a folder ("var/photos") or s3://BUCKET/PREFIX.')
    return text


def host(value: object) -> str:
    """An IP address or a host name, without port."""
    text = _text(value)
    if not _HOST_NAME.fullmatch(text) and not _address(text):
        raise ValueError(f'{shown(text)} is no address to listen on. Write "127.0.0.1", or "0.0.0.0" for all; no port.')
    return text


def public_url(value: object) -> str:
    """Empty, `https://…`, or `http://` to this machine; without a final slash."""
    text = _text(value)
    return _secure(text, "http", "web address", "https://wudayuan.example.cn").rstrip("/") if text else text


def telegram_token(value: object) -> str:
    """Empty, or a token as BotFather gives it; never repeated in a fault."""
    text = _text(value)
    if text and not re.fullmatch(r"[1-9][0-9]{0,15}:[A-Za-z0-9_-]{30,100}", text):
        raise ValueError("this is no bot token. Copy the whole line BotFather gives: digits, a colon, about 35 signs.")
    return text


def webhook_secret(value: object) -> str:
    """Empty, or a word as Telegram takes it (Bot API, setWebhook, secret_token); never repeated in a fault."""
    text = _text(value)
    if text and not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", text):
        raise ValueError("the secret must be 16 to 256 of A-Z, a-z, 0-9, _ and -. Make a long random one.")
    return text


def api_base(value: object) -> str:
    """`https://…`, or `http://` to this machine, ending where the token begins."""
    return _secure(_text(value), "http", "web address", "https://api.telegram.org/bot")


def ws_url(value: object) -> str:
    """`wss://…`, or `ws://` to this machine."""
    return _secure(_text(value), "ws", "address of a long connection", "wss://chat.example.cn")


def _secure(text: str, plain: str, what: str, example: str) -> str:
    """An address that is encrypted, or with the scheme `plain` one of this machine; without query and fragment."""
    parts, secure = _split(text), f"{plain}s"
    if parts is None or parts.scheme not in {plain, secure} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f'{shown(text)} is no {what}. For example "{example}".')
    if parts.scheme == plain and not is_loopback(parts.hostname):
        raise ValueError(f"{shown(text)} is not encrypted. Write {secure}://; {plain} is for this machine only.")
    return text


def wecom_id(value: object) -> str:
    """Empty, or the id of a bot or of a company, as WeCom's console shows it."""
    text = _text(value)
    if text and not re.fullmatch(r"[A-Za-z0-9_-]{4,64}", text):
        raise ValueError(
            f"{shown(text)} is no id as WeCom shows it: letters, digits, _ and -. Copy it from the console."
        )
    return text


def wecom_secret(value: object) -> str:
    """Empty, or a secret as WeCom's console shows it; never repeated in a fault."""
    text = _text(value)
    if text and not re.fullmatch(r"[A-Za-z0-9_-]{16,128}", text):
        raise ValueError("this is no secret of WeCom: letters, digits, _ and -, no spaces. Copy it from the console.")
    return text


def callback_token(value: object) -> str:
    """Empty, or the Token of a callback; never repeated in a fault."""
    text = _text(value)
    if text and not re.fullmatch(r"[A-Za-z0-9]{3,32}", text):
        raise ValueError(
            "the Token is 3 to 32 letters and digits. Copy it from the page of the callback in the console."
        )
    return text


def aes_key(value: object) -> str:
    """Empty, or the EncodingAESKey of a callback; never repeated in a fault."""
    text = _text(value)
    if text and not re.fullmatch(r"[A-Za-z0-9]{43}", text):
        raise ValueError("the EncodingAESKey is exactly 43 letters and digits. Copy it from the console.")
    return text


def hook_urls(value: object) -> dict[str, str]:
    """Names of group chats with the addresses of their webhooks; an address is never repeated, it is a secret."""
    if isinstance(value, str):
        try:
            value = cast(object, json.loads(value or "{}"))  # json.loads is typed Any; looked at below
        except json.JSONDecodeError as error:
            raise ValueError('this is no table. Write {"group" = "https://…"}.') from error
    if not isinstance(value, dict):
        raise ValueError('this is no table. Write urls = {"name of the group" = "https://…"}.')
    return {_hook_name(name): _hook_url(name, url) for name, url in cast("dict[object, object]", value).items()}


def _hook_name(name: object) -> str:
    text = _text(name)
    if not re.fullmatch(_GROUPS["wecom"], text):
        raise ValueError(f"{shown(text)} is no name for a group: letters, digits, _ and -, at most 64.")
    return text


def _hook_url(name: object, value: object) -> str:
    parts = _split(_text(value))
    secure = parts is not None and (parts.scheme == "https" or is_loopback(parts.hostname or ""))
    if parts is None or not secure or not parts.hostname or not re.search(r"(^|&)key=[A-Za-z0-9-]{8,}", parts.query):
        raise ValueError(
            f"the address of {shown(name)} is no webhook. Copy it whole from the robot's page, with its key."
        )
    return _text(value)


def proxy_url(value: object) -> str:
    """Empty, or the address of a proxy; never repeated, it may hold a password."""
    text = _text(value)
    parts = _split(text) if text else None
    if text and (parts is None or parts.scheme not in {"http", "https", "socks5", "socks5h"} or not parts.hostname):
        raise ValueError('this is no proxy. Write for example "http://127.0.0.1:7890" or "socks5://127.0.0.1:1080".')
    return text


def is_loopback(name: str) -> bool:
    """Whether `name` is this machine and no other."""
    address = _address(name)
    return address.is_loopback if address else name == "localhost"


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None
