"""The link to the page of a case: signed, for one case and one person. What it opens is decided when it is opened."""

import base64
import binascii
import hmac
from struct import Struct
from typing import Final

from bot.domain.case import CaseId
from bot.domain.people import MemberId
from bot.engine.buttons import Signer

PATH: Final = "/case"
_PURPOSE: Final = "case_page"
_LAYOUT: Final = Struct(">QQ")  # case, member
_MAC_BYTES: Final = 16  # whoever has the link is taken for its person, so it must not be guessed
_LETTERS: Final = 43


def write_token(signer: Signer, case: CaseId, member: MemberId) -> str:
    """What stands in the address: 43 characters of base64url."""
    payload = _LAYOUT.pack(case, member)
    return base64.urlsafe_b64encode(payload + signer.mac(_PURPOSE, payload, _MAC_BYTES)).decode().rstrip("=")


def open_token(signer: Signer, token: str) -> tuple[CaseId, MemberId] | None:
    """Case and person of a link of ours; None for anything else, after the same work for every wrong code."""
    if len(token) != _LETTERS or not token.isascii():
        return None
    try:
        written = base64.b64decode(token + "=", altchars=b"-_", validate=True)
    except binascii.Error:
        return None
    payload, mac = written[: _LAYOUT.size], written[_LAYOUT.size :]
    if not hmac.compare_digest(signer.mac(_PURPOSE, payload, _MAC_BYTES), mac):
        return None
    case, member = _LAYOUT.unpack(payload)
    return CaseId(case), MemberId(member)


def case_url(public_url: str, signer: Signer, case: CaseId, member: MemberId) -> str:
    """The address of the page of `case` for `member`, and for nobody else."""
    return f"{public_url}{PATH}/{write_token(signer, case, member)}"
