"""Sample photos along the kerb: bus stop, vending, street light; each before and after."""

from math import cos, sin, tau
from random import Random
from typing import Final

from bot.demo.props import BLACK, STEEL, WHITE, car, cone, lamp, litter
from bot.demo.scene import Camera, Point, Scene, dice
from bot.demo.street import DAY, NIGHT, ROAD, street
from bot.render.colour import Colour, mix

YELLOW: Final[Colour] = (236, 188, 60)
FRUIT: Final[tuple[Colour, ...]] = ((226, 120, 40), (196, 44, 44), (232, 196, 72), (110, 156, 66), (146, 70, 120))
PAVED: Final = 0.15  # height of the pavement


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
        scene.face([(a, 0, start), (a, 0, start + 0.2), (b, 0, start + step + 0.2), (b, 0, start + step)], YELLOW, 0.8)


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
    x, _, away = foot
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
        pool = scene.camera.spot((foot[0] * 0.72, 0, foot[2]))
        scene.flat(
            [(x - 5, y), (x + 5, y), (pool[0] + 2.4 * size, pool[1]), (pool[0] - 2.4 * size, pool[1])], warm, 0.1, 12
        )
        scene.oval(pool, (3.2 * size, 0.6 * size), warm, 0.34, size * 0.28)
        scene.glow((x, y), size * 3.4, warm, 0.95)
        scene.oval((x, y + 2), (size * 0.16, size * 0.07), (255, 250, 226), 1.0, 1)
    for x in (200.0, 1080.0):
        scene.oval((x, 800), (520, 120), warm, 0.22, 70)
    scene.glow((640, 430), 420, warm, 0.35)
    return scene.finish((255, 200, 140), 0.12)
