"""Updates as the Bot API documents them, one file a kind, and the event each must become."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.chat.events import Incoming, Migrated, Placed, Pressed
from bot.platforms.telegram import stored
from bot.platforms.telegram.account import Account
from bot.platforms.telegram.reading import read_update

PAYLOADS = Path(__file__).with_name("payloads") / "telegram"
AT = datetime(2026, 11, 23, 1, 0, 5, tzinfo=UTC)
ME = Account(1001, "xiaowu_test_bot", reads_all=False)
GROUP, FORUM, SMALL, RIDER = "-1001900000001", "-1001900000002", "-4100001", "5200000017"
PHOTO = {"ref": "photo-1", "bytes": 148213, "kind": "photo"}
# What has to hold of the event beside its defaults; None: the update means nothing to us.
EXPECTED: dict[str, tuple[type, dict[str, Any]] | None] = {
    "text-private": (Incoming, {"text": "进度", "where": ("telegram", RIDER, True), "sender": RIDER}),
    "text-group": (Incoming, {"text": "上报 🚧 幸福路公交站前私家车违停", "where": ("telegram", GROUP, False)}),
    "text-plain-group": (Incoming, {"where": ("telegram", SMALL, False)}),
    "photo-with-caption": (Incoming, {"text": "上报 🚧 幸福路公交站前私家车违停", "photos": [PHOTO]}),
    "photo-alone": (Incoming, {"text": "", "photos": [PHOTO]}),
    "album-part-1": (Incoming, {"album": "13900000000000001", "photos": [PHOTO], "message": "51"}),
    "album-part-2": (Incoming, {"album": "13900000000000001", "message": "52", "text": ""}),
    "document-jpeg": (Incoming, {"photos": [{"ref": "document-2", "bytes": 1204100, "kind": "file"}]}),
    "document-heic": (Incoming, {"photos": [{"ref": "document-1", "bytes": 2104882, "kind": "file"}]}),
    "document-pdf": (Incoming, {"photos": [{"ref": "document-3", "bytes": 2104882, "kind": "file"}]}),
    "voice": (Incoming, {"media": ["voice"], "photos": []}),
    "audio": (Incoming, {"media": ["voice"], "text": "现场录音"}),
    "video": (Incoming, {"media": ["video"], "text": "上报 路灯闪烁"}),
    "video-note": (Incoming, {"media": ["video"]}),
    "animation": None,
    "sticker": None,
    "contact": (Incoming, {"text": ""}),
    "location": (Incoming, {"position": (34.512307, 113.204118, "")}),
    "location-live": (Incoming, {"position": (34.512307, 113.204118, "")}),
    "location-live-moves": None,
    "location-live-ends": None,
    "venue": (Incoming, {"position": (34.5119, 113.2037, "幸福路公交站")}),
    "reply-to-message": (Incoming, {"answers": "41", "message": "45"}),
    "reply-to-card": (Incoming, {"answers": "88", "where": ("telegram", "61000023", True)}),
    "topic-opened": None,
    "topic-message": (Incoming, {"message": "7/44", "answers": None, "where": ("telegram", FORUM, False)}),
    "topic-reply": (Incoming, {"message": "7/41", "answers": "7/44"}),
    "edited-text": (Incoming, {"edited": True, "message": "41", "text": "上报 幸福路公交站对面私家车违停"}),
    "edited-caption": (Incoming, {"edited": True, "message": "42", "photos": [PHOTO]}),
    "forwarded-user": (Incoming, {"forwarded": True, "photos": [PHOTO], "sender": RIDER}),
    "forwarded-hidden-user": (Incoming, {"forwarded": True}),
    "forwarded-chat": (Incoming, {"forwarded": True}),
    "forwarded-channel": (Incoming, {"forwarded": True, "text": "明日有雨"}),
    "anonymous-admin": (Incoming, {"masked": True, "sender": GROUP, "text": "绑定"}),
    "as-channel": (Incoming, {"masked": True, "sender": "-1001900000009"}),
    "linked-channel": None,
    "command": (Incoming, {"text": "/report 北门路灯不亮"}),
    "command-to-us": (Incoming, {"text": "/report 北门路灯不亮"}),
    "command-to-another": None,
    "command-in-caption": (Incoming, {"text": "/report 北门路灯不亮", "photos": [PHOTO]}),
    "mention": (Incoming, {"text": "上报 🚧 北门路灯不亮"}),
    "start": (Incoming, {"text": "/start"}),
    "start-deep-link": (Incoming, {"text": "/start b-Qx7mLw2Zr9Kd4Tn8"}),
    "start-group-link": (Incoming, {"text": "/start g-3fVh6Pz1Yc5Jb0Sa", "where": ("telegram", GROUP, False)}),
    "press": (Pressed, {"data": "a:0127:1", "message": "88", "token": "4382907000000000001", "sender": "61000023"}),
    "press-inaccessible": (Pressed, {"message": "88", "where": ("telegram", "61000023", True)}),
    "press-without-message": (Pressed, {"message": "", "where": ("telegram", "61000023", True)}),
    "placed-added": (Placed, {"present": True, "hears": False, "title": "青禾县骑手上报群"}),
    "placed-promoted": (Placed, {"present": True, "hears": True}),
    "placed-restricted": (Placed, {"present": True, "hears": False}),
    "placed-kicked": (Placed, {"present": False, "hears": False}),
    "placed-left": (Placed, {"present": False, "where": ("telegram", SMALL, False)}),
    "placed-blocked": (Placed, {"present": False, "where": ("telegram", RIDER, True)}),
    "placed-unblocked": (Placed, {"present": True, "hears": True}),
    "migrated-to": (Migrated, {"where": ("telegram", SMALL, False), "to": GROUP}),
    "migrated-from": (Migrated, {"where": ("telegram", SMALL, False), "to": GROUP}),
    "joined": None,
    "joined-bot": None,
    "left": None,
    "pinned": None,
    "other-bot": None,
    "member-changed": None,
    "unknown": None,
}


def payload(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text("utf-8"))
    return found


def test_every_kind_has_its_expectation() -> None:
    assert set(EXPECTED) == {path.stem for path in PAYLOADS.glob("*.json")}


@pytest.mark.parametrize("name", EXPECTED)
def test_an_update_becomes_its_event(name: str) -> None:
    event = read_update(payload(name), ME, "8123", AT)
    expected = EXPECTED[name]
    if expected is None:
        assert event is None
        return
    kind, facts = expected
    assert isinstance(event, kind)
    assert (event.event_id, event.at) == ("8123", AT), "our receipt is the clock, not the platform's"
    shown = {**asdict(event), "where": (event.where.platform, event.where.chat, event.where.private)}
    if isinstance(event, Incoming):
        place = event.position
        shown["position"] = (place.lat, place.lon, place.name) if place else None
        shown["media"] = [media.kind for media in event.media]
        shown["photos"] = [asdict(photo) for photo in event.photos]
        assert event.said_at is not None
        usual = {"edited": False, "forwarded": False, "masked": False, "answers": None, "album": None}
        facts = {**usual, **facts}
    assert {name: shown[name] for name in facts} == facts


def test_with_privacy_mode_off_the_bot_hears_as_a_plain_member() -> None:
    event = read_update(payload("placed-added"), Account(1001, "xiaowu_test_bot", reads_all=True), "1", AT)
    assert isinstance(event, Placed)
    assert event.hears


def test_an_update_is_known_by_bot_number_and_instant_and_kept_in_the_order_of_its_chat() -> None:
    update = payload("photo-with-caption")
    raw = stored.raw_of(update, ME, AT)
    assert raw.event_id == f"1001:{update['update_id']}:{update['message']['date']}"
    assert raw.lane == GROUP
    later = {**update, "message": {**update["message"], "date": update["message"]["date"] + 900_000}}
    assert stored.raw_of(later, ME, AT).event_id != raw.event_id, "ids begin anew after a quiet week"
    assert stored.read(raw) == read_update(update, ME, raw.event_id, AT)
    assert stored.raw_of(payload("press"), ME, AT).lane == "61000023"


def test_a_moving_picture_is_talk_in_a_group_and_a_film_where_it_is_meant() -> None:
    update = payload("animation")
    captioned = {**update, "message": {**update["message"], "caption": "上报 路灯闪烁"}}
    event = read_update(captioned, ME, "1", AT)
    assert isinstance(event, Incoming)
    assert [media.kind for media in event.media] == ["video"]
    assert event.photos == ()


def test_a_press_among_updates_is_found() -> None:
    assert stored.presses_in([payload("press"), payload("start"), {"callback_query": None}]) == ["4382907000000000001"]
