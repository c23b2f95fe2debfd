"""The pacer: never more in any window than a platform allows, also with what was sent before a restart."""

from hypothesis import given
from hypothesis import strategies as st

from bot.chat.platform import Pace
from bot.engine.pace import Pacer

PACES = (Pace(25, 1), Pace(1, 1, each_chat=True), Pace(15, 60, each_chat=True, groups=True))
SMALL = (Pace(5, 10), Pace(2, 3, each_chat=True), Pace(3, 20, each_chat=True, groups=True))

wishes = st.lists(st.tuples(st.sampled_from("ABCg"), st.integers(1, 3), st.integers(0, 3000)), max_size=60)


def run(pacer: Pacer, wanted: list[tuple[str, int, int]], now: float) -> list[tuple[float, str, int]]:
    """Send each wish as soon as the pacer allows; returns instant, chat and items."""
    sent: list[tuple[float, str, int]] = []
    for chat, items, pause_ms in wanted:
        now += pause_ms / 1000
        now = pacer.free_at(chat, chat == "g", now, items)
        assert pacer.free_at(chat, chat == "g", now, items) == now, "what was promised holds"
        pacer.note(chat, chat == "g", now, items)
        sent.append((now, chat, items))
    return sent


def most_in_a_window(sent: list[tuple[float, str, int]], seconds: float) -> int:
    begins = [at for at, _, _ in sent]
    return max(
        (sum(items for at, _, items in sent if begin <= at < begin + seconds - 1e-6) for begin in begins), default=0
    )


def check(sent: list[tuple[float, str, int]], biggest: int) -> None:
    for pace in SMALL:
        chats = {chat for _, chat, _ in sent} if pace.each_chat else {""}
        for chat in chats:
            own = [one for one in sent if chat in ("", one[1]) and (not pace.groups or one[1] == "g")]
            # An album larger than the ceiling goes alone: it cannot be divided.
            assert most_in_a_window(own, pace.seconds) <= max(pace.count, biggest), (pace, own)


@given(wishes)
def test_no_window_ever_holds_more_than_its_ceiling(wanted: list[tuple[str, int, int]]) -> None:
    check(run(Pacer(SMALL), wanted, 0.0), 3)


@given(wishes, wishes, st.integers(0, 5000))
def test_nor_does_one_that_spans_a_restart(
    before: list[tuple[str, int, int]], after: list[tuple[str, int, int]], down_ms: int
) -> None:
    sent = run(Pacer(SMALL), before, 1000.0)
    stopped = sent[-1][0] if sent else 1000.0
    fresh = Pacer(SMALL)
    for at, chat, items in sent:
        fresh.note(chat, chat == "g", at, items)
    check(sent + run(fresh, after, stopped + down_ms / 1000), 3)


def test_a_pause_asked_for_one_chat_or_for_all_is_kept() -> None:
    pacer = Pacer(PACES)
    pacer.hold("A", 30.0)
    assert pacer.free_at("A", group=False, now=1.0) == 30.0
    assert pacer.free_at("B", group=False, now=1.0) == 1.0
    pacer.hold("", 20.0)
    assert pacer.free_at("B", group=False, now=1.0) == 20.0
    pacer.hold("A", 5.0)
    assert pacer.free_at("A", group=False, now=1.0) == 30.0, "a shorter pause does not end a longer one"
