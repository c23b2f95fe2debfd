"""What a part shows, and whether it keeps the limits of WeCom (platform facts, template cards and message types)."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from bot.chat.events import Address, Platform
from bot.chat.platform import Rendered, RenderedButton
from bot.platforms.wecom.kinds import Channel, Part

TASK = re.compile(r"[0-9A-Za-z_\-@]{1,128}")
TEXT_BYTES = {Channel.BOT: 20_480, Channel.APP: 2_048, Channel.HOOK: 4_096}
ADVISED_BODY = {Channel.BOT: 112, Channel.APP: 160}  # Chinese characters
PRIVATE = Address(Platform.WECOM, "liugong", private=True)
GROUP = Address(Platform.WECOM, "wrGroup", private=False)


def message(text: str, *labels: str, **more: Any) -> Rendered:
    """A message to a contact with these buttons; the data of a button is what the engine makes."""
    buttons = tuple(
        RenderedButton(label, f"17.{index}.Zm9vYmFyYmF6cXV4", 0, said=label) for index, label in enumerate(labels)
    )
    return Rendered(PRIVATE, text, buttons, **{"key": "42", **more})


def width(text: str) -> float:
    """Length in Chinese characters: a narrow sign is half of one."""
    return sum(2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in text) / 2


def eye(text: str) -> str:
    """A text as the eye takes it: wide or narrow signs, and spaces, are the same."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def told(parts: Sequence[Part]) -> str:
    """Everything the parts say, as the eye takes it."""
    said: list[str] = []
    for part in parts:
        content: Any = part.content
        if part.is_card:
            rows = [f"{row['keyname']}：{row['value']}" for row in content.get("horizontal_content_list", [])]
            said += [content["main_title"]["title"], content.get("sub_title_text", ""), *rows]
        else:
            said.append(content.get("content", ""))
    return eye("\n".join(said))


def over(part: Part, channel: Channel) -> list[str]:
    """The limits that a part breaks."""
    content: Any = part.content
    if not part.is_card:
        size = len(content.get("content", "").encode())
        return [f"{size} bytes"] if size > TEXT_BYTES[channel] else []
    rows, jumps = content.get("horizontal_content_list", []), content.get("jump_list", [])
    buttons = content["button_list"]
    checks = {
        "card_type": content["card_type"] == "button_interaction",
        "task_id": TASK.fullmatch(content["task_id"]) is not None,
        "title": 0 < width(content["main_title"]["title"]) <= 26 and len(content["main_title"]["title"]) <= 36,
        "body": width(content.get("sub_title_text", "")) <= ADVISED_BODY[channel],
        "rows": len(rows) <= 6,
        "names": all(0 < width(row["keyname"]) <= 5 for row in rows),
        "values": all(0 < width(row["value"]) <= 26 for row in rows),
        "jumps": len(jumps) <= 3
        and all(jump["type"] == 1 and jump["url"] and width(jump["title"]) <= 13 for jump in jumps),
        "buttons": 1 <= len(buttons) <= 6,
        "labels": all(0 < width(button["text"]) <= 10 for button in buttons),
        "styles": all(button["style"] in (1, 2, 3, 4) for button in buttons),
        "keys": all(0 < len(button["key"].encode()) <= 1024 for button in buttons),
        "other keys": len({button["key"] for button in buttons}) == len(buttons),
    }
    return [name for name, kept in checks.items() if not kept]
