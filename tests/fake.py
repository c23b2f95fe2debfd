"""The edges of the world that tests replace: the clock and the chat platform."""

import io
import itertools
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from PIL import Image, ImageDraw

from bot.chat.events import (
    Address,
    FromPlatform,
    Incoming,
    Migrated,
    Photo,
    Placed,
    Platform,
    Position,
    Pressed,
    Trouble,
)
from bot.chat.platform import (
    Abilities,
    Deliver,
    Elsewhere,
    FetchNever,
    Lost,
    NeverWill,
    NothingToEdit,
    Pace,
    Raw,
    Rendered,
    Sent,
    TryLater,
)

GROUP = "work-group"
RECORDED = {"voice": b"OggS\x00\x02 a few words", "video": b"\x00\x00\x00\x18ftypmp42 a few frames"}


@dataclass
class FakeClock:
    """Moves only when a test moves it."""

    at: datetime = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # a Monday, 9:00 in Shanghai
    passed_s: float = 0.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.passed_s

    def move(self, to: datetime) -> None:
        assert to >= self.at, "time does not run backwards here"
        self.passed_s += (to - self.at).total_seconds()
        self.at = to

    def jump(self, **length: float) -> None:
        """Somebody sets the clock, ahead or back, while no time passes."""
        self.at += timedelta(**length)


@dataclass
class Shown:
    """A message as it stands in a chat now."""

    id: str
    rendered: Rendered
    edits: int = 0
    sender: str = "bot"
    reactions: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return self.rendered.text

    @property
    def labels(self) -> list[str]:
        return [button.label for button in self.rendered.buttons]


class FakePlatform:
    """Chats in memory; delivery can be made to fail."""

    pace: Sequence[Pace] = ()
    listens_alone = False
    at_hand = True

    def __init__(self, name: Platform, clock: FakeClock) -> None:
        self.name = name
        self.clock = clock
        self.abilities = Abilities(
            buttons=True, edits=True, reactions=True, photos=9, text_bytes=20_000, starts_conversations=True, files=True
        )
        self.chats: dict[str, list[Shown]] = defaultdict(list)
        self.notices: dict[str, list[str]] = defaultdict(list)
        self.uploads: dict[str, bytes | None] = {}
        self.faults: list[TryLater | Lost | NeverWill | Elsewhere] = []
        self.late: list[Lost | NeverWill] = []  # what the next acknowledgements meet
        self.acknowledged: list[str] = []
        self.blocked: set[str] = set()
        self.moved: dict[str, str] = {}  # chats that have another id
        self.told: dict[str, Placed | Migrated | Trouble] = {}
        self._ids = itertools.count(1)
        self._tokens: dict[str, str] = {}

    async def run(self, deliver: Deliver) -> None:
        raise AssertionError("tests hand updates over themselves")

    def raw(self, event: FromPlatform) -> Raw:
        """An event as an update of this platform."""
        if isinstance(event, Placed | Migrated | Trouble):
            self.told[event.event_id] = event
            chat = event.where.chat if isinstance(event, Placed | Migrated) else ""
            return Raw(event.event_id, chat, json.dumps({"told": event.event_id}), event.at)
        chat = event.where.chat
        if isinstance(event, Pressed):
            body = {"data": event.data, "message": event.message, "token": event.token}
        else:
            body = {
                "text": event.text,
                "photos": [[photo.ref, photo.kind] for photo in event.photos],
                "answers": event.answers,
                "message": event.message,
                "name": event.sender_name,
                "position": [event.position.lat, event.position.lon, event.position.name] if event.position else None,
                "album": event.album,
                "media": [[media.ref, media.kind] for media in event.media],
                "is": [event.edited, event.forwarded, event.masked],
            }
        body |= {"chat": chat, "private": event.where.private, "sender": event.sender}
        return Raw(event.event_id, chat, json.dumps(body), event.at)

    def read(self, raw: Raw) -> FromPlatform | None:
        body = json.loads(raw.payload)
        if "told" in body:
            return self.told[body["told"]]
        where = Address(self.name, body["chat"], body["private"])
        if "data" in body:
            return Pressed(
                raw.event_id, where, body["sender"], body["data"], raw.at, message=body["message"], token=body["token"]
            )
        position = body["position"]
        edited, forwarded, masked = body["is"]
        return Incoming(
            raw.event_id,
            where,
            body["sender"],
            body["text"],
            raw.at,
            photos=tuple(Photo(ref, kind=kind) for ref, kind in body["photos"]),
            answers=body["answers"],
            message=body["message"],
            sender_name=body["name"],
            position=Position(*position) if position else None,
            album=body["album"],
            media=tuple(Photo(ref, kind=kind) for ref, kind in body["media"]),
            edited=edited,
            forwarded=forwarded,
            masked=masked,
        )

    def new_id(self) -> str:
        return f"m{next(self._ids)}"

    def token_for(self, account: str) -> str:
        token = f"t{next(self._ids)}"
        self._tokens[token] = account
        return token

    async def send(self, message: Rendered) -> Sent:
        if self.faults:
            raise self.faults.pop(0)
        if message.where.chat in self.blocked:
            raise NeverWill("blocked", unreachable=True)
        if message.where.chat in self.moved:
            raise Elsewhere(self.moved[message.where.chat])
        chat = self.chats[message.where.chat]
        if message.edits is not None:
            for shown in chat:
                if shown.id == message.edits:
                    shown.rendered = replace(message, answers=shown.rendered.answers)
                    shown.edits += 1
                    return Sent(shown.id)
            raise NothingToEdit("nothing to edit")
        shown = Shown(self.new_id(), message)
        chat.append(shown)
        return Sent(shown.id)

    async def react(self, where: Address, message: str, emoji: str) -> None:
        for shown in self.chats[where.chat]:
            if shown.id == message:
                shown.reactions.append(emoji)

    async def acknowledge(self, token: str, text: str | None, *, alert: bool) -> None:
        if self.late:
            raise self.late.pop(0)
        self.acknowledged.append(token)
        if text is not None:
            self.notices[self._tokens[token]].append(text)

    async def fetch(self, ref: str, most_bytes: int) -> bytes:
        data = self.uploads.get(ref)
        if data is None:
            raise FetchNever("expired")
        if len(data) > most_bytes:
            raise FetchNever("too_large")
        return data


def picture(seed: str, size: tuple[int, int] = (320, 240)) -> bytes:
    """A small JPEG that looks different for each seed."""
    image = Image.new("RGB", size, (sum(map(ord, seed)) % 200, 90, 120))
    draw = ImageDraw.Draw(image)
    for index, char in enumerate(seed):
        x = (ord(char) * 37 + index * 53) % size[0]
        y = (ord(char) * 17 + index * 29) % size[1]
        draw.ellipse((x - 30, y - 30, x + 30, y + 30), fill=(ord(char) % 256, index * 40 % 256, 60))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=90)
    return out.getvalue()


def minutes(n: float) -> timedelta:
    return timedelta(minutes=n)
