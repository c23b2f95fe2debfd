"""「统计」: a month's indices for the office and the auditor, at once or part by part."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.chat.messages import Text
from bot.domain.case import CaseState
from bot.domain.indices import Rate
from bot.domain.people import Post, Role
from bot.domain.rulebook import AgencyId, Publicity
from bot.domain.tallies import Counts, Figures, Riders
from bot.secrets import Secret, Signer
from handlers.statistics import telling
from handlers.statistics.rules import month_meant
from storage import figure_runs
from tests.features.acting import POTHOLE, about
from tests.town import RULEBOOK, Person, TestTown, default_town

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def rate(percent: str, part: int, whole: int) -> Text:
    return Text("statistics.rate", {"percent": percent, "part": part, "whole": whole})


async def one_mended(town: TestTown) -> Person:
    """A case that was accepted after half an hour, handled after an hour, and confirmed by the rider."""
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="before.jpg", group=True)
    await town.wait(minutes=30)
    await contact.presses("接收")
    await town.wait(minutes=30)
    await contact.says("补好了", photo="after.jpg", answers=about(contact, "0001"))
    await town.wait(minutes=5)
    await rider.presses("已修好")
    assert (await town.case(1)).state is CaseState.CLOSED
    return rider


async def test_the_office_reads_the_month_as_it_has_run(town: TestTown) -> None:
    await one_mended(town)
    admin = await town.admin("李主任")
    await town.wait(days=4)  # so that its limits have come

    await admin.says("统计")

    year = Text("statistics.month", {"year": "2026", "month": Text("time.month11")})
    assert admin.hears("statistics.title", month=year)
    assert admin.hears("statistics.response", rate=rate("100.0%", 1, 1))
    assert admin.hears("statistics.solution", rate=rate("100.0%", 1, 1))
    assert admin.hears("statistics.satisfaction", rate="—", index="—")
    assert admin.hears("statistics.combined", rate="100.0%")
    assert admin.hears("statistics.closing", rate=rate("100.0%", 1, 1))
    assert admin.hears("statistics.on_time", rate=rate("100.0%", 1, 1))
    assert admin.hears("statistics.urgent", rate="—")
    assert admin.hears("statistics.rework", rate=rate("0.0%", 0, 1))
    minutes = {"median": Text("statistics.length.minutes", {"minutes": 30}), "n": 1}
    said = Text("statistics.length.said", {**minutes, "most": Text("statistics.length.minutes", {"minutes": 30})})
    assert admin.hears("statistics.length.accepting", length=said)
    hours = Text("statistics.length.hours", {"hours": 1})
    assert admin.hears("statistics.length.said", median=hours, most=hours)
    assert admin.hears("statistics.activity", rate=rate("100.0%", 1, 1))
    assert admin.hears("statistics.gini", value="0.00")
    assert admin.hears("statistics.few", names="住建局")  # one limit is too few for a place


async def test_a_month_that_is_over_and_one_without_anything(town: TestTown) -> None:
    await one_mended(town)
    auditor = await town.person("审计", Post(Role.AUDITOR))
    await town.wait(days=20)

    await auditor.says("统计 2026年11月")
    assert auditor.hears("statistics.closing", rate=rate("100.0%", 1, 1))
    await auditor.says("figures 2026-10")
    october = Text("statistics.month", {"year": "2026", "month": Text("time.month10")})
    assert auditor.hears("statistics.title", month=october)
    assert auditor.hears("statistics.closing", rate="—")
    assert auditor.hears("statistics.agencies") and auditor.hears_times("statistics.agencies") == 1


@pytest.mark.parametrize(
    ("words", "refusal"), [("统计 2027-01", "to_come"), ("统计 上个月", "how"), ("统计 2026-13", "how")]
)
async def test_what_is_no_month_or_has_not_begun(town: TestTown, words: str, refusal: str) -> None:
    admin = await town.admin("李主任")
    await admin.says(words)
    assert admin.hears(f"statistics.{refusal}")
    assert not admin.hears("statistics.title")


async def test_pairs_who_verify_each_other_are_told_to_the_office(town: TestTown) -> None:
    rider, friend, contact = await town.rider("赵强"), await town.rider("李晓梅"), await town.contact("housing", "刘工")
    admin = await town.admin("李主任")
    for number in range(1, 6):
        await rider.says(f"路上有个大坑，客运站，第{number}次看到", photo=f"{number}.jpg")
        await contact.presses("接收")
        await contact.says("已填平", photo=f"after{number}.jpg", answers=about(contact, f"{number:04d}"))
        await rider.presses("没路过")
        await friend.presses("已修好")
        assert (await town.case(number)).state is CaseState.CLOSED
        await admin.says("统计")
        assert admin.hears("statistics.pair") is (number == 5)
    assert admin.hears("statistics.pair", who="赵强", by="李晓梅", n=5, of=5)
    assert not rider.hears("statistics.pair") and not friend.hears("statistics.pair")


async def test_nobody_else_reads_it(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    for person in (rider, contact):
        await person.says("统计")
        assert not person.hears("statistics.title")
        assert not person.hears("statistics.counting")


async def test_a_large_county_is_counted_part_by_part_and_told_once(town: TestTown) -> None:
    await one_mended(town)
    for n in range(30):
        await town.rider(f"骑手{n}")
    await town.wait(days=4)
    admin = await town.admin("李主任")
    await admin.says("统计")
    assert admin.hears("statistics.counting")
    assert not admin.hears("statistics.title")
    async with town.database.read() as tx:
        assert await figure_runs.find(tx, admin.id) is not None

    await town.wait(seconds=1)

    assert admin.hears_times("statistics.title") == 1
    assert admin.hears("statistics.response", rate=rate("100.0%", 1, 1))
    assert admin.hears("statistics.activity", rate=rate("3.2%", 1, 31))
    async with town.database.read() as tx:
        assert await figure_runs.find(tx, admin.id) is None


def county(**agencies: Counts) -> Figures:
    return Figures(agencies={AgencyId(name): counts for name, counts in agencies.items()})


def said(found: Figures, mode: Publicity) -> list[tuple[str, object]]:
    town = replace(default_town(_signer()), rulebook=replace(RULEBOOK, publicity=mode))
    lines = telling.of_agencies("2026-11", found, town)
    assert lines is not None
    return [(one.key.removeprefix("statistics."), one.args.get("place", one.args.get("n"))) for one in lines.parts]


def _signer() -> Signer:
    return Signer(Secret(b"k" * 32))


def test_places_are_told_as_far_as_the_county_publishes_them() -> None:
    names = [str(agency) for agency in RULEBOOK.agencies][:13]
    ranked = {name: Counts(due=20, closed=20, on_time=20 - n) for n, name in enumerate(names[:12])}
    found = county(**ranked, **{names[12]: Counts(due=4, closed=4, on_time=4)})
    everybody = [("agencies", None), *(("place", n) for n in range(1, 13)), ("few", None)]
    assert said(found, Publicity.FULL) == said(found, Publicity.FULL_MASKED) == everybody
    first = [("agencies", None), *(("place", n) for n in range(1, 11)), ("others", 2), ("few", None)]
    assert said(found, Publicity.TOP) == first


def test_many_with_too_few_cases_are_counted_and_not_listed() -> None:
    names = [str(agency) for agency in RULEBOOK.agencies][:14]
    found = county(**{name: Counts(due=1) for name in names})
    assert said(found, Publicity.FULL) == [("agencies", None), ("few_of", 4)]
    assert telling.of_agencies("2026-11", county(housing=Counts(dispatches=3)), default_town(_signer())) is None


def test_lengths_are_hours_and_minutes_and_a_hold_is_named() -> None:
    found = Figures(
        county=Counts(due=3, held=1, closed=1, in_all=Counter({125: 1, 6000: 1})),
        riders=Riders(points=Counter({0: 3, 9: 1})),
    )
    parts = telling.of_county("2026-11", found, default_town(_signer()), AT).parts
    keys = {one.key.removeprefix("statistics."): one.args for one in parts}
    assert keys["closing_held"] == {"rate": rate("50.0%", 1, 2), "n": 1}
    length = keys["length.in_all"]["length"]
    assert isinstance(length, Text)
    both = Text("statistics.length.both", {"hours": 51, "minutes": 2})  # (125 + 6000) / 2 = 3062.5
    assert length.args == {"median": both, "most": Text("statistics.length.hours", {"hours": 100}), "n": 2}
    assert keys["gini"] == {"value": "0.75"}
    assert keys["length.accepting"] == {"length": "—"}


@pytest.mark.parametrize(
    ("words", "month"),
    [("", "2026-11"), ("2026-10", "2026-10"), ("2026-3", "2026-03"), ("２０２６年３月", "2026-03"), ("2026-00", None)],
)
def test_the_month_that_is_meant(words: str, month: str | None) -> None:
    assert month_meant(words, AT, ZoneInfo("Asia/Shanghai")) == month


def test_the_order_of_the_countys_list_decides_between_equals() -> None:
    names = list(RULEBOOK.agencies)[:2]
    found = Figures(agencies={agency: Counts(due=5, closed=5, on_time=5) for agency in reversed(names)})
    placed = telling.placed_in(found, RULEBOOK)
    assert [(one.who, one.rate, one.place) for one in placed] == [(name, Rate(5, 5), 1) for name in names]
