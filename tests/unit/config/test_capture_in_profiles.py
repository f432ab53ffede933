"""A profile that captures a card number cannot send it anywhere but to one tool."""

import pytest

from voiceagent.config.profile_file import ProfileError, parse_profile
from voiceagent.conversation.profile import Capture

_GOOD = """\
name: small
company: ACME
opening:
  disclosure: This is an AI.
  notice: We record.
  question: May we?
  thanks_granted: Thanks.
  thanks_denied: Fine.
greeting: Hello.
slots:
  card: {type: digits, capture: card, min_length: 13, max_length: 19, ask: Type your card., ask_again: Once more.}
  number: {type: digits, ask: "Which one?"}
intents:
  pay:
    phrases: ["pay my bill", "pay bill {number}"]
    needs: [number, card]
    tool: cards.tokenise
    say: Paid with {token}.
    not_found: That did not work.
    declined: No card then.
fallback: ["Pardon?", "Sorry?"]
apology: Sorry.
unreachable: Sorry.
"""


def test_a_slot_that_is_captured_is_read():
    slot = parse_profile(_GOOD).slots["card"]

    assert (slot.capture, slot.ask_again) == (Capture.CARD, "Once more.")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("min_length: 13", "min_length: 4", "is a card number: write min_length: 13"),
        ("{type: digits, capture", "{type: date, capture", "write `type: digits`"),
        ("needs: [number, card]", "needs: [card, number]", "last in `needs`"),
        ("bill {number}", "bill {card}", "names {card} in a phrase"),
        ("    declined:", "    confirm: Pay {number} with {card}?\n    declined:", "exchange the value for a token"),
        ("    tool: cards.tokenise\n", "", "which only a tool may see"),
        ("fallback:", "agent: {instructions: Be kind.}\nfallback:", "a model would be told of card"),
        ("capture: card", "capture: voice", "capture"),
    ],
    ids=["length", "type", "order", "phrase", "change", "tool", "model", "kind"],
)
def test_a_profile_that_would_show_the_card_to_others_is_refused(old, new, told):
    assert old in _GOOD
    with pytest.raises(ProfileError) as refused:
        parse_profile(_GOOD.replace(old, new))

    assert told in str(refused.value)
