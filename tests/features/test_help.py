"""Help: what a person may send, from the declarations; and an answer to words nobody knows."""

import pytest

import handlers
from bot.chat.events import Incoming
from bot.chat.feature import Feature, Work
from bot.chat.messages import Effects, Text
from bot.chat.texts import LANGUAGES
from bot.domain.people import EVERYONE, HANDLERS, RIDERS, Role
from handlers.help.rules import MOST_LINES, entries, first_lines, for_roles, guess, latin_word, page
from storage import members
from tests.fake import Shown
from tests.town import ZONE, Person, TestTown


async def whole_help(person: Person) -> list[str]:
    """Every line of every page."""
    await person.says("help")
    lines = newest_page(person)
    while "更多" in page_of(person).labels:
        await person.presses("更多", on=page_of(person))
        lines += newest_page(person)
    return lines


def page_of(person: Person) -> Shown:
    return next(shown for shown in reversed(person.chat) if " — " in shown.text)


def newest_page(person: Person) -> list[str]:
    return page_of(person).text.splitlines()


def shown_to(person: Person, key: str) -> bool:
    return person.hears("help.line", does=Text(key))


async def test_everybody_is_shown_only_what_they_may_use(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await whole_help(rider)
    assert rider.hears("help.first.rider")
    assert shown_to(rider, "progress.help.progress")
    assert shown_to(rider, "points.help.points")
    assert not shown_to(rider, "progress.help.todo")

    lines = await whole_help(contact)
    assert contact.hears("help.first.contact")
    assert shown_to(contact, "progress.help.todo")
    assert not shown_to(contact, "points.help.points")
    assert any(line.startswith("办 0127 — ") for line in lines)


async def test_what_a_rider_needs_most_is_on_the_first_page(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await rider.says("帮助")
    words = {line.split(" — ")[0] for line in newest_page(rider)[1:]}
    assert {"进度", "积分"} <= words


def first_words(*roles: Role) -> list[str]:
    """The first page as its Latin words."""
    allowed = for_roles(entries(handlers.FEATURES), frozenset(roles))
    shown, _ = page(allowed, 0, first_lines(allowed, frozenset(roles)))
    return [latin_word(entry.command) for entry in shown]


def test_the_first_page_is_what_each_role_needs_in_that_order() -> None:
    assert first_words(Role.RIDER) == ["progress", "points", "human", "persuade"]
    assert first_words(Role.CONTACT) == ["todo", "work", "extend", "leave", "assign"]
    office = ["unassigned", "find", "assign", "reject", "merge", "announce"]
    assert first_words(Role.DISPATCHER) == first_words(Role.ADMIN) == office
    assert len(first_words(Role.VERIFIER)) == MOST_LINES


async def test_what_is_not_on_the_first_page_is_under_more(town: TestTown) -> None:
    rider, office = await town.rider("赵强"), await town.dispatcher("孙主任")
    every = await whole_help(rider)
    assert len([line for line in every if " — " in line]) == len(set(every) - {every[0]})
    assert shown_to(rider, "people.help.public-name")
    assert not shown_to(rider, "people.help.leave")
    await office.says("帮助")
    await office.presses("更多", on=page_of(office))
    assert newest_page(office)[1].startswith("概况 — ")


async def test_leave_is_for_those_who_handle_cases(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says("请假 明天")
    assert rider.hears("core.not_allowed")
    await contact.says("请假 明天")
    assert contact.hears("people.leave.noted")


@pytest.mark.parametrize("word", ["兑换", "证明", "设置", "名单", "导出"])
async def test_what_is_to_come_is_said_to_be_not_open_every_time(town: TestTown, word: str) -> None:
    rider = await town.rider("赵强")
    await rider.says(word)
    await rider.says(f"{word} 一下")
    assert rider.hears_times("help.later", word=word) == 2
    assert not rider.hears("help.not_understood")
    await rider.says(f"{word}了吗")
    assert rider.hears_times("help.later") == 2
    await rider.says(word, group=True)
    assert town.group == []


@pytest.mark.parametrize("word", ["帮助", "help", "Help", "/help", "？"])
async def test_help_is_found_under_many_words(town: TestTown, word: str) -> None:
    rider = await town.rider("赵强")
    await rider.says(word)
    assert rider.hears("help.first.rider")


async def test_a_message_fits_a_phone_and_the_rest_is_a_tap_away(town: TestTown) -> None:
    admin = await town.admin("李主任")
    await admin.says("帮助")
    first = newest_page(admin)
    assert len(first) <= MOST_LINES + 1
    await admin.presses("更多", on=page_of(admin))
    second = newest_page(admin)
    assert len(second) <= MOST_LINES + 1
    assert set(first[1:]).isdisjoint(second[1:])


async def test_the_group_is_not_flooded(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await rider.says("帮助", group=True)
    assert rider.hears("help.first.rider")
    assert town.group_hears("help.sent_in_private")
    assert not town.group_hears("help.first.rider")
    assert len(town.group) == 1


async def test_who_cannot_be_written_to_is_asked_to_write(town: TestTown) -> None:
    rider = await town.rider("赵强")
    async with town.database.write() as tx:
        await members.set_unreachable(tx, town.platform.name, rider.account, town.clock.now())
    await rider.says("帮助", group=True)
    assert town.group_hears("help.ask_in_private")
    assert not town.group_hears("help.sent_in_private")


async def test_unknown_words_are_answered_once_in_ten_minutes(town: TestTown) -> None:
    rider, other = await town.rider("赵强"), await town.rider("李晓梅")
    for words in ("你好", "在吗", "哈哈"):
        await rider.says(words)
    assert rider.hears_times("help.not_understood") == 1
    await other.says("你好")
    assert other.hears("help.not_understood")
    await town.wait(minutes=10)
    await rider.says("在吗")
    assert rider.hears_times("help.not_understood") == 2
    await rider.says("你好", group=True)
    assert town.group == []


async def test_a_slip_is_guessed_among_the_words_one_may_use(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says("积份")
    assert rider.hears("help.meant", word="积分")
    await rider.says("代办")
    assert not rider.hears("help.meant", word="待办")
    await contact.says("代办")
    assert contact.hears("help.meant", word="待办")


async def test_english_readers_are_shown_words_they_can_type(town: TestTown) -> None:
    rider = await town.rider("Anna", language="en")
    await rider.says("help")
    assert "progress — how far my reports are" in newest_page(rider)


def test_every_listed_command_is_described_in_every_language() -> None:
    texts = handlers.catalogues(ZONE, None)
    missing = [
        f"{entry.key} ({language})"
        for entry in entries(handlers.FEATURES)
        for language in LANGUAGES
        if not texts.catalogues[language].get(entry.key)
    ]
    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_line_of_help_is_short(language: str) -> None:
    texts = handlers.catalogues(ZONE, None)
    most = 36 if language == "zh-CN" else 80
    for entry in entries(handlers.FEATURES):
        line = f"{entry.shown(language)} — {texts.pattern(entry.key, language)}"
        assert len(line) <= most, line


async def nothing(event: Incoming, work: Work) -> Effects:
    return []


def sample() -> Feature:
    feature = Feature("sample")
    feature.command("全部", "all")(nothing)
    feature.command("藏", "hidden", listed=False)(nothing)
    feature.command("办", "work", roles=HANDLERS, example="办 0127")(nothing)
    feature.command("分", "points", roles=RIDERS)(nothing)
    return feature


def test_ones_own_commands_come_before_those_of_everybody() -> None:
    known = entries((sample(),))
    assert [entry.key for entry in for_roles(known, frozenset({Role.RIDER, Role.CONTACT}))] == [
        "sample.help.work",
        "sample.help.points",
        "sample.help.all",
    ]
    assert [entry.key for entry in for_roles(known, frozenset({Role.GUEST}))] == ["sample.help.all"]


def test_the_example_is_shown_and_to_others_the_latin_word() -> None:
    everything, work = for_roles(entries((sample(),)), EVERYONE)[-1], entries((sample(),))[1]
    assert (everything.shown("zh-CN"), work.shown("zh-CN"), work.shown("en")) == ("全部", "办 0127", "work")


def test_a_listed_command_needs_a_latin_word() -> None:
    feature = Feature("sample")
    feature.command("移交", "hand-over")(nothing)
    assert [entry.key for entry in entries((feature,))] == ["sample.help.hand-over"]
    feature.command("积分")(nothing)
    with pytest.raises(ValueError, match="积分"):
        entries((feature,))


def test_pages_end() -> None:
    known = [*entries((sample(),))] * 3
    shown, following = page(known, 0)
    assert (len(shown), following) == (MOST_LINES, MOST_LINES)
    assert page(known, MOST_LINES) == (known[MOST_LINES:], None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("积份", "积分"),
        ("进渡", "进度"),
        ("积分", None),
        ("你好", None),
        ("我想问一下我的积分有多少", None),
        ("pionts", "points"),
    ],
)
def test_one_slip_is_put_right_and_no_more(text: str, expected: str | None) -> None:
    assert guess(text, ("积分", "进度", "points")) == expected


def test_the_usual_word_is_guessed_before_other_forms() -> None:
    assert guess("代办", ("待办", "转"), ("转办",)) == "待办"
    assert guess("代办", ("待办", "转办")) is None
