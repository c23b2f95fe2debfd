"""Calendar: days the county sets itself, on top of the published ones. What the feature answers stands here in one list."""

from datetime import time

from bot.chat.schedule import Daily
from bot.domain.people import Role
from handlers.calendar import reminding, setting
from handlers.calendar.declared import feature

__all__ = ["feature"]

feature.command("调休", "workday", roles=frozenset({Role.ADMIN}), group=False, example="调休 2月6日 上班")(
    setting.set_days
)
feature.order("import")(setting.take_in)
feature.tick("remind", Daily(time(9)))(reminding.remind)
