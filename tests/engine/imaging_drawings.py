"""Drawings for the tests of the image worker; most of them misbehave. They run in the worker's process."""

import json
import os
import resource
import signal
from io import BytesIO
from pathlib import Path
from threading import Event
from time import process_time

from PIL import Image


def beside(arguments: str, pictures: list[bytes]) -> bytes:
    """The pictures beside each other on the named colour."""
    opened = [Image.open(BytesIO(picture)) for picture in pictures]
    sheet = Image.new(
        "RGB", (sum(i.width for i in opened), max(i.height for i in opened)), json.loads(arguments)["paper"]
    )
    left = 0
    for image in opened:
        sheet.paste(image, (left, 0))
        left += image.width
    out = BytesIO()
    sheet.save(out, "PNG")
    return out.getvalue()


def surroundings(_arguments: str, _pictures: list[bytes]) -> bytes:
    """Everything this process was told, and its limits."""
    limits = {name: resource.getrlimit(getattr(resource, f"RLIMIT_{name}")) for name in ("AS", "CPU", "CORE")}
    used = resource.getrusage(resource.RUSAGE_SELF)
    told = {"environment": dict(os.environ), "limits": limits, "cpu_s": used.ru_utime + used.ru_stime}
    return json.dumps(told | {"pid": os.getpid()}).encode()


def hang(arguments: str, _pictures: list[bytes]) -> bytes:
    """Say so in the named file, then wait for ever."""
    Path(arguments).write_text("hangs")
    Event().wait()
    return b""


def spin(_arguments: str, _pictures: list[bytes]) -> bytes:
    """Use CPU for ever."""
    while True:
        pass


def burn(_arguments: str, _pictures: list[bytes]) -> bytes:
    """Use 0.6 s of CPU."""
    start = process_time()
    while process_time() - start < 0.6:
        pass
    return b"burnt"


def fall_over_once(arguments: str, _pictures: list[bytes]) -> bytes:
    """Be killed, unless the named file says that this has happened before."""
    if not Path(arguments).exists():
        Path(arguments).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return b"drawn"


def fall_over(_arguments: str, _pictures: list[bytes]) -> bytes:
    """Be killed every time."""
    os.kill(os.getpid(), signal.SIGKILL)
    return b""


def devour(_arguments: str, _pictures: list[bytes]) -> bytes:
    """Ask for twice the memory there is."""
    return bytes(2 << 30)


def raise_words(_arguments: str, _pictures: list[bytes]) -> bytes:
    """Fail with what a person wrote in the message."""
    raise ValueError("the private words of a rider")


def chatter(_arguments: str, _pictures: list[bytes]) -> bytes:
    """Print into what looks like the reply pipe."""
    print("a library prints this", flush=True)
    os.write(1, b"and this")
    return b"still understood"


def told(arguments: str, _pictures: list[bytes]) -> bytes:
    """What it was told, unless that says to fail."""
    if "fail" in json.loads(arguments):
        raise ValueError("told to fail")
    return arguments.encode()
