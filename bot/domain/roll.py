"""The roll of people a county hands in: its rows as values, and what of it is new."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.domain.people import RIDERS, MemberId, Post, Rank, Role
from bot.domain.rulebook import AgencyId, DutyId

# What people write in the column and after 「授权」 for a role; the first one is the usual.
ROLE_WORDS: Final[Mapping[Role, tuple[str, ...]]] = {
    Role.RIDER: ("骑手", "外卖员", "外卖骑手", "快递员", "五大员", "rider"),
    Role.CAPTAIN: ("队长", "骑手队长", "captain"),
    Role.CONTACT: ("专员", "联络员", "承办专员", "对接人", "contact"),
    Role.LEADER: ("分管领导", "领导", "leader"),
    Role.DISPATCHER: ("调度员", "值班员", "dispatcher"),
    Role.VERIFIER: ("核实员", "社区核实员", "verifier"),
    Role.STATION_KEEPER: ("驿站管理员", "驿站员", "station keeper", "station_keeper"),
    Role.ADMIN: ("管理员", "admin"),
    Role.AUDITOR: ("审计员", "auditor"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """A checked line of the roll: one post of one person. Days as `2026-11-01`."""

    line: int  # as the sheet counts, the header is a line too
    name: str
    role: Role
    agency: AgencyId | None = None
    rank: Rank = Rank.NONE
    duties: tuple[DutyId, ...] = ()
    phone: str | None = None
    firm: str | None = None
    station: str | None = None
    telegram: str | None = None
    wecom: str | None = None
    from_day: str = ""
    until_day: str = ""

    @property
    def post(self) -> Post:
        return Post(self.role, self.agency, self.rank)

    @property
    def accounts(self) -> tuple[tuple[str, str], ...]:
        """Platform and id of every account the line names."""
        named = (("telegram", self.telegram), ("wecom", self.wecom))
        return tuple((space, account) for space, account in named if account)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who is on the roll already."""

    id: MemberId
    name: str
    phone: str | None = None
    firm: str | None = None
    station: str | None = None
    posts: tuple[Post, ...] = ()
    duties: tuple[tuple[DutyId, str, str], ...] = ()  # duty, from day, until day
    accounts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """All lines of one person, and who that is already."""

    rows: tuple[PersonRow, ...]
    person: Person | None

    @property
    def first(self) -> PersonRow:
        return self.rows[0]

    @property
    def accounts(self) -> tuple[tuple[str, str], ...]:
        return tuple(dict.fromkeys(account for row in self.rows for account in row.accounts))

    def changes(self) -> bool:
        """Whether storing the entry would change anything."""
        person = self.person
        if person is None:
            return True
        wanted = {(row.role, row.agency, row.rank) for row in self.rows}
        held = {(post.role, post.agency, post.rank) for post in person.posts}
        duties = {(duty, row.until_day) for row in self.rows for duty in row.duties}
        return (
            person.name != self.first.name
            or any(new not in (None, old) for new, old in self._facts(person))
            or not wanted <= held
            or not duties <= {(duty, until) for duty, _, until in person.duties}
            or not set(self.accounts) <= set(person.accounts)
        )

    def _facts(self, person: Person) -> tuple[tuple[str | None, str | None], ...]:
        row = self.first
        return (row.phone, person.phone), (row.firm, person.firm), (row.station, person.station)


@dataclass(frozen=True, slots=True)
class Sitting:
    """A line that wants a contact's post A somebody else holds."""

    row: PersonRow
    holder: Person


@dataclass(frozen=True, slots=True)
class Taken:
    """A line that names an account which belongs to somebody else of the roll."""

    row: PersonRow
    space: str
    holder: Person


def entries(rows: Iterable[PersonRow], people: Sequence[Person]) -> Sequence[Entry]:
    """The rows by person, each with the person they are already: the same phone, else the same name and place.

    A person of the roll is meant by one entry at most.
    """
    groups: dict[tuple[object, ...], list[PersonRow]] = {}
    for row in rows:
        groups.setdefault(("phone", row.phone) if row.phone else ("place", *_place(row)), []).append(row)
    by_phone = {person.phone: person for person in people if person.phone}
    found = {key: by_phone.get(group[0].phone) for key, group in groups.items() if group[0].phone}
    free = {person.id: person for person in people}
    for person in found.values():
        if person is not None:
            free.pop(person.id, None)
    made: list[Entry] = []
    for key, group in groups.items():
        person = found.get(key) or _of_same_place(group, free)
        if person is not None:
            free.pop(person.id, None)
        made.append(Entry(tuple(group), person))
    return made


def _place(row: PersonRow) -> tuple[object, ...]:
    """What tells people of the same name apart: the agency, or a rider's firm and station."""
    return row.name, "" if row.role in RIDERS else row.agency or "", row.firm or "", row.station or ""


def _of_same_place(group: Sequence[PersonRow], free: Mapping[MemberId, Person]) -> Person | None:
    fitting = [person for person in free.values() if any(_fits(row, person) for row in group)]
    return fitting[0] if len(fitting) == 1 else None


def _fits(row: PersonRow, person: Person) -> bool:
    if row.name != person.name or all(row.role is not post.role for post in person.posts):
        return False
    if row.agency is not None and row.role not in RIDERS:
        return any(row.role is post.role and row.agency == post.agency for post in person.posts)
    if row.firm or row.station or person.firm or person.station:
        return (row.firm, row.station) == (person.firm, person.station)
    return row.phone is None or person.phone is None


def sitting(made: Sequence[Entry], people: Sequence[Person]) -> Sequence[Sitting]:
    """Lines that would give an agency a second contact A: a post is handed over, never doubled by a list."""
    named = {entry.person.id for entry in made if entry.person is not None}
    held = {
        post.agency: person
        for person in people
        for post in person.posts
        if post.role is Role.CONTACT and post.rank is Rank.A and person.id not in named
    }
    return [
        Sitting(row, held[row.agency])
        for entry in made
        for row in entry.rows
        if row.role is Role.CONTACT and row.rank is Rank.A and row.agency in held
    ]


def taken(made: Sequence[Entry], people: Sequence[Person]) -> Sequence[Taken]:
    """Lines that name an account of somebody else."""
    owners = {account: person for person in people for account in person.accounts}
    return [
        Taken(row, account[0], owners[account])
        for entry in made
        for row in entry.rows
        for account in row.accounts
        if account in owners and (entry.person is None or owners[account].id != entry.person.id)
    ]


def write_rows(rows: Sequence[PersonRow]) -> str:
    """Rows as JSON text, for the event that stores them."""
    return json.dumps([_written(row) for row in rows], ensure_ascii=False, separators=(",", ":"))


def _written(row: PersonRow) -> list[object]:
    return [
        row.line, row.name, row.role, row.agency, row.rank, list(row.duties), row.phone, row.firm, row.station,
        row.telegram, row.wecom, row.from_day, row.until_day,
    ]  # fmt: skip


def read_rows(text: str) -> Sequence[PersonRow]:
    """What `write_rows` wrote."""
    return [_row(raw) for raw in json.loads(text)]


def _row(raw: Sequence[Any]) -> PersonRow:
    line, name, role, agency, rank, duties, phone, firm, station, telegram, wecom, from_day, until_day = raw
    return PersonRow(
        line=line,
        name=name,
        role=Role(role),
        agency=AgencyId(agency) if agency else None,
        rank=Rank(rank),
        duties=tuple(DutyId(duty) for duty in duties),
        phone=phone,
        firm=firm,
        station=station,
        telegram=telegram,
        wecom=wecom,
        from_day=from_day,
        until_day=until_day,
    )


def role_named(words: str) -> Role | None:
    """The role that words mean."""
    said = words.strip().lower()
    return next((role for role, known in ROLE_WORDS.items() if said in known), None)
