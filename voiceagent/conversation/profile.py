"""An agent profile as frozen values: what `agent.yaml` says once it has been validated (`config.profile_file`)."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from voiceagent.conversation.opening_hours import OpeningHours
from voiceagent.core.errors import NotFound

USUAL_CORRECTION: Final = "I said {said}, but that has changed: it is {now}."
USUAL_ABOUT_ME: Final = "I am an AI assistant, a computer program. You are not talking to a person."
USUAL_BACK_AGAIN: Final = "You are talking to the AI assistant again."


class BargeIn(StrEnum):
    """What may interrupt the agent outside of protected spans."""

    NONE = "none"
    DTMF = "dtmf"
    SPEECH = "speech"
    ANY = "any"


class BackchannelLevel(StrEnum):
    OFF = "off"
    LOW = "low"
    NORMAL = "normal"


class ConsentMode(StrEnum):
    """`explicit`: only a yes records. `implied`: staying on the line after the notice records too."""

    EXPLICIT = "explicit"
    IMPLIED = "implied"


class WordsKept(StrEnum):
    """How words of a call are recorded: with what is personal masked, or as they were said."""

    REDACTED = "redacted"
    RAW = "raw"


class RedactionLevel(StrEnum):
    """`balanced` keeps short numbers that nobody called secret; `strict` only ordinals, percentages, times, prices."""

    BALANCED = "balanced"
    STRICT = "strict"


class SlotType(StrEnum):
    DIGITS = "digits"
    CHOICE = "choice"
    YES_NO = "yes_no"
    DATE = "date"
    TIME = "time"
    NAME = "name"


class Capture(StrEnum):
    """Whether a slot is captured securely. card: its Luhn sum has to be right; code: any digits."""

    OFF = ""
    CARD = "card"
    CODE = "code"


class Then(StrEnum):
    """What follows an utterance."""

    STAY = "stay"
    HANG_UP = "hang_up"
    CALLBACK = "callback"  # offer to call back
    TRANSFER = "transfer"  # put through to `transfer_to`, or offer to call back


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorKnobs:
    """The four public knobs. `patience` in [0, 1]: 0 answers fast, 1 waits long."""

    patience: float = 0.5
    barge_in: BargeIn = BargeIn.ANY
    backchannel: BackchannelLevel = BackchannelLevel.NORMAL
    protected_opening_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceChoice:
    name: str = "en-us"  # espeak-ng voice name, variants as `en-us+f3`
    words_per_minute: int = 165
    pitch: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class RecogniserChoice:
    """Who listens: a name of `speech.recognisers`, and its model. "" leaves the choice to the settings."""

    name: str = ""
    model: str = ""  # a folder; some recognisers also take the name of a model to download
    sample_rate_hz: int = 16_000  # of the model: calls are resampled to it
    language: str = "en"  # ISO 639-1, as the profile's


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningScript:
    """The deterministic start of every call. Texts cannot be empty: the law asks for them."""

    disclosure: str
    notice: str
    question: str
    thanks_granted: str
    thanks_denied: str
    yes: tuple[str, ...]
    no: tuple[str, ...]
    consent: ConsentMode = ConsentMode.EXPLICIT
    answer_timeout_s: float = 6.0
    attempts: int = 2
    offer: str = ""  # how not to be called again; said right after the disclosure, in calls that we place


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundScript:
    """What is said in calls that we place (47 CFR 64.1200(b)); a profile without it places none.

    identification: who calls, by the registered name, and that it is an AI. offer: how not to be called again, in the
    next breath. reach_us: the number for who wants to call back. opted_out: the last words; the call ends within a
    second, so few are heard.
    """

    identification: str
    offer: str
    reach_us: str
    greeting: str
    opted_out: str = "Goodbye."


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotSpec:
    """A value that a caller can say. `digits` has lengths, `choice` has values with their spoken forms.

    A `date` is "YYYY-MM-DD" and a `time` "HH:MM" once understood. A `name` may have choices too; it may be spelled.
    With `capture` it is typed, and only the intent's tool ever sees it (`secure_capture`).
    """

    name: str
    type: SlotType
    ask: str
    min_length: int = 1
    max_length: int = 12
    choices: dict[str, tuple[str, ...]] = field(default_factory=dict)  # value -> ways of saying it
    capture: Capture = Capture.OFF
    ask_again: str = ""  # after a wrong value; "" asks as before


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """Something a caller wants. `phrases` may hold `{slot}` and `[optional words]`.

    `say` is spoken directly; with `tool` the work is delegated and `say` is the template for its result
    (`{field}` from slots and tool result). `not_found` is spoken when the tool found nothing.
    `transfer_to` is where `then: transfer` leads: a SIP URI, never anything that a caller said.
    A tool that changes something runs after a yes to `confirm`, which reads everything back; `declined` answers a no.
    """

    name: str
    phrases: tuple[str, ...]
    needs: tuple[str, ...] = ()
    tool: str = ""
    say: str = ""
    not_found: str = ""
    confirm: str = ""
    declined: str = ""
    then: Then = Then.STAY
    transfer_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """How silence and slow work are covered."""

    filler_after_s: float = 0.8
    fillers: tuple[str, ...] = ("One moment, please.", "I am still on it.", "Thank you for waiting.")
    estimate: str = "That takes {left}."  # once the work has said how long; "" says nothing of it
    reprompt_after_s: float = 8.0
    reprompt: str = "Are you still there?"
    hang_up_after_reprompts: int = 2
    take_your_time: str = "Take your time."  # to "hold on"
    given_time_s: float = 60.0  # of silence then, where the caller named no time
    work_timeout_s: float = 12.0
    earlier: str = "About what you asked before:"  # a result that something else was asked after
    after_all: str = "I could find it out after all."  # a result that we said we could not get
    goodbye: str = "Goodbye."  # before we end the call ourselves


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What is said of a change that the caller confirmed, where the intent's own words do not fit."""

    done: str = "That is done. Is there anything else?"
    pending: str = "I have passed it on, and it is not finished yet. You need not ask for it again."
    unknown: str = "I could not find out whether that worked. A person will look at it, you need not ask again."
    failed: str = "I am sorry, that was not possible. Nothing was changed."


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackTexts:
    """How a callback is offered and agreed on. `{number}` is read digit by digit."""

    closed: str = "Our colleagues are not here at the moment."  # outside of `hours`
    unreached: str = "I am sorry, I could not reach a colleague. I am still here."  # a transfer that failed
    offer: str = "Shall we call you back on the number that you are calling from?"
    which: str = "On which number shall we call you back? Please say it digit by digit."
    check: str = "I have noted {number}. Is that right?"
    agreed: str = "Good. A colleague will call you back on {number}. Is there anything else that I can do for you?"
    if_silent: str = "I will. If we lose each other, a colleague calls you back on {number}."  # "" promises nothing
    declined: str = "All right, then nobody will call you. Is there anything else that I can do for you?"


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalTerms:
    """How a caller ends the recording in the middle of a call, and what becomes of what was recorded until then."""

    keys: str = "*9"  # pressed one after the other; saying so is always possible
    keeps_earlier: bool = False  # keep the recording as far as it went, or leave nothing of it
    stopped: str = "I have stopped the recording. What else can I do for you?"
    not_recording: str = "This call is not being recorded. What else can I do for you?"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelUse:
    """What a language model is told that works on delegations. Which model that is, the settings say.

    tools: beside those of the intents. nothing_changed: said instead of words that claim a change, so true at any time.
    """

    instructions: str
    tools: tuple[str, ...] = ()
    nothing_changed: str = "I have changed nothing just now. What would you like me to do?"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsChoice:
    """What records of the profile's calls hold."""

    words: WordsKept = WordsKept.REDACTED
    level: RedactionLevel = RedactionLevel.BALANCED


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentProfile:
    """Everything that makes this agent this agent; immutable and versioned (`version`, `sha256` of the source)."""

    name: str
    company: str
    opening: OpeningScript
    greeting: str
    intents: tuple[Intent, ...]
    fallback: tuple[str, ...]
    apology: str  # when a part of us failed and the call must end
    unreachable: str  # when a system of record does not answer
    slots: dict[str, SlotSpec] = field(default_factory=dict)
    language: str = "en"
    timezone: str = "UTC"  # IANA name of where the company is: of its `hours`, and what "tomorrow" counts from
    voice: VoiceChoice = field(default_factory=VoiceChoice)
    recogniser: RecogniserChoice = field(default_factory=RecogniserChoice)
    knobs: FloorKnobs = field(default_factory=FloorKnobs)
    waits: Waits = field(default_factory=Waits)
    changes: Changes = field(default_factory=Changes)
    hours: OpeningHours | None = None  # when people can be reached; None is always
    callback: CallbackTexts = field(default_factory=CallbackTexts)
    withdrawal: WithdrawalTerms = field(default_factory=WithdrawalTerms)
    about_me: str = USUAL_ABOUT_ME  # to who asks whether this is a person
    back_again: str = USUAL_BACK_AGAIN  # to who may have heard somebody else
    transfer_timeout_s: float = 30.0  # a person who has not answered by then is not there
    backchannels: tuple[str, ...] = ("mm-hm", "uh-huh", "right")
    correction: str = USUAL_CORRECTION  # before a result that says otherwise than what was heard
    max_call_s: float = 1800.0
    write_back: bool = False  # put a summary of each call into the CRM, under the contact that called
    records: RecordsChoice = field(default_factory=RecordsChoice)
    agent: ModelUse | None = None  # None: the planned agent works on delegations
    outbound: OutboundScript | None = None  # None: it is not used for calls that we place
    version: int = 1
    sha256: str = ""

    @property
    def has_people(self) -> bool:
        """Whether somebody can be reached behind the agent: some intent leads to them, now or by a callback."""
        return any(intent.then in (Then.CALLBACK, Then.TRANSFER) for intent in self.intents)

    @property
    def calls_if_lost(self) -> bool:
        """Whether who asks for it is called back when the call is lost: somebody has to be there who calls."""
        return self.has_people and bool(self.callback.if_silent)

    def intent(self, name: str) -> Intent:
        """The intent of that name. Raises NotFound."""
        for intent in self.intents:
            if intent.name == name:
                return intent
        raise NotFound(f"profile {self.name} has no intent {name!r}")
