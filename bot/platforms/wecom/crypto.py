"""The cipher of callbacks: what is signed, encrypted and meant for us.

WeCom developer documentation, page 90968 (read 2026-11): AES-256-CBC, PKCS#7 to blocks of 32 bytes, and inside
16 random bytes, the length of the text, the text and the id of whom it is meant for.
"""

import base64
import hashlib
import hmac
import secrets
from binascii import Error as NotBase64
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK: Final = 32
_KEY_CHARACTERS: Final = 43
_RANDOM, _LENGTH, _IV = 16, 4, 16


class CipherFault(Exception):
    """It was not meant for us, or somebody changed it. `check` is the one that failed: one word, no contents."""

    def __init__(self, check: str) -> None:
        super().__init__(check)
        self.check = check


class CallbackCipher:
    """Both directions, with the token and key of one app. `receive_id`: the corp id; empty for an internal AI bot.

    Raises:
        ValueError: the key is not the 43 characters that the console shows.
    """

    def __init__(self, token: str, aes_key: str, receive_id: str) -> None:
        self._token = token
        self._key = _key(aes_key)
        self._receive_id = receive_id.encode()

    def signature(self, timestamp: str, nonce: str, encrypted: str) -> str:
        """The signature that goes with `encrypted`."""
        parts = sorted((self._token, timestamp, nonce, encrypted))
        return hashlib.sha1("".join(parts).encode(), usedforsecurity=False).hexdigest()  # the platform's choice

    def check(self, signature: str, timestamp: str, nonce: str, encrypted: str) -> None:
        """See that whoever signed knows the token; compared in constant time.

        Raises:
            CipherFault: signature.
        """
        if not hmac.compare_digest(self.signature(timestamp, nonce, encrypted).encode(), signature.encode()):
            raise CipherFault("signature")

    def encrypt(self, text: str) -> str:
        """`text` as base64, different each time."""
        words = text.encode()
        body = secrets.token_bytes(_RANDOM) + len(words).to_bytes(_LENGTH, "big") + words + self._receive_id
        padding = BLOCK - len(body) % BLOCK
        encryptor = self._cipher().encryptor()
        return base64.b64encode(encryptor.update(body + bytes([padding]) * padding) + encryptor.finalize()).decode()

    def decrypt(self, encrypted: str) -> str:
        """The text inside.

        Raises:
            CipherFault: base64, length, padding, receiver or utf8.
        """
        body = _unpadded(self._opened(encrypted))
        start = _RANDOM + _LENGTH
        end = start + int.from_bytes(body[_RANDOM:start], "big")
        if len(body) < start or end > len(body):
            raise CipherFault("length")
        if not hmac.compare_digest(body[end:], self._receive_id):  # the signature says nothing of the receiver
            raise CipherFault("receiver")
        try:
            return body[start:end].decode()
        except UnicodeDecodeError:
            raise CipherFault("utf8") from None  # its text would hold the bytes

    def _opened(self, encrypted: str) -> bytes:
        try:
            data = base64.b64decode(encrypted, validate=True)
        except (NotBase64, ValueError):
            raise CipherFault("base64") from None
        if not data or len(data) % _IV:
            raise CipherFault("length")
        decryptor = self._cipher().decryptor()
        return decryptor.update(data) + decryptor.finalize()

    def _cipher(self) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES(self._key), modes.CBC(self._key[:_IV]))


def _key(aes_key: str) -> bytes:
    try:
        key = base64.b64decode(aes_key + "=", validate=True)
    except (NotBase64, ValueError):
        key = b""
    if len(aes_key) != _KEY_CHARACTERS or len(key) != BLOCK:
        raise ValueError("the key has to be the 43 letters and digits that the console shows")
    return key


def _unpadded(body: bytes) -> bytes:
    padding = body[-1]
    if not 1 <= padding <= BLOCK or body[-padding:] != bytes([padding]) * padding:
        raise CipherFault("padding")
    return body[:-padding]
