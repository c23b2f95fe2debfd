"""What is in force for an event: the county's own days from the next event on, in every process; the rules of its day."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from bot.chat.events import Incoming
from bot.chat.feature import Feature, Work
from bot.chat.messages import Effects
from bot.domain.case import CaseMoved, Move
from bot.domain.refusal import Refused
from storage import calendar_days, cases, rule_versions
from storage.database import Database
from storage.rule_versions import written_rules
from tests.engine.stage import open_stage

SATURDAY = date(2026, 11, 28)


def of_days() -> tuple[Feature, list[bool]]:
    """「看」 looks whether the Saturday is worked, 「设」 sets it, 「动」 moves a case, which is looked at; and what was seen."""
    feature = Feature("t")
    seen: list[bool] = []

    def look_now(work: Work) -> Effects:
        seen.append(work.town.calendar.is_workday(SATURDAY))
        return []

    @feature.command("看")
    async def look(_event: Incoming, work: Work) -> Effects:
        return look_now(work)

    @feature.command("设")
    async def set_day(event: Incoming, work: Work) -> Effects:
        await calendar_days.hold(work.tx)
        await calendar_days.add(work.tx, SATURDAY, event.rest != "休", work.actor.id, event.at)
        if event.rest == "否":
            raise Refused("t.said", words="不行")
        return []

    @feature.command("动")
    async def move(event: Incoming, work: Work) -> Effects:
        case = await cases.insert(work.tx, work.actor.id, event.at)
        return [await cases.move(work.tx, case, Move.REPORT, work.actor, event.at)]

    @feature.on_move(Move.REPORT)
    async def on_report(_moved: CaseMoved, work: Work) -> Effects:
        return look_now(work)

    return feature, seen


async def test_a_day_holds_from_the_next_event_on_in_every_process(database: Database, tmp_path: Path) -> None:
    feature, seen = of_days()
    here = await open_stage(database, tmp_path, feature)
    there = await here.another()

    async def both_look() -> None:
        await here.says("li", "看")
        await there.says("wang", "看")  # a chat is in the hands of one process for a while

    await both_look()
    await here.says("li", "设")
    await both_look()
    await there.says("wang", "设 休")
    await both_look()

    assert seen == [False, False, True, True, False, False]


async def test_a_day_that_was_rolled_back_never_held(database: Database, tmp_path: Path) -> None:
    feature, seen = of_days()
    stage = await open_stage(database, tmp_path, feature)

    await stage.says("li", "设 否")
    await stage.says("li", "看")

    assert seen == [False]


async def test_answers_to_a_move_count_with_the_same_days(database: Database, tmp_path: Path) -> None:
    feature, seen = of_days()
    stage = await open_stage(database, tmp_path, feature)

    for said in ("动", "设", "动"):
        await stage.says("li", said)

    assert seen == [False, True]


async def test_the_point_rules_are_those_of_the_day(database: Database, tmp_path: Path) -> None:
    feature, seen = Feature("t"), list[int]()

    @feature.command("看")
    async def look(_event: Incoming, work: Work) -> Effects:
        seen.append(work.town.rulebook.points.ranking_cap_day)
        return []

    stage = await open_stage(database, tmp_path, feature)
    rules = stage.engine.parts.town.rulebook.points  # as the file has them
    prepared = replace(rules, effective_from="2026-12-01", ranking_cap_day=30)
    async with database.write() as tx:
        for version in (rules, prepared):
            content = written_rules(version)
            await rule_versions.insert(tx, version.effective_from, "", content, stage.clock.now())
    for at in (datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC), datetime(2026, 11, 30, 16, 0, tzinfo=UTC)):
        stage.clock.move(at)
        await stage.says("li", "看")
    assert seen == [rules.ranking_cap_day, 30]
