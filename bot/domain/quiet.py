"""Quiet hours: when a message that can wait is held, and when it may leave.

A contact's quiet hours are the breaks of the work calendar: ask `Calendar.next_working_instant`.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.calendar import Span

RIDER_QUIET = (
    Span(time(11, 0), time(13, 30)),  # lunch orders
    Span(time(17, 0), time(19, 30)),  # dinner orders
    Span(time(22, 0), time(7, 0)),
)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Spans of every day, by the wall clock of `zone`, in which a person is left alone; no spans means never.

    Whether a message is urgent enough to break them, or answers somebody who has just written, is the caller's to say.

    Raises:
        ValueError: the spans leave no minute of the day in which a message may leave.
    """

    zone: ZoneInfo
    spans: tuple[Span, ...] = RIDER_QUIET

    def __post_init__(self) -> None:
        if self.spans and all(self._silences(span.end) for span in self.spans):
            raise ValueError("the quiet hours cover the whole day: no message could ever leave")

    def is_quiet(self, at: datetime) -> bool:
        """Whether a message that can wait is held at `at`; the end of a span is free again."""
        return self._silences(self._local(at).time())

    def first_allowed(self, at: datetime) -> datetime:
        """`at` itself outside quiet hours, else their end, in UTC; spans that touch or overlap are one.

        An end that the clock skips in spring comes as much later; one that comes twice in autumn is the first one,
        unless `at` lies between the two.
        """
        local = self._local(at)
        while (span := self._span_at(local.time())) is not None:
            day = local.date() if local.time() < span.end else local.date() + timedelta(days=1)
            end = datetime.combine(day, span.end, self.zone).replace(fold=local.fold)
            local = end.astimezone(UTC).astimezone(self.zone)
        return local.astimezone(UTC)

    def _local(self, at: datetime) -> datetime:
        if at.tzinfo is None:
            raise ValueError(f"{at.isoformat()} has no time zone")
        return at.astimezone(self.zone)

    def _silences(self, at: time) -> bool:
        return self._span_at(at) is not None

    def _span_at(self, at: time) -> Span | None:
        return next((span for span in self.spans if at in span), None)
