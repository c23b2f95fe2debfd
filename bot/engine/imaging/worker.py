"""The program of the image worker: one request after another from standard input, until the bot closes it.

Started by `client.py` as `python -m bot.engine.imaging.worker SETTINGS`. It says `ready` once, then answers. A fault
of ours ends it, as any crash does: the bot starts a fresh one.
"""

import json
import os
import sys
from collections.abc import Callable
from importlib import import_module
from types import TracebackType
from typing import BinaryIO

from bot.engine.imaging import frames
from bot.engine.imaging.confine import allow_cpu, confine
from bot.engine.imaging.frames import BadFrame, Frame
from bot.engine.imaging.picture import prepare
from bot.engine.imaging.prepared import Unreadable
from bot.engine.imaging.replies import write_prepared, write_refusal
from bot.engine.imaging.settings import Limits, Settings

Drawing = Callable[[str, list[bytes]], bytes]


def main() -> None:
    """Serve until standard input ends."""
    settings = Settings.read(sys.argv[1])
    sys.excepthook = _name_the_place
    requests, replies = sys.stdin.buffer, _private_output()
    confine(settings.limits.memory_bytes)
    frames.write(replies, Frame({"ready": True}))
    while (request := frames.read(requests)) is not None:
        allow_cpu(settings.limits.cpu_s)
        frames.write(replies, _answer(request, settings))


def _private_output() -> BinaryIO:
    """The reply pipe, out of reach of a library that prints: what is printed goes to standard error."""
    pipe = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return pipe


def _answer(request: Frame, settings: Settings) -> Frame:
    match request.fields:
        case {"do": "prepare"}:
            return _prepare(request.blobs[0], settings.limits)
        case {"do": "draw", "name": str(name), "arguments": str(arguments)}:
            return Frame({}, (_drawing(settings.drawings[name])(arguments, list(request.blobs)),))
        case _:
            raise BadFrame("unknown request")


def _prepare(data: bytes, limits: Limits) -> Frame:
    try:
        return write_prepared(prepare(data, limits))
    except Unreadable as refused:
        return write_refusal(refused)


def _drawing(path: str) -> Drawing:
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


def _name_the_place(kind: type[BaseException], _fault: BaseException, trace: TracebackType | None) -> None:
    """Say what ended the worker and where; never the message, which may quote what people wrote."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else ""
    sys.stderr.write(json.dumps({"event": "image_worker_fault", "error": kind.__name__, "place": place}) + "\n")


if __name__ == "__main__":
    main()
