"""Closed grammars in JSGF, compiled from a profile and the state of the talk. Pure.

A recogniser on a phone band is useless for free speech and good with a closed grammar, so the grammar says what may be
said *now*: `open_hints` everything that the profile knows, `slot_hints` an answer to a question, `consent_hints` a yes
or a no, `confirm_hints` a yes, a no or another value. Whatever the state, people hesitate, are polite and correct
themselves, and may say that they do not want to be recorded; once consent is settled they may ask for time, and whether
this is a person.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from voiceagent.conversation.asked_time import asked_time
from voiceagent.conversation.callback import MOST_DIGITS, OTHER_NUMBER, PLUS
from voiceagent.conversation.corrections import (
    CORRECTIONS,
    HESITATIONS,
    LEAD_INS,
    LISTENING,
    NO_FORMS,
    NON_ANSWERS,
    POLITE,
    YES_FORMS,
)
from voiceagent.conversation.phrase import Optional, Part, Parts, Slot, Word, parse_phrase, plain_words, slots_in
from voiceagent.conversation.profile import AgentProfile, Intent, SlotSpec, SlotType, Then
from voiceagent.conversation.read_back import YES
from voiceagent.conversation.spoken_digits import DIGITS, REPEATS
from voiceagent.speech.contract import Hints
from voiceagent.speech.line_rules import (
    ABOUT_US,
    ABOUT_US_RULES,
    ASKED_TIME,
    ASKED_TIME_RULES,
    IF_LOST,
    IF_LOST_RULES,
    OPT_OUT,
    OPT_OUT_RULES,
    WITHDRAWAL,
    WITHDRAWAL_RULES,
)
from voiceagent.speech.value_rules import DATE_RULES, TIME_RULES, name_rule

# How likely the parts are, as the decoder must hear it: without this price, short words fill every noise. Tuned by
# benchmarks/bench_recogniser.py.
_FILLER: Final = "/0.05/"
_CORRECTION: Final = "/0.005/"
_TAKING_BACK: Final = "/0.1/"  # a whole turn that takes an earlier one back: "no wait, actually, ..."
_AND_AGAIN: Final = "/0.3/"
_POLITE: Final = "/0.1/"
_DIGIT: Final = "/0.2/"
_REPEAT: Final = "/0.05/"
_ASIDE: Final = "/0.1/"  # another wish than the answer that was asked for
_FRAME: Final = "/0.1/"
_NEITHER: Final = tuple(  # a yes nor a no; who asks for time has a rule of their own
    form for form in (*YES_FORMS, *NON_ANSWERS, *LISTENING) if form not in YES and asked_time(form, 1) is None
)
_SPOKEN_DIGITS: Final = tuple(word for word in DIGITS if word not in {"o", "nought"})


def open_hints(profile: AgentProfile) -> Hints:
    """Anything that an intent asks for, and bare answers to "anything else?"."""
    wants = [f"<intent_{index}>" for index, _ in enumerate(profile.intents)]
    rules = _intent_rules(enumerate(profile.intents)) + _slot_rules(profile, _named_slots(profile.intents))
    bare = [_words(YES_FORMS), _words(NO_FORMS), _words(LISTENING), *_of_the_line(profile)]
    return _hints(profile, "open", [*wants, *bare], [*rules, *_line_rules(profile)])


def slot_hints(profile: AgentProfile, slot: SlotSpec, intent: Intent) -> Hints:
    """The answer to a slot's question; the asking intent, and what ends or hands over the call, stay open."""
    kept = [
        (index, other)
        for index, other in enumerate(profile.intents)
        if other.name == intent.name or other.then is not Then.STAY
    ]
    wants = [_answer(slot), *(f"{_ASIDE} <intent_{index}>" for index, _ in kept), *_of_the_line(profile)]
    rules = _intent_rules(kept) + _slot_rules(profile, {slot.name} | _named_slots(other for _, other in kept))
    return _hints(profile, f"slot-{slot.name}-{intent.name}", wants, [*rules, *_line_rules(profile)])


def confirm_hints(profile: AgentProfile, intent: Intent) -> Hints:
    """The answer to a read-back: yes, no, what people say instead, other values, other wishes.

    What is no answer is listened for as itself, so that no yes is heard in its place.
    """
    kept = [(index, other) for index, other in enumerate(profile.intents) if other.name != intent.name]
    values = [f"[{_words(YES_FORMS)}] [{_words(NO_FORMS)}] {_answer(profile.slots[name])}" for name in intent.needs]
    wants = [_words(YES), _words(NO_FORMS), _words(_NEITHER), *values, *_always(profile)]
    wants += [f"{_ASIDE} <intent_{index}>" for index, _ in kept]
    rules = _intent_rules(kept) + _slot_rules(profile, set(intent.needs) | _named_slots(other for _, other in kept))
    return _hints(profile, f"confirm-{intent.name}", wants, [*rules, *_always_rules(profile)], lead_ins=())


def callback_hints(profile: AgentProfile) -> Hints:
    """The answer to an offer to call back: yes, no, a number to call, another one, other wishes."""
    number = SlotSpec(
        name="phone_number", type=SlotType.DIGITS, ask="", min_length=MOST_DIGITS // 3, max_length=MOST_DIGITS
    )
    wants = [
        _words(YES),
        _words(NO_FORMS),
        _words(_NEITHER),
        f"[{_words(NO_FORMS)}] {_words(OTHER_NUMBER)}",
        *_always(profile),
    ]
    wants.append(f"[{_words(YES_FORMS)}] [{_words(NO_FORMS)}] {_answer(number, f'[{PLUS}] ')}")
    wants += [f"{_ASIDE} <intent_{index}>" for index, _ in enumerate(profile.intents)]
    inside = {**profile.slots, number.name: number}
    rules = _intent_rules(enumerate(profile.intents))
    rules += _slot_rules(replace(profile, slots=inside), {number.name} | _named_slots(profile.intents))
    return _hints(profile, "callback", wants, [*rules, *_always_rules(profile)], lead_ins=())


def consent_hints(profile: AgentProfile) -> Hints:
    """An answer to the consent question, and what people say instead of one."""
    wants = [_words(profile.opening.yes), _words(profile.opening.no), _words(NON_ANSWERS), WITHDRAWAL]
    calls = profile.outbound is not None
    rules = [*WITHDRAWAL_RULES, *(OPT_OUT_RULES if calls else ())]
    return _hints(profile, "consent", [*wants, *([OPT_OUT] if calls else [])], rules, lead_ins=())


def _always(profile: AgentProfile) -> list[str]:
    """Whatever was asked."""
    return [ASKED_TIME, WITHDRAWAL, ABOUT_US, *([OPT_OUT] if profile.outbound is not None else [])]


def _always_rules(profile: AgentProfile) -> list[str]:
    opt_out = OPT_OUT_RULES if profile.outbound is not None else ()
    return [*ASKED_TIME_RULES, *WITHDRAWAL_RULES, *ABOUT_US_RULES, *opt_out]


def every_hints(profile: AgentProfile) -> tuple[Hints, ...]:
    """All that a call of this profile can listen with: what a recogniser compiles before the first call."""
    asked = [slot_hints(profile, profile.slots[name], intent) for intent in profile.intents for name in intent.needs]
    read_back = [confirm_hints(profile, intent) for intent in profile.intents if intent.confirm]
    offered = [callback_hints(profile)] if profile.has_people else []
    return (consent_hints(profile), open_hints(profile), *asked, *read_back, *offered)


def _hints(
    profile: AgentProfile, state: str, wants: list[str], rules: list[str], *, lead_ins: tuple[str, ...] = LEAD_INS
) -> Hints:
    """A whole grammar. One thing may be taken back for another: "order status, no wait, a person"."""
    again = f"[{_TAKING_BACK} <correction> [{_AND_AGAIN} <correction>]] " if lead_ins else ""
    lines = [
        "#JSGF V1.0;",
        "grammar talk;",
        f"public <talk> = [{_FILLER} <filler>] {again}<want> [{_CORRECTION} <correction> <want>] [{_POLITE} <polite>];",
        f"<want> = {' | '.join(wants)};",
        f"<filler> = {_words([*HESITATIONS, *lead_ins])};",
        f"<polite> = {_words(POLITE)};",
        f"<correction> = {_words(CORRECTIONS)};",
        *rules,
    ]
    grammar = "\n".join(lines) + "\n"
    digest = hashlib.sha256(grammar.encode()).hexdigest()[:12]
    return Hints(
        name=f"{profile.name}-{profile.version}-{state}-{digest}",
        grammar=grammar,
        recogniser=profile.recogniser,
    )


def _of_the_line(profile: AgentProfile) -> list[str]:
    """What is said of the line itself where anything may be said."""
    return [*_always(profile), *([IF_LOST] if profile.calls_if_lost else [])]


def _line_rules(profile: AgentProfile) -> tuple[str, ...]:
    return (*_always_rules(profile), *(IF_LOST_RULES if profile.calls_if_lost else ()))


def _intent_rules(intents: Iterable[tuple[int, Intent]]) -> list[str]:
    return [
        f"<intent_{index}> = {' | '.join(_jsgf(parse_phrase(phrase)) for phrase in intent.phrases)};"
        for index, intent in intents
    ]


def _named_slots(intents: Iterable[Intent]) -> set[str]:
    return {slot for intent in intents for phrase in intent.phrases for slot in slots_in(parse_phrase(phrase))}


def _slot_rules(profile: AgentProfile, names: set[str]) -> list[str]:
    """One rule a slot: a value, and a second one when the first is taken back."""
    rules: list[str] = []
    if any(profile.slots[name].type is SlotType.DIGITS for name in names):
        rules.append(f"<digit> = {_words(_SPOKEN_DIGITS)};")
        rules.append(f"<digits> = {_DIGIT} <digit> | {_REPEAT} {_words(REPEATS)} <digit>;")
    types = {profile.slots[name].type for name in names}
    rules += DATE_RULES if SlotType.DATE in types else ()
    rules += TIME_RULES if SlotType.TIME in types else ()
    for name in sorted(names):
        rules.append(f"<value_{name}> = {_value(profile.slots[name])};")
        rules.append(f"<slot_{name}> = <value_{name}> [{_CORRECTION} <correction> <value_{name}>];")
    return rules


def _value(slot: SlotSpec) -> str:
    match slot.type:
        case SlotType.DIGITS:
            return _digits(slot)
        case SlotType.CHOICE:
            return _words(form for forms in slot.choices.values() for form in forms)
        case SlotType.NAME:
            return name_rule(_words(form for forms in slot.choices.values() for form in forms))
        case SlotType.DATE:
            return "<date>"
        case SlotType.TIME:
            return "<time>"
        case SlotType.YES_NO:
            return f"{_words(YES_FORMS)} | {_words(NO_FORMS)}"


def _digits(slot: SlotSpec) -> str:
    """As many digits as the slot takes; a doubled digit counts once, so the shortest way of saying it is shorter."""
    fewest = max(1, (slot.min_length + 1) // 2)
    required = " ".join(["<digits>"] * fewest)
    optional = "[<digits> " * (slot.max_length - fewest) + "]" * (slot.max_length - fewest)
    return f"{required} {optional}".strip()


def _answer(slot: SlotSpec, before: str = "") -> str:
    """A bare value, or one in the frame that people put around it; `before` is said right in front of the value."""
    if slot.type is SlotType.YES_NO:
        return f"<slot_{slot.name}>"
    noun = " ".join(plain_words(slot.name.replace("_", " ")))
    frame = f"[my | the] [{noun}] [is] | it is | it's | that's | sure [it is | it's]"
    return f"[{_FRAME} ({frame})] {before}<slot_{slot.name}>"


def _words(forms: Iterable[str]) -> str:
    """Alternatives in parentheses, each once."""
    return "(" + " | ".join(dict.fromkeys(" ".join(plain_words(form)) for form in forms)) + ")"


def _jsgf(parts: Parts) -> str:
    return " ".join(_part(part) for part in parts)


def _part(part: Part) -> str:
    match part:
        case Word(text):
            return text
        case Slot(name):
            return f"<slot_{name}>"
        case Optional(inner):
            return f"[{_jsgf(inner)}]"
