import pytest

from voiceagent.core.errors import BadInput
from voiceagent.telephony.event_codec import EVENT_TYPES, Unrecognised, decode, decode_any, encode
from voiceagent.testing.sample_call import recorded, sample_events


def test_every_event_of_a_call_comes_back_as_it_was() -> None:
    log = recorded("call_1", sample_events())

    assert [decode(encode(entry)) for entry in log] == log
    assert [decode_any(encode(entry)) for entry in log] == log


def test_an_unknown_type_is_carried_on_unchanged() -> None:
    (entry,) = recorded("call_1", [Unrecognised(type_name="call.teleported", data={"to": "Mars"})])
    line = encode(entry)

    assert decode_any(line) == entry
    assert encode(decode_any(line)) == line
    with pytest.raises(BadInput, match="teleported"):
        decode(line)


def test_no_event_is_called_unrecognised() -> None:
    assert Unrecognised not in EVENT_TYPES.values()
    assert "" not in EVENT_TYPES


@pytest.mark.parametrize("line", [b"", b"{}", b"[1]", b'{"call_id": 1}', b"\xff"])
def test_what_is_no_event_is_refused(line: bytes) -> None:
    with pytest.raises(BadInput):
        decode_any(line)


def test_half_a_surrogate_pair_becomes_a_replacement_character() -> None:
    (entry,) = recorded("call_1", [Unrecognised(type_name="x", data={"header": "a\udc80b"})])

    carried = decode_any(encode(entry)).event

    assert carried == Unrecognised(type_name="x", data={"header": "a\ufffdb"})


def test_an_event_is_one_line() -> None:
    (entry,) = recorded("call_1", [Unrecognised(type_name="x", data={"text": "two\nlines\r\n"})])

    assert b"\n" not in encode(entry)
