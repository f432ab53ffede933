"""Keys become a number at `#` or after a pause, however many there are."""

from hypothesis import given, strategies as st

from voiceagent.session.keypad import Keypad


def _pressed(keys: str, every_ms: int = 100) -> Keypad:
    """A keypad with the first key at 0 ms."""
    keypad = Keypad()
    for place, key in enumerate(keys):
        keypad.press(key, place * every_ms)
    return keypad


def _words(keypad: Keypad, now_ms: int) -> list[str] | None:
    taken = keypad.take(now_ms)
    return None if taken is None else taken.text.split()


def test_a_number_is_complete_after_a_pause():
    keypad = _pressed("42")

    assert keypad.take(1599) is None
    assert _words(keypad, 1600) == ["four", "two"]
    assert keypad.take(9000) is None


def test_a_number_is_complete_at_once_when_it_ends_with_a_hash():
    assert _words(_pressed("42#"), 200) == ["four", "two"]


def test_the_longest_number_of_a_slot_is_kept_whole():
    assert _words(_pressed("1" * 32 + "#"), 3200) == ["one"] * 32


def test_keys_beyond_the_longest_number_are_ignored():
    assert _words(_pressed("1" * 32 + "2" * 5_000 + "#"), 600_000) == ["one"] * 32


def test_the_run_goes_on_while_ignored_keys_come():
    keypad = _pressed("1" * 40)  # the last one at 3900 ms

    assert keypad.take(5399) is None
    assert _words(keypad, 5400) == ["one"] * 32


@given(st.text("0123456789*#ABCD", max_size=200))
def test_whatever_is_pressed_no_more_than_32_digits_are_said(keys):
    words = _words(_pressed(keys), 1_000_000)

    assert words is None if not keys else len(words) <= 32
