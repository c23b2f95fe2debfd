"""Instants, and how they are stored: aware, UTC, fixed width, so that text order is time order."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


def stored(at: datetime) -> str:
    """`at` as it stands in both databases, e.g. `2026-03-02T04:00:00.000Z`.

    Raises:
        ValueError: `at` has no time zone.
    """
    if at.tzinfo is None:
        raise ValueError("a naive datetime cannot be stored")
    return at.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def read(text: str) -> datetime:
    """The aware UTC instant that `stored` wrote."""
    return datetime.fromisoformat(text)


def local_day(at: datetime, zone: ZoneInfo) -> date:
    """The county's calendar day of `at`."""
    return at.astimezone(zone).date()


def local_month(at: datetime, zone: ZoneInfo) -> str:
    """The county's month of `at`, e.g. `2026-03`."""
    return at.astimezone(zone).strftime("%Y-%m")


def span_of_month(period: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first instant of the county's month `period`, e.g. `2026-03`, and that of the month after it.

    Raises:
        ValueError: `period` is not written like that.
    """
    first, following = (date.fromisoformat(f"{month}-01") for month in (period, month_after(period)))
    return datetime(first.year, first.month, 1, tzinfo=zone), datetime(following.year, following.month, 1, tzinfo=zone)


def month_after(period: str) -> str:
    """The month after `period`: `2027-01` for `2026-12`."""
    return (date.fromisoformat(f"{period}-01") + timedelta(days=31)).strftime("%Y-%m")


def month_before(period: str) -> str:
    """The month before `period`: `2026-12` for `2027-01`."""
    return (date.fromisoformat(f"{period}-01") - timedelta(days=1)).strftime("%Y-%m")
