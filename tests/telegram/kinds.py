"""One update of each kind the bot may meet, kept as files for the tests of what is read from them.

`python -m tests.telegram.kinds` writes the files anew.
"""

import json
from pathlib import Path
from typing import Final

from tests.telegram.updates import (
    BOT,
    FORUM,
    GROUP,
    LIANG,
    OTHER_BOT,
    PLAIN_GROUP,
    QIAO,
    Json,
    animation,
    arrived,
    as_channel,
    audio,
    contact,
    document,
    edited,
    forwarded_from_channel,
    forwarded_from_chat,
    forwarded_from_hidden_user,
    forwarded_from_user,
    from_anonymous_admin,
    from_linked_channel,
    gone,
    joined,
    keyboard,
    left,
    live_location,
    location,
    message,
    migrated_from,
    migrated_to,
    photo,
    pinned,
    placed,
    pressed,
    private,
    sticker,
    text,
    topic_opened,
    unknown,
    venue,
    video,
    video_note,
    voice,
)

FOLDER: Final = Path(__file__).parents[1] / "platforms" / "payloads" / "telegram"

_ALONE: Final = private(LIANG)
_WITH_QIAO: Final = private(QIAO)
_REPORT: Final = "上报 🚧 幸福路公交站前私家车违停"
_SAID: Final = message(text(_REPORT))
_PHOTO: Final = message(photo(words=_REPORT), message_id=42)
_LIVE: Final = message(live_location(), message_id=43)
_CARD: Final = message(text("案件 0127\n幸福路公交站前私家车违停"), chat=_WITH_QIAO, sender=BOT, message_id=88) | {
    "reply_markup": keyboard([[("接收", "a:0127:1"), ("退回", "b:0127:1")]])
}
_TOPIC: Final = topic_opened()
_IN_TOPIC: Final = message(text("上报 北门路灯不亮"), chat=FORUM, topic=_TOPIC, message_id=44)

KINDS: Final[dict[str, Json]] = {
    "text-private": arrived(message(text("进度"), chat=_ALONE)),
    "text-group": arrived(_SAID),
    "text-plain-group": arrived(message(text(_REPORT), chat=PLAIN_GROUP)),
    "photo-with-caption": arrived(_PHOTO),
    "photo-alone": arrived(message(photo())),
    "album-part-1": arrived(message(photo("photo-1", _REPORT), message_id=51, album="13900000000000001")),
    "album-part-2": arrived(message(photo("photo-2"), message_id=52, album="13900000000000001")),
    "document-heic": arrived(message(document(words="上报 井盖缺失 红旗街18号"))),
    "document-jpeg": arrived(message(document("document-2", "现场.jpg", "image/jpeg", size=1_204_100))),
    "document-pdf": arrived(message(document("document-3", "通知.pdf", "application/pdf"), chat=_ALONE)),
    "voice": arrived(message(voice())),
    "audio": arrived(message(audio(words="现场录音"))),
    "video": arrived(message(video(words="上报 路灯闪烁"))),
    "video-note": arrived(message(video_note())),
    "animation": arrived(message(animation())),
    "sticker": arrived(message(sticker())),
    "contact": arrived(message(contact(), chat=_ALONE)),
    "location": arrived(message(location())),
    "location-live": arrived(_LIVE),
    "location-live-moves": edited(_LIVE, live_location(34.513001, 113.204907, heading=87)),
    "location-live-ends": edited(_LIVE, location(34.513440, 113.205212), date=1_795_396_500),
    "venue": arrived(message(venue())),
    "reply-to-message": arrived(message(text("就在站牌后面"), reply_to=_SAID, message_id=45)),
    "reply-to-card": arrived(message(text("已到现场"), chat=_WITH_QIAO, sender=QIAO, reply_to=_CARD, message_id=89)),
    "topic-message": arrived(_IN_TOPIC),
    "topic-reply": arrived(message(text("谢谢"), chat=FORUM, sender=QIAO, topic=_TOPIC, reply_to=_IN_TOPIC)),
    "topic-opened": arrived(_TOPIC),
    "edited-text": edited(_SAID, text("上报 幸福路公交站对面私家车违停")),
    "edited-caption": edited(_PHOTO, photo(words="上报 幸福路公交站对面私家车违停")),
    "forwarded-user": arrived(message(photo(words="看这里"), origin=forwarded_from_user())),
    "forwarded-hidden-user": arrived(message(text("北门路灯不亮"), origin=forwarded_from_hidden_user())),
    "forwarded-chat": arrived(message(text("北门路灯不亮"), origin=forwarded_from_chat())),
    "forwarded-channel": arrived(message(text("明日有雨"), origin=forwarded_from_channel())),
    "anonymous-admin": arrived(from_anonymous_admin(text("绑定"))),
    "linked-channel": arrived(from_linked_channel(text("明日有雨，路滑慢行"))),
    "as-channel": arrived(as_channel(text(_REPORT))),
    "other-bot": arrived(message(text("明天：小雨"), sender=OTHER_BOT)),
    "command": arrived(message(text("/report 北门路灯不亮"))),
    "command-to-us": arrived(message(text("/report@xiaowu_test_bot 北门路灯不亮"))),
    "command-to-another": arrived(message(text("/report@weather_other_bot 北门"))),
    "command-in-caption": arrived(message(photo(words="/report@xiaowu_test_bot 北门路灯不亮"))),
    "mention": arrived(message(text("@xiaowu_test_bot 上报 🚧 北门路灯不亮"))),
    "start": arrived(message(text("/start"), chat=_ALONE)),
    "start-deep-link": arrived(message(text("/start b-Qx7mLw2Zr9Kd4Tn8"), chat=_ALONE)),
    "start-group-link": arrived(message(text("/start@xiaowu_test_bot g-3fVh6Pz1Yc5Jb0Sa"))),
    "press": pressed("a:0127:1", _CARD),
    "press-inaccessible": pressed("a:0127:1", gone(_CARD)),
    "press-without-message": pressed("a:0127:1", None),
    "placed-added": placed(GROUP, "left", "member"),
    "placed-promoted": placed(GROUP, "member", "administrator"),
    "placed-restricted": placed(GROUP, "member", "restricted"),
    "placed-kicked": placed(GROUP, "administrator", "kicked"),
    "placed-left": placed(PLAIN_GROUP, "member", "left"),
    "placed-blocked": placed(_ALONE, "member", "kicked", by=LIANG),
    "placed-unblocked": placed(_ALONE, "kicked", "member", by=LIANG),
    "migrated-to": arrived(migrated_to(GROUP, message_id=90)),
    "migrated-from": arrived(migrated_from(message_id=1)),
    "joined": arrived(joined([LIANG], sender=LIANG)),
    "joined-bot": arrived(joined([BOT], sender=QIAO)),
    "left": arrived(left(LIANG, sender=QIAO)),
    "pinned": arrived(pinned(_SAID, sender=QIAO, message_id=46)),
    "member-changed": placed(GROUP, "left", "member", who=LIANG, by=LIANG, kind="chat_member"),
    "unknown": unknown(),
}  # fmt: skip


def written(update: Json) -> str:
    return json.dumps(update, ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, update in KINDS.items():
        (FOLDER / f"{name}.json").write_text(written(update), encoding="utf-8")
