"""Plays the quarter, has the oracle judge it, and prints the figures; ends with 1 when one is wrong.

`python -m bench.quarter --cases 2000 --weeks 13 --seed 7 --zone Asia/Shanghai --picture timeline.png`: all may be left
out. A second, smaller run crosses the night in which the clock of its zone is changed.
"""

import argparse
import sys
import time
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from bench.measure import machine
from bench.quarter import run
from bench.quarter.timeline import telling
from bench.quarter.timeline_picture import draw
from bench.quarter.verdict import Judgement
from bot.log import configure

BEGIN = date(2026, 1, 5)
SHOWN = 40  # faults, in words


def main() -> int:
    configure("error")
    asked = _asked()
    print(f"{machine()}\n")
    right = _run(run.quarter(asked.cases, asked.weeks, asked.seed, ZoneInfo(asked.zone), BEGIN), asked.picture)
    summer = run.summer_time(max(20, asked.cases // 10), asked.seed)
    return 0 if _run(summer, None) and right else 1


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.quarter", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--cases", type=int, default=2000, help="reports that are sent")
    parser.add_argument("--weeks", type=int, default=13)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--zone", default="Asia/Shanghai")
    parser.add_argument("--picture", type=Path, help="where to draw the timeline of one case")
    return parser.parse_args()


def _run(settings: run.Settings, picture: Path | None) -> bool:
    """Play, judge, print; whether every figure holds."""
    start = time.perf_counter()
    judged = _played(settings)
    print(f"{settings}: {time.perf_counter() - start:.0f} s")
    figures = list(judged.figures())
    for figure in figures:
        print(figure)
    for fault in judged.faults[:SHOWN]:
        print(f"    {fault}")
    if len(judged.faults) > SHOWN:
        print(f"    and {len(judged.faults) - SHOWN} more")
    wrong = sum(not figure.holds for figure in figures)
    print(f"  {len(figures)} figures, {wrong} wrong\n", flush=True)
    if picture is not None:
        draw(telling(judged), picture)
    return not wrong


def _played(settings: run.Settings) -> Judgement:
    """With the day that is played, and a bar, on standard error."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=settings.weeks * 7)

        def shown(at: datetime) -> None:
            day = f"{at.astimezone(settings.zone):%d %b}"
            progress.update(
                task, completed=(at - settings.starts) / timedelta(days=1), description=f"{settings.zone} {day}"
            )

        return run.judged(settings, shown)


if __name__ == "__main__":
    sys.exit(main())
