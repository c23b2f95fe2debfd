"""Who plays: riders, the contacts of six agencies with habits of their own, leaders, the lead office, the communities."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from bench.quarter.town import QuarterTown
from bot.domain.people import Post, Rank, Role
from bot.domain.rulebook import AgencyId
from tests.town import RULEBOOK, Person


@dataclass(frozen=True, slots=True)
class Habit:
    """How a contact goes about cases. `accept`, `mend`: after which shares of the limit; the rest are chances of 1.

    `hours`: of the day in which they look at what is not urgent. `forgets`: every so manieth case, 0 for none.
    """

    says: str
    accept: tuple[float, float] = (0.1, 0.8)
    mend: tuple[float, float] = (0.2, 0.9)
    hours: tuple[float, float] = (8.5, 17.0)
    forgets: int = 0
    returns: float = 0.02
    extends: float = 0.03
    asks: float = 0.03
    words: float = 0.25
    holds: float = 0.02
    straight: float = 0.05  # reports the result without accepting first
    botches: float = 0.04  # of repairs that do not hold


HABITS: Final = (
    Habit("answers at once", accept=(0.02, 0.2), mend=(0.1, 0.5)),
    Habit("answers in the afternoon only", hours=(13.5, 17.0), accept=(0.1, 0.9)),
    Habit("forgets every fifth case", forgets=5),
    Habit("is always overdue", accept=(1.05, 6.0), mend=(1.02, 1.7), words=0.1),
    Habit("hands on what could be somebody else's", returns=0.35),
    Habit("asks for more time", extends=0.6, mend=(0.8, 1.3), words=0.1),
    Habit("asks the riders", asks=0.45),
    Habit("tells how it goes", words=0.9, mend=(0.5, 1.1)),
    Habit("has cases put on hold", holds=0.35),
    Habit("reports the result without accepting", straight=0.8),
    Habit("mends badly", botches=0.45, mend=(0.1, 0.6)),
    Habit("accepts and then says nothing", accept=(0.05, 0.5), mend=(0.9, 1.4), words=0.0),
)
_AGENCIES: Final = (  # agency, A and B, leader; the fire brigade has none, so the lead office hears at once
    ("urban_mgmt", "周向前", "何平安", "孙立新"),
    ("housing", "刘建工", "高大明", "马主任"),
    ("traffic_police", "陈路通", "郭晓东", "曹队长"),
    ("market_reg", "郑守信", "罗小芳", "邓科长"),
    ("fire", "唐志安", "冯卫国", ""),
    ("police", "许建军", "沈文静", "彭所长"),
)
_A_HABITS: Final = (3, 2, 1, 5, 8, 4)  # the order in which A of each agency has them; B has the others
_B_HABITS: Final = (0, 6, 7, 9, 11, 10)
_COMMUNITIES: Final = ("guangming", "zhanqian", "hongqi", "xingfu", "xuefu", "heping")
_SURNAMES: Final = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
_GIVEN: Final = ("强", "小满", "铁林", "冬至", "望舒", "大川", "春生", "向暖", "启明", "小路", "天佑", "长河")


@dataclass(frozen=True, slots=True)
class Colleague:
    """A contact: of which agency, as whom, and with what habit."""

    person: Person
    agency: str
    rank: Rank
    habit: Habit


@dataclass
class Cast:
    """Everybody, by the account they write from."""

    admin: Person
    riders: list[Person] = field(default_factory=list[Person])
    contacts: dict[int, Colleague] = field(default_factory=dict[int, Colleague])  # by member
    leaders: dict[str, Person] = field(default_factory=dict[str, Person])  # by agency
    office: list[Person] = field(default_factory=list[Person])
    verifiers: list[Person] = field(default_factory=list[Person])
    by_account: dict[str, Person] = field(default_factory=dict[str, Person])
    by_member: dict[int, Person] = field(default_factory=dict[int, Person])

    def note(self, *people: Person) -> None:
        for person in people:
            self.by_account[person.account] = person
            self.by_member[person.id] = person


async def assemble(town: QuarterTown, riders: int) -> Cast:
    """Everybody with an account and a post."""
    cast = Cast(await town.admin("王管理"))
    for number in range(riders):
        name = _SURNAMES[number % len(_SURNAMES)] + _GIVEN[number // 2 % len(_GIVEN)]
        cast.riders.append(await town.person(name, Post(Role.RIDER)))
    for index, (agency, first, second, leader) in enumerate(_AGENCIES):
        for name, rank, habits in ((first, Rank.A, _A_HABITS), (second, Rank.B, _B_HABITS)):
            person = await town.contact(agency, name, rank)
            cast.contacts[person.id] = Colleague(person, agency, rank, HABITS[habits[index]])
            cast.note(person)
        if leader:
            cast.leaders[agency] = await town.leader(agency, leader)
    cast.office = [await town.dispatcher(name) for name in ("李主任", "谢副主任")]
    cast.verifiers = [await town.verifier(f"{name}核实员", f"community:{name}") for name in _COMMUNITIES]
    cast.note(*cast.riders, *cast.leaders.values(), *cast.office, *cast.verifiers, cast.admin)
    return cast


def short(agency: str) -> str:
    """What an agency is called in a chat."""
    return RULEBOOK.agencies[AgencyId(agency)].short


def agencies() -> Sequence[str]:
    return [agency for agency, *_ in _AGENCIES]
