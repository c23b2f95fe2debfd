"""Pictures and recordings of a message, by reference."""

from collections.abc import Mapping
from typing import Any, Final

from bot.chat.events import Photo
from bot.platforms.telegram.ids import Json, items, table, words

_IMAGE_ENDINGS: Final = (".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif")
_RECORDINGS: Final = {"voice": "voice", "audio": "voice", "video": "video", "video_note": "video"}
_ANIMATION: Final = {"animation": "video"}


def photos_of(message: Json, *, private: bool) -> tuple[Photo, ...]:
    """The largest size of a photo, or a file that may be a picture.

    In private any file counts, so that whoever sends the wrong kind is told; in a group only what claims to be one.
    """
    if "photo" in message:
        sizes = [photo for size in items(message["photo"]) if (photo := _photo(table(size), "photo")) is not None]
        return tuple(sizes[-1:])  # smallest first (Bot API, Message)
    if "animation" in message:  # comes with a document of the same file
        return ()
    document = table(message.get("document"))
    claims = words(document.get("mime_type")).startswith("image/")
    claims = claims or words(document.get("file_name")).lower().endswith(_IMAGE_ENDINGS)
    photo = _photo(document, "file") if claims or private else None
    return (photo,) if photo else ()


def recordings_of(message: Json, *, private: bool) -> tuple[Photo, ...]:
    """Voice and video. A moving picture without words is talk in a group, and a film without sound elsewhere."""
    kinds = _RECORDINGS | _ANIMATION if private or words(message.get("caption")) else _RECORDINGS
    found = (_photo(table(message.get(key)), kind) for key, kind in kinds.items() if key in message)
    return tuple(photo for photo in found if photo is not None)


def _photo(file: Mapping[str, Any], kind: str) -> Photo | None:
    ref, size = file.get("file_id"), file.get("file_size")
    if not isinstance(ref, str) or not ref:
        return None
    return Photo(ref, size if isinstance(size, int) and size >= 0 else None, kind)
