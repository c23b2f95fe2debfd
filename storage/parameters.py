"""`:name` parameters → `$1`, the form PostgreSQL takes."""

import re
from functools import cache
from typing import Final

# What is no parameter comes first: quoted text and names, comments, $$ bodies, casts. Backslash strings (E'…') are
# not in the subset both databases share.
TOKEN: Final = re.compile(
    r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | --[^\n]* | /\*.*?\*/ | \$(?P<tag>\w*)\$.*?\$(?P=tag)\$ | ::
    | (?<!\w):(?P<name>[A-Za-z_]\w*)""",
    re.VERBOSE | re.DOTALL,
)


@cache
def numbered(sql: str) -> tuple[str, tuple[str, ...]]:
    """The statement with `$1`, `$2`, … and the names in that order; a name used twice has one number."""
    names: dict[str, int] = {}

    def number(token: re.Match[str]) -> str:
        name = token["name"]
        return f"${names.setdefault(name, len(names) + 1)}" if name else token[0]

    return TOKEN.sub(number, sql), tuple(names)
