"""Sample photos on the road: pothole, manhole, bus stop, guard rail, vending, street light; each before and after."""

from collections.abc import Sequence
from math import cos, sin, tau
from random import Random
from typing import Final

from bot.demo.props import BLACK, ORANGE, STEEL, WHITE, car, cone, lamp, litter
from bot.demo.scene import Camera, Point, Scene, Spot, blob, dice
from bot.demo.street import DAY, EVENING, NIGHT, ROAD, street
from bot.render.colour import Colour, mix

DOWN: Final = Camera(eye=1.6, focal=860, horizon=210)
YELLOW: Final[Colour] = (236, 188, 60)
GREEN: Final[Colour] = (56, 132, 88)
FRUIT: Final[tuple[Colour, ...]] = ((226, 120, 40), (196, 44, 44), (232, 196, 72), (110, 156, 66), (146, 70, 120))
PAVED: Final = 0.15  # height of the pavement


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
    across, away = (middle[0] - 1.25, middle[0] + 1.25), (middle[1] - 0.72, middle[1] + 0.85)
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
    scene.face(_lying(_ring(middle, 0.56)), (104, 78, 62))
    for row in range(5):
        scene.face(
            _lying(_ring((middle[0], middle[1] - 0.05 - 0.045 * row), 0.55)), mix((92, 68, 54), BLACK, 0.1 + row * 0.2)
        )
    scene.face(_lying(_ring((middle[0], middle[1] - 0.13), 0.44)), (8, 8, 10), 1.0, 7)
    scene.face(_lying([spot for spot in _ring(middle, 0.56) if spot[1] < middle[1] + 0.02]), (8, 8, 10), 0.85, 2)
    scene.shadow((0.75, 1.95), (3.1, 3.9), 0, 0.5, 8)
    _cover(scene, (1.35, 3.6), 0.57)
    _branch(scene, middle, dice("branch"))
    return scene.finish(warmth=0.14)


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


def bus_stop(done: bool) -> bytes:
    """A car stands in the bay of a bus stop; then the bay is free."""
    camera = Camera(eye=1.7, focal=900, horizon=330, middle=330)
    scene = street("bus", camera, DAY)
    scene.soften(1.6, 350)
    _bay(scene)
    _shelter(scene)
    if done:
        for away in (15.0, 10.5, 6.6):
            cone(scene, (1.75, 0, away))
    else:
        car(scene, (2.75, 0, 11.4), (222, 222, 218))
        car(scene, (2.6, 0, 5.6), (164, 34, 40))
    return scene.finish()


def _bay(scene: Scene) -> None:
    left, right, near, far = 2.1, 4.75, 4.0, 19.0
    for across, away in (
        ((left, left + 0.14), (near, far)),
        ((left, right), (near, near + 0.14)),
        ((left, right), (far, far + 0.3)),
    ):
        scene.level(across, away, 0, YELLOW, 0.92)
    step = (far - near) / 8
    for number in range(8):
        a, b = (left, right) if number % 2 else (right, left)
        start = near + number * step
        scene.face(_lying([(a, start), (a, start + 0.2), (b, start + step + 0.2), (b, start + step)]), YELLOW, 0.8)


def _shelter(scene: Scene) -> None:
    left, right, near, far = 5.75, 7.1, 8.2, 13.2
    scene.shadow((left - 0.3, right + 0.4), (near, far), PAVED, 0.35, 6)
    pane = [(right, 0.5, near), (right, 0.5, far), (right, 2.3, far), (right, 2.3, near)]
    scene.face(pane, (164, 200, 214), 0.6)
    scene.face([(right, 0.6, 9.6), (right, 0.6, 11.6), (right, 2.2, 11.6), (right, 2.2, 9.6)], (58, 124, 150), 0.85)
    scene.face([(right, 0.6, 9.6), (right, 0.6, 11.6), (right, 1.2, 11.6), (right, 1.0, 9.6)], (236, 186, 84), 0.9)
    for away in (far, near):
        scene.rod([(right, PAVED, away), (right, 2.5, away)], STEEL, 0.09)
    scene.block((6.5, 0.52, near + 0.6), (6.95, 0.6, far - 0.6), (150, 104, 66))
    for away in (far, near):
        scene.rod([(left, PAVED, away), (left, 2.5, away)], STEEL, 0.09)
    roof = [
        (left - 0.3, 2.5, near - 0.2),
        (right + 0.3, 2.5, near - 0.2),
        (right + 0.3, 2.5, far),
        (left - 0.3, 2.5, far),
    ]
    scene.face(roof, (70, 84, 94))
    scene.face(
        [
            (left - 0.3, 2.5, near - 0.2),
            (left - 0.3, 2.68, near - 0.2),
            (left - 0.3, 2.68, far),
            (left - 0.3, 2.5, far),
        ],
        (40, 108, 130),
    )
    scene.upright((left - 0.3, right + 0.3), (2.5, 2.68), near - 0.2, (52, 128, 150))
    _sign(scene, (5.5, PAVED, 7.0))


def _sign(scene: Scene, foot: Point) -> None:
    x, up, away = foot
    scene.rod([foot, (x, 2.6, away)], STEEL, 0.07)
    scene.upright((x - 0.34, x + 0.34), (1.95, 2.7), away, (36, 92, 166))
    scene.upright((x - 0.22, x + 0.22), (2.14, 2.56), away, WHITE)
    scene.upright((x - 0.17, x + 0.17), (2.34, 2.5), away, (36, 92, 166))
    for shift in (-0.13, 0.13):
        scene.oval(scene.camera.spot((x + shift, 2.12, away)), (6, 6), WHITE)
        scene.oval(scene.camera.spot((x + shift, 2.22, away)), (3, 3), (232, 150, 60))
    scene.upright((x - 0.3, x + 0.3), (1.3, 1.85), away, mix(WHITE, STEEL, 0.2))
    for row in range(5):
        scene.upright(
            (x - 0.24, x + 0.2 - 0.05 * (row % 3)), (1.38 + row * 0.09, 1.41 + row * 0.09), away, (120, 130, 140)
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


def vending(done: bool) -> bytes:
    """Stalls stand in the lane; then the lane is free."""
    scene = street("vend", Camera(eye=1.65, focal=860, horizon=320, middle=460), DAY)
    scene.soften(1.8, 345)
    chance = dice("stall")
    if done:
        litter(scene, (2.0, 4.6), (4, 14), 0, 3, chance)
        return scene.finish()
    for away, top in ((14.5, (62, 120, 170)), (10.0, (206, 60, 54)), (5.9, (232, 170, 60))):
        _stall(scene, (3.1, 0, away), top, chance)
    litter(scene, (1.2, 3.2), (3.6, 9), 0, 26, chance)
    return scene.finish()


def _stall(scene: Scene, middle: Point, top: Colour, chance: Random) -> None:
    x, up, away = middle
    scene.shadow((x - 1.2, x + 1.4), (away - 0.6, away + 1.5), up, 0.5, 7)
    scene.rod([(x + 0.1, up, away + 0.9), (x + 0.1, 2.5, away + 0.9)], STEEL, 0.06)
    for shift in (-0.85, 0.85):
        scene.block((x + shift - 0.06, up, away), (x + shift + 0.06, 0.75, away + 0.1), (90, 70, 56))
    scene.block((x - 1.0, 0.62, away), (x + 1.0, 0.8, away + 1.1), (146, 104, 70))
    for row, far in enumerate((0.8, 0.45, 0.12)):
        for number in range(5):
            heap = FRUIT[(number + row) % len(FRUIT)]
            for _ in range(16):
                spot = scene.camera.spot(
                    (x - 0.8 + number * 0.4 + chance.gauss(0, 0.09), 0.86 + chance.uniform(0, 0.1), away + far)
                )
                size = 46 / away
                scene.oval(spot, (size, size), mix(heap, BLACK, chance.uniform(0, 0.3)))
                scene.oval((spot[0] - size * 0.3, spot[1] - size * 0.35), (size * 0.35, size * 0.3), WHITE, 0.35)
    for shift in (-0.6, 0.15):
        scene.block(
            (x + shift, up, away - 0.5),
            (x + shift + 0.55, 0.32, away - 0.1),
            mix((190, 150, 96), BLACK, 0.1 + shift * 0.1),
        )
    _parasol(scene, (x + 0.1, 2.35, away + 0.9), top)


def _parasol(scene: Scene, hub: Point, colour: Colour) -> None:
    x, up, away = hub
    rim = [(x + 1.5 * cos(tau * n / 8), up - 0.05, away + 1.3 * sin(tau * n / 8)) for n in range(9)]
    order = sorted(range(8), key=lambda n: -(rim[n][2] + rim[n + 1][2]))
    for n in order:
        shade = 0.3 if rim[n][2] + rim[n + 1][2] > 2 * away else 0.05
        panel = mix(colour, BLACK, shade) if n % 2 else mix(WHITE, BLACK, shade)
        scene.face([(x, up + 0.55, away), rim[n], rim[n + 1]], panel)


def street_light(done: bool) -> bytes:
    """Dark lamps along a street at night; then all of them burn."""
    scene = street("night", Camera(eye=1.6, focal=820, horizon=420), NIGHT)
    scene.soften(1.6, 430)
    lamps = [(side * (ROAD + 0.5), PAVED, away) for away in (26.0, 17.0, 10.5) for side in (-1, 1)]
    heads = [lamp(scene, foot, (70, 74, 84), -1.4 if foot[0] > 0 else 1.4) for foot in lamps]
    warm = (255, 206, 132)
    if not done:
        for x, y in heads:
            scene.oval((x, y + 3), (7, 3), (90, 92, 100))
        scene.glow((980, 120), 190, (110, 120, 150), 0.5)
        scene.oval((980, 120), (24, 24), (226, 226, 212))
        scene.glow((640, 424), 120, warm, 0.35)
        return scene.finish((120, 140, 200), 0.10)
    for foot, (x, y) in zip(lamps, heads, strict=True):
        size = scene.camera.focal / foot[2]
        inner = foot[0] - (1.4 if foot[0] > 0 else -1.4)
        pool = scene.camera.spot((inner, 0, foot[2]))
        scene.flat(blob(pool, (3.3 * size, 0.62 * size), dice("pool"), 0.0), warm, 0.42, size * 0.3)
        scene.flat(
            [(x - 6, y), (x + 6, y), (pool[0] + 2.2 * size, pool[1]), (pool[0] - 2.2 * size, pool[1])], warm, 0.12, 14
        )
        scene.glow((x, y), size * 2.6, warm, 0.9)
        scene.oval((x, y + 2), (size * 0.16, size * 0.07), (255, 250, 226), 1.0, 1)
    scene.glow((640, 430), 420, warm, 0.35)
    return scene.finish((255, 200, 140), 0.12)
