"""What the self-built app does: messages to members, their cards and files, and who is who."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.chat.platform import FetchLater, FetchNever, File, NeverWill, NothingToEdit, Picture, TryLater
from bot.platforms.wecom import outcomes
from bot.platforms.wecom.app_calls import AppCalls
from bot.platforms.wecom.app_token import Clock
from bot.platforms.wecom.kinds import Json, Misconfigured, Part, Refusal, items, table, words

CLOUD: Final = "https://qyapi.weixin.qq.com/cgi-bin"
# An equal message within this time is not shown again (page 90236, read 2026-11): long enough for another try after an
# answer that was lost, also by another process, and no longer, as who asks the same twice wants to read the same twice.
_SAME_WITHIN_S: Final = 120
_NO_SUCH_MOBILE: Final = 46004
_MOST_IDS: Final = 1000  # of one call


@dataclass(frozen=True, slots=True)
class Shown:
    """What a member was sent. `response_code` changes a card once, within 72 hours; empty where nothing can be."""

    message: str
    response_code: str = field(default="", repr=False)


class AppApi:
    """One app of one company."""

    def __init__(self, corp_id: str, agent_id: int, secret: str, clock: Clock, *, base_url: str = CLOUD) -> None:
        self._agent_id = agent_id
        self._calls = AppCalls(corp_id, secret, clock, base_url)

    async def send(self, user: str, part: Part, media_id: str | None = None) -> Shown:
        """One message to one member.

        Raises:
            TryLater, Lost, NeverWill: see `PlatformAdapter`. Misconfigured is a TryLater.
        """
        body = {
            "touser": user, "agentid": self._agent_id, **part.body(media_id),
            "enable_duplicate_check": 1, "duplicate_check_interval": _SAME_WITHIN_S,
        }  # fmt: skip
        said = await self._calls.do("message/send", body)
        for kind in ("invaliduser", "unlicenseduser"):  # though the call as such was done
            if said.get(kind):
                raise NeverWill(kind, unreachable=True)
        return Shown(words(said.get("msgid")), words(said.get("response_code")))

    async def update_card(self, response_code: str, users: Sequence[str], content: Mapping[str, object]) -> None:
        """Change a card for those who have it. `content` has `button` or `template_card`, as page 94888 describes them.

        Raises:
            NothingToEdit: the code was used, is too old, or nobody of the users has the card.
            TryLater, Lost: not now, or perhaps it was.
        """
        body = {"userids": list(users), "agentid": self._agent_id, "response_code": response_code, **content}
        try:
            said = await self._calls.do("message/update_template_card", body)
        except NeverWill as never:
            raise NothingToEdit(never.reason, stays=True) from never
        if len(items(said.get("invaliduser"))) >= len(users):
            raise NothingToEdit("invaliduser", stays=True)

    async def upload(self, kind: str, what: Picture | File) -> str:
        """Hand over an `image` or a `file`; its media id is good for three days.

        Raises:
            TryLater: not now.
            NeverWill: it is not accepted.
        """
        try:
            said = await self._calls.upload(kind, what)
        except Refusal as refusal:
            raise NeverWill(str(refusal)) from refusal
        media = words(said.get("media_id"))
        if not media:
            raise NeverWill("no media_id")
        return media

    async def download(self, media_id: str, most_bytes: int) -> bytes:
        """The bytes of what a member sent, stopped over `most_bytes`.

        Raises:
            FetchLater: not now.
            FetchNever: too large, or older than three days.
        """
        try:
            return await self._calls.download(media_id, most_bytes)
        except Refusal as refusal:
            raise FetchLater(str(refusal.code)) from refusal
        except TryLater as later:
            if later.reason == str(outcomes.NO_SUCH_MEDIA):
                raise FetchNever("expired") from later
            raise FetchLater(later.reason) from later

    async def user_by_mobile(self, mobile: str) -> str | None:
        """The member with this number; None if there is none. Too many wrong numbers block the call.

        Raises:
            TryLater: not now.
            Refusal: the app may not ask.
        """
        try:
            said = await self._calls.read("user/getuserid", body={"mobile": mobile})
        except Refusal as refusal:
            if refusal.code == _NO_SUCH_MOBILE:
                return None
            raise
        return words(said.get("userid")).lower() or None

    async def plain_ids(self, open_ids: Sequence[str]) -> dict[str, str]:
        """Member ids by the encrypted ones that a bot of an ordinary member gets; unknown ones are left out.

        Raises:
            TryLater: not now.
            Refusal: the app may not ask.
        """
        found: dict[str, str] = {}
        for first in range(0, len(open_ids), _MOST_IDS):
            body = {"open_userid_list": list(open_ids[first : first + _MOST_IDS])}
            said = await self._calls.read("batch/openuserid_to_userid", body=body)
            pairs = [table(one) for one in items(said.get("userid_list"))]
            found |= {words(one.get("open_userid")): words(one.get("userid")).lower() for one in pairs}
        return found

    async def callback_ips(self) -> tuple[str, ...]:
        """Addresses from which callbacks come; they change.

        Raises:
            TryLater: not now.
            Refusal: the app may not ask.
        """
        said = await self._calls.read("getcallbackip")
        return tuple(words(one) for one in items(said.get("ip_list")))

    async def agent(self) -> Json:
        """The app as the console shows it: its name, and who may see it.

        Raises:
            TryLater: not now; Misconfigured, which is one, where the settings are refused.
            Refusal: the app may not ask.
        """
        return await self._calls.read("agent/get", {"agentid": str(self._agent_id)})

    async def token_works(self) -> bool:
        """Whether corp id and secret are accepted; our address is not looked at here, but by every other call.

        Raises:
            TryLater: it could not be asked.
        """
        try:
            await self._calls.renew()
        except Misconfigured:
            return False
        return True

    async def close(self) -> None:
        """Close every connection. Idempotent."""
        await self._calls.close()
