"""From a message ready to go to the calls that show it. Pure; no parse mode, so nothing a person wrote is markup."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

from bot.chat.events import Address
from bot.chat.platform import File, Link, Picture, Rendered, RenderedButton
from bot.platforms.telegram.api import Call
from bot.platforms.telegram.ids import parts
from bot.platforms.telegram.length import MOST_CAPTION, MOST_TEXT, cut, units

MOST_IN_ALBUM: Final = 10
_NO_PREVIEW: Final = {"is_disabled": True}


@dataclass(frozen=True, slots=True)
class Plan:
    """The calls of one message. `pictures` go first if `words_last`, as an album can have no buttons; else after.

    Either may be missing. `words` is the one whose message is edited later. `files` come at the end, one by one.
    """

    words: Call | None
    pictures: Call | None = None
    words_last: bool = False
    files: tuple[Call, ...] = ()

    @property
    def calls(self) -> tuple[Call, ...]:
        """All of them in order."""
        shown = (self.pictures, self.words) if self.words_last else (self.words, self.pictures)
        return (*filter(None, shown), *self.files)


def plan(message: Rendered, *, previews: bool = True) -> Plan:
    """How a message is sent, or changed. `previews`: the server knows how to leave link previews out."""
    if message.edits is not None:
        return _changing(message, message.edits, previews=previews)
    if len(message.files) == 1 and not message.pictures and units(message.text) <= MOST_CAPTION:
        return Plan(_document(message, message.files[0]))
    files = tuple(_document(_bare(message), file) for file in message.files)
    return replace(_sending(message, previews=previews), files=files)


def _sending(message: Rendered, *, previews: bool) -> Plan:
    """Words and pictures of a new message."""
    if not message.pictures:
        return Plan(_text(message, previews=previews))
    if len(message.pictures) == 1 and units(message.text) <= MOST_CAPTION:
        return Plan(_photo(message, message.pictures[0]))
    if not message.text and not message.buttons:
        return Plan(None, _pictures(message, message.pictures))
    return Plan(_text(message, previews=previews), _pictures(message, message.pictures), words_last=True)


def answering(call: Call, message: str) -> Call:
    """`call` as an answer to another message of the chat."""
    return replace(call, params={**call.params, "reply_parameters": _reply(message)})


def reaction(where: Address, message: str, emoji: str) -> Call:
    """A sign on somebody's message."""
    _, number = parts(message)
    signs = [{"type": "emoji", "emoji": emoji}]
    return Call("setMessageReaction", {"chat_id": int(where.chat), "message_id": number, "reaction": signs})


def _text(message: Rendered, *, previews: bool) -> Call:
    params = {**_target(message), "text": cut(message.text, MOST_TEXT), **_keyboard(message.buttons, message.links)}
    return Call("sendMessage", {**params, **_without_preview(previews=previews)})


def _photo(message: Rendered, picture: Picture) -> Call:
    return Call("sendPhoto", _captioned(message), {"photo": picture})


def _document(message: Rendered, file: File) -> Call:
    return Call("sendDocument", _captioned(message), {"document": file})


def _captioned(message: Rendered) -> dict[str, object]:
    caption = {"caption": message.text} if message.text else {}
    return {**_target(message), **caption, **_keyboard(message.buttons, message.links)}


def _bare(message: Rendered) -> Rendered:
    """Where the message goes, without what it says."""
    return replace(message, text="", buttons=(), links=())


def _pictures(message: Rendered, pictures: Sequence[Picture]) -> Call:
    """Pictures without words: an album, or the only one."""
    if len(pictures) == 1:
        return Call("sendPhoto", _target(message), {"photo": pictures[0]})
    files = {f"photo{n}": picture for n, picture in enumerate(pictures[:MOST_IN_ALBUM])}
    media = [{"type": "photo", "media": f"attach://{name}"} for name in files]
    return Call("sendMediaGroup", {**_target(message), "media": media}, files)


def _changing(message: Rendered, edits: str, *, previews: bool) -> Plan:
    """What shows one picture has a caption; anything else is a text, perhaps with an album before it.

    A picture that was not there yet is added to a text, or follows as an answer if there are several.
    """
    _, number = parts(edits)
    target = {"chat_id": int(message.where.chat), "message_id": number}
    buttons = _keyboard(message.buttons, message.links)
    fresh = message.pictures[message.had :]
    added = _pictures(replace(message, answers=edits), fresh) if fresh else None
    caption = cut(message.text, MOST_CAPTION)
    if message.had == 1 and not (message.pictures and message.pictures[0].drawn):
        return Plan(Call("editMessageCaption", {**target, "caption": caption, **buttons}), added)
    if len(message.pictures) == 1 and message.had <= 1 and units(message.text) <= MOST_CAPTION:
        media = {"type": "photo", "media": "attach://photo", "caption": caption}
        return Plan(Call("editMessageMedia", {**target, "media": media, **buttons}, {"photo": message.pictures[0]}))
    text = {"text": cut(message.text, MOST_TEXT), **_without_preview(previews=previews)}
    return Plan(Call("editMessageText", {**target, **text, **buttons}), added)


def _target(message: Rendered) -> dict[str, object]:
    """Chat, topic and the message that is answered, if any; one that was deleted is answered all the same."""
    target: dict[str, object] = {"chat_id": int(message.where.chat)}
    if message.answers is None:
        return target
    topic, _ = parts(message.answers)
    if topic is not None:
        target["message_thread_id"] = topic
    return {**target, "reply_parameters": _reply(message.answers)}


def _reply(message: str) -> dict[str, object]:
    return {"message_id": parts(message)[1], "allow_sending_without_reply": True}


def _keyboard(buttons: Sequence[RenderedButton], links: Sequence[Link]) -> dict[str, object]:
    """Choices by row, then a row for each link; Telegram refuses a message with one to this machine or in plain http."""
    rows: list[list[dict[str, str]]] = [
        [{"text": button.label, "callback_data": button.data} for button in row]
        for _, row in groupby(sorted(buttons, key=lambda button: button.row), key=lambda button: button.row)
    ]
    rows += [[{"text": link.label, "url": link.url}] for link in links if link.url.startswith("https://")]
    return {"reply_markup": {"inline_keyboard": rows}} if rows else {}


def _without_preview(*, previews: bool) -> dict[str, object]:
    return {"link_preview_options": _NO_PREVIEW} if previews else {}
