"""Binding codes on paper: made here, known to the database by their keyed hashes only."""

import html
import json
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import segno

from bot.chat.messages import Arg, Text
from bot.chat.texts import Texts
from bot.domain import bindcode
from bot.domain.people import Member, MemberId

_STYLE: Final = (
    "body{font:14px/1.5 sans-serif;margin:12mm}h1{font-size:18px}.cards{display:grid;"
    "grid-template-columns:repeat(2,1fr);gap:6mm}.card{border:1px dashed #777;padding:5mm;break-inside:avoid;"
    "display:flex;gap:5mm}.code{font:bold 20px monospace;white-space:nowrap}.name{font-weight:bold}"
    "svg{width:28mm;height:28mm;flex:none}p{margin:0 0 2mm}small{color:#444}"
)


@dataclass(frozen=True, slots=True)
class NewCode:
    """One person's code: to be typed, and to stand in a link; with what the database keeps of each."""

    typed: str
    linked: str
    kept: tuple[str, str]


@dataclass(frozen=True, slots=True)
class CodeCard:
    """What one card of the sheet says."""

    name: str
    unit: str
    typed: str
    linked: str


def new_codes(count: int, mac: Callable[[str], str]) -> Sequence[NewCode]:
    """Fresh random codes; `mac` is the town's keyed hash."""
    made: list[NewCode] = []
    for _ in range(count):
        typed, linked = _random(bindcode.TYPED), _random(bindcode.LINKED)
        made.append(NewCode(typed, linked, (mac(bindcode.kept_as(typed)), mac(bindcode.kept_as(linked)))))
    return made


def _random(length: int) -> str:
    return "".join(secrets.choice(bindcode.ALPHABET) for _ in range(length))


def hashes(codes: Sequence[NewCode]) -> str:
    """The arguments of the order `people.codes`: hashes only."""
    return json.dumps([list(code.kept) for code in codes])


def cards(
    codes: Sequence[NewCode],
    owners: Mapping[str, MemberId],
    people: Mapping[MemberId, Member],
    units: Mapping[str, str],
) -> Sequence[CodeCard]:
    """Cards for the codes that were given to somebody. `units`: short names by agency."""
    made: list[CodeCard] = []
    for code in codes:
        owner = owners.get(code.kept[0])
        if owner is not None:
            member = people[owner]
            unit = next((units.get(post.agency, "") for post in member.posts if post.agency), "")
            made.append(CodeCard(member.name, unit, code.typed, code.linked))
    return made


def write_code_sheet(
    path: Path,
    made: Sequence[CodeCard],
    texts: Texts,
    language: str,
    expires_at: datetime,
    now: datetime,
    link: str = "",
) -> None:
    """Write the printable sheet (HTML, mode 0600). `link`: an address with `{code}` in it, empty where there is none.

    Without a link the QR code holds the words that are sent to the bot.

    Raises:
        FileExistsError: `path` is there already; a sheet of codes is never overwritten.
    """
    page = _page(made, texts, language, expires_at, now, link)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(page)


def _page(made: Sequence[CodeCard], texts: Texts, language: str, expires_at: datetime, now: datetime, link: str) -> str:
    def said(key: str, **args: Arg) -> str:
        return html.escape(texts.render(Text(f"people.sheet.{key}", args), language, now))

    parts = [
        f'<!doctype html><html lang="{html.escape(language)}"><meta charset="utf-8"><title>{said("title")}</title>',
        f"<style>{_STYLE}</style><h1>{said('title')}</h1><p>{said('until', at=expires_at)}</p><div class=cards>",
    ]
    for card in made:
        words = texts.render(Text("people.sheet.words", {"code": bindcode.spaced(card.linked)}), language, now)
        target = link.format(code=card.linked) if link else words
        parts.append(
            f"<div class=card>{_qr(target)}<div><p class=name>{html.escape(card.name)}"
            f" <small>{html.escape(card.unit)}</small></p><p>{said('how')}</p>"
            f"<p class=code>{html.escape(bindcode.spaced(card.typed))}</p><small>{html.escape(target)}</small></div></div>"
        )
    return "".join((*parts, "</div></html>\n"))


def _qr(target: str) -> str:
    return segno.make(target, error="m", micro=False).svg_inline(scale=3, border=2)
