"""Makes the vendored display fonts and the coverage tables; run by hand, never at run time.

Needs `fonttools` and the unpacked Debian packages fonts-noto-cjk, fonts-noto-cjk-extra and fonts-lxgw-wenkai (all
under the SIL Open Font License 1.1):

    apt-get download fonts-noto-cjk fonts-noto-cjk-extra fonts-lxgw-wenkai
    for package in *.deb; do dpkg-deb -x "$package" unpacked; done
    python -m bot.render.make_fonts unpacked
"""

import importlib
import json
import struct
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.render.fonts import COVERAGE, FOLDER, PACKAGE

SIMPLIFIED: Final = 2  # number of the SC face in the Noto collections
# The codec maps two everyday signs elsewhere, and these are written in every Chinese text.
BESIDES: Final = frozenset(map(ord, "·•–—"))
# Half-width in the Kai face; without them the chain falls through to a face that draws them at Chinese width.
NARROW_IN_KAI: Final = frozenset(map(ord, "“”‘’…—·"))
OPTIONS: Final = (
    "--no-hinting",
    "--desubroutinize",
    "--layout-features=",
    "--drop-tables+=VORG,vhea,vmtx,BASE,DSIG,GPOS,GSUB,GDEF",
    "--notdef-outline",
    "--name-IDs=0,1,2,3,4,6,13,14",
    "--obfuscate-names",  # a modified font must not carry a reserved font name
)


@dataclass(frozen=True, slots=True)
class Source:
    """One face to cut down: where it lies in the unpacked packages and what the result is called."""

    path: str
    number: int
    file: str
    without: frozenset[int] = frozenset()


SOURCES: Final = (
    Source("usr/share/fonts/opentype/noto/NotoSerifCJK-Black.ttc", SIMPLIFIED, "display-serif.otf"),
    Source("usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc", SIMPLIFIED, "display-sans.otf"),
    Source("usr/share/fonts/truetype/lxgw-wenkai/LXGWWenKai-Regular.ttf", 0, "kai.ttf", NARROW_IN_KAI),
)


def common_characters() -> set[int]:
    """Code points of ASCII and of the whole GB 2312 set: 6,763 Chinese characters and the signs beside them."""
    found = set(range(0x20, 0x7F)) | BESIDES
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            found.update(map(ord, bytes((high, low)).decode("gb2312", "ignore")))
    return found


def covered(font: bytes) -> set[int]:
    """Code points a font file has a glyph for, read from its character map (formats 4 and 12).

    Source: OpenType specification, table `cmap`.
    """
    tables: dict[bytes, int] = {}
    (count,) = struct.unpack_from(">H", font, 4)
    for index in range(count):
        tag, _, offset, _ = struct.unpack_from(">4sIII", font, 12 + 16 * index)
        tables[tag] = offset
    start = tables[b"cmap"]
    (subtables,) = struct.unpack_from(">H", font, start + 2)
    found: set[int] = set()
    for index in range(subtables):
        (offset,) = struct.unpack_from(">I", font, start + 8 + 8 * index)
        found.update(_subtable(font, start + offset))
    return found


def _subtable(font: bytes, at: int) -> Iterator[int]:
    (kind,) = struct.unpack_from(">H", font, at)
    if kind == 4:
        yield from _segments(font, at)
    elif kind == 12:
        (groups,) = struct.unpack_from(">I", font, at + 12)
        for index in range(groups):
            first, last, _ = struct.unpack_from(">III", font, at + 16 + 12 * index)
            yield from range(first, last + 1)


def _segments(font: bytes, at: int) -> Iterator[int]:
    (doubled,) = struct.unpack_from(">H", font, at + 6)
    ends = at + 14
    starts, deltas, offsets = ends + doubled + 2, ends + 2 * doubled + 2, ends + 3 * doubled + 2
    for step in range(0, doubled, 2):
        (last,) = struct.unpack_from(">H", font, ends + step)
        (first,) = struct.unpack_from(">H", font, starts + step)
        (delta,) = struct.unpack_from(">H", font, deltas + step)
        (skip,) = struct.unpack_from(">H", font, offsets + step)
        for code in range(first, min(last, 0xFFFE) + 1):
            glyph = code if skip == 0 else struct.unpack_from(">H", font, offsets + step + skip + 2 * (code - first))[0]
            if (glyph + delta) & 0xFFFF if skip == 0 or glyph else 0:
                yield code


def ranges(codes: Iterable[int]) -> str:
    """Code points as sorted hexadecimal ranges: "20-7e,b7,4e00-4e01"."""
    runs: list[list[int]] = []
    for code in sorted(codes):
        if runs and code == runs[-1][1] + 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    return ",".join(f"{first:x}" if first == last else f"{first:x}-{last:x}" for first, last in runs)


def cut(source: Source, unpacked: Path) -> None:
    """Write one subset into the package's font folder."""
    subset: Callable[[list[str]], None] = importlib.import_module("fontTools.subset").main
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder) / "unicodes.txt"
        wanted.write_text("\n".join(f"U+{code:04X}" for code in sorted(common_characters() - source.without)))
        subset(
            [
                str(unpacked / source.path),
                f"--font-number={source.number}",
                f"--unicodes-file={wanted}",
                f"--output-file={FOLDER / source.file}",
                *OPTIONS,
            ]
        )


def main() -> None:
    """Cut every source and write one coverage table for the vendored and the packaged fonts."""
    for source in SOURCES:
        cut(source, Path(sys.argv[1]))
    files = [FOLDER / source.file for source in SOURCES] + sorted(PACKAGE.glob("*.otf"))
    table = {file.name: ranges(covered(file.read_bytes())) for file in files}
    COVERAGE.write_text(json.dumps(table, indent=0) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
