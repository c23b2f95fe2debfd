"""What a single cell must be, as pure functions: the value, or `Wrong` with what is wrong, the nearest and the cure."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from difflib import SequenceMatcher
from typing import Final

from bot.chat.messages import Arg, Text
from bot.domain.people import Rank, Role
from bot.domain.rulebook import Agency, AgencyId, DutyId, Grid, Rulebook
from bot.people_file.table import tidy

MOST_NAME: Final = 20
MOST_WORDS: Final = 40
TERM: Final = timedelta(days=365)  # an appointment is for a year
NEAR: Final = 0.34  # two of three letters of a short name

POSTS: Final[Mapping[str, Rank]] = {"a岗": Rank.A, "a": Rank.A, "b岗": Rank.B, "b": Rank.B}
IN_CHARGE: Final = frozenset({"分管领导", "分管负责人", "leader"})
_DIGITS: Final = re.compile(r"\d{11}")
_LOST: Final = re.compile(r"\d(?:\.\d+)?e\+?\d+", re.IGNORECASE)
_ACCOUNT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}")
_DAY: Final = re.compile(r"(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?")
_BETWEEN: Final = re.compile(r"[、,，/;；\s]+")


class Wrong(Exception):
    """A cell is wrong."""

    def __init__(self, key: str, **args: Arg) -> None:
        super().__init__(key)
        self.text = Text(f"people.file.{key}", args)


def name(written: str) -> str:
    if not written:
        raise Wrong("name_missing")
    if written[0] in "=+-@":
        raise Wrong("name_formula")
    if len(written) > MOST_NAME or any(letter.isdigit() for letter in written):
        raise Wrong("name_odd", most=MOST_NAME)
    return written


def phone(written: str) -> str | None:
    """Eleven digits; spaces, hyphens and the country code are taken off."""
    if not written:
        return None
    if _LOST.fullmatch(written):
        raise Wrong("phone_scientific")
    digits = re.sub(r"[\s()（）\-–—]", "", written)
    for code in ("+86", "0086", "86"):
        if digits.startswith(code) and len(digits) - len(code) == 11:
            digits = digits[len(code) :]
    if not digits.isascii() or not digits.isdecimal():
        raise Wrong("phone_odd")
    if not _DIGITS.fullmatch(digits):
        raise Wrong("phone_digits", digits=len(digits))
    if not digits.startswith("1"):
        raise Wrong("phone_landline")
    return digits


def telegram(written: str) -> str | None:
    """The numeric id; a name can change hands, so it proves nothing."""
    if not written:
        return None
    if not (written.isascii() and written.isdecimal()) or not 4 < len(written) < 16:
        raise Wrong("telegram_name" if written.startswith("@") or not written[0].isdigit() else "telegram_odd")
    return written


def wecom(written: str) -> str | None:
    """The id of a member, in small letters: WeCom tells no others apart and gives them so (message/send)."""
    if not written:
        return None
    if not _ACCOUNT.fullmatch(written):
        raise Wrong("wecom_odd")
    return written.lower()


def words(written: str) -> str | None:
    """A firm or a station: any words, but not endless ones."""
    if len(written) > MOST_WORDS:
        raise Wrong("too_long", most=MOST_WORDS)
    return written or None


def unit(written: str, rulebook: Rulebook, kinds: frozenset[str] = frozenset()) -> Agency:
    """The agency of a name; `kinds` narrows what may be meant, empty: any that has people."""
    fitting = [a for a in rulebook.agencies.values() if not a.is_area and (not kinds or a.kind in kinds)]
    for agency in fitting:
        if tidy(written) in (tidy(agency.short), tidy(agency.name), agency.id):
            return agency
    near = nearest(written, [word for agency in fitting for word in (agency.short, agency.name)])
    if near is None:
        raise Wrong("unit_unknown", words=written[:20], some="、".join(agency.short for agency in fitting[:6]))
    short = next(agency.short for agency in fitting if near in (agency.short, agency.name))
    raise Wrong("unit_nearest", words=written[:20], near=short)


def grid(written: str, rulebook: Rulebook) -> Grid:
    for found in rulebook.grids.values():
        if tidy(written) in (tidy(found.name), found.id):
            return found
    near = nearest(written, [found.name for found in rulebook.grids.values()])
    if near is None:
        raise Wrong("grid_unknown", words=written[:20])
    raise Wrong("grid_nearest", words=written[:20], near=near)


def duties(written: str, rulebook: Rulebook) -> tuple[DutyId, ...]:
    """One duty or several, with 、 between them."""
    known = {duty.name: duty.id for duty in rulebook.duties.values() if duty.is_duty}
    found: list[DutyId] = []
    for word in filter(None, _BETWEEN.split(written)):
        meant = known.get(word) or next((duty for duty in known.values() if duty == word), None)
        if meant is None:
            near = nearest(word, known)
            if near is None:
                raise Wrong("duty_unknown", words=word[:20], some="、".join(known))
            raise Wrong("duty_nearest", words=word[:20], near=near)
        found.append(meant)
    return tuple(dict.fromkeys(found))


def term(written: str, today: date) -> tuple[str, str]:
    """First and last day: 「2026-11-01至2027-10-31」, a last day alone, or nothing for a year from today."""
    days = [_date(found) for found in _DAY.finditer(written)]
    if not written:
        return today.isoformat(), (today + TERM - timedelta(days=1)).isoformat()
    if not 0 < len(days) < 3:
        raise Wrong("term_odd")
    first, last = (days[0], days[1]) if len(days) == 2 else (today, days[0])
    if last < first or last < today:
        raise Wrong("term_over")
    return first.isoformat(), last.isoformat()


def _date(found: re.Match[str]) -> date:
    try:
        return date(*(int(part) for part in found.groups()))
    except ValueError:
        raise Wrong("term_odd") from None


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like `word`, None if none is."""
    rated = [(SequenceMatcher(None, word.lower(), other.lower()).ratio(), other) for other in known]
    best = max(rated, default=(0.0, ""))
    return best[1] if best[0] >= NEAR else None


def community(written: str, rulebook: Rulebook) -> AgencyId:
    return unit(written, rulebook, frozenset({"community"})).id


def is_held_at(role: Role) -> frozenset[str]:
    """The kinds of agency a role is held at; empty for a role that is held at none or at the lead agency."""
    if role in (Role.CONTACT, Role.LEADER):
        return frozenset({"agency", "utility", "township", "community", "station", "platform"})
    if role is Role.VERIFIER:
        return frozenset({"community"})
    return frozenset({"station"}) if role is Role.STATION_KEEPER else frozenset()
