import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from voiceagent.gateways.webrtc.side_channel import SideChannel
from voiceagent.testing.clock import ManualClock


class Channel:
    """A data channel that remembers what was sent."""

    def __init__(self, ready_state: str = "open", buffered: int = 0) -> None:
        self.readyState = ready_state
        self.bufferedAmount = buffered
        self.sent: list[str] = []

    def on(self, event: str, _: Any) -> None:
        assert event == "message"

    def send(self, text: str) -> None:
        self.sent.append(text)


class Page:
    def __init__(self) -> None:
        self.digits: list[str] = []
        self.hang_ups = 0
        self.clock = ManualClock()
        self.side = SideChannel(on_digit=self.digits.append, on_hang_up=self._hang_up, clock=self.clock)

    def press(self, digit: str) -> None:
        self.side.receive(json.dumps({"digit": digit}))

    def _hang_up(self) -> None:
        self.hang_ups += 1


@pytest.mark.parametrize("digit", list("0123456789*#"))
def test_a_digit_is_passed_on(digit: str) -> None:
    page = Page()

    page.side.receive(json.dumps({"digit": digit}))

    assert page.digits == [digit]


def test_digits_at_the_pace_of_a_hand_are_all_passed_on() -> None:
    page = Page()

    for digit in "4218":
        page.press(digit)
        page.clock.advance(0.05)

    assert page.digits == list("4218")
    assert page.side.ignored == 0


def test_digits_that_a_network_delivers_at_once_are_all_passed_on() -> None:
    page = Page()

    for digit in "4021#":
        page.press(digit)

    assert page.digits == list("4021#")


def test_more_than_sixteen_digits_within_a_second_are_counted_and_dropped() -> None:
    page = Page()

    for _ in range(20):
        page.press("1")
    page.clock.advance(1.0)
    page.press("2")

    assert page.digits == [*["1"] * 16, "2"]
    assert page.side.ignored == 4


def test_a_flood_of_digits_does_not_hold_up_the_hang_up() -> None:
    page = Page()

    for _ in range(1_000):
        page.press("1")
    page.side.receive('{"type": "hangup"}')

    assert (page.digits, page.hang_ups, page.side.ignored) == (["1"] * 16, 1, 984)


def test_a_hang_up_is_passed_on() -> None:
    page = Page()

    page.side.receive('{"type": "hangup"}')

    assert page.hang_ups == 1


@pytest.mark.parametrize("message", ['{"digit": "12"}', '{"digit": 1}', "[]", "{", b"1", '{"digit": "1"}' + " " * 999])
def test_anything_else_is_counted_and_dropped(message: object) -> None:
    page = Page()

    page.side.receive(message)

    assert (page.digits, page.hang_ups, page.side.ignored) == ([], 0, 1)


@given(message=st.one_of(st.text(), st.binary(), st.none(), st.integers()))
def test_no_message_breaks_it(message: object) -> None:
    page = Page()

    page.side.receive(message)

    assert page.hang_ups == 0


def test_messages_go_to_an_open_channel() -> None:
    page, channel = Page(), Channel()
    page.side.attach(channel)

    page.side.send({"type": "caption", "text": "é"})

    assert channel.sent == ['{"type": "caption", "text": "é"}']
    assert page.side.is_flushed


@pytest.mark.parametrize("channel", [None, Channel("connecting"), Channel("open", 65_000)])
def test_a_page_that_cannot_listen_costs_a_counted_drop(channel: Channel | None) -> None:
    page = Page()
    if channel is not None:
        page.side.attach(channel)

    page.side.send({"type": "caption"})

    assert page.side.dropped == 1
