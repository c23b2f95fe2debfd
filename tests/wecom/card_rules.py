"""What WeCom demands of a template card, as pages 101032 and 90236 say it."""

import re
from typing import Any

Json = dict[str, Any]

_TASK = re.compile(r"[0-9A-Za-z_\-@]{1,128}")


def faults_of(card: Json) -> list[str]:
    """Why the server would not take it; empty if it would."""
    found: list[str] = []
    kind = card.get("card_type")
    if kind not in ("text_notice", "news_notice", "button_interaction", "vote_interaction", "multiple_interaction"):
        found.append("card_type")
    title = card.get("main_title", {}).get("title")
    if not title and not (kind == "text_notice" and card.get("sub_title_text")):
        found.append("title")
    if kind in ("text_notice", "news_notice") and "card_action" not in card:
        found.append("card_action")
    calls_back = kind in ("button_interaction", "vote_interaction", "multiple_interaction")
    if (calls_back or "task_id" in card) and not _TASK.fullmatch(str(card.get("task_id", ""))):
        found.append("task_id")
    for name, most in (("horizontal_content_list", 6), ("jump_list", 3), ("vertical_content_list", 4)):
        if len(card.get(name, ())) > most:
            found.append(name)
    return found + (_of_buttons(card.get("button_list", [])) if kind == "button_interaction" else [])


def _of_buttons(buttons: list[Json]) -> list[str]:
    found: list[str] = []
    if not 1 <= len(buttons) <= 6:
        found.append("button_list")
    keys = [button.get("key", "") for button in buttons if button.get("type", 0) == 0]
    if len(set(keys)) < len(keys) or any(not 1 <= len(key.encode()) <= 1024 for key in keys):
        found.append("button key")
    if not all(button.get("text") for button in buttons):
        found.append("button text")
    return found
