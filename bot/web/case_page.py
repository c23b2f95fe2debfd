"""The page of one case for one person: photos in full size, what happened, the result, the place on the map."""

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import structlog
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bot.chat import texts
from bot.chat.messages import Arg, Text
from bot.chat.texts import Texts
from bot.chat.work import Town
from bot.domain.casenumber import spoken
from bot.engine.buttons import Signer
from bot.engine.case_link import PATH, open_token
from bot.engine.clock import Clock
from bot.web.case_doings import MEGABYTE, MOST_LETTERS, MOST_PHOTOS, Doings, event_id, field, is_key
from bot.web.case_sight import Gone, Sight, look
from bot.web.case_walls import Bad, Walls
from bot.web.county_map import draw_map
from bot.web.guard import BodyTooLarge, limited
from storage.blobs import BlobMissing, BlobStore, BlobsUnavailable
from storage.database import Database
from storage.inbox import Arrival, InboxState

log = structlog.get_logger(__name__)

HERE: Final = Path(__file__).parent
STATIC: Final = ("county.css", "case.css", "case.js", "sandbox.svg")
_KEY_BYTES: Final = 8

Store = Callable[[Sequence[Arrival]], Awaitable[None]]
"""Commits arrivals and has them worked off; returns after the commit."""
Deed = Callable[[FormData, Sight, str], Awaitable[Arrival]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseParts:
    """What the pages are made of. `public_url`: under which browsers find them."""

    database: Database
    blobs: BlobStore
    signer: Signer
    town: Town
    texts: Texts
    clock: Clock
    store: Store
    public_url: str
    most_photo_bytes: int = 20_000_000


@dataclass(frozen=True, slots=True)
class Words:
    """Texts in the language of whoever looks: the page's own, and those of the chat."""

    own: Texts
    chat: Texts
    language: str
    now: datetime

    def say(self, key: str, **fields: str | int) -> str:
        """A text of the page."""
        return self.own.pattern(key, self.language).format_map(fields)

    def shown(self, value: Arg) -> str:
        """A value of the case."""
        return self.chat.shown(value, self.language, self.now)


class CasePages:
    """The routes. One for a process."""

    def __init__(self, parts: CaseParts) -> None:
        self._parts = parts
        self._own = texts.load([("", HERE)], parts.town.zone)
        self._walls = Walls(parts.signer, parts.public_url)
        self._doings = Doings(parts.database, parts.blobs, parts.clock, parts.most_photo_bytes)
        self._map = draw_map(parts.town.rulebook)
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def routes(self) -> Sequence[BaseRoute]:
        """Everything below `/case`."""
        page = f"{PATH}/{{token}}"
        return [
            Route(f"{PATH}/static/{{name}}", self._static),
            Route(page, self._page),
            Route(f"{page}/photo/{{photo:int}}", self._photo),
            Route(f"{page}/repair", self._sending(self._doings.result), methods=["POST"]),
            Route(f"{page}/place", self._sending(self._doings.place), methods=["POST"]),
        ]

    async def _static(self, request: Request) -> Response:
        name: str = request.path_params["name"]
        if name not in STATIC:
            return Response(status_code=HTTPStatus.NOT_FOUND)
        return FileResponse(HERE / "static" / name, headers={"cache-control": "public, max-age=600"})

    async def _page(self, request: Request) -> Response:
        found = await self._seen(request)
        if isinstance(found, Response):
            return found
        key = request.query_params.get("sent", "")
        sent = await self._doings.state(event_id(found, key)) if is_key(key) else None
        return self._show(request, found, sent=sent)

    async def _photo(self, request: Request) -> Response:
        """A stored photo in full size, if this person sees it on the page."""
        found = await self._seen(request)
        if isinstance(found, Response):
            return found
        blob = next((tile.blob for tile in found.tiles if tile.id == request.path_params["photo"]), None)
        if blob is None:
            return self._lost()
        try:
            return Response(await self._parts.blobs.get(blob), media_type="image/jpeg")
        except (BlobMissing, BlobsUnavailable) as fault:
            log.error("picture_missing", picture="case_page", error=type(fault).__name__)
            return self._lost()

    async def _seen(self, request: Request) -> Sight | Response:
        """What the link opens, or the page that says why it opens nothing."""
        opened = open_token(self._parts.signer, request.path_params["token"])
        if opened is None:
            return self._lost()
        try:
            async with self._parts.database.read() as tx:
                return await look(tx, *opened, self._parts.town)
        except LookupError:
            return self._lost()
        except Gone as gone:
            return self._gone(gone)

    def _sending(self, deed: Deed) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            found = await self._seen(request)
            if isinstance(found, Response):
                return found
            token: str = request.path_params["token"]
            try:
                self._walls.admit(request, token, found.member.id, self._parts.clock.now())
                key = await self._sent(request, token, found, deed)
            except Bad as bad:
                return self._refused(request, found, bad)
            to = f"{self._walls.base}/{token}?sent={key}"
            return RedirectResponse(to, HTTPStatus.SEE_OTHER)

        return answer

    async def _sent(self, request: Request, token: str, sight: Sight, deed: Deed) -> str:
        """Store what a form holds, once; returns the form's key."""
        bounded = Request(request.scope, limited(request.receive))
        try:
            async with bounded.form(max_files=MOST_PHOTOS + 1, max_fields=20) as form:
                key = field(form, "key")
                self._walls.check(token, key, field(form, "proof"))
                event = event_id(sight, key)
                if await self._doings.state(event) is not None:
                    return key
                arrival = await deed(form, sight, event)
        except BodyTooLarge as fault:
            raise Bad("case_error.too_large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE) from fault
        except HTTPException as fault:  # no form at all, or with too many parts
            raise Bad("case_error.too_many", most=MOST_PHOTOS) from fault
        await self._parts.store([arrival])
        log.info("case_page_sent", case=sight.case.id)
        return key

    def _refused(self, request: Request, sight: Sight, bad: Bad) -> Response:
        """The sentence for a script, the whole page with it for a browser that has none."""
        if "text/html" in request.headers.get("accept", ""):
            return self._show(request, sight, bad=bad)
        return PlainTextResponse(self._words(sight.member.language).say(bad.key, **bad.fields), bad.status)

    def _show(
        self, request: Request, sight: Sight, *, sent: InboxState | None = None, bad: Bad | None = None
    ) -> Response:
        token: str = request.path_params["token"]
        words, key = self._words(sight.member.language), secrets.token_hex(_KEY_BYTES)
        point = sight.point
        number = spoken(sight.case.number)
        answer = self._render(
            "case/page.html",
            words,
            bad.status if bad else HTTPStatus.OK,
            sight=sight,
            number=number,
            state=Text(f"state.{sight.case.state}"),
            here=f"{self._walls.base}/{token}",
            key=key,
            proof=self._walls.form_proof(token, key),
            scene={"map": self._map},
            pin=self._map.frame.at(point) if point else None,
            sent=sent,
            fault=words.say(bad.key, **bad.fields) if bad else "",
            waiting=sent is InboxState.NEW or any(not tile.blob and not tile.failed for tile in sight.tiles),
            most={"photos": MOST_PHOTOS, "letters": MOST_LETTERS, "bytes": self._parts.most_photo_bytes},
            megabytes=self._parts.most_photo_bytes // MEGABYTE,
        )
        self._walls.mark(answer, token)
        return answer

    def _gone(self, gone: Gone) -> Response:
        words = self._words(gone.member.language)
        if gone.case is None:
            told, more = words.say("case_gone.not_yours"), words.say("case_gone.ask")
        else:
            state = words.shown(Text(f"state.{gone.case.state}"))
            told = words.say("case_gone.over", number=spoken(gone.case.number), state=state)
            more = words.say("case_gone.more")
        return self._render("case/note.html", words, HTTPStatus.GONE, told=told, more=more)

    def _lost(self) -> Response:
        """The same for whatever is wrong with a link."""
        words = self._words(self._parts.town.language)
        told, more = words.say("case_lost.told"), words.say("case_lost.more", bot=self._parts.town.bot_name)
        return self._render("case/note.html", words, HTTPStatus.NOT_FOUND, told=told, more=more)

    def _words(self, language: str) -> Words:
        return Words(self._own, self._parts.texts, language, self._parts.clock.now())

    def _render(self, template: str, words: Words, status: HTTPStatus, **values: Any) -> HTMLResponse:
        known: Mapping[str, Any] = {"words": words, "say": words.say, "shown": words.shown, "town": self._parts.town}
        page = self._templates.get_template(template).render(**known, static=f"{self._walls.base}/static", **values)
        return HTMLResponse(page, status)
