"""The command line. Nothing heavy is imported here: each command imports what it needs when it is called."""

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from bot.commands.wording import say

CONFIG: Final = Path("config.toml")

app = typer.Typer(
    help=say("help.wudayuan"),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_TRY, _SET_UP, _DAILY, _UPKEEP = (say(f"help.panel.{name}") for name in ("try", "set_up", "daily", "upkeep"))
import_app = typer.Typer(help=say("help.import"), no_args_is_help=True)
export_app = typer.Typer(help=say("help.export"), no_args_is_help=True)
people_app = typer.Typer(help=say("help.people"), no_args_is_help=True)
calendar_app = typer.Typer(help=say("help.calendar"), no_args_is_help=True)
points_app = typer.Typer(help=say("help.points"), no_args_is_help=True)
ranking_app = typer.Typer(help=say("help.ranking"), no_args_is_help=True)
db_app = typer.Typer(help=say("help.db"), no_args_is_help=True)

Month = Annotated[str, typer.Option("--month", help=say("help.ranking_month"))]
OfMonth = Annotated[str, typer.Option("--month", help=say("help.export_of_month"))]
Out = Annotated[Path | None, typer.Option("--out", "-o", help=say("help.export_out"))]
Config = Annotated[Path, typer.Option("--config", "-c", envvar="WUDAYUAN_CONFIG", help=say("help.config"))]


@app.command(help=say("help.demo"), rich_help_panel=_TRY)
def demo(
    port: Annotated[int, typer.Option(min=0, max=65535, help=say("help.demo_port"))] = 8090,
    folder: Annotated[Path, typer.Option("--dir", help=say("help.demo_dir"))] = Path("var/demo"),
    play: Annotated[bool, typer.Option("--play", help=say("help.demo_play"))] = False,
    leave: Annotated[bool, typer.Option("--leave", help=say("help.demo_leave"))] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help=say("help.demo_fresh"))] = False,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help=say("help.demo_open"))] = False,
) -> None:
    from bot.commands.running import run_demo

    run_demo(port=port, folder=folder, play=play, leave=leave, fresh=fresh, open_browser=open_browser)


@app.command(help=say("help.init"), rich_help_panel=_SET_UP)
def init(
    folder: Annotated[Path, typer.Option("--dir", help=say("help.init_dir"))] = Path(),
    name: Annotated[str | None, typer.Option(help=say("help.init_name"))] = None,
    code: Annotated[str | None, typer.Option(help=say("help.init_code"))] = None,
    language: Annotated[str, typer.Option(help=say("help.init_language"))] = "zh-CN",
    admin: Annotated[list[str] | None, typer.Option(help=say("help.init_admin"))] = None,
    telegram_token: Annotated[str, typer.Option(help=say("help.init_token"))] = "",
    wecom_bot_id: Annotated[str, typer.Option(help=say("help.init_wecom_bot_id"))] = "",
    wecom_secret: Annotated[str, typer.Option(help=say("help.init_wecom_secret"))] = "",
    wecom_corp_id: Annotated[str, typer.Option(help=say("help.init_wecom_corp_id"))] = "",
    wecom_agent_id: Annotated[int, typer.Option(min=0, help=say("help.init_wecom_agent_id"))] = 0,
    wecom_app_secret: Annotated[str, typer.Option(help=say("help.init_wecom_app_secret"))] = "",
    wecom_token: Annotated[str, typer.Option(help=say("help.init_wecom_token"))] = "",
    wecom_aes_key: Annotated[str, typer.Option(help=say("help.init_wecom_aes_key"))] = "",
    wecom_webhook: Annotated[str, typer.Option(help=say("help.init_wecom_webhook"))] = "",
    public_url: Annotated[str, typer.Option(help=say("help.init_public_url"))] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help=say("help.init_yes"))] = False,
) -> None:
    from bot.commands.setting_up import run_init
    from bot.init import WeComWishes

    wecom = WeComWishes(
        bot_id=wecom_bot_id, secret=wecom_secret, corp_id=wecom_corp_id, agent_id=wecom_agent_id,
        app_secret=wecom_app_secret, token=wecom_token, aes_key=wecom_aes_key, hook_url=wecom_webhook,
    )  # fmt: skip
    run_init(
        folder=folder, name=name, code=code, language=language, admins=admin, token=telegram_token.strip(),
        wecom=wecom, public_url=public_url, yes=yes,
    )  # fmt: skip


@app.command(help=say("help.doctor"), rich_help_panel=_SET_UP)
def doctor(
    send_test: Annotated[bool, typer.Option("--send-test", help=say("help.doctor_send_test"))] = False,
    config: Config = CONFIG,
) -> None:
    from bot.commands.setting_up import run_doctor

    run_doctor(config, send_test=send_test)


@app.command(help=say("help.run"), rich_help_panel=_DAILY)
def run(config: Config = CONFIG) -> None:
    from bot.commands.running import run_bot

    run_bot(config)


@import_app.command("people", help=say("help.import_people"))
def import_people(
    file: Annotated[Path, typer.Argument(help=say("help.import_file"))],
    codes: Annotated[Path | None, typer.Option("--codes", help=say("help.import_codes"))] = None,
    config: Config = CONFIG,
) -> None:
    from bot.commands.daily import run_import

    run_import(config, file, codes)


@people_app.command("bind-wecom", help=say("help.people_bind_wecom"))
def people_bind_wecom(config: Config = CONFIG) -> None:
    from bot.commands.daily import run_bind_wecom

    run_bind_wecom(config)


@export_app.command("cases", help=say("help.export_cases"))
def export_cases(
    out: Out = None,
    month: Annotated[str | None, typer.Option(help=say("help.export_month"))] = None,
    config: Config = CONFIG,
) -> None:
    from bot.commands.daily import run_export

    run_export(config, "cases", out, month)


@export_app.command("points", help=say("help.export_points"))
def export_points(month: OfMonth, out: Out = None, config: Config = CONFIG) -> None:
    from bot.commands.daily import run_export

    run_export(config, "points", out, month)


@export_app.command("agencies", help=say("help.export_agencies"))
def export_agencies(month: OfMonth, out: Out = None, config: Config = CONFIG) -> None:
    from bot.commands.daily import run_export

    run_export(config, "agencies", out, month)


@export_app.command("ranking", help=say("help.export_ranking"))
def export_ranking(month: OfMonth, out: Out = None, config: Config = CONFIG) -> None:
    from bot.commands.daily import run_export

    run_export(config, "ranking", out, month)


@calendar_app.command("show", help=say("help.calendar_show"))
def calendar_show(
    year: Annotated[int | None, typer.Argument(min=2000, max=2100, help=say("help.calendar_year"))] = None,
    config: Config = CONFIG,
) -> None:
    from bot.commands.workdays import run_show

    run_show(config, year)


@calendar_app.command("import", help=say("help.calendar_import"))
def calendar_import(
    file: Annotated[Path, typer.Argument(help=say("help.calendar_file"))], config: Config = CONFIG
) -> None:
    from bot.commands.workdays import run_import

    run_import(config, file)


@points_app.command("deduct", help=say("help.points_deduct"))
def points_deduct(
    number: Annotated[int, typer.Argument(help=say("help.points_number"))],
    agreed: Annotated[bool | None, typer.Option("--agree/--decline", help=say("help.points_agree"))] = None,
    config: Config = CONFIG,
) -> None:
    from bot.commands.points import run_deduct

    run_deduct(config, number, agreed=agreed)


@ranking_app.command("close", help=say("help.ranking_close"))
def ranking_close(month: Month, config: Config = CONFIG) -> None:
    from bot.commands.ranking import run_close

    run_close(config, month)


@ranking_app.command("publish", help=say("help.ranking_publish"))
def ranking_publish(
    month: Month,
    anyway: Annotated[bool, typer.Option("--anyway", help=say("help.ranking_anyway"))] = False,
    config: Config = CONFIG,
) -> None:
    from bot.commands.ranking import run_publish

    run_publish(config, month, anyway=anyway)


@ranking_app.command("recompute", help=say("help.ranking_recompute"))
def ranking_recompute(month: Month, config: Config = CONFIG) -> None:
    from bot.commands.ranking import run_recompute

    run_recompute(config, month)


@ranking_app.command("verify", help=say("help.ranking_verify"))
def ranking_verify(month: Month, config: Config = CONFIG) -> None:
    from bot.commands.ranking import run_verify

    run_verify(config, month)


@app.command(help=say("help.backup"), rich_help_panel=_UPKEEP)
def backup(
    to: Annotated[Path, typer.Option("--to", help=say("help.backup_to"))] = Path("var/backup"), config: Config = CONFIG
) -> None:
    from bot.commands.upkeep import run_backup

    run_backup(config, to)


@app.command(help=say("help.replay"), rich_help_panel=_UPKEEP)
def replay(
    number: Annotated[int | None, typer.Argument(metavar="ID", help=say("help.replay_id"))] = None,
    listed: Annotated[bool, typer.Option("--list", "-l", help=say("help.replay_list"))] = False,
    config: Config = CONFIG,
) -> None:
    from bot.commands.upkeep import run_replay

    run_replay(config, None if listed else number)


@db_app.command("status", help=say("help.db_status"))
def db_status(config: Config = CONFIG) -> None:
    from bot.commands.upkeep import run_db_status

    run_db_status(config)


@db_app.command("upgrade", help=say("help.db_upgrade"))
def db_upgrade(config: Config = CONFIG) -> None:
    from bot.commands.upkeep import run_db_upgrade

    run_db_upgrade(config)


app.add_typer(import_app, name="import", rich_help_panel=_DAILY)
app.add_typer(people_app, name="people", rich_help_panel=_DAILY)
app.add_typer(export_app, name="export", rich_help_panel=_DAILY)
app.add_typer(calendar_app, name="calendar", rich_help_panel=_DAILY)
app.add_typer(points_app, name="points", rich_help_panel=_DAILY)
app.add_typer(ranking_app, name="ranking", rich_help_panel=_DAILY)
app.add_typer(db_app, name="db", rich_help_panel=_UPKEEP)


def main() -> None:
    """Run the command; a fault we know ends in sentences and an exit status, never in a traceback."""
    try:
        app(prog_name="wudayuan")
    except SystemExit:
        raise  # before the next line, whose imports `--help` must not wait for
    except _known() as fault:
        from bot.commands.faults import told

        status, lines = told(fault)
        for line in lines:
            print(line, file=sys.stderr)  # noqa: T201 - this is what the person at the terminal reads
        sys.exit(status)


def _known() -> tuple[type[BaseException], ...]:
    from bot.commands.faults import KNOWN

    return KNOWN
