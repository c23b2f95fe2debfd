"""What happens: each is one row of the inbox and one transaction."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from bot.domain.case import CaseId
from bot.domain.people import MemberId

PhotoId = NewType("PhotoId", int)


class Platform(StrEnum):
    """A place where people chat; also the space their accounts live in."""

    TELEGRAM = "telegram"
    WECOM = "wecom"
    SANDBOX = "sandbox"


@dataclass(frozen=True, slots=True)
class Address:
    """A chat of a platform; `private` is one person with the bot."""

    platform: Platform
    chat: str
    private: bool


@dataclass(frozen=True, slots=True)
class Photo:
    """A reference by which the platform gives the bytes later; nothing is downloaded before the commit."""

    ref: str = field(repr=False)  # may hold an address and a key
    bytes: int | None = None  # as the platform says, not trusted
    kind: str = "photo"  # photo | file; of media: voice | video


@dataclass(frozen=True, slots=True)
class Position:
    """WGS-84, degrees, as sent by a person; `name` is what the platform's map calls the place, if it does."""

    lat: float
    lon: float
    name: str = ""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message of a person. `at` is the receipt by this server and the handler's only clock."""

    event_id: str
    where: Address
    sender: str
    text: str
    at: datetime
    photos: tuple[Photo, ...] = ()
    answers: str | None = None  # the message this one quotes
    message: str = ""  # its own id in the chat
    sender_name: str = ""  # proves nothing
    position: Position | None = None
    album: str | None = None
    said_at: datetime | None = None  # the platform's time
    media: tuple[Photo, ...] = ()  # voice and video: kept as evidence, nobody here listens or looks
    edited: bool = False  # a newer version of a message that came before, under the same id
    forwarded: bool = False  # somebody else's words, passed on
    quoted: str = ""  # the words it quotes, where the platform does not say which message that is
    addressed: bool = False  # in a group, said to the bot: it was mentioned
    masked: bool = False  # posted in the name of a chat: the sender is that chat, and no person is known
    rest: str = ""  # what follows the command word; from here on filled by the router
    about: CaseId | None = None  # the case of the quoted message; set before that if it was sent on the case's page


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button of ours. `data` is what the client sent and may be forged; the router opens it."""

    event_id: str
    where: Address
    sender: str
    data: str
    at: datetime
    message: str = ""
    token: str = ""  # by which the platform takes an acknowledgement
    sender_name: str = ""
    said: str = ""  # the word typed instead of a press
    action: str = ""  # from here on filled by the router, from `data` or from the typed word
    case: CaseId | None = None
    round: int = 0
    target: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """The bot was added, given other rights, blocked or removed. `hears`: whether it gets everything said there."""

    event_id: str
    where: Address
    sender: str  # who did it
    at: datetime
    present: bool
    hears: bool
    title: str = ""  # of the chat, as people see it


@dataclass(frozen=True, slots=True)
class Migrated:
    """A chat has another id from now on; ids of its earlier messages are void."""

    event_id: str
    where: Address
    to: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Trouble:
    """A platform cannot be heard, or can be again. `what` is a word of the platform's own, `detail` a figure or name."""

    event_id: str
    platform: Platform
    what: str
    detail: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """An instant that has come. `key` names the object, e.g. a case id."""

    event_id: str
    name: str
    key: str
    due_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class PhotoStored:
    event_id: str
    photo: PhotoId
    at: datetime


@dataclass(frozen=True, slots=True)
class PhotoFailed:
    event_id: str
    photo: PhotoId
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Delivered:
    event_id: str
    outbox: int
    at: datetime


@dataclass(frozen=True, slots=True)
class NotDelivered:
    """A message was given up (unreachable | refused | tired), or nobody knows whether it was sent (unclear)."""

    event_id: str
    outbox: int
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Ordered:
    """A command given on the machine itself, beside the running bot."""

    event_id: str
    name: str
    args: str  # JSON
    by: MemberId
    at: datetime


FromPerson = Incoming | Pressed
FromPlatform = FromPerson | Placed | Migrated | Trouble
Event = FromPlatform | Due | PhotoStored | PhotoFailed | Delivered | NotDelivered | Ordered
