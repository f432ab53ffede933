"""Load `agent.yaml` into an `AgentProfile`. All problems are told at once, each with its place and remedy."""

import dataclasses
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import yaml

from voiceagent.config.hours_file import read_hours
from voiceagent.config.outbound_file import read_outbound
from voiceagent.config.profile_checks import Sources, check_profile
from voiceagent.config.recogniser_checks import choice_problems
from voiceagent.config.withdrawal_file import read_withdrawal
from voiceagent.config.yaml_values import Problem, YamlValues, not_yaml
from voiceagent.conversation.asked_time import MOST_S
from voiceagent.conversation.profile import (
    USUAL_ABOUT_ME,
    USUAL_BACK_AGAIN,
    USUAL_CORRECTION,
    AgentProfile,
    BackchannelLevel,
    BargeIn,
    CallbackTexts,
    Capture,
    Changes,
    ConsentMode,
    FloorKnobs,
    Intent,
    ModelUse,
    OpeningScript,
    RecogniserChoice,
    RecordsChoice,
    RedactionLevel,
    SlotSpec,
    SlotType,
    Then,
    VoiceChoice,
    Waits,
    WordsKept,
)
from voiceagent.core.errors import ConfigError

AGENT_FILE: Final = "agent.yaml"
_SHIPPED: Final = Path(__file__).parent / "profiles"
DEFAULT_PROFILE: Final = _SHIPPED / "orders.yaml"

_TOP = frozenset(field.name for field in dataclasses.fields(AgentProfile)) - {"sha256"}
_OPENING = frozenset(field.name for field in dataclasses.fields(OpeningScript))
_SLOT = frozenset(field.name for field in dataclasses.fields(SlotSpec)) - {"name"}
_INTENT = frozenset(field.name for field in dataclasses.fields(Intent)) - {"name"}
_RECOGNISER = frozenset(field.name for field in dataclasses.fields(RecogniserChoice)) - {"language"}
_KNOBS, _CALLBACK, _CHANGES, _AGENT, _WAITS, _RECORDS, _VOICE = (
    frozenset(field.name for field in dataclasses.fields(kind))
    for kind in (FloorKnobs, CallbackTexts, Changes, ModelUse, Waits, RecordsChoice, VoiceChoice)
)


class ProfileError(ConfigError):
    """The profile is not valid; the message lists every problem with its place and remedy."""

    def __init__(self, path: str, problems: list[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: (problem.line, problem.column)))
        super().__init__("\n".join(f"{path}:{problem}" for problem in self.problems))


def load_profile(path: Path, *, tool_fields: Mapping[str, frozenset[str]] | None = None) -> AgentProfile:
    """Read and validate an agent.yaml, which may be named by its folder. Raises ProfileError (a ConfigError).

    tool_fields: the fields of each known tool's result; with it, tools and template fields are checked too.
    """
    if path.is_dir():
        path /= AGENT_FILE
    try:
        source = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as failure:
        raise ConfigError(
            f"cannot read the profile {path}: {failure}; give the path of an agent.yaml in UTF-8"
        ) from failure
    return parse_profile(source, str(path), tool_fields=tool_fields)


def default_profile() -> AgentProfile:
    """The profile that comes with voiceagent: a parcel company's order line."""
    return load_profile(DEFAULT_PROFILE)


def shipped_profile(name: str) -> AgentProfile:
    """One of the example lines that come with voiceagent: orders, clinic or bank. Raises ConfigError."""
    return load_profile(_SHIPPED / f"{name}.yaml")


def parse_profile(
    source: str, path: str = "agent.yaml", *, tool_fields: Mapping[str, frozenset[str]] | None = None
) -> AgentProfile:
    """A profile from its source text; `path` is only for messages. Raises ProfileError."""
    values = YamlValues()
    try:
        root = yaml.compose(source, Loader=yaml.SafeLoader)
    except yaml.YAMLError as failure:
        raise ProfileError(path, [not_yaml(failure, source)]) from failure
    if not isinstance(root, yaml.MappingNode):
        text = "a profile is a mapping that starts with `name:`; copy examples/orders/agent.yaml to begin"
        raise ProfileError(path, [Problem(line=1, column=1, text=text)])
    profile, sources = _Reader(values, root).profile(hashlib.sha256(source.encode()).hexdigest())
    check_profile(profile, sources, values, tool_fields)
    if values.problems:
        raise ProfileError(path, values.problems)
    return profile


class _Reader:
    """One file being read: from nodes to profile, field by field."""

    def __init__(self, values: YamlValues, root: yaml.Node) -> None:
        self._values = values
        self._root = root
        self._top = values.section(root, "profile", _TOP)

    def profile(self, sha256: str) -> tuple[AgentProfile, Sources]:
        values, top = self._values, self._top
        timezone = values.text(top, "timezone", "profile", "UTC")
        slot_nodes = values.entries(top.get("slots"), "slots")
        intent_nodes = values.entries(top.get("intents"), "intents")
        profile = AgentProfile(
            name=self._required("name", "give the profile a short name"),
            company=self._required("company", "say on whose behalf the agent speaks"),
            opening=self._opening(),
            greeting=self._required("greeting", "write what the agent says once consent is settled"),
            intents=tuple(self._intent(name, node) for name, node in intent_nodes.items()),
            fallback=values.texts(top, "fallback", "profile"),
            apology=self._required("apology", "write what is said when a part of the system failed"),
            unreachable=self._required("unreachable", "write what is said when a system of record does not answer"),
            slots={name: self._slot(name, node) for name, node in slot_nodes.items()},
            language=values.text(top, "language", "profile", "en"),
            voice=self._voice(),
            recogniser=self._recogniser(),
            knobs=self._knobs(),
            waits=self._waits(),
            changes=self._changes(),
            hours=read_hours(values, top.get("hours"), timezone),
            callback=self._callback(),
            withdrawal=read_withdrawal(values, top.get("withdrawal")),
            about_me=values.text(top, "about_me", "profile", USUAL_ABOUT_ME),
            back_again=values.text(top, "back_again", "profile", USUAL_BACK_AGAIN),
            transfer_timeout_s=values.number(top, "transfer_timeout_s", "profile", 30.0, (5, 120)),
            backchannels=values.texts(top, "backchannels", "profile", ("mm-hm", "uh-huh", "right")),
            correction=values.text(top, "correction", "profile", USUAL_CORRECTION),
            max_call_s=values.number(top, "max_call_s", "profile", 1800.0, (10, 86_400)),
            timezone=timezone,
            write_back=values.yes_or_no(top, "write_back", "profile", default=False),
            records=self._records(),
            agent=self._agent(),
            outbound=read_outbound(values, top.get("outbound")),
            version=values.whole(top, "version", "profile", 1, (1, 1_000_000)),
            sha256=sha256,
        )
        return profile, Sources(root=self._root, top=top, slots=slot_nodes, intents=intent_nodes)

    def _required(self, key: str, remedy: str) -> str:
        return self._values.required_text(self._top, key, "profile", self._root, remedy)

    def _opening(self) -> OpeningScript:
        values, node = self._values, self._top.get("opening")
        entries = values.section(node, "opening", _OPENING)

        def legal(key: str, remedy: str) -> str:
            return values.required_text(entries, key, "opening", node or self._root, remedy)

        return OpeningScript(
            disclosure=legal("disclosure", "the caller must be told that an AI answers, before anything else"),
            notice=legal("notice", "the caller must be told that the call may be recorded"),
            question=legal("question", "ask for consent to the recording"),
            thanks_granted=legal("thanks_granted", "write the answer to a yes"),
            thanks_denied=legal("thanks_denied", "write the answer to a no"),
            yes=values.texts(entries, "yes", "opening", ("yes",)),
            no=values.texts(entries, "no", "opening", ("no",)),
            consent=values.one_of(entries, "consent", "opening", ConsentMode, ConsentMode.EXPLICIT),
            answer_timeout_s=values.number(entries, "answer_timeout_s", "opening", 6.0, (1, 60)),
            attempts=values.whole(entries, "attempts", "opening", 2, (1, 5)),
        )

    def _slot(self, name: str, node: yaml.Node) -> SlotSpec:
        values, where = self._values, f"slots.{name}"
        entries = values.section(node, where, _SLOT)
        if "type" not in entries:
            values.complain(node, f"{where}.type is missing; write one of digits, choice, yes_no, date, time, name")
        choice_nodes = values.entries(entries.get("choices"), f"{where}.choices")
        return SlotSpec(
            name=name,
            type=values.one_of(entries, "type", where, SlotType, SlotType.DIGITS),
            ask=values.required_text(entries, "ask", where, node, "write the question that asks for it"),
            min_length=values.whole(entries, "min_length", where, 1, (1, 32)),
            max_length=values.whole(entries, "max_length", where, 12, (1, 32)),
            capture=values.one_of(entries, "capture", where, Capture, Capture.OFF),
            ask_again=values.text(entries, "ask_again", where),
            choices={value: values.texts(choice_nodes, value, f"{where}.choices") for value in choice_nodes},
        )

    def _intent(self, name: str, node: yaml.Node) -> Intent:
        values, where = self._values, f"intents.{name}"
        entries = values.section(node, where, _INTENT)
        return Intent(
            name=name,
            phrases=values.texts(entries, "phrases", where),
            needs=values.texts(entries, "needs", where),
            tool=values.text(entries, "tool", where),
            say=values.required_text(entries, "say", where, node, "write what the agent says to this"),
            not_found=values.text(entries, "not_found", where),
            confirm=values.text(entries, "confirm", where),
            declined=values.text(entries, "declined", where),
            then=values.one_of(entries, "then", where, Then, Then.STAY),
            transfer_to=values.text(entries, "transfer_to", where),
        )

    def _voice(self) -> VoiceChoice:
        values, usual = self._values, VoiceChoice()
        entries = values.section(self._top.get("voice"), "voice", _VOICE)
        return VoiceChoice(
            name=values.text(entries, "name", "voice", usual.name),
            words_per_minute=values.whole(entries, "words_per_minute", "voice", usual.words_per_minute, (80, 350)),
            pitch=values.whole(entries, "pitch", "voice", usual.pitch, (0, 99)),
        )

    def _recogniser(self) -> RecogniserChoice:
        values, usual, node = self._values, RecogniserChoice(), self._top.get("recogniser")
        entries = values.section(node, "recogniser", _RECOGNISER)
        choice = RecogniserChoice(
            name=values.text(entries, "name", "recogniser"),
            model=values.text(entries, "model", "recogniser"),
            sample_rate_hz=values.whole(entries, "sample_rate_hz", "recogniser", usual.sample_rate_hz, (8_000, 48_000)),
            language=values.text(self._top, "language", "profile", usual.language),
        )
        for key, problem in choice_problems(choice).items():
            values.complain(entries.get(key, node), f"recogniser.{key} {problem}")
        return choice

    def _knobs(self) -> FloorKnobs:
        values = self._values
        entries = values.section(self._top.get("knobs"), "knobs", _KNOBS)
        return FloorKnobs(
            patience=values.number(entries, "patience", "knobs", 0.5, (0, 1)),
            barge_in=values.one_of(entries, "barge_in", "knobs", BargeIn, BargeIn.ANY),
            backchannel=values.one_of(entries, "backchannel", "knobs", BackchannelLevel, BackchannelLevel.NORMAL),
            protected_opening_s=values.number(entries, "protected_opening_s", "knobs", 0.0, (0, 60)),
        )

    def _records(self) -> RecordsChoice:
        values, usual = self._values, RecordsChoice()
        entries = values.section(self._top.get("records"), "records", _RECORDS)
        return RecordsChoice(
            words=values.one_of(entries, "words", "records", WordsKept, usual.words),
            level=values.one_of(entries, "level", "records", RedactionLevel, usual.level),
        )

    def _changes(self) -> Changes:
        usual = Changes()
        entries = self._values.section(self._top.get("changes"), "changes", _CHANGES)
        texts = {key: self._values.text(entries, key, "changes", getattr(usual, key)) for key in sorted(_CHANGES)}
        return Changes(**texts)

    def _callback(self) -> CallbackTexts:
        usual = CallbackTexts()
        entries = self._values.section(self._top.get("callback"), "callback", _CALLBACK)
        texts = {key: self._values.text(entries, key, "callback", getattr(usual, key)) for key in sorted(_CALLBACK)}
        return CallbackTexts(**texts)

    def _agent(self) -> ModelUse | None:
        values, node = self._values, self._top.get("agent")
        if node is None:
            return None
        entries = values.section(node, "agent", _AGENT)
        remedy = "tell the model what it is there for, or delete `agent`"
        return ModelUse(
            instructions=values.required_text(entries, "instructions", "agent", node, remedy),
            tools=values.texts(entries, "tools", "agent"),
            nothing_changed=values.text(entries, "nothing_changed", "agent", ModelUse(instructions="").nothing_changed),
        )

    def _waits(self) -> Waits:
        values, usual = self._values, Waits()
        entries = values.section(self._top.get("waits"), "waits", _WAITS)
        return Waits(
            filler_after_s=values.number(entries, "filler_after_s", "waits", usual.filler_after_s, (0, 10)),
            fillers=values.texts(entries, "fillers", "waits", usual.fillers),
            estimate=values.text(entries, "estimate", "waits", usual.estimate),
            reprompt_after_s=values.number(entries, "reprompt_after_s", "waits", usual.reprompt_after_s, (1, 120)),
            reprompt=values.text(entries, "reprompt", "waits", usual.reprompt),
            hang_up_after_reprompts=values.whole(
                entries, "hang_up_after_reprompts", "waits", usual.hang_up_after_reprompts, (1, 10)
            ),
            take_your_time=values.text(entries, "take_your_time", "waits", usual.take_your_time),
            given_time_s=values.number(entries, "given_time_s", "waits", usual.given_time_s, (1, MOST_S)),
            work_timeout_s=values.number(entries, "work_timeout_s", "waits", usual.work_timeout_s, (1, 120)),
            earlier=values.text(entries, "earlier", "waits", usual.earlier),
            after_all=values.text(entries, "after_all", "waits", usual.after_all),
            goodbye=values.text(entries, "goodbye", "waits", usual.goodbye),
        )
