"""Reading severities, duties, agencies and categories."""

import re
from collections.abc import Mapping

from bot.county.entry import Entry
from bot.county.files import Folder
from bot.domain.rulebook import (
    Agency,
    AgencyId,
    Category,
    CategoryId,
    Duty,
    DutyId,
    Sensitive,
    Severity,
    SeverityLevel,
    VerifyBy,
)

AGENCY_KINDS = ("agency", "utility", "township", "community", "station", "platform", "area")

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_SHORT = 8  # characters that fit on a card's row and a button
_LOCAL = {"township": "township", "community": "community", "station": "station_keeper", "platform": "platform"}

Words = Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]  # strong and weak words by category id


def severities(folder: Folder) -> list[tuple[Entry, SeverityLevel]]:
    return [(entry, _severity(entry)) for entry in folder.entries("severities.toml", "severity")]


def _severity(entry: Entry) -> SeverityLevel:
    level = SeverityLevel(
        id=entry.word("id", Severity, Severity.P3),
        name=entry.text("name"),
        meaning=entry.text("meaning"),
        accept=entry.limit("accept"),
        secure=entry.optional_limit("secure"),
        resolve=entry.limit("resolve"),
        emergency=entry.flag("emergency", False),
    )
    entry.finish()
    return level


def duties(folder: Folder) -> list[tuple[Entry, Duty]]:
    return [(entry, _duty(entry)) for entry in folder.entries("duties.toml", "duty")]


def _duty(entry: Entry) -> Duty:
    duty = Duty(
        id=DutyId(entry.text("id")),
        name=entry.text("name"),
        agency=AgencyId(entry.text("agency")),
        colour=entry.text("colour"),
        is_duty=entry.flag("is_duty", True),
    )
    if duty.colour and not _COLOUR.fullmatch(duty.colour):
        entry.fault(f'colour "{duty.colour}" is not a colour', 'write # and six digits, such as "#1d5fa8"')
    entry.finish()
    return duty


def agencies(folder: Folder) -> list[tuple[Entry, Agency]]:
    return [(entry, _agency(entry)) for entry in folder.entries("agencies.toml", "agency")]


def _agency(entry: Entry) -> Agency:
    agency = Agency(
        id=AgencyId(entry.text("id")),
        name=entry.text("name"),
        short=entry.text("short"),
        takes=entry.text("takes"),
        duty_desk=entry.flag("duty_desk", False),
        lead=entry.flag("lead", False),
        kind=entry.choice("kind", AGENCY_KINDS, "agency"),
    )
    prefix = _LOCAL.get(agency.kind, "")
    if agency.id and prefix and not agency.id.startswith(f"{prefix}:"):
        entry.fault(
            f'an agency of kind {agency.kind} must have an id like "{prefix}:…"', f'write "{prefix}:{agency.id}"'
        )
    if agency.id and not prefix and ":" in agency.id:
        entry.fault(f'the id has a colon but kind is "{agency.kind}"', f"write one of the kinds {', '.join(_LOCAL)}")
    entry.finish()
    return agency


def categories(folder: Folder, words: Words) -> list[tuple[Entry, Category]]:
    return [(entry, _category(entry, words)) for entry in folder.entries("categories.toml", "category")]


def _category(entry: Entry, words: Words) -> Category:
    id_ = entry.text("id")
    strong, weak = words.get(id_, ((), ()))
    category = Category(
        code=entry.text("code"),
        id=CategoryId(id_),
        name=entry.text("name"),
        short=entry.text("short"),
        duty=DutyId(entry.text("duty")),
        agency=AgencyId(entry.text("agency")),
        severity=entry.word("severity", Severity, Severity.P3),
        accept=entry.limit("accept"),
        resolve=entry.limit("resolve"),
        secure=entry.optional_limit("secure"),
        sensitive=entry.word("sensitive", Sensitive, Sensitive.NO),
        photo_min=entry.number("photo_min"),
        location_required=entry.flag("location_required"),
        close_condition=entry.text("close_condition"),
        verify_by=entry.word("verify_by", VerifyBy, VerifyBy.COMMUNITY),
        public=entry.flag("public"),
        hint=entry.text("hint"),
        keywords=strong,
        weak=weak,
        emergency_call=entry.text("emergency_call", ""),
        basis=entry.text("basis"),
    )
    if len(category.short) > _SHORT:
        entry.fault(f'short "{category.short}" has {len(category.short)} characters', f"keep it to {_SHORT}")
    entry.finish()
    return category
