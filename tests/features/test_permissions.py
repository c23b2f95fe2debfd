"""Who may not: forged and borrowed buttons, other people's numbers and quotes, roles that are gone."""

import pytest

from bot.domain.case import Case, CaseState
from bot.domain.people import Post, Rank, Role
from storage import members
from storage.database import Row
from tests.fake import Shown
from tests.features.acting import POTHOLE, about, accepted, handled
from tests.town import Person, TestTown

BUTTON_VOID = "core.button_void"


async def with_the_contact(town: TestTown) -> tuple[Person, Person]:
    """Rider and contact of case 1, which nobody has accepted."""
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="before.jpg", group=True)
    assert (await town.case(1)).state is CaseState.DISPATCHED
    return rider, contact


def data_of(shown: Shown, label: str) -> str:
    return next(button.data for button in shown.rendered.buttons if button.label == label)


def noticed(town: TestTown, person: Person, key: str) -> bool:
    """Whether the last notice on a press says this."""
    return bool(person.notices) and person.notices[-1] == town.texts.pattern(key, "zh-CN")


async def audited(town: TestTown, action: str) -> list[Row]:
    async with town.database.read() as tx:
        return list(await tx.all("SELECT actor_id, object FROM audit WHERE action = :action", action=action))


async def changes(town: TestTown, case: Case) -> int:
    """How many moves a case has made."""
    async with town.database.read() as tx:
        return len(await tx.all("SELECT move FROM case_events WHERE case_id = :case", case=case.id))


@pytest.mark.parametrize("forged", ["", "x", "1.0", "1.0.", "1.0.AAAA", "1.0.é", "9" * 5000 + ".0.AAAA", "-1.-1.AAAA"])
async def test_a_forged_button_does_nothing_and_the_true_one_works(town: TestTown, forged: str) -> None:
    _, contact = await with_the_contact(town)
    card = about(contact, "0001")

    await contact.presses_data(forged, card)
    assert noticed(town, contact, BUTTON_VOID)
    assert (await town.case(1)).state is CaseState.DISPATCHED

    await contact.presses_data(data_of(card, "接收"), card)
    assert (await town.case(1)).state is CaseState.ACCEPTED


async def test_the_choice_inside_a_button_cannot_be_swapped(town: TestTown) -> None:
    _, contact = await with_the_contact(town)
    card = about(contact, "0001")
    prompt, index, mac = data_of(card, "不归我管").split(".")

    await contact.presses_data(f"{prompt}.0.{mac}", card)
    await contact.presses_data(f"{int(prompt) - 1}.{index}.{mac}", card)

    assert [noticed(town, contact, BUTTON_VOID), (await town.case(1)).state] == [True, CaseState.DISPATCHED]


async def test_a_button_is_of_no_use_in_another_chat(town: TestTown) -> None:
    """Data copied out of the contact's chat, pressed by a colleague who might even accept the case."""
    _, contact = await with_the_contact(town)
    deputy = await town.contact("housing", "孙工", Rank.B)
    card = about(contact, "0001")

    await deputy.presses_data(data_of(card, "接收"), card)
    await deputy.presses_data(data_of(card, "接收"), card, group=True)
    assert noticed(town, deputy, BUTTON_VOID)
    assert (await town.case(1)).state is CaseState.DISPATCHED

    await deputy.says("办 0001")
    await deputy.presses("接收")
    assert (await town.case(1)).state is CaseState.ACCEPTED


@pytest.mark.parametrize("label", ["改地点", "改类别", "撤回"])
async def test_the_buttons_on_a_receipt_are_the_reporters(town: TestTown, label: str) -> None:
    rider, contact = await with_the_contact(town)
    for other in (await town.rider("孙六"), contact, await town.admin("管理员")):
        await other.presses(label, group=True)
        assert noticed(town, other, "core.button_foreign")
    before = await town.case(1)
    assert before.state is CaseState.DISPATCHED

    await rider.presses(label, group=True)
    assert not noticed(town, rider, "core.button_foreign")
    assert ((await town.case(1)).state is CaseState.WITHDRAWN) == (label == "撤回")


async def test_the_label_of_somebody_elses_button_is_only_a_word(town: TestTown) -> None:
    rider, _ = await with_the_contact(town)
    other = await town.rider("孙六")
    receipt = town.group[-1]

    await other.says("撤回", group=True, answers=receipt)
    await other.says("改类别", group=True, answers=receipt)
    assert (await town.case(1)).state is CaseState.DISPATCHED

    await rider.says("撤回", group=True, answers=receipt)
    assert (await town.case(1)).state is CaseState.WITHDRAWN


async def test_a_card_of_an_older_round_is_stale(town: TestTown) -> None:
    """The case came back to the same contact: only the newest card counts."""
    _, contact = await with_the_contact(town)
    office = await town.dispatcher("钱主任")
    old = about(contact, "0001")
    accept = data_of(old, "接收")
    await town.contact("urban_mgmt", "王队")
    await office.says("转 0001 城管")
    await office.says("转 0001 住建")

    await contact.presses_data(accept, old)
    assert noticed(town, contact, "core.button_stale")
    assert (await town.case(1)).state is CaseState.DISPATCHED

    await contact.presses("接收")
    assert (await town.case(1)).state is CaseState.ACCEPTED


async def test_a_role_that_was_taken_back_presses_in_vain(town: TestTown) -> None:
    office = await town.dispatcher("钱主任")
    await office.says("公告 明天 9:00 培训")
    sure = office.last
    post = (await town.member(office)).posts[0]
    async with town.database.write() as tx:
        await members.end_post(tx, office.id, Role.DISPATCHER, post.agency, town.clock.now())

    await office.presses("确认发布", on=sure)
    assert noticed(town, office, "core.not_allowed") and not town.group
    assert [row["object"] for row in await audited(town, "action.denied")] == ["admin.send"]

    async with town.database.write() as tx:
        await members.add_post(tx, office.id, Post(Role.DISPATCHER, post.agency), town.clock.now())
    await office.presses("确认发布", on=sure)
    assert town.group_hears("admin.notice")


async def test_an_announcement_pressed_twice_is_posted_once(town: TestTown) -> None:
    office = await town.dispatcher("钱主任")
    await office.says("公告 明天 9:00 培训")
    await office.presses("确认发布")
    await office.presses("确认发布")
    assert len(town.group) == 1

    await office.says("公告 明天 9:00 培训")
    await office.presses("确认发布")
    assert len(town.group) == 2  # another announcement, though with the same words


async def test_two_who_accept_at_once_make_one_move(town: TestTown) -> None:
    _, contact = await with_the_contact(town)
    deputy = await town.contact("housing", "孙工", Rank.B)
    await deputy.says("办 0001")
    made = await changes(town, await town.case(1))

    await contact.presses("接收")
    await deputy.presses("接收")

    case = await town.case(1)
    assert (case.state, case.contact_id) == (CaseState.ACCEPTED, contact.id)
    assert await changes(town, case) == made + 1
    assert deputy.notices


SPOKEN = (
    "进度 {}", "{}", "办 {}", "转 {} 住建", "延期 {} 1天 等配件", "恢复 {}", "重开 {}", "撤回 {}", "驳回 {} 不在本县", "合并 {} 0002",
    "挂起 {} 11月30日 等材料", "查 {}", "接收 {}", "已处理 {}", "没修好 {}", "撤销 {}",
)  # fmt: skip


@pytest.mark.parametrize("said", SPOKEN)
async def test_a_foreign_case_and_none_at_all_are_answered_alike(town: TestTown, said: str) -> None:
    """A rider, a contact of another agency, a guest: whether 0001 exists cannot be told from the answer."""
    await accepted(town)
    before = await town.case(1)
    others = [await town.rider("孙六"), await town.contact("urban_mgmt", "王队"), await town.stranger("路人")]
    for other in others:
        await other.says("知道了")
        await town.wait(minutes=11)
        answers: list[str] = []
        for number in ("0001", "0099"):
            heard = len(other.chat)
            await other.says(said.format(number))
            new = [shown.text for shown in other.chat[heard:] if shown.sender == "bot"]
            answers.append("\n".join(new).replace(number, "N"))
            await town.wait(minutes=11)
        assert answers[0] == answers[1], other.name
        assert "客运站" not in answers[0] and "坑" not in answers[0]
    assert (await town.case(1)).version == before.version


async def test_whom_it_concerns_sees_the_case(town: TestTown) -> None:
    """The counterpart of the test above: the same words, by those who may."""
    rider, contact = await accepted(town)
    for person in (rider, contact, await town.leader("housing", "周局"), await town.dispatcher("钱主任")):
        await person.says("进度 0001")
        assert person.hears("progress.head", number="0001"), person.name


@pytest.mark.parametrize("words", ["修好了", "地点改成幼儿园", "不是坑，是垃圾成堆", "撤回", "进度", "已处理", "接收"])
async def test_quoting_a_foreign_case_in_the_group_changes_nothing(town: TestTown, words: str) -> None:
    """Everybody in the group can quote a receipt, and the message of the rider."""
    rider, contact = await accepted(town)
    before, receipt = await town.case(1), town.group[-1]
    said = next(shown for shown in town.platform.chats["work-group"] if shown.sender == rider.account)
    for other in (await town.rider("孙六"), await town.contact("urban_mgmt", "王队"), await town.stranger("路人")):
        for quoted in (receipt, said):
            await other.says(words, group=True, answers=quoted)
        assert not any("客运站" in shown.text for shown in other.chat if shown.sender == "bot")

    after = await town.case(1)
    assert (after.version, after.state) == (before.version, before.state)
    assert not rider.hears("handle.progress") and not contact.hears("report.told_contact")


async def test_a_photo_in_reply_to_a_foreign_receipt_is_no_result(town: TestTown) -> None:
    _, contact = await accepted(town)
    other = await town.contact("urban_mgmt", "王队")
    await other.says("修好了", photo="other.jpg", group=True, answers=town.group[0])
    assert (await town.case(1)).state is CaseState.ACCEPTED

    await contact.says("修好了", photo="after.jpg", group=True, answers=town.group[0])
    assert (await town.case(1)).state is CaseState.VERIFYING


async def test_nobody_confirms_their_own_work(town: TestTown) -> None:
    rider, contact = await handled(town)
    async with town.database.write() as tx:
        await members.add_post(tx, contact.id, Post(Role.ADMIN), town.clock.now())
    await contact.says("已修好 0001")
    assert (await town.case(1)).state is CaseState.VERIFYING

    await rider.presses("已修好")
    assert (await town.case(1)).state is CaseState.CLOSED


async def test_an_auditor_reads_and_moves_nothing(town: TestTown) -> None:
    await accepted(town)
    auditor = await town.person("审计员", Post(Role.AUDITOR))
    await auditor.says("查 0001")
    await auditor.says("进度 0001")
    assert auditor.hears("admin.line", number="0001") and auditor.hears("progress.head", number="0001")

    before = await town.case(1)
    for words in (
        "办 0001",
        "转 0001 城管",
        "驳回 0001 不在本县",
        "挂起 0001 11月30日 等",
        "重开 0001",
        "撤回",
        "公告 明天培训",
    ):
        await auditor.says(words)
    assert (await town.case(1)).version == before.version
    assert not town.group_hears("admin.notice")


@pytest.mark.parametrize(
    "words",
    [
        "未派",
        "驳回 0001 不在本县",
        "合并 0001 0002",
        "概况",
        "公告 明天 9:00 培训",
        "挂起 0001 11月30日 等",
        "授权 孙六 管理员",
        "移交 刘工 孙工",
    ],
)
async def test_the_offices_words_are_refused_and_audited(town: TestTown, words: str) -> None:
    await accepted(town)
    rider, office = await town.rider("孙六"), await town.admin("管理员")
    await rider.says(words)
    assert rider.hears("core.not_allowed")
    denied = await audited(town, "action.denied")
    assert [(row["actor_id"], row["object"]) for row in denied] == [(rider.id, words.split(maxsplit=1)[0])]
    assert (await town.case(1)).state is CaseState.ACCEPTED

    await office.says(words)
    assert not office.hears("core.not_allowed")
    assert len(await audited(town, "action.denied")) == 1


async def test_the_tick_for_publication_belongs_to_the_agency(town: TestTown) -> None:
    _, contact = await handled(town)
    other = await town.contact("urban_mgmt", "王队")
    offer = town.newest_with(contact.platform, contact.account, "照片可公开")
    await other.presses_data(data_of(offer, "照片可公开"), offer)
    assert (await town.case(1)).photos_public_at is None

    await contact.presses("照片可公开")
    assert (await town.case(1)).photos_public_at is not None


async def test_looking_at_a_foreign_case_is_audited_and_at_none_is_not(town: TestTown) -> None:
    rider, contact = await accepted(town)
    other = await town.rider("孙六")
    await other.says("进度 0099")
    await rider.says("进度 0001")
    await contact.says("办 0001")
    assert not await audited(town, "action.denied")

    await other.says("进度 0001")
    await other.says("0001")
    denied = await audited(town, "action.denied")
    assert [(row["actor_id"], row["object"]) for row in denied] == [(other.id, "case:1")] * 2


async def test_a_stranger_is_given_one_hint_a_day(town: TestTown) -> None:
    stranger, rider = await town.stranger("路人"), await town.rider("赵强")
    for _ in range(3):
        for person in (stranger, rider):
            await person.says("今天天气真好啊")
        await town.wait(minutes=11)
    assert stranger.hears_times("help.not_understood") == 1
    assert rider.hears_times("help.not_understood") == 3

    await town.wait(hours=24)
    await stranger.says("今天天气真好啊")
    assert stranger.hears_times("help.not_understood") == 2
