"""Which turns may not stay in a recording, because a card was said in them."""

from hypothesis import given, settings, strategies as st

from voiceagent.compliance.redaction.card_net import CardNet
from voiceagent.compliance.redaction.muting import HEAD_MS, TAIL_MS, MuteSpan
from voiceagent.telephony import events as ev


def said(text: str, start_ms: int, end_ms: int) -> ev.CallerSaid:
    return ev.CallerSaid(text=text, start_ms=start_ms, end_ms=end_ms, understood=True, confidence=0.9)


def turn(start_ms: int, end_ms: int) -> MuteSpan:
    return MuteSpan(start_ms=start_ms - HEAD_MS, end_ms=end_ms + TAIL_MS)


def caught(*events: ev.CallerSaid | ev.AgentSaid) -> list[MuteSpan]:
    net = CardNet()
    return [span for event in events for span in net.caught(event)]


def test_a_card_that_is_said_unasked_is_caught_with_its_turn_and_no_other():
    hello, card, thanks = said("hello", 1000, 1500), said("its 4539 5787 6362 1486", 3000, 8000), said("ok", 9000, 9200)

    assert caught(hello, card, thanks) == [turn(3000, 8000)]


def test_of_a_card_in_pieces_what_follows_is_caught():
    pieces = [said("my card number is 4539 5787", 1000, 3000), said("6362", 4000, 6000), said("1486", 8000, 9000)]

    assert caught(*pieces) == [turn(1000, 3000), turn(4000, 6000), turn(8000, 9000)]


def test_figures_before_a_card_go_with_it_because_they_may_be_its_first():
    figures = [said("4539 5787", 1000 * at, 1000 * at + 500) for at in range(1, 6)]
    card = said("my card number is 6362 1486", 7000, 7500)

    assert caught(*figures, card) == [turn(1000 * at, 1000 * at + 500) for at in (3, 4, 5, 7)]


def test_a_card_that_the_agent_reads_back_is_caught():
    back = ev.AgentSaid(
        utterance_id="utt_1",
        kind="reply",
        planned="your card is 4539 5787 6362 1486",
        played="your card is 4539 5787 6362 1486",
        start_ms=2000,
        end_ms=7000,
        completed=True,
    )

    assert caught(back) == [turn(2000, 7000)]


def test_a_telephone_number_stays_where_no_card_is_talked_about():
    assert caught(said("call me on 0 3 0 1 1 1 2 2 2", 1000, 4000)) == []


WORDS = {"card": "my card is 4539 5787 6362 1486", "figures": "4539 5787", "others": "where is my parcel"}


@settings(max_examples=40)
@given(st.lists(st.sampled_from(sorted(WORDS)), max_size=8))
def test_every_turn_with_figures_after_a_card_is_caught_once(kinds):
    turns = [(1000 * at, 1000 * at + 500) for at in range(1, len(kinds) + 1)]

    spans = caught(*(said(WORDS[kind], *times) for kind, times in zip(kinds, turns, strict=True)))

    first = kinds.index("card") if "card" in kinds else len(kinds)
    after = {turn(*times) for kind, times in zip(kinds[first:], turns[first:], strict=True) if kind != "others"}
    assert len(set(spans)) == len(spans)
    assert after <= set(spans)
    assert not {turn(*times) for kind, times in zip(kinds, turns, strict=True) if kind == "others"} & set(spans)
    assert bool(spans) == (first < len(kinds))
