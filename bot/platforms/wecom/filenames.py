"""What a file is called on its way up: the platform shows other letters than ASCII as their codes."""

import re
from typing import Final

_ODD: Final = re.compile(r"[^A-Za-z0-9._-]+")


def plain(name: str, otherwise: str) -> str:
    """`name` in ASCII, its ending kept; its stem is `otherwise` where nothing is left of it."""
    stem, dot, ending = name.rpartition(".")
    kept = _ODD.sub("", stem if dot else name).strip("._-")
    return f"{kept or otherwise}.{_ODD.sub('', ending)}" if dot else kept or otherwise
