"""What is said beside a report: the end of it, a correction of the newest one, or something else altogether."""

import re
from typing import Final

from bot.domain.cues import is_no_report
from bot.domain.wording import normalise, tidied

_END: Final = re.compile(r"(?:取消|撤销|撤回|算了|不报了|cancel)[了吧。.!]*", re.IGNORECASE)
_CORRECTION: Final = re.compile(
    r"(?:地点|位置|地址|类别|类型)\s*(?:改|换成|应该|应为|不对|错|搞错|写错)|place\s+\S|"
    r"(?:这|那|这个|那个)?不是.{1,12}?[，,、\s]\s*(?:而?是|应该是)",
    re.IGNORECASE,
)
_ASIDE: Final = re.compile(
    r"(?:我的|看看?|查查?)?(?:积分|排名|排行|进度|案件|编号|帮助|菜单|人工|客服)|"
    r"(?:你好|您好|在吗|在不在|有人吗|谢谢|多谢|辛苦|hello|hi|help|thanks)[!！。.啊呀吗了]*$",
    re.IGNORECASE,
)
_COMMAND_WITHIN: Final = 40  # characters: mention and command word stand before this


def is_end(words: str) -> bool:
    """Whether somebody gives up the report that is being put together: 「取消」, 「算了」."""
    return _END.fullmatch(tidied(words)) is not None


def is_correction(words: str) -> bool:
    """Whether the words set something right that was said before: 「地点改成……」, 「不是食品，是交通」."""
    return _CORRECTION.match(tidied(words)) is not None


def is_aside(words: str) -> bool:
    """Whether the words are no answer to a question about a report: 「我的积分」, 「谢谢」, a question about the rules."""
    said = normalise(words)
    return _ASIDE.match(said) is not None or is_no_report(said)


def as_said(words: str) -> str:
    """The words of a report without the command word, with the punctuation as it was typed."""
    rest = normalise(words)
    for start in range(min(len(words), _COMMAND_WITHIN)):
        if tidied(words[start:]) == rest:
            return words[start:].strip()
    return rest
