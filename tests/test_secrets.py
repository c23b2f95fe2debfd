"""The key of the installation, and the proofs made with it."""

import base64
import hashlib
import hmac
import os
from pathlib import Path

import pytest

from bot.config import ConfigFault
from bot.secrets import Secret, SecretFault, Signer, load_or_make

posix = pytest.mark.skipif(os.name != "posix", reason="Windows keeps such rights elsewhere")


def test_a_key_is_made_once_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "var" / "secret.key"
    made = load_or_make(path)
    assert len(made.value) == 32
    assert base64.urlsafe_b64decode(path.read_text().strip() + "=") == made.value
    assert load_or_make(path).value == made.value
    assert load_or_make(tmp_path / "other.key").value != made.value


@posix
def test_only_the_owner_may_read_the_file(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    before = os.umask(0)
    try:
        key = load_or_make(path).value
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600
    for mode in (0o640, 0o604, 0o620):
        path.chmod(mode)
        with pytest.raises(SecretFault, match=f"Run: chmod 600 {path}"):
            load_or_make(path)
    path.chmod(0o400)
    assert load_or_make(path).value == key


@pytest.mark.parametrize("content", [b"", b"short\n", b"\xff" * 43, b"A" * 44, b"A" * 42 + b"="])
def test_a_damaged_file_is_refused_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secret.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(SecretFault, match=r"is damaged\. Put it back from the backup"):
        load_or_make(path)
    assert path.read_bytes() == content


def test_a_place_that_cannot_hold_a_file_is_a_configuration_fault(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file" / "secret.key", tmp_path):
        with pytest.raises(ConfigFault) as caught:
            load_or_make(path)
        assert len(caught.value.lines) == 1
        assert str(path) in caught.value.lines[0]


def test_a_key_is_not_printed(tmp_path: Path) -> None:
    secret = load_or_make(tmp_path / "secret.key")
    for text in (repr(secret), str(secret), f"{Signer(secret)}", str([secret])):
        assert repr(secret.value)[2:-1] not in text
        assert (tmp_path / "secret.key").read_text().strip() not in text


def test_a_proof_holds_for_its_purpose_payload_and_key_only() -> None:
    signer = Signer(Secret(b"k" * 32))
    mac = signer.mac("button", b"accept.127.1")
    assert signer.verify("button", b"accept.127.1", mac)
    assert not signer.verify("link", b"accept.127.1", mac)
    assert not signer.verify("button", b"accept.128.1", mac)
    assert not Signer(Secret(b"j" * 32)).verify("button", b"accept.127.1", mac)
    flipped = bytes([mac[0] ^ 1]) + mac[1:]
    assert not signer.verify("button", b"accept.127.1", flipped)


def test_purpose_and_payload_do_not_run_into_each_other() -> None:
    signer = Signer(Secret(b"k" * 32))
    assert signer.mac("a", b"bc") != signer.mac("ab", b"c")


def test_a_proof_has_the_agreed_length_and_no_shorter_one_passes() -> None:
    signer = Signer(Secret(b"k" * 32))
    whole = signer.mac("code", b"x", 32)
    assert [len(signer.mac("code", b"x", length)) for length in (10, 16, 32)] == [10, 16, 32]
    assert signer.verify("code", b"x", whole, 32)
    for wrong in (b"", whole[:9], whole[:10], whole[:31], whole + b"\0"):
        assert not signer.verify("code", b"x", wrong, 32)
    for length in (0, 9, 33):
        with pytest.raises(ValueError, match="10 to 32 bytes"):
            signer.mac("code", b"x", length)
    for purpose in ("", "Button", "按钮", "a b"):
        with pytest.raises(ValueError, match="small letters"):
            signer.mac(purpose, b"x")


def test_the_proof_stays_the_same_over_releases() -> None:
    key = hmac.new(b"k" * 32, b"wudayuan 1 button", hashlib.sha256).digest()
    expected = hmac.new(key, b"accept.127.1", hashlib.sha256).digest()[:10]
    assert Signer(Secret(b"k" * 32)).mac("button", b"accept.127.1") == expected
