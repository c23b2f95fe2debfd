"""The county's own days hold from the next event on, in every process, in handlers and in answers to moves."""

from datetime import date
from pathlib import Path

from bot.chat.events import Incoming
from bot.chat.feature import Feature, Work
from bot.chat.messages import Effects
from bot.domain.case import CaseMoved, Move
from bot.domain.refusal import Refused
from storage import calendar_days, cases
from storage.database import Database
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
