"""The roll checked as a whole: rows to store, or everything that is wrong with it at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from bot.chat.messages import Lines, Text
from bot.domain import roll
from bot.domain.people import Rank, Role
from bot.domain.roll import ROLE_WORDS, Person, PersonRow
from bot.domain.rulebook import AgencyId, DutyId, Rulebook
from bot.people_file import cells
from bot.people_file.cells import IN_CHARGE, POSTS, Wrong
from bot.people_file.table import COLUMNS, NEEDED, Line, Table

T = TypeVar("T")

EXAMPLE_MARKS = ("(示例)", "(example)")  # lines of the template that show how; full-width brackets are read as these


@dataclass(frozen=True, slots=True)
class Fault:
    """Line and column, and what is wrong there with its cure. Line 0: the table as a whole."""

    line: int
    column: str
    text: Text


@dataclass(frozen=True, slots=True)
class Checked:
    """Rows are empty while there is any fault: nothing is stored by half."""

    rows: tuple[PersonRow, ...]
    faults: tuple[Fault, ...]


def check(table: Table, rulebook: Rulebook, today: date, people: Sequence[Person] = ()) -> Checked:
    """The rows of a roll, or all faults in the order of the lines. `people`: who is on the roll already."""
    faults = _columns(table)
    rows: list[PersonRow] = []
    for line in table.lines:
        if line.cells.get("name", "").lower().startswith(EXAMPLE_MARKS):
            continue
        row = _Reading(line, rulebook, today, faults).row()
        if row is not None:
            rows.append(row)
    faults += _doubled(rows)
    faults += _against(rows, people)
    if not rows and not faults:
        faults.append(Fault(0, "", Text("people.file.empty")))
    faults.sort(key=lambda fault: (fault.line, list(COLUMNS).index(fault.column) if fault.column else -1))
    return Checked(() if faults else tuple(rows), tuple(faults))


def faults_said(faults: Sequence[Fault]) -> Lines:
    """T-E18: nothing was written, and each place to mend."""
    lines = [
        Text(
            "people.file.line",
            {"line": fault.line, "column": Text(f"people.column.{fault.column}"), "fault": fault.text},
        )
        if fault.column
        else fault.text
        for fault in faults
    ]
    return Lines((Text("people.file.refused", {"faults": len(faults)}), *lines))


def _columns(table: Table) -> list[Fault]:
    """Columns that must be there, and a header that is nearly one that is not."""
    faults = [
        Fault(0, "", Text("people.file.column_missing", {"column": Text(f"people.column.{column}")}))
        for column in NEEDED
        if column not in table.columns
    ]
    absent = {word: column for column, words in COLUMNS.items() if column not in table.columns for word in words}
    known = {word for words in COLUMNS.values() for word in words}
    for header in table.header:
        word = "".join(header.lower().split()).strip("*:：")
        near = None if word in known else cells.nearest(word, [w for w in absent if len(w) > 2])
        if near is not None and len(set(near) & set(word)) * 4 >= len(set(near)) * 3:
            faults.append(Fault(0, "", Text("people.file.column_nearest", {"words": header[:20], "near": near})))
    return faults


@dataclass(slots=True)
class _Reading:
    """One line being read; faults are collected, so that all are told."""

    line: Line
    rulebook: Rulebook
    today: date
    faults: list[Fault]
    spoiled: bool = field(default=False)

    def row(self) -> PersonRow | None:
        name = self._cell("name", cells.name)
        phone, firm = self._cell("phone", cells.phone), self._cell("firm", cells.words)
        station = self._cell("station", cells.words)
        telegram, wecom = self._cell("telegram", cells.telegram), self._cell("wecom", cells.wecom)
        term = self._cell("term", lambda written: cells.term(written, self.today))
        place = self._place()
        role = self._role()
        if role is None:
            return None
        rank, duties = self._post(role)
        agency = self._agency(role, place)
        if self.spoiled or name is None or term is None:
            return None
        return PersonRow(
            line=self.line.number, name=name, role=role, agency=agency, rank=rank, duties=duties, phone=phone, firm=firm,
            station=station, telegram=telegram, wecom=wecom, from_day=term[0] if duties else "",
            until_day=term[1] if duties else "",
        )  # fmt: skip

    def _cell(self, column: str, read: Callable[[str], T]) -> T | None:
        try:
            return read(self.line.cells.get(column, ""))
        except Wrong as wrong:
            self._fault(column, wrong.text)
            return None

    def _fault(self, column: str, text: Text) -> None:
        self.spoiled = True
        self.faults.append(Fault(self.line.number, column, text))

    def _role(self) -> Role | None:
        written = self.line.cells.get("role", "")
        role = roll.role_named(written)
        if role is Role.CONTACT and self.line.cells.get("post", "") in IN_CHARGE:
            return Role.LEADER
        if role is not None:
            return role
        usual = [words[0] for words in ROLE_WORDS.values()]
        near = cells.nearest(written, usual) if written else None
        args = {"words": written[:20], "near": near or "", "known": "、".join(usual)}
        key = "role_missing" if not written else "role_nearest" if near else "role_unknown"
        self._fault("role", Text(f"people.file.{key}", {**args}))
        return None

    def _post(self, role: Role) -> tuple[Rank, tuple[DutyId, ...]]:
        """The column means a duty for riders, A or B for contacts, and nothing for others."""
        written = self.line.cells.get("post", "")
        if role in (Role.RIDER, Role.CAPTAIN):
            return Rank.NONE, self._cell("post", lambda said: cells.duties(said, self.rulebook)) or ()
        if role is Role.CONTACT:
            rank = POSTS.get(written.lower().replace(" ", ""))
            if rank is None:
                self._fault("post", Text("people.file.post_contact", {"words": written[:20] or "…"}))
            return rank or Rank.NONE, ()
        if any(duty.name == written for duty in self.rulebook.duties.values()) or written.lower() in POSTS:
            self._fault("post", Text("people.file.post_other", {"words": written[:20]}))
        return Rank.NONE, ()

    def _place(self) -> AgencyId | None:
        """The community, by its own column or by the grid's."""
        found: AgencyId | None = None
        if self.line.cells.get("grid"):
            grid = self._cell("grid", lambda written: cells.grid(written, self.rulebook))
            found = grid.community if grid else None
        if self.line.cells.get("community"):
            found = self._cell("community", lambda written: cells.community(written, self.rulebook)) or found
        return found

    def _agency(self, role: Role, place: AgencyId | None) -> AgencyId | None:
        """Where the post is held: the unit, a verifier's and a rider's community, the dispatcher's lead agency."""
        written, kinds = self.line.cells.get("unit", ""), cells.is_held_at(role)
        named = self._cell("unit", lambda said: cells.unit(said, self.rulebook, kinds)) if written else None
        if role is Role.DISPATCHER:
            lead = self.rulebook.lead
            if named is not None and named.id != lead.id:
                self._fault("unit", Text("people.file.unit_lead", {"near": lead.short}))
            return lead.id
        if not kinds:
            return place if role in (Role.RIDER, Role.CAPTAIN) else None
        if role is Role.VERIFIER and named is None and place is not None:
            return place
        if not written:
            self._fault("unit", Text("people.file.unit_missing"))
        return named.id if named else None


def _doubled(rows: Sequence[PersonRow]) -> list[Fault]:
    """What may stand in one line only: a person's post, a phone, an account, an agency's contact A."""
    faults: list[Fault] = []
    people: dict[object, PersonRow] = {}
    claims: dict[object, PersonRow] = {}
    for row in rows:
        who = row.phone or (row.name, row.agency, row.firm, row.station)
        first = people.setdefault(who, row)
        if first.name != row.name:
            faults.append(Fault(row.line, "phone", Text("people.file.phone_twice", {"line": first.line})))
        again = claims.setdefault((who, row.role, row.agency), row)
        if again is not row and first.name == row.name:
            faults.append(Fault(row.line, "name", Text("people.file.row_twice", {"line": again.line})))
            continue
        for space, account in row.accounts:
            holder = claims.setdefault((space, account), row)
            if (holder.phone or holder.name) != (row.phone or row.name):
                faults.append(Fault(row.line, space, Text("people.file.account_twice", {"line": holder.line})))
        if row.role is Role.CONTACT and row.rank is Rank.A:
            sitting = claims.setdefault(("A", row.agency), row)
            if sitting is not row:
                args = {"line": sitting.line, "name": sitting.name}
                faults.append(Fault(row.line, "post", Text("people.file.second_a", {**args})))
    return faults


def _against(rows: Sequence[PersonRow], people: Sequence[Person]) -> list[Fault]:
    """What stands against the roll as it is."""
    made = roll.entries(rows, people)
    held = [
        Fault(found.row.line, "post", Text("people.file.sitting", {"name": found.holder.name, "to": found.row.name}))
        for found in roll.sitting(made, people)
    ]
    taken = [
        Fault(found.row.line, found.space, Text("people.file.taken", {"name": found.holder.name}))
        for found in roll.taken(made, people)
    ]
    return held + taken
