"""The cipher of callbacks: published figures, round trips, other implementations, and what is not let in."""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.enterprise.crypto import WeChatCrypto

from bot.platforms.wecom.crypto import CallbackCipher, CipherFault

# The platform's own example (developer.work.weixin.qq.com, page 90968 and the samples of its libraries).
TOKEN = "QDG6eK"
KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
CORP = "wx5823bf96d3bd56c7"
ECHO = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="
MESSAGE = (
    "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvu"
    "JTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwG"
    "c2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9"
    "EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0"
    "lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q=="
)
# Lengths around the ends of a block: 16 random bytes, four of length and 18 of the corp id go along.
BOUNDARIES = ["字" * n for n in range(12)] + ["a" * n for n in (24, 25, 26, 27, 57, 58, 59, 89, 90, 91, 2048)]
TEXTS = ["", "hello", "幸福路公交站前私家车违停", "井盖缺失⚠️👨‍👩‍👧", "<xml>\r\n</xml>", *BOUNDARIES]


@pytest.fixture
def cipher() -> CallbackCipher:
    return CallbackCipher(TOKEN, KEY, CORP)


def test_the_platforms_own_examples(cipher: CallbackCipher) -> None:
    cipher.check("5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3", "1409659589", "263014780", ECHO)
    assert cipher.decrypt(ECHO) == "1616140317555161061"
    cipher.check("477715d11cdb4164915debcba66cb864d751f3e6", "1409659813", "1372623149", MESSAGE)
    assert "<MsgId>4561255354251345929</MsgId>" in cipher.decrypt(MESSAGE)


@pytest.mark.parametrize("receiver", [CORP, ""])
@pytest.mark.parametrize("text", TEXTS)
def test_there_and_back(text: str, receiver: str) -> None:
    cipher = CallbackCipher(TOKEN, KEY, receiver)
    first, second = cipher.encrypt(text), cipher.encrypt(text)
    assert first != second, "the same words look different each time"
    assert len(base64.b64decode(first)) % 32 == 0
    assert cipher.decrypt(first) == cipher.decrypt(second) == text


def test_wechatpy_reads_what_we_write_and_writes_what_we_read(cipher: CallbackCipher) -> None:
    other = WeChatCrypto(TOKEN, KEY, CORP)
    for text in TEXTS:
        encrypted = cipher.encrypt(text)
        signature = cipher.signature("1700000000", "n1", encrypted)
        assert other.decrypt_message({"Encrypt": encrypted}, signature, "1700000000", "n1") == text
        assert cipher.decrypt(_encrypted_by(other, text)) == text


def _encrypted_by(other: WeChatCrypto, text: str) -> str:
    written: str = other.encrypt_message(text, "n1", "1700000000")
    return written.partition("<Encrypt><![CDATA[")[2].partition("]]>")[0]


NODE = """
const { decrypt, encrypt, getSignature } = require("@wecom/crypto");
const asked = JSON.parse(require("fs").readFileSync(0, "utf8"));
const answers = asked.map(({ key, token, text, id, encrypted }) => ({
  read: decrypt(key, encrypted), written: encrypt(key, text, id), signature: getSignature(token, "17", "n1", encrypted),
}));
process.stdout.write(JSON.stringify(answers));
"""


@pytest.fixture
def node() -> Callable[[Any], Any]:
    """Runs `NODE` with @wecom/crypto, which CI installs outside the repository."""
    program, modules = shutil.which("node"), os.environ.get("WDY_TEST_NODE_MODULES", "")
    if program is None or not (Path(modules) / "@wecom" / "crypto").is_dir():
        reason = "needs node, and @wecom/crypto in the folder named by WDY_TEST_NODE_MODULES"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)

    def run(asked: Any) -> Any:
        done = subprocess.run(
            [program, "-e", NODE], input=json.dumps(asked).encode(), env={**os.environ, "NODE_PATH": modules},
            capture_output=True, check=True, timeout=60,
        )  # fmt: skip
        return json.loads(done.stdout)

    return run


@pytest.mark.parametrize("receiver", [CORP, ""])
def test_the_official_node_library_agrees(node: Callable[[Any], Any], receiver: str) -> None:
    cipher = CallbackCipher(TOKEN, KEY, receiver)
    asked = [
        {"key": KEY, "token": TOKEN, "text": text, "id": receiver, "encrypted": cipher.encrypt(text)} for text in TEXTS
    ]
    for question, answer in zip(asked, node(asked), strict=True):
        assert (answer["read"]["message"], answer["read"]["id"]) == (question["text"], receiver)
        assert cipher.decrypt(answer["written"]) == question["text"]
        cipher.check(answer["signature"], "17", "n1", question["encrypted"])


# -- what is not let in --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("changed", [{"timestamp": "1409659590"}, {"nonce": "263014781"}, {"encrypted": ECHO[:-4]}])
def test_a_signature_is_good_for_what_was_signed_only(cipher: CallbackCipher, changed: dict[str, str]) -> None:
    call = {"timestamp": "1409659589", "nonce": "263014780", "encrypted": ECHO}
    good = cipher.signature(**call)
    cipher.check(good, **call)
    for signature, wrong in ((good, {**call, **changed}), ("", call), ("é", call), (good.upper(), call)):
        with pytest.raises(CipherFault, match=r"^signature$"):
            cipher.check(signature, **wrong)


def test_what_was_meant_for_another_company_is_refused(cipher: CallbackCipher) -> None:
    for other in ("wx5823bf96d3bd56c8", "", CORP + "x"):
        with pytest.raises(CipherFault, match=r"^receiver$"):
            cipher.decrypt(CallbackCipher(TOKEN, KEY, other).encrypt("hello"))


def encrypted(plain: bytes) -> str:
    """Anything under the right key, as only somebody who knows it could make it."""
    key = base64.b64decode(KEY + "=")
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()


@pytest.mark.parametrize(
    ("plain", "check"),
    [
        (b"r" * 16 + b"\0\0\0\2hi" + CORP.encode() + b"\0" * 24, "padding"),  # zero is no padding
        (b"r" * 16 + b"\0\0\0\2hi" + CORP.encode() + b"\x28" * 24 + b"\x28" * 16, "padding"),  # more than a block
        (b"r" * 16 + b"\0\0\0\2hi" + CORP.encode() + b"\x17" * 23 + b"\x18", "padding"),  # one byte differs
        (b"r" * 16 + b"\0\0\0\2" + b"\x0c" * 12, "length"),
        (b"r" * 15 + b"\x11" * 17, "length"),
        (b"r" * 16 + b"\xff\xff\xff\xffhi" + CORP.encode() + b"\x18" * 24, "length"),
        (b"r" * 16 + b"\0\0\0\2\xff\xfe" + CORP.encode() + b"\x18" * 24, "utf8"),
    ],
)
def test_every_byte_is_checked(cipher: CallbackCipher, plain: bytes, check: str) -> None:
    with pytest.raises(CipherFault, match=f"^{check}$"):
        cipher.decrypt(encrypted(plain))


@given(st.text(max_size=80))
def test_whatever_comes_only_one_kind_of_fault_goes_out(text: str) -> None:
    for odd in (text, base64.b64encode(text.encode()).decode(), ECHO[: len(text)], ECHO[4:]):
        with pytest.raises(CipherFault) as fault:
            CallbackCipher(TOKEN, KEY, CORP).decrypt(odd)
        assert str(fault.value) in ("base64", "length", "padding", "receiver", "utf8")
        assert fault.value.__cause__ is None


@pytest.mark.parametrize("key", ["", KEY[:-1], KEY + "A", KEY[:-1] + "!", "字" * 43])
def test_a_key_that_is_none_is_told_at_the_start(key: str) -> None:
    with pytest.raises(ValueError, match="43 letters") as fault:
        CallbackCipher(TOKEN, key, CORP)
    assert key == "" or key not in str(fault.value)
