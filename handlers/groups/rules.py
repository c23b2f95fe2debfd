"""What a change of the bot's rights makes of what was known of a group, and what of it is news."""

from bot.chat.events import Placed
from storage.chats import Chat


def after(before: Chat | None, event: Placed) -> Chat:
    """What is known of the group from now on."""
    title = event.title or (before.title if before else "")
    if not event.present:
        return Chat(title, before.joined_at if before else event.at, left_at=event.at)
    joined_at = event.at if before is None or is_added(before) else before.joined_at
    deaf_since = before.deaf_at if before is not None and before.deaf_at is not None else event.at
    return Chat(title, joined_at, deaf_at=None if event.hears else deaf_since)


def is_added(before: Chat | None) -> bool:
    """Whether a group the bot is in now is one it was not in before."""
    return before is None or before.left_at is not None


def became_deaf(before: Chat | None, now: Chat) -> bool:
    return now.deaf_at is not None and (before is None or before.deaf_at is None)


def hears_again(before: Chat | None, now: Chat) -> bool:
    return now.deaf_at is None and before is not None and before.deaf_at is not None
