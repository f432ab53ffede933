import io
import random

import pytest
from hypothesis import given, strategies as st

from voiceagent.core.errors import Damaged
from voiceagent.records.at_rest.encrypted_file import CHUNK_BYTES, EncryptedFile, encrypt

KEY, NAME = bytes(range(32)), b"recording|a"
STORED_CHUNK = CHUNK_BYTES + 16
AROUND_CHUNKS = st.sampled_from([0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 150_000])


def sealed(plain: bytes, key: bytes = KEY, name: bytes = NAME) -> bytes:
    target = io.BytesIO()
    encrypt(io.BytesIO(plain), target, key, name)
    return target.getvalue()


def opened(stored: bytes, key: bytes = KEY, name: bytes = NAME) -> EncryptedFile:
    return EncryptedFile(io.BytesIO(stored), key, name)


def read_all(stored: bytes) -> bytes:
    with opened(stored) as file:
        return file.read(0, file.size)


@given(AROUND_CHUNKS, st.integers(0, 160_000), st.integers(0, 160_000))
def test_any_part_reads_as_it_was(size: int, start: int, length: int) -> None:
    plain = random.Random(size).randbytes(size)

    with opened(sealed(plain)) as file:
        assert file.size == size
        assert file.read(start, length) == plain[start : start + length]


@given(AROUND_CHUNKS, st.randoms(use_true_random=False))
def test_a_changed_byte_is_found(size: int, dice: random.Random) -> None:
    stored = bytearray(sealed(bytes(size)))
    stored[dice.randrange(len(stored))] ^= 1 << dice.randrange(8)

    with pytest.raises(Damaged):
        read_all(bytes(stored))


@given(AROUND_CHUNKS, st.randoms(use_true_random=False))
def test_a_file_that_was_cut_off_does_not_open(size: int, dice: random.Random) -> None:
    stored = sealed(bytes(size))

    with pytest.raises(Damaged):
        opened(stored[: dice.randrange(len(stored))])


def test_a_file_that_was_cut_between_two_chunks_does_not_open() -> None:
    stored = sealed(bytes(3 * CHUNK_BYTES))

    with pytest.raises(Damaged, match="cut off"):
        opened(stored[:-STORED_CHUNK])


def test_chunks_that_changed_places_are_found() -> None:
    stored = sealed(random.Random(1).randbytes(3 * CHUNK_BYTES))
    head, body = stored[:15], stored[15:]
    swapped = head + body[STORED_CHUNK : 2 * STORED_CHUNK] + body[:STORED_CHUNK] + body[2 * STORED_CHUNK :]

    with pytest.raises(Damaged, match="chunk 0"):
        read_all(swapped)


@pytest.mark.parametrize(("key", "name"), [(bytes(32), NAME), (KEY, b"recording|b")], ids=["key", "name"])
def test_T_KEY_2_another_key_or_name_opens_nothing(key: bytes, name: bytes) -> None:
    with pytest.raises(Damaged):
        opened(sealed(b"hello"), key, name)


def test_a_file_that_is_not_ours_is_refused() -> None:
    with pytest.raises(Damaged, match="not one that voiceagent encrypted"):
        opened(b"RIFF and so on, a good deal of it")
