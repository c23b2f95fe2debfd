"""Reading the point items, the rewards and the stations where they are handed over."""

import re
from dataclasses import dataclass
from datetime import date

from bot.county.entry import Entry
from bot.county.files import Folder
from bot.domain.rulebook import SAMPLED_IN, AgencyId, PlaceId, PointItem, PointRules, Publicity, Reward, Station

FILE = "points.toml"
_HEAD = ("effective_from", "ranking_cap_day", "ranking_cap_month", "total", "publicity_mode", "sampled_in")
_MODES = ("auto", "check", "manual")
_BY_HAND = "admin."
_HOURS = re.compile(r"([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)")


@dataclass(frozen=True, slots=True)
class Customs:
    """What stands in the file but is worth no points: it may change at any time, without a new `effective_from`."""

    publicity: Publicity = Publicity.FULL_MASKED
    sampled_in: int = SAMPLED_IN


def point_rules(folder: Folder) -> tuple[PointRules, list[tuple[Entry, PointItem]], Customs]:
    """The rules with their items, each item with its entry, and what is no rule."""
    content = folder.table(FILE, known=[*_HEAD, "group", "item"])
    if not content:
        return PointRules("", 0, 0, ()), [], Customs()
    head = Entry(folder.faults, FILE, "", {key: content[key] for key in _HEAD if key in content})
    groups = folder.entries_of(FILE, "group", content)
    items = [(entry, _item(entry)) for entry in folder.entries_of(FILE, "item", content)]
    _count(head, groups, [item for _, item in items])
    rules = PointRules(
        effective_from=_day(head),
        ranking_cap_day=head.number("ranking_cap_day", least=1),
        ranking_cap_month=head.number("ranking_cap_month", least=1),
        items=tuple(item for _, item in items),
        groups={entry.text("code"): entry.text("name") for entry in groups},
    )
    return rules, items, _customs(head)


def _customs(head: Entry) -> Customs:
    """A folder that was copied before there were such lines does as the program's own county does."""
    usual = Customs()
    return Customs(
        head.word("publicity_mode", Publicity, usual.publicity) if head.has("publicity_mode") else usual.publicity,
        head.number("sampled_in", least=1) if head.has("sampled_in") else usual.sampled_in,
    )


def _day(head: Entry) -> str:
    written = head.text("effective_from")
    try:
        return date.fromisoformat(written).isoformat() if written else ""
    except ValueError:
        head.fault(f'effective_from "{written}" is not a day', 'write it like "2026-01-01"')
        return ""


def _item(entry: Entry) -> PointItem:
    item = PointItem(
        code=entry.text("code"),
        id=entry.text("id"),
        group=entry.text("group"),
        name=entry.text("name"),
        points=entry.numbers("points"),
        cap_day=entry.optional_number("cap_day"),
        cap_month=entry.optional_number("cap_month"),
        outside_caps=entry.flag("outside_caps", False),
        spendable_only=entry.flag("spendable_only", False),
        mode=entry.choice("mode", _MODES),
        evidence=entry.text("evidence"),
        trigger=entry.text("trigger"),
        basis=entry.text("basis"),
        free_month=entry.number("free_month") if entry.has("free_month") else 0,
    )
    entry.finish()
    _check_signs(entry, item)
    if item.trigger and (item.mode == "manual") != item.trigger.startswith(_BY_HAND):
        entry.fault(f'mode "{item.mode}" does not go with trigger "{item.trigger}"', f"only manual has {_BY_HAND}…")
    return item


def _check_signs(entry: Entry, item: PointItem) -> None:
    """Points and caps of an item are all gains or all deductions, and a cap leaves room for one occurrence."""
    negative = any(points < 0 for points in item.points)
    if 0 in item.points or (negative and any(points > 0 for points in item.points)):
        entry.fault("points must be all gains or all deductions, without 0", "correct the list")
        return
    least = min((abs(points) for points in item.points), default=0)
    for key, cap in (("cap_day", item.cap_day), ("cap_month", item.cap_month)):
        if cap is not None and ((cap < 0) != negative or abs(cap) < least):
            cure = f"write {-least if negative else least} or {'less' if negative else 'more'}, or leave it out"
            entry.fault(f"{key} = {cap} leaves no room for one occurrence of {least} points", cure)


def _count(head: Entry, groups: list[Entry], items: list[PointItem]) -> None:
    """Every group has as many items as it says, and all groups together as many as the book."""
    total = head.number("total", least=1)
    declared = 0
    known: set[str] = set()
    for entry in groups:
        code, _, count = entry.text("code"), entry.text("name"), entry.number("count", least=1)
        found = sum(item.group == code for item in items)
        if code and found != count:
            entry.fault(f"{found} items name this group but count is {count}", "add the missing item or correct count")
        entry.finish()
        declared += count
        known.add(code)
    if head.has("total") and declared != total:
        head.fault(f"the groups count {declared} items but total is {total}", "correct total or the counts")


def rewards(folder: Folder) -> list[tuple[Entry, Reward]]:
    return [(entry, _reward(entry)) for entry in folder.entries("rewards.toml", "reward")]


def _reward(entry: Entry) -> Reward:
    reward = Reward(
        id=entry.text("id"),
        name=entry.text("name"),
        kind=entry.choice("kind", ("goods", "voucher", "service", "benefit")),
        price=entry.number("price"),
        stock=entry.number("stock"),
        stock_per=entry.choice("stock_per", ("start", "month", "year")),
        limit=entry.number("limit", least=1),
        limit_per=entry.choice("limit_per", ("month", "quarter", "half-year", "year")),
    )
    entry.finish()
    return reward


def stations(folder: Folder) -> list[tuple[Entry, Station]]:
    return [(entry, _station(entry)) for entry in folder.entries("stations.toml", "station")]


def _station(entry: Entry) -> Station:
    station = Station(
        id=entry.text("id"),
        name=entry.text("name"),
        place=PlaceId(entry.text("place")),
        hours=entry.text("hours"),
        agency=AgencyId(entry.text("agency")),
    )
    if station.hours and not _HOURS.fullmatch(station.hours):
        entry.fault(f'hours "{station.hours}" are not hours of the day', 'write them like "08:00-20:00"')
    entry.finish()
    return station
