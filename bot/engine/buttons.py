"""Button data: which choice of which prompt, signed for one chat; and the words that do the same."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from bot.chat.events import Incoming, Pressed
from bot.chat.messages import Button, Text
from bot.chat.texts import LANGUAGES, Texts
from bot.chat.wire import read_choices
from bot.domain.case import CaseId
from bot.domain.people import MemberId
from bot.domain.refusal import Refused
from storage import cases, prompts
from storage.database import Tx
from storage.prompts import Prompt

MOST_DATA_BYTES: Final = 64


class Signer(Protocol):
    """Keyed authentication codes, one key a purpose."""

    def mac(self, purpose: str, payload: bytes, length: int = 10) -> bytes: ...

    def verify(self, purpose: str, payload: bytes, mac: bytes) -> bool: ...


def write_data(signer: Signer, prompt: int, index: int, platform: str, chat: str) -> str:
    """What a client sends back when the button is pressed; at most 64 bytes."""
    mac = signer.mac("button", _payload(prompt, index, platform, chat))
    return f"{prompt}.{index}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def _payload(prompt: int, index: int, platform: str, chat: str) -> bytes:
    return f"{prompt}.{index}.{platform}.{chat}".encode()


def open_data(signer: Signer, event: Pressed) -> tuple[int, int]:
    """Prompt and index of a press.

    Raises:
        Refused: the data is not ours, or was made for another chat.
    """
    try:
        prompt, index, mac = event.data.split(".")
        signed = base64.urlsafe_b64decode(mac + "=" * (-len(mac) % 4))
        payload = _payload(int(prompt), int(index), event.where.platform, event.where.chat)
    except ValueError as fault:
        raise Refused("core.button_void") from fault
    if not signer.verify("button", payload, signed):
        raise Refused("core.button_void")
    return int(prompt), int(index)


async def chosen(tx: Tx, signer: Signer, event: Pressed, actor: MemberId) -> Pressed:
    """The press with what it means.

    Raises:
        Refused: forged, expired, replaced by a newer message, meant for somebody else, or about an older round.
    """
    number, index = open_data(signer, event)
    prompt = await prompts.find(tx, number)
    if prompt is None or prompt.closed or prompt.expires_at <= event.at:
        raise Refused("core.button_stale")
    choices = read_choices(prompt.choices)
    if index >= len(choices):
        raise Refused("core.button_void")
    choice = choices[index]
    if choice not in _living(prompt, event.at):
        raise Refused("core.button_stale")
    return await meant(tx, event, choice, actor)


async def meant(tx: Tx, event: Pressed, choice: Button, actor: MemberId) -> Pressed:
    """`event` filled with a choice, if it may be made by this person and is about the case as it stands."""
    if choice.only is not None and choice.only != actor:
        raise Refused("core.button_foreign")
    if choice.case is not None:
        case = await cases.get(tx, choice.case)
        if case.round != choice.round:
            raise Refused("core.button_stale")
    return replace(event, action=choice.action, case=choice.case, round=choice.round, target=choice.target)


def _living(prompt: Prompt, at: datetime) -> list[Button]:
    """The choices that may still be made: those of one message may last differently long."""
    choices = read_choices(prompt.choices)
    longest = max(choice.minutes for choice in choices)
    return [choice for choice in choices if prompt.expires_at - timedelta(minutes=longest - choice.minutes) > at]


@dataclass(frozen=True, slots=True)
class Word:
    """A choice that a typed word may mean."""

    prompt: Prompt
    choice: Button


async def typed(
    tx: Tx, texts: Texts, event: Incoming, actor: MemberId, said: str, case: CaseId | None
) -> Sequence[Word]:
    """Open choices whose label is `said` (or its position, 「1」), best candidates only.

    A quoted message or a case number narrows the search; positions count only where one prompt is meant.
    """
    found = await prompts.list_open(tx, event.where.platform, event.where.chat, event.at)
    open_ = [Word(prompt, choice) for prompt in found for choice in _mine(prompt, actor, event.at)]
    quoted = [word for word in open_ if event.answers is not None and word.prompt.message == event.answers]
    if quoted:
        open_ = quoted
    elif case is not None:
        open_ = [word for word in open_ if case in (word.prompt.case_id, word.choice.case)]
    words = [word for word in open_ if _is_label(texts, word.choice.label, said)]
    # In a group a mere 「1」 may be anybody's talk.
    if not words and len(said) == 1 and said.isdecimal() and (quoted or event.where.private):
        newest = [word for word in open_ if word.prompt.id == open_[0].prompt.id]
        words = newest[int(said) - 1 : int(said)] if said != "0" else []
    return await _standing(tx, words)


def _mine(prompt: Prompt, actor: MemberId, at: datetime) -> list[Button]:
    return [choice for choice in _living(prompt, at) if choice.only in (None, actor)]


async def _standing(tx: Tx, words: Sequence[Word]) -> Sequence[Word]:
    """Only choices about a case as it stands; of several on the same case and action, the newest."""
    kept: dict[tuple[object, ...], Word] = {}
    for word in words:
        choice = word.choice
        key = (choice.action, choice.case, choice.target)
        if key in kept:
            continue
        if choice.case is not None and (await cases.get(tx, choice.case)).round != choice.round:
            continue
        kept[key] = word
    return list(kept.values())


def _is_label(texts: Texts, label: Text, said: str) -> bool:
    now = datetime.min.replace(tzinfo=UTC)  # labels hold no times
    return any(bare(texts.render(label, language, now)) == bare(said) for language in LANGUAGES)


def bare(label: str) -> str:
    """A label as people type it: no spaces, no marks in front, no case."""
    return "".join(label.split()).strip("〔〕[]。.!！✅📍📷⏰🏆⚠️").lower()
