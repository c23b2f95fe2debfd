"""Which font file draws a character: fallback chains, coverage tables, faces ready to draw."""

import json
import logging
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Final

import pylopdf_fonts_zh_cn
from PIL import ImageFont

log = logging.getLogger(__name__)

FOLDER: Final = Path(__file__).parent / "fonts"
PACKAGE: Final = Path(pylopdf_fonts_zh_cn.__file__).parent
COVERAGE: Final = FOLDER / "coverage.json"

GETA: Final = "〓"  # the printers' sign for a character that is not in the case


class Role(StrEnum):
    """What a piece of text is for; decides its font."""

    TITLE = "title"  # black serif
    BOLD = "bold"  # bold sans
    TEXT = "text"  # regular sans
    SERIF = "serif"  # regular serif
    KAI = "kai"  # brush-like, for the body of a certificate


_CHAINS: Final[dict[Role, tuple[Path, ...]]] = {
    Role.TITLE: (FOLDER / "display-serif.otf", PACKAGE / "NotoSerifSC-Regular.otf"),
    Role.BOLD: (FOLDER / "display-sans.otf", PACKAGE / "NotoSansSC-Regular.otf"),
    Role.TEXT: (PACKAGE / "NotoSansSC-Regular.otf",),
    Role.SERIF: (PACKAGE / "NotoSerifSC-Regular.otf",),
    Role.KAI: (FOLDER / "kai.ttf", PACKAGE / "NotoSerifSC-Regular.otf"),
}
_HEAVY: Final = frozenset({Role.TITLE, Role.BOLD})
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Mn"})


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character as it will be drawn: `file` has it; `thin` means a regular face stands in for a heavy one."""

    char: str
    file: Path
    thin: bool


@lru_cache(maxsize=8192)
def glyph(char: str, role: Role) -> Glyph | None:
    """The face that draws `char`; None for a character that is not seen (control, joiner, variation selector).

    A character that no face of the chain has becomes 〓, and a warning with its code point is logged once.
    """
    for place, file in enumerate(_CHAINS[role]):
        if has(file, ord(char)):
            return Glyph(char, file, thin=place > 0 and role in _HEAVY)
    if unicodedata.category(char) in _UNSEEN:
        return None
    _warn(f"U+{ord(char):04X}")
    return Glyph(GETA, _CHAINS[role][0], thin=False)


@lru_cache(maxsize=1024)
def _warn(code: str) -> None:
    # The code point only: the sentence around it may name a person.
    log.warning("glyph_missing", extra={"code": code})


def has(file: Path, code: int) -> bool:
    """Whether the font file has a glyph for the code point, by the table made with the subsets."""
    firsts, lasts = _coverage()[file.name]
    at = bisect_right(firsts, code) - 1
    return at >= 0 and code <= lasts[at]


@lru_cache(maxsize=1)
def _coverage() -> dict[str, tuple[list[int], list[int]]]:
    table: dict[str, str] = json.loads(COVERAGE.read_text(encoding="ascii"))
    return {name: _bounds(ranges) for name, ranges in table.items()}


def _bounds(ranges: str) -> tuple[list[int], list[int]]:
    pairs = [part.partition("-") for part in ranges.split(",")]
    return [int(first, 16) for first, _, _ in pairs], [int(last or first, 16) for first, _, last in pairs]


@lru_cache(maxsize=128)
def face(file: Path, size: int) -> ImageFont.FreeTypeFont:
    """The font file at `size` pixels an em.

    The basic layout engine: the same result on every machine, whether or not it has a shaping library.
    """
    return ImageFont.truetype(str(file), size, layout_engine=ImageFont.Layout.BASIC)
