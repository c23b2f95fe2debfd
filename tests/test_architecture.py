"""The rules of the house, read from the source: who imports whom, where SQL and time live, how long things are."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import handlers
from bot.chat.routing import build

ROOT = Path(__file__).parents[1]

# What a package may import of ours, beside itself. What is not listed here may import nothing.
CORE = {
    "bot.domain": set(),
    "storage": {"bot.domain"},
    "bot.chat": {"bot.domain", "storage.database"},
    "bot.platforms": {"bot.chat"},
    "bot.render": {"bot.domain"},
    "bot.engine": {"bot.chat", "bot.domain", "storage"},
    "bot.web": {"bot.chat", "bot.engine", "bot.domain", "storage"},
    "handlers.*": {"bot.chat", "bot.domain", "bot.render", "bot.workbook", "storage"},
    # Readers of files, each of one kind.
    "bot.county": {"bot.domain"},
    "bot.holidays": set(),
    "bot.people_file": {"bot.chat", "bot.domain"},
    "bot.calendar_file": {"bot.chat", "bot.domain", "bot.people_file"},
    "bot.workbook": set(),
    "bot.log": set(),
    "bot.config": {"bot.log"},
    "bot.secrets": {"bot.config"},
    "bot.control": set(),
    # The demo plays people before the sandbox's pages.
    "bot.demo": {"bot.chat", "bot.engine", "bot.domain", "bot.platforms", "bot.render", "bot.web", "storage"},
}
# What is started by hand puts everything together; nothing of CORE may import it.
FRONT = {"bot.app", "bot.cli", "bot.commands", "bot.doctor", "bot.export", "bot.init", "bot.__main__"}
# Drivers and toolkits that belong to one place.
FOREIGN = {
    "sqlite3": {"storage"},
    "aiosqlite": {"storage"},
    "asyncpg": {"storage"},
    "obstore": {"storage"},
    "PIL": {"bot.render", "bot.engine", "bot.demo", "handlers.feedback", "handlers.points", "handlers.ranking"},
    "segno": {"bot.render", "bot.people_file"},
    "starlette": {"bot.web"},
    "uvicorn": {"bot.web"},
    "jinja2": {"bot.web"},
    "typer": set(),
    "structlog": {"bot.log", "bot.engine", "bot.platforms", "bot.web", "bot.control"},
}
# Longer than they should be; nothing may be added here, and what was shortened comes off.
LONG_MODULES: set[str] = set()
LONG_FUNCTIONS = {
    "bot/app/backups.py:make_backup",
    "bot/commands/upkeep.py:upgrade",
    "bot/platforms/sandbox.py:says",
    "handlers/duplicates/__init__.py:ask_reporter",
    "handlers/feedback/closing.py:card",
    "storage/case_list.py:_listed",
    "storage/case_rows.py:case_of",  # a field a line
    "storage/sandbox.py:say",
}
EVERYTHING_CAUGHT = {"bot/engine/process.py", "bot/engine/courier.py", "bot/engine/photos.py"}
WORD_TABLES = {f"bot/domain/{name}.py" for name in ("placephrase", "wording", "scrub", "phrases", "casenumber", "cues")}
SENTENCE = re.compile(r"[\u4e00-\u9fff]{2,}.*[，。！？：；]|[\u4e00-\u9fff]{8,}")


@cache
def modules() -> tuple[tuple[str, ast.Module], ...]:
    """(path from the root, tree) of every module that ships."""
    return tuple(
        (str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8")))
        for top in ("bot", "handlers", "storage")
        for path in sorted((ROOT / top).rglob("*.py"))
    )


def package_of(path: str) -> str:
    parts = path.removesuffix(".py").split("/")
    return "storage" if parts[0] == "storage" else ".".join(parts[:2])


def imported(tree: ast.Module) -> Iterator[str]:
    """Full names of what a module imports, at its top or later."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def allowed(package: str) -> set[str] | None:
    """What a package may import of ours; None for everything."""
    if package in FRONT or package == "handlers.__init__":
        return None
    return CORE.get("handlers.*" if package.startswith("handlers.") else package, set())


def breaches(package: str, names: list[str]) -> list[str]:
    may = allowed(package)
    wrong = []
    for name in names:
        top = name.split(".")[0]
        ours = top in ("bot", "handlers", "storage") and not name.startswith(package + ".") and name != package
        if ours and may is not None and not any(name == one or name.startswith(one + ".") for one in may):
            wrong.append(name)
        if top in FOREIGN and package not in FOREIGN[top] | FRONT:
            wrong.append(name)
    return wrong


def test_imports_follow_the_table() -> None:
    wrong = {path: found for path, tree in modules() if (found := breaches(package_of(path), list(imported(tree))))}
    assert wrong == {}


def test_the_table_would_notice() -> None:
    assert breaches("handlers.report", ["handlers.verify.asking", "bot.engine.queue", "sqlite3"]) == [
        "handlers.verify.asking",
        "bot.engine.queue",
        "sqlite3",
    ]
    assert breaches("bot.chat", ["storage.cases.get"]) == ["storage.cases.get"]
    assert breaches("bot.chat", ["storage.database.Tx", "bot.chat.events.Event", "bot.domain.case.Case"]) == []
    assert breaches("bot.domain", ["datetime", "bot.chat.events"]) == ["bot.chat.events"]


def test_the_domain_needs_nothing_but_the_standard_library() -> None:
    import sys

    wrong = [
        f"{path}: {name}"
        for path, tree in modules()
        if path.startswith("bot/domain/")
        for name in imported(tree)
        if name.split(".")[0] not in sys.stdlib_module_names and not name.startswith("bot.domain")
    ]
    assert wrong == []


# -- SQL, databases, time, faults ----------------------------------------------------------------------------------

SQL = re.compile(r"\s*(SELECT .+ FROM|INSERT INTO|UPDATE \w+ SET|DELETE FROM|CREATE TABLE|PRAGMA)\b")


def strings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every literal text of a module that is no docstring."""
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.lineno, node.value


def test_sql_lives_in_storage() -> None:
    wrong = [
        f"{path}:{line}"
        for path, tree in modules()
        if not path.startswith("storage/")
        for line, text in strings(tree)
        if SQL.match(text)
    ]
    assert wrong == []
    assert sum(bool(SQL.match(text)) for path, tree in modules() for _, text in strings(tree)) > 100


def test_only_the_drivers_and_migrations_ask_which_database_it_is() -> None:
    may = re.compile(r"storage/(sqlite\w*|postgres|migrate|backup|wipe)\.py|bot/app/backups\.py")
    wrong = []
    for path, tree in modules():
        for node in ast.walk(tree):
            asks = isinstance(node, ast.Compare | ast.Subscript | ast.Match) and any(
                isinstance(part, ast.Attribute) and part.attr == "dialect" for part in ast.walk(node)
            )
            if asks and not may.fullmatch(path):
                wrong.append(f"{path}:{node.lineno}")
    assert wrong == []


def test_everything_is_caught_at_three_places_only() -> None:
    wide = {
        path
        for path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException")))
        and not any(isinstance(inner, ast.Raise) for inner in node.body)
    }
    assert wide == EVERYTHING_CAUGHT


def test_time_comes_in_by_the_clock() -> None:
    """Apart from commands on the machine, which have no engine."""
    wrong = []
    for path, tree in modules():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            reads = node.func.attr in ("now", "today", "utcnow") and ast.unparse(node.func.value) in (
                "datetime",
                "date",
            )
            if reads and path != "bot/engine/clock.py" and package_of(path) not in FRONT:
                wrong.append(f"{path}:{node.lineno}")
    assert wrong == []


# -- words ---------------------------------------------------------------------------------------------------------


def examples(tree: ast.Module) -> set[str]:
    """What people may type, as commands declare it."""
    return {
        keyword.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and (keyword := node).arg == "example"
        if isinstance(keyword.value, ast.Constant) and isinstance(keyword.value.value, str)
    }


def test_sentences_live_in_catalogues() -> None:
    """Apart from tables of words people use, patterns of them, and examples of what may be typed."""
    wrong = [
        f"{path}:{line}: {text}"
        for path, tree in modules()
        if path not in WORD_TABLES
        for line, text in strings(tree)
        if SENTENCE.search(text) and "(?" not in text and text not in examples(tree)
    ]
    assert wrong == []
    assert SENTENCE.search("您的上报已收到，谢谢")


# -- length --------------------------------------------------------------------------------------------------------


def test_modules_are_at_most_300_lines() -> None:
    long = {path for path, _ in modules() if len((ROOT / path).read_text(encoding="utf-8").splitlines()) > 300}
    assert long <= LONG_MODULES, long - LONG_MODULES


def test_functions_are_at_most_30_lines() -> None:
    long = {
        f"{path}:{node.name}"
        for path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (node.end_lineno or 0) - node.lineno + 1 > 30
    }
    assert long <= LONG_FUNCTIONS, long - LONG_FUNCTIONS


# -- features ------------------------------------------------------------------------------------------------------


def test_the_features_listed_are_the_folders_there_are() -> None:
    folders = {path.parent.name for path in (ROOT / "handlers").glob("*/__init__.py")}
    names = [feature.name for feature in handlers.FEATURES]
    assert set(names) == folders
    assert len(names) == len(set(names))


def test_everything_the_image_worker_makes_has_its_function() -> None:
    for place in handlers.DRAWINGS.values():
        module, _, name = place.partition(":")
        assert callable(getattr(import_module(module), name)), place


def test_every_button_has_somebody_who_answers_it() -> None:
    router = build(handlers.FEATURES)
    used: dict[str, str] = {}
    for path, tree in modules():
        if not path.startswith("handlers/"):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "press":
                action = node.args[0]
                if isinstance(action, ast.Constant):
                    used[f"{path.split('/')[1]}.{action.value}"] = f"{path}:{node.lineno}"
    assert len(used) > 30
    assert {action: where for action, where in used.items() if action not in router.presses} == {}
