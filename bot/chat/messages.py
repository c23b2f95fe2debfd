"""What a handler returns: values, rendered and sent long after the commit."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from bot.chat.events import Address, Incoming, PhotoId, Pressed
from bot.domain.case import Case, CaseId, CaseMoved
from bot.domain.people import MemberId


@dataclass(frozen=True, slots=True)
class Until:
    """Shown as the time left at the moment the message is sent: 还剩 2 小时."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Text:
    """A catalogue key with its fields. Rendered in the reader's language when it is claimed for sending."""

    key: str
    args: "dict[str, Arg]" = field(default_factory=dict[str, "Arg"])


@dataclass(frozen=True, slots=True)
class Lines:
    """Texts put together; empty ones leave no trace."""

    parts: "tuple[Text, ...]"
    between: str = "\n"


Arg = str | int | datetime | timedelta | Until | Text | Lines


@dataclass(frozen=True, slots=True)
class CasePage:
    """A link to the page of a case, under a label; made for whoever gets the message, and never in a group."""

    case: CaseId
    label: Text


class Rank(IntEnum):
    """Whose message goes first when the pace is short."""

    REPLY = 0
    CARD = 1
    REMINDER = 2
    BROADCAST = 3


@dataclass(frozen=True, slots=True)
class Button:
    """A choice, bound to a case and its round where it is about one; `only` is who may press."""

    action: str  # "feature.action"
    label: Text
    case: CaseId | None = None
    round: int = 0
    target: str = ""  # what is chosen: an agency, a category, a number of days
    only: MemberId | None = None
    row: int = 0  # buttons of one row stand beside each other
    minutes: int = 60 * 24 * 7  # how long it may be pressed


class AttachmentKind(StrEnum):
    PHOTO = "photo"  # a stored photo, by PhotoId
    DRAWN = "drawn"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A stored photo, or a picture or a file that is made when the message is sent.

    For DRAWN and FILE: `name` is what makes it, `words` its words, `rows` the cells of its tables. DRAWN: `photos` are
    the stored photos it uses. FILE: `name` ends as the file does, and the word `file` is what it is called before that;
    a message with one has no slot, as few platforms can change it later.
    """

    kind: AttachmentKind
    photos: tuple[PhotoId, ...] = ()
    name: str = ""
    words: "dict[str, Arg]" = field(default_factory=dict[str, "Arg"])
    rows: "tuple[tuple[Arg, ...], ...]" = ()


@dataclass(frozen=True, slots=True)
class While:
    """A message is worth sending only while the case is still so; a stale one is dropped."""

    case: CaseId
    round: int | None = None
    states: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message.

    `once` is the key of a fact told once, whichever event leads to it. `slot`: a newer message of the same slot
    edits the older, or replaces it while unsent.
    """

    to: Address | MemberId
    text: Text | Lines
    buttons: tuple[Button, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    answers: str | None = None
    once: str | None = None
    slot: str | None = None
    rank: Rank = Rank.REPLY
    case: CaseId | None = None
    not_before: datetime | None = None
    valid: While | None = None
    wait_photos_s: int = 0  # how long the message may wait for its photos before it goes as text
    only_edit: bool = False  # change the slot's message if it was sent; never a fresh one
    page: CasePage | None = None


@dataclass(frozen=True, slots=True)
class React:
    """A quiet sign on somebody's message; failing never matters."""

    where: Address
    message: str
    emoji: str


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """The answer a platform wants to a press, in its own fast lane."""

    to: Pressed
    text: Text | None = None
    alert: bool = False


Effect = Outgoing | CaseMoved | React | Acknowledge
Effects = Sequence[Effect]


def photo(photo_id: PhotoId) -> Attachment:
    """A stored photo as attachment."""
    return Attachment(AttachmentKind.PHOTO, (photo_id,))


def answer(event: Incoming | Pressed, text: Text | Lines, *buttons: Button, case: Case | None = None) -> Outgoing:
    """A reply to the message, where it was written; one about a `case` may be quoted in turn."""
    quoted = event.message or None if isinstance(event, Incoming) else None
    return Outgoing(event.where, text, buttons, answers=quoted, case=case.id if case else None)


def tell(member: MemberId, text: Text | Lines, *buttons: Button, case: Case | None = None) -> Outgoing:
    """A private message to a member, wherever they are best reached."""
    return Outgoing(member, text, buttons, case=case.id if case else None, rank=Rank.CARD)


def post(group: Address, text: Text | Lines, *buttons: Button) -> Outgoing:
    """A message of our own accord in a group."""
    return Outgoing(group, text, buttons, rank=Rank.CARD)
