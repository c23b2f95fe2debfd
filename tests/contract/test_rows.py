"""Parameters on their way in, columns on their way out, addresses of databases."""

import pytest

from storage.database import (
    maybe_number,
    maybe_real,
    maybe_text,
    number,
    real,
    text,
)
from storage.parameters import numbered


@pytest.mark.parametrize(
    ("sql", "query", "order"),
    [
        ("SELECT :a, :b, :a", "SELECT $1, $2, $1", ("a", "b")),
        ("SELECT 'telegram:nophoto', :a", "SELECT 'telegram:nophoto', $1", ("a",)),
        ("SELECT 'it''s :x', :a", "SELECT 'it''s :x', $1", ("a",)),
        ("SELECT '2026'::date, :a::text", "SELECT '2026'::date, $1::text", ("a",)),
        ("SELECT 1 -- it's :x\n, :a", "SELECT 1 -- it's :x\n, $1", ("a",)),
        ("SELECT /* :x ' */ :a", "SELECT /* :x ' */ $1", ("a",)),
        ('SELECT 1 AS "b:c", :a', 'SELECT 1 AS "b:c", $1', ("a",)),
        ("DO $$ x := 1; :no $$; :a", "DO $$ x := 1; :no $$; $1", ("a",)),
        ("DO $f$ $$ :no $$ $f$; :a", "DO $f$ $$ :no $$ $f$; $1", ("a",)),
        ("WHERE t=:a_1 AND(:b)", "WHERE t=$1 AND($2)", ("a_1", "b")),
        ("SELECT '12:30', 1", "SELECT '12:30', 1", ()),
    ],
)
def test_names_become_numbers_outside_quotes_casts_and_comments(sql: str, query: str, order: tuple[str, ...]) -> None:
    assert numbered(sql) == (query, order)


def test_a_column_of_another_kind_is_a_bug_and_not_a_default() -> None:
    row = {"n": 3, "t": "x", "f": 1.5, "null": None}
    assert (number(row, "n"), text(row, "t"), real(row, "f"), real(row, "n")) == (3, "x", 1.5, 3.0)
    assert (maybe_number(row, "null"), maybe_text(row, "null"), maybe_real(row, "null")) == (None, None, None)
    for get, column in ((number, "t"), (number, "null"), (text, "n"), (text, "null"), (real, "t"), (maybe_number, "f")):
        with pytest.raises(TypeError, match=column):
            get(row, column)
    with pytest.raises(KeyError):
        number(row, "absent")
