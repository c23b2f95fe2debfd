"""What the documents say is compared with the program: tables, commands, buttons, links, statuses, names."""

import re
import sqlite3
import tomllib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
import typer

from bot import county
from bot.cli import app
from bot.commands import faults
from bot.demo import __file__ as demo_file
from bot.domain.case import FINAL, CaseState, Resolution
from bot.domain.people import Role
from bot.domain.recognise import recognise
from bot.domain.rulebook import Severity
from bot.web import __file__ as web_file
from handlers import FEATURES, catalogues
from tests.town import TestTown

ROOT: Final = Path(__file__).parents[1]
DOCS: Final = ROOT / "docs"
READMES: Final = (ROOT / "README.md", ROOT / "README.zh-CN.md")
GUIDES: Final = {
    DOCS / "guide-rider.zh-CN.md": Role.RIDER,
    DOCS / "guide-contact.zh-CN.md": Role.CONTACT,
    DOCS / "guide-admin.zh-CN.md": Role.ADMIN,
    DOCS / "guide-telegram.zh-CN.md": Role.ADMIN,
    DOCS / "guide-wecom.zh-CN.md": Role.ADMIN,
    DOCS / "guide-month.zh-CN.md": Role.RIDER,
}
PAGES: Final = (*READMES, ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md")))
ADRS: Final = sorted((DOCS / "adr").glob("*.md"))
TWO_SCREENS: Final = 90
ONE_PAGE: Final = 60
BLOCK: Final = re.compile(r"```\w*\n(.*?)```", re.S)
LINK: Final = re.compile(r"(?<!\\)\]\((?P<to>[^)\s]+)\)")
MACHINE_PATH: Final = re.compile(r"(?:^|[\s\"'`(=:])(?:/home/|/root/|/work/|/tmp/|/Users/|[A-Za-z]:\\)\S+", re.M)
PACKAGE_INDEX: Final = re.compile(r"pypi\.|pythonhosted|index-url|/simple\b|registry\.|tuna\.|mirrors?\.", re.I)


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def tables(text: str) -> Iterator[tuple[str, list[list[str]]]]:
    """Each table with the nearest heading above it, without its header."""
    heading, rows = "", list[list[str]]()
    for line in (*BLOCK.sub("", text).splitlines(), ""):
        if line.startswith("|"):
            rows.append(cells(line))
            continue
        if rows:
            yield heading, rows[2:]
            rows = []
        if line.startswith("#"):
            heading = line.lstrip("# ")


def anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.fixture(scope="module")
def schema(sqlite_template: Path) -> dict[str, set[str]]:
    """Columns of every table the migrations make."""
    with closing(sqlite3.connect(sqlite_template)) as made:
        names = [str(row[0]) for row in made.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {name: {str(row[1]) for row in made.execute(f"PRAGMA table_info({name})")} for name in names}


@pytest.fixture(scope="module")
def described() -> tuple[dict[str, set[str]], dict[str, str]]:
    """Columns of every table with a section of its own, and the values of every enumeration."""
    sections: dict[str, set[str]] = {}
    lists: dict[str, str] = {}
    for heading, rows in tables((DOCS / "database.md").read_text("utf-8")):
        if heading == "Enumerations":
            lists.update({row[0]: row[1] for row in rows})
        elif re.fullmatch(r"[a-z_]+", heading):
            sections[heading] = {name.strip() for row in rows for name in row[0].split(",")}
    return sections, lists


def test_every_table_is_described_and_every_described_one_exists(
    schema: dict[str, set[str]], described: tuple[dict[str, set[str]], dict[str, str]]
) -> None:
    sections, lists = described
    assert set(sections) | set(lists) == set(schema)
    assert not set(sections) & set(lists)


def test_every_column_is_described(
    schema: dict[str, set[str]], described: tuple[dict[str, set[str]], dict[str, str]]
) -> None:
    for table, columns in described[0].items():
        assert columns == schema[table], table


def test_enumerations_list_what_the_database_allows(
    sqlite_template: Path, described: tuple[dict[str, set[str]], dict[str, str]]
) -> None:
    with closing(sqlite3.connect(sqlite_template)) as made:
        for table, values in described[1].items():
            allowed = {str(row[0]) for row in made.execute(f"SELECT name FROM {table}")}
            if table != "case_states":
                assert set(values.split(", ")) == allowed, table


def test_states_are_those_of_the_machine_in_the_words_of_the_chat() -> None:
    said = catalogues(ZoneInfo("Asia/Shanghai"), None).catalogues["zh-CN"]
    listed = dict(tables((DOCS / "database.md").read_text("utf-8")))["States of a case"]
    assert {row[0]: (row[1], row[2] == "yes") for row in listed} == {
        str(state): (said[f"state.{state}"], state in FINAL) for state in CaseState
    }


def test_the_glossary_has_every_role_severity_and_resolution() -> None:
    text = (DOCS / "glossary.md").read_text("utf-8")
    terms = {term.strip().replace(" ", "_") for _, rows in tables(text) for row in rows for term in row[0].split(",")}
    assert {str(role) for role in Role} <= terms
    for value in (*Severity, *Resolution):
        assert str(value) in text


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for found in LINK.finditer(page.read_text("utf-8")):
        target, _, fragment = found["to"].partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        other = (page.parent / target).resolve() if target else page
        assert other.exists(), found["to"]
        if fragment:
            headings = re.findall(r"^#+ (.+)$", other.read_text("utf-8"), re.M)
            assert fragment in map(anchor, headings), found["to"]


@pytest.mark.parametrize("page", [*PAGES, ROOT / "config.example.toml"], ids=named)
def test_no_path_of_a_machine_and_no_package_index(page: Path) -> None:
    text = page.read_text("utf-8")
    assert MACHINE_PATH.findall(text) == []
    assert PACKAGE_INDEX.findall(text) == []


@pytest.mark.parametrize(
    ("text", "forbidden"),
    [
        ("see /home/somebody/x", True),
        ("C:\\Users\\me", True),
        ("ExecStart=/opt/wudayuan", False),
        ("bot/home/x", False),
    ],
)
def test_paths_of_a_machine_are_recognised(text: str, forbidden: bool) -> None:
    assert bool(MACHINE_PATH.findall(text)) is forbidden


def commands_in(text: str) -> set[str]:
    """What a reader types: lines of code blocks and code spans that start a command, without remarks."""
    blocks = [line for block in BLOCK.findall(text) for line in block.splitlines()]
    spans = re.findall(r"(?<!`)`([^`\n]+)`(?!`)", BLOCK.sub("", text))
    lines = [line.partition("#")[0].strip() for line in (*blocks, *spans)]
    return {line for line in lines if re.match(r"(?:make|py|wudayuan|\.venv\S+) ", line)}


def test_both_readmes_name_the_same_commands() -> None:
    english, chinese = (commands_in(page.read_text("utf-8")) for page in READMES)
    assert english == chinese
    assert {"make demo", "make test"} <= english


def test_both_readmes_link_the_same_pages_and_pictures() -> None:
    english, chinese = (set(LINK.findall(page.read_text("utf-8"))) for page in READMES)
    assert english - {"README.zh-CN.md"} == chinese - {"README.md"}


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    for page in PAGES:
        for target in re.findall(r"`make ([a-z-]+)`|^make ([a-z-]+)", page.read_text("utf-8"), re.M):
            assert "".join(target) in targets, f"{named(page)}: make {''.join(target)}"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_command_of_the_program_that_is_named_exists(page: Path) -> None:
    root = typer.main.get_command(app)
    for line in commands_in(page.read_text("utf-8")):
        if found := re.match(r"(?:\.venv\\Scripts\\)?wudayuan (.+)", line):
            assert not unknown(root, found[1].split()), f"{named(page)}: {line}"


def unknown(command: Any, words: list[str]) -> str:
    """The first word that the command line (typer's own kind of click command) would not understand; else empty."""
    for word in words:
        if word.startswith("-"):
            known = [*(option for parameter in command.params for option in parameter.opts), "--help"]
            if word not in known:
                return word
        elif hasattr(command, "commands"):
            if word not in command.commands:
                return word
            command = command.commands[word]
    return ""


def test_a_command_that_does_not_exist_is_noticed() -> None:
    root = typer.main.get_command(app)
    assert unknown(root, ["import", "people", "FILE"]) == ""
    assert unknown(root, ["import", "stations", "FILE"]) == "stations"
    assert unknown(root, ["demo", "--dance"]) == "--dance"


@pytest.mark.parametrize("guide", GUIDES, ids=named)
def test_a_guide_fits_on_two_screens(guide: Path) -> None:
    assert len(guide.read_text("utf-8").splitlines()) <= TWO_SCREENS


@pytest.mark.parametrize(("guide", "role"), GUIDES.items(), ids=[named(guide) for guide in GUIDES])
def test_words_of_a_guide_are_commands_for_its_reader(guide: Path, role: Role) -> None:
    known = {word: command for feature in FEATURES for command in feature.commands for word in command.words}
    rows = [row for _, rows in tables(guide.read_text("utf-8")) for row in rows]
    assert rows
    for row in rows:
        for said in re.findall(r"`([^`]+)`", " ".join(row)):
            word = said.split()[0]
            assert word in known, said
            assert role in known[word].roles, said


@pytest.mark.parametrize("page", [*READMES, *GUIDES], ids=named)
def test_every_button_that_is_named_exists(page: Path) -> None:
    said = set(catalogues(ZoneInfo("Asia/Shanghai"), None).catalogues["zh-CN"].values())
    sandbox = tomllib.loads(Path(web_file).with_name("messages.zh-CN.toml").read_text("utf-8"))
    said |= {text for table in sandbox.values() if isinstance(table, dict) for text in table.values()}
    buttons = set(re.findall(r"〔([^〕]+)〕", page.read_text("utf-8")))
    assert buttons
    assert buttons <= said


def test_the_story_of_the_readme_can_be_played() -> None:
    text = READMES[1].read_text("utf-8")
    rulebook = county.load()
    words = "路上有个大坑，客运站公交站"
    found = recognise(words, rulebook)
    assert f"「上报 {words}」" in text
    assert f"「上报 {words}」" in READMES[0].read_text("utf-8")
    assert found.category_sure
    assert found.places
    category = rulebook.categories[found.categories[0].category]
    actors = {person.name: person for person in county.load_people(None, rulebook) if person.demo}
    opening = {"赵铁林": "rider-1", "陶春晖": "contact-2", "盛立本": "admin-1"}
    for page in READMES:
        assert all(name in page.read_text("utf-8") for name in opening)
    assert {name: actors[name].demo for name in opening} == opening
    assert category.agency in {post.agency for post in actors["陶春晖"].posts}
    samples = tomllib.loads(Path(demo_file).with_name("photos.toml").read_text("utf-8"))["photo"]
    titles = " ".join(sample["title_zh"] for sample in samples)
    for named_photo in ("路面坑洞", "路面坑洞已修补"):
        assert named_photo in text
        assert named_photo in titles


async def test_the_story_of_the_readme_closes_the_case(town: TestTown) -> None:
    rider, contact = await town.rider("赵铁林"), await town.contact("housing", "陶春晖")
    await rider.says("上报 路上有个大坑，客运站公交站", photo="pothole-before.jpg", group=True)
    await contact.presses("接收")
    card = town.newest_with(contact.platform, contact.account, "已处理")
    await contact.says("已修补", photo="pothole-after.jpg", answers=card)
    await contact.presses("照片可公开")
    assert (await town.case(1)).state is CaseState.VERIFYING
    await rider.presses("已修好")
    assert (await town.case(1)).state is CaseState.CLOSED
    assert town.group_hears("feedback.group.closed", number="0001")


def test_exit_statuses_are_those_of_the_program() -> None:
    listed = dict(tables((DOCS / "deploy.md").read_text("utf-8")))["As a service"]
    known = {faults.FAILED, faults.UNAVAILABLE, faults.CANNOT_LISTEN, faults.RESTART, faults.CONFIG, faults.INTERRUPTED}
    assert {int(row[0]) for row in listed} == known | {0}


def test_metrics_are_those_of_the_program() -> None:
    text = (DOCS / "deploy.md").read_text("utf-8")
    source = (ROOT / "bot/app/watching.py").read_text("utf-8")
    metrics = re.findall(r"`wudayuan_(\w+)", text)
    assert metrics
    for metric in metrics:
        assert f'"{metric}"' in source, metric


def test_decisions_are_numbered_without_gaps() -> None:
    assert [int(adr.name[:4]) for adr in ADRS] == list(range(1, len(ADRS) + 1))
    for adr in ADRS:
        assert adr.read_text("utf-8").startswith(f"# {int(adr.name[:4])}. ")


@pytest.mark.parametrize("adr", ADRS, ids=named)
def test_a_decision_has_its_four_parts_on_one_page(adr: Path) -> None:
    text = adr.read_text("utf-8")
    assert re.findall(r"^## (.+)$", text, re.M) == ["Context", "Options", "Choice", "What gets worse"]
    assert len(text.splitlines()) <= ONE_PAGE


def test_every_dependency_has_its_reason_and_nothing_else_has() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    declared = [
        *project["dependencies"],
        *(one for extra in project["optional-dependencies"].values() for one in extra),
    ]
    wanted = {re.split(r"[^\w.-]", one, maxsplit=1)[0].lower() for one in declared}
    text = next(adr for adr in ADRS if adr.name.endswith("dependencies.md")).read_text("utf-8")
    rows = [row for _, rows in tables(text) for row in rows]
    told = {re.sub(r"\s*\(.*?\)", "", name).strip().lower() for row in rows for name in row[0].split(",")}
    assert told == wanted
    assert all(row[1] for row in rows)
