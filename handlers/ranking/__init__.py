"""Ranking: a month is closed, shown, settled; what is wrong with it is heard. What the feature answers stands here."""

from bot.chat.schedule import Daily, Monthly
from bot.domain.people import OFFICE, RIDERS, Role
from handlers.ranking import (
    agencies,
    asking,
    closing,
    deciding,
    draft,
    objecting,
    ordering,
    publishing,
    settling,
    standing,
)
from handlers.ranking.declared import feature
from handlers.ranking.rules import CLOSE_AT

__all__ = ["feature"]

_ADMIN = frozenset({Role.ADMIN})

feature.tick("close", Monthly(1, CLOSE_AT))(closing.begin_last)
feature.tick("morning", Daily(CLOSE_AT))(settling.morning)
feature.due("freeze")(closing.go_on)
feature.due("recount")(closing.recount)
feature.due("tell")(publishing.tell)
feature.due("agencies")(agencies.go_on)
feature.due("nudge")(asking.nudge)

feature.button("preview", roles=_ADMIN)(draft.preview)
feature.button("sheet", roles=_ADMIN)(draft.sheet)
feature.button("publish", roles=_ADMIN)(draft.publish)
feature.button("publish_anyway", roles=_ADMIN)(draft.publish_anyway)
feature.button("put_off", roles=_ADMIN)(draft.put_off)
feature.button("card")(settling.card)

feature.command("排名", "ranking", roles=RIDERS | OFFICE, group=False, privately=True)(standing.show)
feature.command("核验", "check", group=False, privately=True, listed=False)(standing.check)
feature.command("申诉", "object", roles=RIDERS, group=False, privately=True)(objecting.by_word)
feature.button("object")(objecting.pressed)  # also by riders who have left: the month is theirs, too
feature.button("more")(objecting.more)
feature.button("withdraw")(objecting.withdraw)
feature.button("uphold", roles=OFFICE)(deciding.uphold)
feature.button("dismiss", roles=OFFICE)(deciding.dismiss)
feature.step("why")(objecting.hear)
feature.step("more")(objecting.hear_more)
feature.step("keep")(deciding.keep)
feature.step("correct")(deciding.correct)

feature.order("close_now")(ordering.close)
feature.order("publish")(ordering.publish)
feature.order("recompute")(ordering.recompute)
