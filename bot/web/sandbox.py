"""The sandbox's pages: a chat of several invented people in one browser tab."""

import secrets
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response, StreamingResponse
from starlette.routing import Mount, Route, Router
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from bot.chat import texts
from bot.web.guard import LocalOnly
from bot.web.sandbox_desk import DemoControls, SandboxDesk
from bot.web.sandbox_doings import HINT_COOKIE, Doings, language_of
from bot.web.sandbox_events import Events
from bot.web.sandbox_view import Looker, SandboxPerson, SandboxScene, Seat
from storage.database import Database
from storage.sandbox import SandboxRows
from storage.sandbox_reading import list_chats, list_messages, list_quoted

HERE: Final = Path(__file__).parent
SHOWN: Final = 120  # messages of a chat
KINDS: Final = {"jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp"}


class SandboxPages:
    """The routes, behind `LocalOnly`. One for a process."""

    def __init__(self, scene: SandboxScene, rows: SandboxRows, desk: SandboxDesk, demo: DemoControls) -> None:
        self._scene = scene
        self._rows = rows
        self._database: Database = rows.database
        self._demo = demo
        self._texts = texts.load([("", HERE)], scene.zone)
        self._token = secrets.token_urlsafe(24)
        self._doings = Doings(scene, rows, desk, demo, self._texts)
        self._events = Events(rows, self._token[:8], demo.now)
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def app(self) -> ASGIApp:
        """The pages with their walls."""
        routes = [
            Route("/", self._page),
            Route("/sandbox/messages", self._messages),
            Route("/sandbox/chats", self._chats),
            Route("/sandbox/uploads/{upload}", self._upload),
            Route("/sandbox/files/{upload}/{name}", self._file),
            Route("/sandbox/samples/{number:int}", self._sample),
            Route("/sandbox/events", self._stream),
            *self._doings.routes(),
            Mount("/static", app=StaticFiles(directory=HERE / "static")),
        ]
        return LocalOnly(Router(routes), self._token)

    def _looker(self, request: Request) -> Looker:
        return Looker(self._scene, self._texts, language_of(request), self._demo.now())

    def _seat(self, request: Request) -> Seat:
        """As the address says; whatever it does not say, or says wrongly, as at first."""
        people = self._scene.people
        speaker = self._scene.person(request.query_params.get("as", "")) or people[0]
        asked = request.query_params.get("open", "").split(",")
        found = [self._scene.person(account) for account in dict.fromkeys(asked)]
        chosen = [person for person in found if person is not None][:3]
        opening = [person for person in people if person.account in self._scene.opening]
        return Seat(speaker, tuple(chosen or opening[:3]))

    def _show(self, template: str, looker: Looker, **values: Any) -> HTMLResponse:
        page = self._templates.get_template(template)
        return HTMLResponse(page.render(scene=self._scene, say=looker.say, looker=looker, **values))

    async def _page(self, request: Request) -> Response:
        looker, seat = self._looker(request), self._seat(request)
        columns = [await self._column(looker, None, seat.speaker)]
        columns += [await self._column(looker, person, person) for person in seat.open]
        return self._show(
            "page.html",
            looker,
            **await self._list(looker, seat),
            columns=columns,
            token=self._token,
            changes=self._rows.changes,
            hint=HINT_COOKIE not in request.cookies and bool(self._scene.tries),
            languages=texts.LANGUAGES,
        )

    async def _messages(self, request: Request) -> Response:
        looker, seat = self._looker(request), self._seat(request)
        owner = self._scene.person(request.query_params.get("chat", ""))
        column = await self._column(looker, owner, owner or seat.speaker)
        return self._show("messages.html", looker, column=column)

    async def _chats(self, request: Request) -> Response:
        looker, seat = self._looker(request), self._seat(request)
        return self._show("chats.html", looker, **await self._list(looker, seat))

    async def _list(self, looker: Looker, seat: Seat) -> dict[str, Any]:
        async with self._database.read() as tx:
            chats = await list_chats(tx)
        return {"seat": seat, "entries": looker.entries(seat, chats)}

    async def _column(self, looker: Looker, owner: SandboxPerson | None, viewer: SandboxPerson) -> dict[str, Any]:
        chat = owner.account if owner else self._scene.group_chat
        async with self._database.read() as tx:
            messages = await list_messages(tx, chat, SHOWN)
            quoted = await list_quoted(tx, chat, SHOWN)
        bubbles = looker.bubbles(messages, quoted, viewer.account)
        last = messages[-1].id if messages else 0
        return {"chat": chat, "owner": owner, "viewer": viewer, "bubbles": bubbles, "last": last}

    async def _upload(self, request: Request) -> Response:
        """A picture, by a name that changes with its content; anything that is no picture is not served."""
        upload: str = request.path_params["upload"]
        found = await self._rows.upload(upload)
        if found is None or found[0] not in KINDS.values():
            return Response(status_code=404)
        headers = {"cache-control": "private, max-age=86400, immutable", "content-length": str(found[1])}
        return StreamingResponse(self._rows.parts(upload), media_type=found[0], headers=headers)

    async def _file(self, request: Request) -> Response:
        """A file that the bot sent, to be kept and never opened as a page; what people sent is not served."""
        upload: str = request.path_params["upload"]
        found = await self._rows.upload(upload)
        if found is None or not found[0] or found[0] in KINDS.values():
            return Response(status_code=404)
        name = quote(request.path_params["name"], safe="")
        headers = {"content-disposition": f"attachment; filename*=UTF-8''{name}", "content-length": str(found[1])}
        return StreamingResponse(self._rows.parts(upload), media_type=found[0], headers=headers)

    async def _sample(self, request: Request) -> Response:
        number: int = request.path_params["number"]
        if number >= len(self._scene.samples):
            return Response(status_code=404)
        headers = {"cache-control": "private, max-age=3600"}
        return FileResponse(self._scene.samples[number].file, media_type="image/jpeg", headers=headers)

    async def _stream(self, request: Request) -> Response:
        after = request.query_params.get("after", "0")
        seen = int(after) if after.isdecimal() else 0
        return StreamingResponse(self._events.after(seen), media_type="text/event-stream")
