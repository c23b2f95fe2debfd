"""The key of this installation, and the short proofs made with it for buttons, links and codes."""

import base64
import hashlib
import hmac
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_bytes
from typing import Final

from bot.config.faults import ConfigFault, shown

_BYTES: Final = 32
_WRITTEN: Final = re.compile(rb"[A-Za-z0-9_-]{43}")  # 32 bytes in base64url without padding
_PURPOSE: Final = re.compile(r"[a-z][a-z0-9_.-]{0,40}")
_SHORTEST = 10  # bytes; 80 bits, the least that button data may carry (64 bytes in all on Telegram)
_LONGEST: Final = hashlib.sha256().digest_size


@dataclass(frozen=True, slots=True, eq=False)
class Secret:
    """Bytes that are neither printed nor compared by accident."""

    value: bytes = field(repr=False)


class SecretFault(ConfigFault):
    """The secret file cannot be used; its one line says why and gives the cure."""

    def __init__(self, path: Path, sentence: str) -> None:
        super().__init__([f"secret file {shown(path)}: {sentence}"])


def load_or_make(path: Path) -> Secret:
    """The key in the file at `path`, which is made if it is not there: 32 random bytes, base64url, mode 0600.

    Afterwards the file is on the disk; a second call, also from another process, gives the same key.

    Raises:
        SecretFault: the file can be read by others, is damaged, or cannot be made or read.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _make(path)
    except FileExistsError:
        pass  # the usual case: it was made by an earlier start
    except OSError as error:
        raise SecretFault(path, f"cannot be made ({error.strerror}). Name another in [town] secret_file.") from None
    try:
        return Secret(_read(path))
    except OSError as error:
        raise SecretFault(path, f"cannot be read ({error.strerror}). Give it to the bot's user.") from None


@dataclass(frozen=True, slots=True)
class Signer:
    """Message authentication codes under one secret, a key of its own for each purpose.

    So a proof made for a button is worth nothing as a link, even over the same bytes.
    """

    secret: Secret

    def mac(self, purpose: str, payload: bytes, length: int = _SHORTEST) -> bytes:
        """HMAC-SHA256 of `payload`, cut to `length` bytes (10 to 32).

        Raises:
            ValueError: `purpose` is no word of small letters, or `length` is out of bounds.
        """
        if not _PURPOSE.fullmatch(purpose):
            raise ValueError("a purpose is a word of small letters")
        if not _SHORTEST <= length <= _LONGEST:
            raise ValueError(f"a code has {_SHORTEST} to {_LONGEST} bytes")
        key = hmac.digest(self.secret.value, b"wudayuan 1 " + purpose.encode(), "sha256")
        return hmac.digest(key, payload, "sha256")[:length]

    def verify(self, purpose: str, payload: bytes, mac: bytes, length: int = _SHORTEST) -> bool:
        """Whether `mac` was made by `mac()` with the same arguments; takes the same time for every wrong one."""
        return hmac.compare_digest(self.mac(purpose, payload, length), mac)


def _make(path: Path) -> None:
    written = base64.urlsafe_b64encode(token_bytes(_BYTES)).rstrip(b"=")
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(written + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        path.unlink()  # half a key would stop every later start
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return  # Windows cannot open a folder
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        written = file.read(1024).strip()
    if os.name == "posix" and mode & 0o077:
        raise SecretFault(path, f"other users of this machine can read it. Run: chmod 600 {path}")
    if not _WRITTEN.fullmatch(written):
        raise SecretFault(
            path, "is damaged. Put it back from the backup; or remove it: a new key ends all open buttons and codes."
        )
    return base64.urlsafe_b64decode(written + b"=")
