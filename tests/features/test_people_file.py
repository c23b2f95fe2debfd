"""The roll as a file: what is read, what is refused, and the template."""

from datetime import date
from pathlib import Path

import pytest

from bot import people_file
from bot.chat.messages import Text
from bot.domain import roll
from bot.domain.people import Post, Rank, Role
from bot.domain.rulebook import AgencyId
from bot.people_file.table import table_of
from tests.town import RULEBOOK, TestTown

TODAY = date(2026, 11, 23)
HEADER = "姓名,角色,单位,岗位,手机,平台,站点,Telegram,企业微信,聘期,网格,社区"


def checked(*lines: str, known: tuple[roll.Person, ...] = ()) -> people_file.Checked:
    return people_file.check(table_of("\n".join((HEADER, *lines)).encode()), RULEBOOK, TODAY, known)


def faults(*lines: str) -> list[tuple[int, str, str]]:
    return [(f.line, f.column, f.text.key.removeprefix("people.file.")) for f in checked(*lines).faults]


def test_a_good_roll_is_read_whole() -> None:
    found = checked(
        "赵小路,骑手,,道路交通安全员、社区兼职网格员,+86 199 0000 0001,飞燕外卖,客运站,10000001,,2026-11-01至2027-10-31,,幸福社区",
        "",
        "王小队,专员,城管局,A岗,１９９００００００２９,,,,wang.dui,,,",
        "孙小局,专员,城管局,分管领导,19900000003,,,,,,,",
        "陈小区,核实员,,,19900000004,,,,,,,幸福社区",
        "周小值,调度员,,,19900000005,,,,,,,",
    )

    assert not found.faults
    rider, contact, leader, verifier, dispatcher = found.rows
    assert (rider.phone, rider.duties, rider.telegram) == ("19900000001", ("traffic", "grid"), "10000001")
    assert (rider.from_day, rider.until_day, rider.agency) == ("2026-11-01", "2027-10-31", "community:xingfu")
    assert (contact.line, contact.post) == (4, Post(Role.CONTACT, AgencyId("urban_mgmt"), Rank.A))
    assert (contact.phone, contact.wecom) == ("19900000029", "wang.dui")
    assert leader.post == Post(Role.LEADER, AgencyId("urban_mgmt"))
    assert verifier.agency == "community:xingfu"
    assert dispatcher.agency == RULEBOOK.lead.id


def test_every_fault_is_told_at_once_and_nothing_is_left() -> None:
    lines = (
        "赵小路,骑手,,,1990000000,,,,,,,",
        "王小队,专员,城管,A岗,19900000002,,,,,,,",
        "𠮷小丰,专员,住建局,A岗,19900000003,,,@jifeng,,,,",
        "李小工,专员,住建局,A岗,19900000004,,,,,,,",
        "钱小员,骑士,,,19900000005,,,,,,,",
        "孙小岗,骑手,,道路安全员,19900000006,,,,,,,",
        "=1+1,骑手,,,19900000007,,,,,,,",
        "吴小卓,骑手,,,19900000006,,,,,,,",
        "郑小空,专员,,C岗,,,,,,,,",
        "冯小期,骑手,,社区兼职网格员,,,,,,2020-01-01,,",
        ",骑手,,,1.99E+10,,,,,,,",
    )
    found = checked(*lines)

    assert found.rows == ()
    assert faults(*lines) == [
        (2, "phone", "phone_digits"),
        (3, "unit", "unit_nearest"),
        (4, "telegram", "telegram_name"),
        (6, "role", "role_nearest"),
        (7, "post", "duty_nearest"),
        (8, "name", "name_formula"),
        (10, "unit", "unit_missing"),
        (10, "post", "post_contact"),
        (11, "term", "term_over"),
        (12, "name", "name_missing"),
        (12, "phone", "phone_scientific"),
    ]
    assert found.faults[1].text == Text("people.file.unit_nearest", {"words": "城管", "near": "城管局"})
    assert found.faults[4].text.args["near"] == "道路交通安全员"


def test_what_may_stand_once_is_refused_twice() -> None:
    assert faults("王小队,专员,城管局,A岗,,,,,,,,", "李小队,专员,城管局,A岗,,,,,,,,") == [(3, "post", "second_a")]
    assert faults("王小队,专员,城管局,A岗,,,,,,,,", "李小队,专员,城管局,B岗,,,,,,,,") == []
    assert faults("赵小路,骑手,,,19900000001,,,,,,,", "钱小路,骑手,,,19900000001,,,,,,,") == [
        (3, "phone", "phone_twice")
    ]
    assert faults("赵小路,骑手,,,19900000001,,,,,,,", "赵小路,骑手,,,19900000001,,,,,,,") == [(3, "name", "row_twice")]
    assert faults("赵小路,骑手,,,,,,7654321,,,,", "钱小路,骑手,,,,,,7654321,,,,") == [(3, "telegram", "account_twice")]
    both = ("赵小路,骑手,,,19900000001,,,,,,,", "赵小路,核实员,幸福社区,,19900000001,,,,,,,")
    assert faults(*both) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_csv_as_spreadsheets_write_it(encoding: str) -> None:
    data = "松岭县名单\r\n姓名;角色;手机号\r\n张㛃;骑手;199-0000-0001\r\n;;\r\n".encode(encoding, "replace")

    found = people_file.check(table_of(data), RULEBOOK, TODAY)

    assert not found.faults
    assert [row.phone for row in found.rows] == ["19900000001"]
    assert found.rows[0].line == 3


def test_xlsx_numbers_dates_and_formulas(tmp_path: Path) -> None:
    import xlsxwriter

    path = tmp_path / "roll.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["姓名", "角色", "手机", "岗位", "聘期", "备注"])
        sheet.write_row(1, 0, ["赵小路", "骑手", 19900000001, "网络舆情监督员"])
        sheet.write_datetime(1, 4, date(2027, 10, 31), book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_formula(3, 0, '=HYPERLINK("http://x.invalid","钱小路")', None, "钱小路")
        sheet.write_row(3, 1, ["骑手", "19900000002"])

    found = people_file.check(people_file.read_table(path), RULEBOOK, TODAY)

    assert not found.faults
    assert [(row.line, row.name, row.phone) for row in found.rows] == [
        (2, "赵小路", "19900000001"),
        (4, "钱小路", "19900000002"),
    ]
    assert found.rows[0].until_day == "2027-10-31"


def test_files_that_are_no_roll_are_refused_with_a_cure(tmp_path: Path) -> None:
    for data, key in (
        (b"PK\x03\x04 nothing inside", "damaged"),
        (b"\x89PNG\x00\x01", "other_kind"),
        ("姓,角色\n赵,骑手\n".encode(), "no_header"),
    ):
        with pytest.raises(people_file.FileFault) as no:
            table_of(data)
        assert no.value.text.key == f"people.file.{key}"
    with pytest.raises(people_file.FileFault) as no:
        people_file.read_table(tmp_path / "missing.csv")
    assert no.value.text.key == "people.file.not_readable"
    missing = people_file.check(table_of("姓名,角色员\n赵小路,骑手\n".encode()), RULEBOOK, TODAY).faults
    assert Text("people.file.column_missing", {"column": Text("people.column.role")}) in [f.text for f in missing]
    assert people_file.check(table_of(HEADER.encode()), RULEBOOK, TODAY).faults[0].text.key == "people.file.empty"


async def test_the_template_imports_as_it_is_filled_in(town: TestTown, tmp_path: Path) -> None:
    for language in ("zh-CN", "en"):
        path = tmp_path / f"{language}.xlsx"
        people_file.write_template(path, RULEBOOK, town.texts, language)
        table = people_file.read_table(path)

        assert table.columns == frozenset(people_file.table.COLUMNS)
        assert len(table.lines) == 4
        assert [f.text.key for f in people_file.check(table, RULEBOOK, TODAY).faults] == ["people.file.empty"]
        shown = [line.cells | {"name": "某人"} for line in table.lines]
        as_csv = "\n".join(
            (HEADER, *(",".join(cells.get(c, "") for c in people_file.table.COLUMNS) for cells in shown))
        )
        filled = people_file.check(table_of(as_csv.encode()), RULEBOOK, TODAY)
        assert not filled.faults
        assert [row.role for row in filled.rows] == [Role.RIDER, Role.CONTACT, Role.LEADER, Role.VERIFIER]


def test_faults_read_as_one_message() -> None:
    said = people_file.faults_said(checked("赵小路,骑手,,,123,,,,,,,").faults)
    assert said.parts[0] == Text("people.file.refused", {"faults": 1})
    assert said.parts[1].args["line"] == 2
    assert said.parts[1].args["column"] == Text("people.column.phone")
