"""A small picture maker with a camera: flat shapes in space, textures in perspective, soft shadows, light."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from itertools import pairwise
from math import cos, sin, tau
from random import Random
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from bot.render.colour import Colour, Gradient, mix
from bot.render.scale import Filter, curved, resized, weaker

WIDE: Final = 1280
HIGH: Final = 960
SUPER: Final = 2  # the working picture is this many times larger
LIMIT_BYTES: Final = 190_000

Spot = tuple[float, float]  # in the picture, in pixels of the finished size
Point = tuple[float, float, float]  # in space, in metres: right, up, away from the camera


def dice(name: str) -> Random:
    """Chance that falls the same way every time for the same name."""
    return Random(name)  # noqa: S311 (leaves and gravel, not secrets)


@dataclass(frozen=True, slots=True)
class Camera:
    """Where the picture is taken from: eye height in metres, focal length and horizon in pixels."""

    eye: float = 1.55
    focal: float = 900
    horizon: float = 330
    middle: float = WIDE / 2

    def spot(self, point: Point) -> Spot:
        """Where a point in space is seen."""
        right, up, away = point
        depth = max(away, 0.05)
        return self.middle + self.focal * right / depth, self.horizon + self.focal * (self.eye - up) / depth


@dataclass(slots=True)
class Scene:
    """The picture in the making."""

    camera: Camera
    image: Image.Image = field(default_factory=lambda: Image.new("RGB", (WIDE * SUPER, HIGH * SUPER)))

    def sky(self, gradient: Gradient) -> None:
        """Fill the whole picture from top to bottom."""
        self.image.paste(gradient.image(self.image.size))

    def flat(self, spots: Sequence[Spot], colour: Colour, strength: float = 1.0, blur: float = 0.0) -> None:
        """A polygon in the picture plane; `blur` in pixels, `strength` below 1 lets through what is behind."""
        self._brush(spots, colour, strength, blur, lambda draw, path: draw.polygon(path, fill=255))

    def line(self, spots: Sequence[Spot], colour: Colour, thick: float, strength: float = 1.0) -> None:
        """A line through spots of the picture, `thick` pixels wide."""
        thick_px = max(1, round(thick * SUPER))
        self._brush(
            spots, colour, strength, 0, lambda d, path: d.line(path, fill=255, width=thick_px, joint="curve"), thick
        )

    def oval(
        self, middle: Spot, radii: tuple[float, float], colour: Colour, strength: float = 1.0, blur: float = 0.0
    ) -> None:
        """An upright ellipse in the picture plane."""
        (x, y), (wide, high) = middle, radii
        corners = ((x - wide, y - high), (x + wide, y + high))
        self._brush(corners, colour, strength, blur, lambda draw, path: draw.ellipse((path[0], path[1]), fill=255))

    def _brush(
        self,
        spots: Sequence[Spot],
        colour: Colour,
        strength: float,
        blur: float,
        paint: Callable[[ImageDraw.ImageDraw, list[Spot]], None],
        rim: float = 0.0,
    ) -> None:
        path = [(x * SUPER, y * SUPER) for x, y in spots]
        pad = (3 * blur + rim) * SUPER + 2
        left = max(0, int(min(x for x, _ in path) - pad))
        top = max(0, int(min(y for _, y in path) - pad))
        right = min(self.image.width, int(max(x for x, _ in path) + pad))
        bottom = min(self.image.height, int(max(y for _, y in path) + pad))
        if right <= left or bottom <= top:
            return
        mask = Image.new("L", (right - left, bottom - top), 0)
        paint(ImageDraw.Draw(mask), [(x - left, y - top) for x, y in path])
        if blur:
            mask = mask.filter(ImageFilter.GaussianBlur(blur * SUPER))
        self.image.paste(colour, (left, top), weaker(mask, strength))

    def face(self, points: Iterable[Point], colour: Colour, strength: float = 1.0, blur: float = 0.0) -> None:
        """A flat polygon in space."""
        self.flat([self.camera.spot(point) for point in points], colour, strength, blur)

    def rod(self, points: Iterable[Point], colour: Colour, thick: float) -> None:
        """A round bar through points in space, `thick` metres wide, with light along one side."""
        path = list(points)
        for first, second in pairwise(path):
            near = min(first[2], second[2])
            px = max(1.2, self.camera.focal * thick / near)
            ends = [self.camera.spot(first), self.camera.spot(second)]
            self.line(ends, mix(colour, (0, 0, 0), 0.25), px)
            self.line([(x - px * 0.18, y - px * 0.1) for x, y in ends], mix(colour, (255, 255, 255), 0.2), px * 0.35)

    def block(self, low: Point, high: Point, colour: Colour) -> None:
        """An upright box between two opposite corners; its top is lighter, its side darker."""
        (left, bottom, near), (right, top, far) = low, high
        if right < 0 or left > 0:
            side = right if right < 0 else left
            edge = ((side, bottom, near), (side, bottom, far), (side, top, far), (side, top, near))
            self.face(edge, mix(colour, (20, 18, 30), 0.3))
        if top < self.camera.eye:
            lid = ((left, top, near), (right, top, near), (right, top, far), (left, top, far))
            self.face(lid, mix(colour, (255, 250, 235), 0.3))
        front = ((left, bottom, near), (right, bottom, near), (right, top, near), (left, top, near))
        self.face(front, colour)

    def upright(
        self, across: Spot, up: Spot, away: float, colour: Colour, strength: float = 1.0, blur: float = 0.0
    ) -> None:
        """A rectangle that faces the camera: from left to right, from low to high, at that distance."""
        (left, right), (low, high) = across, up
        outline = [(left, low, away), (right, low, away), (right, high, away), (left, high, away)]
        self.face(outline, colour, strength, blur)

    def level(
        self, across: Spot, away: Spot, up: float, colour: Colour, strength: float = 1.0, blur: float = 0.0
    ) -> None:
        """A rectangle that lies flat at the height `up`: from left to right, from near to far."""
        (left, right), (near, far) = across, away
        outline = [(left, up, near), (right, up, near), (right, up, far), (left, up, far)]
        self.face(outline, colour, strength, blur)

    def shadow(self, across: Spot, away: Spot, up: float = 0.0, strength: float = 0.45, blur: float = 8.0) -> None:
        """A soft dark patch on the ground."""
        self.level(across, away, up, (16, 16, 28), strength, blur)

    def texture(self, picture: Image.Image, corners: Sequence[Point]) -> None:
        """A picture stretched over a quadrilateral in space: left top, right top, right bottom, left bottom."""
        spots = [self.camera.spot(corner) for corner in corners]
        path = [(x * SUPER, y * SUPER) for x, y in spots]
        wide, high = picture.size
        data = perspective(path, [(0, 0), (wide, 0), (wide, high), (0, high)])
        seen = picture.transform(self.image.size, Image.Transform.PERSPECTIVE, data, Image.Resampling.BILINEAR)
        mask = Image.new("L", self.image.size, 0)
        ImageDraw.Draw(mask).polygon(path, fill=255)
        self.image.paste(seen, (0, 0), mask)

    def glow(self, middle: Spot, radius: float, colour: Colour, strength: float = 1.0) -> None:
        """Light added around a spot."""
        (x, y), side = middle, round(2 * radius * SUPER)
        lamp = resized(ImageChops.invert(Image.radial_gradient("L")), (side, side))
        # The gradient reaches the rim of its square at 74; squared, it ends there without an edge.
        lamp = curved(lamp, [round(255 * max(0.0, (value - 74) / 181) ** 2.2) for value in range(256)])
        light = Image.new("RGB", self.image.size)
        light.paste(colour, (round((x - radius) * SUPER), round((y - radius) * SUPER)), weaker(lamp, strength))
        self.image.paste(ImageChops.screen(self.image, light))

    def soften(self, radius: float, above: float) -> None:
        """Blur what lies over the height `above` in the picture, as a lens does with the distance."""
        blurred = self.image.filter(ImageFilter.GaussianBlur(radius * SUPER))
        edge = round(above * SUPER)
        ramp = Gradient(((0.0, (255, 255, 255)), (1.0, (0, 0, 0)))).image((self.image.width, 160)).convert("L")
        mask = Image.new("L", self.image.size, 0)
        mask.paste(255, (0, 0, self.image.width, max(0, edge - 80)))
        mask.paste(ramp, (0, edge - 80))
        self.image.paste(blurred, (0, 0), mask)

    def finish(self, tone: Colour = (255, 214, 160), warmth: float = 0.10) -> bytes:
        """The finished photo as JPEG: reduced, toned, with a little vignette and grain."""
        photo = self.image.reduce(SUPER)
        toned = ImageChops.soft_light(photo, Image.new("RGB", photo.size, tone))
        photo = Image.blend(photo, toned, min(1.0, warmth * 4))
        edges = resized(Image.radial_gradient("L"), photo.size)
        dark = curved(edges, [max(0, round((value - 120) * 0.62)) for value in range(256)])
        photo.paste((12, 10, 18), (0, 0), dark)
        grain = Image.effect_noise(photo.size, 16).filter(ImageFilter.GaussianBlur(0.6))
        photo = Image.blend(photo, ImageChops.overlay(photo, Image.merge("RGB", (grain,) * 3)), 0.25)
        return _saved(photo)


def _saved(photo: Image.Image) -> bytes:
    for quality in range(88, 30, -4):
        out = BytesIO()
        photo.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
        if out.tell() <= LIMIT_BYTES:
            return out.getvalue()
    raise ValueError(f"the photo does not fit into {LIMIT_BYTES} bytes")


def perspective(seen: Sequence[Spot], source: Sequence[Spot]) -> list[float]:
    """The eight numbers that take four seen corners to four corners of the source, as Pillow wants them."""
    rows: list[list[float]] = []
    for (x, y), (u, v) in zip(seen, source, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, u])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, v])
    return _solved(rows)


def _solved(rows: list[list[float]]) -> list[float]:
    """Gauss and Jordan; the last column is the right side."""
    count = len(rows)
    for at in range(count):
        best = max(range(at, count), key=lambda row: abs(rows[row][at]))
        rows[at], rows[best] = rows[best], rows[at]
        rows[at] = [value / rows[at][at] for value in rows[at]]
        for other in range(count):
            if other != at:
                factor = rows[other][at]
                rows[other] = [a - factor * b for a, b in zip(rows[other], rows[at], strict=True)]
    return [row[-1] for row in rows]


def rough(size: tuple[int, int], colour: Colour, fine: float = 40, coarse: float = 30) -> Image.Image:
    """A surface of that colour with grain (`fine`) and stains (`coarse`)."""
    surface = Image.new("RGB", size, colour)
    for sigma, part in ((fine, 1), (coarse, 12), (coarse, 70)):
        small = (max(2, size[0] // part), max(2, size[1] // part))
        noise = resized(Image.effect_noise(small, sigma), size, Filter.BICUBIC)
        surface = ImageChops.soft_light(surface, Image.merge("RGB", (noise,) * 3))
    return surface


def blob(middle: Spot, radii: tuple[float, float], chance: Random, wobble: float = 0.2, count: int = 40) -> list[Spot]:
    """An irregular closed outline around a spot."""
    waves = [(chance.uniform(0, tau), chance.uniform(0.3, 1) * wobble / wave, wave) for wave in (2, 3, 5, 9)]
    outline: list[Spot] = []
    for step in range(count):
        angle = tau * step / count
        reach = 1 + sum(size * sin(wave * angle + turn) for turn, size, wave in waves)
        outline.append((middle[0] + radii[0] * reach * cos(angle), middle[1] + radii[1] * reach * sin(angle)))
    return outline
