"""What is handed over to the app: genuine calls come in once, whatever is forged or played again does not."""

import random
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.events import Address, FromPlatform, Incoming, Photo, Placed, Platform, Position, Pressed, Trouble
from bot.chat.platform import Raw
from bot.platforms.wecom.app_callback import MOST_BODY, AppCallback, Forged
from bot.platforms.wecom.app_reading import media_of, press_of, raw_of, read, read_app
from bot.platforms.wecom.crypto import CallbackCipher
from bot.web.callbacks import wecom_routes
from bot.web.server import make_app
from tests.fake import FakeClock
from tests.wecom.api_members import Member, Shown
from tests.wecom.api_peer import ApiPeer, Made, xml


@dataclass
class Office:
    """An address that takes calls, and what was committed of them."""

    peer: ApiPeer
    callback: AppCallback
    clock: FakeClock
    committed: list[Raw] = field(default_factory=list)
    broken: bool = False  # the database

    async def deliver(self, raws: Sequence[Raw]) -> None:
        if self.broken:
            raise OSError("no disk")
        self.committed += raws

    async def receive(self, query: Mapping[str, str], body: bytes) -> int:
        return await self.callback.receive(query, body, self.deliver)

    def events(self) -> list[FromPlatform | None]:
        return [read(raw) for raw in self.committed]

    def last(self) -> Any:
        return self.events()[-1]


@pytest.fixture
def office() -> Office:
    clock = FakeClock()
    peer = ApiPeer(now=lambda: clock.now().timestamp())
    made = Office(peer, AppCallback(peer.token, peer.aes_key, peer.corp_id, peer.agent_id, clock), clock)
    peer.callback = made.receive
    return made


@pytest.fixture
def contact(office: Office) -> Member:
    return office.peer.member("WangDui")


HERE = Address(Platform.WECOM, "wangdui", private=True)


# -- what people do ------------------------------------------------------------------------------------------------


async def test_words_come_in_and_the_same_message_has_one_id(office: Office, contact: Member) -> None:
    assert await contact.says("反馈 0127 已修好 ⚠️<b>&amp;]]", copies=2) == [200, 403, 403, 403, 403]
    (said,) = office.events()
    assert isinstance(said, Incoming)
    assert (said.where, said.sender, said.text) == (HERE, "wangdui", "反馈 0127 已修好 ⚠️<b>&amp;]]")
    assert said.said_at == office.clock.now()
    assert said.event_id == said.message
    assert office.committed[0].lane == HERE.chat


async def test_media_come_as_references_of_the_app(office: Office, contact: Member) -> None:
    await contact.sends_photo(b"a picture")
    assert office.last().photos == (Photo("app:3Invented00000001"),)
    await contact.sends_voice(b"#!AMR")
    assert office.last().media == (Photo("app:3Invented00000002", kind="voice"),)
    await contact.sends_video(b"a film")
    assert office.last().media == (Photo("app:3Invented00000003", kind="video"),)
    assert len({raw.event_id for raw in office.committed}) == 3
    assert media_of("app:3Invented00000001") == "3Invented00000001"
    assert media_of("https://example.org app:") is None


async def test_a_position_is_stored_as_wgs84(office: Office, contact: Member) -> None:
    await contact.sends_position(36.264838, 120.038835, " 幸福路公交站 ")
    place = office.last().position
    assert isinstance(place, Position)
    assert (place.lat, place.lon) == pytest.approx((36.264600, 120.033500), abs=1e-6)
    assert place.name == "幸福路公交站"
    for lat, lon in ((91.0, 120.0), (36.0, 181.0), (float("nan"), 120.0)):
        await contact.sends_position(lat, lon)
        assert office.last().position is None


async def test_a_press_says_which_card_and_how_to_change_it(office: Office, contact: Member) -> None:
    card = Shown("m1", "template_card", {
        "card_type": "button_interaction", "task_id": "case-42-r1", "button_list": [{"text": "受理", "key": "k.42.mac"}],
    })  # fmt: skip
    await contact.presses(card, "受理")
    pressed = office.last()
    assert isinstance(pressed, Pressed)
    assert (pressed.where, pressed.sender, pressed.data) == (HERE, "wangdui", "k.42.mac")
    assert pressed.message == "task:case-42-r1"
    assert pressed.token == "app:Invented-code-000001:wangdui"
    assert press_of(pressed.token) == ("Invented-code-000001", "wangdui")
    assert press_of("app:a:b:wangdui") == ("a:b", "wangdui")
    assert press_of("bot:Zq1:wangdui") is press_of("app:") is press_of("") is None


async def test_two_presses_are_two_events_and_a_repeated_one_is_one(office: Office, contact: Member) -> None:
    card = Shown("m1", "template_card", {"card_type": "button_interaction", "task_id": "t1"})
    press = {"EventKey": "one", "TaskId": "t1", "CardType": "button_interaction", "ResponseCode": "c"}
    await contact.causes("template_card_event", press)
    await contact.causes("template_card_event", press)  # told once more, in a call of its own
    await contact.presses_key(card, "two")
    first, again, other = (raw.event_id for raw in office.committed)
    assert first == again
    assert first != other


async def test_coming_into_the_range_of_the_app_and_leaving_it(office: Office, contact: Member) -> None:
    await contact.causes("subscribe")
    assert office.last() == Placed(office.committed[-1].event_id, HERE, "wangdui", office.clock.now(), True, True)
    await contact.causes("unsubscribe")
    assert office.last() is None, "they may chat with the bot all the same"


async def test_the_admins_hear_that_the_app_is_about_to_be_closed(office: Office, contact: Member) -> None:
    for name in ("inactive_alert", "close_inactive_agent", "low_active_alert"):
        await contact.causes(name)
        event_id = office.committed[-1].event_id
        assert office.last() == Trouble(event_id, Platform.WECOM, "app_inactive", name, office.clock.now())


async def test_what_means_nothing_is_taken_and_passed_over(office: Office, contact: Member) -> None:
    assert await contact.causes("enter_agent", {"EventKey": ""}) == [200]
    assert await contact.causes("LOCATION", {"Latitude": 36.2, "Longitude": 120.0, "Precision": 30.0}) == [200]
    assert await contact.causes("click", {"EventKey": "menu"}) == [200]
    assert await contact.causes("view", {"EventKey": "https://example.org"}) == [200]
    assert await contact.causes("something_new") == [200]
    await office.peer.deliver({"FromUserName": "sys", "MsgType": "event", "Event": "change_contact", "AgentID": ""})
    assert office.events() == [None] * 6


async def test_a_kind_of_message_that_is_not_known_has_no_words(office: Office, contact: Member) -> None:
    await office.peer.deliver({"FromUserName": "WangDui", "MsgType": "business_card", "MsgId": 7})
    assert (office.last().text, office.last().photos) == ("", ())
    await office.peer.deliver({"FromUserName": "WangDui", "MsgType": "link", "MsgId": 8, "Title": "看这个"})
    assert (office.last().text, office.last().forwarded) == ("看这个", True)
    await office.peer.deliver({"FromUserName": "WangDui", "MsgType": "file", "MsgId": 9, "MediaId": "m"})
    assert office.last().photos == (Photo("app:m", kind="file"),)


@given(st.dictionaries(
    st.sampled_from(["FromUserName", "CreateTime", "MsgType", "MsgId", "Event", "EventKey", "TaskId", "ResponseCode",
                     "MediaId", "Location_X", "Location_Y", "Label", "Content", "Title"]),
    st.one_of(st.text(max_size=12), st.sampled_from(
        ["event", "text", "image", "location", "template_card_event", "subscribe", "inactive_alert", "1e999", "-0", "9" * 40]
    )),
))  # fmt: skip
@settings(max_examples=2000)
def test_odd_fields_cost_only_themselves(fields: dict[str, str]) -> None:
    at = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
    raw = raw_of(fields, at)
    assert 0 < len(raw.event_id) <= 70
    if not fields.get("FromUserName", "").strip():
        with pytest.raises(ValueError, match="nobody"):
            read_app(fields, raw.event_id, at)
    else:
        read_app(fields, raw.event_id, at)


# -- what the platform repeats -------------------------------------------------------------------------------------


@pytest.mark.parametrize("fresh", [True, False])
async def test_a_call_that_was_not_committed_comes_in_when_it_is_repeated(
    office: Office, contact: Member, fresh: bool
) -> None:
    office.broken = True
    office.peer.callback = _failing_once(office)
    assert await contact.says("上报", fresh=fresh) == [500, 200]
    assert len(office.committed) == 1


def _failing_once(office: Office) -> Any:
    async def receive(query: Mapping[str, str], body: bytes) -> int:
        try:
            return await office.receive(query, body)
        except OSError:
            office.broken = False
            return 500

    return receive


async def test_what_was_answered_too_late_is_told_again_under_the_same_id(office: Office, contact: Member) -> None:
    await contact.says("上报", copies=2, fresh=True)
    assert len(office.committed) == 2
    assert len({raw.event_id for raw in office.committed}) == 1


# -- what is not of the platform -----------------------------------------------------------------------------------

SAID = {"ToUserName": "c", "FromUserName": "WangDui", "CreateTime": 1, "MsgType": "text", "Content": "受理", "MsgId": 5}


def forgeries(office: Office, seed: int) -> list[tuple[str, Made]]:
    """One of each kind, with what is found wrong."""
    peer, dice = office.peer, random.Random(seed)
    good = peer.made({**SAID, "MsgId": seed})
    now = int(peer.now())
    spot = dice.randrange(200, len(good.body) - 60)
    other = b"A" if good.body[spot : spot + 1] != b"A" else b"B"
    signature = good.query["msg_signature"]
    return [
        ("signature", peer.made(SAID, token="SomebodyElses")),
        ("signature", Made({**good.query, "msg_signature": f"{dice.getrandbits(160):040x}"}, good.body)),
        ("signature", Made({**good.query, "nonce": str(dice.getrandbits(30))}, good.body)),
        ("signature", Made({**good.query, "timestamp": str(now - 1)}, good.body)),
        ("signature", Made({**good.query, "msg_signature": signature[:-1]}, good.body)),
        ("signature", Made({name: good.query[name] for name in ("timestamp", "nonce")}, good.body)),
        ("signature", Made(good.query, good.body[:spot] + other + good.body[spot + 1 :])),
        ("signature", Made(good.query, xml({"Encrypt": dice.randbytes(40).hex()}).encode())),
        ("signature", Made(good.query, b"<xml/>")),
        ("time", peer.made(SAID, timestamp=str(now - 301 - dice.randrange(9999)))),
        ("time", peer.made(SAID, timestamp=str(now + 301 + dice.randrange(9999)))),
        (
            "time",
            peer.made(SAID, timestamp=dice.choice(["", "-1", "1e9", "１７００００００００", "9" * 400, "nan"]) or " "),
        ),
        ("receiver", peer.made(SAID, corp_id="ww0somebody0elses")),
        ("receiver", peer.made(SAID, corp_id="")),
        ("agent", peer.made({**SAID, "AgentID": 1000003})),
        ("size", Made(good.query, good.body + b" " * MOST_BODY)),
        ("xml", Made(good.query, dice.randbytes(dice.randrange(300)))),
        ("xml", Made(good.query, b"")),
        ("xml", Made(good.query, ENTITIES)),
        ("xml", Made(good.query, good.body.replace(b"<xml>", b'<!DOCTYPE x SYSTEM "file:///etc/hostname"><xml>'))),
    ]


ENTITIES = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]><xml><Encrypt>&d;</Encrypt></xml>"""


async def test_a_thousand_forged_and_replayed_calls_leave_no_trace(office: Office, contact: Member) -> None:
    calls = [office.peer.made({**SAID, "MsgId": n}) for n in range(25)]
    assert {await office.peer.post(call) for call in calls} == {200}
    before = list(office.committed)
    statuses: list[int] = []
    for seed in range(50):
        for why, call in forgeries(office, seed):
            refused = office.callback.forged[why]
            statuses.append(await office.peer.post(call))
            assert office.callback.forged[why] == refused + 1, why
    for _ in range(10):
        statuses += [await office.peer.post(call) for call in calls]

    assert len(statuses) == 1250
    assert set(statuses) == {403, 413}
    assert office.committed == before
    assert office.callback.forged["replayed"] == 250
    assert office.callback.forged.total() == 1250


async def test_a_declaration_inside_what_was_encrypted_is_refused_as_well(office: Office) -> None:
    cipher = CallbackCipher(office.peer.token, office.peer.aes_key, office.peer.corp_id)
    timestamp = str(int(office.peer.now()))
    for document in (ENTITIES.decode(), "<xml>&lol;</xml>", "no xml", ""):
        encrypted = cipher.encrypt(document)
        query = {"msg_signature": cipher.signature(timestamp, "n", encrypted), "timestamp": timestamp, "nonce": "n"}
        assert await office.peer.post(Made(query, xml({"Encrypt": encrypted}).encode())) == 403
    assert office.committed == []


async def test_only_so_many_calls_are_remembered(office: Office) -> None:
    peer = office.peer
    office.callback = AppCallback(peer.token, peer.aes_key, peer.corp_id, peer.agent_id, office.clock, remembers=3)
    calls = [peer.made({**SAID, "MsgId": n}) for n in range(5)]
    for call in calls:
        await office.peer.post(call)
    assert [await office.peer.post(call) for call in reversed(calls)] == [403, 403, 403, 200, 200]
    assert len({raw.event_id for raw in office.committed}) == 5, "the inbox knows them all the same"


async def test_nothing_is_decrypted_before_the_signature_is_good(office: Office) -> None:
    """What is no base64 at all is refused for its signature."""
    with pytest.raises(Forged, match=r"^signature$"):
        office.callback.opened(office.peer.made(SAID).query, b"<xml><Encrypt>???</Encrypt></xml>")


async def test_a_refusal_says_nothing_of_what_was_in_the_call(office: Office) -> None:
    for _, call in forgeries(office, 7):
        with pytest.raises(Forged) as forged:
            office.callback.opened(call.query, call.body)
        assert str(forged.value).isalpha()
        assert forged.value.__cause__ is None
        assert office.peer.token not in repr(office.callback)


async def test_a_replay_is_known_as_long_as_its_time_would_be_good(office: Office) -> None:
    call = office.peer.made(SAID, timestamp=str(int(office.peer.now()) + 299))
    assert await office.peer.post(call) == 200
    for minutes in (1, 5, 9):
        office.clock.passed_s = minutes * 60
        office.clock.at = FakeClock.at.replace(minute=minutes)
        assert await office.peer.post(call) == 403
    office.clock.at = FakeClock.at  # set back two hours later: the nonce is forgotten, the message has the same id
    office.clock.passed_s = 3 * 3600
    assert await office.peer.post(office.peer.made({**SAID, "MsgId": 6})) == 200
    assert await office.peer.post(call) == 200
    assert office.committed[0].event_id == office.committed[-1].event_id


# -- the address itself --------------------------------------------------------------------------------------------


@asynccontextmanager
async def browser(office: Office) -> AsyncIterator[httpx.AsyncClient]:
    def url_check(query: Mapping[str, str]) -> str | None:
        try:
            return office.callback.url_check(query)
        except Forged:
            return None

    async def healthy() -> tuple[bool, dict[str, object]]:
        return True, {}

    async def figures() -> bytes:
        return b""

    app = make_app(health=healthy, metrics=figures, routes=wecom_routes("/wecom", url_check, office.receive, MOST_BODY))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("203.0.113.9", 4000))
    async with httpx.AsyncClient(transport=transport, base_url="https://bot.example") as client:
        yield client


async def test_the_console_checks_the_address(office: Office) -> None:
    query = office.peer.url_check("1616140317555161061")
    async with browser(office) as client:
        began = time.perf_counter()
        good = await client.get("/wecom", params=query)
        assert time.perf_counter() - began < 1
        assert (good.status_code, good.content) == (200, b"1616140317555161061"), "no quotes, no line end"
        assert (await client.get("/wecom", params={**query, "echostr": query["echostr"][::-1]})).status_code == 403
        office.clock.passed_s += 301
        office.clock.at = FakeClock.at.replace(minute=6)
        late = await client.get("/wecom", params=query)
        assert (late.status_code, late.content) == (403, b"")
        assert (await client.get("/wecom")).status_code == 403


async def test_a_call_is_answered_after_the_commit_and_a_forged_one_without_a_word(office: Office) -> None:
    good, forged = office.peer.made(SAID), office.peer.made({**SAID, "MsgId": 6}, token="SomebodyElses")
    async with browser(office) as client:
        taken = await client.post("/wecom", params=good.query, content=good.body)
        assert (taken.status_code, taken.content, len(office.committed)) == (200, b"", 1)
        refused = await client.post("/wecom", params=forged.query, content=forged.body)
        assert (refused.status_code, refused.content) == (403, b"")
        large = await client.post("/wecom", params=good.query, content=b"x" * (MOST_BODY + 1))
        assert (large.status_code, large.content) == (413, b"")
        office.broken = True
        call = office.peer.made({**SAID, "MsgId": 8})
        failed = await client.post("/wecom", params=call.query, content=call.body)
        assert failed.status_code == 500
    assert len(office.committed) == 1
