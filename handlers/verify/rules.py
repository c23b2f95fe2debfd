"""Who may be asked to look at a repair, in which order."""

from collections.abc import Sequence
from enum import StrEnum

from bot.domain.rulebook import VerifyBy


class Source(StrEnum):
    REPORTER = "reporter"
    RIDER = "rider"
    COMMUNITY = "community"


def order(by: VerifyBy, *, urgent: bool) -> Sequence[Source]:
    """Where verifiers are looked for, first choice first.

    An urgent case is never left to its reporter's own word. A case for which the contact's photo is enough asks
    nobody; the photo counts by rule when its time has come.
    """
    choices = {
        VerifyBy.REPORTER: (Source.REPORTER, Source.RIDER, Source.COMMUNITY),
        VerifyBy.OTHER_RIDER: (Source.RIDER, Source.COMMUNITY),
        VerifyBy.COMMUNITY: (Source.COMMUNITY, Source.RIDER),
        VerifyBy.CONTACT_PHOTO_ONLY: (),
    }
    chosen = choices[by]
    if urgent:
        rest = tuple(source for source in chosen if source is not Source.REPORTER)
        return rest or (Source.COMMUNITY, Source.RIDER)
    return chosen
