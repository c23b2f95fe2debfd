"""What makes points wait for a person: the same picture, one's own place, many at once, two places too far apart.

A hint holds; whether it means anything is for a person to say.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.chat.feature import Work
from bot.domain.case import Case
from bot.domain.geo import metres, metres_to_place
from bot.domain.ledger import Step
from bot.domain.people import MemberId
from bot.domain.recognise import normalise
from bot.domain.rulebook import Place, Point
from handlers.points.booking import items_of
from handlers.points.rules import OF_SEVERITY, Trigger
from storage import hints, photo_matches, points, recent_reports
from storage.hints import Hint, HintKind
from storage.photo_matches import Sought
from storage.photos import StoredPhoto
from storage.recent_reports import Report

SAME_WITHIN: Final = timedelta(days=180)
BURST: Final = 6  # more reports than that in BURST_WITHIN
BURST_WITHIN: Final = timedelta(minutes=10)
_FAR_WITHIN: Final = timedelta(hours=2)  # at 60 km/h nobody leaves a county sooner
_SPEED_M_S: Final = 60_000 / 3600
# A place is the middle of an estate, and a report is sent a little after what it is about was passed.
_PLACE_IS_M: Final = 1000
_MAIN: Final = frozenset({*OF_SEVERITY.values(), Trigger.ON_SITE})  # what a hint hangs on; the rest of a report follows


async def of_report(case: Case, work: Work) -> Sequence[Hint]:
    """What is noticed about a report when it is taken up."""
    own = await recent_reports.of(work.tx, case.reporter_id, case.opened_at - _FAR_WITHIN, case.opened_at)
    found = [_own_place(case, await recent_reports.station(work.tx, case.reporter_id)), burst(case.opened_at, own)]
    roads = {place.name: place for place in work.town.rulebook.places.values() if place.line}
    found += [too_far(case, own, roads), await _seen_before(case, case.reporter_id, work)]
    return [hint for hint in found if hint is not None]


async def of_verification(case: Case, member: MemberId, work: Work) -> Sequence[Hint]:
    """What is noticed about a look at the repair."""
    station = await recent_reports.station(work.tx, member)
    found = [_own_place(case, station), await _seen_before(case, member, work)]
    return [hint for hint in found if hint is not None]


async def look_at_photo(photo: StoredPhoto, case: Case, at: datetime, work: Work) -> None:
    """A photo was stored: only now its picture can be compared, if anything it may hold does not count yet."""
    booked = await points.list_of_case(work.tx, case.id, photo.member_id)
    if all(entry.step is not Step.PENDING for entry in booked):
        return
    sent = await photo_matches.sought(work.tx, case.id, photo.member_id)
    match = await _matching([one for one in sent if one.photo == photo.id], case, work)
    if match is not None:
        await hang(case, photo.member_id, (match,), at, work)


async def hang(case: Case, member: MemberId, found: Sequence[Hint], at: datetime, work: Work) -> None:
    """Hang what was noticed on what a member earned by a case, where it does not count yet."""
    if not found:
        return
    booked = [entry for entry in await points.list_of_case(work.tx, case.id, member) if entry.step is Step.PENDING]
    main = {item.code for item in await items_of(_MAIN, at, work)}
    follow = {item.code for item in await items_of([Trigger.COMPLETE], at, work)}
    # Where the caps left nothing for the report itself, what goes along with it must be decided by somebody, too.
    held = [entry for entry in booked if entry.item in main] or [entry for entry in booked if entry.item in follow]
    for entry in held:
        for hint in found:
            await hints.add(work.tx, entry.id, hint, at)


def burst(at: datetime, own: Sequence[Report]) -> Hint | None:
    """More than `BURST` reports of one rider within ten minutes, this one among them."""
    n = sum(at - BURST_WITHIN < report.at <= at for report in own)
    return Hint(HintKind.BURST, str(n)) if n > BURST else None


def too_far(case: Case, own: Sequence[Report], roads: Mapping[str, Place]) -> Hint | None:
    """The report before this one was made farther away than 60 km/h allows. `roads`: places with a course, by name."""
    earlier = [report for report in own if report.case != case.id and report.at <= case.opened_at]
    if not earlier:
        return None
    last = max(earlier, key=lambda report: (report.at, report.case))
    here = Point(case.lat, case.lon) if case.lat is not None and case.lon is not None else None
    away = _apart((last.point, roads.get(last.place)), (here, roads.get(case.place)))
    passed_s = (case.opened_at - last.at).total_seconds()
    if away is None or away <= _PLACE_IS_M + passed_s * _SPEED_M_S:
        return None
    return Hint(HintKind.DISTANCE, f"{round(away)} {round(passed_s)} {last.number}")


def _apart(one: tuple[Point | None, Place | None], other: tuple[Point | None, Place | None]) -> float | None:
    """Metres between two reports, of a road to its nearest spot; None where that says nothing."""
    (a, a_road), (b, b_road) = one, other
    if a is None or b is None or (a_road is not None and b_road is not None):
        return None
    if a_road is not None:
        return metres_to_place(b, a_road)
    return metres_to_place(a, b_road) if b_road is not None else metres(a, b)


def is_own_place(place: str, station: str) -> bool:
    """Whether a report names the place the rider works from."""
    return bool(station) and normalise(place) == normalise(station)


def _own_place(case: Case, station: str) -> Hint | None:
    return Hint(HintKind.OWN_PLACE) if is_own_place(case.place, station) else None


async def _seen_before(case: Case, member: MemberId, work: Work) -> Hint | None:
    """Whether somebody sent one of their photos before."""
    return await _matching(await photo_matches.sought(work.tx, case.id, member), case, work)


async def _matching(sent: Sequence[Sought], case: Case, work: Work) -> Hint | None:
    """The first photo that was there before; the same bytes come before a mere likeness."""
    near: Hint | None = None
    for photo in sent:
        match = await photo_matches.find(work.tx, photo, case.opened_at - SAME_WITHIN)
        if match is not None and match.same:
            return Hint(HintKind.SAME_PHOTO, str(match.number))
        if match is not None and near is None:
            near = Hint(HintKind.NEAR_PHOTO, str(match.number))
    return near
