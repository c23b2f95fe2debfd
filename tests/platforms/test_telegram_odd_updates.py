"""Whatever an update holds, it is kept, read or set aside; nothing else happens."""

import json
import os
from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.chat.events import Incoming, Migrated, Placed, Pressed
from bot.engine.reading import Unreadable, read_event
from bot.platforms.telegram import stored
from bot.platforms.telegram.account import Account
from storage.inbox import Arrival, InboxState, Kept

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
ME = Account(1001, "xiaowu_test_bot", reads_all=False)
UPDATES = int(os.environ.get("WDY_PROVE_UPDATES", "500"))

odd_texts = st.text(st.characters(codec=None), max_size=12) | st.sampled_from(
    [
        "",
        "\ud83d",
        "a\udc00b",
        "\x00",
        "/report@other_bot x",
        "/report@xiaowu_test_bot 井盖",
        "@xiaowu_test_bot 上报",
        "👀",
    ]
)
odd_numbers = st.sampled_from([0, -1, 1, 2**31, 2**63, 2**64, 10**40, -(10**30)]) | st.floats() | st.integers()
scalars = st.none() | st.booleans() | odd_numbers | odd_texts
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(odd_texts, inner, max_size=3), max_leaves=8
)
users = st.fixed_dictionaries(
    {}, optional={"id": odd_numbers | st.just(42), "is_bot": anything, "first_name": scalars, "last_name": scalars}
)
chats = st.fixed_dictionaries(
    {},
    optional={
        "id": odd_numbers | st.just(-1001),
        "type": st.sampled_from(["private", "group", "supergroup", "channel", "odd"]) | scalars,
        "title": scalars,
    },
)
files = st.fixed_dictionaries({}, optional={"file_id": scalars | st.just("F"), "file_size": odd_numbers})
places = st.fixed_dictionaries({}, optional={"latitude": odd_numbers, "longitude": odd_numbers})
messages = st.fixed_dictionaries(
    {},
    optional={
        "message_id": odd_numbers | st.just(7),
        "from": users | anything,
        "chat": chats | anything,
        "date": odd_numbers | st.just(1_790_000_000),
        "edit_date": odd_numbers,
        "text": odd_texts | anything,
        "caption": odd_texts | anything,
        "photo": st.lists(files, max_size=3) | anything,
        "document": files | anything,
        "voice": files | anything,
        "video": files | anything,
        "location": places | anything,
        "venue": anything,
        "media_group_id": scalars,
        "message_thread_id": odd_numbers,
        "is_topic_message": anything,
        "sender_chat": chats | anything,
        "forward_origin": anything,
        "reply_to_message": st.fixed_dictionaries({}, optional={"message_id": odd_numbers}) | anything,
        "migrate_to_chat_id": odd_numbers,
        "migrate_from_chat_id": odd_numbers,
        "is_automatic_forward": anything,
    },
)
presses = st.fixed_dictionaries(
    {}, optional={"id": scalars, "from": users, "message": messages | anything, "data": odd_texts | anything}
)
changes = st.fixed_dictionaries(
    {}, optional={"chat": chats, "from": users, "new_chat_member": anything | st.just({"status": "member"})}
)
updates = (
    st.fixed_dictionaries(
        {},
        optional={
            "update_id": odd_numbers | st.just(5),
            "message": messages | anything,
            "edited_message": messages,
            "callback_query": presses,
            "my_chat_member": changes,
            "something_new": anything,
        },
    )
    | anything
)


@settings(max_examples=UPDATES, deadline=None, suppress_health_check=list(HealthCheck))
@given(updates)
def test_no_update_stops_the_intake(update: object) -> None:
    raw = stored.raw_of(update, ME, AT)
    raw.payload.encode("utf-8")
    assert json.loads(raw.payload)["me"] == ME.stored()
    assert stored.raw_of(update, ME, AT) == raw, "the same update is known again"
    assert all(isinstance(press, str) for press in stored.presses_in([update]))
    kept = Kept(1, Arrival("telegram", raw.event_id, raw.lane, raw.payload, AT), InboxState.NEW, 0, None)
    try:
        event = read_event(kept, {"telegram": stored.read})
    except Unreadable:
        return
    assert event is None or isinstance(event, Incoming | Pressed | Placed | Migrated)
    if isinstance(event, Incoming):
        event.text.encode("utf-8")
        event.sender_name.encode("utf-8")
        assert event.message
        assert int(event.where.chat) == int(event.where.chat)
