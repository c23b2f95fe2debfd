"""Streets to put things on: sky, houses, road, pavement, trees, by day and by night."""

from dataclasses import dataclass
from math import cos, sin, tau
from random import Random
from typing import Final

from PIL import Image, ImageDraw

from bot.demo.scene import Camera, Point, Scene, blob, dice, rough
from bot.render.colour import Colour, Gradient, mix

DENSE: Final = 90  # pixels a metre of the ground's texture
NEAR: Final = 1.6  # where the ground begins, metres
FAR: Final = 46.0
ROAD: Final = 5.2  # half the width of the road


@dataclass(frozen=True, slots=True)
class Hour:
    """The light of a time of day."""

    sky: Gradient
    asphalt: Colour
    paving: Colour
    haze: Colour
    shade: float  # how much darker everything is, 0 to 1


DAY: Final = Hour(
    Gradient(((0.0, (96, 158, 214)), (0.24, (196, 222, 236)), (0.36, (250, 240, 222)), (1.0, (200, 190, 176)))),
    (118, 118, 122),
    (190, 176, 158),
    (226, 226, 222),
    0.0,
)
EVENING: Final = Hour(
    Gradient(((0.0, (92, 116, 168)), (0.2, (214, 170, 160)), (0.35, (255, 208, 150)), (1.0, (190, 160, 140)))),
    (112, 106, 108),
    (186, 160, 138),
    (240, 206, 176),
    0.08,
)
NIGHT: Final = Hour(
    Gradient(((0.0, (8, 12, 30)), (0.25, (22, 28, 56)), (0.36, (52, 46, 66)), (1.0, (10, 10, 18)))),
    (44, 45, 56),
    (58, 54, 60),
    (40, 40, 60),
    0.72,
)

WALLS: Final[tuple[Colour, ...]] = ((214, 190, 160), (196, 164, 140), (176, 186, 190), (222, 206, 178), (188, 150, 132))
SIGNS: Final[tuple[Colour, ...]] = ((176, 52, 46), (44, 104, 132), (212, 150, 54), (60, 124, 88), (120, 76, 112))
LEAVES: Final[tuple[Colour, ...]] = ((58, 100, 54), (82, 130, 64), (116, 160, 78), (150, 186, 96))


def lit(colour: Colour, hour: Hour) -> Colour:
    """The colour in the light of the hour."""
    return mix(colour, (10, 12, 26), hour.shade)


def ground(hour: Hour) -> Image.Image:
    """The road from above, its far end at the top: asphalt, kerb lines, a dashed middle."""
    size = (round(2 * ROAD * DENSE), round((FAR - NEAR) * DENSE))
    road = rough(size, hour.asphalt, 30, 9)
    draw = ImageDraw.Draw(road)
    paint = lit((226, 222, 210), hour)
    middle = size[0] // 2
    for start in range(0, size[1], 6 * DENSE):
        draw.rectangle((middle - 7, start, middle + 7, start + 3 * DENSE), fill=paint)
    for edge in (round(0.35 * DENSE), size[0] - round(0.35 * DENSE)):
        draw.rectangle((edge - 6, 0, edge + 6, size[1]), fill=paint)
    worn = rough(size, hour.asphalt, 40, 14)
    return Image.blend(road, worn, 0.35)


def on_ground(right: float, away: float) -> tuple[float, float]:
    """Where a point of the road lies on its texture."""
    return (right + ROAD) * DENSE, (FAR - away) * DENSE


def street(name: str, camera: Camera, hour: Hour, road: Image.Image | None = None) -> Scene:
    """A street that runs away from the camera, ready for its subject."""
    chance = dice(name)
    scene = Scene(camera)
    scene.sky(hour.sky)
    _skyline(scene, hour, chance)
    for side in (-1, 1):
        _houses(scene, hour, side, chance)
    _paving(scene, hour)
    scene.texture(road or ground(hour), _strip(-ROAD, ROAD, 0.0))
    for side in (-1, 1):
        _kerb(scene, hour, side)
        for away in (34.0, 25.0, 17.5):
            tree(scene, (side * (ROAD + 1.3), 0.15, away + side), hour, chance)
    return scene


def _strip(left: float, right: float, up: float) -> list[Point]:
    return [(left, up, FAR), (right, up, FAR), (right, up, NEAR), (left, up, NEAR)]


def _skyline(scene: Scene, hour: Hour, chance: Random) -> None:
    horizon = scene.camera.horizon
    for row in range(2):
        x = -20.0
        while x < 1300:
            wide, high = chance.uniform(50, 120), chance.uniform(20, 110 - 40 * row)
            colour = mix(hour.haze, lit((120, 134, 156), hour), 0.35 + 0.25 * row)
            foot, roof = horizon + 60, horizon - high
            scene.flat([(x, foot), (x, roof), (x + wide, roof), (x + wide, foot)], colour)
            x += wide * chance.uniform(0.8, 1.2)


def _houses(scene: Scene, hour: Hour, side: int, chance: Random) -> None:
    away, wall = FAR, side * (ROAD + 4.2)
    while away > 3:
        deep = chance.uniform(6, 9)
        high = chance.uniform(7, 13)
        near = max(1.2, away - deep)
        picture = _front(hour, deep, high, chance)
        if side < 0:
            picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        scene.texture(picture, [(wall, high, away), (wall, high, near), (wall, 0, near), (wall, 0, away)])
        away -= deep


def _front(hour: Hour, wide: float, high: float, chance: Random) -> Image.Image:
    """A house front: a shop below, windows above; no writing."""
    scale = 60
    size = (round(wide * scale), round(high * scale))
    colour = lit(chance.choice(WALLS), hour)
    wall = rough(size, colour, 14, 12)
    draw = ImageDraw.Draw(wall)
    _shop(draw, size, hour, chance)
    frame = mix(colour, (255, 255, 255), 0.3)
    glass = mix(lit((132, 168, 190), hour), hour.haze, 0.2)
    for top in range(size[1] - 174 - 190, 30, -170):
        draw.rectangle((0, top + 128, size[0], top + 136), fill=mix(colour, (60, 50, 50), 0.18))
        for left in range(40, size[0] - 110, 150):
            warm = hour.shade > 0.5 and chance.random() < 0.3
            draw.rectangle((left - 7, top - 7, left + 87, top + 112), fill=frame)
            draw.rectangle((left, top, left + 80, top + 100), fill=(242, 196, 116) if warm else glass)
            if not warm:
                draw.polygon(
                    [(left + 12, top + 100), (left + 52, top), (left + 72, top), (left + 32, top + 100)],
                    fill=mix(glass, hour.haze, 0.35),
                )
            draw.line((left + 40, top, left + 40, top + 100), fill=frame, width=5)
            draw.rectangle((left - 12, top + 108, left + 92, top + 118), fill=mix(colour, (50, 44, 44), 0.25))
    return wall


def _shop(draw: ImageDraw.ImageDraw, size: tuple[int, int], hour: Hour, chance: Random) -> None:
    """A shop window with goods behind the glass, a door, a sign board and a striped awning."""
    top, foot = size[1] - 174, size[1] - 22
    sign = lit(chance.choice(SIGNS), hour)
    inside = lit((96, 92, 86), hour) if hour.shade < 0.5 else (30, 30, 40)
    draw.rectangle((0, foot, size[0], size[1]), fill=lit((150, 142, 134), hour))
    draw.rectangle((24, top, size[0] - 24, foot), fill=inside)
    for shelf in (top + 74, top + 112, foot - 4):
        for left in range(30, size[0] - 110, 22):
            tall = chance.randint(10, 26)
            draw.rectangle(
                (left, shelf - tall, left + 15, shelf), fill=mix(inside, lit(chance.choice(SIGNS), hour), 0.6)
            )
        draw.rectangle((26, shelf, size[0] - 100, shelf + 4), fill=mix(inside, hour.haze, 0.35))
    for left in range(24, size[0] - 20, 118):
        draw.rectangle((left - 3, top, left + 3, foot), fill=lit((70, 66, 64), hour))
    draw.rectangle((size[0] - 100, top + 26, size[0] - 36, foot), fill=lit((112, 84, 62), hour))
    draw.rectangle((size[0] - 90, top + 36, size[0] - 46, foot - 40), fill=mix(inside, hour.haze, 0.45))
    draw.rectangle((14, top - 46, size[0] - 14, top), fill=sign)
    draw.rectangle((14, top - 46, size[0] - 14, top - 40), fill=mix(sign, (255, 255, 255), 0.35))
    for number, left in enumerate(range(14, size[0] - 14, 36)):
        stripe = mix(sign, (255, 255, 255), 0.55) if number % 2 else sign
        draw.rectangle((left, top, min(left + 36, size[0] - 14), top + 30), fill=stripe)


def _paving(scene: Scene, hour: Hour) -> None:
    for left, right in ((-ROAD - 4.3, -ROAD), (ROAD, ROAD + 4.3)):
        size = (round((right - left) * 60), round((FAR - NEAR) * 60))
        slabs = rough(size, hour.paving, 16, 20)
        draw = ImageDraw.Draw(slabs)
        joint = mix(hour.paving, (40, 34, 34), 0.3)
        for y in range(0, size[1], 30):
            draw.line((0, y, size[0], y), fill=joint, width=2)
        for x in range(0, size[0], 30):
            draw.line((x, 0, x, size[1]), fill=joint, width=2)
        tactile = lit((214, 172, 74), hour)
        middle = size[0] // 2
        draw.rectangle((middle - 15, 0, middle + 15, size[1]), fill=tactile)
        scene.texture(slabs, _strip(left, right, 0.14))


def _kerb(scene: Scene, hour: Hour, side: int) -> None:
    stone = lit((204, 198, 188), hour)
    edge, back = side * ROAD, side * (ROAD + 0.22)
    scene.face([(edge, 0, NEAR), (edge, 0.14, NEAR), (edge, 0.14, FAR), (edge, 0, FAR)], mix(stone, (30, 28, 34), 0.35))
    scene.face([(edge, 0.14, NEAR), (back, 0.14, NEAR), (back, 0.14, FAR), (edge, 0.14, FAR)], stone)
    edges = sorted((edge, side * (ROAD - 0.5)))
    scene.shadow((edges[0], edges[1]), (NEAR, FAR), 0, 0.22, 4)


def tree(scene: Scene, foot: Point, hour: Hour, chance: Random) -> None:
    """A round street tree with a shadow."""
    x, up, away = foot
    camera = scene.camera
    scene.rod([foot, (x, 2.8, away)], lit((108, 84, 66), hour), 0.24)
    spread = camera.focal / away
    scene.shadow((x - 1.5, x + 1.4), (away - 1, away + 1), up, 0.2, 5)
    for layer, colour in enumerate(LEAVES):
        for _ in range(34):
            turn, far = chance.uniform(0, tau), chance.random() ** 0.6 * (1.25 - 0.12 * layer)
            lift = 4.0 + far * sin(turn) * 0.85 + 0.16 * layer
            middle = camera.spot((x + far * cos(turn) - 0.12 * layer, lift, away))
            reach = spread * chance.uniform(0.16, 0.4) * (1 - 0.16 * layer)
            scene.flat(blob(middle, (reach, reach * 0.8), chance, 0.35, 16), lit(colour, hour), 0.88)
