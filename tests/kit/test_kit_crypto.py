"""Secrets open in their own place, under their own key, and nowhere else."""

from __future__ import annotations

import stat

import pytest

from reposter.kit.crypto import KEY_BYTES, SecretUnreadable, Vault, load_or_create_keys

PLACE = "accounts:o1:access"


@pytest.fixture
def vault():
    return Vault(bytes(KEY_BYTES))


@pytest.mark.parametrize("text", ["act.123", "", "ключ 🔑", "x" * 5000])
def test_a_secret_opens_where_it_was_sealed(vault, text):
    assert vault.unseal(vault.seal(text, place=PLACE), place=PLACE) == text


def test_the_sealed_text_tells_nothing_and_is_never_the_same_twice(vault):
    one, two = (vault.seal("act.123", place=PLACE) for _ in range(2))
    assert one != two
    assert "act.123" not in one


def test_a_ciphertext_that_was_moved_to_another_row_or_column_does_not_open(vault):
    sealed = vault.seal("act.123", place=PLACE)
    for elsewhere in ("accounts:o2:access", "accounts:o1:refresh", ""):
        with pytest.raises(SecretUnreadable):
            vault.unseal(sealed, place=elsewhere)


def test_another_key_opens_nothing(vault):
    with pytest.raises(SecretUnreadable) as caught:
        Vault(b"\1" * KEY_BYTES).unseal(vault.seal("act.123", place=PLACE), place=PLACE)
    assert "act.123" not in str(caught.value.to_dict())
    assert caught.value.hint


@pytest.mark.parametrize("damaged", ["", "v1", "v1:", "v1:AAAA", "v1:no base64!", "v2:AAAA", "act.123"])
def test_what_was_never_sealed_does_not_open(vault, damaged):
    with pytest.raises(SecretUnreadable):
        vault.unseal(damaged, place=PLACE)


def test_one_changed_character_is_noticed(vault):
    sealed = vault.seal("act.123", place=PLACE)
    middle = len(sealed) // 2
    changed = sealed[:middle] + ("A" if sealed[middle] != "A" else "B") + sealed[middle + 1 :]
    with pytest.raises(SecretUnreadable):
        vault.unseal(changed, place=PLACE)


def test_the_key_is_made_once_and_is_its_owners_alone(tmp_path):
    file = tmp_path / "config" / "secret.key"
    (key,) = load_or_create_keys(file)
    assert len(key) == KEY_BYTES
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert load_or_create_keys(file) == (key,)
    assert load_or_create_keys(tmp_path / "other.key") != (key,)


@pytest.mark.parametrize("content", ["", "not hex", "00" * (KEY_BYTES - 1), "00" * (KEY_BYTES + 1)])
def test_a_damaged_key_file_is_refused_and_left_as_it_is(tmp_path, content):
    file = tmp_path / "secret.key"
    file.write_text(content)
    with pytest.raises(SecretUnreadable, match=r"secret\.key") as caught:
        load_or_create_keys(file)
    assert "backup" in caught.value.hint
    assert file.read_text() == content
