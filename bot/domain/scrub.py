"""What must not be seen in a group: numbers of people, their names, mentions that would ring."""

import re
import unicodedata
from enum import StrEnum
from typing import Final

QUOTE_LENGTH = 60  # characters of a rider's words in any message (conversation.md, house rules)


class Personal(StrEnum):
    """Kinds of numbers that are hidden."""

    PHONE = "phone"
    IDENTITY = "identity"
    PLATE = "plate"
    CARD = "card"


_GAP: Final = r"[ \t\-‐-―−·._]{0,2}"  # people write 138 0013 8000 and 138-0013-8000
_PROVINCES: Final = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"


def _digits(count: str) -> str:
    return rf"(?:\d{_GAP}){count}"


_IDENTITY: Final = re.compile(rf"(?<!\d){_digits('{17}')}[\dXx](?!\d)")
_OLD_IDENTITY: Final = re.compile(rf"(?<!\d){_digits('{14}')}\d(?!\d)")
_CARD: Final = re.compile(rf"(?<!\d){_digits('{15,18}')}\d(?!\d)")  # without check digit: a mistyped card is a card
_MOBILE: Final = re.compile(rf"(?<!\d)(?:\+?86{_GAP})?1{_GAP}[3-9]{_GAP}{_digits('{8}')}\d(?!\d)")
_LANDLINE: Final = re.compile(r"(?<!\d)(?:\(0\d{2,3}\) ?|0\d{2,3}[- ])\d{7,8}(?!\d)")
_PLATE: Final = re.compile(
    rf"[{_PROVINCES}] ?[A-Za-z] ?[·・.•\- ]? ?(?:[A-Za-z0-9] ?){{4,5}}[A-Za-z0-9挂学警港澳](?![A-Za-z0-9])"
)
_PLATE_TAIL: Final = re.compile(r"车?牌(?:照|号|尾号|号码){0,2}[是为:]? ?(?P<number>[A-Za-z0-9]{3,7})(?![A-Za-z0-9])")

_COMPOUND: Final = frozenset(
    [
        "欧阳",
        "上官",
        "司马",
        "诸葛",
        "司徒",
        "东方",
        "独孤",
        "南宫",
        "万俟",
        "闻人",
        "夏侯",
        "尉迟",
        "皇甫",
        "公孙",
        "慕容",
        "长孙",
        "宇文",
        "令狐",
        "端木",
        "轩辕",
        "鲜于",
        "申屠",
        "太史",
        "钟离",
        "澹台",
        "公冶",
        "濮阳",
        "淳于",
        "单于",
        "赫连",
        "呼延",
        "西门",
        "百里",
        "东郭",
        "南门",
        "公羊",
        "左丘",
        "第五",
        "拓跋",
        "完颜",
        "纳兰",
        "耶律",
        "段干",
        "乐正",
        "漆雕",
        "公良",
        "夹谷",
        "宰父",
        "谷梁",
    ]
)
_DOTS: Final = re.compile("[·•・‧∙]")
_HAN: Final = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af]")
MOST_STARS = 3


def scrub(text: str) -> tuple[str, frozenset[Personal]]:
    """`text` with personal numbers masked, and which kinds were found.

    Found also in full-width and spaced digits. Lengths are not kept; everything else is left as it was typed.
    """
    half, origin = _half_width(text)
    masks: list[tuple[int, int, str]] = []
    found: set[Personal] = set()
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(half):
            begin, end = match.span("number") if "number" in pattern.groupindex else match.span()
            if all(end <= start or begin >= stop for start, stop, _ in masks):
                masks.append((begin, end, _masked(kind, half[begin:end])))
                found.add(kind)
    for start, end, mask in sorted(masks, reverse=True):
        text = text[: origin[start]] + mask + text[origin[end] :]
    return text, frozenset(found)


_PATTERNS: Final = (
    (Personal.IDENTITY, _IDENTITY),
    (Personal.CARD, _CARD),
    (Personal.IDENTITY, _OLD_IDENTITY),
    (Personal.PHONE, _MOBILE),
    (Personal.PHONE, _LANDLINE),
    (Personal.PLATE, _PLATE),
    (Personal.PLATE, _PLATE_TAIL),
)


def _half_width(text: str) -> tuple[str, list[int]]:
    """`text` in half-width, and for each of its characters, and its end, the position in `text`."""
    parts: list[str] = []
    origin: list[int] = []
    for position, char in enumerate(text):
        half = unicodedata.normalize("NFKC", char)
        parts.append(half)
        origin += [position] * len(half)
    return "".join(parts), [*origin, len(text)]


def _masked(kind: Personal, number: str) -> str:
    plain = "".join(char for char in number if char.isalnum())
    if kind is Personal.PHONE and len(plain) >= 11 and not plain.startswith("0"):
        mobile = plain[-11:]
        return f"{mobile[:3]}****{mobile[-4:]}"
    if kind is Personal.PLATE and plain[0] in _PROVINCES:
        return f"{plain[:2]}***"
    return "****"


def public_name(name: str) -> str:
    """`name` as it may stand on a list: 张三丰 → 张*丰, 张三 → 张*, 买买提·吐尔逊 → 买*·吐*, Anna → A***.

    One star for each hidden character, at most `MOST_STARS`; an empty name stays empty.
    """
    clean = " ".join(unicodedata.normalize("NFC", name).split())
    if not clean:
        return ""
    if _DOTS.search(clean):
        return "·".join(_first_and_star(part.strip()) for part in _DOTS.split(clean) if part.strip())
    if not all(_HAN.fullmatch(char) for char in clean):
        return f"{clean[0]}***"
    if len(clean) <= 2:
        return f"{clean[0]}*"
    return f"{clean[0]}{'*' * min(len(clean) - 2, MOST_STARS)}{clean[-1]}"


def _first_and_star(part: str) -> str:
    return f"{part[0]}*" if _HAN.fullmatch(part[0]) else f"{part[0]}***"


def surname(name: str) -> str:
    """What a person is called by: 赵强 → 赵, 欧阳明 → 欧阳, 买买提·吐尔逊 → 买买提; other scripts the first word."""
    clean = " ".join(unicodedata.normalize("NFC", name).split())
    if not clean:
        return ""
    if _DOTS.search(clean):
        return _DOTS.split(clean)[0].strip()
    if not _HAN.fullmatch(clean[0]):
        return clean.split(" ")[0]
    return clean[:2] if clean[:2] in _COMPOUND and len(clean) > 2 else clean[0]


_TURNING: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")  # marks that turn the direction of all that follows


def quoted(text: str) -> str:
    """A person's words as they may be repeated: in one line, no mention that rings, at most `QUOTE_LENGTH` characters."""
    line = " ".join(_TURNING.sub("", text).split()).replace("@", "＠")
    return line if len(line) <= QUOTE_LENGTH else line[: QUOTE_LENGTH - 1].rstrip() + "…"
