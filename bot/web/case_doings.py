"""What is done on the page of a case: it becomes an arrival, as if it had been said to the bot in private."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from starlette.datastructures import FormData, UploadFile

from bot.chat.events import Address, Incoming, Photo, Platform, Position
from bot.chat.wire import write_internal
from bot.domain.people import MemberId
from bot.domain.rulebook import Point
from bot.engine import uploads
from bot.engine.clock import Clock
from bot.engine.imaging.sniff import Kind, sniff
from bot.engine.reading import INTERNAL
from bot.web.case_sight import Sight
from bot.web.case_walls import Bad
from storage import inbox, members
from storage.blobs import BlobStore, BlobsUnavailable
from storage.database import Database, Tx
from storage.inbox import Arrival, InboxState

MOST_PHOTOS: Final = 9
MOST_LETTERS: Final = 200
MEGABYTE: Final = 1_000_000
_OPENED: Final = frozenset({Kind.JPEG, Kind.PNG, Kind.WEBP})
_KEY: Final = re.compile(r"[0-9a-f]{16}")


def is_key(key: str) -> bool:
    """Whether this may be the key of a form: what is sent with one key has one effect."""
    return _KEY.fullmatch(key) is not None


def event_id(sight: Sight, key: str) -> str:
    """The id of what is sent with a form."""
    return f"{uploads.PREFIX}{sight.case.id}:{sight.member.id}:{key}"


@dataclass(frozen=True, slots=True)
class Doings:
    """Makes arrivals of forms. The caller has made sure that the person may do it."""

    database: Database
    blobs: BlobStore
    clock: Clock
    most_photo_bytes: int

    async def state(self, event: str) -> InboxState | None:
        """How far what was sent has come; None if nothing was."""
        async with self.database.read() as tx:
            return await inbox.find_state(tx, INTERNAL, event)

    async def result(self, form: FormData, sight: Sight, event: str) -> Arrival:
        """One photo or several, and a line.

        Raises:
            Bad: there is none, or one that cannot be taken.
        """
        if sight.upload is None:
            raise Bad("case_error.not_now", HTTPStatus.FORBIDDEN)
        found = await self._pictures(form)
        if not found:
            raise Bad("case_error.no_photo")
        try:
            refs = {await uploads.keep(self.blobs, event, data): len(data) for data in found}
        except BlobsUnavailable as fault:
            raise Bad("case_error.not_kept", HTTPStatus.SERVICE_UNAVAILABLE) from fault
        photos = tuple(Photo(ref, size) for ref, size in refs.items())
        return await self._arrival(sight, event, text=field(form, "line").strip()[:MOST_LETTERS], photos=photos)

    async def place(self, form: FormData, sight: Sight, event: str) -> Arrival:
        """A point of the map.

        Raises:
            Bad: none was chosen.
        """
        if not sight.may_place:
            raise Bad("case_error.not_now", HTTPStatus.FORBIDDEN)
        at = _point(form)
        return await self._arrival(sight, event, position=Position(at.lat, at.lon))

    async def _arrival(
        self,
        sight: Sight,
        event: str,
        *,
        text: str = "",
        photos: tuple[Photo, ...] = (),
        position: Position | None = None,
    ) -> Arrival:
        async with self.database.read() as tx:
            where = await _home(tx, sight.member.id)
        now = self.clock.now()
        said = Incoming(
            event, where, where.chat, text, now, photos=photos, position=position, about=sight.case.id
        )  # fmt: skip
        return Arrival(INTERNAL, event, f"{where.platform}:{where.chat}", write_internal(said), now)

    async def _pictures(self, form: FormData) -> Sequence[bytes]:
        files = [file for file in form.getlist("photo") if isinstance(file, UploadFile) and file.size]
        if len(files) > MOST_PHOTOS:
            raise Bad("case_error.too_many", most=MOST_PHOTOS)
        if any((file.size or 0) > self.most_photo_bytes for file in files):
            most = self.most_photo_bytes // MEGABYTE
            raise Bad("case_error.photo_too_large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, most=most)
        found = [await file.read() for file in files]
        for data in found:
            kind = sniff(data)
            if kind not in _OPENED:
                raise Bad("case_error.heic" if kind is Kind.HEIC else "case_error.kind")
        return found


async def _home(tx: Tx, member: MemberId) -> Address:
    """The private chat in which the person is best reached: there they read what became of it.

    Raises:
        Bad: no account is known any more.
    """
    accounts = await members.accounts(tx, member)
    best = next((one for one in accounts if one.reachable), accounts[0] if accounts else None)
    if best is None:
        raise Bad("case_error.not_now", HTTPStatus.FORBIDDEN)
    return Address(Platform(best.space), best.id, private=True)


def field(form: FormData, name: str) -> str:
    """A field of a form as text; empty if there is none."""
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


def _point(form: FormData) -> Point:
    """A tap on the map, else the named place that was chosen."""
    lat, lon = field(form, "lat"), field(form, "lon")
    if not (lat and lon):
        lat, _, lon = field(form, "spot").partition(",")
    try:
        at = Point(float(lat), float(lon))
    except ValueError as fault:
        raise Bad("case_error.no_place") from fault
    if not (-90 <= at.lat <= 90 and -180 <= at.lon <= 180):
        raise Bad("case_error.no_place")
    return at
