"""The ranking of a month as an office opens it."""

from datetime import datetime
from pathlib import Path

import pytest
from python_calamine import load_workbook

from bot.control import JobFailed
from bot.export.ranking import export_ranking
from tests.cli.exports import asked, lines, looks_right
from tests.features.month import NOVEMBER, drafted, earns
from tests.town import TestTown


async def test_every_rider_is_a_row_in_the_order_of_the_places(town: TestTown, tmp_path: Path) -> None:
    first, second = await town.rider("赵铁强"), await town.rider("孙立")
    await town.rider("周平")
    await earns(town, first, "A03")
    await earns(town, second, "A02")
    out = tmp_path / "ranking.xlsx"
    with pytest.raises(JobFailed):
        await export_ranking(asked(town, out, NOVEMBER))
    await drafted(town)

    assert await export_ranking(asked(town, out, NOVEMBER)) == 3

    looks_right(out, 1, 12)
    rows = lines(out, "月度排名")
    assert [(row["名次"], row["骑手"], row["积分"]) for row in rows] == [
        (1, "赵铁强", 13),
        (2, "孙立", 9),
        (3, "周平", 0),
    ]
    at = datetime.fromisoformat("2026-11-23T09:00")
    assert [(row["达到时间"], row["状态"], row["版本"]) for row in rows[:2]] == [(at, "草稿", 1)] * 2
    assert rows[2]["达到时间"] == ""
    marked = load_workbook(str(out)).get_sheet_by_index(0).to_python()
    assert "值班员" in str(marked[0][0])
