"""Draws the sandbox's sample photos; run by hand: `python -m bot.demo.make_photos`."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from bot.demo import kerbside, places, roads

FOLDER: Final = Path(__file__).parent / "photos"
SCENES: Final[dict[str, Callable[[bool], bytes]]] = {
    "pothole": roads.pothole,
    "manhole": roads.manhole,
    "bus-stop": kerbside.bus_stop,
    "guardrail": roads.guard_rail,
    "vending": kerbside.vending,
    "street-light": kerbside.street_light,
    "garbage": places.garbage,
    "kitchen": places.kitchen,
    "stairwell": places.stairwell,
}


def main() -> None:
    """Write every scene before and after."""
    for name, scene in SCENES.items():
        for state, done in (("before", False), ("after", True)):
            (FOLDER / f"{name}-{state}.jpg").write_bytes(scene(done))


if __name__ == "__main__":
    main()
