"""What the riders report in the quarter, and when: drawn from a seed, so that a run can be repeated."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final


@dataclass(frozen=True, slots=True)
class Report:
    """A report to come. `position` is None where the rider names a place instead, or none at all."""

    at: datetime
    rider: int
    words: str
    photo: bool
    position: tuple[float, float] | None
    in_group: bool


@dataclass(frozen=True, slots=True)
class _Matter:
    words: str
    weight: int
    photo: bool = True


_MATTERS: Final = (
    # P1
    _Matter("井盖没了一个大洞", 2),
    _Matter("发生车祸两车相撞", 2, photo=False),
    _Matter("楼外墙皮往下掉，高空坠物", 1),
    _Matter("吃完饭上吐下泻，疑似食物中毒", 1, photo=False),
    _Matter("路灯不亮，线杆着火了", 2),  # an ordinary matter that the words make a danger to life
    # P2: limits around the clock, and some in working time
    _Matter("大树倒了横在路上", 3),
    _Matter("路上掉了一堆石头挡路", 3),
    _Matter("红绿灯坏了不亮", 3),
    _Matter("楼道里堆满杂物", 3),
    _Matter("消防通道被占", 2),
    _Matter("灭火器过期，消火栓坏了", 2),
    _Matter("后厨有老鼠乱窜", 2),
    _Matter("卖过期变质的肉", 2),
    _Matter("下水道冒水，污水横流", 3),
    _Matter("收到刷单诈骗短信", 2, photo=False),
    # P3: working time, and some around the clock
    _Matter("垃圾成堆没人清", 7),
    _Matter("占道经营，摊位摆到路上", 7),
    _Matter("共享单车乱停一地", 6),
    _Matter("半夜施工噪声太大", 3),
    _Matter("路上有个大坑", 7),
    _Matter("路灯不亮", 5),
    _Matter("井盖松动咣当响", 3),
    _Matter("私家车违停堵住路口", 8),
    _Matter("护栏撞坏了", 4),
    _Matter("后厨脏得不行", 3),
    _Matter("流浪狗乱窜", 3),
    # P4
    _Matter("墙上贴满小广告", 4),
    _Matter("乱堆乱放杂物占人行道", 4),
    _Matter("外卖封签破损没有封签", 3),
    _Matter("缺斤短两", 3),
    _Matter("这个路口横穿马路的人太多", 2),
    # of agencies without anybody: the office decides
    _Matter("暖气不热", 1),
)
# How many of a hundred reports come in which hour: riders report between orders, and a few at night.
_HOURS: Final = (1, 1, 0, 0, 0, 1, 2, 4, 7, 8, 8, 6, 5, 6, 8, 8, 7, 6, 5, 5, 5, 3, 2, 2)
_SOUTH_WEST, _NORTH_EAST = (46.79, 130.25), (46.95, 130.52)
_PLACED, _PRIVATE = 0.06, 0.25  # chances of a report with a place in words, and of one in private


def reports(random: Random, begin: datetime, weeks: int, cases: int, riders: int) -> Sequence[Report]:
    """So many reports in the weeks from `begin` on, earliest first; the last days are left for what follows."""
    days = weeks * 7 - 3
    drawn = [_instant(random, begin, days) for _ in range(cases)]
    return [_report(random, at, riders) for at in sorted(drawn)]


def _instant(random: Random, begin: datetime, days: int) -> datetime:
    hour = random.choices(range(24), _HOURS)[0]
    day = begin.date() + timedelta(days=random.randrange(days))
    midnight = datetime.combine(day, datetime.min.time(), begin.tzinfo)
    return midnight + timedelta(hours=hour, milliseconds=random.randrange(3_600_000))


def _report(random: Random, at: datetime, riders: int) -> Report:
    matter = random.choices(_MATTERS, [one.weight for one in _MATTERS])[0]
    placed = random.random() < _PLACED
    here = tuple(round(random.uniform(low, high), 5) for low, high in zip(_SOUTH_WEST, _NORTH_EAST, strict=True))
    return Report(
        at=at,
        rider=random.randrange(riders),
        words=f"{matter.words}，客运站" if placed else matter.words,
        photo=matter.photo,
        position=None if placed else (here[0], here[1]),
        in_group=matter.photo and random.random() >= _PRIVATE,  # words alone are talk there
    )
