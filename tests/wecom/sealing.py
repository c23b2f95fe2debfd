"""How WeCom enciphers media, written from its description and apart from what deciphers them."""

import base64
import secrets

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


def new_key(*, padded: bool = False) -> str:
    """43 characters, or 44 with the sign at their end."""
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    return key if padded else key.rstrip("=")


def seal(data: bytes, aeskey: str) -> bytes:
    key = base64.b64decode(aeskey.rstrip("=") + "=")
    padding = 32 - len(data) % 32
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return encryptor.update(data + bytes([padding]) * padding) + encryptor.finalize()
