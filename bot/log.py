"""Logging: one line an event, in fixed words with fields; secrets and personal data cannot pass.

Our own code logs with structlog: `structlog.get_logger().warning("delivery_failed", outbox_id=7)`. What may leave is
decided by form and not by good will: an event is one word, a text in a field has no spaces and only ASCII, a field with
a personal name is dropped, an exception is its type and its frames without its message. What libraries log passes the
same door: their words are shown only if they stand in the library's source, for else they may quote a message.
"""

import json
import linecache
import logging
import re
import sys
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from pathlib import PurePath
from types import TracebackType
from typing import Any, Final, Literal, TextIO, cast
from uuid import UUID

import structlog
from structlog.typing import EventDict, WrappedLogger

Format = Literal["json", "console"]
Fields = dict[str, object]

_FIELDS: Final = "wudayuan_fields"  # where a record of our own carries its fields
_EVENT: Final = re.compile(r"[a-z][a-z0-9_]{0,60}")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,40}")
_PLAIN: Final = re.compile(r"[!-~]{1,200}")
# The last word of a field name that never leaves, in singular or plural; the exceptions are ids and numbers.
_FORBIDDEN: Final = re.compile(
    r"(text|caption|phone|mobile|tel|name|username|nickname|surname|description|summary|note|word|title|question|answer"
    r"|place|address(?:es)?|lat|lon|lng|latitude|longitude|position|location|coordinate|coord|token|secret|password"
    r"|passwd|cookie|authorization|signature|mac|nonce|url|body|content|message|payload|prompt|param|parameter|sql|args"
    r"|plate|idcard|card|key|code|data)s?"
)
_ALLOWED: Final = frozenset(
    {"update_key", "event_key", "once_key", "text_key", "error_code", "exit_code", "status_code"}
)
_MASKS: Final = tuple(
    (re.compile(pattern), put)
    for pattern, put in (
        (r"\d{6,}(?::|%3[aA])[A-Za-z0-9_-]{30,}", "<token>"),
        (r"(?i)(\bauthorization\b[\"']?\s*[:=]\s*[\"']?)(?:(?:bearer|basic)\s+)?[^\s\"',]+", r"\1<secret>"),
        (r"(?i)(\b(?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{8,}", r"\1<secret>"),
        (r"(?i)((?:key|secret|token|password|signature|\bsig)[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,;})]+", r"\1<secret>"),
        (r"([a-zA-Z][a-zA-Z0-9+.-]*://[^\s:/@]*:)[^\s/]+@", r"\1<secret>@"),
        (r"(?<!\d)\d{6}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)", "<id number>"),
        (r"(?<!\d)(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)", "<phone>"),
        (r"(?<!\d)0\d{2,3}-\d{7,8}(?!\d)", "<phone>"),
    )
)
_FRAMES = 20
_EXCEPTIONS = 6
_DEPTH = 4
_LOUD: Final = (
    "httpx",
    "httpcore",
    "telegram",
    "websockets",
    "aiosqlite",
    "multipart",
    "python_multipart",
    "PIL",
    "asyncio",
)


def configure(level: str = "info", form: Format = "json", stream: TextIO | None = None) -> None:
    """Send everything that is logged in this process, by whomever, to `stream` (standard error), cleaned.

    Called once at start; handlers that other code has installed until then are removed. Uncaught exceptions end here
    too. `level` is for our own events; those of libraries are written from "warning" up.
    """
    handler = _Handler(stream or sys.stderr)
    handler.setFormatter(_Formatter(form))
    handler.addFilter(_worth_writing)
    for logger in logging.Logger.manager.loggerDict.values():
        if isinstance(logger, logging.Logger):
            logger.handlers.clear()
            logger.propagate = True
    for name in _LOUD:
        logging.getLogger(name).setLevel(logging.WARNING)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.captureWarnings(True)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, structlog.contextvars.merge_contextvars, _hand_over],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    sys.excepthook = _uncaught
    threading.excepthook = lambda hook: _uncaught(hook.exc_type, hook.exc_value, hook.exc_traceback)
    sys.unraisablehook = lambda hook: _uncaught(hook.exc_type, hook.exc_value, hook.exc_traceback)


def masked(text: str) -> str:
    """`text` with tokens, keys, passwords, phone and id numbers replaced by a word in angle brackets."""
    for pattern, put in _MASKS:
        text = pattern.sub(put, text)
    return text


def _mapping(fields: Mapping[Any, object], depth: int = 0) -> Fields:
    """The fields that may be written; `hidden` lists the names of those that may not."""
    named = {str(key): value for key, value in fields.items() if _NAME.fullmatch(str(key))}
    kept = {key: _value(value, depth) for key, value in named.items() if not _is_forbidden(key)}
    hidden = [key for key in named if key not in kept]
    return {**kept, "hidden": hidden} if hidden else kept


def _is_forbidden(name: str) -> bool:
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return snake not in _ALLOWED and _FORBIDDEN.fullmatch(snake.rsplit("_", 1)[-1]) is not None


def _value(value: object, depth: int = 0) -> object:
    if isinstance(value, Enum):
        value = value.value
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        digits = str(int(value))
        return int(value) if masked(digits) == digits else masked(digits)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, str | UUID | PurePath):
        text = str(value)
        return masked(text) if _PLAIN.fullmatch(text) else f"<{len(text)} characters>"
    return _container(value, depth)


def _container(value: object, depth: int) -> object:
    if depth < _DEPTH and isinstance(value, Mapping):
        return _mapping(cast(Mapping[Any, object], value), depth + 1)  # isinstance leaves key and value unknown
    if depth < _DEPTH and isinstance(value, list | tuple | set | frozenset):
        return [_value(item, depth + 1) for item in cast(Iterable[object], value)]  # as above
    return f"<{type(value).__qualname__}>"  # never its repr: that may hold anything


def _hand_over(_: WrappedLogger, method: str, event: EventDict) -> tuple[tuple[str], dict[str, Any]]:
    word = event.pop("event", "")
    extra = {_FIELDS: {key: value for key, value in event.items() if key not in {"exc_info", "stack_info"}}}
    return (word,), {"extra": extra, "exc_info": event.get("exc_info")}


def _worth_writing(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING or hasattr(record, _FIELDS)


class _Handler(logging.StreamHandler[TextIO]):
    """The only handler; when a record cannot be written, the reason is told without the record."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (the standard library's name)
        error = sys.exc_info()[1]
        with suppress(OSError, ValueError):  # standard error may be the stream that is broken
            sys.stderr.write(f'{{"event": "log_failed", "error": "{type(error).__name__}"}}\n')


class _Formatter(logging.Formatter):
    """A record as one line of ASCII: JSON escapes control characters and everything beyond."""

    def __init__(self, form: Format) -> None:
        super().__init__()
        self._form = form

    def format(self, record: logging.LogRecord) -> str:
        written = _written(record)
        if self._form == "json":
            return json.dumps(written)
        rest = list(written.items())[3:]
        at, level, event = written["at"], written["level"], written["event"]
        return f"{at} {level:<8} {event}" + "".join(f" {key}={json.dumps(value)}" for key, value in rest)


def _written(record: logging.LogRecord) -> Fields:
    at = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    own = cast(Mapping[str, object] | None, getattr(record, _FIELDS, None))  # set by _hand_over only
    word = record.msg if isinstance(record.msg, str) else ""
    line: Fields = {"at": at, "level": record.levelname.lower(), "event": "library_log", "logger": _value(record.name)}
    if own is None:
        line |= {"says": _literal_words(record), "line": record.lineno, "module": _value(record.module)}
    else:
        line["event"] = masked(word) if _EVENT.fullmatch(word) else "unworded_event"
        line |= {key: value for key, value in _mapping(own).items() if key not in line}
    if record.exc_info and record.exc_info[1] is not None:
        line["exceptions"] = _exceptions(record.exc_info[1])
    return line


def _literal_words(record: logging.LogRecord) -> str:
    """The words of a library's record, if they are constants of its source; numbers are filled in, nothing else."""
    words = record.msg if isinstance(record.msg, str) else ""
    first = words.split("\n", 1)[0].strip()
    if not first or not any(f'"{first}' in line or f"'{first}" in line for line in linecache.getlines(record.pathname)):
        return f"<{len(words)} characters>"
    args = record.args if isinstance(record.args, tuple) else ()
    numbers = iter(args)
    return masked(re.sub(r"%[-+ #0]*\d*(?:\.\d+)?[a-zA-Z]", lambda _: _number(next(numbers, None)), first))


def _number(value: object) -> str:
    return str(value) if isinstance(value, int | float) else "…"


def _exceptions(error: BaseException) -> list[Fields]:
    """The exception and what led to it, first the last raised: type, code and frames, never the message."""
    found: list[Fields] = []
    waiting, seen = [error], {id(error)}
    while waiting and len(found) < _EXCEPTIONS:
        now = waiting.pop(0)
        found.append({"type": type(now).__qualname__, **_code(now), "frames": _frames(now.__traceback__)})
        below = [now.__cause__ or (None if now.__suppress_context__ else now.__context__)]
        if isinstance(now, BaseExceptionGroup):
            below += cast(BaseExceptionGroup[BaseException], now).exceptions  # isinstance leaves the inside unknown
        for one in below:
            if one is not None and id(one) not in seen:
                seen.add(id(one))
                waiting.append(one)
    return found


def _code(error: BaseException) -> Fields:
    """What the operating system, SQLite or PostgreSQL calls the error."""
    for attribute in ("sqlite_errorname", "sqlstate", "errno"):
        code: object = getattr(error, attribute, None)
        if isinstance(code, int | str):
            return {"code": _value(code)}
    return {}


def _frames(trace: TracebackType | None) -> list[str]:
    frames: list[str] = []
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{'/'.join(PurePath(code.co_filename).parts[-3:]).lstrip('/')}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return frames[-_FRAMES:]


def _uncaught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if error is None or issubclass(kind, KeyboardInterrupt | SystemExit):
        return
    record: logging.LogRecord = logging.getLogger("bot").makeRecord(
        "bot", logging.CRITICAL, "", 0, "uncaught", (), (kind, error, trace), extra={_FIELDS: {}}
    )
    logging.getLogger().handle(record)
