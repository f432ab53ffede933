"""A call's events as they are kept: what was asked, given and looked up in it decides what is masked next."""

import json

import pytest

from voiceagent.compliance.redaction.call import CallRedaction
from voiceagent.compliance.withholding import withhold
from voiceagent.conversation.profile import RecordsChoice, WordsKept
from voiceagent.telephony import events as ev
from voiceagent.telephony.event_codec import event_to_data
from voiceagent.telephony.events import CallEvent


def caller(text: str) -> ev.CallerSaid:
    return ev.CallerSaid(text=text, start_ms=0, end_ms=900, understood=True, confidence=0.9)


def agent(text: str, kind: str = "reply") -> ev.AgentSaid:
    return ev.AgentSaid(
        utterance_id="utt_1", kind=kind, planned=text, played=text, start_ms=0, end_ms=9, completed=True
    )


def tool(result: dict[str, object], **arguments: object) -> ev.ToolCalled:
    return ev.ToolCalled(
        tool_call_id="tool_1",
        delegation_id="del_1",
        name="crm",
        arguments=arguments,
        status="ok",
        result=result,
        duration_ms=1,
    )


GRANTED = ev.ConsentGranted(purpose="recording", method="voice", question_sha256="q", at_ms=1, answer="yes")


def kept(*events: CallEvent, records: RecordsChoice | None = None) -> list[CallEvent]:
    redaction = CallRedaction(records) if records else CallRedaction()
    return [redaction.kept(event) for event in events]


def words(event: CallEvent) -> str:
    assert isinstance(event, ev.CallerSaid | ev.AgentSaid)
    return event.text if isinstance(event, ev.CallerSaid) else event.played


def test_an_answer_is_masked_as_what_was_asked_for():
    assert words(kept(agent("And the security code on the back?"), caller("four seven one"))[-1]) == "[CVV]"


@pytest.mark.parametrize("said", ["and the code is 737", "the three digits are 737", "the number on the back is 737"])
def test_what_is_called_a_code_is_a_cards_where_one_is_talked_about(said):
    card = caller("my card number is 4539 5787 6362 1486")

    assert words(kept(card, caller(said))[-1]).endswith("[CVV]")
    assert words(kept(caller(said))[-1]) == said, "a flat has a code, too"


@pytest.mark.parametrize("said", ["my order is 4217", "it was 737 euros", "I paid in 2024"])
def test_what_is_called_something_else_stays_where_a_card_is_talked_about(said):
    assert words(kept(caller("my card number is 4539 5787 6362 1486"), caller(said))[-1]) == said


def test_an_answer_may_take_two_turns():
    events = kept(agent("What is your card number?"), caller("hold on"), agent("Take your time."), caller("4111"))

    assert words(events[-1]) == "[CARD]"


def test_another_question_closes_the_window():
    events = kept(agent("What is your card number?"), agent("Which order number is it?"), caller("four eight two one"))

    assert words(events[-1]) == "four eight two one"


def test_what_a_caller_announces_is_masked_in_the_next_turn():
    assert words(kept(caller("my card number is"), agent("Yes?"), caller("4111"))[-1]) == "[CARD]"


def test_the_last_four_of_a_card_may_be_said():
    asked = "Which card is it? Please say its last four digits."

    assert words(kept(agent(asked), caller("four four one three"))[-1]) == "four four one three"


def test_a_number_split_over_two_turns_is_masked_in_both():
    events = kept(caller("it's oh one five one"), agent("Mm-hm."), caller("four nine six two"))

    assert words(events[0]) == "it's [NUMBER]"
    assert words(events[2]) == "[NUMBER]"


def test_our_own_words_are_masked_when_they_read_back():
    events = kept(agent("Your card number?"), caller("4111 1111 1111 1111"), agent("I heard 4 1 1 1. Is that right?"))

    assert words(events[-1]) == "I heard [CARD]. Is that right?"


def test_a_spelled_name_is_known_from_then_on():
    events = kept(agent("How do you spell your name?"), caller("k o w a l s k i"), agent("Thank you, Mr Kowalski."))

    assert words(events[-1]) == "Thank you, Mr [NAME]."


def test_a_name_that_a_system_tells_is_masked_where_it_is_said():
    events = kept(tool({"found": True, "first_name": "Anna", "status": "on its way"}), agent("Thank you, Anna."))

    assert events[0].result == {"found": True, "first_name": "[NAME]", "status": "on its way"}
    assert words(events[1]) == "Thank you, [NAME]."


def test_the_fields_of_a_payload_say_what_they_hold():
    payload = {
        "phone": "+4930111222", "dateOfBirth": "1984-05-03", "card_number": 4111111111111111, "order_number": "4821",
        "reference": "case_8842771203", "eta": "2027-03-02", "address": {"street": "1 Mill Lane", "city": "Oxford"},
        "notes": ["his pin is 4711", "rang twice"], "found": True, "product_name": "Lamp", "amount": 12.5,
        "id": "4111111111111111",
    }  # fmt: skip

    event = kept(tool(payload))[0]

    assert event.result == {
        "phone": "[PHONE]", "dateOfBirth": "[BIRTH]", "card_number": "[CARD]", "order_number": "4821",
        "reference": "case_8842771203", "eta": "2027-03-02", "address": {"street": "[ADDRESS]", "city": "Oxford"},
        "notes": ["his pin is [CODE]", "rang twice"], "found": True, "product_name": "Lamp", "amount": 12.5,
        "id": "[CARD]",
    }  # fmt: skip
    assert event.redactions == {"phone": 1, "birth": 1, "card": 2, "address": 1, "code": 1}


def test_the_event_says_how_often_what_was_masked():
    event = kept(caller("i'm called anna, my number is 07700 900123, or 07700 900124"))[0]

    assert event.redactions["name"] == 1
    assert sum(event.redactions.values()) >= 2


def test_a_number_to_call_back_is_kept_and_what_was_said_about_it_is_not():
    requested = ev.CallbackRequested(callback_id="c", number="+447700900123", reason="asked", at_ms=1, intent="order")
    events = kept(caller("call me on 07700 900123"), agent("I have noted 0 7 7 0 0 9 0 0 1 2 3."), requested)

    assert [words(event) for event in events[:2]] == ["call me on [PHONE]", "I have noted [PHONE]."]
    assert events[2] == requested


def test_slots_of_a_transfer_are_masked_as_payloads_are():
    event = ev.TransferRequested(
        reference="r", target="sip:a@b", at_ms=1, intent="order", slots={"surname": "Keller", "n": "4821"}
    )

    assert kept(event)[0].slots == {"surname": "[NAME]", "n": "4821"}


def test_keys_are_masked_once_they_no_longer_answer_the_consent_question():
    first, later = ev.DtmfReceived(digit="1", at_ms=1), ev.DtmfReceived(digit="4", at_ms=9)
    events = kept(first, GRANTED, later)

    assert events[0] == first
    assert events[2].digit == "[KEY]"


def test_fixed_texts_of_the_opening_are_kept_as_they_are():
    disclosure = agent("Hello, this is Anna of 0800 555 1234.", kind="disclosure")

    assert kept(disclosure) == [disclosure]


@pytest.mark.parametrize("event", [caller("4111 1111 1111 1111"), tool({"phone": "+4930111222"})])
def test_a_profile_may_ask_for_the_words_as_they_were_said(event: CallEvent):
    assert kept(event, records=RecordsChoice(words=WordsKept.RAW)) == [event]


def test_T_PCI_1_a_card_by_voice_and_by_keys_is_in_no_event():
    pan, cvv = "4539578763621486", "737"
    spoken = "four five three nine five seven eight seven six three six two one four eight six"
    keys = [ev.DtmfReceived(digit=digit, at_ms=at) for at, digit in enumerate(pan + cvv)]
    events = kept(
        GRANTED,
        agent("What is the card number?"),
        caller(spoken),
        agent(f"I have {' '.join(pan)}. And the security code?"),
        caller("seven three seven"),
        *keys,
        tool({"ok": True}, card_number=pan, security_code=cvv, note=f"paid with {pan} {cvv}"),
        ev.CorrectionSpoken(utterance_id="u", corrects="u", field="card_number", said=pan, now=pan, at_ms=1),
        ev.DelegationEnded(delegation_id="d", outcome="failed", at_ms=1, detail=f"card {pan} refused"),
    )
    text = json.dumps([event_to_data(event) for event in events])

    assert pan not in text
    assert cvv not in text
    assert " ".join(pan) not in text
    assert not any(f'"digit": "{digit}"' in text for digit in "0123456789")
    assert "seven" not in text


def test_what_is_withheld_is_known_all_the_same():
    redaction = CallRedaction()
    looked_up = redaction.kept(tool({"first_name": "Anna"}))

    assert withhold(looked_up, may_keep_words=False).result == {}
    assert words(redaction.kept(agent("Thank you, Anna."))) == "Thank you, [NAME]."
