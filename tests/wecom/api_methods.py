"""What the calls of WeCom's API do and refuse, as its documents say (pages named beside the methods, read 2026-11)."""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tests.telegram.wire import Upload
from tests.wecom.api_members import Shown

if TYPE_CHECKING:
    from tests.wecom.api_peer import ApiPeer

Json = dict[str, Any]

_CODE_LIFE_S: Final = 72 * 3600
_MOST_TEXT: Final = 2048  # bytes
_MOST_A_MINUTE: Final = 30  # to one member; what is more is dropped without a word (page 90454)
_MOST_OF_A_HOOK: Final = 20
_HOOK_BYTES: Final = {"text": 2048, "markdown": 4096, "markdown_v2": 4096}
_TASK_ID: Final = re.compile(r"[0-9A-Za-z_\-@]{1,128}")


class Refused(Exception):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(code)
        self.code, self.message = code, message

    def answer(self, name: str) -> Json:
        """As the platform words it: with a hint, our address and a page."""
        page = f"https://open.work.weixin.qq.com/devtool/query?e={self.code}"
        return {"errcode": self.code, "errmsg": f"{self.message}, from ip: 127.0.0.1, more info at {page} ({name})"}


@dataclass
class Code:
    """By which a card can be changed."""

    message: str
    at: float
    used: bool = False


def new_code(peer: "ApiPeer", message: str) -> str:
    code = f"Invented-code-{len(peer.cards) + 1:06d}"
    peer.cards[code] = Code(message, peer.now())
    return code


def _done(**fields: Any) -> Json:
    return {"errcode": 0, "errmsg": "ok", **fields}


# -- tokens (page 91039) -------------------------------------------------------------------------------------------


def get_token(peer: "ApiPeer", params: Json) -> Json:
    if params.get("corpid") != peer.corp_id:
        raise Refused(40013, "invalid corpid")
    if params.get("corpsecret") != peer.secret:
        raise Refused(40001, "invalid credential")
    peer.tokens += 1
    if not peer.access_token:
        peer.access_token = f"Invented-token-{peer.tokens:04d}-" + "x" * 180
    peer.void.pop(peer.access_token, None)
    return _done(access_token=peer.access_token, expires_in=7200)


def _known(peer: "ApiPeer", params: Json) -> None:
    """Whether the caller may call at all."""
    token = params.get("access_token", "")
    if not token:
        raise Refused(41001, "access_token missing")
    if token in peer.void or token != peer.access_token:
        raise Refused(peer.void.get(token, 40014), "access_token expired")
    if not peer.trusted:
        raise Refused(60020, "not allow to access from your ip")


# -- messages (page 90236) and cards (94888) -----------------------------------------------------------------------


def send(peer: "ApiPeer", params: Json) -> Json:
    _known(peer, params)
    body = {key: value for key, value in params.items() if key != "access_token"}
    if body.get("agentid") != peer.agent_id:
        raise Refused(40056, "invalid agentid")
    same = json.dumps(body, sort_keys=True)
    if body.get("enable_duplicate_check") and same in peer.sent:
        at, before = peer.sent[same]
        if peer.now() - at < body["duplicate_check_interval"]:
            return before  # what is answered is not documented; nothing is shown
    msgtype = body["msgtype"]
    content = _checked(peer, msgtype, body[msgtype])
    users = [user.lower() for user in str(body.get("touser", "")).split("|")]
    found = [peer.members[user] for user in users if user in peer.members and peer.members[user].visible]
    if not found and peer.all_invalid:
        raise Refused(peer.all_invalid, "user & party & tag all invalid")
    message = f"InventedMsg{len(peer.sent) + 1:06d}"
    for member in found:
        if _too_many(peer, f"member {member.userid}", _MOST_A_MINUTE):
            peer.dropped += 1
        else:
            member.shown.append(Shown(message, msgtype, content))
    invalid = "|".join(user for user in users if user not in {member.userid.lower() for member in found})
    codes = {"response_code": new_code(peer, message)} if content.get("button_list") else {}
    answer = _done(msgid=message, invaliduser=invalid, **codes)
    peer.sent[same] = (peer.now(), answer)
    return answer


def _checked(peer: "ApiPeer", msgtype: str, content: Json) -> Json:
    """The content as it is shown."""
    if msgtype in ("text", "markdown"):
        if not content.get("content"):
            raise Refused(44004, "empty content")
        shown = content["content"].encode()[:_MOST_TEXT].decode(errors="ignore")  # longer is cut without a word
        return {**content, "content": shown}
    if msgtype in ("image", "voice", "video", "file"):
        if content.get("media_id") not in peer.media:
            raise Refused(40007, "invalid media_id")
        return content
    if msgtype == "template_card":
        task = content.get("task_id", "")
        _check_card(content)
        if task in peer.task_ids:
            raise Refused(42014, "task_id has been used")  # the code is not documented for cards
        peer.task_ids |= {task} if task else set()
        return content
    raise Refused(40008, "invalid message type")


def _check_card(card: Json) -> None:
    kind, buttons = card.get("card_type"), card.get("button_list", [])
    if kind not in ("text_notice", "news_notice", "button_interaction", "vote_interaction", "multiple_interaction"):
        raise Refused(40058, "card_type")
    if kind == "button_interaction" and not 1 <= len(buttons) <= 6:
        raise Refused(40058, "button_list")
    if kind in ("text_notice", "news_notice") and "card_action" not in card:
        raise Refused(40058, "card_action")
    if buttons and not _TASK_ID.fullmatch(card.get("task_id", "")):
        raise Refused(40058, "task_id")
    keys = [one.get("key", one.get("url", "")) for one in buttons]
    if len(set(keys)) < len(keys) or any(len(key.encode()) > 1024 for key in keys):
        raise Refused(40058, "button_list.key")
    if len(card.get("horizontal_content_list", [])) > 6 or len(card.get("jump_list", [])) > 3:
        raise Refused(40058, "too many lines")


def update_card(peer: "ApiPeer", params: Json) -> Json:
    _known(peer, params)
    code = peer.cards.get(params.get("response_code", ""))
    if code is None or code.used or peer.now() - code.at > _CODE_LIFE_S:
        raise Refused(42045, "response_code is used or expired")  # the code is not documented
    code.used = True
    invalid: list[str] = []
    for user in params["userids"]:
        member = peer.members.get(user.lower())
        card = next((one for one in member.shown if one.message == code.message), None) if member else None
        if card is None:
            invalid.append(user)
        elif "button" in params:
            card.replaced, card.updates = params["button"]["replace_name"], card.updates + 1
        else:
            changed = {**params["template_card"], "task_id": card.content["task_id"]}  # it keeps the one it has
            _check_card(changed)
            card.content, card.updates = changed, card.updates + 1
            card.replaced = params["template_card"].get("replace_text", "")
    return _done(invaliduser=invalid)


# -- media (pages 90253, 90254) ------------------------------------------------------------------------------------


def upload(peer: "ApiPeer", params: Json) -> Json:
    _known(peer, params)
    return _kept(peer, params, "")


def _kept(peer: "ApiPeer", params: Json, key: str) -> Json:
    media = params.get("media")
    if not isinstance(media, Upload):
        raise Refused(44001, "empty media data")
    if (
        not 5
        < len(media.data)
        <= {"image": 10_000_000, "voice": 2_000_000, "video": 10_000_000}.get(params.get("type", ""), 20_000_000)
    ):
        raise Refused(40009, "invalid media size")
    return _done(type=params["type"], media_id=peer.keep(media.data, media.name, key), created_at=str(int(peer.now())))


def download(peer: "ApiPeer", params: Json) -> Any:
    _known(peer, params)
    media = params.get("media_id")
    if media not in peer.media:
        raise Refused(40007, "invalid media_id")
    return peer.media[media]


# -- people, the app itself ----------------------------------------------------------------------------------------


def user_by_mobile(peer: "ApiPeer", params: Json) -> Json:
    _known(peer, params)
    for member in peer.members.values():
        if member.mobile and member.mobile == params.get("mobile"):
            return _done(userid=member.userid)
    raise Refused(46004, "user not exist")


def plain_ids(peer: "ApiPeer", params: Json) -> Json:
    _known(peer, params)
    asked: list[str] = params["open_userid_list"]
    if len(asked) > 1000:
        raise Refused(40058, "open_userid_list")
    members = {member.open_id: member for member in peer.members.values() if member.open_id and member.visible}
    found = [{"open_userid": one, "userid": members[one].userid} for one in asked if one in members]
    return _done(userid_list=found, invalid_open_userid_list=[one for one in asked if one not in members])


def callback_ips(peer: "ApiPeer", params: Json) -> Json:
    _known(peer, params)
    return _done(ip_list=["192.0.2.10", "192.0.2.0/28"])


def agent(peer: "ApiPeer", params: Json) -> Json:
    _known(peer, params)
    if str(params.get("agentid")) != str(peer.agent_id):
        raise Refused(301002, "not allow operate another agent")
    users = [{"userid": member.userid} for member in peer.members.values() if member.visible]
    return _done(agentid=peer.agent_id, name="五大员", close=0, allow_userinfos={"user": users})


# -- webhooks (page 99110) -----------------------------------------------------------------------------------------


def hook_send(peer: "ApiPeer", params: Json) -> Json:
    group = peer.groups.get(params.get("key", ""))
    if group is None:
        raise Refused(93000, "invalid webhook url")
    if _too_many(peer, f"hook {group.key}", _MOST_OF_A_HOOK):
        raise Refused(45009, "api freq out of limit")
    msgtype = params["msgtype"]
    content = params[msgtype]
    if len(str(content.get("content", "")).encode()) > _HOOK_BYTES.get(msgtype, 0):
        raise Refused(40058, "content exceed max length")
    if msgtype == "image":
        data = base64.b64decode(content["base64"])
        if len(data) > 2_000_000 or hashlib.md5(data).hexdigest() != content["md5"]:
            raise Refused(40009, "invalid image")
    if msgtype == "file" and (
        content["media_id"] not in peer.media or peer.media[content["media_id"]].key != group.key
    ):
        raise Refused(40007, "invalid media_id")
    group.shown.append(Shown(f"hook {len(group.shown) + 1}", msgtype, content))
    return _done()


def hook_upload(peer: "ApiPeer", params: Json) -> Json:
    if params.get("key", "") not in peer.groups:
        raise Refused(93000, "invalid webhook url")
    return _kept(peer, params, params["key"])


def _too_many(peer: "ApiPeer", whom: str, most: int) -> bool:
    now = peer.now()
    peer.paces[whom] = [at for at in peer.paces[whom] if now - at < 60]
    if len(peer.paces[whom]) >= most:
        return True
    peer.paces[whom].append(now)
    return False


METHODS: Final[Mapping[str, Callable[["ApiPeer", Json], Any]]] = {
    "gettoken": get_token,
    "message/send": send,
    "message/update_template_card": update_card,
    "media/upload": upload,
    "media/get": download,
    "user/getuserid": user_by_mobile,
    "batch/openuserid_to_userid": plain_ids,
    "getcallbackip": callback_ips,
    "agent/get": agent,
    "webhook/send": hook_send,
    "webhook/upload_media": hook_upload,
}
