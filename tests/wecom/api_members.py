"""Members with phones, and groups that a webhook posts into."""

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.wecom.api_peer import ApiPeer

Json = dict[str, Any]


@dataclass
class Shown:
    """A message on a phone. `content` changes when a card is updated; `replaced` is what its buttons turned into."""

    message: str
    msgtype: str
    content: Json
    replaced: str = ""
    updates: int = 0

    @property
    def words(self) -> str:
        """What there is to read."""
        if self.msgtype != "template_card":
            return str(self.content.get("content", ""))
        title = self.content.get("main_title", {})
        pairs = [f"{one['keyname']}：{one['value']}" for one in self.content.get("horizontal_content_list", [])]
        lines = [title.get("title", ""), title.get("desc", ""), self.content.get("sub_title_text", ""), *pairs]
        return "\n".join(line for line in lines if line)

    @property
    def buttons(self) -> dict[str, str]:
        """Keys by label, of buttons that can still be pressed."""
        if self.replaced:
            return {}
        return {one["text"]: one["key"] for one in self.content.get("button_list", []) if one.get("type", 0) == 0}


@dataclass
class Member:
    """`visible`: in the app's visible range; others get nothing."""

    peer: "ApiPeer" = field(repr=False)
    userid: str
    mobile: str
    visible: bool
    open_id: str
    shown: list[Shown] = field(default_factory=list)

    def sees(self) -> list[Shown]:
        """Messages of the app, oldest first, as they stand now."""
        return self.shown

    async def says(self, text: str, **more: Any) -> list[int]:
        """Write to the app; as all that follows, returns the statuses of the callbacks."""
        return await self._sends("text", {"Content": text}, **more)

    async def sends_photo(self, data: bytes, **more: Any) -> list[int]:
        media = self.peer.keep(data, "photo.jpg")
        return await self._sends("image", {"PicUrl": "https://wework.example/0", "MediaId": media}, **more)

    async def sends_voice(self, data: bytes, **more: Any) -> list[int]:
        return await self._sends("voice", {"MediaId": self.peer.keep(data, "voice.amr"), "Format": "amr"}, **more)

    async def sends_video(self, data: bytes, **more: Any) -> list[int]:
        media, thumb = self.peer.keep(data, "video.mp4"), self.peer.keep(b"a small picture")
        return await self._sends("video", {"MediaId": media, "ThumbMediaId": thumb}, **more)

    async def sends_position(self, lat: float, lon: float, label: str = "", **more: Any) -> list[int]:
        """Degrees as maps in China count them (GCJ-02)."""
        place = {"Location_X": lat, "Location_Y": lon, "Scale": 15, "Label": label, "AppType": "wxwork"}
        return await self._sends("location", place, **more)

    async def presses(self, shown: Shown, label: str, **more: Any) -> list[int]:
        """Press a button of a card; the event brings a code by which the card can be changed once."""
        assert label in shown.buttons, f"there is {list(shown.buttons)}"
        return await self.presses_key(shown, shown.buttons[label], **more)

    async def presses_key(self, shown: Shown, key: str, **more: Any) -> list[int]:
        """As a client of one's own could: with any key."""
        from tests.wecom.api_methods import new_code

        press = {
            "EventKey": key, "TaskId": shown.content["task_id"], "CardType": shown.content["card_type"],
            "ResponseCode": new_code(self.peer, shown.message),
        }  # fmt: skip
        return await self.causes("template_card_event", press, **more)

    async def causes(self, event: str, fields: Json | None = None, **more: Any) -> list[int]:
        """Any event."""
        return await self.peer.deliver(
            {**self._common("event"), "Event": event, **(fields or {}), "AgentID": self.peer.agent_id}, **more
        )

    async def _sends(self, kind: str, contents: Json, **more: Any) -> list[int]:
        ids = {"MsgId": int(self.peer.number()), "AgentID": self.peer.agent_id}
        return await self.peer.deliver({**self._common(kind), **contents, **ids}, **more)

    def _common(self, kind: str) -> Json:
        return {
            "ToUserName": self.peer.corp_id, "FromUserName": self.userid, "CreateTime": int(self.peer.now()),
            "MsgType": kind,
        }  # fmt: skip


@dataclass
class Group:
    """What a webhook has posted."""

    key: str = field(repr=False)
    url: str = field(repr=False)
    shown: list[Shown] = field(default_factory=list)

    def pictures(self) -> list[bytes]:
        return [base64.b64decode(one.content["base64"]) for one in self.shown if one.msgtype == "image"]
