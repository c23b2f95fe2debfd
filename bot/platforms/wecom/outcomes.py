"""What became of a call over HTTP, from its fault or from the code in its answer.

Only the chat has to wait for what passes: other chats of the platform may be reached over another channel.
"""

import json
from collections.abc import Sequence
from typing import Final

import httpx

from bot.chat.platform import Lost, NeverWill, TryLater
from bot.platforms.wecom.kinds import Json, Misconfigured, Refusal, table, words

# Codes: WeCom developer documentation, page 90313, read 2026-11.
EXPIRED_TOKEN: Final = frozenset({40014, 42001})
NO_SUCH_MEDIA: Final = 40007  # or older than three days
BUSY: Final = frozenset({-1, 45033})  # at large, or with too many calls of ours at once
_TOO_OFTEN: Final = 45009
# Secret, company or app wrong; our address not a trusted one; the app may not call this.
_SETTINGS: Final = frozenset({40001, 40013, 40056, 60020, 48002, 301002})
_NOBODY: Final = frozenset({40003, 60111, 60011, 81013, 81014})  # unknown, or outside the app's visible range
_BLOCK_S: Final = 60.0
_AGAIN_S: Final = 5.0
_MOST_WORDS: Final = 200


def network(fault: httpx.HTTPError) -> TryLater | Lost:
    """Whether a call whose answer did not come can have been taken. To be raised `from None`: `fault` holds the address."""
    if isinstance(fault, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.ProxyError):
        return TryLater(_AGAIN_S, "no connection")
    return Lost(type(fault).__name__)


def answer(response: httpx.Response, secrets: Sequence[str]) -> Json:
    """The answer's fields, if it was done.

    Raises:
        Refusal: it was not; the server's words are kept without `secrets`.
        TryLater: the server was not well.
        Lost: the answer is none, so it may have been done.
    """
    if response.is_server_error:
        raise TryLater(_AGAIN_S, f"status {response.status_code}", counts=True)
    try:
        said = table(json.loads(response.content))
    except (ValueError, RecursionError):
        raise Lost(f"status {response.status_code}") from None
    code = said.get("errcode", 0 if response.is_success else None)
    if not isinstance(code, int):
        raise Lost(f"status {response.status_code}")
    if code:
        raise Refusal(code, without(words(said.get("errmsg")), secrets))
    return said


def without(text: str, secrets: Sequence[str]) -> str:
    """What a server said, cut, and without what nobody should read."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "…")
    return text[:_MOST_WORDS]


def meaning(refusal: Refusal) -> TryLater | NeverWill:
    """What a refused call means for the message it was made for."""
    code = refusal.code
    if code in _SETTINGS:
        return Misconfigured(code)
    if code in EXPIRED_TOKEN or code == _TOO_OFTEN:  # the token was renewed a moment ago
        return TryLater(_BLOCK_S, str(code))
    if code in BUSY or code == NO_SUCH_MEDIA:  # what is sent is uploaded anew for the next try
        return TryLater(_AGAIN_S, str(code), counts=True)
    return NeverWill(str(refusal), unreachable=code in _NOBODY)
