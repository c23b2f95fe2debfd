"""What the log shows, and what never reaches it by any way a program can log."""

import asyncio
import io
import json
import logging
import sqlite3
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import structlog

from bot import log

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"  # made up; the form Telegram documents
PHONE = "13900000000"
# Joined here, because a constant of the source is what a library may say.
WORDS = " ".join(("上报", "幸福路公交站前井盖破损"))
ENGLISH = " ".join(("manhole cover", "broken at the bus stop"))
SECRETS = (TOKEN, PHONE, WORDS, ENGLISH, "井盖", "manhole")


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    hooks, handlers, level = (sys.excepthook, threading.excepthook, sys.unraisablehook), root.handlers[:], root.level
    stream = io.StringIO()
    log.configure("debug", "json", stream)
    yield stream
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def lines(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def only(out: io.StringIO) -> dict[str, Any]:
    (line,) = lines(out)
    return line


def ours() -> Any:
    return structlog.get_logger("bot.engine.courier")


def assert_clean(out: io.StringIO) -> None:
    text = out.getvalue()
    assert text, "nothing was written, so nothing was proved"
    decoded = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines(out))
    for secret in SECRETS:
        assert secret not in text
        assert secret not in decoded


def test_an_event_is_one_json_line_in_utc(out: io.StringIO) -> None:
    ours().warning("delivery_failed", outbox_id=7, platform="telegram", late=True, ratio=0.5, error_code=None)
    line = only(out)
    assert datetime.now(UTC) - datetime.fromisoformat(line.pop("at")) < timedelta(minutes=1)
    assert line == {
        "level": "warning",
        "event": "delivery_failed",
        "logger": "bot.engine.courier",
        "outbox_id": 7,
        "platform": "telegram",
        "late": True,
        "ratio": 0.5,
        "error_code": None,
    }


def test_values_of_our_domain_are_written_as_people_search_them(out: io.StringIO) -> None:
    class State(StrEnum):
        FILED = "filed"

    at = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
    ours().info(
        "case_moved",
        state=State.FILED,
        at_due=at,
        took=timedelta(seconds=2),
        batch=UUID(int=1),
        path=Path("var/a.db"),
        ids=(1, 2),
    )
    line = only(out)
    assert (line["state"], line["at_due"], line["took"]) == ("filed", "2026-11-23T04:00:00+00:00", 2.0)
    assert (line["batch"], line["path"], line["ids"]) == (str(UUID(int=1)), "var/a.db", [1, 2])


def test_level_and_bound_fields_hold(out: io.StringIO) -> None:
    log.configure("info", "json", out)
    structlog.contextvars.bind_contextvars(event_id="8123", caption=WORDS)
    ours().debug("not_written")
    ours().bind(case=17).info("written")
    line = only(out)
    assert (line["event"], line["event_id"], line["case"], line["hidden"]) == ("written", "8123", 17, ["caption"])


FORBIDDEN = """
text caption phone name rider_name displayName description place address lat longitude position location token api_token
secret password authorization signature url file_url content message payload prompt sql params key robot_key code
binding_code texts names phones addresses
"""


@pytest.mark.parametrize("name", FORBIDDEN.split())
def test_a_field_with_a_personal_name_is_dropped_at_any_depth(out: io.StringIO, name: str) -> None:
    ours().info("stored", **{name: "abc"}, below={name: 31.5, "kept": 1}, listed=[{name: "abc"}])
    line = only(out)
    assert line["hidden"] == [name]
    assert line["below"] == {"kept": 1, "hidden": [name]}
    assert line["listed"] == [{"hidden": [name]}]
    assert "abc" not in out.getvalue()


def test_names_that_only_look_alike_are_kept(out: io.StringIO) -> None:
    kept = {"message_id": 5, "photo_count": 2, "error_code": "E-IMG-03", "update_key": "tg:1:8123", "place_id": 3}
    ours().info("stored", **kept)
    assert only(out) | kept == only(out)


class Holder:
    def __repr__(self) -> str:
        return WORDS


PATHS: dict[str, Callable[[str], object]] = {
    "event": lambda text: ours().info(text),
    "event word": lambda text: ours().info(f"stored_{text}"),
    "field": lambda text: ours().info("stored", detail=text),
    "field name": lambda text: ours().info("stored", **{text: 1}),
    "number": lambda text: ours().info("stored", detail=int(text) if text.isdigit() else text),
    "list": lambda text: ours().info("stored", detail=[text, (text,), {text}]),
    "mapping": lambda text: ours().info("stored", detail={"deep": {"deeper": text}, text: 1}),
    "object": lambda text: ours().info("stored", detail=Holder(), raised=ValueError(text), raw=text.encode()),
    "positional": lambda text: ours().info("stored %s", text),
    "bound": lambda text: ours().bind(detail=text).error("stored"),
    "foreign words": lambda text: logging.getLogger("lib").error(text),
    "foreign f-string": lambda text: logging.getLogger("lib").error(f"failed for {text}"),
    "foreign argument": lambda text: logging.getLogger("lib").error("failed for %s", text),
    "foreign mapping": lambda text: logging.getLogger("lib").error("failed for %(who)s", {"who": text}),
    "foreign wrong format": lambda text: logging.getLogger("lib").error("failed for %d", text),
    "foreign object": lambda text: logging.getLogger("lib").error(ValueError(text)),
    "foreign extra": lambda text: logging.getLogger("lib").error("failed", extra={"text": text}),
    "foreign name": lambda text: logging.getLogger(f"lib.{text}").error("failed"),
    "stack": lambda text: logging.getLogger("lib").error("failed %s", text, stack_info=True),
    "warning": lambda text: warnings.warn(text, UserWarning, stacklevel=1),
    "root": logging.error,
}


@pytest.mark.parametrize("text", [TOKEN, PHONE, WORDS, ENGLISH, f"{WORDS} {PHONE}"])
@pytest.mark.parametrize("way", PATHS)
@pytest.mark.filterwarnings("always")
def test_no_way_of_logging_shows_what_was_said(out: io.StringIO, way: str, text: str) -> None:
    log.configure("debug", "json", out)  # again, for pytest adds its own handler when the test begins
    PATHS[way](text)
    assert_clean(out)


def raise_deep(text: str) -> None:
    try:
        raise KeyError(text)
    except KeyError as first:
        error = ValueError(f"cannot read {text}")
        error.add_note(text)
        raise ExceptionGroup(text, [error, sqlite3.OperationalError(text)]) from first


@pytest.mark.parametrize("text", [TOKEN, PHONE, WORDS, ENGLISH])
@pytest.mark.parametrize("logger", ["ours", "foreign", "exc_info"])
def test_an_exception_shows_its_types_and_frames_but_no_message(out: io.StringIO, text: str, logger: str) -> None:
    try:
        raise_deep(text)
    except ExceptionGroup as error:
        if logger == "ours":
            ours().exception("event_failed", event_id="8123")
        elif logger == "exc_info":
            ours().error("event_failed", exc_info=error)
        else:
            logging.getLogger("lib").exception("failed for %s", text)
    assert_clean(out)
    found = only(out)["exceptions"]
    assert [one["type"] for one in found] == ["ExceptionGroup", "KeyError", "ValueError", "OperationalError"]
    assert found[0]["frames"][-1].endswith(" raise_deep")
    assert "test_log.py:" in found[0]["frames"][-1]


def test_exceptions_that_lead_to_each_other_are_shown_once(out: io.StringIO) -> None:
    first, second = ValueError(), KeyError()
    first.__cause__, second.__cause__ = second, first
    ours().error("event_failed", exc_info=first)
    assert [one["type"] for one in only(out)["exceptions"]] == ["ValueError", "KeyError"]


def test_a_replaced_exception_is_not_shown(out: io.StringIO) -> None:
    try:
        try:
            raise KeyError
        except KeyError:
            raise ValueError from None
    except ValueError:
        ours().exception("event_failed")
    assert [one["type"] for one in only(out)["exceptions"]] == ["ValueError"]


def test_an_exception_keeps_the_code_the_system_gave(out: io.StringIO, tmp_path: Path) -> None:
    try:
        (tmp_path / "井盖").read_bytes()
    except OSError:
        ours().exception("file_missing")
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (words TEXT UNIQUE)")
    try:
        connection.execute("INSERT INTO t VALUES (?), (?)", (WORDS, WORDS))
    except sqlite3.IntegrityError:
        ours().exception("row_refused")
    connection.close()
    first, second = lines(out)
    assert (first["exceptions"][0]["type"], first["exceptions"][0]["code"]) == ("FileNotFoundError", 2)
    assert second["exceptions"][0]["code"] == "SQLITE_CONSTRAINT_UNIQUE"
    assert_clean(out)


def test_uncaught_exceptions_of_program_thread_and_destructor_are_cleaned(
    out: io.StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    try:
        raise ValueError(WORDS)
    except ValueError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    thread = threading.Thread(target=raise_deep, args=(TOKEN,))
    thread.start()
    thread.join()

    class Bad:
        def __del__(self) -> None:
            raise ValueError(PHONE)

    Bad()
    assert_clean(out)
    assert [(line["level"], line["event"]) for line in lines(out)] == [("critical", "uncaught")] * 3
    assert capfd.readouterr().err == ""


async def test_a_task_nobody_waited_for_is_cleaned(out: io.StringIO) -> None:
    async def fail() -> None:
        raise ValueError(WORDS)

    task = asyncio.create_task(fail())
    await asyncio.wait([task])
    asyncio.get_running_loop().call_exception_handler({"message": WORDS, "exception": task.exception(), "task": task})
    assert_clean(out)
    assert only(out)["exceptions"][0]["type"] == "ValueError"


def test_a_library_speaks_from_warning_up_and_in_its_own_constant_words(out: io.StringIO) -> None:
    library = logging.getLogger("lib")
    library.setLevel(logging.DEBUG)
    library.info("chatter")
    library.warning("run of job %s was missed by %d seconds", WORDS, 90)
    line = only(out)
    assert line["event"] == "library_log"
    assert line["says"] == "run of job … was missed by 90 seconds"


def test_the_telegram_library_does_not_tell_what_people_write(out: io.StringIO) -> None:
    logging.getLogger("telegram.Bot").debug("Calling Bot API endpoint `sendMessage` with parameters `%s`", "井盖坏了")
    logging.getLogger("telegram.Bot").info("the same")
    assert out.getvalue() == ""


async def test_httpx_does_not_tell_the_address_it_calls(out: io.StringIO) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200))
    async with httpx.AsyncClient(transport=transport) as client:
        await client.get(f"https://api.telegram.org/bot{TOKEN}/getMe")
    ours().info("sent")
    assert only(out)["event"] == "sent"
    logging.getLogger("httpx").warning("HTTP Request: %s", f"https://api.telegram.org/bot{TOKEN}/getMe")
    assert_clean(out)


def test_handlers_installed_earlier_do_not_bypass_the_cleaning(out: io.StringIO) -> None:
    leak = io.StringIO()
    library = logging.getLogger("lib.early")
    library.addHandler(logging.StreamHandler(leak))
    library.propagate = False
    log.configure("info", "json", out)
    library.error(WORDS)
    assert leak.getvalue() == ""
    assert_clean(out)


@pytest.mark.parametrize("form", ["json", "console"])
def test_control_characters_cannot_forge_a_line(out: io.StringIO, form: log.Format) -> None:
    log.configure("debug", form, out)
    forged = 'x\n{"event":"forged"}\r\x1b[31m\x00\x85\u2028\u202e'
    ours().info(forged, detail=forged, **{forged: forged})
    logging.getLogger("lib").error(forged)
    logging.getLogger(f"lib{forged}").error("a %s\n", forged)
    text = out.getvalue()
    assert text.count("\n") == 3
    assert all(line.isascii() and line.isprintable() for line in text.split("\n"))
    assert "forged" not in text


def test_the_console_form_is_one_readable_line(out: io.StringIO) -> None:
    log.configure("info", "console", out)
    ours().info("case_moved", case=17, state="filed", text=WORDS)
    assert out.getvalue().endswith(
        ' info     case_moved logger="bot.engine.courier" case=17 state="filed" hidden=["text"]\n'
    )


def test_a_record_that_cannot_be_written_is_not_shown_elsewhere(
    out: io.StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    class Full(io.StringIO):
        def write(self, _: str, /) -> int:
            raise OSError(28, WORDS)

    log.configure("info", "json", Full())
    ours().error("stored", detail=WORDS)
    assert capfd.readouterr().err == '{"event": "log_failed", "error": "OSError"}\n'
    assert out.getvalue() == ""


@pytest.mark.parametrize(
    ("text", "gone", "kept"),
    [
        (f"https://api.telegram.org/bot{TOKEN}/getMe", TOKEN, "/getMe"),
        (f"https://x/bot{TOKEN.replace(':', '%3A')}/y", "AAHdq", "/y"),
        ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7xxx&x=1", "693a91f6", "&x=1"),
        ("https://x/gettoken?corpid=a&corpsecret=S3cr3tValue", "S3cr3tValue", "corpid=a"),
        ("https://x/send?access_token=abcDEF&debug=1", "abcDEF", "debug=1"),
        ('{"access_token": "abcDEF", "n": 1}', "abcDEF", '"n": 1'),
        ("Authorization: Bearer abc.def-ghi", "abc.def", "Authorization"),
        ("{'authorization': 'Basic dXNlcjpwYXNz'}", "dXNlcjpwYXNz", "authorization"),
        ("postgresql://bot:hunter22@db:5432/county", "hunter22", "@db:5432/county"),
        ("postgresql://bot:p@ss:w@db/county", "p@ss:w", "@db/county"),
        ("https://s3/x?X-Amz-Signature=0a1b2c&y=1", "0a1b2c", "y=1"),
        ("call 13900000000 now", "13900000000", "now"),
        ("+86 139-0000-0000.", "0000-0000", "."),
        ("0535-5550000 office", "5550000", "office"),
        ("id 110101199003070011", "19900307", "id"),
    ],
)
def test_secrets_and_numbers_of_people_are_masked_in_free_text(text: str, gone: str, kept: str) -> None:
    assert gone not in log.masked(text)
    assert kept in log.masked(text)
    assert log.masked(log.masked(text)) == log.masked(text)


@pytest.mark.parametrize(
    "text",
    [
        "tg:110201543:8123",
        "WD-20261123-0127",
        "2026-11-23T04:00:00.000Z",
        "-1001390000000000",
        "key words",
        "1390000000",
    ],
)
def test_what_an_engineer_searches_for_is_not_masked(text: str) -> None:
    assert log.masked(text) == text
