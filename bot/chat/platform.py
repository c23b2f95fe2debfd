"""What a platform is to the engine, and the contract every adapter keeps.

An adapter (bot.platforms) hands raw updates to `deliver`, which returns after the commit: only then may the platform be told that
they arrived. `read` makes an event of a raw update and is pure. `send` has these outcomes and no others: it returns
`Sent`, raises `TryLater` (surely not sent), `Lost` (perhaps sent), `NeverWill`, or `Elsewhere` (the chat has another id).
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.chat.events import Address, FromPlatform, Platform
from storage.database import Retry


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a platform can do; the renderer degrades what it cannot."""

    buttons: bool
    edits: bool
    reactions: bool
    photos: int  # per message; 0: none
    text_bytes: int
    starts_conversations: bool
    files: bool = False
    captions: bool = True  # whether a picture carries the words; else it is a message of its own
    media_last: bool = True  # whether what people sent can still be fetched the next day


@dataclass(frozen=True, slots=True)
class Pace:
    """At most `count` messages in `seconds`; `each_chat`: for every chat on its own, `groups`: groups only."""

    count: int
    seconds: float
    each_chat: bool = False
    groups: bool = False


@dataclass(frozen=True, slots=True)
class Raw:
    """An update as it came. `lane` is the chat whose order it keeps."""

    event_id: str
    lane: str
    payload: str = field(repr=False)
    at: datetime


@dataclass(frozen=True, slots=True)
class RenderedButton:
    label: str
    data: str
    row: int
    said: str  # the word that does the same


@dataclass(frozen=True, slots=True)
class Link:
    """An address that opens in a browser."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Bytes of a JPEG to be shown; one that was `drawn` may look different when its message is changed."""

    data: bytes
    name: str
    drawn: bool = False


@dataclass(frozen=True, slots=True)
class File:
    """A document to be kept by whoever gets it. `name` is what it is called there, `mime` its type."""

    data: bytes
    name: str
    mime: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message ready to go. `edits`: the message that is changed instead of sending one, which shows `had` pictures.

    A message with `files` is never changed later. `key` is the same for every try of one message, so that what a platform takes in several parts is not begun anew.
    """

    where: Address
    text: str
    buttons: tuple[RenderedButton, ...] = ()
    pictures: tuple[Picture, ...] = ()
    files: tuple[File, ...] = ()
    links: tuple[Link, ...] = ()
    answers: str | None = None
    edits: str | None = None
    had: int = 0
    key: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """The platform's id of what was sent or changed, the one that has the words; `also` are ids of what belongs to it."""

    message: str
    also: tuple[str, ...] = ()


class TryLater(Exception):
    """Surely not sent; try again after so many seconds. `chat_only`: only this chat has to wait.

    `counts`: the platform was at fault, so the try is used up: waits grow longer and come to an end.
    """

    def __init__(self, after_s: float, reason: str, *, chat_only: bool = True, counts: bool = False) -> None:
        super().__init__(reason)
        self.after_s = after_s
        self.reason = reason
        self.chat_only = chat_only
        self.counts = counts


class Lost(Exception):
    """The answer was lost: it may have been sent."""


class NeverWill(Exception):
    """It will never be sent like this. `unreachable`: nothing can be sent to this address."""

    def __init__(self, reason: str, *, unreachable: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.unreachable = unreachable


class NothingToEdit(NeverWill):
    """The message that should be changed is not there any more, or may not be changed.

    `stays`: it is there and may be changed another time, e.g. when it is pressed.
    """

    def __init__(self, reason: str, *, stays: bool = False) -> None:
        super().__init__(reason)
        self.stays = stays


class Elsewhere(Exception):
    """Not sent: the chat has another id from now on."""

    def __init__(self, to: str) -> None:
        super().__init__(to)
        self.to = to


class Unusable(Exception):
    """The platform does not accept the bot as it is configured; no try will help."""

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.platform = platform


class FetchLater(Exception):
    """A photo could not be had now."""


class FetchNever(Exception):
    """A photo cannot be had any more (expired, too large, gone)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


NotCommitted = Retry
"""Raised by `Deliver` while the database is away for a passing reason: nothing was taken."""

Deliver = Callable[[Sequence[Raw]], Awaitable[None]]


class PlatformAdapter(Protocol):
    """One platform."""

    name: Platform
    abilities: Abilities
    pace: Sequence[Pace]
    listens_alone: bool  # whether two processes that receive would take each other's updates

    @property
    def at_hand(self) -> bool:
        """Whether this process can send; False where another one holds the connection over which is also sent."""
        ...

    async def run(self, deliver: Deliver) -> None:
        """Receive until cancelled."""
        ...

    def read(self, raw: Raw) -> FromPlatform | None:
        """The event of an update; None for one that means nothing to us. Pure; raises ValueError if unreadable."""
        ...

    async def send(self, message: Rendered) -> Sent: ...

    async def react(self, where: Address, message: str, emoji: str) -> None: ...

    async def acknowledge(self, token: str, text: str | None, *, alert: bool) -> None:
        """Answer a press. Raises Lost or NeverWill if it missed its time."""
        ...

    async def fetch(self, ref: str, most_bytes: int) -> bytes:
        """The bytes behind a photo reference; stops over `most_bytes`. Raises FetchLater or FetchNever."""
        ...
