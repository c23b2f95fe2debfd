"""Cards with buttons (`button_interaction`), new ones and changed ones. The text of a card is never markup.

Lengths are those that WeCom advises (developer documentation: types of template cards of the AI bot; app messages; read
2026-11), the lesser of both except for the body. They are counted in columns, two for a Chinese character.
"""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.chat.platform import Link, Rendered, RenderedButton
from bot.platforms.wecom.kinds import Channel, Part, task_of

MOST_BUTTONS: Final = 6
MOST_ROWS: Final = 6
MOST_JUMPS: Final = 3
MOST_TITLE: Final = 52
MOST_NAME: Final = 10
MOST_VALUE: Final = 52
MOST_LABEL: Final = 20
MOST_JUMP: Final = 26
MOST_BODY: Final = {Channel.BOT: 224, Channel.APP: 320}
CHOSEN: Final = "chosen"  # key of the button of a card that has no choice left; it means nothing to anybody

_TITLE_SIGNS: Final = 36  # what an app shows of a title, however narrow
_DONE: Final = "✓"
_FIRST, _OTHER, _GREY = 1, 2, 4
_ROW: Final = re.compile(r"(?P<name>[^：:]+?)(?:：|: )\s*(?P<value>\S.*)")


@dataclass(frozen=True, slots=True)
class Deck:
    """The cards of a message; `words` and `links` are what had no room there, to be read before them."""

    cards: tuple[Part, ...]
    words: str = ""
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class _Face:
    """What a card shows above its buttons."""

    title: str
    body: str = ""
    rows: tuple[tuple[str, str], ...] = ()


def deck(message: Rendered, channel: Channel) -> Deck:
    """The cards of a message with buttons, or the changed card of one that had some.

    The first is the one that is changed; there are more where the buttons are too many for one. A message without
    buttons is a card with nothing left to choose. Task ids are the same for every try of a message.
    """
    text = _listing(message.text, message.buttons)
    face, whole = _face(text, MOST_BODY[channel])
    on_card = _jump(message.links)
    groups = [message.buttons[at : at + MOST_BUTTONS] for at in range(0, len(message.buttons), MOST_BUTTONS)] or [()]
    cards: list[Part] = []
    for index, buttons in enumerate(groups):
        shown, links = (face, message.links if on_card else ()) if index == 0 else (_Face(face.title), ())
        numbered = _numbered(buttons, index * MOST_BUTTONS)
        cards.append(_card(shown, numbered, links, _task(message, index, buttons)))
    return Deck(tuple(cards), "" if whole else text, () if on_card else message.links)


def bot_update(card: Part, only: Sequence[str] = ()) -> dict[str, object]:
    """Body of the answer to a press with which the bot changes a card, for everybody or for these members of a group."""
    members = {"userids": list(only)} if only else {}
    return {"response_type": "update_template_card", **members, "template_card": dict(card.content)}


def app_update(card: Part) -> dict[str, object]:
    """What a request of the app says of a changed card. It keeps its task id, which may not be named a second time."""
    return {"template_card": {name: value for name, value in card.content.items() if name != "task_id"}}


def _card(face: _Face, buttons: Sequence[tuple[str, str]], links: Sequence[Link], task_id: str) -> Part:
    """`buttons` are (label, key); a card without any has a grey one, as WeCom knows none without."""
    content: dict[str, object] = {"card_type": "button_interaction", "main_title": {"title": face.title}}
    if face.body:
        content["sub_title_text"] = face.body
    if face.rows:
        content["horizontal_content_list"] = [{"keyname": name, "value": value} for name, value in face.rows]
    if links:
        content["jump_list"] = [{"type": 1, "title": link.label, "url": link.url} for link in links]
    content["button_list"] = [
        {"text": label, "style": _OTHER if index else _FIRST, "key": key} for index, (label, key) in enumerate(buttons)
    ] or [{"text": _DONE, "style": _GREY, "key": CHOSEN}]
    if not buttons:
        # An app's card gets a grey button that cannot be pressed. The bot's pages do not name this field: there the
        # button may stay alive, and its key is no choice.
        content["replace_text"] = _DONE
    return Part("template_card", {**content, "task_id": task_id})


def _face(text: str, most_body: int) -> tuple[_Face, bool]:
    """What a card shows of a text, and whether that is all of it; else it is the title alone."""
    title, *lines = [line.strip() for line in text.splitlines() if line.strip()] or [""]
    shown = _cut(title)
    rest: list[str] = [] if shown == title else [title]
    begin, rows = _table(lines)
    rest += [*lines[:begin], *lines[begin + len(rows) :]]
    body = "\n".join(rest)
    return (_Face(shown, body, rows), True) if _columns(body) <= most_body else (_Face(shown), False)


def _table(lines: Sequence[str]) -> tuple[int, tuple[tuple[str, str], ...]]:
    """The first rows that follow each other, and where they begin; one alone is a sentence and stays among its kind."""
    found: list[tuple[str, str]] = []
    for at, line in enumerate((*lines, "")):
        row = _row(line)
        if row is not None and len(found) < MOST_ROWS:
            found.append(row)
        elif len(found) > 1:
            return at - len(found), tuple(found)
        else:
            found = []
    return 0, ()


def _row(line: str) -> tuple[str, str] | None:
    """A line 「地点：客运站」 as a row of the card, if it is short enough for one."""
    found = _ROW.fullmatch(line)
    if found is None or _columns(found["name"]) > MOST_NAME or _columns(found["value"]) > MOST_VALUE:
        return None
    return found["name"], found["value"]


def _cut(title: str) -> str:
    """`title` as far as there is room."""
    if _columns(title) <= MOST_TITLE and len(title) <= _TITLE_SIGNS:
        return title
    kept = title[: _TITLE_SIGNS - 1]
    while _columns(kept) > MOST_TITLE - 2:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def _listing(text: str, buttons: Sequence[RenderedButton]) -> str:
    """`text`, and below it the labels that are too long for a button, by their number."""
    long = [f"{n} {button.label}" for n, button in enumerate(buttons, 1) if _columns(button.label) > MOST_LABEL]
    return "\n".join((text, *long)) if long else text


def _numbered(buttons: Sequence[RenderedButton], before: int) -> tuple[tuple[str, str], ...]:
    """Label and key of each button; `before` so many others come first."""
    return tuple(
        (button.label if _columns(button.label) <= MOST_LABEL else str(n), button.data)
        for n, button in enumerate(buttons, before + 1)
    )


def _jump(links: Sequence[Link]) -> bool:
    """Whether a card has room for these links."""
    return len(links) <= MOST_JUMPS and all(_columns(link.label) <= MOST_JUMP for link in links)


def _task(message: Rendered, index: int, buttons: Sequence[RenderedButton]) -> str:
    """The task id of a card: the one it has if it is changed, else one that no other message ever has."""
    known = task_of(message.edits) if message.edits and index == 0 else None
    if known is not None:
        return known
    said = "\0".join((message.key, str(index), *(button.data for button in buttons)))
    return f"c{index}-{hashlib.blake2b(said.encode(), digest_size=20).hexdigest()}"


def _columns(text: str) -> int:
    """How wide `text` is."""
    return sum(2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in text)


def marked(card: Part, notice: str) -> Part:
    """A card as it stands, with a word on it that answers a press; what it said stays as far as there is room."""
    before = card.content.get("sub_title_text")
    body = "\n".join((notice, before)) if isinstance(before, str) else notice
    if _columns(body) > MOST_BODY[Channel.BOT]:
        body = notice
    return replace(card, content={**card.content, "sub_title_text": body})
