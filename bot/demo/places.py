"""Sample photos off the road: rubbish on the pavement, a kitchen's back door, a stairwell; each before and after."""

from random import Random
from typing import Final

from PIL import Image, ImageDraw

from bot.demo.props import BLACK, STEEL, WHITE, bag, litter, wheelie
from bot.demo.scene import Camera, Scene, blob, dice, rough
from bot.demo.street import DAY, ROAD, street
from bot.render.colour import Colour, Gradient, mix

BIN: Final[Colour] = (44, 118, 84)
BLUE_BIN: Final[Colour] = (52, 98, 150)
GREY_BIN: Final[Colour] = (96, 100, 106)
CARTON: Final[Colour] = (188, 146, 96)
BAGS: Final[tuple[Colour, ...]] = ((46, 48, 54), (60, 62, 70), (188, 60, 60), (226, 222, 214), (58, 96, 140))
INDOORS: Final = Gradient(((0.0, (232, 226, 214)), (1.0, (150, 142, 134))))
SHAFT: Final = 1.75  # half the width of the stairwell
FIRST: Final = 4.0  # where its stairs begin, metres away
RISE: Final = 0.16
RUN: Final = 0.29


def garbage(done: bool) -> bytes:
    """Bags and cartons around full bins on the pavement; then three clean bins."""
    scene = street("garbage", Camera(eye=1.6, focal=1300, horizon=230, middle=1500), DAY)
    scene.soften(1.8, 262)
    chance, up = dice("bags"), 0.15
    left = -ROAD - 0.9
    for number, colour in enumerate((BIN, BLUE_BIN, GREY_BIN)):
        wheelie(scene, (left + 0.75 * number + 0.1, up, 8.4), colour, full=not done)
        if not done:
            bag(scene, (left + 0.75 * number + 0.1, up + 0.78, 8.5), 0.55, chance.choice(BAGS), chance)
    if done:
        return scene.finish()
    for away in (8.0, 7.6, 7.2, 6.8, 6.4, 6.0):
        for _ in range(4):
            x = left + chance.uniform(-0.5, 2.9)
            bag(scene, (x, up if x < -ROAD else 0.0, away), chance.uniform(0.42, 0.68), chance.choice(BAGS), chance)
    for x, away, size in ((left + 0.3, 6.1, 0.5), (left + 1.9, 5.8, 0.42)):
        _carton(scene, x, away, 0.0, size)
    litter(scene, (left, -2.6), (5.0, 7.5), 0.02, 34, chance)
    return scene.finish()


def _carton(scene: Scene, x: float, away: float, up: float, size: float) -> None:
    """An open cardboard box with a strip of tape."""
    scene.shadow((x - 0.05, x + size * 1.4), (away - 0.05, away + size), up, 0.5, 6)
    scene.block((x, up, away), (x + size, up + size * 0.8, away + size), CARTON)
    scene.upright((x + size * 0.44, x + size * 0.56), (up + size * 0.5, up + size * 0.8), away - 0.005, (222, 192, 140))
    scene.upright(
        (x + size * 0.1, x + size * 0.4),
        (up + size * 0.12, up + size * 0.26),
        away - 0.005,
        mix(CARTON, BLACK, 0.3),
        0.6,
    )


def kitchen(done: bool) -> bytes:
    """The back door of a kitchen in grease and refuse; then scrubbed, with closed bins."""
    scene = Scene(Camera(eye=1.5, focal=860, horizon=400))
    scene.sky(INDOORS)
    away, chance = 4.6, dice("kitchen")
    floor = rough((1400, 1200), (150, 146, 140) if done else (112, 106, 98), 20, 12)
    scene.texture(floor, [(-4, 0, away), (4, 0, away), (4, 0, 1.2), (-4, 0, 1.2)])
    scene.texture(_tiles(done), [(-4, 3.6, away), (4, 3.6, away), (4, 0, away), (-4, 0, away)])
    scene.shadow((-4, 4), (away - 0.35, away), 0, 0.4, 10)
    _door(scene, away)
    _duct(scene, away, done)
    if done:
        _tidy(scene, away)
    else:
        _dirt(scene, away, chance)
    scene.glow((640, 120), 760, (255, 236, 200), 0.35)
    return scene.finish(warmth=0.12)


def _tiles(done: bool) -> Image.Image:
    size = (1600, 720)
    colour = (216, 212, 202) if done else (186, 176, 156)
    wall = rough(size, colour, 8, 10 if done else 26)
    draw = ImageDraw.Draw(wall)
    chance = dice("tiles")
    joint = (180, 174, 164) if done else (128, 116, 96)
    for row, top in enumerate(range(0, size[1], 36)):
        for left in range(-36 * (row % 2), size[0], 72):
            if chance.random() < 0.25:
                draw.rectangle((left, top, left + 72, top + 36), fill=mix(colour, BLACK, chance.uniform(0.02, 0.08)))
            draw.rectangle((left, top, left + 72, top + 36), outline=joint, width=2)
    return wall


def _door(scene: Scene, away: float) -> None:
    near = away - 0.01
    scene.upright((-1.15, 0.15), (0, 2.28), near, (104, 108, 112))
    scene.upright((-1.05, 0.05), (0, 2.18), near, (146, 154, 158))
    for low, high in ((0.2, 0.95), (1.15, 2.0)):
        scene.upright((-0.92, -0.08), (low, high), near, (120, 128, 132))
        scene.upright((-0.9, -0.1), (low + 0.02, high), near, (160, 168, 172))
    scene.upright((-0.74, -0.26), (1.3, 1.88), near, (92, 118, 130))
    scene.face([(-0.7, 1.3, near), (-0.55, 1.3, near), (-0.36, 1.88, near), (-0.51, 1.88, near)], WHITE, 0.3)
    scene.rod([(-0.12, 0.95, near - 0.05), (-0.12, 1.16, near - 0.05)], (210, 210, 206), 0.035)
    scene.block((-1.3, 0, away - 0.45), (0.3, 0.1, away), (140, 136, 130))
    scene.block((-1.35, 2.42, away - 0.5), (0.35, 2.52, away), (74, 92, 98))


def _duct(scene: Scene, away: float, done: bool) -> None:
    """The extractor: a fan in a box, a pipe that runs up the wall."""
    metal = STEEL if done else mix(STEEL, (110, 84, 50), 0.45)
    scene.block((1.05, 1.55, away - 0.35), (1.95, 2.35, away), metal)
    hub = scene.camera.spot((1.5, 1.95, away - 0.36))
    scene.oval(hub, (66, 66), mix(metal, BLACK, 0.6))
    for turn in range(4):
        dx, dy = ((1, 0.25), (-0.25, 1), (-1, -0.25), (0.25, -1))[turn]
        x, y = hub
        scene.flat(
            [(x, y), (x + 58 * dx - 14 * dy, y + 58 * dy + 14 * dx), (x + 58 * dx + 14 * dy, y + 58 * dy - 14 * dx)],
            mix(metal, BLACK, 0.25),
        )
    for reach in (22, 42, 62):
        scene.oval(hub, (reach + 1.5, reach + 1.5), WHITE, 0.1)
    scene.rod([(1.5, 2.35, away - 0.18), (1.5, 3.6, away - 0.18)], metal, 0.34)
    for up in (2.7, 3.2):
        scene.upright((1.3, 1.7), (up, up + 0.05), away - 0.36, mix(metal, BLACK, 0.35))
    scene.rod([(-2.2, 0, away - 0.08), (-2.2, 3.6, away - 0.08)], (150, 150, 146) if done else (124, 112, 96), 0.1)


def _tidy(scene: Scene, away: float) -> None:
    for number, colour in enumerate((BIN, GREY_BIN)):
        wheelie(scene, (-2.35 + 0.78 * number, 0, away - 0.8), colour)
    scene.block((1.0, 0.0, away - 0.5), (2.3, 0.12, away - 0.05), (120, 118, 114))
    for number in range(3):
        x = 1.05 + 0.42 * number
        scene.block((x, 0.12, away - 0.45), (x + 0.38, 0.46, away - 0.1), mix((70, 128, 168), WHITE, 0.1 * number))
    scene.level((-0.8, 1.6), (2.3, 3.0), 0, WHITE, 0.16, 22)


def _dirt(scene: Scene, away: float, chance: Random) -> None:
    for _ in range(46):
        x, top = chance.uniform(0.7, 2.4), chance.uniform(0.5, 1.75)
        scene.upright(
            (x, x + chance.uniform(0.02, 0.07)),
            (max(0.0, top - chance.uniform(0.3, 1.2)), top),
            away - 0.01,
            (66, 46, 24),
            0.3,
            3,
        )
    for x, up, wide in ((1.5, 1.1, 0.9), (-2.2, 0.5, 0.8), (0.5, 0.2, 1.2), (-1.6, 0.25, 0.7)):
        scene.flat(blob(scene.camera.spot((x, up, away)), (wide * 150, 70), chance, 0.3), (58, 42, 26), 0.34, 22)
    for x, z, wide, deep in ((0.3, 2.9, 1.3, 0.34), (-1.4, 2.5, 0.6, 0.2), (1.5, 3.5, 0.7, 0.24)):
        pool = blob((x, z), (wide, deep), chance, 0.35, 60)
        scene.face([(px, 0, pz) for px, pz in pool], (52, 44, 36), 0.75, 3)
        scene.face([(px * 0.7 + x * 0.3, 0, pz * 0.6 + z * 0.4 + 0.05) for px, pz in pool], (156, 150, 132), 0.45, 6)
    wheelie(scene, (-2.3, 0, away - 0.9), mix(BIN, (60, 50, 30), 0.35), full=True)
    bag(scene, (-2.3, 0.8, away - 0.85), 0.6, BAGS[0], chance)
    for x, z, size in ((-2.0, 3.6, 0.6), (-1.5, 3.4, 0.5), (-2.1, 3.2, 0.5), (1.9, 3.7, 0.55)):
        bag(scene, (x, 0, z), size, chance.choice(BAGS[:4]), chance)
    _carton(scene, 1.0, 3.55, 0, 0.5)
    _carton(scene, 1.15, 3.7, 0.4, 0.4)
    litter(scene, (-1.8, 1.8), (2.2, 3.6), 0, 40, chance)


def stairwell(done: bool) -> bytes:
    """Stairs blocked with cartons and a bicycle; then free."""
    scene = Scene(Camera(eye=1.5, focal=900, horizon=430))
    scene.sky(INDOORS)
    _shell(scene)
    for step in range(10, -1, -1):
        _step(scene, step)
        if not done:
            _clutter(scene, step)
    _rail(scene)
    if done:
        _extinguisher(scene)
    else:
        _heap(scene, dice("heap"))
    scene.glow((640, 150), 620, (255, 240, 206), 0.5)
    return scene.finish(warmth=0.12)


def _shell(scene: Scene) -> None:
    """Walls with a green dado, the landing's window, ceiling and floor."""
    far = FIRST + 11 * RUN
    wall = rough((1200, 900), (224, 218, 204), 8, 9)
    draw = ImageDraw.Draw(wall)
    draw.rectangle((0, 560, 1200, 900), fill=(132, 162, 146))
    draw.rectangle((0, 552, 1200, 562), fill=(92, 122, 108))
    scene.texture(wall, [(-SHAFT, 4.6, far), (SHAFT, 4.6, far), (SHAFT, 0.6, far), (-SHAFT, 0.6, far)])
    scene.upright((-0.75, 0.75), (2.95, 4.1), far - 0.01, (238, 238, 234))
    for left in (-0.68, 0.03):
        scene.upright((left, left + 0.65), (3.02, 4.03), far - 0.02, (176, 214, 236))
        scene.upright((left, left + 0.65), (3.02, 3.35), far - 0.02, (150, 190, 150), 0.7, 3)
    for side in (-SHAFT, SHAFT):
        scene.texture(wall, [(side, 4.6, far), (side, 4.6, 1.2), (side, 0, 1.2), (side, 0, far)])
        scene.face([(side, 0, 1.2), (side, 4.6, 1.2), (side, 4.6, far), (side, 0, far)], (40, 36, 44), 0.16)
    floor = rough((900, 900), (168, 160, 150), 16, 10)
    scene.texture(floor, [(-SHAFT, 0, FIRST), (SHAFT, 0, FIRST), (SHAFT, 0, 1.2), (-SHAFT, 0, 1.2)])
    for side in (-SHAFT, SHAFT - 0.4):
        scene.shadow((side, side + 0.4), (1.3, FIRST), 0, 0.3, 10)


def _step(scene: Scene, step: int) -> None:
    near, top = FIRST + step * RUN, (step + 1) * RISE
    scene.level((-SHAFT, SHAFT), (near, near + RUN), top, mix((206, 200, 190), BLACK, 0.012 * step))
    scene.upright((-SHAFT, SHAFT), (top - RISE, top), near, mix((142, 134, 126), BLACK, 0.012 * step))
    scene.level((-SHAFT, SHAFT), (near, near + 0.05), top, (104, 98, 92))
    scene.upright((-SHAFT, SHAFT), (top - 0.035, top), near - 0.004, (118, 110, 104))


def _rail(scene: Scene) -> None:
    x = -SHAFT + 0.22
    for step in range(10, -1, -2):
        foot = (x, (step + 1) * RISE, FIRST + (step + 0.5) * RUN)
        scene.rod([foot, (x, foot[1] + 0.9, foot[2])], (74, 84, 92), 0.04)
    ends = [(x, (step + 1) * RISE + 0.9, FIRST + (step + 0.5) * RUN) for step in (10.5, -0.4)]
    scene.rod(ends, (138, 84, 52), 0.075)


def _extinguisher(scene: Scene) -> None:
    """A red fire box on the wall and a green light above the landing; no words on either."""
    x = SHAFT - 0.01
    for low, high, near, far, colour in (
        (0.5, 1.3, 2.7, 3.5, (176, 34, 36)),
        (0.58, 1.22, 2.78, 3.42, (206, 60, 54)),
        (0.66, 1.1, 2.9, 3.3, (90, 110, 120)),
    ):
        scene.face([(x, low, near), (x, high, near), (x, high, far), (x, low, far)], colour)
    scene.upright((-0.42, 0.42), (4.22, 4.46), FIRST + 11 * RUN - 0.03, (30, 132, 80))
    scene.upright((-0.3, 0.3), (4.31, 4.36), FIRST + 11 * RUN - 0.04, WHITE)
    scene.level((-0.9, 0.9), (1.6, 3.6), 0, WHITE, 0.14, 30)


def _clutter(scene: Scene, step: int) -> None:
    near, top = FIRST + step * RUN + 0.02, (step + 1) * RISE
    for at, x, size in ((1, 0.55, 0.55), (2, -1.2, 0.5), (3, 0.9, 0.6), (4, -0.4, 0.5), (6, 0.3, 0.6), (7, -1.1, 0.5)):
        if at == step:
            _carton(scene, x, near, top, size)


def _heap(scene: Scene, chance: Random) -> None:
    for x, away, up, size in ((0.55, 3.35, 0, 0.62), (1.1, 3.2, 0, 0.55), (0.7, 3.4, 0.5, 0.5)):
        _carton(scene, x, away, up, size)
    for x, away, size in ((0.2, 3.3, 0.5), (-0.2, 3.6, 0.55)):
        bag(scene, (x, 0, away), size, chance.choice(BAGS), chance)
    _bicycle(scene, -1.25, 2.75)


def _bicycle(scene: Scene, x: float, away: float) -> None:
    """A bicycle that leans on the left wall, seen from the side and a little from behind."""
    hubs = ((x, 0.34, away), (x + 0.95, 0.34, away + 0.35))
    for hub in hubs:
        spot, size = scene.camera.spot(hub), scene.camera.focal * 0.33 / hub[2]
        scene.oval((spot[0], spot[1] + size), (size * 0.8, 9), BLACK, 0.5, 6)
        for reach, colour in ((1.0, (34, 34, 38)), (0.88, (168, 170, 172))):
            ring = blob(spot, (size * reach * 0.94, size * reach), chance=dice("round"), wobble=0.0, count=70)
            scene.line([*ring, ring[0]], colour, 7 if reach == 1.0 else 2.5)
        for spoke in range(0, 70, 7):
            end = blob(spot, (size * 0.82, size * 0.88), dice("round"), 0.0, 70)[spoke]
            scene.line([spot, end], (150, 152, 154), 1.2, 0.8)
    rear, front = hubs
    crank, seat, head = (x + 0.42, 0.34, away + 0.15), (x + 0.28, 0.86, away + 0.1), (x + 0.82, 0.88, away + 0.3)
    for path in ((rear, crank, head, seat, crank), (rear, seat), (head, front)):
        scene.rod(path, (40, 104, 150), 0.04)
    scene.rod([head, (x + 0.8, 1.02, away + 0.3), (x + 0.62, 1.05, away + 0.2)], (60, 62, 66), 0.035)
    scene.rod([(x + 0.16, 0.93, away + 0.06), (x + 0.42, 0.95, away + 0.14)], (40, 36, 34), 0.08)
