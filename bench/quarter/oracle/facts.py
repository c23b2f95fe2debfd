"""What the run left behind: rows of the database, read with plain SQL, and what left for the chats."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a post. `rank` is A or B for contacts."""

    id: int
    name: str
    account: str
    role: str
    agency: str = ""
    rank: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    at: datetime
    name: str
    before: str
    after: str
    agency: str
    contact: int | None
    actor: int
    note: str


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """A case as it was reported, and every move of it. `calm_at`: when its rider said that there was no danger."""

    id: int
    number: int
    severity: str
    category: str | None
    reporter: int
    in_group: bool
    opened_at: datetime
    moves: tuple[Move, ...]
    calm_at: datetime | None = None

    def severity_at(self, at: datetime) -> str:
        """How urgent it was then: a danger that was none is an ordinary matter from then on."""
        return "P1" if self.calm_at is not None and at < self.calm_at else self.severity


@dataclass(frozen=True, slots=True)
class Reminder:
    """A row that the program's ladder led to, and what became of it."""

    id: int
    case: int
    step: str
    moment: int
    part: str
    member: int
    due_at: datetime
    send_at: datetime
    state: str  # waiting | told | bundled | dropped
    reason: str
    told_in: str
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Letter:
    """A message of the outbox. `left_at`: when it left as a new message, None if it never did or changed an older one."""

    id: int
    once: str
    chat: str
    private: bool
    member: int | None
    keys: tuple[str, ...]
    words: str  # all that it says, as it lay in the outbox
    rank: int
    case: int | None
    state: str
    reason: str
    topic: str
    born_at: datetime
    left_at: datetime | None


@dataclass(frozen=True, slots=True)
class Said:
    """Something a person wrote or pressed, when the bot heard it."""

    at: datetime
    account: str
    chat: str
    refused: bool


@dataclass(frozen=True, slots=True)
class Deed:
    """What a person did that the moves of a case do not tell: words about it, or so many days granted."""

    at: datetime
    what: str  # words | extend | calm
    case: int
    days: int


@dataclass
class Facts:
    zone: ZoneInfo
    end: datetime
    outages: Sequence[tuple[datetime, datetime]]
    people: dict[int, Person]
    group: str
    cases: dict[int, CaseFacts] = field(default_factory=dict[int, CaseFacts])
    reminders: list[Reminder] = field(default_factory=list[Reminder])
    letters: list[Letter] = field(default_factory=list[Letter])
    said: dict[str, list[Said]] = field(default_factory=lambda: defaultdict(list))
    deeds: list[Deed] = field(default_factory=list[Deed])
    leaves: list[tuple[int, datetime, datetime]] = field(default_factory=list[tuple[int, datetime, datetime]])
    own_days: list[tuple[datetime, date, bool | None]] = field(default_factory=list[tuple[datetime, date, bool | None]])
    ratings: set[tuple[int, datetime]] = field(default_factory=set[tuple[int, datetime]])
    events: int = 0
    doubled: list[str] = field(default_factory=list[str])  # what left without a row for it

    def up(self, at: datetime) -> datetime:
        """When the bot saw what happened then: at once, or when it was back."""
        return next((end for begin, end in self.outages if begin <= at < end), at)


Sent = Iterable[tuple[datetime, str, str, bool]]  # when, chat, message, whether it changed an older one
Noted = Iterable[tuple[str, str, int, int]]  # event, what, number of the case, days


def gather(facts: Facts, database: Path, left: Sent, deeds: Noted) -> Facts:
    """Fill `facts` from the database file of the run, what left for the chats, and what people did."""
    with closing(sqlite3.connect(database)) as db:
        db.row_factory = sqlite3.Row
        facts.cases = _cases(db)
        facts.reminders = [_reminder(row) for row in db.execute("SELECT * FROM reminders ORDER BY due_at, id")]
        facts.letters, facts.doubled = _letters(db, left)
        facts.events = db.execute("SELECT count(*) FROM inbox").fetchone()[0]
        _people_said(db, facts)
        _done(db, facts, deeds)
        for row in db.execute("SELECT * FROM leaves"):
            facts.leaves.append((row["member_id"], at(row["from_at"]), at(row["until_at"])))
        for row in db.execute("SELECT * FROM calendar_days ORDER BY id"):
            works = {"yes": True, "no": False}.get(row["works"])
            facts.own_days.append((at(row["noted_at"]), date.fromisoformat(row["day"]), works))
        facts.ratings = {(row["case_id"], at(row["at"])) for row in db.execute("SELECT * FROM ratings")}
    return facts


def at(written: str) -> datetime:
    return datetime.fromisoformat(written)


def _cases(db: sqlite3.Connection) -> dict[int, CaseFacts]:
    moves: dict[int, list[Move]] = defaultdict(list)
    for row in db.execute("SELECT * FROM case_events ORDER BY case_id, version"):
        moves[row["case_id"]].append(
            Move(
                at(row["at"]), row["move"], row["from_state"], row["to_state"], row["agency_id"] or "",
                row["contact_id"], row["actor_id"], row["note"],
            )
        )  # fmt: skip
    rows = db.execute("SELECT * FROM cases WHERE practice_at IS NULL AND state <> 'draft'")
    return {
        row["id"]: CaseFacts(
            row["id"], row["number"], row["severity"], row["category"], row["reporter_id"],
            row["home_chat"] is not None, at(row["opened_at"]), tuple(moves[row["id"]]),
        )
        for row in rows
    }  # fmt: skip


def _reminder(row: sqlite3.Row) -> Reminder:
    settled = at(row["settled_at"]) if row["settled_at"] else None
    return Reminder(
        row["id"], row["case_id"], row["step"], row["moment"], row["part"], row["member_id"], at(row["due_at"]),
        at(row["send_at"]), row["state"], row["reason"], row["told_in"] or "", settled,
    )  # fmt: skip


def _letters(db: sqlite3.Connection, left: Sent) -> tuple[list[Letter], list[str]]:
    """Each message with the instant at which the chat got it; of several rows that changed one message the first is it."""
    went = {(chat, message): when for when, chat, message, edited in left if not edited}
    found: list[Letter] = []
    for row in db.execute("SELECT * FROM outbox WHERE kind = 'message' ORDER BY sent_at, id"):
        gone = went.pop((row["chat"], row["message"]), None) if row["state"] == "sent" else None
        found.append(
            Letter(
                row["id"], row["once"] or "", row["chat"], row["private"] == "yes", row["member_id"],
                tuple(_keys(json.loads(row["body"])["text"])), row["body"], row["rank"], row["case_id"], row["state"], row["reason"] or "",
                row["topic"], at(row["created_at"]), gone,
            )
        )  # fmt: skip
    return found, [f"doubled: message {message} to {chat}, which the outbox knows nothing of" for chat, message in went]


def _keys(body: object) -> Iterable[str]:
    """Every text in a message, by its key."""
    if isinstance(body, dict):
        if isinstance(body.get("key"), str):
            yield body["key"]
        for value in body.values():
            yield from _keys(value)
    elif isinstance(body, list):
        for value in body:
            yield from _keys(value)


def _people_said(db: sqlite3.Connection, facts: Facts) -> None:
    for row in db.execute("SELECT * FROM inbox WHERE source <> 'engine' ORDER BY id"):
        body = json.loads(row["payload"])
        heard = Said(at(row["received_at"]), body["sender"], body["chat"], row["state"] == "refused")
        facts.said[heard.account].append(heard)
        if heard.chat != heard.account:
            facts.said[heard.chat].append(heard)


def _done(db: sqlite3.Connection, facts: Facts, deeds: Noted) -> None:
    by_number = {case.number: case.id for case in facts.cases.values()}
    for event, what, number, days in deeds:
        row = db.execute("SELECT * FROM inbox WHERE event_id = ? AND source <> 'engine'", (event,)).fetchone()
        if row is not None and row["state"] == "done":
            facts.deeds.append(Deed(at(row["received_at"]), what, by_number[number], days))
    for deed in facts.deeds:
        case = facts.cases[deed.case]
        if deed.what == "calm" and case.severity != "P1" and case.calm_at is None:
            facts.cases[deed.case] = replace(case, calm_at=deed.at)
