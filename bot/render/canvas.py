"""The drawing surface: words, panels and photos, each noted in a draw log."""

from collections.abc import Sequence
from io import BytesIO
from typing import Final

from PIL import Image, ImageDraw, ImageFilter

from bot.render.colour import Colour, Gradient, Paint, contrast, faintest, painted
from bot.render.fonts import face
from bot.render.marks import Box, Kind, Mark, whole
from bot.render.scale import Filter, resized, weaker
from bot.render.shapes import ALL, Corners, Painter, Shadow, cover, rounded, smooth, soft
from bot.render.text import Line, Run, Style, fit, runs, width

FALSE_BOLD: Final = 1 / 34  # stroke of a regular glyph that stands in for a heavy one, in ems
MIDDLE: Final = 0.37  # height of the middle of Chinese characters over the baseline, in ems
QUALITIES: Final = (90, 84, 76, 68, 60, 50)


class Canvas:
    """A picture in the making; `log` lists what was drawn, `page` is the mark of the whole.

    Positions are pixels from the left top corner; words stand on a baseline. Every drawing method returns its mark,
    which a later call may name as `inside`.
    """

    def __init__(self, size: tuple[int, int], ground: Paint) -> None:
        self.image: Image.Image = painted(ground, size)
        self.log: list[Mark] = []
        self._draw = ImageDraw.Draw(self.image)
        self.page: Mark = self.note(Kind.BOX, (0, 0, *size), None)

    def note(self, kind: Kind, box: Box, inside: Mark | None, free: bool = False) -> Mark:
        """Enter something into the log that was drawn by other means."""
        mark = Mark(len(self.log), kind, box, inside.number if inside else None, free)
        self.log.append(mark)
        return mark

    def words(
        self,
        at: tuple[float, float],
        text: str,
        style: Style,
        inside: Mark,
        anchor: str = "l",
        room: float | None = None,
    ) -> Mark:
        """Draw words on a baseline; `anchor` l, m or r; with `room` they shrink, then are cut, to that width."""
        if room is not None:
            text, style = fit(text, style, room)
        x = at[0] - width(text, style) * {"l": 0.0, "m": 0.5, "r": 1.0}[anchor]
        parts = runs(text, style.role)
        box = ink_box((x, at[1]), parts, style)
        ground = self._worst_ground(box, style.colour)
        _draw_runs(self._draw, (x, at[1]), parts, style, style.colour)
        return self._note_words(box, text, style, style.colour, ground, inside)

    def paragraph(self, at: tuple[float, float], lines: Sequence[Line], leading: float, inside: Mark) -> float:
        """Draw wrapped lines, the first baseline at `at`; returns the baseline below the last."""
        for line in lines:
            for piece in line.pieces:
                self.words((at[0] + piece.x, at[1]), piece.text, piece.style, inside)
            at = (at[0], at[1] + leading)
        return at[1]

    def gradient_words(
        self,
        at: tuple[float, float],
        text: str,
        style: Style,
        fill: Gradient,
        inside: Mark,
        anchor: str = "m",
        shadow: Shadow | None = None,
    ) -> Mark:
        """Draw words filled with a gradient from the top to the bottom of their ink."""
        x = at[0] - width(text, style) * {"l": 0.0, "m": 0.5, "r": 1.0}[anchor]
        parts = runs(text, style.role)
        box = ink_box((x, at[1]), parts, style)
        ground = self._worst_ground(box, faintest(fill, style.colour))
        left, top, right, bottom = round(box[0]) - 2, round(box[1]) - 2, round(box[2]) + 2, round(box[3]) + 2
        mask = Image.new("L", (right - left, bottom - top), 0)
        _draw_runs(ImageDraw.Draw(mask), (x - left, at[1] - top), parts, style, 255)
        if shadow:
            self._cast(mask, (left, top), shadow)
        self.image.paste(painted(fill, mask.size), (left, top), mask)
        return self._note_words(box, text, style, faintest(fill, ground), ground, inside)

    def panel(
        self,
        box: Box,
        fill: Paint | None,
        inside: Mark,
        radius: int = 0,
        corners: Corners = ALL,
        outline: Paint | None = None,
        line: int = 2,
        shadow: Shadow | None = None,
        free: bool = False,
    ) -> Mark:
        """Draw a rectangle, with round corners, a rim and a shadow if asked; without `fill` only the rim."""
        left, top, right, bottom = whole(box)
        size = (right - left, bottom - top)
        if shadow:
            rim = 3 * shadow.blur
            mask = soft(size, radius, shadow.blur, shadow.strength)
            self.image.paste(shadow.colour, (left - rim, top - rim + shadow.drop), mask)
        mask = rounded(size, radius, corners)
        if outline:
            kept = self.image.crop((left, top, right, bottom)) if fill is None else None
            self.image.paste(painted(outline, size), (left, top), mask)
            size, left, top = (size[0] - 2 * line, size[1] - 2 * line), left + line, top + line
            mask = rounded(size, max(0, radius - line), corners)
            if kept:
                self.image.paste(kept.crop((line, line, line + size[0], line + size[1])), (left, top), mask)
        if fill is not None:
            self.image.paste(painted(fill, size), (left, top), mask)
        return self.note(Kind.BOX, box, inside, free)

    def shape(
        self, box: Box, paint: Painter, fill: Paint, inside: Mark, strength: float = 1.0, free: bool = False
    ) -> Mark:
        """Fill whatever `paint` draws inside the box, smoothly; `strength` below 1 lets the ground through."""
        left, top, right, bottom = whole(box)
        mask = smooth((right - left, bottom - top), paint)
        if strength < 1:
            mask = weaker(mask, strength)
        self.image.paste(painted(fill, mask.size), (left, top), mask)
        return self.note(Kind.BOX, box, inside, free)

    def photo(self, box: Box, photo: Image.Image, inside: Mark, radius: int = 0) -> Mark:
        """Fill the box with the photo, cut to its best part."""
        left, top, right, bottom = whole(box)
        size = (right - left, bottom - top)
        self.image.paste(cover(photo, size), (left, top), rounded(size, radius))
        return self.note(Kind.IMAGE, box, inside)

    def jpeg(self, limit_bytes: int) -> bytes:
        """The picture as JPEG of at most `limit_bytes`: less quality first, then fewer pixels."""
        picture = self.image
        while True:
            for quality in QUALITIES:
                out = BytesIO()
                picture.save(out, "JPEG", quality=quality, subsampling=0 if quality > 80 else 2)
                if out.tell() <= limit_bytes:
                    return out.getvalue()
            picture = resized(picture, (picture.width * 3 // 4, picture.height * 3 // 4), Filter.LANCZOS)

    def png(self, dpi: int | None = None) -> bytes:
        """The picture as PNG without loss."""
        out = BytesIO()
        self.image.save(out, "PNG", compress_level=6, **({"dpi": (dpi, dpi)} if dpi else {}))
        return out.getvalue()

    def _note_words(self, box: Box, text: str, style: Style, ink: Colour, ground: Colour, inside: Mark) -> Mark:
        mark = Mark(len(self.log), Kind.WORDS, box, inside.number, False, text, style.size, ink, ground)
        self.log.append(mark)
        return mark

    def _worst_ground(self, box: Box, ink: Colour) -> Colour:
        left, top, right, bottom = whole(box)
        area = (max(0, left), max(0, top), min(self.image.width, right), min(self.image.height, bottom))
        if area[2] <= area[0] or area[3] <= area[1]:
            area = (0, 0, 1, 1)  # words off the canvas; the log reports them as outside
        spots = resized(self.image, (8, 4), Filter.BOX, area).tobytes()
        colours = [(spots[at], spots[at + 1], spots[at + 2]) for at in range(0, len(spots), 3)]
        return min(colours, key=lambda colour: contrast(ink, colour))

    def _cast(self, mask: Image.Image, at: tuple[int, int], shadow: Shadow) -> None:
        rim = 3 * shadow.blur
        wide = Image.new("L", (mask.width + 2 * rim, mask.height + 2 * rim), 0)
        wide.paste(weaker(mask, shadow.strength), (rim, rim))
        blurred = wide.filter(ImageFilter.GaussianBlur(shadow.blur))
        self.image.paste(shadow.colour, (at[0] - rim, at[1] - rim + shadow.drop), blurred)


def ink_box(at: tuple[float, float], parts: Sequence[Run], style: Style) -> Box:
    """The box of the ink of runs that begin on the baseline at `at`; an empty box there when nothing is seen."""
    boxes: list[Box] = []
    x, y = at
    for part in parts:
        font = face(part.file, style.size)
        # `getbbox` of Pillow is the box of the glyphs' cells; the ink is smaller.
        mask, (left, top) = font.getmask2(part.text, "L", anchor="ls")
        ink: tuple[int, int, int, int] | None = mask.getbbox()
        if ink:
            spread = style.track * (len(part.text) - 1)
            boxes.append((x + left + ink[0], y + top + ink[1], x + left + ink[2] + spread, y + top + ink[3]))
        x += font.getlength(part.text) + style.track * len(part.text)
    if not boxes:
        return (*at, *at)
    return (boxes[0][0], min(box[1] for box in boxes), boxes[-1][2], max(box[3] for box in boxes))


def _draw_runs(
    draw: ImageDraw.ImageDraw, at: tuple[float, float], parts: Sequence[Run], style: Style, fill: Colour | int
) -> None:
    x, y = at
    for part in parts:
        font = face(part.file, style.size)
        stroke = style.size * FALSE_BOLD / 2 if part.thin else 0
        for text in part.text if style.track else (part.text,):
            draw.text((x, y), text, fill, font, "ls", stroke_width=stroke, stroke_fill=fill)
            x += font.getlength(text) + style.track


def centred(middle: float, style: Style) -> float:
    """The baseline on which words of this style stand around the height `middle`."""
    return middle + style.size * MIDDLE
