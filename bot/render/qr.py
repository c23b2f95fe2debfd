"""QR codes, drawn module by module on the canvas."""

from typing import Final

import segno
from PIL import Image

from bot.render.canvas import Canvas
from bot.render.colour import WHITE, Colour
from bot.render.marks import Box, Kind, Mark, whole
from bot.render.scale import Filter, resized

QUIET: Final = 2  # modules left free around the code; the light panel around it gives the rest


def modules(payload: str) -> list[list[bool]]:
    """The rows of the code, dark is True; error correction of 15 % or better."""
    code = segno.make(payload, error="m", micro=False)
    return [[bool(module) for module in row] for row in code.matrix]


def draw_qr(canvas: Canvas, box: Box, payload: str, inside: Mark, dark: Colour, light: Colour = WHITE) -> Mark:
    """Draw the code as large as whole pixels a module allow, centred in a light square.

    Raises:
        ValueError: the box is too small for one pixel a module.
    """
    rows = modules(payload)
    side, room = len(rows), round(min(box[2] - box[0], box[3] - box[1]))
    scale = room // (side + 2 * QUIET)
    if scale < 1:
        raise ValueError(f"{room} px are too few for a code of {side} modules")
    bits = Image.frombytes("L", (side, side), bytes(255 if dark_here else 0 for row in rows for dark_here in row))
    mask = resized(bits, (side * scale, side * scale), Filter.NEAREST)
    canvas.image.paste(light, whole(box))
    left, top = (round((box[at] + box[at + 2] - mask.width) / 2) for at in (0, 1))
    canvas.image.paste(dark, (left, top), mask)
    return canvas.note(Kind.IMAGE, box, inside)
