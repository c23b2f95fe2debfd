"""What the sandbox's pages show, as plain values for the templates."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from bot.chat.texts import Texts
from bot.domain.rulebook import Point
from bot.web.county_map import CountyMap
from storage.sandbox_reading import ChatState, SandboxButton, SandboxMessage

SAME_BREATH: Final = timedelta(minutes=5)  # messages of one sender so near together show the sender once
QUOTE_LETTERS: Final = 60
PREVIEW_LETTERS: Final = 30
MEGABYTE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class SandboxPerson:
    """One of the invented people. `role` is a role's value, `duty_colour` "#rrggbb", `unit` an agency's short name."""

    account: str
    name: str
    role: str
    duty_colour: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """A picture to try the bot with; titles by language, and words that go with it."""

    id: str
    file: Path
    titles: Mapping[str, str]
    caption: str = ""


def load_samples(path: Path) -> tuple[Sample, ...]:
    """The pictures of a `photos.toml`; file names there are relative to its folder.

    Raises:
        KeyError: an entry lacks a field.
    """
    entries: list[dict[str, str]] = tomllib.loads(path.read_text("utf-8"))["photo"]
    return tuple(
        Sample(
            entry["id"],
            path.parent / entry["file"],
            {"zh-CN": entry["title_zh"], "en": entry["title_en"]},
            entry.get("caption", ""),
        )
        for entry in entries
    )


@dataclass(frozen=True, slots=True)
class SandboxScene:
    """Everything the page knows beforehand. The first person is who speaks in the group at first.

    `opening`: whose private chats are open at first, at most three accounts; `tries`: the prepared reports, in the order
    in which they are sent: the same photo twice would look like a trick.
    """

    county: str
    bot: str
    group_chat: str
    group_name: str
    zone: ZoneInfo
    people: Sequence[SandboxPerson]
    opening: Sequence[str]
    samples: Sequence[Sample]
    map: CountyMap
    tries: Sequence[Sample] = ()

    def person(self, account: str) -> SandboxPerson | None:
        """The person of an account, or None."""
        return next((person for person in self.people if person.account == account), None)


@dataclass(frozen=True, slots=True)
class Seat:
    """Who looks at which chats: the group as `speaker`, and private chats with the bot."""

    speaker: SandboxPerson
    open: tuple[SandboxPerson, ...]

    def query(self) -> str:
        """The part of the address that says so."""
        return f"as={self.speaker.account}&open={','.join(person.account for person in self.open)}"

    def with_open(self, person: SandboxPerson) -> "Seat":
        """With a private chat open; it takes the place of the third one."""
        return self if person in self.open else Seat(self.speaker, (*self.open[:2], person))


@dataclass(frozen=True, slots=True)
class Quote:
    name: str
    text: str
    picture: str | None
    id: int


@dataclass(frozen=True, slots=True)
class Bubble:
    """A message as one person sees it."""

    message: SandboxMessage
    mine: bool
    name: str
    person: SandboxPerson | None  # None: the bot
    first: bool  # of a run of messages of one sender
    day: str  # heading before it, "" where the day is the same
    clock: str
    edited: bool
    quote: Quote | None
    rows: tuple[tuple[tuple[int, SandboxButton], ...], ...]  # with the number of each button
    pictures: tuple[str, ...]
    files: tuple[str, ...]
    place: str
    pin: tuple[float, float] | None  # where the position stands on the map


@dataclass(frozen=True, slots=True)
class Entry:
    """A line in the list of chats."""

    person: SandboxPerson | None  # None: the group
    unread: int
    preview: str
    clock: str
    is_open: bool
    query: str  # the address after a click


@dataclass(frozen=True, slots=True)
class Looker:
    """Turns rows into what is seen: by whom, in which language, at which instant."""

    scene: SandboxScene
    texts: Texts
    language: str
    now: datetime

    def say(self, key: str, **fields: str | int) -> str:
        """A text of the page."""
        return self.texts.pattern(key, self.language).format_map(fields)

    def bubbles(
        self, messages: Sequence[SandboxMessage], quoted: Mapping[int, SandboxMessage], viewer: str
    ) -> Sequence[Bubble]:
        """A chat as `viewer` sees it, oldest first."""
        found: list[Bubble] = []
        before: SandboxMessage | None = None
        for message in messages:
            found.append(self._bubble(message, before, quoted, viewer))
            before = message
        return found

    def entries(self, seat: Seat, chats: Mapping[str, ChatState]) -> Sequence[Entry]:
        """The list of chats: the group, then everybody."""
        group = self._entry(None, chats.get(self.scene.group_chat), True, seat.query())
        return [group] + [
            self._entry(person, chats.get(person.account), person in seat.open, seat.with_open(person).query())
            for person in self.scene.people
        ]

    def clock(self, at: datetime) -> str:
        """Hour and minute of the county."""
        return f"{at.astimezone(self.scene.zone):%H:%M}"

    def size(self, number: int) -> str:
        """So many bytes, rounded up: 12 KB."""
        return f"{-(-number // 1024)} KB" if number < MEGABYTE else f"{number / MEGABYTE:.1f} MB"

    def day(self, at: datetime) -> str:
        """今天, 昨天, or 11月23日 星期一."""
        on, today = self._date(at), self._date(self.now)
        if on == today:
            return self.say("day.today")
        if on == today - timedelta(days=1):
            return self.say("day.yesterday")
        return self.full_day(at)

    def full_day(self, at: datetime) -> str:
        """Date with weekday."""
        on = self._date(at)
        month, weekday = self.say(f"month.{on.month}"), self.say(f"weekday.{on.isoweekday()}")
        return self.say("day.full", month=month, day=on.day, weekday=weekday)

    def _date(self, at: datetime) -> date:
        return at.astimezone(self.scene.zone).date()

    def _bubble(
        self, message: SandboxMessage, before: SandboxMessage | None, quoted: Mapping[int, SandboxMessage], viewer: str
    ) -> Bubble:
        new_day = before is None or self._date(before.at) != self._date(message.at)
        together = before is not None and before.sender == message.sender and message.at - before.at < SAME_BREATH
        above = before is not None and before.id == message.answers and message.chat != self.scene.group_chat
        answered = quoted.get(message.answers) if message.answers and not above else None
        return Bubble(
            message=message,
            mine=message.sender == viewer,
            name=message.sender_name or self.scene.bot,
            person=self.scene.person(message.sender) if message.sender else None,
            first=new_day or not together,
            day=self.day(message.at) if new_day else "",
            clock=self.clock(message.at),
            edited=message.edited_at is not None,
            quote=self._quote(answered) if answered else None,
            rows=_rows(message.buttons),
            pictures=tuple(one for one in message.pictures if not one.endswith(".bin")),
            files=tuple(one for one in message.pictures if one.endswith(".bin")),
            place=self._place(message),
            pin=self.scene.map.frame.at(Point(*message.position)) if message.position else None,
        )

    def _place(self, message: SandboxMessage) -> str:
        if message.position is None:
            return ""
        near = self.scene.map.nearest(*message.position)
        return self.say("chat.near", place=near) if near else self.say("chat.position")

    def _quote(self, message: SandboxMessage) -> Quote:
        picture = next((one for one in message.pictures if not one.endswith(".bin")), None)
        words = self._preview(message, QUOTE_LETTERS)
        return Quote(message.sender_name or self.scene.bot, words, picture, message.id)

    def _preview(self, message: SandboxMessage, letters: int) -> str:
        words = " ".join(message.text.split())
        if not words and message.files:
            return message.files[0].name
        if not words:
            return self.say("chat.photo" if message.pictures else "chat.position")
        return words if len(words) <= letters else words[: letters - 1] + "…"

    def _entry(self, person: SandboxPerson | None, state: ChatState | None, is_open: bool, query: str) -> Entry:
        if state is None:
            return Entry(person, 0, "", "", is_open, query)
        preview = self._preview(state.last, PREVIEW_LETTERS)
        if person is None and state.last.sender:
            preview = f"{state.last.sender_name}: {preview}"
        return Entry(person, state.unread, preview, self.clock(state.last.at), is_open, query)


def _rows(buttons: Sequence[SandboxButton]) -> tuple[tuple[tuple[int, SandboxButton], ...], ...]:
    rows: dict[int, list[tuple[int, SandboxButton]]] = {}
    for number, button in enumerate(buttons):
        rows.setdefault(button.row, []).append((number, button))
    return tuple(tuple(rows[row]) for row in sorted(rows))
