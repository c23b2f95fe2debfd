"""The AI bot's server for tests: it speaks the protocol on the loopback address, keeps what people see, fails to order.

    async with BotPeer() as peer:
        peer.says("zhangsan", "红旗街18号井盖缺失", group="wrAAA", images=[b"…"])
        card = await peer.until(lambda: peer.last("lisi"))
        peer.press("lisi", card, "accept:42")

Not known of the real server, and so chosen here: the code of a card update that comes late (846605), and of a message
that is too long or wrong in itself (40058).
"""

import asyncio
import base64
import hashlib
import itertools
import json
import time
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from tests.telegram.wire import Answer, Request
from tests.telegram.wire import Server as HttpServer
from tests.wecom import card_rules, sealing

Json = dict[str, Any]
T = TypeVar("T")

BOT: Final = "aib-invented"
SECRET: Final = "invented-secret-of-the-long-connection"
NAME: Final = "五大员"
MOST_MARKDOWN: Final = 20_480  # bytes
_IN_TIME_S: Final = 5.0  # for card updates and welcomes
_DAY_S: Final = 86_400.0
_CHUNK: Final = 512 << 10
_MOST_CHUNKS: Final = 100
_MINUTE, _HOUR = (30, 60.0), (1000, 3600.0)
_MEDIA: Final = ("image", "file", "voice", "video")

WRONG_SECRET, UNKNOWN_REQ_ID, BAD_CHAT, TOO_OFTEN, BAD, NO_MEDIA = 853000, 846605, 93006, 45009, 40058, 40007


class Refused(Exception):
    """The server's no."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code} {message}")
        self.code, self.message = code, message


@dataclass(frozen=True, slots=True)
class Quote:
    """What somebody quotes."""

    text: str = ""
    images: Sequence[bytes] = ()


@dataclass
class Shown:
    """A message of the bot as its chat shows it. `card` is the newest state of it, `updates` how often it changed."""

    chat: str
    via: str  # reply | push | welcome
    msgtype: str
    text: str = ""
    card: Json | None = None
    data: bytes = field(default=b"", repr=False)
    name: str = ""
    req_id: str = ""
    updates: int = 0

    @property
    def keys(self) -> list[str]:
        """Of the buttons it has now."""
        return [button["key"] for button in (self.card or {}).get("button_list", []) if "key" in button]


@dataclass
class Callback:
    """A frame that was sent to the bot and may be answered. `at` is monotonic."""

    kind: str  # message | welcome | card
    chat: str
    single: bool
    at: float
    task: str = ""


@dataclass
class Upload:
    kind: str
    name: str
    size: int
    chunks: int
    md5: str
    parts: dict[int, bytes] = field(default_factory=dict[int, bytes])
    waiting: int = 0


@dataclass(eq=False)
class Line:
    """One connection. What goes out is written in order by a task of its own."""

    connection: ServerConnection
    out: asyncio.Queue[str | bytes] = field(default_factory=asyncio.Queue)
    silent: bool = False

    def write(self, frame: Json | str | bytes) -> None:
        if not self.silent:
            self.out.put_nowait(json.dumps(frame, ensure_ascii=False) if isinstance(frame, dict) else frame)

    async def send(self) -> None:
        while True:
            await self.connection.send(await self.out.get())
            self.out.task_done()


class BotPeer:
    """`clock` is monotonic seconds, `now` seconds since 1970; `port` 0 takes any.

    To look at: `chats`, `frames` (all that came, in order), `logins` (errcode of each), `missed` (nobody was there to
    hear it), `strays` (sent by the bot without a login), `most_parallel`.
    To set: `enforce` (ceilings), `delays` (seconds by command), `kick_closes_s`, `padded` (keys with their `=`).
    """

    def __init__(
        self, *, clock: Callable[[], float] = time.monotonic, now: Callable[[], float] = time.time, port: int = 0,
        bot_id: str = BOT, secret: str = SECRET, name: str = NAME, enforce: bool = False,
    ) -> None:  # fmt: skip
        self.clock, self.now, self.port, self.enforce = clock, now, port, enforce
        self.bot_id, self.secret, self.name = bot_id, secret, name
        self.chats: defaultdict[str, list[Shown]] = defaultdict(list)
        self.frames: list[Json] = []
        self.logins: list[int] = []
        self.missed: list[Json] = []
        self.strays: list[Json] = []
        self._failures: list[Exception] = []
        self.opened = 0
        self.most_parallel = 0
        self.delays: dict[str, float] = {}
        self.kick_closes_s = 0.02
        self.padded = False
        self.media_fetched: list[str] = []
        self._media: dict[str, bytes] = {}
        self._media_status: int | None = None
        self._muted: defaultdict[str, int] = defaultdict(int)
        self._refusals: defaultdict[str, deque[Refused]] = defaultdict(deque)
        self._callbacks: dict[str, Callback] = {}
        self._written_in: set[tuple[str, bool]] = set()
        self._tasks_used: set[str] = set()
        self._uploads: dict[str, Upload] = {}
        self._uploaded: dict[str, Upload] = {}
        self._sent_at: defaultdict[str, deque[float]] = defaultdict(deque)
        self._numbers = itertools.count(1)
        self._lines: set[Line] = set()
        self._live: Line | None = None
        self._newest: Json | None = None
        self._late: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._server: Server | None = None
        self._http = HttpServer(self._serve_media)
        self._http_port = 0
        self._work: dict[str, Callable[[Json, str], Json]] = {
            "ping": lambda _body, _req_id: {},
            "aibot_respond_msg": self._reply,
            "aibot_respond_welcome_msg": self._welcome,
            "aibot_respond_update_msg": self._update,
            "aibot_send_msg": self._push,
            "aibot_upload_media_init": self._upload_init,
            "aibot_upload_media_chunk": self._upload_chunk,
            "aibot_upload_media_finish": self._upload_finish,
        }

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    @property
    def live(self) -> bool:
        """Whether a bot is logged in."""
        return self._live is not None

    @property
    def connections(self) -> int:
        """How many are open now, logged in or not."""
        return len(self._lines)

    async def start(self) -> None:
        """Listen; after `stop`, on the same ports again."""
        self._http_port = await self._http.start(self._http_port)
        # Compression is not offered: the real server does not take it up either, as far as we know.
        self._server = await serve(
            self._serve, "127.0.0.1", self.port, ping_interval=None, compression=None, max_size=4 << 20,
            close_timeout=0.1,
        )  # fmt: skip
        self.port = next(iter(self._server.sockets)).getsockname()[1]

    async def stop(self) -> None:
        """Nobody is there any more; all that is kept stays."""
        for task in self._late:
            task.cancel()
        for line in self._lines:
            if line.silent:
                line.connection.transport.abort()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        await self._http.stop()
        if self._failures:
            raise self._failures[0]

    async def __aenter__(self) -> "BotPeer":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def until(self, holds: Callable[[], T], timeout_s: float = 10.0) -> T:
        """Wait until `holds()` is true, asked again after whatever happens here; returns what it gave."""
        async with asyncio.timeout(timeout_s):
            while not (found := holds()):
                self._changed.clear()
                await self._changed.wait()
        return found

    def seen(self, chat: str) -> list[Shown]:
        """What the bot has written there, oldest first."""
        return self.chats[chat]

    def last(self, chat: str) -> Shown | None:
        return self.chats[chat][-1] if self.chats[chat] else None

    def asked(self, cmd: str) -> list[Json]:
        """Frames of a command that came."""
        return [frame for frame in self.frames if frame.get("cmd") == cmd]

    # -- what people do --------------------------------------------------------------------------------------------

    def says(
        self, user: str, text: str = "", *, group: str | None = None, images: Sequence[bytes] = (),
        quote: Quote | None = None, voice: str = "", file: bytes = b"", video: bytes = b"", mention: bool = True,
    ) -> str | None:  # fmt: skip
        """A message; returns its msgid, or None where the bot does not hear it: in a group without its name."""
        words = f"@{self.name} {text}" if group and mention else text
        body = _content(
            words,
            voice,
            [("image", self.lay(data)) for data in images],
            [("file", self.lay(file))] if file else [("video", self.lay(video))] if video else [],
        )
        if quote is not None:
            body["quote"] = _content(quote.text, "", [("image", self.lay(data)) for data in quote.images], [])
        if group is not None and (not mention or body["msgtype"] not in ("text", "mixed")):
            return None
        self._written_in.add((group or user.lower(), group is None))
        return self.tell("aibot_msg_callback", body, user, group, "message")

    def enters(self, user: str) -> str:
        """Somebody opens the chat with the bot for the first time that day."""
        event = {"msgtype": "event", "event": {"eventtype": "enter_chat"}}
        return self.tell("aibot_event_callback", event, user, None, "welcome")

    def press(self, user: str, card: Shown, key: str) -> str:
        """Somebody presses a button of a card that is shown."""
        assert card.card is not None and key in card.keys, (key, card)
        task = card.card["task_id"]
        pressed = {"card_type": card.card["card_type"], "event_key": key, "task_id": task}
        event = {"msgtype": "event", "event": {"eventtype": "template_card_event", "template_card_event": pressed}}
        group = card.chat if (card.chat, False) in self._written_in else None
        return self.tell("aibot_event_callback", event, user, group, "card", task=task)

    def show_card(self, chat: str, task: str, *keys: str) -> Shown:
        """A card with buttons, as if the bot had sent it."""
        buttons = [{"text": key, "key": key} for key in keys]
        card = {
            "card_type": "button_interaction", "task_id": task, "main_title": {"title": task}, "button_list": buttons,
        }  # fmt: skip
        self._show({"msgtype": "template_card", "template_card": card}, chat, "push", "")
        return self.chats[chat][-1]

    def tell(self, cmd: str, body: Json, user: str, group: str | None, kind: str, *, task: str = "") -> str:
        """Any callback; returns its msgid."""
        number = next(self._numbers)
        req_id, msgid = f"Rq{number}", f"CAIQ{number:08d}"
        where = {"chattype": "single"} if group is None else {"chattype": "group", "chatid": group}
        common = {
            "msgid": msgid, "aibotid": self.bot_id, "from": {"userid": user}, "create_time": int(self.now()),
            "response_url": f"http://127.0.0.1:{self._http_port}/response?code=invented-{number}",
        }  # fmt: skip
        self._callbacks[req_id] = Callback(kind, group or user.lower(), group is None, self.clock(), task)
        frame = {"cmd": cmd, "headers": {"req_id": req_id}, "body": {**common, **where, **body}}
        self._newest = frame
        self.send(frame)
        return msgid

    def repeat(self) -> None:
        """The newest callback comes once more, as it does after trouble on the network."""
        assert self._newest is not None
        req_id = f"Rq{next(self._numbers)}"
        self._callbacks[req_id] = self._callbacks[self._newest["headers"]["req_id"]]
        self.send({**self._newest, "headers": {"req_id": req_id}})

    def send(self, frame: Json | str | bytes) -> None:
        """Any frame, or anything that is none, to the bot that is logged in."""
        if self._live is not None:
            self._live.write(frame)
        elif isinstance(frame, dict):
            self.missed.append(frame)

    def lay(self, data: bytes) -> Json:
        """Keep a picture enciphered where it can be fetched."""
        name = f"m{len(self._media) + 1}"
        key = sealing.new_key(padded=self.padded)
        self._media[f"/media/{name}"] = sealing.seal(data, key)
        return {"url": f"http://127.0.0.1:{self._http_port}/media/{name}?sign=invented", "aeskey": key}

    # -- what goes wrong -------------------------------------------------------------------------------------------

    async def written(self) -> None:
        """Wait until all that was said has left this server."""
        line = self._live
        assert line is not None
        await line.out.join()

    async def drop(self, code: int | None = None) -> None:
        """The connection ends, with a close frame or without one."""
        line = self._live
        assert line is not None
        if code is None:
            line.connection.transport.abort()
        else:
            await line.connection.close(code)
        await self.until(lambda: line not in self._lines)

    def fall_silent(self) -> None:
        """Nothing comes any more over the connection there is, and nothing is read from it; a new one works."""
        assert self._live is not None
        self._live.silent = True
        self._live.connection.transport.pause_reading()
        self._live = None

    def kick(self) -> None:
        """Somebody else logs in as this bot."""
        assert self._live is not None
        self._end(self._live)
        self._live = None

    def mute(self, cmd: str, times: int = 1) -> None:
        """The next of these are done, but never answered."""
        self._muted[cmd] += times

    def refuse(self, cmd: str, code: int, message: str = "refused", times: int = 1) -> None:
        """The next of these are not done."""
        self._refusals[cmd].extend([Refused(code, message)] * times)

    def expire_media(self, status: int | None = 403) -> None:
        """Whatever is fetched is answered so; None: all is there again."""
        self._media_status = status

    # -- the connection --------------------------------------------------------------------------------------------

    async def _serve(self, connection: ServerConnection) -> None:
        line = Line(connection)
        self.opened += 1
        self._lines.add(line)
        writing = asyncio.create_task(line.send())
        try:
            async for raw in connection:
                self._came(line, json.loads(raw))
                self._changed.set()
        except ConnectionClosed:
            pass
        except (AssertionError, LookupError, TypeError, ValueError) as fault:
            self._failures.append(fault)  # of this server, or a frame as no client may send it
            raise
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            self._lines.discard(line)
            self._live = None if self._live is line else self._live
            self._changed.set()

    def _came(self, line: Line, frame: Json) -> None:
        self.frames.append(frame)
        cmd, body = frame["cmd"], frame.get("body", {})
        req_id = frame["headers"]["req_id"]
        if cmd != "aibot_subscribe" and line is not self._live:
            self.strays.append(frame)
            return
        try:
            if self._refusals[cmd]:
                raise self._refusals[cmd].popleft()
            said = self._login(line, body) if cmd == "aibot_subscribe" else self._work[cmd](body, req_id)
        except Refused as no:
            answer: Json = {"headers": {"req_id": req_id}, "errcode": no.code, "errmsg": no.message}
        else:
            answer = {"headers": {"req_id": req_id}, "errcode": 0, "errmsg": "ok", **({"body": said} if said else {})}
        if cmd == "aibot_subscribe":
            self.logins.append(answer["errcode"])
        if self._muted[cmd]:
            self._muted[cmd] -= 1
            return
        self._answer_later(line, answer, self.delays.get(cmd, 0.0), self._uploads.get(body.get("upload_id", "")))

    def _answer_later(self, line: Line, answer: Json, delay_s: float, upload: Upload | None) -> None:
        async def later() -> None:
            await asyncio.sleep(delay_s)
            line.write(answer)
            if upload is not None and upload.waiting:
                upload.waiting -= 1

        task = asyncio.create_task(later())
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    def _login(self, line: Line, body: Json) -> Json:
        if (body.get("bot_id"), body.get("secret")) != (self.bot_id, self.secret):
            raise Refused(WRONG_SECRET, "invalid bot_id or secret")
        assert line is not self._live, "a second login over one connection"
        if self._live is not None:
            self._end(self._live)
        self._live = line
        return {}

    def _end(self, line: Line) -> None:
        line.write({
            "cmd": "aibot_event_callback", "headers": {"req_id": f"Rq{next(self._numbers)}"},
            "body": {"msgid": f"CAIQ{next(self._numbers):08d}", "create_time": int(self.now()), "aibotid": self.bot_id,
                     "msgtype": "event", "event": {"eventtype": "disconnected_event"}},
        })  # fmt: skip

        async def close() -> None:
            await asyncio.sleep(self.kick_closes_s)
            await line.connection.close()

        task = asyncio.create_task(close())
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    # -- what the bot sends ----------------------------------------------------------------------------------------

    def _reply(self, body: Json, req_id: str) -> Json:
        callback = self._answered(req_id, "message", _DAY_S)
        self._show(body, callback.chat, "reply", req_id)
        return {}

    def _welcome(self, body: Json, req_id: str) -> Json:
        callback = self._answered(req_id, "welcome", _IN_TIME_S)
        self._show(body, callback.chat, "welcome", req_id)
        return {}

    def _update(self, body: Json, req_id: str) -> Json:
        callback = self._answered(req_id, "card", _IN_TIME_S)
        card = body.get("template_card", {})
        if body.get("response_type") != "update_template_card" or card.get("task_id") != callback.task:
            raise Refused(BAD, "task_id")
        self._check_card(card)
        shown = next(one for one in self.chats[callback.chat] if one.card and one.card.get("task_id") == callback.task)
        shown.card = card
        shown.updates += 1
        return {}

    def _push(self, body: Json, req_id: str) -> Json:
        chat, kind = body.get("chatid"), body.get("chat_type", 0)
        singles = {0: (False, True), 1: (True,), 2: (False,)}.get(kind, ())
        if isinstance(chat, str) and kind == 1:
            chat = chat.lower()  # ids of members are compared without their case
        if not isinstance(chat, str) or not any((chat, single) in self._written_in for single in singles):
            raise Refused(BAD_CHAT, "invalid chatid")
        self._show(body, chat, "push", req_id)
        return {}

    def _answered(self, req_id: str, kind: str, within_s: float) -> Callback:
        callback = self._callbacks.get(req_id)
        if callback is None or callback.kind != kind or self.clock() - callback.at > within_s:
            raise Refused(UNKNOWN_REQ_ID, "invalid req_id")
        return callback

    def _show(self, body: Json, chat: str, via: str, req_id: str) -> None:
        kind = body.get("msgtype", "")
        content = body.get(kind)
        if (
            not isinstance(content, dict)
            or (kind == "text" and via != "welcome")
            or (kind == "stream" and via != "reply")
        ):
            raise Refused(BAD, "msgtype")
        shown = Shown(chat, via, kind, req_id=req_id)
        match kind:
            case "markdown" | "stream" | "text":
                shown.text = content["content"]
                if len(shown.text.encode()) > MOST_MARKDOWN or not shown.text:
                    raise Refused(BAD, "content")
            case "template_card":
                self._check_card(content)
                if content.get("task_id") in self._tasks_used:
                    raise Refused(BAD, "task_id exists")
                self._tasks_used.add(content.get("task_id", ""))
                shown.card = content
            case _ if kind in _MEDIA:
                upload = self._uploaded.get(content.get("media_id", ""))
                if upload is None or upload.kind != kind:
                    raise Refused(NO_MEDIA, "invalid media_id")
                shown.data, shown.name = _whole(upload), upload.name
            case _:
                raise Refused(BAD, "msgtype")
        self._count(chat)
        if kind == "stream" and self._replaced(shown, content["id"]):
            return
        self.chats[chat].append(shown)

    def _replaced(self, shown: Shown, stream: str) -> bool:
        """Every frame of a stream replaces the whole bubble of the one before."""
        for earlier in self.chats[shown.chat]:
            if earlier.msgtype == "stream" and earlier.name == stream:
                earlier.text = shown.text
                return True
        shown.name = stream
        return False

    def _check_card(self, card: Json) -> None:
        if faults := card_rules.faults_of(card):
            raise Refused(BAD, f"invalid card: {', '.join(faults)}")

    def _count(self, chat: str) -> None:
        if not self.enforce:
            return
        sent, now = self._sent_at[chat], self.clock()
        for most, window_s in (_MINUTE, _HOUR):
            if sum(at > now - window_s for at in sent) >= most:
                raise Refused(TOO_OFTEN, "api freq out of limit")
        sent.append(now)

    # -- uploads ---------------------------------------------------------------------------------------------------

    def _upload_init(self, body: Json, _req_id: str) -> Json:
        upload = Upload(body["type"], body["filename"], body["total_size"], body["total_chunks"], body["md5"])
        if upload.kind not in _MEDIA or not upload.name or not 1 <= upload.chunks <= _MOST_CHUNKS:
            raise Refused(BAD, "invalid parameter")
        name = f"up{next(self._numbers)}"
        self._uploads[name] = upload
        return {"upload_id": name}

    def _upload_chunk(self, body: Json, _req_id: str) -> Json:
        upload = self._uploads.get(body["upload_id"])
        data = base64.b64decode(body["base64_data"], validate=True)
        if upload is None or not 0 <= body["chunk_index"] < upload.chunks or not 0 < len(data) <= _CHUNK:
            raise Refused(BAD, "invalid chunk")
        upload.waiting += 1
        self.most_parallel = max(self.most_parallel, upload.waiting)
        if upload.waiting > (4 if upload.chunks <= 4 else 3 if upload.chunks <= 10 else 2):
            raise Refused(-1, "system error")
        upload.parts.setdefault(body["chunk_index"], data)
        return {}

    def _upload_finish(self, body: Json, _req_id: str) -> Json:
        upload = self._uploads.get(body["upload_id"])
        if upload is None or len(upload.parts) != upload.chunks:
            raise Refused(BAD, "not complete")
        whole = _whole(upload)
        if len(whole) != upload.size or hashlib.md5(whole).hexdigest() != upload.md5:
            raise Refused(BAD, "md5")
        media_id = f"media-{body['upload_id']}"
        self._uploaded[media_id] = upload
        return {"type": upload.kind, "media_id": media_id, "created_at": str(int(self.now()))}

    async def _serve_media(self, request: Request) -> Answer | None:
        self.media_fetched.append(request.path)
        self._changed.set()
        if self._media_status is not None:
            return Answer(self._media_status, b"<Error/>", "application/xml")
        if request.path not in self._media:
            return Answer(404, b"<Error/>", "application/xml")
        return Answer(200, self._media[request.path], "application/octet-stream")


def _whole(upload: Upload) -> bytes:
    return b"".join(upload.parts[index] for index in range(upload.chunks))


def _content(text: str, voice: str, images: list[tuple[str, Json]], other: list[tuple[str, Json]]) -> Json:
    """The type and object of a message. In a mixed one the pictures come first, as they do in the wild."""
    if voice:
        return {"msgtype": "voice", "voice": {"content": voice}}
    if other:
        kind, media = other[0]
        return {"msgtype": kind, kind: media}
    if images and (text or len(images) > 1):
        parts: list[Json] = [{"msgtype": kind, kind: media} for kind, media in images]
        parts += [{"msgtype": "text", "text": {"content": text}}] if text else []
        return {"msgtype": "mixed", "mixed": {"msg_item": parts}}
    if images:
        return {"msgtype": "image", "image": images[0][1]}
    return {"msgtype": "text", "text": {"content": text}}
