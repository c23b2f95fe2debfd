"""WeCom's HTTP side for tests: an app's API, its encrypted callbacks, and webhooks, on the loopback address.

    async with ApiPeer() as peer:
        contact = peer.member("WangDui", mobile="…")
        peer.callback = adapter.receive          # or peer.callback_url = "http://127.0.0.1:…/wecom"
        await contact.says("待办")
        await peer.until(lambda: contact.sees())
        await contact.presses(contact.sees()[-1], "受理")

Callbacks are encrypted by wechatpy, so that both sides do not share a mistake. What is not documented is said beside it.
"""

import asyncio
import itertools
import json
import re
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeVar

import httpx
from wechatpy.enterprise.crypto import WeChatCrypto

from tests.telegram.wire import Answer, Request, Server
from tests.wecom import api_methods
from tests.wecom.api_members import Group, Member
from tests.wecom.api_methods import Json, Refused

T = TypeVar("T")

Post = Callable[[Mapping[str, str], bytes], Awaitable[int]]
_RETRIES: Final = 3  # after the first try (page 90238)


class Made(NamedTuple):
    """A call to the callback address."""

    query: dict[str, str]
    body: bytes


class Called(NamedTuple):
    """A request of ours: the name behind cgi-bin, and what it held."""

    name: str
    params: Json


@dataclass
class Fault:
    """What happens to the next calls of `name`. `cut`: no answer, before or after it was done."""

    name: str
    times: int
    code: int = 0
    status: int = 0
    cut: str = ""


@dataclass
class Media:
    data: bytes = field(repr=False)
    name: str = ""
    key: str = ""  # of the webhook that alone may use it


class ApiPeer:
    """`now` is seconds since 1970. To look at: `members`, `groups`, `calls`, `tokens`, `dropped`, `statuses`.

    To set: `callback` or `callback_url`, `trusted`, `all_invalid`, `agent_id`, `corp_id`, `secret`.
    """

    def __init__(self, *, now: Callable[[], float] = time.time, port: int = 0) -> None:
        self.now, self.port = now, port
        self.corp_id, self.agent_id = "ww0invented0corp01", 1000002
        self.secret = "invented-app-secret-for-tests-only-000000000"
        self.token, self.aes_key = "InventedToken7", "kWxQz3RtY8uVb2NmLp5sAd7fGh9jKe1cXo4iUy6TqWE"
        self.callback: Post | None = None
        self.callback_url = ""
        self.trusted = True
        self.all_invalid = 81013  # what is answered when nobody of `touser` is there; 0: as if it was done
        self.members: dict[str, Member] = {}
        self.groups: dict[str, Group] = {}
        self.media: dict[str, Media] = {}
        self.calls: list[Called] = []
        self.statuses: list[int] = []  # of all calls to the callback address
        self.tokens = 0
        self.dropped = 0  # messages beyond what a member is shown in a minute
        self.access_token = ""
        self.void: dict[str, int] = {}  # tokens that are not taken any more, and the code that says so
        self.cards: dict[str, api_methods.Code] = {}
        self.sent: dict[str, tuple[float, Json]] = {}  # by the whole request, for the duplicate check
        self.task_ids: set[str] = set()
        self.paces: defaultdict[str, list[float]] = defaultdict(list)
        self._faults: list[Fault] = []
        self._numbers = itertools.count(4_561_255_354_251_345_929)
        self._changed = asyncio.Event()
        self._server = Server(self._answer)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/cgi-bin"

    async def start(self) -> None:
        """Listen; after `stop`, on the same port again."""
        self.port = await self._server.start(self.port)

    async def stop(self) -> None:
        """Nobody is there any more; all that is kept stays."""
        await self._server.stop()

    async def __aenter__(self) -> "ApiPeer":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def until(self, holds: Callable[[], T], timeout_s: float = 10.0) -> T:
        """Wait until `holds()` is true, asked again after every call; returns what it gave."""
        async with asyncio.timeout(timeout_s):
            while not (found := holds()):
                self._changed.clear()
                await self._changed.wait()
        return found

    # -- what there is ---------------------------------------------------------------------------------------------

    def member(self, userid: str, *, mobile: str = "", visible: bool = True, open_id: str = "") -> Member:
        """Somebody of the company; `visible`: in the app's visible range. Ids come back in lower case."""
        self.members[userid.lower()] = Member(self, userid, mobile, visible, open_id)
        return self.members[userid.lower()]

    def group(self, key: str) -> Group:
        """A group with a webhook."""
        self.groups[key] = Group(key, f"{self.url}/webhook/send?key={key}")
        return self.groups[key]

    def keep(self, data: bytes, name: str = "", key: str = "") -> str:
        """Keep a file; returns its media id."""
        media = f"3Invented{len(self.media) + 1:08d}"
        self.media[media] = Media(data, name, key)
        return media

    def number(self) -> str:
        return str(next(self._numbers))

    def named(self, name: str) -> list[Json]:
        """What calls of `name` held, oldest first."""
        return [call.params for call in self.calls if call.name == name]

    # -- what goes wrong -------------------------------------------------------------------------------------------

    def fail(self, name: str, code: int = 0, *, times: int = 1, status: int = 0, cut: str = "") -> None:
        """The next calls of `name` are refused with a code or a status, or get no answer: `cut` "before" or "after"."""
        self._faults.append(Fault(name, times, code, status, cut))

    def mend(self) -> None:
        """What was to go wrong goes well."""
        self._faults.clear()

    def expire_token(self, code: int = 42001, *, same: bool = False) -> None:
        """The token is not taken any more. `same`: the next one has the same text, and is taken."""
        self.void[self.access_token] = code
        if not same:
            self.access_token = ""

    def _fault(self, name: str) -> Fault | None:
        for fault in self._faults:
            if fault.name == name and fault.times:
                fault.times -= 1
                return fault
        return None

    # -- calls of ours ---------------------------------------------------------------------------------------------

    async def _answer(self, request: Request) -> Answer | None:
        name = request.path.removeprefix("/cgi-bin/")
        params = request.params()
        self.calls.append(Called(name, params))
        fault = self._fault(name)
        try:
            return await self._answered(name, params, fault)
        finally:
            self._changed.set()

    async def _answered(self, name: str, params: Json, fault: Fault | None) -> Answer | None:
        if fault is not None and fault.cut == "before":
            return None
        if fault is not None and fault.status:
            return Answer(fault.status, b"<html>Bad Gateway</html>", "text/html")
        if fault is not None and fault.code:
            return _json(Refused(fault.code, "invented fault").answer(name))
        try:
            made = api_methods.METHODS[name](self, params)
        except Refused as refused:
            made = refused.answer(name)
        if fault is not None and fault.cut == "after":
            return None
        return Answer(200, made.data, "image/jpeg") if isinstance(made, Media) else _json(made)

    # -- calls to the callback address -----------------------------------------------------------------------------

    def made(
        self, fields: Mapping[str, object], *, timestamp: str = "", nonce: str = "", corp_id: str | None = None,
        token: str = "", aes_key: str = "",
    ) -> Made:  # fmt: skip
        """A call as the platform makes it, or one that is wrong in what is given."""
        cipher = WeChatCrypto(
            token or self.token, aes_key or self.aes_key, self.corp_id if corp_id is None else corp_id
        )
        timestamp, nonce = timestamp or str(int(self.now())), nonce or self.number()
        written: str = cipher.encrypt_message(xml(fields), nonce, timestamp)
        encrypted, signature = _within(written, "Encrypt"), _within(written, "MsgSignature")
        envelope = {"ToUserName": self.corp_id, "AgentID": self.agent_id, "Encrypt": encrypted}
        query = {"msg_signature": signature, "timestamp": timestamp, "nonce": nonce}
        return Made(query, xml(envelope).encode())

    def url_check(self, echo: str = "1616140317555161061") -> dict[str, str]:
        """What is asked when the address is entered in the console."""
        call = self.made({})
        nonce, timestamp = call.query["nonce"], call.query["timestamp"]
        written: str = WeChatCrypto(self.token, self.aes_key, self.corp_id).encrypt_message(echo, nonce, timestamp)
        return {**call.query, "msg_signature": _within(written, "MsgSignature"), "echostr": _within(written, "Encrypt")}

    async def post(self, call: Made) -> int:
        """Make a call once; returns the status, 0 for no answer."""
        if self.callback is not None:
            status = await self.callback(call.query, call.body)
        else:
            async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
                try:
                    status = (await client.post(self.callback_url, params=call.query, content=call.body)).status_code
                except httpx.HTTPError:
                    status = 0
        self.statuses.append(status)
        return status

    async def deliver(self, fields: Mapping[str, object], *, copies: int = 1, fresh: bool = False) -> list[int]:
        """Hand something over until it is taken, at most three times more; returns the statuses.

        `copies`: it is made so often though it was taken. `fresh`: a repetition has a nonce of its own; which of both
        the platform does is not documented.
        """
        call = self.made(fields)
        found: list[int] = []
        taken = 0
        for _ in range(copies + _RETRIES):
            found.append(await self.post(call))
            taken += found[-1] == 200
            if taken == copies:
                break
            call = self.made(fields) if fresh else call
        return found


def xml(fields: Mapping[str, object]) -> str:
    """As the platform writes it: texts as CDATA, numbers bare."""
    lines = (
        f"<{name}>{value}</{name}>" if isinstance(value, int | float) else f"<{name}><![CDATA[{value}]]></{name}>"
        for name, value in fields.items()
    )
    return f"<xml>{''.join(lines)}</xml>"


def _within(document: str, name: str) -> str:
    found = re.search(rf"<{name}><!\[CDATA\[(.*?)\]\]></{name}>", document)
    assert found, name
    return found[1]


def _json(answer: Json) -> Answer:
    return Answer(200, json.dumps(answer, ensure_ascii=False).encode())


__all__ = ["ApiPeer", "Group", "Made", "Member", "xml"]
