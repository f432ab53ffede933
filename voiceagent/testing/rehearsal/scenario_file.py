"""Read scenarios from YAML. All problems are told at once, each with its place and remedy.

caller: "+12025550101"     # the number that calls; may be left out
consent: "no"              # yes (if left out), no, or script: then the lines below answer the question
answers:                   # what tools answer here instead of running
  shop.stock: {returns: {found: true, left: 3}, takes_s: 2}
call:
  - caller: where is my order
  - agent: order number              # words of one utterance, in this order
    within: 0.6                      # seconds after the caller's last word
  - caller: mhm
    at: 0.8                          # seconds into the agent's next utterance
  - tool: crm.lookup_customer
    with: {order_number: "4217"}
  - never: 4 2 1 8                   # the agent has not said this until here
  - never_tool: crm.request_delivery_day
  - keys: "4217"
  - silence: 9                       # seconds
  - agent hangs up
"""

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import yaml

from voiceagent.config.profile_file import ProfileError
from voiceagent.config.yaml_values import YamlValues, nearest, not_yaml
from voiceagent.conversation.phrase import plain_words
from voiceagent.core.errors import ConfigError
from voiceagent.testing.rehearsal.agent_folder import CRM_FILE, Answer
from voiceagent.testing.rehearsal.call import CALLER
from voiceagent.testing.rehearsal.scenario import (
    AgentHangsUp,
    AgentNeverSaid,
    AgentSays,
    CallerPresses,
    CallerSpeaks,
    CallerWaits,
    Scenario,
    Step,
    ToolNeverRan,
    ToolRan,
)

_TOP: Final = ("caller", "consent", "answers", "call")
_HANGS_UP: Final = "agent hangs up"
_LONGEST_S: Final = 600.0


def read_scenarios(folder: Path, tools: Collection[str]) -> tuple[Scenario, ...]:
    """The scenarios of a folder by name, which may name these tools. Raises ConfigError."""
    files = sorted(path for path in folder.glob("*.yaml") if path.name != CRM_FILE)
    if not files:
        raise ConfigError(f"there is no scenario in {folder}; write one, as in examples/orders/scenarios")
    return tuple(read_scenario(path, tools) for path in files)


def read_scenario(path: Path, tools: Collection[str]) -> Scenario:
    """One scenario, which may name these tools. Raises ConfigError with every problem in it."""
    try:
        source = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read the scenario {path}: {error}") from error
    try:
        root = yaml.compose(source, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise ProfileError(str(path), [not_yaml(error, source)]) from error
    values = YamlValues()
    scenario = _Reader(values, str(path), tools).scenario(root)
    if values.problems:
        raise ProfileError(str(path), values.problems)
    return scenario


class _Reader:
    def __init__(self, values: YamlValues, path: str, tools: Collection[str]) -> None:
        self._values = values
        self._path = path
        self._tools = tools

    def scenario(self, root: yaml.Node | None) -> Scenario:
        top = self._values.section(root, "scenario", _TOP)
        call = top.get("call")
        if not isinstance(call, yaml.SequenceNode) or not call.value:
            self._values.complain(
                call or root, "call is missing or no list; write `call:` and below it `- caller: hello`"
            )
            return Scenario(path=self._path, steps=())
        consent = self._values.text(top, "consent", "scenario", "yes")
        if consent not in ("yes", "no", "script"):
            self._values.complain(top["consent"], f'consent is \'{consent}\'; write "yes", "no" or script')
        return Scenario(
            path=self._path,
            steps=tuple((node.start_mark.line + 1, self._step(node)) for node in call.value),
            caller=self._values.text(top, "caller", "scenario", CALLER),
            consent="" if consent == "script" else consent,
            answers=self._answers(top.get("answers")),
        )

    def _answers(self, node: yaml.Node | None) -> dict[str, Answer]:
        answers = {}
        for name, value in self._values.entries(node, "answers").items():
            if name not in self._tools:
                self._values.complain(value, f"answers: there is no tool '{name}'; {nearest(name, self._tools)}")
            try:
                answers[name] = msgspec.convert(_plain(value), Answer)
            except msgspec.ValidationError as error:
                hint = "write like {returns: {found: true}, takes_s: 2} or {unavailable: true}"
                self._values.complain(value, f"answers.{name}: {error}; {hint}")
        return answers

    def _step(self, node: yaml.Node) -> Step:
        if isinstance(node, yaml.ScalarNode) and node.value == _HANGS_UP:
            return AgentHangsUp()
        kind = next((str(key.value) for key, _ in node.value), "") if isinstance(node, yaml.MappingNode) else ""
        readers = self._readers()
        if kind not in readers:
            self._values.complain(
                node, f"no line begins with '{kind or node.value}'; {nearest(kind, [*readers, _HANGS_UP])}"
            )
            return AgentHangsUp()
        keys, read = readers[kind]
        entries = self._values.section(node, kind, (kind, *keys))
        self._values.required_text(
            entries, kind, "call", node, "write it behind the colon"
        ) if kind != "silence" else ""
        return read(entries)

    def _readers(self) -> dict[str, tuple[tuple[str, ...], Callable[[Mapping[str, yaml.Node]], Step]]]:
        """First key of a line -> the keys that may follow, and what it means."""
        values = self._values
        return {
            "caller": (("at",), self._caller),
            "agent": (("within", "interrupted"), self._agent),
            "tool": (("with", "result"), self._tool),
            "keys": ((), lambda entries: CallerPresses(keys=values.text(entries, "keys", "call"))),
            "silence": ((), lambda entries: CallerWaits(seconds=self._seconds(entries, "silence") or 0.0)),
            "never": ((), lambda entries: AgentNeverSaid(text=self._words(entries, "never"))),
            "never_tool": ((), lambda entries: ToolNeverRan(name=self._tool_name(entries, "never_tool"))),
        }

    def _caller(self, entries: Mapping[str, yaml.Node]) -> Step:
        return CallerSpeaks(text=self._values.text(entries, "caller", "call"), at=self._seconds(entries, "at"))

    def _agent(self, entries: Mapping[str, yaml.Node]) -> Step:
        node, interrupted = entries.get("interrupted"), None
        if node is not None:
            interrupted = _plain(node)
            if not isinstance(interrupted, bool):
                self._values.complain(node, "agent.interrupted is true or false")
                interrupted = None
        text = self._words(entries, "agent")
        return AgentSays(text=text, within=self._seconds(entries, "within"), interrupted=interrupted)

    def _tool(self, entries: Mapping[str, yaml.Node]) -> Step:
        held = {}
        for key in ("with", "result"):
            held[key] = _plain(entries[key]) if key in entries else {}
            if not isinstance(held[key], dict):
                self._values.complain(entries[key], f'tool.{key} is a mapping, like {{order_number: "4217"}}')
                held[key] = {}
        return ToolRan(name=self._tool_name(entries, "tool"), arguments=held["with"], result=held["result"])

    def _words(self, entries: Mapping[str, yaml.Node], key: str) -> str:
        """What is listened for."""
        text = self._values.text(entries, key, "call")
        if text and not plain_words(text):
            self._values.complain(entries[key], f"call.{key}: '{text}' has no words, so it cannot be listened for")
        return text

    def _tool_name(self, entries: Mapping[str, yaml.Node], key: str) -> str:
        name = self._values.text(entries, key, "call")
        if name and name not in self._tools:
            self._values.complain(entries[key], f"call.{key}: there is no tool '{name}'; {nearest(name, self._tools)}")
        return name

    def _seconds(self, entries: Mapping[str, yaml.Node], key: str) -> float | None:
        if key not in entries:
            return None
        return self._values.number(entries, key, "call", 0.0, (0.0, _LONGEST_S))


def _plain(node: yaml.Node) -> Any:
    return yaml.SafeLoader.construct_document(yaml.SafeLoader(""), node)
