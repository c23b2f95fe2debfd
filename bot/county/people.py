"""Reading the invented people who fill the demo: riders, contacts, verifiers, keepers, office."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from bot.county.checks import check_known, check_unique
from bot.county.entry import Entry
from bot.county.faults import Faults
from bot.county.files import Folder, default_dir
from bot.county.loader import load
from bot.domain.people import Post, Rank, Role
from bot.domain.rulebook import AgencyId, DutyId, GridId, Rulebook

FILE = "people.toml"
_INVENTED = "1000"  # no telephone number in the country begins so
_DIGITS = 11


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """An invented person. `demo` names the part played in the sandbox's picker, such as "rider-1", or is empty."""

    name: str
    phone: str  # eleven digits that no telephone answers to
    posts: tuple[Post, ...]
    duties: tuple[DutyId, ...] = ()
    since_days: int = 0  # how long before the demo's today the term began
    term_days: int = 0
    platform: AgencyId | None = None
    station: str = ""  # of the platform, where the rider starts from
    grid: GridId | None = None
    demo: str = ""

    def term(self, today: date) -> tuple[date, date] | None:
        """First and last day of the term, or None for those who are not appointed riders."""
        if not self.term_days:
            return None
        begin = today - timedelta(days=self.since_days)
        return begin, begin + timedelta(days=self.term_days - 1)


def load_people(folder: Path | None = None, rulebook: Rulebook | None = None) -> tuple[DemoPerson, ...]:
    """The people of `people.toml`, riders first, in the order of the file.

    `rulebook` is that of the same folder; without it the folder is loaded.

    Raises:
        RulebookFault: the file has mistakes; all of them are told at once.
    """
    rulebook = rulebook or load(folder)
    faults = Faults()
    source = Folder(folder or default_dir(), faults)
    content = source.table(FILE, known=["term_days", "rider", "member"])
    head = Entry(faults, FILE, "", content)
    days = head.number("term_days", least=1) if content else 0
    riders = [(entry, _rider(entry, days, rulebook)) for entry in source.entries_of(FILE, "rider", content)]
    members = [(entry, _member(entry, rulebook)) for entry in source.entries_of(FILE, "member", content)]
    found = riders + members
    for key in ("name", "phone", "demo"):
        check_unique([(entry, getattr(person, key)) for entry, person in found], key)
    faults.stop_if_any()
    return tuple(person for _, person in found)


def _rider(entry: Entry, term_days: int, rulebook: Rulebook) -> DemoPerson:
    captain = entry.flag("captain", False)
    person = DemoPerson(
        name=entry.text("name"),
        phone=_phone(entry),
        posts=(Post(Role.RIDER), Post(Role.CAPTAIN)) if captain else (Post(Role.RIDER),),
        duties=tuple(DutyId(duty) for duty in entry.texts("duties")),
        since_days=entry.number("since_days"),
        term_days=term_days,
        platform=AgencyId(entry.text("platform")),
        station=entry.text("station"),
        grid=GridId(entry.text("grid")),
        demo=entry.text("demo", ""),
    )
    entry.finish()
    own = [duty.id for duty in rulebook.duties.values() if duty.is_duty]
    for duty in person.duties:
        check_known(entry, "duties", duty, "duty", own)
    check_known(entry, "platform", person.platform or "", "platform", _of_kind(rulebook, "platform"))
    check_known(entry, "grid", person.grid or "", "grid", rulebook.grids)
    if person.since_days >= term_days > 0:
        entry.fault(f"since_days = {person.since_days} ends the term before the demo", f"write less than {term_days}")
    return person


def _member(entry: Entry, rulebook: Rulebook) -> DemoPerson:
    role = entry.word("role", Role, Role.CONTACT)
    rank = entry.word("rank", Rank, Rank.NONE) if entry.has("rank") else Rank.NONE
    agency = AgencyId(entry.text("agency")) if entry.has("agency") else None
    person = DemoPerson(
        name=entry.text("name"),
        phone=_phone(entry),
        posts=(Post(role, agency, rank),),
        demo=entry.text("demo", ""),
    )
    entry.finish()
    check_known(entry, "agency", agency or "", "agency", rulebook.agencies)
    if agency is None and role not in (Role.ADMIN, Role.AUDITOR):
        entry.fault(f"a {role} without agency", "add a line agency = …")
    if (role is Role.CONTACT) != bool(rank):
        entry.fault(f'role "{role}" with rank "{rank}"', 'a contact, and only a contact, has rank = "A" or "B"')
    return person


def _phone(entry: Entry) -> str:
    phone = entry.text("phone")
    if phone and not (len(phone) == _DIGITS and phone.isdecimal() and phone.startswith(_INVENTED)):
        entry.fault(f'phone "{phone}" could be somebody\'s', f"invented people have {_DIGITS} digits from {_INVENTED}…")
    return phone


def _of_kind(rulebook: Rulebook, kind: str) -> Collection[str]:
    return [agency.id for agency in rulebook.agencies.values() if agency.kind == kind]
