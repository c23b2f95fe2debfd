"""Making an installation: configuration, the county's folder, the key, the database, the empty roll."""

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bot.commands.wording import words

CONFIG: Final = "config.toml"
COUNTY: Final = "county"
VAR: Final = "var"
_NOT_THE_COUNTYS: Final = "people.toml"  # the invented people of the demo
_RULES: Final = (".toml", ".geojson")


class Exists(Exception):
    """Something that would be made is there already; nothing was written."""

    def __init__(self, files: Sequence[Path]) -> None:
        super().__init__(", ".join(str(file) for file in files))
        self.files = files


@dataclass(frozen=True, slots=True, kw_only=True)
class WeComWishes:
    """The three ways into WeCom; each may be left out. `hook_name`: what the group with the webhook is called here."""

    bot_id: str = ""
    secret: str = field(default="", repr=False)
    corp_id: str = ""
    agent_id: int = 0
    app_secret: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    aes_key: str = field(default="", repr=False)
    hook_name: str = "work"
    hook_url: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a county answers to the wizard."""

    folder: Path
    name: str
    code: str
    timezone: str = "Asia/Shanghai"
    language: str = "zh-CN"
    admins: Sequence[str] = field(default_factory=list[str])
    port: int = 8090
    public_url: str = ""
    telegram_token: str = field(default="", repr=False)
    telegram_proxy: str = field(default="", repr=False)
    wecom: WeComWishes = field(default_factory=WeComWishes)


def refuse_to_overwrite(folder: Path) -> None:
    """Raises Exists if an installation is in `folder` already."""
    made = (folder / CONFIG, folder / COUNTY, folder / VAR / "secret.key", folder / VAR / "wudayuan.db")
    there = [file for file in made if file.exists()]
    if there:
        raise Exists(there)


def configuration(wishes: Wishes) -> str:
    """The text of the configuration; every value is checked when it is loaded, not here."""
    values = {
        "name": wishes.name, "code": wishes.code, "timezone": wishes.timezone, "language": wishes.language,
        "admins": list(wishes.admins), "port": wishes.port, "county": COUNTY, "public_url": wishes.public_url,
        "telegram_token": wishes.telegram_token, "telegram_proxy": wishes.telegram_proxy,
    }  # fmt: skip
    # A JSON text, number or list of texts is one in TOML, too.
    written = {key: json.dumps(value, ensure_ascii=False) for key, value in {**values, **_wecom(wishes)}.items()}
    written["hooks"] = _inline({wishes.wecom.hook_name: wishes.wecom.hook_url} if wishes.wecom.hook_url else {})
    return words(wishes.language)["init.config"].format_map(written).lstrip("\n")


def _inline(table: Mapping[str, str]) -> str:
    """A table in one line, as TOML has it."""
    return "{" + ", ".join(f"{json.dumps(key)} = {json.dumps(value)}" for key, value in table.items()) + "}"


def _wecom(wishes: Wishes) -> dict[str, object]:
    own = wishes.wecom
    # A group that can only be posted to is nowhere bound by hand.
    groups = [f"wecom:{own.hook_name}"] if own.hook_url and not own.bot_id else []
    return {
        "groups": groups, "bot_id": own.bot_id, "bot_secret": own.secret, "corp_id": own.corp_id,
        "agent_id": own.agent_id, "app_secret": own.app_secret, "callback_token": own.token, "aes_key": own.aes_key,
    }  # fmt: skip


def write_files(wishes: Wishes) -> None:
    """Write the configuration (0600) and copy the rules of the invented county, to be edited.

    Raises:
        Exists: an installation is there already.
        OSError: the folder cannot be written.
    """
    refuse_to_overwrite(wishes.folder)
    wishes.folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(wishes.folder / CONFIG, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(configuration(wishes))
    _copy_rules(wishes.folder / COUNTY)


def _copy_rules(target: Path) -> None:
    from bot.county.loader import __file__ as beside

    target.mkdir()
    for file in sorted(Path(beside).parent.iterdir()):
        if file.suffix in _RULES and file.name != _NOT_THE_COUNTYS:
            shutil.copyfile(file, target / file.name)
