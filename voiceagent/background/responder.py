"""The responder: what to answer to recognised words, by the profile. Pure; `propose` never moves the state.

States: open (anything), asking for a slot of an intent, or confirming what was read back. A question narrows what may
be said; another intent's phrase leaves it behind. Only a yes to a read-back that was heard to its end confirms.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from voiceagent.background.rendering import MissingField, render
from voiceagent.conversation.corrections import NO_FORMS
from voiceagent.conversation.going_on import may_go_on
from voiceagent.conversation.hearing import Hints
from voiceagent.conversation.phrase import plain_words
from voiceagent.conversation.profile import AgentProfile, Intent, SlotType, Then
from voiceagent.conversation.read_back import begins_with_yes, confirms, refuses, surely_confirms
from voiceagent.conversation.reply import Reply, WorkRequest
from voiceagent.conversation.same_value import as_read_back
from voiceagent.conversation.speech_plan import UtteranceKind
from voiceagent.conversation.spoken_dates import month_of
from voiceagent.conversation.understanding import Meaning, understand
from voiceagent.core.errors import InternalError
from voiceagent.speech.grammar import confirm_hints, open_hints, slot_hints

_PLAIN_NO = frozenset(" ".join(plain_words(form)) for form in NO_FORMS)  # "no thanks" ends a call elsewhere
CAPTURED = "captured"  # stands for a value that only the tool sees
_READ_BACKS = 3  # who has not said yes or no by then does not want it done


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    """Where the talk is. `asking` is a slot of `intent`, "" when no question is open."""

    intent: str = ""
    asking: str = ""
    slots: dict[str, str] = field(default_factory=dict)
    confirming: str = ""  # the read-back that waits for a yes
    leaning: bool = False  # towards a yes that was not sure
    misses: int = 0  # texts not understood in a row


class ProfileResponder:
    """Implements `conversation.reply.Responder` for one call."""

    def __init__(self, profile: AgentProfile, today: date | None = None) -> None:
        """`today`: the day of the call where the company is; without it no dates are understood."""
        self._profile = profile
        said = {name: slot for name, slot in profile.slots.items() if not slot.capture}
        self._sayable = replace(profile, slots=said)  # what is captured is typed, and no word means it
        self._today = today
        self._state = _State()
        self._cache: dict[str, Hints] = {}

    def hints(self) -> Hints:
        """What the caller may say now."""
        state = self._state
        key = f"{state.intent}/{state.asking or '?'}" if state.asking or state.confirming else ""
        if key not in self._cache:
            self._cache[key] = self._compile()
        return self._cache[key]

    def propose(self, text: str, *, asked: str) -> Reply:
        """What the answer to `text` would be."""
        return self._decide(text, asked=asked)[0]

    def complete(self, text: str, *, asked: str) -> bool:
        """Whether nothing is missing behind these words."""
        if self._state.confirming:
            return confirms(text) and bool(asked)
        meaning = self._understand(text, exact=True)  # what is only nearly a phrase may go on to be one
        if meaning is None or meaning.listening:
            return False
        slots, words = self._profile.slots, text.split()
        if any(may_go_on(slots[name], value, words) for name, value in meaning.slots.items()):
            return False
        if not meaning.intent and not meaning.slots:
            return bool(asked)  # a yes or a no
        reply = self.propose(text, asked=asked)
        return reply.work is not None or reply.say not in {slot.ask for slot in self._profile.slots.values()}

    def commit(self, text: str, *, asked: str) -> Reply:
        """Answer and move on."""
        reply, self._state = self._decide(text, asked=asked)
        return reply

    def weave(self, work_intent: str, commentary: str) -> Reply:
        """The result of the background agent as an utterance, which may end with a question."""
        intent = self._profile.intent(work_intent)
        return Reply(say=commentary, kind=UtteranceKind.RESULT, intent=work_intent, then=intent.then)

    def read_back(self, request: WorkRequest, text: str) -> Reply:
        """Ask whether it shall be done; from now on a yes means `request`."""
        self._state = _State(intent=request.intent, slots=request.slots, confirming=text)
        return Reply(say=text, kind=UtteranceKind.RESULT, intent=request.intent)

    def captured(self, *, complete: bool) -> Reply:
        """What was to be typed has been, or will not be; then the wish is given up."""
        state = self._state
        if not state.asking:
            raise InternalError("nothing was to be captured")
        intent = self._profile.intent(state.intent)
        if complete:
            reply, self._state = self._pursue(intent, {**state.slots, state.asking: CAPTURED})
            return reply
        self._state = _State()
        return Reply(say=intent.declined or self._profile.greeting, intent=intent.name)

    def _compile(self) -> Hints:
        if self._state.confirming:
            return confirm_hints(self._profile, self._profile.intent(self._state.intent))
        if not self._state.asking:
            return open_hints(self._profile)
        intent = self._profile.intent(self._state.intent)
        return slot_hints(self._profile, self._profile.slots[self._state.asking], intent)

    def _decide(self, text: str, *, asked: str) -> tuple[Reply, _State]:
        meaning = self._understand(text) if text else None
        if self._state.confirming:
            return self._to_read_back(text, meaning or Meaning(), asked=asked)
        if meaning is None:
            return self._not_understood()
        if meaning.listening:
            return Reply(intent="listening"), self._state
        if meaning.intent and not self._answers(meaning):
            intent = self._profile.intent(meaning.intent)
            asking = intent.name == self._state.intent and bool(self._state.asking)
            # "deliver it on Saturday": what was talked about last may be meant where it is read back before it counts
            known = self._state.slots if asking or intent.confirm else {}
            return self._pursue(intent, {**_needed(intent, known), **meaning.slots})
        if meaning.slots:
            return self._bare_value(meaning)
        return self._bare_answer(meaning, asked=asked)

    def _answers(self, meaning: Meaning) -> bool:
        """Whether the words of another wish only answer the open question: "my order number is four two one seven"."""
        state = self._state
        if not state.asking or state.asking not in meaning.slots or meaning.intent == state.intent:
            return False
        return set(meaning.slots) <= set(self._profile.intent(state.intent).needs)

    def _understand(self, text: str, *, exact: bool = False) -> Meaning | None:
        state = self._state
        among = self._profile.intent(state.intent).needs if state.intent and (state.asking or state.confirming) else ()
        known = ((self._profile.slots[name], value) for name, value in state.slots.items() if name in among)
        days = (value for slot, value in known if slot.type is SlotType.DATE)
        month = next((month_of(date.fromisoformat(day)) for day in days), "") if state.confirming else ""
        among = tuple(name for name in among if name in self._sayable.slots)
        asking = state.asking if state.asking in self._sayable.slots else ""
        return understand(text, self._sayable, asking, today=self._today, among=among, month=month, exact=exact)

    def _to_read_back(self, text: str, meaning: Meaning, *, asked: str) -> tuple[Reply, _State]:
        """Yes, no, other values, something else, or once more."""
        state = self._state
        intent = self._profile.intent(state.intent)
        same = meaning.intent == intent.name and bool(meaning.slots)  # "move it to friday instead" is another value
        wants = "" if same else meaning.intent
        values = {} if wants else self._against_read_back(text, meaning)
        changed = {name: value for name, value in values.items() if state.slots.get(name) != value}
        sure = surely_confirms(text) or (state.leaning and confirms(text))
        agrees = sure or (begins_with_yes(text) and self._says_the_same(text))
        if agrees and asked.endswith(state.confirming):
            work = WorkRequest(intent=intent.name, slots=state.slots, confirms=True)
            return Reply(intent=intent.name, work=work), _State(intent=intent.name, slots=state.slots)
        if changed and set(changed) <= set(intent.needs):
            reply, following = self._pursue(intent, {**state.slots, **changed})
            return replace(reply, declines=True), following
        if wants and text not in _PLAIN_NO:
            reply, following = self._pursue(self._profile.intent(wants), dict(meaning.slots))
            return replace(reply, declines=True), following
        if refuses(text) or state.misses + 1 >= _READ_BACKS:
            said = intent.declined or self._profile.greeting  # a model may wish for the change of another intent
            return Reply(say=said, intent=intent.name, declines=True), _State()
        again = Reply(say=state.confirming, kind=UtteranceKind.RESULT, understood=False)
        leaning = confirms(text) and asked.endswith(state.confirming)
        return again, replace(state, misses=state.misses + int(not leaning), leaning=leaning)

    def _says_the_same(self, text: str) -> bool:
        """Nothing but values that were read back: "yes ten is too early" is no consent to ten."""
        values = self._values_alone(tuple(text.split()), most=len(self._state.slots))
        return bool(values) and values.items() <= self._state.slots.items()

    def _values_alone(self, words: tuple[str, ...], most: int) -> dict[str, str]:
        """The values that the words are made of, "yes on monday" and "at ten"; none when any word is left over."""
        text = " ".join(words)
        meaning = self._understand(text, exact=True)
        if meaning is not None and meaning.slots:
            return self._against_read_back(text, meaning)
        for cut in range(1, len(words) if most > 1 else 0):
            first = self._values_alone(words[:cut], most=1)
            rest = self._values_alone(words[cut:], most=most - 1) if first else {}
            if rest and first.keys().isdisjoint(rest):
                return first | rest
        return {}

    def _against_read_back(self, text: str, meaning: Meaning) -> dict[str, str]:
        read, slots, words = self._state.slots, self._profile.slots, tuple(text.split())
        return {
            name: as_read_back(slots[name], value, read[name], words) if name in read else value
            for name, value in meaning.slots.items()
        }

    def _bare_value(self, meaning: Meaning) -> tuple[Reply, _State]:
        """A value alone: it answers the open question, or replaces the value in what was asked for last."""
        name = next(iter(meaning.slots))
        if self._state.intent and set(meaning.slots) & set(self._profile.intent(self._state.intent).needs):
            intent = self._profile.intent(self._state.intent)
            return self._pursue(intent, _needed(intent, {**self._state.slots, **meaning.slots}))
        wanting = next((intent for intent in self._profile.intents if name in intent.needs), None)
        return self._pursue(wanting, _needed(wanting, meaning.slots)) if wanting else self._not_understood()

    def _bare_answer(self, meaning: Meaning, *, asked: str) -> tuple[Reply, _State]:
        """Yes or no while no slot is asked for: to "anything else?" they mean go on, or that was all.

        A no that nothing was asked before ends no call: it is too easily a misheard "uh-huh".
        """
        ending = next((intent for intent in self._profile.intents if intent.then is Then.HANG_UP), None)
        if meaning.no and ending is not None and asked:
            return self._pursue(ending, {})
        return Reply(say=self._profile.greeting, intent="yes" if meaning.yes else "no"), _State()

    def _pursue(self, intent: Intent, slots: dict[str, str]) -> tuple[Reply, _State]:
        missing = next((name for name in intent.needs if name not in slots), None)
        if missing is not None:
            asking = _State(intent=intent.name, asking=missing, slots=slots)
            spec = self._profile.slots[missing]
            return Reply(say=spec.ask, intent=intent.name, captures=missing if spec.capture else ""), asking
        again = {name: value for name, value in slots.items() if not self._profile.slots[name].capture}
        done = _State(intent=intent.name, slots=again)  # what was captured serves once
        if intent.tool:
            return Reply(intent=intent.name, work=WorkRequest(intent=intent.name, slots=slots)), done
        kind = UtteranceKind.GOODBYE if intent.then is Then.HANG_UP else UtteranceKind.REPLY
        return Reply(say=self._said(intent, slots), kind=kind, intent=intent.name, then=intent.then, slots=slots), done

    def _said(self, intent: Intent, slots: dict[str, str]) -> str:
        try:
            return render(intent.say, slots)
        except MissingField:
            return intent.not_found or self._profile.fallback[0]

    def _not_understood(self) -> tuple[Reply, _State]:
        """Fallbacks by turns, so that the same sentence never comes twice in a row."""
        texts, misses = self._profile.fallback, self._state.misses
        state = replace(self._state, misses=misses + 1)
        return Reply(say=texts[misses % len(texts)], understood=False), state


def _needed(intent: Intent, slots: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in slots.items() if name in intent.needs}
