"""The wire between gateways and workers."""

import typing
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given, strategies as st

from voiceagent.core.errors import BadInput
from voiceagent.worker import messages

_TYPES = {"gateway": typing.get_args(messages.FromGateway), "worker": typing.get_args(messages.FromWorker)}
_words = st.tuples(st.text(max_size=8), st.integers(0, 10**6), st.integers(0, 10**6))
_values = {
    str: st.text(st.characters(codec="utf-8"), max_size=20),
    int: st.integers(-(2**31), 2**31),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    bytes: st.binary(max_size=50),
    tuple[str, ...]: st.lists(st.text(st.characters(codec="utf-8"), max_size=8), max_size=4).map(tuple),
    tuple[tuple[str, int, int], ...]: st.lists(_words, max_size=4).map(tuple),
}


def any_of(classes: tuple[type[msgspec.Struct], ...]) -> st.SearchStrategy[msgspec.Struct]:
    return st.one_of(
        [
            st.builds(
                cls,
                **{
                    name: _values[hint]
                    for name, hint in typing.get_type_hints(cls).items()
                    if name in cls.__struct_fields__
                },
            )
            for cls in classes
        ]
    )


@given(any_of(_TYPES["gateway"]))
def test_what_a_gateway_sends_arrives_equal(message):
    assert messages.from_gateway(messages.encode(message)) == message


@given(any_of(_TYPES["worker"]))
def test_what_a_worker_sends_arrives_equal(message):
    assert messages.from_worker(messages.encode(message)) == message


def refusal(decode: Callable[[bytes], object], data: bytes) -> str:
    """Why something is refused, "" when it is not. Any other failure than BadInput gets out."""
    try:
        decode(data)
    except BadInput as error:
        return str(error)
    return ""


@given(st.binary(max_size=200))
def test_garbage_is_refused_as_malformed_or_is_a_message(data):
    for decode in (messages.from_gateway, messages.from_worker):
        why = refusal(decode, data)

        assert why == "" or "malformed" in why


@given(any_of(_TYPES["worker"]), st.data())
def test_a_truncated_message_is_refused(message, data):
    whole = messages.encode(message)
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]

    with pytest.raises(BadInput):
        messages.from_worker(cut)


def test_neither_side_takes_the_others_messages():
    with pytest.raises(BadInput):
        messages.from_gateway(messages.encode(messages.Refused(reason="")))
    with pytest.raises(BadInput):
        messages.from_worker(messages.encode(messages.FinishHearing()))


def test_a_field_of_a_newer_version_is_ignored():
    newer = msgspec.msgpack.encode({"type": "cancel", "utterance_id": "utt_1", "politely": True})

    assert messages.from_gateway(newer) == messages.Cancel(utterance_id="utt_1")


def test_tags_are_unique_and_are_not_python_names():
    tags = [cls.__struct_config__.tag for classes in _TYPES.values() for cls in classes]

    assert len(set(tags)) == len(tags) == 11
    assert all(tag.islower() for tag in tags)
