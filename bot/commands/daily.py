"""`import people` and `export`."""

import asyncio
import base64
import getpass
import sys
from pathlib import Path

from bot.commands.faults import FAILED
from bot.commands.reaching import reach, settings_at
from bot.commands.showing import console, progress
from bot.commands.wording import say
from bot.config import Settings
from bot.control import JobFailed

_MOST_BYTES = 20_000_000


def run_import(config: Path, file: Path, codes: Path | None) -> None:
    """Take in the roll, whole or not at all; faults are all told at once. `codes`: then make a sheet of codes."""
    settings = settings_at(config)
    data = bytes_of(file, "import.too_large")
    with progress(say("import.doing")) as tell:
        args = {"data": base64.b64encode(data).decode("ascii")}
        made = asyncio.run(reach(settings, "import_people", args, tell))
    if made["faults"]:
        console.print(made["faults"], markup=False)
        sys.exit(FAILED)
    console.print(say("import.done", added=made["added"], changed=made["changed"], same=made["same"]))
    if settings.wecom.app.corp_id:
        _bind_wecom(settings)
    if codes is not None:
        sheet = codes.absolute()
        with progress(say("import.codes_doing")) as tell:
            made = asyncio.run(reach(settings, "binding_codes", {"out": str(sheet)}, tell))
        console.print(say("import.codes_done", n=made["codes"], file=sheet), soft_wrap=True)


def run_bind_wecom(config: Path) -> None:
    """Bind members to WeCom by their phone numbers."""
    _bind_wecom(settings_at(config))


def _bind_wecom(settings: Settings) -> None:
    with progress(say("people.doing")) as tell:
        made = asyncio.run(reach(settings, "bind_wecom", {}, tell))
    console.print(say("people.bound", n=len(made["bound"])))
    for key in ("missed", "taken"):
        if made[key]:
            console.print(say(f"people.{key}", n=len(made[key]), names="、".join(made[key])), soft_wrap=True)
    if made["stopped"]:
        console.print(say(f"people.stopped.{made['stopped']}", left=made["left"]), soft_wrap=True)
    elif made["left"]:
        console.print(say("people.left", left=made["left"]), soft_wrap=True)


def bytes_of(file: Path, too_large: str) -> bytes:
    """What is in a file to import; `too_large` is the sentence for one that cannot be meant."""
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise JobFailed(too_large, file=file)
        return file.read_bytes()
    except OSError as fault:
        raise JobFailed("import.unreadable", file=file, why=fault.strerror or "") from fault


def run_export(config: Path, kind: str, out: Path | None, month: str | None) -> None:
    """Write a spreadsheet; without a name it is called by its kind and month."""
    from bot.export import is_month

    settings = settings_at(config)
    if month is not None and not is_month(month):
        raise JobFailed("export.no_month", month=month)
    target = (out or Path(f"{kind}-{month}.xlsx" if month else f"{kind}.xlsx")).absolute()
    if target.suffix.lower() != ".xlsx":
        raise JobFailed("export.no_xlsx", file=out)
    args = {"out": str(target), "month": month, "by": getpass.getuser()}
    with progress(say("export.doing")) as tell:
        made = asyncio.run(reach(settings, f"export_{kind}", args, tell))
    console.print(say("export.done", rows=made["rows"], file=target), soft_wrap=True)
