"""Things that stand about in a street: cars, cones, bags, bins, litter, lamps."""

from random import Random
from typing import Final

from bot.demo.scene import Point, Scene, Spot, blob
from bot.render.colour import Colour, mix

BLACK: Final[Colour] = (24, 24, 30)
WHITE: Final[Colour] = (244, 242, 236)
ORANGE: Final[Colour] = (232, 96, 34)
STEEL: Final[Colour] = (150, 156, 162)

# A saloon from its tail: metres along it and up.
BODY: Final = ((0.0, 0.42), (0.02, 0.86), (0.55, 0.98), (1.05, 1.42), (2.35, 1.46), (3.15, 1.02), (4.25, 0.86))
GLASS: Final = ((0.78, 1.0), (1.14, 1.36), (2.3, 1.39), (2.95, 1.02))
DOORS: Final = ((1.62, 0.5), (1.62, 1.4)), ((2.5, 0.5), (2.5, 1.3))
# Bands of a cone from its foot up: from, to, colour.
BANDS: Final = (
    (0.05, 0.28, ORANGE),
    (0.28, 0.42, WHITE),
    (0.42, 0.55, ORANGE),
    (0.55, 0.63, WHITE),
    (0.63, 0.75, ORANGE),
)
SCRAPS: Final[tuple[Colour, ...]] = ((230, 226, 214), (198, 152, 90), (120, 150, 90), (206, 80, 60), (90, 130, 170))


def car(scene: Scene, tail: Point, colour: Colour) -> None:
    """A parked car seen from behind and from its left; `tail` is the left corner of its bumper."""
    left, up, away = tail
    right, side = left + 1.78, left - 0.01
    scene.shadow((left - 0.3, right + 0.2), (away - 0.15, away + 4.5), up, 0.65, 7)
    path = [(left, up + high, away + along) for along, high in BODY]
    for number in range(len(path) - 2, -1, -1):
        first, second = path[number], path[number + 1]
        scene.face([first, second, (right, *second[1:]), (right, *first[1:])], _panel(number, colour))
    scene.face([*path, (left, up + 0.42, away + 4.4)], mix(colour, BLACK, 0.28))
    scene.face([(left, up + 0.8, away), (left, up + 0.98, away + 0.5), (left, up + 0.84, away + 4.3)], colour, 0.5)
    scene.face([(side, up + high, away + along) for along, high in GLASS], (44, 56, 68))
    for door in DOORS:
        scene.rod([(side, up + high, away + along) for along, high in door], mix(colour, BLACK, 0.5), 0.02)
    sill = ((0.02, 0.36), (0.02, 0.48), (4.4, 0.48), (4.4, 0.36))
    scene.face([(side, up + high, away + along) for along, high in sill], BLACK)
    for along in (3.55, 0.85):
        _wheel(scene, (left - 0.02, up + 0.32, away + along))
    _rear(scene, (left, up, away))


def _panel(number: int, colour: Colour) -> Colour:
    """Shade of a strip of the body, counted from the bumper; the slanting one behind the roof is the window."""
    if number == 2:
        return (62, 80, 94)
    return mix(colour, WHITE, 0.22) if number in {1, 3} else colour


def _wheel(scene: Scene, hub: Point) -> None:
    for reach, colour in ((0.32, (22, 22, 26)), (0.2, (150, 152, 156)), (0.07, (60, 60, 66))):
        quarter = [(0.0, -reach), (0.5 * reach, -0.87 * reach), (0.87 * reach, -0.5 * reach), (reach, 0.0)]
        half = [*quarter, *[(dz, -dy) for dz, dy in reversed(quarter[:-1])]]
        ring = [*half, *[(-dz, dy) for dz, dy in reversed(half[1:-1])]]
        scene.face([(hub[0], hub[1] + dy, hub[2] + dz) for dz, dy in ring], colour)


def _rear(scene: Scene, tail: Point) -> None:
    left, up, away = tail
    near = away - 0.01
    scene.upright((left, left + 1.78), (up + 0.28, up + 0.46), near, (40, 40, 46))
    for x in (left + 0.06, left + 1.4):
        scene.upright((x, x + 0.32), (up + 0.66, up + 0.82), near, (176, 32, 34))
        scene.upright((x + 0.04, x + 0.16), (up + 0.72, up + 0.78), near, (240, 130, 110))
    scene.upright((left + 0.64, left + 1.14), (up + 0.5, up + 0.64), near, (52, 92, 168))  # a plate without a number
    glass = ((0.2, 0.99, 0.6), (0.5, 0.99, 0.6), (0.8, 1.38, 1.0), (0.5, 1.38, 1.0))
    scene.face([(left + dx, up + dy, away + dz) for dx, dy, dz in glass], WHITE, 0.18)


def cone(scene: Scene, foot: Point) -> None:
    """A traffic cone."""
    x, up, away = foot
    scene.shadow((x - 0.22, x + 0.45), (away - 0.15, away + 0.2), up, 0.5, 4)
    scene.block((x - 0.2, up, away - 0.2), (x + 0.2, up + 0.05, away + 0.2), (44, 44, 48))
    for low, high, colour in BANDS:
        for start, shade in ((-1.0, 0.0), (0.25, 0.22)):
            foot_wide, top_wide = (0.17 - 0.18 * (height - 0.05) for height in (low, high))
            corners = ((start * foot_wide, low), (foot_wide, low), (top_wide, high), (start * top_wide, high))
            scene.face([(x + dx, up + dy, away) for dx, dy in corners], mix(colour, BLACK, shade))


def bag(scene: Scene, middle: Point, size: float, colour: Colour, chance: Random) -> None:
    """A full plastic bag, tied at the top."""
    x, y = scene.camera.spot((middle[0], middle[1] + size * 0.42, middle[2]))
    reach = scene.camera.focal * size / middle[2] * 0.55
    scene.oval((x + reach * 0.1, y + reach * 0.72), (reach * 1.15, reach * 0.3), BLACK, 0.55, 5)
    knot = ((-0.12, -0.6), (-0.3, -1.05), (0.02, -0.86), (0.3, -1.1), (0.16, -0.6))
    scene.flat([(x + dx * reach, y + dy * reach) for dx, dy in knot], mix(colour, WHITE, 0.1))
    scene.flat(blob((x, y), (reach, reach * 0.82), chance, 0.18), colour)
    shade = blob((x + reach * 0.22, y + reach * 0.25), (reach * 0.6, reach * 0.42), chance, 0.3)
    scene.flat(shade, mix(colour, BLACK, 0.5), 0.6, reach * 0.14)
    for _ in range(7):
        fold = (x + chance.uniform(-0.6, 0.35) * reach, y + chance.uniform(-0.55, 0.35) * reach)
        outline = blob(fold, (reach * 0.15, reach * 0.06), chance, 0.5, 14)
        scene.flat(outline, mix(colour, WHITE, 0.55), 0.5, reach * 0.03)


def litter(scene: Scene, across: Spot, away: Spot, up: float, count: int, chance: Random) -> None:
    """Paper, leaves and peel on the ground."""
    for _ in range(count):
        x, far, size = chance.uniform(*across), chance.uniform(*away), chance.uniform(0.03, 0.1)
        outline = [(x + dx * size, up, far + dz * size) for dx, dz in blob((0, 0), (1, 1), chance, 0.5, 7)]
        scene.face([(px + 0.02, up, pz - 0.02) for px, _, pz in outline], BLACK, 0.5, 2)
        scene.face(outline, chance.choice(SCRAPS))


def wheelie(scene: Scene, foot: Point, colour: Colour, full: bool = False) -> None:
    """A wheeled bin; its lid stands open when it is full."""
    x, up, away = foot
    scene.shadow((x - 0.34, x + 0.7), (away - 0.08, away + 0.6), up, 0.55, 6)
    for shift in (-0.22, 0.22):
        scene.block((x + shift - 0.06, up, away), (x + shift + 0.06, up + 0.14, away + 0.1), (30, 30, 34))
    scene.block((x - 0.3, up + 0.1, away), (x + 0.3, up + 0.95, away + 0.55), colour)
    for shift in (-0.15, 0.0, 0.15):
        scene.upright((x + shift - 0.02, x + shift + 0.02), (up + 0.2, up + 0.82), away, mix(colour, BLACK, 0.2))
    if full:
        scene.upright((x - 0.33, x + 0.33), (up + 0.95, up + 1.5), away + 0.55, mix(colour, BLACK, 0.3))
    else:
        scene.block((x - 0.34, up + 0.95, away - 0.04), (x + 0.34, up + 1.04, away + 0.58), mix(colour, BLACK, 0.12))


def lamp(scene: Scene, foot: Point, colour: Colour, arm: float) -> Spot:
    """A street lamp whose arm reaches `arm` metres to the right; returns where its head is seen."""
    x, up, away = foot
    scene.rod([foot, (x, 4.7, away), (x + arm, 5.0, away)], colour, 0.13)
    scene.block((x - 0.14, up, away - 0.14), (x + 0.14, up + 0.5, away + 0.14), mix(colour, BLACK, 0.2))
    ends = [scene.camera.spot((x + arm * share, high, away)) for share, high in ((0.7, 5.02), (1.2, 4.97))]
    scene.line(ends, mix(colour, BLACK, 0.35), scene.camera.focal * 0.16 / away)
    return scene.camera.spot((x + arm, 4.95, away))
