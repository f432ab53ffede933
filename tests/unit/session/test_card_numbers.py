"""A card number through a whole call: a real session, a real talk, a real background process."""

import base64
import re
from dataclasses import replace

import httpx
import numpy as np
import pytest

from voiceagent.audio.frame import FRAME_BYTES, FRAME_MS
from voiceagent.background.client import ClientOptions, HttpBackgroundAgent
from voiceagent.background.responder import ProfileResponder
from voiceagent.background.service import ServiceOptions, create_app
from voiceagent.background.tools import Effect, tool
from voiceagent.compliance.redaction.call import CallRedaction
from voiceagent.conversation.profile import Capture, Intent, RecordsChoice, SlotSpec, SlotType, WordsKept
from voiceagent.core.errors import BadInput
from voiceagent.session.session import CallSession
from voiceagent.telephony.event_codec import encode
from voiceagent.telephony.events import CaptureEnded, CaptureStarted, DtmfReceived, ToolCalled
from voiceagent.testing.clock import ManualClock
from voiceagent.testing.memory_call import MemoryCall
from voiceagent.testing.planned import planned_agent
from voiceagent.testing.sample_profile import sample_profile
from voiceagent.tools import Captured

CARD, CODE = "4111111111111111", "737"
NOISE = np.full(FRAME_BYTES // 2, 7000, np.int16).tobytes()
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def paying_profile():
    digits = {"type": SlotType.DIGITS, "min_length": 13, "max_length": 19, "capture": Capture.CARD}
    code = {**digits, "min_length": 3, "max_length": 3, "capture": Capture.CODE}
    intent = Intent(
        name="pay",
        phrases=("pay my bill",),
        needs=("card", "code"),
        tool="cards.tokenise",
        say="paid with {token}",
        not_found="that did not work",
        declined="no card then",
    )
    profile = sample_profile()
    slots = {
        "card": SlotSpec(name="card", ask="type your card", ask_again="type it again", **digits),
        "code": SlotSpec(name="code", ask="type the code", **code),
    }
    return replace(profile, slots=slots, intents=(intent,))


def cards(behave):
    """A payment provider that does with the figures what the test wants."""

    @tool(name="cards.tokenise", effect=Effect.READ)
    async def tokenise(card: Captured, code: Captured) -> dict[str, object]:
        """Exchange them for a token."""
        return behave(card.reveal(), code.reveal())

    return tokenise


class Paying:
    """A call of somebody who pays, up to where it is over."""

    def __init__(self, behave=lambda figures: {"token": f"tok ending {figures[-4:]}"}):
        self.given = []

        def watched(card, code):
            self.given.append((card, code))
            return behave(card)

        profile = paying_profile()
        agent = planned_agent(profile, [cards(watched)], ManualClock())
        agent.check(profile)
        app = create_app(agent, ServiceOptions(token="t0ken"))
        self.asked = []  # bodies of requests, by path

        async def sent(request):
            self.asked.append((request.url.path.rsplit("/", 1)[-1], await request.aread()))

        client = HttpBackgroundAgent(
            ClientOptions(url="http://background", token="t0ken"), transport=httpx.ASGITransport(app=app)
        )
        client._http.event_hooks = {"request": [sent]}
        self.call = MemoryCall(profile=profile, agent=client)
        self.call.responder = ProfileResponder(profile)
        parts = replace(self.call.parts(), redaction=CallRedaction(RecordsChoice(words=WordsKept.RAW)))
        self.call.session = CallSession(parts)

    async def until_asked(self):
        await self.call.until_open()
        await self.call.ask("pay my bill")

    async def type(self, keys):
        """Every key is a tone of 100 ms, as in-band tones are."""
        for key in keys:
            self.call.leg.press(key)
            await self.call.leg.listen(100, frame=NOISE)

    @property
    def journal(self):
        """The call's log as it is written."""
        return b"".join(map(encode, self.call.journal.log)).decode()

    def noted(self, kind):
        return [event for event in self.call.journal.events if isinstance(event, kind)]

    def recorded(self, at_ms):
        """The caller's frame of that time in the recording."""
        recorder = self.call.recorder
        return recorder.caller[(at_ms - recorder.start_ms) // FRAME_MS]


def found_in(text):
    """The ways in which the card or its code is in a text."""
    flat = re.sub(r"[\W_]", "", text)
    words = " ".join(WORDS[int(figure)] for figure in CARD)
    forms = {"figures": CARD in flat, "words": words in " ".join(re.findall(r"[a-z]+", text.lower()))}
    forms["base64"] = any(base64.b64encode(value.encode()).decode() in text for value in (CARD, CODE))
    forms["code"] = re.search(rf"(?<!\d){CODE}(?!\d)", text) is not None
    return [form for form, there in forms.items() if there]


@pytest.mark.parametrize("form", [CARD, "4111 1111 1111 1111", f"card {CARD} ok", f"cvv {CODE}", "tok ending 1111"])
async def test_T_PCI_1_a_card_and_its_code_reach_one_tool_and_nothing_else(form, logs):
    paying = Paying(lambda _: {"token": form, "raw": {"list": [form]}})
    async with paying.call.answered():
        await paying.until_asked()
        await paying.call.leg.listen(400)
        await paying.type(f"{CARD}#{CODE}")
        await paying.call.leg.listen(4000)
        paying.call.leg.leave()

    assert paying.given == [(CARD, CODE)]
    spoken = " ".join(paying.call.stream.spoken + paying.call.stream.hints)
    packages = " ".join(body.decode() for path, body in paying.asked if path != "captured")
    assert [path for path, _ in paying.asked] == ["captured", "delegations"]
    for place in (paying.journal, spoken, packages, repr(logs)):
        assert found_in(place) == []
    assert [(event.slot, event.reason) for event in paying.noted(CaptureEnded)] == [
        ("card", "complete"),
        ("code", "complete"),
    ]
    assert paying.noted(ToolCalled)[0].arguments == {}


@pytest.mark.parametrize("error", [BadInput(f"no such card: {CARD}"), ValueError(CARD), TimeoutError(CARD)])
async def test_T_PCI_1_a_tool_that_fails_does_not_tell_the_card_either(error, logs):
    def refuse(_):
        raise error

    paying = Paying(refuse)
    async with paying.call.answered():
        await paying.until_asked()
        await paying.type(f"{CARD}#{CODE}")
        await paying.call.leg.listen(2000)
        paying.call.leg.leave()

    assert paying.given == [(CARD, CODE)]
    assert found_in(paying.journal) == found_in(repr(logs)) == []
    assert paying.noted(ToolCalled)[0].status == "error"


async def test_T_PCI_2_no_sound_and_no_key_of_the_edges_is_kept_or_heard():
    paying = Paying()
    async with paying.call.answered():
        await paying.until_asked()
        begun = paying.noted(CaptureStarted)[0].at_ms
        await paying.type(f"{CARD}#{CODE}9")  # from the first word of the question on, and beyond the end
        ended = paying.noted(CaptureEnded)[-1].at_ms
        await paying.call.leg.listen(2000, frame=NOISE)
        await paying.type("9")  # its tone has begun before it is told
        await paying.call.leg.listen(7000, frame=NOISE)
        paying.call.leg.leave()

    assert paying.given == [(CARD, CODE)]
    assert [event.digit for event in paying.noted(DtmfReceived)] == ["1"]  # of the consent
    silent = {paying.recorded(at_ms) for at_ms in range(begun, ended + 4000, FRAME_MS)}
    assert silent == {bytes(FRAME_BYTES)}
    assert paying.recorded(ended + 7000) == NOISE  # the recording goes on, and nothing in it has moved
    heard = np.concatenate([turn.caller_pcm for turn in paying.call.stream.turns])
    assert not heard[begun * 16 : (ended + 4000) * 16].any()
    assert heard[(ended + 7000) * 16 :].any()


async def test_T_PCI_3_recording_and_hearing_go_on_by_themselves_after_two_minutes():
    paying = Paying()
    async with paying.call.answered():
        await paying.until_asked()
        begun = paying.noted(CaptureStarted)[0].at_ms
        await paying.type("4111")
        await paying.call.leg.listen(130_000 - 3000, frame=NOISE)
        paying.call.leg.leave()

    (ended,) = paying.noted(CaptureEnded)
    assert ended.reason == "timeout"
    assert 120_000 <= ended.at_ms - begun <= 120_080
    assert paying.recorded(ended.at_ms + 2900) == bytes(FRAME_BYTES)
    assert paying.recorded(ended.at_ms + 3100) == NOISE
    assert paying.given == []
    assert "no card then" in paying.call.stream.spoken


async def test_the_keys_of_a_withdrawal_work_in_a_capture():
    paying = Paying()
    async with paying.call.answered():
        await paying.until_asked()
        await paying.type("4111*9")
        await paying.call.leg.listen(1000)
        paying.call.leg.leave()

    assert "consent.withdrawn" in paying.call.journal.types
    assert [event.reason for event in paying.noted(CaptureEnded)] == ["cancelled"]
    assert [event.digit for event in paying.noted(DtmfReceived)] == ["1"]


@pytest.mark.parametrize("ends", ["the caller hangs up", "the worker dies"])
async def test_T_PCI_1_a_call_that_ends_in_the_middle_leaves_no_figure_and_no_sound_of_it(ends, logs):
    paying = Paying()
    async with paying.call.answered():
        await paying.until_asked()
        begun = paying.noted(CaptureStarted)[0].at_ms
        await paying.type(CARD[:12])
        if ends == "the caller hangs up":
            paying.call.leg.leave()
        else:
            paying.call.stream.die()
        await paying.type(CARD[12:15])
        await paying.call.leg.listen(4000, frame=NOISE)

    recorder = paying.call.recorder
    kept = [*recorder.caller, *recorder.agent]
    since = (begun - recorder.start_ms) // FRAME_MS
    assert paying.given == paying.asked == []
    assert [event.reason for event in paying.noted(CaptureEnded)] == ["call_over"]
    assert [event.digit for event in paying.noted(DtmfReceived)] == ["1"]
    assert set(recorder.caller[since:] + recorder.agent[since:]) == {bytes(FRAME_BYTES)}
    assert set(kept) != {bytes(FRAME_BYTES)}
    assert CARD[:5] not in re.sub(r"[\W_]", "", paying.journal + repr(logs))


async def test_who_says_the_figures_instead_is_asked_again_to_type_them_twice_and_not_while_typing():
    paying = Paying()
    async with paying.call.answered():
        await paying.until_asked()
        await paying.call.leg.listen(60_000, frame=NOISE)
        asked = list(paying.call.stream.spoken)
        await paying.type(CARD[:8])
        await paying.call.leg.listen(20_000, frame=NOISE)
        await paying.type(f"{CARD[8:]}#{CODE}")
        await paying.call.leg.listen(2000)
        paying.call.leg.leave()

    assert asked == ["type your card"] * 3
    assert paying.call.stream.spoken[3:4] == ["type the code"]
    assert paying.given == [(CARD, CODE)]


async def test_a_wrong_card_is_asked_for_again():
    paying = Paying()
    async with paying.call.answered():
        await paying.until_asked()
        await paying.type("4111111111111112#")
        await paying.call.leg.listen(400)
        await paying.type(f"{CARD}#{CODE}")
        await paying.call.leg.listen(2000)
        paying.call.leg.leave()

    assert paying.call.stream.spoken[:2] == ["type your card", "type it again"]
    assert paying.given == [(CARD, CODE)]
