"""Plain text as WeCom's Markdown, and as the text of an app message: nothing a person wrote is markup.

Shown are headings, bold, italic, lists, quotes, links, code, tables, rules, `<font>` and `<@userid>` (WeCom developer
documentation, message push and AI bot, read 2026-11). No escape is documented, so a sign that would act becomes the
full-width sign that looks like it.
"""

import re
from typing import Final
from urllib.parse import quote

_WIDE: Final = {"\\": "＼", "]": "］"} | {sign: chr(ord(sign) + 0xFEE0) for sign in "#>+-=*_`~<|&.)"}
_BREAKS: Final = re.compile("\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
_ENTITY: Final = re.compile(r"&(?=#?\w+;)")  # it could turn into a sign of markup after we have looked
_ADDRESS: Final = re.compile(r"https?://[\w\-.:/?#@!$&'+,;=%~]+", re.ASCII)
_INSIDE: Final = re.compile(
    r"""
    [*`~|]                                      # bold, italic, code, struck out, tables
    | (?<![0-9A-Za-z])_ | _(?![0-9A-Za-z])      # italic; the one in `a_b` is an ordinary letter
    | ](?=\s*[(\[:])                            # the middle of a link
    | \\(?=[!-/:-@\[-`{-~]|\n|\Z)               # would vanish
    """,
    re.VERBOSE,
)
_INDENT: Final = re.compile(r"^(?: {4,}|[^\S\n]*\t[^\S\n]*)(?=\S)", re.MULTILINE)  # a block of code
_START: Final = re.compile(
    r"""
    ^(?P<before>(?:[^\S\n]|\ufeff)*)
    (?:
        (?P<signs>\#+ | >+ | [-+](?=\s|\Z) | (?:=+|-+)(?=[^\S\n]*$))     # heading, quote, list, rule
        | (?P<number>\d{1,9})(?P<dot>[.)])(?:[^\S\n]|(?=\n|\Z))          # numbered list: would be counted anew
    )
    """,
    re.VERBOSE | re.MULTILINE,
)
_ANCHOR: Final = re.compile(r"<(?=\s*/?\s*a)", re.IGNORECASE)


def plain(text: str) -> str:
    """`text` as Markdown that shows it as it stands; doing it twice changes nothing more.

    Addresses stay whole, so that they can be opened.
    """
    text = _ENTITY.sub(_WIDE["&"], _BREAKS.sub("\n", text)).replace("<", _WIDE["<"])
    shown, done = "", 0
    for address in _ADDRESS.finditer(text):
        shown += _inside(text[done : address.start()], text[address.start()]) + address[0]
        done = address.end()
    shown += _inside(text[done:], "")
    return _START.sub(_started, _INDENT.sub(lambda indent: "　" * max(1, len(indent[0]) // 2), shown))


def link(label: str, url: str) -> str:
    """A link in Markdown."""
    words = plain(" ".join(label.split())).replace("[", "［").replace("]", _WIDE["]"])
    return f"[{words}]({_address(url)})"


def app_plain(text: str) -> str:
    """`text` for a text message of an app, which knows `<a href>` only."""
    return _ANCHOR.sub(_WIDE["<"], text)


def anchor(label: str, url: str) -> str:
    """A link in a text message of an app."""
    words = label.replace("<", _WIDE["<"])
    return f'<a href="{_address(url)}">{words}</a>'


def _inside(text: str, after: str) -> str:
    """`text` without signs that act inside a line; `after` is what follows it."""
    return _INSIDE.sub(lambda sign: _WIDE[sign[0]], text + after)[: len(text)]


def _started(start: re.Match[str]) -> str:
    """The beginning of a line without what acts there only."""
    signs = start["signs"]
    if signs is not None:
        return start["before"] + "".join(_WIDE[sign] for sign in signs)
    return start["before"] + start["number"] + _WIDE[start["dot"]]


def _address(url: str) -> str:
    """`url` without signs that would end it too early."""
    return quote(url, safe=":/?#@!$&'+,;=%~")
