"""From a message ready to go to what is sent of it, in order: pictures, words or cards, files. Pure."""

import base64
import hashlib
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from bot.chat.platform import File, Link, Picture, Rendered
from bot.platforms.wecom import cards, markdown
from bot.platforms.wecom.kinds import Channel, Part, task_of
from bot.platforms.wecom.splitting import split

log = structlog.get_logger(__name__)

# Bytes of UTF-8 (WeCom developer documentation: AI bot long connection, app messages, message push; read 2026-11).
MOST_BYTES: Final = {Channel.BOT: 20_480, Channel.APP: 2_048, Channel.HOOK: 4_096}
MOST_HOOK_PICTURE: Final = 2 * 1024 * 1024  # before base64


def parts(message: Rendered, channel: Channel) -> tuple[Part, ...]:
    """What is sent of a message in a channel.

    A message that changes a card is one card with that card's task id, beside words that have no room there, pictures
    that were not shown yet, and further cards if its buttons are too many for one. Nobody can press in a HOOK.
    """
    fresh = message.pictures[message.had :] if message.edits else message.pictures
    pictures = [part for picture in fresh for part in _picture(picture, channel)]
    files = [_upload("file", file) for file in message.files]
    return (*pictures, *_said(message, channel), *files)


def welcome_body(text: str) -> dict[str, object]:
    """Body of the answer to somebody who opens the chat with the bot: the one place where the bot has plain text."""
    return {"msgtype": "text", "text": {"content": text}}


def _said(message: Rendered, channel: Channel) -> tuple[Part, ...]:
    """Words, or cards and what has no room on them."""
    changes = message.edits is not None and task_of(message.edits) is not None
    if channel is Channel.HOOK or not (message.buttons or changes):
        return _words(message.text, message.links, channel)
    deck = cards.deck(message, channel)
    return (*_words(deck.words, deck.links, channel), *deck.cards)


def _words(text: str, links: Sequence[Link], channel: Channel) -> tuple[Part, ...]:
    """A text and links below it, in as many messages as it takes."""
    app = channel is Channel.APP
    kind = "text" if app else "markdown"
    shown = markdown.app_plain(text) if app else markdown.plain(text)
    link: Callable[[str, str], str] = markdown.anchor if app else markdown.link
    whole = "\n".join((shown, *(link(one.label, one.url) for one in links)))
    pieces = (piece.strip("\n") for piece in split(whole, MOST_BYTES[channel]))
    return tuple(Part(kind, {"content": piece}) for piece in pieces if piece.strip())


def _picture(picture: Picture, channel: Channel) -> tuple[Part, ...]:
    """A picture as its channel takes it; none if it is too large, as the words say the same."""
    if channel is not Channel.HOOK:
        return (_upload("image", picture),)
    if len(picture.data) > MOST_HOOK_PICTURE:
        log.error("picture_too_large", picture=picture.name, size_bytes=len(picture.data))
        return ()
    inline = {
        "base64": base64.b64encode(picture.data).decode(),
        "md5": hashlib.md5(picture.data, usedforsecurity=False).hexdigest(),
    }
    return (Part("image", inline),)


def _upload(kind: str, what: Picture | File) -> Part:
    return Part(kind, {}, upload=what)
