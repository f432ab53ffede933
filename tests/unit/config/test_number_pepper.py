import pytest

from voiceagent.config.number_pepper import load_or_make_pepper
from voiceagent.core.errors import ConfigError
from voiceagent.records.number_hash import number_hash


def test_the_pepper_is_made_once_and_is_its_owners_alone(tmp_path) -> None:
    made = load_or_make_pepper(tmp_path / "state")

    assert len(made) == 32
    assert load_or_make_pepper(tmp_path / "state") == made
    assert (tmp_path / "state" / "number_pepper").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["number_pepper"]


def test_a_pepper_that_others_can_read_is_refused(tmp_path) -> None:
    load_or_make_pepper(tmp_path)
    (tmp_path / "number_pepper").chmod(0o640)

    with pytest.raises(ConfigError, match="chmod 600"):
        load_or_make_pepper(tmp_path)


@pytest.mark.parametrize("damage", ["", "zz", "00" * 31, "00" * 33])
def test_a_damaged_pepper_is_never_replaced(damage, tmp_path) -> None:
    load_or_make_pepper(tmp_path)
    (tmp_path / "number_pepper").write_text(damage)

    with pytest.raises(ConfigError, match="put it back from a backup"):
        load_or_make_pepper(tmp_path)


def test_a_hash_tells_numbers_apart_and_takes_the_pepper() -> None:
    # RFC 4231, test case 2
    assert number_hash(b"Jefe", "what do ya want for nothing?") == (
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )
    assert number_hash(b"a", "+4930123456") != number_hash(b"b", "+4930123456")
