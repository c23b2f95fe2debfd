"""What is done on the sandbox's page: write, press, look, move the clock. Every answer is short."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Final

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.chat.events import Address, Platform, Position
from bot.chat.texts import LANGUAGES, Texts
from bot.web.sandbox_desk import DemoControls, SandboxDesk
from bot.web.sandbox_view import SandboxPerson, SandboxScene
from storage.sandbox import EVERYTHING, SandboxRows
from storage.sandbox_reading import count_said, find_message, see

PICTURES: Final = 9
UPLOAD_BYTES: Final = 20 * 1024 * 1024
TEXT_LETTERS: Final = 4000
LEAPS: Final = (1, 24)  # hours
MORNING: Final = "morning"  # the next one on which people work
MONTH: Final = "month"  # its close, or the end of the days in which it is shown
YEAR_S: Final = 365 * 24 * 3600
LANGUAGE_COOKIE: Final = "sandbox_language"
HINT_COOKIE: Final = "sandbox_hint"

Doing = Callable[[FormData], Awaitable[None]]


class Bad(Exception):
    """It cannot be done; `key` says why in the page's language."""

    def __init__(self, key: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(key)
        self.key = key
        self.status = status


def language_of(request: Request) -> str:
    """The language chosen on the page."""
    language = request.cookies.get(LANGUAGE_COOKIE, LANGUAGES[0])
    return language if language in LANGUAGES else LANGUAGES[0]


class Doings:
    """The writing routes."""

    def __init__(
        self, scene: SandboxScene, rows: SandboxRows, desk: SandboxDesk, demo: DemoControls, texts: Texts
    ) -> None:
        self._scene = scene
        self._rows = rows
        self._desk = desk
        self._demo = demo
        self._texts = texts

    def routes(self) -> Sequence[Route]:
        """One route a deed, POST only."""
        deeds: dict[str, Doing] = {
            "say": self._say,
            "press": self._press,
            "try": self._try,
            "seen": self._seen,
            "forward": self._forward,
            "reset": self._reset,
        }
        found = [Route(f"/sandbox/{name}", self._answering(deed), methods=["POST"]) for name, deed in deeds.items()]
        return [
            *found,
            Route("/sandbox/language", self._language, methods=["POST"]),
            Route("/sandbox/hint", self._hint, methods=["POST"]),
        ]

    def _answering(self, deed: Doing) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                async with request.form(max_files=PICTURES + 1, max_fields=40) as form:
                    await deed(form)
            except Bad as bad:
                return PlainTextResponse(self._texts.pattern(bad.key, language_of(request)), bad.status)
            return Response(status_code=HTTPStatus.NO_CONTENT)

        return answer

    async def _say(self, form: FormData) -> None:
        where, person = self._place(form)
        text = _field(form, "text").replace("\r\n", "\n").strip()
        if len(text) > TEXT_LETTERS:
            raise Bad("error.text_too_long", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        pictures = [await self._desk.keeps(data) for data in await self._pictures(form)]
        position = _position(form)
        if not (text or pictures or position):
            raise Bad("error.empty")
        answers = _field(form, "answers") or None
        await self._desk.says(
            where, person.account, person.name, text, pictures=pictures, answers=answers, position=position
        )

    async def _press(self, form: FormData) -> None:
        where, person = self._place(form)
        message, number = _field(form, "message"), _field(form, "button")
        if not (message.isdecimal() and number.isdecimal()):
            raise Bad("error.unknown")
        async with self._rows.database.read() as tx:
            found = await find_message(tx, where.chat, int(message))
        if found is None or int(number) >= len(found.buttons):
            raise Bad("error.button_gone", HTTPStatus.CONFLICT)
        data = found.buttons[int(number)].data
        await self._desk.presses(where, person.account, person.name, message, data)

    async def _try(self, _form: FormData) -> None:
        """The prepared report that was sent least often, in the group, by the first person."""
        if not self._scene.tries:
            raise Bad("error.unknown")
        async with self._rows.database.read() as tx:
            said = await count_said(tx, self._scene.group_chat)
        report, person = min(self._scene.tries, key=lambda one: said.get(one.caption, 0)), self._scene.people[0]
        picture = await self._desk.keeps(report.file.read_bytes())
        where = Address(Platform.SANDBOX, self._scene.group_chat, private=False)
        await self._desk.says(where, person.account, person.name, report.caption, pictures=[picture])

    async def _seen(self, form: FormData) -> None:
        chat, message = _field(form, "chat"), _field(form, "message")
        if not message.isdecimal() or not (chat == self._scene.group_chat or self._scene.person(chat)):
            raise Bad("error.unknown")
        async with self._rows.database.write() as tx:
            news = await see(tx, chat, int(message))
        if news:
            self._rows.tell("*seen")

    async def _forward(self, form: FormData) -> None:
        hours = _field(form, "hours")
        if hours == MORNING:
            await self._demo.until_morning()
        elif hours == MONTH:
            await self._demo.until_month_end()
        elif hours in map(str, LEAPS):
            await self._demo.fast_forward(timedelta(hours=int(hours)))
        else:
            raise Bad("error.unknown")
        self._rows.tell(EVERYTHING)

    async def _reset(self, _form: FormData) -> None:
        await self._demo.reset()
        self._rows.tell(EVERYTHING)

    async def _language(self, request: Request) -> Response:
        async with request.form() as form:
            language = _field(form, "language")
        answer = Response(status_code=HTTPStatus.NO_CONTENT, headers={"hx-refresh": "true"})
        if language in LANGUAGES:
            answer.set_cookie(LANGUAGE_COOKIE, language, max_age=YEAR_S, samesite="strict", httponly=True)
        return answer

    async def _hint(self, _request: Request) -> Response:
        answer = Response(status_code=HTTPStatus.OK)
        answer.set_cookie(HINT_COOKIE, "off", max_age=YEAR_S, samesite="strict", httponly=True)
        return answer

    def _place(self, form: FormData) -> tuple[Address, SandboxPerson]:
        """The chat and who speaks there: anybody in the group, only its owner in a private chat."""
        chat, person = _field(form, "chat"), self._scene.person(_field(form, "as"))
        private = chat != self._scene.group_chat
        if person is None or (private and chat != person.account):
            raise Bad("error.unknown")
        return Address(Platform.SANDBOX, chat, private), person

    async def _pictures(self, form: FormData) -> Sequence[bytes]:
        found = [self._sample(str(number)) for number in form.getlist("sample")]
        for file in form.getlist("photo"):
            if not isinstance(file, UploadFile) or not file.size:
                continue
            if file.size > UPLOAD_BYTES:
                raise Bad("error.photo_too_large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            found.append(await file.read())
        if len(found) > PICTURES:
            raise Bad("error.too_many_photos")
        return found

    def _sample(self, number: str) -> bytes:
        if not number.isdecimal() or int(number) >= len(self._scene.samples):
            raise Bad("error.unknown")
        return self._scene.samples[int(number)].file.read_bytes()


def _field(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


def _position(form: FormData) -> Position | None:
    lat, lon = _field(form, "lat"), _field(form, "lon")
    if not lat and not lon:
        return None
    try:
        position = Position(float(lat), float(lon))
    except ValueError as fault:
        raise Bad("error.unknown") from fault
    if not (-90 <= position.lat <= 90 and -180 <= position.lon <= 180):
        raise Bad("error.unknown")
    return position
