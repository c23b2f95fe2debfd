"""Sample photos of the road itself: pothole, manhole, guard rail; each before and after."""

from collections.abc import Sequence
from math import cos, sin, tau
from random import Random
from typing import Final

from bot.demo.props import BLACK, WHITE, cone, litter
from bot.demo.scene import Camera, Point, Scene, Spot, blob, dice
from bot.demo.street import DAY, EVENING, street
from bot.render.colour import Colour, mix

DOWN: Final = Camera(eye=1.6, focal=860, horizon=210)
YELLOW: Final[Colour] = (236, 188, 60)


def _lying(outline: Sequence[Spot], up: float = 0.0) -> list[Point]:
    """An outline in the plane laid on the ground."""
    return [(x, up, away) for x, away in outline]


def _ring(middle: Spot, reach: float) -> list[Spot]:
    return [(middle[0] + reach * cos(tau * n / 60), middle[1] + reach * sin(tau * n / 60)) for n in range(60)]


def pothole(done: bool) -> bytes:
    """A deep hole in the lane, half full of water; then a fresh patch of asphalt."""
    scene, chance = street("pothole", DOWN, DAY), dice("hole")
    scene.soften(2.2, 300)
    middle = (-0.55, 2.95)
    if done:
        _patch(scene, middle)
        return scene.finish()
    _cracks(scene, middle, chance)
    for reach, colour, strength, blur in (
        ((1.12, 0.74), (70, 66, 66), 0.55, 9.0),
        ((0.96, 0.62), (150, 146, 140), 0.75, 1.5),
        ((0.92, 0.58), (58, 52, 50), 1.0, 1.0),
        ((0.8, 0.48), (40, 35, 33), 1.0, 5.0),
    ):
        scene.face(_lying(blob(middle, reach, dice("rim"), 0.22, 70)), colour, strength, blur)
    water = (middle[0] + 0.04, middle[1] - 0.06)
    scene.face(_lying(blob(water, (0.6, 0.3), dice("water"), 0.25, 60)), (96, 118, 138), 1.0, 1.0)
    scene.face(_lying(blob((water[0] + 0.1, water[1] + 0.06), (0.4, 0.14), chance, 0.3)), (190, 212, 226), 0.8, 5)
    _gravel(scene, middle, chance)
    return scene.finish()


def _patch(scene: Scene, middle: Spot) -> None:
    across, away = (middle[0] - 1.1, middle[0] + 1.1), (middle[1] - 0.6, middle[1] + 0.85)
    scene.level((across[0] - 0.05, across[1] + 0.05), (away[0] - 0.05, away[1] + 0.05), 0, (24, 24, 28), 0.8, 1)
    scene.level(across, away, 0, (52, 52, 57))
    chance = dice("stones")
    for _ in range(900):
        x, z = chance.uniform(*across), chance.uniform(*away)
        size = chance.uniform(0.006, 0.014)
        scene.face(_lying(blob((x, z), (size, size), chance, 0.4, 6)), mix((52, 52, 57), WHITE, chance.uniform(0, 0.3)))
    for stripe in range(4):
        x = across[0] + 0.3 + stripe * 0.62
        scene.level((x, x + 0.28), away, 0, WHITE, 0.05, 5)


def _cracks(scene: Scene, middle: Spot, chance: Random) -> None:
    for _ in range(13):
        angle, reach = chance.uniform(0, tau), 0.75
        path: list[Spot] = []
        for _ in range(7):
            spot = (middle[0] + 1.1 * reach * cos(angle), 0.0, middle[1] + 0.62 * reach * sin(angle))
            path.append(scene.camera.spot(spot))
            reach, angle = reach + chance.uniform(0.08, 0.26), angle + chance.gauss(0, 0.13)
        scene.line([(x + 1, y + 1.5) for x, y in path], WHITE, 1.2, 0.35)
        scene.line(path, (34, 32, 34), chance.uniform(1.4, 3.2), 0.85)


def _gravel(scene: Scene, middle: Spot, chance: Random) -> None:
    for _ in range(150):
        angle, reach = chance.uniform(0, tau), chance.gauss(1.0, 0.22)
        x, z = middle[0] + 0.95 * reach * cos(angle), middle[1] + 0.6 * reach * sin(angle)
        size = chance.uniform(0.008, 0.035)
        stone = blob((x, z), (size, size * 0.8), chance, 0.4, 9)
        scene.face(_lying([(px + size * 0.5, pz - size * 0.4) for px, pz in stone]), BLACK, 0.6, 1)
        scene.face(_lying(stone), mix((96, 92, 88), WHITE, chance.uniform(0, 0.5)))


def manhole(done: bool) -> bytes:
    """An open shaft somebody marked with a branch; then the cover is back."""
    scene = street("manhole", DOWN, EVENING)
    scene.soften(2.2, 300)
    middle = (0.1, 3.0)
    scene.face(_lying(_ring(middle, 0.74)), (72, 68, 70), 0.7, 3)
    scene.face(_lying(_ring(middle, 0.66)), (104, 100, 98))
    scene.face(_lying(_ring(middle, 0.62)), (82, 80, 80))
    if done:
        _cover(scene, middle, 0.57)
        for number in range(0, 60, 4):
            near, far = _ring(middle, 0.86), _ring(middle, 0.95)
            scene.face(
                _lying(
                    [near[number], near[number + 1], near[number + 2], far[number + 2], far[number + 1], far[number]]
                ),
                YELLOW,
                0.9,
            )
        return scene.finish(warmth=0.14)
    _shaft(scene, middle)
    scene.shadow((0.75, 1.95), (3.1, 3.9), 0, 0.5, 8)
    _cover(scene, (1.35, 3.6), 0.57)
    _branch(scene, middle, dice("branch"))
    return scene.finish(warmth=0.14)


def _shaft(scene: Scene, middle: Spot) -> None:
    """The open hole: what is seen is the brick of its far side, darker the deeper."""
    edge = _ring(middle, 0.56)
    for row in range(9):
        drop = 0.036 * row
        inner = [(x, max(away - drop, 2 * middle[1] - away) if away > middle[1] else away) for x, away in edge]
        scene.face(_lying(inner), mix((132, 96, 74), (6, 6, 8), min(1.0, row * 0.135)))


def _cover(scene: Scene, middle: Spot, reach: float) -> None:
    for part, colour in ((1.0, (60, 58, 60)), (0.97, (112, 108, 106)), (0.86, (70, 68, 70)), (0.83, (104, 101, 100))):
        scene.face(_lying(_ring(middle, reach * part)), colour)
    for row in range(-5, 6):
        for column in range(-5, 6):
            x, z = middle[0] + column * 0.085, middle[1] + row * 0.085
            if (x - middle[0]) ** 2 + (z - middle[1]) ** 2 < (reach * 0.76) ** 2:
                scene.level((x - 0.028, x + 0.028), (z - 0.028, z + 0.028), 0, (66, 64, 66))
                scene.level((x - 0.028, x + 0.02), (z - 0.01, z + 0.028), 0, (132, 128, 124))
    for sign in (-1, 1):
        scene.level(
            (middle[0] + sign * 0.4 - 0.05, middle[0] + sign * 0.4 + 0.05),
            (middle[1] - 0.02, middle[1] + 0.02),
            0,
            BLACK,
        )


def _branch(scene: Scene, middle: Spot, chance: Random) -> None:
    foot, top = (middle[0] - 0.1, -0.1, middle[1]), (middle[0] + 0.12, 1.15, middle[1])
    scene.rod([foot, (middle[0] - 0.02, 0.6, middle[1]), top], (104, 78, 54), 0.045)
    for _ in range(44):
        share = chance.uniform(0.35, 1.05)
        spot = scene.camera.spot((middle[0] - 0.05 + 0.17 * share + chance.gauss(0, 0.15), 1.15 * share, middle[1]))
        scene.flat(
            blob(spot, (chance.uniform(9, 22), chance.uniform(6, 12)), chance, 0.3, 12),
            mix((64, 110, 52), (170, 196, 96), chance.random()),
        )
    x, y = scene.camera.spot((middle[0] + 0.1, 0.98, middle[1]))
    scene.flat([(x - 4, y - 6), (x + 92, y + 4), (x + 66, y + 30), (x + 88, y + 52), (x - 2, y + 42)], (198, 40, 40))
    scene.flat(
        [(x - 2, y + 22), (x + 70, y + 26), (x + 66, y + 30), (x + 88, y + 52), (x - 2, y + 42)], (150, 24, 30), 0.7, 3
    )


def guard_rail(done: bool) -> bytes:
    """A stretch of the rail along the cycle lane is knocked over; then it stands again."""
    scene = street("rail", Camera(eye=1.6, focal=900, horizon=310, middle=440), EVENING)
    scene.soften(1.8, 335)
    x, step = 1.7, 1.5
    posts = [3.0 + step * number for number in range(15)]
    for away in reversed(posts[:-1]):
        broken = not done and posts[1] <= away < posts[4]
        if broken:
            continue
        _panel(scene, x, away, step)
    if not done:
        _wreck(scene, x, posts[1], posts[4])
        litter(scene, (0.6, 2.4), (4.2, 7.6), 0, 8, dice("bits"))
        cone(scene, (0.5, 0, 4.3))
    return scene.finish(warmth=0.15)


def _panel(scene: Scene, x: float, away: float, step: float) -> None:
    scene.shadow((x, x + 0.5), (away, away + step), 0, 0.28, 3)
    for up in (1.0, 0.55, 0.22):
        scene.rod([(x, up, away + step), (x, up, away)], (232, 234, 232), 0.05)
    for part in range(1, 7):
        along = away + step * (1 - part / 7)
        scene.rod([(x, 0.22, along), (x, 1.0, along)], (226, 228, 226), 0.025)
    for along in (away + step, away):
        scene.rod([(x, 0, along), (x, 1.12, along)], (64, 110, 158), 0.08)
        scene.block((x - 0.14, 0, along - 0.14), (x + 0.14, 0.08, along + 0.14), (96, 96, 100))
        scene.oval(scene.camera.spot((x, 0.8, along)), (26 / along, 40 / along), (236, 170, 50))


def _wreck(scene: Scene, x: float, near: float, far: float) -> None:
    """Bent bars and a leaning post between two places of the rail."""
    for start, end in ((near, near + 2.1), (near + 2.3, far)):
        for number, up in enumerate((0.5, 0.22, 0.05)):
            shift = -0.5 - 0.35 * number
            bend = (x + shift, up * 0.5 + 0.06, (start + end) / 2)
            scene.shadow((bend[0] - 0.1, bend[0] + 0.3), (start + 0.2, end), 0, 0.25, 3)
            tip = (x + shift * 0.6, 0.1 + 0.2 * up, end - 0.2)
            scene.rod([tip, bend, (x - 0.12 * number, up * 1.6, start)], (214, 216, 214), 0.05)
        for part in range(1, 6):
            along = start + (end - start) * part / 6
            scene.rod([(x - 0.35, 0.2, along), (x - 1.05, 0.08, along + 0.12)], (206, 208, 206), 0.025)
    for along, lean in ((near + 1.5, -0.75), (near + 3.0, -0.95)):
        scene.rod([(x - 0.15, 0.05, along), (x + lean, 0.42, along - 0.3)], (64, 110, 158), 0.08)
        scene.block((x - 0.3, 0, along - 0.1), (x, 0.12, along + 0.14), (96, 96, 100))
