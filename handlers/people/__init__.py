"""People: who somebody is and how they are reached. What the feature answers stands here in one list."""

from bot.domain.case import Move
from bot.domain.people import HANDLERS, OFFICE, Role
from handlers.people import (
    binding,
    by_phone,
    greeting,
    importing,
    leave,
    night,
    office,
    posts,
    practice,
    reach,
    undelivered,
)
from handlers.people.declared import feature

__all__ = ["feature"]

_ADMIN = frozenset({Role.ADMIN})
_STAFF = HANDLERS | OFFICE

feature.greets(greeting.greet)
feature.button("notice_read")(greeting.notice_read)
feature.command("公开姓名", "public-name", group=False, privately=True, example="公开姓名 同意")(greeting.public_name)
feature.button("public_name")(greeting.public_name_pressed)

feature.command("绑定", "bind", glued=True, anywhere=True, example="绑定 K7WQ-M2PD")(binding.bind)
feature.command("/start", "start", anywhere=True, listed=False)(binding.start)
feature.button("practice", roles=practice.FOR)(practice.begin)
feature.order("import")(importing.store_roll)
feature.order("codes")(binding.make_codes)
feature.order("wecom")(by_phone.bind_found)

feature.command("授权", "grant", roles=_ADMIN, group=False, example="授权 王队 专员 城管局")(posts.grant)
feature.command("撤权", "revoke", roles=_ADMIN, group=False, example="撤权 王队 专员 城管局")(posts.revoke)
feature.command("移交", "hand-over", roles=_ADMIN, group=False, example="移交 王队 李队")(posts.hand_over)
feature.button("posts_agree", roles=_ADMIN)(posts.agreed)
feature.button("posts_decline", roles=_ADMIN)(posts.declined)

feature.command("请假", "leave", roles=_STAFF, group=False, privately=True, example="请假 11月25日-28日")(leave.go)
feature.command("销假", "back", roles=_STAFF, group=False, privately=True)(leave.come_back)
feature.due("leave_begins")(leave.begin)
feature.due("leave_ends")(leave.end)
feature.on_move(Move.DISPUTE, makes=frozenset({Move.REASSIGN}))(leave.hand_rework_on)
feature.command("值班", "night", roles=_STAFF, group=False, privately=True, example="值班 李四")(night.duty)

feature.command("找人", "转人工", "human", group=False, privately=True)(office.ask)
feature.step("to_office")(office.take_words)
feature.step("answer")(office.take_answer)
feature.button("office_reply")(office.reply)

feature.undelivered(undelivered.decide)
feature.placed(reach.placed)
feature.button("seen_in_group", roles=_ADMIN)(undelivered.seen_in_group)
