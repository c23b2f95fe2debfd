"""The chat model as JSON: how messages lie in the outbox and internal events in the inbox."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from bot.chat.events import (
    Address,
    Delivered,
    Due,
    Incoming,
    Migrated,
    NotDelivered,
    Ordered,
    Photo,
    PhotoFailed,
    PhotoId,
    PhotoStored,
    Platform,
    Position,
)
from bot.chat.messages import Arg, Attachment, AttachmentKind, Button, CasePage, Lines, Text, Until
from bot.domain.case import CaseId
from bot.domain.people import MemberId
from bot.domain.times import read, stored

Internal = Due | PhotoStored | PhotoFailed | Delivered | NotDelivered | Ordered | Migrated | Incoming


@dataclass(frozen=True, slots=True)
class Body:
    """What of a message is kept as JSON."""

    text: Text | Lines
    buttons: tuple[Button, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    answers: str | None = None
    page: CasePage | None = None


def write_body(body: Body) -> str:
    """`body` as JSON text."""
    return _dump(
        {
            "text": _arg(body.text),
            "buttons": [_button(button) for button in body.buttons],
            "attachments": [_attachment(attachment) for attachment in body.attachments],
            "answers": body.answers,
            **({"page": [body.page.case, _arg(body.page.label)]} if body.page else {}),
        }
    )


def read_body(body: str) -> Body:
    """What `write_body` wrote."""
    raw = json.loads(body)
    shown = _read_arg(raw["text"])
    if not isinstance(shown, Text | Lines):
        raise TypeError("a message body without text")
    return Body(
        text=shown,
        buttons=tuple(_read_button(button) for button in raw["buttons"]),
        attachments=tuple(_read_attachment(attachment) for attachment in raw["attachments"]),
        answers=raw["answers"],
        page=_read_page(raw["page"]) if "page" in raw else None,
    )


def write_choices(buttons: Sequence[Button]) -> str:
    """The buttons of a prompt as JSON text."""
    return _dump([_button(button) for button in buttons])


def read_choices(choices: str) -> tuple[Button, ...]:
    """What `write_choices` wrote."""
    return tuple(_read_button(raw) for raw in json.loads(choices))


def write_internal(event: Internal) -> str:
    """An event of our own as JSON text; its id and receipt time are columns of the inbox."""
    match event:
        case Due():
            return _dump({"is": "due", "name": event.name, "key": event.key, "due_at": stored(event.due_at)})
        case PhotoStored():
            return _dump({"is": "photo_stored", "photo": event.photo})
        case PhotoFailed():
            return _dump({"is": "photo_failed", "photo": event.photo, "reason": event.reason})
        case Delivered():
            return _dump({"is": "delivered", "outbox": event.outbox})
        case NotDelivered():
            return _dump({"is": "not_delivered", "outbox": event.outbox, "reason": event.reason})
        case Ordered():
            return _dump({"is": "ordered", "name": event.name, "args": event.args, "by": event.by})
        case Migrated():
            where = event.where
            old = [where.platform, where.chat, where.private]
            return _dump({"is": "migrated", "where": old, "to": event.to})
        case Incoming():
            return _dump({"is": "on_page", **_on_page(event)})


def read_internal(event_id: str, payload: str, at: datetime) -> Internal:
    """What `write_internal` wrote."""
    raw = json.loads(payload)
    match raw["is"]:
        case "due":
            return Due(event_id, raw["name"], raw["key"], read(raw["due_at"]), at)
        case "photo_stored":
            return PhotoStored(event_id, PhotoId(raw["photo"]), at)
        case "photo_failed":
            return PhotoFailed(event_id, PhotoId(raw["photo"]), raw["reason"], at)
        case "delivered":
            return Delivered(event_id, raw["outbox"], at)
        case "not_delivered":
            return NotDelivered(event_id, raw["outbox"], raw["reason"], at)
        case "ordered":
            return Ordered(event_id, raw["name"], raw["args"], MemberId(raw["by"]), at)
        case "migrated":
            platform, chat, private = raw["where"]
            return Migrated(event_id, Address(Platform(platform), chat, private), raw["to"], at)
        case "on_page":
            return _read_on_page(event_id, raw, at)
        case other:
            raise ValueError(f"an internal event of unknown kind {other!r}")


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _on_page(event: Incoming) -> dict[str, object]:
    """What a person sent on the page of a case, as from their private chat."""
    at = event.position
    return {
        "where": [event.where.platform, event.where.chat],
        "sender": event.sender,
        "about": event.about,
        "text": event.text,
        "photos": [[photo.ref, photo.bytes] for photo in event.photos],
        "position": [at.lat, at.lon, at.name] if at else None,
    }


def _read_on_page(event_id: str, raw: Mapping[str, Any], at: datetime) -> Incoming:
    platform, chat = raw["where"]
    return Incoming(
        event_id,
        Address(Platform(platform), chat, private=True),
        raw["sender"],
        raw["text"],
        at,
        photos=tuple(Photo(ref, size) for ref, size in raw["photos"]),
        position=Position(*raw["position"]) if raw["position"] else None,
        about=CaseId(raw["about"]),
    )


def _read_page(raw: Sequence[Any]) -> CasePage:
    case, label = raw
    shown = _read_arg(label)
    if not isinstance(shown, Text):
        raise TypeError("a page without a label")
    return CasePage(CaseId(case), shown)


def _attachment(attachment: Attachment) -> dict[str, object]:
    rows = {"rows": [[_arg(cell) for cell in row] for row in attachment.rows]} if attachment.rows else {}
    words = _args(attachment.words)
    return {"kind": attachment.kind, "photos": list(attachment.photos), "name": attachment.name, "words": words, **rows}


def _read_attachment(raw: Mapping[str, Any]) -> Attachment:
    return Attachment(
        AttachmentKind(raw["kind"]),
        tuple(PhotoId(photo) for photo in raw["photos"]),
        raw["name"],
        _read_args(raw["words"]),
        tuple(tuple(_read_arg(cell) for cell in row) for row in raw.get("rows", ())),
    )


def _button(button: Button) -> dict[str, object]:
    return {
        "action": button.action,
        "label": _arg(button.label),
        "case": button.case,
        "round": button.round,
        "target": button.target,
        "only": button.only,
        "row": button.row,
        "minutes": button.minutes,
    }


def _read_button(raw: Mapping[str, Any]) -> Button:
    label = _read_arg(raw["label"])
    if not isinstance(label, Text):
        raise TypeError("a button without a label")
    return Button(
        action=raw["action"],
        label=label,
        case=None if raw["case"] is None else CaseId(raw["case"]),
        round=raw["round"],
        target=raw["target"],
        only=None if raw["only"] is None else MemberId(raw["only"]),
        row=raw["row"],
        minutes=raw["minutes"],
    )


def _args(args: Mapping[str, Arg]) -> dict[str, object]:
    return {name: _arg(value) for name, value in args.items()}


def _arg(value: Arg) -> object:
    match value:
        case str() | int():
            return value
        case Until():
            return {"until": stored(value.at)}
        case timedelta():
            return {"for_s": value.total_seconds()}
        case Text():
            return {"key": value.key, "args": _args(value.args)}
        case Lines():
            return {"lines": [_arg(part) for part in value.parts], "between": value.between}
        case datetime():
            return {"at": stored(value)}


def _read_args(raw: Mapping[str, Any]) -> dict[str, Arg]:
    return {name: _read_arg(value) for name, value in raw.items()}


def _read_arg(raw: Any) -> Arg:
    match raw:
        case str() | int():
            return raw
        case {"until": str(until)}:
            return Until(read(until))
        case {"for_s": float(seconds) | int(seconds)}:
            return timedelta(seconds=seconds)
        case {"key": str(key), "args": dict()}:
            return Text(key, _read_args(cast("Mapping[str, Any]", raw["args"])))
        case {"lines": list(), "between": str(between)}:
            parts = [_read_arg(part) for part in cast("list[Any]", raw["lines"])]
            return Lines(tuple(part for part in parts if isinstance(part, Text)), between)
        case {"at": str(at)}:
            return read(at)
        case _:
            raise TypeError(f"an argument of unknown shape: {type(raw).__name__}")
