"""Configuration: what an administrator writes, and what they are told when it is wrong."""

import os
import re
import tomllib
from operator import attrgetter
from pathlib import Path

import pytest

from bot.config import ConfigFault, Settings, load
from bot.config.load import lines_of
from bot.config.settings import sections

EXAMPLE = Path(__file__).parent.parent / "config.example.toml"
KEYS = [(section, key) for section, made in sections().items() for key in made.model_fields]


def written(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return path


def faults(folder: Path, text: str, **environ: str) -> tuple[str, ...]:
    with pytest.raises(ConfigFault) as caught:
        load(written(folder, text), environ)
    return caught.value.lines


def test_a_file_wins_over_defaults_and_the_environment_over_both(tmp_path: Path) -> None:
    path = written(tmp_path, '[town]\nname = "甲县"\ncode = "JX"\n[web]\nport = 8000\n')
    settings = load(path, {"WDY_TOWN__NAME": "乙县", "wdy_web__port": "9000", "PATH": "/bin"})
    assert (settings.town.name, settings.town.code, settings.web.port) == ("乙县", "JX", 9000)
    assert settings.town.timezone == "Asia/Shanghai"


def test_the_process_environment_is_read_only_when_passed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WDY_TOWN__CODE", "ENV")
    path = written(tmp_path, "")
    assert load(path, {}).town.code == "WD"
    assert load(path, os.environ).town.code == "ENV"


@pytest.mark.parametrize("listed", ["telegram:1001, wecom:zhangsan", '["telegram:1001", "wecom:zhangsan"]'])
def test_a_list_in_the_environment_replaces_the_file(tmp_path: Path, listed: str) -> None:
    path = written(tmp_path, '[people]\nadmins = ["sandbox:admin"]\n')
    assert load(path, {}).people.admins == ("sandbox:admin",)
    assert load(path, {"WDY_PEOPLE__ADMINS": listed}).people.admins == ("telegram:1001", "wecom:zhangsan")


def test_no_file_is_fine_unless_one_is_required(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(None, {"WDY_TOWN__NAME": "甲县"}).town.name == "甲县"
    assert load(None, {}).storage.photos == str(tmp_path / "var/photos")
    with pytest.raises(ConfigFault, match="wudayuan init"):
        load(None, {}, file_required=True)
    with pytest.raises(ConfigFault, match=r"no such file.*wudayuan init"):
        load(tmp_path / "missing.toml", {})


def test_relative_paths_start_at_the_file_whatever_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "elsewhere").mkdir()
    written(tmp_path, '[rulebook]\ndir = "rules"\n')
    monkeypatch.chdir(tmp_path / "elsewhere")
    settings = load(Path("../config.toml"), {})
    assert Path(settings.storage.url.removeprefix("sqlite:///")).resolve() == tmp_path / "var/wudayuan.db"
    assert settings.rulebook.dir is not None
    assert settings.rulebook.dir.resolve() == tmp_path / "rules"
    assert settings.bot.messages_dir is None
    elsewhere = load(
        Path("../config.toml"), {"WDY_STORAGE__URL": "postgresql://bot@db/x", "WDY_STORAGE__PHOTOS": "s3://pics/a"}
    )
    assert (elsewhere.storage.url, elsewhere.storage.photos) == ("postgresql://bot@db/x", "s3://pics/a")


def test_variables_of_the_test_run_are_not_taken_for_settings(tmp_path: Path) -> None:
    assert load(written(tmp_path, ""), {"WDY_CRASH_AT": "commit", "WDY_TEST_DATABASES": "both", "WDYX": "1"})
    assert "WDY_CRASH: there is no such setting" in faults(tmp_path, "", WDY_CRASH="commit")[0]


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    settings = load(written(tmp_path, ""), {})
    with pytest.raises(ValueError, match="frozen"):
        settings.town.name = "丙县"  # pyright: ignore[reportAttributeAccessIssue]  # the refusal is the test
    assert settings.town.name == "示例县"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "[town]\n\nnmae = 'a'",
            "config.toml line 3: [town] nmae: no such setting; nearest: [town] name. Correct or remove it.",
        ),
        ("[twon]\nname = 'a'", "config.toml line 1: [twon]: no such section; nearest: [town]. Correct or remove it."),
        ("port = 1", "config.toml line 1: [port]: no such section; nearest: [web] port. Correct or remove it."),
        (
            "[town]\nport = 1",
            "config.toml line 2: [town] port: no such setting; nearest: [web] port. Correct or remove it.",
        ),
        ("[groups]\nxyz = 1", "config.toml line 2: [groups] xyz: no such setting; valid: work, bare_photo. Remove it."),
        (
            "town = 5",
            'config.toml line 1: [town]: "5": a section, not a value. Write it as [town] on a line of its own.',
        ),
        ("[web]\nport = 70000", 'config.toml line 2: [web] port: "70000": too large. Write 65535 or less.'),
        ("[web]\nport = -1", 'config.toml line 2: [web] port: "-1": too small. Write 0 or more.'),
        ("[storage]\nurl = 5", "config.toml line 2: [storage] url: this is not a text. Put it in double quotes."),
        ("[web]\nport = 'a'", 'config.toml line 2: [web] port: "a": not a whole number. Write digits without quotes.'),
        (
            "[web]\nport = true",
            "config.toml line 2: [web] port: true is not a whole number. Write digits without quotes.",
        ),
        ("[town]\nname = 5", 'config.toml line 2: [town] name: "5": not a text. Put it in double quotes.'),
        ("[town]\nname = ' '", 'config.toml line 2: [town] name: " ": wrong length. Write at least 1 sign.'),
        ("[people]\nadmins = 5", 'config.toml line 2: [people] admins: "5": not a list. Write ["a", "b"].'),
        (
            "[log]\nlevel = 'inof'",
            'config.toml line 2: [log] level: "inof": not a choice; nearest: "info". '
            'Write one of "debug", "info", "warning", "error".',
        ),
        (
            "town.timezone = 'Asia/Shangai'",
            'config.toml line 1: [town] timezone: "Asia/Shangai" is not a time zone; nearest: "Asia/Shanghai". '
            "Write a name of the IANA list, capitals as there.",
        ),
    ],
)
def test_a_fault_names_file_line_key_and_cure(tmp_path: Path, text: str, line: str) -> None:
    assert faults(tmp_path, text) == (line,)


@pytest.mark.parametrize(
    ("section", "key", "good", "bad", "says"),
    [
        ("town", "code", "JX", "jx", "2 to 6 capital letters"),
        ("town", "code", "ABCDEF", "ABCDEFG", "2 to 6 capital letters"),
        ("town", "timezone", "Asia/Urumqi", "Asia", "not a time zone"),
        ("town", "timezone", "UTC", "../etc/passwd", "not a time zone"),
        ("storage", "url", "sqlite:///a/b.db", "sqlite://a.db", "sqlite:/// and a file"),
        (
            "storage",
            "url",
            "postgresql://bot@[::1]:5433/county",
            "postgres://bot@db/county",
            "nearest scheme: postgresql",
        ),
        ("storage", "url", "postgresql://db/county", "postgresql://db", "names no database"),
        ("storage", "url", "postgresql://db:5433/county", "postgresql://db:port/county", "no database address"),
        ("storage", "photos", "s3://county-photos/2026", "s3://", "no place for photos"),
        ("storage", "photos", "pictures", "ftp://host/x", "no place for photos"),
        ("web", "host", "::1", "127.0.0.1:80", "no port"),
        ("web", "host", "bot.example.cn", "-x", "no address to listen on"),
        ("web", "public_url", "https://a.example.cn/wdy/", "http://a.example.cn", "not encrypted"),
        ("web", "public_url", "http://127.0.0.1:8090", "http://127.0.0.1.example.cn", "not encrypted"),
        ("web", "public_url", "http://localhost", "a.example.cn", "no web address"),
        ("people", "admins", "telegram:1001", "1001", "does not say on which platform"),
        ("people", "admins", "wecom:zhangsan", "wecm:zhangsan", 'nearest: "wecom"'),
        ("people", "admins", "sandbox:admin", "telegram:zhangsan", "not an id as telegram gives them"),
        ("groups", "work", "telegram:-1001", "telegram:1001", "not an id as telegram gives them"),
    ],
)
def test_each_value_is_checked(tmp_path: Path, section: str, key: str, good: str, bad: str, says: str) -> None:
    variable = f"WDY_{section}__{key}".upper()
    load(written(tmp_path, ""), {variable: good})
    lines = faults(tmp_path, "", **{variable: bad})
    assert len(lines) == 1
    assert lines[0].startswith(f"environment variable {variable}: [{section}] {key}: ")
    assert says in lines[0]


def test_public_url_loses_its_final_slash(tmp_path: Path) -> None:
    assert load(written(tmp_path, '[web]\npublic_url = "https://a.cn/x/"'), {}).web.public_url == "https://a.cn/x"


def test_all_faults_of_file_and_environment_come_at_once(tmp_path: Path) -> None:
    lines = faults(
        tmp_path,
        '[town]\ncode = "x"\n[people]\nadmins = [\n  "telegram:1",\n  "qq:1",\n]\n',
        WDY_TOWN_NAME="甲县",
        WDY_WEB__PORT="no",
    )
    assert len(lines) == 4
    assert lines[0].startswith("environment variable WDY_TOWN_NAME: there is no such setting; nearest: WDY_TOWN__NAME.")
    assert {line.split(": ")[0] for line in lines[1:]} == {
        "config.toml line 2",
        "config.toml line 4",
        "environment variable WDY_WEB__PORT",
    }


@pytest.mark.parametrize(
    ("raw", "start", "cure"),
    [
        ("[town]\nname = “甲县”\n".encode(), "config.toml line 2: this is not TOML:", 'full-width “; type " instead'),
        ("[town]\nname ＝ '甲'\n".encode(), "config.toml line 2: this is not TOML:", "full-width ＝; type = instead"),
        (b'[storage]\nphotos = "C:\\photos"\n', "config.toml line 2: this is not TOML:", "write paths with /"),
        (b"[town]\nname\n", "config.toml line 2: this is not TOML:", "A setting is written as"),
        (b'[people]\nadmins = ["a",\n', "config.toml line 3: this is not TOML:", "A setting is written as"),
        (
            '[town]\nname = "甲县"\n'.encode("gbk"),
            "config.toml: this is not UTF-8 text",
            "Save it with the encoding UTF-8",
        ),
    ],
)
def test_a_file_that_is_not_toml_is_told_with_its_usual_cause(
    tmp_path: Path, raw: bytes, start: str, cure: str
) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(raw)
    with pytest.raises(ConfigFault) as caught:
        load(path, {})
    assert len(caught.value.lines) == 1
    assert caught.value.lines[0].startswith(start)
    assert cure in caught.value.lines[0]


def test_notepads_byte_order_mark_and_line_ends_are_read(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes('\ufeff[town]\r\nname = "甲县"\r\ncode = "甲"\r\n'.encode())
    with pytest.raises(ConfigFault, match=r"line 3: \[town\] code"):
        load(path, {})
    path.write_bytes('\ufeff[town]\r\nname = "甲县"\r\n'.encode())
    assert load(path, {}).town.name == "甲县"


def test_a_folder_in_place_of_the_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigFault, match="cannot be read"):
        load(tmp_path, {})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[storage]\nurl = 'sqlite:///FILE/a/b.db'", "line 2: [storage] url: .*is a file, so no folder"),
        ("[storage]\nurl = 'sqlite:///FOLDER'", "line 2: [storage] url: .*is a folder"),
        ("[storage]\nphotos = 'FILE'", "line 2: [storage] photos: .*is a file, so no folder"),
        ("[town]\nsecret_file = 'FOLDER'", "line 2: [town] secret_file: .*is a folder"),
        ("[rulebook]\ndir = 'nowhere'", "line 2: [rulebook] dir: there is no folder"),
        ("[bot]\nmessages_dir = 'FILE'", "line 2: [bot] messages_dir: there is no folder"),
    ],
)
def test_paths_are_checked_against_the_disk(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "FILE").touch()
    (tmp_path / "FOLDER").mkdir()
    lines = faults(tmp_path, text)
    assert len(lines) == 1
    assert re.search(says.replace("[", r"\["), lines[0])
    assert load(written(tmp_path, "[storage]\nurl = 'sqlite:///FOLDER/new/b.db'"), {})
    assert not (tmp_path / "FOLDER/new").exists()


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps such rights elsewhere")
def test_a_password_in_a_file_others_can_read_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, '[storage]\nurl = "postgresql://bot:hunter22@db/county"\n')
    assert load(path, {}).storage.url.endswith("@db/county")
    path.chmod(0o640)
    with pytest.raises(ConfigFault, match=r"line 2: \[storage\] url: .*Run: chmod 600"):
        load(path, {})
    assert load(path, {"WDY_STORAGE__URL": "postgresql://bot:hunter22@db/county"})


def test_passwords_appear_neither_in_faults_nor_in_the_settings_printed(tmp_path: Path) -> None:
    lines = faults(tmp_path, '[storage]\nurl = "postgers://bot:hunter22@db/county"\n')
    assert "hunter22" not in "".join(lines)
    lines = faults(tmp_path, "[storage]\nurl = ['postgresql://bot:hunter22@db/county']\n")
    assert "hunter22" not in "".join(lines)
    path = written(tmp_path, '[storage]\nurl = "postgresql://bot:hunter22@db/county"\n')
    assert "hunter22" not in repr(load(path, {}))


def test_control_characters_of_a_value_do_not_reach_the_terminal(tmp_path: Path) -> None:
    line = faults(tmp_path, '[town]\ncode = "\\u001b[31m\\n\\u202e"\n')[0]
    assert r'"\x1b[31m\n\u202e"' in line
    assert line.isprintable()


def test_the_line_of_a_key_is_found_past_multi_line_values_and_look_alikes() -> None:
    top = '# name = 1\n[town] # [web]\nname = """\ncode = "no"\n[web]\n"""\n"code" = "X"\n'
    text = top + '[people]\nadmins = [\n "a",\n]\n\n[web]\nport=1'
    found = lines_of(text)
    assert found[("town",)] == 2
    assert found[("town", "name")] == 3
    assert found[("town", "code")] == 7
    assert found[("people", "admins")] == 9
    assert found[("web", "port")] == 14


def test_the_example_holds_every_setting_with_its_default() -> None:
    tables = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    flat = {name: table for name, table in tables.items() if name != "wecom"}
    flat |= {f"wecom.{name}": table for name, table in tables["wecom"].items()}
    assert sorted((section, key) for section, table in flat.items() for key in table) == sorted(KEYS)
    shown, defaults = Settings.model_validate(tables), Settings()
    for section, key in KEYS:
        path = f"{section}.{key}"
        assert attrgetter(path)(shown) == attrgetter(path)(defaults), path


@pytest.mark.parametrize(("section", "key"), KEYS)
def test_every_setting_is_explained_in_both_languages(section: str, key: str) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    lines = text.split("\n")
    above = lines_of(text)[(*section.split("."), key)] - 2
    comment = ""
    while lines[above].startswith("#"):
        comment, above = lines[above] + comment, above - 1
    assert re.search(r"[A-Za-z]{3}.* ", comment), "no English comment"
    assert re.search(r"[一-鿿]{2}", comment), "no Chinese comment"
    assert sections()[section].model_fields[key].description


def test_a_section_within_a_section_is_named_as_it_is_written(tmp_path: Path) -> None:
    key = "k" * 43
    (line,) = faults(tmp_path, f'[wecom.aibot]\nbot_id = "aibA1234"\nsecrets = "{key}"\n')
    assert (
        line
        == "config.toml line 3: [wecom.aibot] secrets: no such setting; nearest: [wecom.aibot] secret. Correct or remove it."
    )
    (line,) = faults(tmp_path, '[wecom.aibots]\nbot_id = "aibA1234"\n')
    assert line == "config.toml line 1: [wecom] aibots: no such section; nearest: [wecom.aibot]. Correct or remove it."
    (line,) = faults(tmp_path, "[wecom]\naibot = 3\n")
    assert "[wecom.aibot] on a line of its own" in line
    (line,) = faults(tmp_path, "", WDY_WECOM__AIBOT__BOT_ID="aibA1234")
    assert line == "default: [wecom.aibot] secret: is missing beside the others. Copy it from WeCom's console."


def test_settings_of_wecom_come_from_file_and_environment(tmp_path: Path) -> None:
    path = written(tmp_path, '[wecom.aibot]\nbot_id = "aibA1234"\nsecret = "from-the-file-0123"\n')
    hook = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-0000"
    environ = {"WDY_WECOM__AIBOT__SECRET": "from-the-environment", "WDY_WECOM__WEBHOOK__URLS": f'{{"wrA": "{hook}"}}'}
    settings = load(path, environ)
    assert (settings.wecom.aibot.bot_id, settings.wecom.aibot.secret) == ("aibA1234", "from-the-environment")
    assert settings.wecom.webhook.urls == {"wrA": hook}
    assert "from-the-environment" not in repr(settings)
    assert "693a91f6" not in repr(settings)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[wecom.aibot]\nbot_id = "机器人"\n', "is no id as WeCom shows it"),
        ('[wecom.app]\naes_key = "short-secret"\n', "exactly 43"),
        ('[wecom.app]\ntoken = "with space"\n', "3 to 32 letters"),
        ('[wecom.aibot]\nws_url = "ws://chat.example.cn"\n', "is not encrypted"),
        ('[wecom.webhook]\nurls = { "群" = "https://a.example/send?key=12345678" }\n', "is no name for a group"),
        ('[wecom.webhook]\nurls = { "wrA" = "https://a.example/send" }\n', 'the address of "wrA" is no webhook'),
        ('[wecom.webhook]\nurls = ["https://a.example/send?key=12345678"]\n', "this is no table"),
    ],
)
def test_what_is_odd_in_a_setting_of_wecom_is_said(tmp_path: Path, text: str, says: str) -> None:
    assert any(says in line for line in faults(tmp_path, text))


def test_a_callback_needs_an_https_address(tmp_path: Path) -> None:
    app = f'[wecom.app]\ncorp_id = "wwA1234"\nagent_id = 2\nsecret = "{"s" * 43}"\ntoken = "abc"\naes_key = "{"k" * 43}"\n'
    (line,) = faults(tmp_path, app)
    assert line.endswith("[web] public_url: WeCom's callback needs the https address of this server.")
    assert load(written(tmp_path, app + '[web]\npublic_url = "https://wdy.example.cn"\n'), {}).wecom.app.agent_id == 2


def test_the_example_itself_loads_and_holds_no_secret(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    settings = load(written(tmp_path, text), {})
    assert settings.storage.url == f"sqlite:///{(tmp_path / 'var/wudayuan.db').as_posix()}"
    assert list(tmp_path.iterdir()) == [tmp_path / "config.toml"], "loading makes nothing"
