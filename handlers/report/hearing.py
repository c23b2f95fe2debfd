"""What of all that is said and sent is a report, or part of one."""

from bot.chat.events import Incoming
from bot.chat.feature import Town, Work
from bot.domain.recognise import recognise
from handlers.report import asides, drafting
from storage import drafts
from storage.photos import Media


def reads_like_report(event: Incoming, town: Town) -> bool:
    """What was taken or recorded, positions, and words that name a matter or a place; a group is asked more of."""
    if not is_bare(event) or asides.is_correction(event.text):
        return True
    return recognise(event.text, town.rulebook).looks_like_report


def is_bare(event: Incoming) -> bool:
    """Whether a message is words alone."""
    return not event.photos and not event.media and event.position is None


def is_spoken(event: Incoming) -> bool:
    """Whether a message is words alone, and the person's own: what others said ends and corrects nothing."""
    return is_bare(event) and not event.forwarded


def is_voice_alone(event: Incoming) -> bool:
    """In a group riders talk to each other like this."""
    return drafting.is_recording_alone(event) and all(sent.kind == Media.VOICE for sent in event.media)


def is_chatter(event: Incoming, town: Town) -> bool:
    """In a group: talk by voice, and what others said that is passed on, unless it shows a matter and names it."""
    if event.where.private:
        return False
    return is_voice_alone(event) or (event.forwarded and not (event.photos and _names_a_matter(event, town)))


def _names_a_matter(event: Incoming, town: Town) -> bool:
    return recognise(event.text, town.rulebook).looks_like_report


async def is_report_in_group(event: Incoming, work: Work) -> bool:
    """Where people talk to each other: something to see with words that name a matter, or what was begun before."""
    if await drafting.album_of(event, work) is not None:
        return True
    if is_chatter(event, work.town):
        return False
    if await drafts.find_open(work.tx, event.where.platform, event.where.chat, work.actor.id) is not None:
        return True
    shown = bool(event.photos or event.media)
    if event.text:
        return shown and _names_a_matter(event, work.town)
    return shown and work.town.bare_photo_asks and drafting.is_appointed(work.actor)
