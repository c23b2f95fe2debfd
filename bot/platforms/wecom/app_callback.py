"""Calls by which the platform hands over what people said to the app: only genuine ones, each once, come in."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Final, Protocol
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from bot.chat.platform import Deliver
from bot.platforms.wecom.app_reading import raw_of
from bot.platforms.wecom.crypto import CallbackCipher, CipherFault

MOST_BODY: Final = 1_000_000  # bytes
_SKEW_S: Final = 300
_REMEMBERED_S: Final = 2 * 3600.0
_MOST_REMEMBERED: Final = 50_000  # two hours of seven calls a second; only genuine calls are remembered
_OK, _FORBIDDEN, _TOO_LARGE = 200, 403, 413

Query = Mapping[str, str]
Fields = Mapping[str, str]


class Clock(Protocol):
    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...


class Forged(Exception):
    """A call that the platform did not make, or made before. `why` is one word, without contents."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class AppCallback:
    """What comes to the app's address. `forged` counts refused calls by what was wrong with them."""

    def __init__(
        self, token: str, aes_key: str, corp_id: str, agent_id: int, clock: Clock, *, remembers: int = _MOST_REMEMBERED
    ) -> None:
        """`remembers`: calls at most, whatever their age.

        Raises:
            ValueError: the key is not the 43 characters that the console shows.
        """
        self._cipher = CallbackCipher(token, aes_key, corp_id)
        self._agent = str(agent_id)
        self._clock = clock
        self._remembers = remembers
        self._seen: dict[tuple[str, str, str], float] = {}  # oldest first
        self.forged: Counter[str] = Counter()

    def url_check(self, query: Query) -> str:
        """What to answer when the address is entered in the console: within a second, and nothing but this.

        Raises:
            Forged: it was not the platform.
        """
        echo = query.get("echostr", "")
        self._check_time(query)
        self._check_signature(query, echo)
        return self._decrypted(echo)

    def opened(self, query: Query, body: bytes) -> Fields:
        """The fields of a call, as the platform wrote them.

        A call may come again until `spent` is told that it was committed: the platform repeats what was answered too
        late or with an error, and does not say whether such a repetition has another nonce (page 90238, read 2026-11).

        Raises:
            Forged: it was not the platform, or is a repetition of what was committed.
        """
        if len(body) > MOST_BODY:
            raise self._refused("size")
        self._check_time(query)
        encrypted = self._xml(body).get("Encrypt", "")
        self._check_signature(query, encrypted)
        if self._key(query) in self._seen:
            raise self._refused("replayed")
        fields = self._xml(self._decrypted(encrypted).encode())
        if fields.get("AgentID") not in (None, "", self._agent):  # news of the whole company name no app
            raise self._refused("agent")
        return fields

    def spent(self, query: Query) -> None:
        """The call was committed: the same one is refused from now on."""
        now = self._clock.monotonic()
        self._seen[self._key(query)] = now
        oldest = next(iter(self._seen))
        while len(self._seen) > self._remembers or self._seen[oldest] < now - _REMEMBERED_S:
            del self._seen[oldest]
            oldest = next(iter(self._seen))

    async def receive(self, query: Query, body: bytes, deliver: Deliver) -> int:
        """A call handed to us: the HTTP status to answer, 200 only after the commit."""
        try:
            fields = self.opened(query, body)
        except Forged as forged:
            return _TOO_LARGE if forged.why == "size" else _FORBIDDEN
        await deliver([raw_of(fields, self._clock.now())])
        self.spent(query)
        return _OK

    def _check_time(self, query: Query) -> None:
        timestamp = query.get("timestamp", "")
        if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= len("1700000000")):
            raise self._refused("time")
        if abs(self._clock.now().timestamp() - int(timestamp)) > _SKEW_S:
            raise self._refused("time")

    def _check_signature(self, query: Query, encrypted: str) -> None:
        """Before anything is decrypted."""
        signature, timestamp, nonce = self._key(query)
        try:
            self._cipher.check(signature, timestamp, nonce, encrypted)
        except CipherFault as fault:
            raise self._refused(fault.check) from None

    def _decrypted(self, encrypted: str) -> str:
        try:
            return self._cipher.decrypt(encrypted)
        except CipherFault as fault:
            raise self._refused(fault.check) from None

    def _xml(self, document: bytes) -> Fields:
        try:
            return _fields(document)
        except _NotPlain:
            raise self._refused("xml") from None

    def _key(self, query: Query) -> tuple[str, str, str]:
        """What tells a call from all others."""
        return query.get("msg_signature", ""), query.get("timestamp", ""), query.get("nonce", "")

    def _refused(self, why: str) -> Forged:
        self.forged[why] += 1
        return Forged(why)


class _NotPlain(Exception):
    """Not XML, or XML that declares something."""


class _Plain(TreeBuilder):
    """Refuses a document type as soon as it is named: entities can only be declared inside one."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise _NotPlain


def _fields(document: bytes) -> Fields:
    """The texts directly below the root, by name.

    Raises:
        _NotPlain: it is no XML, or declares a document type.
    """
    try:
        root: Element = ElementTree.fromstring(document, XMLParser(target=_Plain()))  # noqa: S314 (see `_Plain`)
    except (ParseError, ValueError, LookupError):  # also an encoding that nobody knows
        raise _NotPlain from None
    return {child.tag: child.text or "" for child in root if not len(child)}
