"""The county with its case pages, and a browser's manners."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import httpx
from starlette.applications import Starlette

from bot.secrets import Secret, Signer
from bot.web.case_page import CasePages, CaseParts, Store
from bot.web.case_walls import Walls
from bot.web.server import make_app
from tests.fake import Shown
from tests.town import Person, TestTown

PUBLIC = "https://case.example.cn"
SIGNER = Signer(Secret(b"k" * 32))  # that of every TestTown


@dataclass
class Page:
    """What a browser got, and what its forms hold."""

    client: httpx.AsyncClient
    url: str
    answer: httpx.Response

    @property
    def text(self) -> str:
        return self.answer.text

    @property
    def form(self) -> dict[str, str]:
        """The hidden fields of the page's forms; where it shows none, those of somebody who knows how they are made."""
        found = [re.search(rf'name="{name}" value="([^"]+)"', self.text) for name in ("key", "proof")]
        if all(found):
            return {name: one[1] for name, one in zip(("key", "proof"), found, strict=True) if one}
        key = "0" * 16
        return {"key": key, "proof": Walls(SIGNER, PUBLIC).form_proof(self.url.rpartition("/")[2], key)}

    @property
    def photos(self) -> list[str]:
        """Addresses of the photos, in order."""
        return re.findall(r'<a class="photo" href="([^"]+)"', self.text)

    async def post(
        self,
        what: str,
        fields: dict[str, str] | None = None,
        photos: tuple[bytes, ...] = (),
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """Send a form as the page's script does."""
        files = [("photo", (f"{n}.jpg", data, "image/jpeg")) for n, data in enumerate(photos)]
        return await self.client.post(
            f"{self.url}/{what}",
            data={**self.form, **(fields or {})},
            files=files or [("photo", ("", b"", "application/octet-stream"))],
            headers={"Accept": "text/plain", "Origin": PUBLIC, "Sec-Fetch-Site": "same-origin", **(headers or {})},
        )


@dataclass
class CaseTown:
    """A town whose messages carry links to the pages that `app` serves."""

    town: TestTown
    app: Starlette

    @asynccontextmanager
    async def browser(self) -> AsyncIterator[httpx.AsyncClient]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url=PUBLIC) as client:
            yield client

    @asynccontextmanager
    async def page(self, url: str) -> AsyncIterator[Page]:
        """A browser that has opened a link."""
        async with self.browser() as client:
            yield Page(client, url, await client.get(url))


def case_app(
    town: TestTown, public_url: str = PUBLIC, most_photo_bytes: int = 1_000_000, store: Store | None = None
) -> Starlette:
    """The pages of a town, as the program serves them; with `store`, what is sent goes there."""
    parts = town.engine.parts
    pages = CasePages(
        CaseParts(
            database=town.database,
            blobs=parts.blobs,
            signer=parts.signer,
            town=replace(parts.town, public_url=public_url),
            texts=town.texts,
            clock=town.clock,
            store=store or town.engine.intake.store,
            public_url=public_url,
            most_photo_bytes=most_photo_bytes,
        )
    )

    async def health() -> tuple[bool, dict[str, object]]:
        return True, {}

    async def metrics() -> bytes:
        return b""

    return make_app(health=health, metrics=metrics, routes=pages.routes())


def link_of(shown: Shown) -> str:
    """The address under a message."""
    (link,) = shown.rendered.links
    return link.url


def card_of(person: Person) -> Shown:
    """The newest message of a private chat that has a link."""
    return [shown for shown in person.chat if shown.rendered.links][-1]
