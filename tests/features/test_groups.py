"""Groups: the bot is added, not heard, removed; a group that gets another id; a platform that cannot be heard."""

from dataclasses import replace
from datetime import timedelta

from bot.chat.events import Address, Incoming, Migrated, Photo, Placed, Platform, Trouble
from bot.chat.messages import Arg
from bot.chat.platform import NeverWill
from bot.domain.case import CaseState
from bot.domain.people import Rank
from storage import drafts, groups, members
from tests.fake import GROUP, picture
from tests.features.acting import POTHOLE, accepted, handled
from tests.town import Person, TestTown

NEW = "work-supergroup"
OTHER = "other-group"


async def placed(
    town: TestTown, chat: str = GROUP, *, present: bool = True, hears: bool = True, private: bool = False
) -> None:
    """The bot's rights in a chat change; what follows a moment later is awaited."""
    where = Address(town.platform.name, chat, private)
    at = town.clock.now()
    await town.happens(town.platform, Placed(town.next_event(), where, "u-who", at, present, hears, title="骑手群"))
    await town.wait(seconds=4)


async def migrated(town: TestTown, old: str = GROUP, to: str = NEW) -> None:
    where = Address(town.platform.name, old, private=False)
    await town.happens(town.platform, Migrated(town.next_event(), where, to, town.clock.now()))


async def trouble(town: TestTown, what: str, detail: str = "") -> None:
    event = Trouble(town.next_event(), Platform.TELEGRAM, what, detail, town.clock.now())
    await town.happens(town.platform, event)


def message(town: TestTown, person: Person, chat: str, text: str, photo: str | None = None) -> Incoming:
    named = town.platform.new_id()
    refs = (Photo(f"{named}-{photo}"),) if photo else ()
    town.platform.uploads.update({ref.ref: picture(str(photo)) for ref in refs})
    where = Address(town.platform.name, chat, private=False)
    town.echo(person, where, named, text)
    return Incoming(
        town.next_event(), where, person.account, text, town.clock.now(), photos=refs, message=named,
        sender_name=person.name,
    )  # fmt: skip


async def says_in(town: TestTown, person: Person, chat: str, text: str, photo: str | None = None) -> None:
    await town.happens(town.platform, message(town, person, chat, text, photo))


async def before_the_move(town: TestTown, *said: Incoming) -> None:
    """Messages and then the move in one batch: what they lead to waits to be sent when the chat moves."""
    where = Address(town.platform.name, GROUP, private=False)
    moved = Migrated(town.next_event(), where, NEW, town.clock.now())
    await town.engine.intake.deliver(town.platform.name, [town.platform.raw(event) for event in (*said, moved)])
    await town.settle()


def heard(town: TestTown, chat: str, key: str, **args: Arg) -> int:
    """How often a chat was told this."""
    return sum(one.is_(key, **args) for one in town.heard if one.chat == chat)


def said(town: TestTown, chat: str) -> list[str]:
    """What the bot has said in a chat, as it stands."""
    return [shown.text for shown in town.platform.chats[chat] if shown.sender == "bot"]


async def bound(town: TestTown) -> list[str]:
    async with town.database.read() as tx:
        return [chat for _, chat in await groups.bound(tx)]


async def audited(town: TestTown, action: str) -> list[tuple[str, str]]:
    async with town.database.read() as tx:
        rows = await tx.all("SELECT object, detail FROM audit WHERE action = :action ORDER BY id", action=action)
    return [(str(row["object"]), str(row["detail"])) for row in rows]


# The bot is added


async def test_a_new_group_is_told_once_who_the_bot_is_and_what_comes_next(town: TestTown) -> None:
    admin, rider = await town.admin("何主任"), await town.rider("赵强")
    await placed(town, OTHER)
    await placed(town, OTHER)
    await says_in(town, rider, OTHER, "大家早")
    assert len(said(town, OTHER)) == 1
    assert heard(town, OTHER, "groups.hello", bot="小五") == heard(town, OTHER, "groups.bind") == 1
    assert not heard(town, OTHER, "groups.deaf")
    await says_in(town, admin, OTHER, "绑定")
    assert heard(town, OTHER, "people.group.bound") == 1
    assert not heard(town, OTHER, "groups.deaf")
    assert not admin.hears("groups.in_group")


async def test_a_group_that_cannot_be_heard_is_told_so_and_the_introduction_changes_when_it_can(town: TestTown) -> None:
    admin = await town.admin("何主任")
    await placed(town, OTHER, hears=False)
    assert heard(town, OTHER, "groups.deaf") == 1
    await says_in(town, admin, OTHER, "/bind@some_bot")
    assert heard(town, OTHER, "people.group.bound") == 1
    assert heard(town, OTHER, "groups.deaf") == 2  # with the answer: what is missing is still missing

    await placed(town, "third-group", hears=False)
    await placed(town, "third-group", hears=True)
    only = said(town, "third-group")
    assert len(only) == 1
    assert "BotFather" not in only[0]


async def test_rights_that_come_within_a_moment_make_one_message(town: TestTown) -> None:
    where = Address(town.platform.name, OTHER, private=False)
    for hears in (False, True):
        event = Placed(town.next_event(), where, "u-who", town.clock.now(), present=True, hears=hears, title="骑手群")
        await town.happens(town.platform, event)
    assert said(town, OTHER) == []
    await town.wait(seconds=4)
    assert heard(town, OTHER, "groups.hello") == 1
    assert not heard(town, OTHER, "groups.deaf")


# A work group that is not heard


async def test_a_work_group_that_is_not_heard_any_more_says_so_once_and_the_admins_know(town: TestTown) -> None:
    admin, rider = await town.admin("何主任"), await town.rider("赵强")
    await placed(town, hears=True)
    assert town.group == []
    await placed(town, hears=False)
    await placed(town, hears=False)
    assert heard(town, GROUP, "groups.deaf") == 1
    assert admin.hears_times("groups.in_group", title="骑手群") == 1
    assert admin.hears_times("groups.deaf") == 1
    assert not rider.hears("groups.deaf")

    await admin.says("群")
    assert admin.hears("groups.line_deaf", title="骑手群")
    await placed(town, hears=True)
    assert heard(town, GROUP, "groups.heard") == 1
    await placed(town, hears=False)
    assert heard(town, GROUP, "groups.deaf") == 2
    assert admin.hears_times("groups.deaf") == 2


async def test_binding_again_says_what_is_missing(town: TestTown) -> None:
    admin = await town.admin("何主任")
    await placed(town, hears=False)
    await admin.says("绑定", group=True)
    already = town.group[-1].text
    assert heard(town, GROUP, "people.group.already") == 1
    assert "BotFather" in already


# The list


async def test_admins_list_the_work_groups(town: TestTown) -> None:
    admin, rider = await town.admin("何主任"), await town.rider("赵强")
    await admin.says("群")
    assert admin.hears("groups.line", title=GROUP)  # its name is not known before the platform tells it
    await placed(town)
    await admin.says("groups")
    assert admin.hears("groups.list", n=1)
    assert admin.hears("groups.line", title="骑手群")
    await rider.says("群")
    assert not rider.hears("groups.list")
    await placed(town, present=False)
    await admin.says("群")
    assert admin.hears("groups.none")


# Removed


async def test_a_work_group_that_removes_the_bot_has_ended_and_needs_binding_again(town: TestTown) -> None:
    admin, rider = await town.admin("何主任"), await town.rider("赵强")
    await placed(town)
    await placed(town, present=False)
    await placed(town, present=False)
    assert await bound(town) == []
    assert admin.hears_times("groups.removed", title="骑手群") == 1
    assert await audited(town, "group.ended") == [(f"sandbox:{GROUP}", "removed")]
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    assert town.group == []

    await placed(town)
    assert heard(town, GROUP, "groups.hello_again") == heard(town, GROUP, "groups.bind_again") == 1
    await admin.says("绑定", group=True)
    assert await bound(town) == [GROUP]
    await placed(town, present=False)
    assert admin.hears_times("groups.removed") == 2  # another time, on the same day
    assert len(await audited(town, "group.bound")) == 1


async def test_a_removal_that_only_a_failed_send_tells_of_is_told_once(town: TestTown) -> None:
    admin, (_, contact) = await town.admin("何主任"), await accepted(town)
    town.platform.blocked.add(GROUP)
    await contact.says("已填平压实", photo="after.jpg")
    await placed(town, present=False)
    assert await bound(town) == []
    assert admin.hears_times("groups.removed") == 1
    town.platform.blocked.clear()
    await placed(town)
    assert heard(town, GROUP, "groups.hello_again") == 1


async def test_a_group_of_strangers_that_removes_the_bot_concerns_nobody(town: TestTown) -> None:
    admin = await town.admin("何主任")
    await placed(town, OTHER)
    await placed(town, OTHER, present=False)
    assert not admin.hears("groups.removed")
    await placed(town, OTHER)
    assert len(said(town, OTHER)) == 2


async def test_the_settings_bind_a_group_once_and_not_against_what_happened_since(town: TestTown) -> None:
    await migrated(town)
    async with town.database.write() as tx:
        await groups.bind(tx, town.platform.name, GROUP, town.clock.now())  # as at every start
    assert await bound(town) == [NEW]


# A person who blocks the bot


async def test_cases_of_a_contact_who_blocks_the_bot_go_to_the_deputy(town: TestTown) -> None:
    admin, (_, contact) = await town.admin("何主任"), await accepted(town)
    deputy = await town.contact("housing", "高工", Rank.B)
    await placed(town, contact.account, present=False, private=True)
    assert (await town.case(1)).contact_id == deputy.id
    assert deputy.hears("dispatch.card.title", number="0001")  # accepted already: the card of work in hand
    assert admin.hears_times("people.lost.unreachable", name="刘工") == 1
    async with town.database.read() as tx:
        assert not await members.reachable(tx, contact.id)

    await placed(town, contact.account, private=True)
    async with town.database.read() as tx:
        assert await members.reachable(tx, contact.id)
    assert (await town.case(1)).contact_id == deputy.id


async def test_a_block_with_nobody_to_stand_in_goes_to_the_office_and_is_told_once(town: TestTown) -> None:
    dispatcher, admin = await town.dispatcher("周值"), await town.admin("何主任")
    _, contact = await accepted(town)
    town.platform.blocked.add(contact.account)
    await placed(town, contact.account, present=False, private=True)
    assert (await town.case(1)).contact_id == contact.id
    assert dispatcher.hears_times("people.lost.nobody_left", number="0001") == 1
    assert admin.hears_times("people.lost.unreachable") == 1


async def test_another_account_of_a_contact_who_blocks_one_keeps_the_cases(town: TestTown) -> None:
    _, contact = await accepted(town)
    await town.contact("housing", "高工", Rank.B)
    async with town.database.write() as tx:
        await members.add_account(tx, contact.id, "sandbox", "second-phone", town.clock.now() - timedelta(days=1))
    await placed(town, contact.account, present=False, private=True)
    assert (await town.case(1)).contact_id == contact.id


async def test_a_guest_or_a_stranger_who_blocks_the_bot_concerns_nobody(town: TestTown) -> None:
    admin, guest = await town.admin("何主任"), await town.stranger("路人")
    await guest.says("你好")
    await placed(town, guest.account, present=False, private=True)
    await placed(town, "never-seen", present=False, private=True)
    assert admin.chat == []


# Another id


async def test_a_case_that_was_open_when_its_group_moved_closes_in_the_new_one(town: TestTown) -> None:
    admin, (rider, _) = await town.admin("何主任"), await handled(town)
    receipt = len(town.group)
    await migrated(town)
    await migrated(town)
    assert (await town.case(1)).home_chat == NEW
    await rider.presses("已修好")
    assert (await town.case(1)).state is CaseState.CLOSED
    assert heard(town, NEW, "feedback.group.closed", number="0001") == 1
    assert len(said(town, NEW)) == 1  # the receipt is of the old chat: nothing to edit, and no second one
    assert len(town.group) == receipt
    assert admin.chat == []
    assert await audited(town, "group.moved") == [(f"sandbox:{GROUP}", f"to {NEW}")]


async def test_a_report_in_the_moved_group_works_and_the_old_id_leads_there(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await town.contact("housing", "刘工")
    await migrated(town)
    await says_in(town, rider, NEW, "上报 " + POTHOLE, photo="hole.jpg")
    assert (await town.case(1)).home_chat == NEW
    assert len(said(town, NEW)) == 1

    # Said in the old chat, read only after the move: neither lost nor answered where nobody is any more.
    await says_in(town, rider, GROUP, "上报 井盖坏了，客运站", photo="cover.jpg")
    second = await town.case(2)
    assert second.home_chat == NEW
    assert second.state is CaseState.DISPATCHED
    assert len(said(town, NEW)) == 2
    assert said(town, GROUP) == []
    assert town.platform.chats[NEW][-1].rendered.answers is None

    # A caption that was changed in the old chat is not taken for another report.
    edited = replace(message(town, rider, GROUP, "上报 井盖坏了，人民路小学", "cover.jpg"), edited=True)
    await town.happens(town.platform, edited)
    async with town.database.read() as tx:
        assert len(await tx.all("SELECT id FROM cases")) == 2


async def test_what_waits_for_the_old_chat_goes_to_the_new_one_unquoted(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await before_the_move(town, message(town, rider, GROUP, "上报 " + POTHOLE, "hole.jpg"))
    (shown,) = [shown for shown in town.platform.chats[NEW] if shown.sender == "bot"]
    assert town.group == []
    assert shown.rendered.answers is None
    assert town.platform.chats[GROUP][0].reactions == []  # the chat is gone
    await contact.presses("接收")
    assert shown.edits == 1
    assert heard(town, NEW, "report.receipt.working") == 1
    assert len(said(town, NEW)) == 1


async def test_choices_of_a_message_that_went_along_are_open_in_the_new_chat(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await town.contact("housing", "刘工")
    await before_the_move(town, message(town, rider, GROUP, "上报 " + POTHOLE, "hole.jpg"))
    await says_in(town, rider, NEW, "撤回")
    assert (await town.case(1)).state is CaseState.WITHDRAWN


async def test_a_button_of_the_old_chat_still_works_and_its_dialog_goes_on_in_the_new_one(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await town.contact("housing", "刘工")
    await rider.says("上报 " + POTHOLE, photo="hole.jpg", group=True)
    await migrated(town)
    await rider.presses("改地点", group=True)
    await says_in(town, rider, NEW, "人民路小学门口")
    case = await town.case(1)
    assert "人民路" in case.place
    async with town.database.read() as tx:
        assert await tx.all("SELECT chat FROM dialogs WHERE chat = :old", old=GROUP) == []


async def test_a_draft_and_its_question_go_along(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await town.contact("housing", "刘工")
    await rider.says("上报", photo="hole.jpg", group=True)
    assert (await town.case(1)).state is CaseState.DRAFT
    await migrated(town)
    await says_in(town, rider, NEW, "上报 " + POTHOLE)
    assert (await town.case(1)).state is CaseState.DISPATCHED
    case = await town.case(1)
    async with town.database.read() as tx:
        draft = await drafts.get(tx, case.id)
        assert len(await tx.all("SELECT id FROM cases")) == 1
    assert draft is not None and (draft.chat, draft.message) == (NEW, None)


async def test_a_draft_begun_in_both_chats_loses_neither_report(town: TestTown) -> None:
    admin, rider = await town.admin("何主任"), await town.rider("赵强")
    await town.contact("housing", "刘工")
    await rider.says("上报 " + POTHOLE, group=True)
    await says_in(town, admin, NEW, "绑定")
    await says_in(town, rider, NEW, "上报 路上有个大坑，人民路小学")
    assert (await town.case(1)).state is (await town.case(2)).state is CaseState.DRAFT
    await migrated(town)
    assert await bound(town) == [NEW]
    before = len(town.group)
    for question in [shown for shown in rider.chat if "没法拍照" in shown.labels]:
        await rider.presses("没法拍照", on=question)
    assert CaseState.DRAFT not in ((await town.case(1)).state, (await town.case(2)).state)
    assert len(town.group) == before
    for number in ("0001", "0002"):
        assert heard(town, NEW, "report.receipt.first", number=number) == 1


async def test_the_send_error_alone_moves_the_group_and_the_message_arrives(town: TestTown) -> None:
    rider, _ = await handled(town)
    said_before = len(town.group)
    town.platform.moved[GROUP] = NEW
    await rider.presses("已修好")
    await town.wait(seconds=5)
    assert await bound(town) == [NEW]
    assert len(town.group) == said_before
    assert heard(town, NEW, "feedback.group.closed") == 1
    await migrated(town)
    assert len(said(town, NEW)) == 1
    assert len(await audited(town, "group.moved")) == 1


async def test_two_messages_under_way_when_the_chat_moves_arrive_both(town: TestTown) -> None:
    rider, other = await town.rider("赵强"), await town.rider("王梅")
    await town.contact("housing", "刘工")
    town.platform.moved[GROUP] = NEW
    reports = [
        message(town, rider, GROUP, "上报 " + POTHOLE, "a.jpg"),
        message(town, other, GROUP, "上报 路上有个大坑，人民路小学", "b.jpg"),
    ]
    await town.engine.intake.deliver(town.platform.name, [town.platform.raw(event) for event in reports])
    await town.settle()
    await town.wait(seconds=5)
    assert heard(town, NEW, "report.receipt.first") == len(said(town, NEW)) == 2
    assert said(town, GROUP) == []
    async with town.database.read() as tx:
        assert await tx.all("SELECT id FROM outbox WHERE state NOT IN ('sent', 'dropped', 'replaced')") == []


async def test_the_new_chat_may_say_first_that_the_bot_was_added_there(town: TestTown) -> None:
    admin = await town.admin("何主任")
    await placed(town)
    where = Address(town.platform.name, NEW, private=False)
    event = Placed(town.next_event(), where, "u-who", town.clock.now(), present=True, hears=False, title="骑手群")
    await town.happens(town.platform, event)
    await migrated(town)
    await town.wait(seconds=5)
    assert heard(town, NEW, "groups.hello") == 0
    assert heard(town, NEW, "groups.deaf") == 1  # the move cost it the ear
    assert admin.hears_times("groups.deaf") == 1
    await placed(town, NEW, hears=True)
    assert heard(town, NEW, "groups.heard") == 1
    await placed(town, GROUP, present=False)
    assert await bound(town) == [NEW]
    assert not admin.hears("groups.removed")


async def test_a_group_that_is_no_work_group_moves_without_a_word(town: TestTown) -> None:
    await placed(town, OTHER)
    await migrated(town, OTHER, NEW)
    await placed(town, NEW)
    assert said(town, NEW) == []
    assert await bound(town) == [GROUP]
    assert await audited(town, "group.moved") == []


async def test_two_moves_one_after_the_other_lead_on_and_news_of_the_first_changes_nothing(town: TestTown) -> None:
    rider, _ = await handled(town)
    await migrated(town, GROUP, "between")
    await migrated(town, "between", NEW)
    await migrated(town, GROUP, "between")
    await migrated(town, NEW, GROUP)
    assert await bound(town) == [NEW]
    await rider.presses("已修好")
    assert heard(town, NEW, "feedback.group.closed") == 1


async def test_an_announcement_after_the_move_is_posted_once(town: TestTown) -> None:
    admin = await town.admin("何主任")
    await migrated(town)
    await admin.says("公告 明天 9:00 培训")
    await admin.presses("确认发布")
    assert heard(town, NEW, "admin.notice") == 1
    assert said(town, GROUP) == []


# The line to the platform


async def test_trouble_is_told_to_each_admin_with_the_cure_once_a_kind_and_day(town: TestTown) -> None:
    first, second, rider = await town.admin("何主任"), await town.admin("李主任"), await town.rider("赵强")
    for what in ("conflict", "webhook", "token", "again", "conflict"):
        await trouble(town, what)
    for admin in (first, second):
        for what in ("conflict", "webhook", "token", "again"):
            assert admin.hears_times(f"groups.trouble.{what}") == 1
    assert rider.chat == []
    assert all("Telegram" in shown.text for shown in first.chat)
    await town.wait(hours=24)
    await trouble(town, "conflict")
    assert first.hears_times("groups.trouble.conflict") == 2


async def test_a_long_outage_says_what_is_lost(town: TestTown) -> None:
    admin = await town.admin("何主任")
    await trouble(town, "outage", "90")
    assert admin.hears("groups.trouble.outage", length=timedelta(minutes=90))
    assert not admin.hears("groups.trouble.lost")
    await town.wait(hours=24)
    await trouble(town, "outage", str(25 * 60))
    assert admin.hears("groups.trouble.lost")


async def test_trouble_of_a_kind_nobody_knew_is_told_in_its_own_words(town: TestTown) -> None:
    admin = await town.admin("何主任")
    await trouble(town, "gate", "proxy")
    assert admin.hears("groups.trouble.other", what="gate proxy")


async def test_trouble_goes_by_the_platform_that_works(town: TestTown) -> None:
    admin = await town.admin("何主任")
    async with town.database.write() as tx:  # bound later, so it would come first
        await members.add_account(tx, admin.id, "telegram", "1001", town.clock.now() + timedelta(hours=1))
    await trouble(town, "token")
    assert admin.hears("groups.trouble.token")


async def test_a_message_that_is_refused_in_a_group_does_not_end_it(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await town.contact("housing", "刘工")
    town.platform.faults = [NeverWill("too long")]
    await rider.says("上报 " + POTHOLE, photo="hole.jpg", group=True)
    assert await bound(town) == [GROUP]
