"""A Bot API server for tests: it speaks the protocol on the loopback address, keeps what people see, and fails to order.

    async with BotApi() as api:
        rider = api.person(2001, "梁小满")
        api.group(-1001500, "五大员工作群")
        rider.says("上报 北门路灯不亮", group=-1001500, photo=b"…")
        await api.until(lambda: api.seen(-1001500))

Not done as the real server does it: updates do not grow too old, and formats other than HTML are refused.
"""

import asyncio
import itertools
import json
import random
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypeVar
from urllib.parse import urlsplit

import httpx

from tests.telegram import account, messages, updates
from tests.telegram.faults import Ceilings, Fault, Faults
from tests.telegram.messages import Message, Refusal, bad, show
from tests.telegram.people import Group, Person
from tests.telegram.updates import BOT_ID, BOT_NAME, Json
from tests.telegram.wire import Answer, Request, Server

__all__ = ["BotApi", "Fault", "Group", "Message", "Person"]

T = TypeVar("T")

_PAGE: Final = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
_LONGEST_POLL_S: Final = 50
_QUIET_KINDS: Final = frozenset({"chat_member", "message_reaction", "message_reaction_count"})  # only when asked for
_STRUCTURED: Final = frozenset({
    "reply_markup", "reply_parameters", "media", "entities", "caption_entities", "link_preview_options", "reaction",
    "allowed_updates", "commands", "scope",
})  # fmt: skip
_NUMBERS: Final = frozenset({
    "chat_id", "message_id", "message_thread_id", "user_id", "offset", "limit", "timeout", "reply_to_message_id",
    "cache_time", "max_connections",
})  # fmt: skip
_SWITCHES: Final = frozenset({
    "disable_notification", "protect_content", "allow_sending_without_reply", "show_alert", "drop_pending_updates",
    "is_big", "has_spoiler", "show_caption_above_media",
})  # fmt: skip


class Call(NamedTuple):
    """A request of the bot; `at` is monotonic."""

    method: str
    params: Json
    at: float


@dataclass
class File:
    """`path`: where it can be fetched now; `lost`: it cannot any more."""

    name: str
    data: bytes = field(repr=False)
    mime: str
    path: str = ""
    lost: bool = False


@dataclass
class Hook:
    """The webhook as it was set."""

    url: str = ""
    secret: str = ""
    connections: int = 40
    last_fault: str = ""


class BotApi:
    """`clock` is monotonic seconds, `now` seconds since 1970; `port` 0 takes any.

    To look at: `chats`, `calls`, `answers` (query id -> (text, alert)), `commands`, `pending`, `flooded`.
    To set: `me`, `blocked`, `migrated`, `faults`, `enforce`, `answer_within_s`, and for what is fetched:
    `duplicates` (share of updates that come once more although confirmed), `shuffled`, `batch`.
    """

    def __init__(
        self, *, clock: Callable[[], float] = time.monotonic, now: Callable[[], float] = time.time, port: int = 0,
        enforce: bool = False,
    ) -> None:  # fmt: skip
        self.clock, self.now, self.port, self.enforce = clock, now, port, enforce
        self.token = f"{BOT_ID}:AA-invented-for-tests-0000000000000"
        self.me: Json = updates.BOT | {
            "can_join_groups": True, "can_read_all_group_messages": True, "supports_inline_queries": False,
            "can_connect_to_business": False, "has_main_web_app": False,
        }  # fmt: skip
        self.chats: defaultdict[int, list[Message]] = defaultdict(list)
        self.people: dict[int, Person] = {}
        self.groups: dict[int, Group] = {}
        self.files: dict[str, File] = {}
        self.calls: list[Call] = []
        self.answers: dict[str, tuple[str, bool]] = {}
        self.commands: dict[account.Scope, list[Json]] = {}
        self.blocked: set[int] = set()
        self.migrated: dict[int, int] = {}
        self.faults = Faults()
        self.flooded = 0
        self.answer_within_s = 10.0  # after that a press is void; not documented, some ten seconds are reported
        self.queries: dict[str, float] = {}
        self.pending: list[Json] = []
        self.duplicates = 0.0
        self.shuffled = False
        self.batch = 100
        self.webhook = Hook()
        self.allowed: Sequence[str] = ()
        self._again: list[Json] = []
        self._repeated: set[int] = set()
        self._poll: asyncio.Future[bool] | None = None
        self._random = random.Random(7)
        self._ceilings = Ceilings()
        self._update_ids = itertools.count(updates.UPDATE_ID)
        self._numbers = itertools.count(13_900_000_000_000_001)
        self._message_ids: defaultdict[int, itertools.count[int]] = defaultdict(lambda: itertools.count(1))
        self._changed = asyncio.Event()
        self._server = Server(self._answer)
        self._methods: dict[str, tuple[str, Callable[[BotApi, Json], Any]]] = {
            name.lower(): (name, method) for name, method in {**messages.METHODS, **account.METHODS, **_OWN}.items()
        }

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Listen; after `stop`, on the same port again."""
        self.port = await self._server.start(self.port)

    async def stop(self) -> None:
        """Nobody is there any more; all that is kept stays."""
        await self._server.stop()

    async def __aenter__(self) -> "BotApi":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def until(self, holds: Callable[[], T], timeout_s: float = 10.0) -> T:
        """Wait until `holds()` is true, asked again after every call of the bot; returns what it gave."""
        async with asyncio.timeout(timeout_s):
            while not (found := holds()):
                self._changed.clear()
                await self._changed.wait()
        return found

    # -- what there is ---------------------------------------------------------------------------------------------

    def person(self, id: int, first_name: str, username: str | None = None, *, started: bool = True) -> Person:  # noqa: A002
        """Somebody new; if not `started` the bot cannot write to them."""
        self.people[id] = Person(self, id, first_name, username, started)
        return self.people[id]

    def group(self, id: int, title: str, *, forum: bool = False, bot: str = "administrator") -> Group:  # noqa: A002
        """A group in which the bot stands as `bot` (nobody is told)."""
        self.groups[id] = Group(self, id, title, forum, {self.me["id"]: bot})
        return self.groups[id]

    def seen(self, chat: int) -> list[Message]:
        """What the bot has written and not deleted, oldest first."""
        return [message for message in self.chats[chat] if message.sender == "bot" and not message.deleted]

    def user(self) -> Json:
        return {key: self.me[key] for key in ("id", "is_bot", "first_name", "username")}

    def chat(self, id_: int) -> Json:
        return updates.private(self.people[id_].user) if id_ in self.people else self.groups[id_].chat

    def standing(self, chat: int, user: int) -> str | None:
        return self.groups[chat].standings.get(user) if chat in self.groups else None

    def topics_of(self, chat: int) -> dict[int, Json]:
        return self.groups[chat].topics if chat in self.groups else {}

    def next_id(self, chat: int) -> int:
        """Supergroups number their own messages, all other chats of the bot share one count."""
        return next(self._message_ids[chat if str(chat).startswith("-100") else 0])

    def new_number(self) -> int:
        return next(self._numbers)

    def keep(self, data: bytes, name: str = "file", mime: str = "application/octet-stream") -> str:
        """Keep a file; returns its file_id."""
        ref = f"AgACAgUAAx{len(self.files) + 1:06d}"
        self.files[ref] = File(name, data, mime)
        return ref

    def expire(self, ref: str, *, for_good: bool = False) -> None:
        """The link to a file is dead: 404; getFile gives a new one, or with `for_good` none any more."""
        self.files[ref].path = ""
        self.files[ref].lost = for_good

    # -- what happens ----------------------------------------------------------------------------------------------

    def arrive(self, raw: Json, sender: int) -> Message:
        """A message of a person appears in its chat, and the bot is told if it may hear it."""
        chat = raw["chat"]["id"]
        answered = raw.get("reply_to_message")
        message = Message(
            raw["message_id"], chat, sender, raw=raw, reply_to=answered["message_id"] if answered else None,
            thread=raw.get("message_thread_id"), media_group=raw.get("media_group_id"),
        )  # fmt: skip
        show(self, message)
        self.chats[chat].append(message)
        if self._hears(message):
            self.tell("message", raw)
        return message

    def change(self, message: Message, raw: Json) -> None:
        """A person edits their message."""
        message.raw = raw
        message.edits += 1
        show(self, message)
        if self._hears(message):
            self.tell("edited_message", raw)

    def _hears(self, message: Message) -> bool:
        """What a bot gets of a group in privacy mode (Bot features page)."""
        if message.chat > 0 or self.me["can_read_all_group_messages"]:
            return True
        if self.standing(message.chat, self.me["id"]) == "administrator":
            return True
        contents = set(message.raw) & {"text", "photo", "document", "voice", "video", "location", "contact", "sticker"}
        command, _, of = message.words.split(" ")[0].partition("@")
        to_bot = command.startswith("/") and (of == BOT_NAME if of else bool(self.seen(message.chat)))
        return not contents or to_bot or any(mine.id == message.reply_to for mine in self.seen(message.chat))

    def press(self, on: Json | None, data: str, by: Person) -> str:
        """Somebody presses a button; returns the query's id."""
        query = str(self.new_number())
        self.queries[query] = self.clock()
        self.tell("callback_query", updates.pressed(data, on, sender=by.user, query_id=query)["callback_query"])
        return query

    def tell(self, kind: str, what: Json) -> int | None:
        """An update for the bot; returns its id, or None if it has not asked for this kind."""
        if kind not in self.allowed if self.allowed else kind in _QUIET_KINDS:
            return None
        return self.enqueue({kind: what})

    def enqueue(self, update: Json, *, renumber: bool = True) -> int:
        """Any update, asked for or not. Without `renumber` it keeps its id, which should be higher than all before."""
        made = {**update, "update_id": next(self._update_ids)} if renumber else update
        self.pending.append(made)
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(True)
        return int(made["update_id"])

    def count(self, chat: int, number: int) -> None:
        """So many messages are to go to a chat.

        Raises:
            Refusal: 429, where the ceilings are kept.
        """
        if self.enforce and (wait_s := self._ceilings.wait_s(chat, number, self.clock())):
            self.flooded += 1
            raise Refusal(429, f"Too Many Requests: retry after {wait_s}", retry_after=wait_s)

    @property
    def polled(self) -> bool:
        """Whether a call waits for updates."""
        return self._poll is not None and not self._poll.done()

    def listen(self, params: Json) -> None:
        """Which updates the bot wants; the server remembers it. Those that wait may be thrown away."""
        if "allowed_updates" in params:
            self.allowed = params["allowed_updates"] or ()
        if params.get("drop_pending_updates"):
            self.pending = []
        self._end_poll()

    def _end_poll(self) -> None:
        """The wait that is under way ends with 409."""
        if self.polled:
            self._poll.set_result(False)

    # -- updates that are fetched ----------------------------------------------------------------------------------

    async def fetched(self, params: Json) -> list[Json]:
        """getUpdates. A second call ends the wait of the first with 409."""
        if self.webhook.url:
            raise Refusal(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to "
                               "delete the webhook first")  # fmt: skip
        self._confirm(params.get("offset", 0))
        self.listen(params)
        most = min(max(params.get("limit", 100), 1), 100, self.batch)
        seconds = min(params.get("timeout", 0), _LONGEST_POLL_S)
        if not (self.pending or self._again) and seconds > 0:
            await self._wait(seconds)
        again, self._again = self._again[:most], self._again[most:]
        found = again + self.pending[: most - len(again)]
        if self.shuffled:
            self._random.shuffle(found)
        return found

    async def _wait(self, seconds: float) -> None:
        poll = self._poll = asyncio.get_running_loop().create_future()
        self._changed.set()
        await asyncio.wait([poll], timeout=seconds)
        if poll.done() and not poll.result():
            raise Refusal(409, "Conflict: terminated by other getUpdates request; make sure that only one bot "
                               "instance is running")  # fmt: skip
        poll.cancel()

    def _confirm(self, offset: int) -> None:
        before = len(self.pending) + offset if offset < 0 else 0
        while before < len(self.pending) and self.pending[before]["update_id"] < offset:
            before += 1
        gone, self.pending = self.pending[: max(before, 0)], self.pending[max(before, 0) :]
        if offset > 0:
            self._again += [update for update in gone if self._comes_again(update)]

    def _comes_again(self, update: Json) -> bool:
        number = update["update_id"]
        if not self.duplicates or number in self._repeated or self._random.random() >= self.duplicates:
            return False
        self._repeated.add(number)
        return True

    # -- updates that are handed over ------------------------------------------------------------------------------

    async def post_webhook(self, *, base: str | None = None, tries: int = 20) -> list[int]:
        """Hand over what waits, in order, each until it is answered 2xx; returns all statuses, 0 for no answer.

        `base`: scheme, host and port to go to instead of those that were set.
        """
        url = (base or "{0.scheme}://{0.netloc}".format(urlsplit(self.webhook.url))) + urlsplit(self.webhook.url).path
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.webhook.secret} if self.webhook.secret else {}
        statuses: list[int] = []
        async with httpx.AsyncClient(trust_env=False, headers=headers) as client:
            while self.pending:
                statuses.append(await self._post(client, url, self.pending[0]))
                if 200 <= statuses[-1] < 300:
                    done = self.pending.pop(0)
                    self.pending[:0] = [done] if self._comes_again(done) else []
                elif len(statuses) >= tries and not any(200 <= status < 300 for status in statuses[-tries:]):
                    raise AssertionError(f"the webhook answered {statuses[-tries:]}")
        return statuses

    async def _post(self, client: httpx.AsyncClient, url: str, update: Json) -> int:
        try:
            answer = await client.post(url, json=update)
        except httpx.TransportError as fault:
            self.webhook.last_fault = type(fault).__name__
            return 0
        if not answer.is_success:
            self.webhook.last_fault = f"Wrong response from the webhook: {answer.status_code} {answer.reason_phrase}"
        return answer.status_code

    # -- calls -----------------------------------------------------------------------------------------------------

    async def _answer(self, request: Request) -> Answer | None:
        way, _, rest = request.path.removeprefix("/").partition(f"bot{self.token}/")
        if not rest:
            return _refused(Refusal(401, "Unauthorized"))
        if way == "file/":
            return await self._faulty("download", None, lambda: self._download(rest))
        if rest.lower() not in self._methods:
            return _refused(Refusal(404, "Not Found: method not found"))
        name, method = self._methods[rest.lower()]
        try:
            params = _read(request.params())
        except (ValueError, LookupError):
            return _refused(bad("can't parse the request"))
        self.calls.append(Call(name, params, self.clock()))
        chat = params.get("chat_id")
        answer = await self._faulty(name, chat if isinstance(chat, int) else None, lambda: self._do(method, params))
        self._changed.set()
        return answer

    async def _faulty(self, name: str, chat: int | None, work: Callable[[], Awaitable[Answer]]) -> Answer | None:
        fault = self.faults.take(name, chat)
        match fault:
            case None:
                return await work()
            case Fault(kind="status"):
                return _refused(Refusal(fault.code, fault.description, **fault.parameters))
            case Fault(kind="page"):
                return Answer(fault.code, _PAGE, "text/html")
            case Fault(kind="drop"):
                return None
        answer = await work()
        self._changed.set()
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        if fault.kind == "half":
            return Answer(answer.status, answer.body, answer.kind, whole=False)
        return None if fault.kind == "drop_after" else answer

    async def _do(self, method: Callable[["BotApi", Json], Any], params: Json) -> Answer:
        try:
            result = method(self, params)
            if asyncio.iscoroutine(result):
                result = await result
        except Refusal as refusal:
            return _refused(refusal)
        return Answer(200, json.dumps({"ok": True, "result": result}).encode())

    async def _download(self, path: str) -> Answer:
        for file in self.files.values():
            if file.path == path and not file.lost:
                return Answer(200, file.data, "application/octet-stream")
        return _refused(Refusal(404, "Not Found"))


def _refused(refusal: Refusal) -> Answer:
    body = {"ok": False, "error_code": refusal.code, "description": refusal.description}
    if refusal.parameters:
        body["parameters"] = refusal.parameters
    return Answer(refusal.code, json.dumps(body).encode())


def _read(params: Json) -> Json:
    """Parameters as JSON has them, however they were sent."""
    return {name: _value(name, value) for name, value in params.items()}


def _value(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if name in _STRUCTURED and value[:1] in ("{", "["):
        return json.loads(value)
    if name in _NUMBERS:
        return int(value) if value.removeprefix("-").isdigit() else value
    return value.lower() in ("true", "1") if name in _SWITCHES else value


_OWN: Final[dict[str, Callable[[BotApi, Json], Any]]] = {"getUpdates": BotApi.fetched}
