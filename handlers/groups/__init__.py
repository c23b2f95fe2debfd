"""Groups: the bot in a chat of many, and the line to the platform. What the feature answers stands here in one list."""

from bot.domain.people import Role
from handlers.groups import listing, moving, presence, trouble
from handlers.groups.declared import feature

__all__ = ["feature"]

feature.placed(presence.placed)
feature.undelivered(presence.undelivered)
feature.migrated(moving.follow)
feature.troubled(trouble.tell)
feature.command("群", "工作群", "groups", roles=frozenset({Role.ADMIN}), group=False, example="群")(listing.show)
