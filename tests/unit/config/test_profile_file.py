from pathlib import Path

import pytest
import yaml
from hypothesis import given, strategies as st

from voiceagent.background.crm_tools import crm_tools
from voiceagent.background.demo_tools import demo_tools
from voiceagent.background.tool_files import tools_beside
from voiceagent.config.profile_file import (
    DEFAULT_PROFILE,
    ProfileError,
    default_profile,
    load_profile,
    parse_profile,
    shipped_profile,
)
from voiceagent.conversation.profile import (
    BackchannelLevel,
    ConsentMode,
    ModelUse,
    RecogniserChoice,
    RecordsChoice,
    RedactionLevel,
    SlotType,
    Then,
    WordsKept,
)
from voiceagent.core.errors import ConfigError
from voiceagent.testing.clock import ManualClock
from voiceagent.testing.memory_crm import MemoryCrm
from voiceagent.testing.planned import planned_agent

_EXAMPLES = Path(__file__).parents[3] / "examples"
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
  number:
    type: digits
    ask: Which one?
intents:
  status:
    phrases: ["where is {number}"]
    needs: [number]
    tool: crm.lookup
    say: "{first_name}: {number_spoken}"
    not_found: Nothing for {number}.
fallback: ["Pardon?"]
apology: Sorry.
unreachable: Away.
"""
_FIELDS = {"crm.lookup": frozenset({"first_name"})}


def _problems(source: str) -> list[str]:
    with pytest.raises(ProfileError) as caught:
        parse_profile(source, "agent.yaml", tool_fields=_FIELDS)
    return str(caught.value).splitlines()


def test_a_small_profile_loads_with_the_usual_values():
    profile = parse_profile(_GOOD, tool_fields=_FIELDS)

    assert profile.slots["number"].type is SlotType.DIGITS
    assert profile.intent("status").then is Then.STAY
    assert profile.opening.consent is ConsentMode.EXPLICIT
    assert profile.opening.yes == ("yes",)
    assert len(profile.sha256) == 64


def test_calls_are_written_back_to_the_crm_only_where_the_profile_says_so():
    assert not parse_profile(_GOOD).write_back
    assert parse_profile(_GOOD + "write_back: true\n").write_back
    assert _problems(_GOOD + "write_back: maybe\n") == ["agent.yaml:24:13: profile.write_back must be true or false"]


def test_words_are_kept_redacted_unless_the_profile_says_otherwise():
    raw = _GOOD + "records:\n  words: raw\n"

    assert parse_profile(_GOOD).records == RecordsChoice(words=WordsKept.REDACTED, level=RedactionLevel.BALANCED)
    assert parse_profile(raw).records.words is WordsKept.RAW
    assert parse_profile(_GOOD + "records: {level: strict}\n").records.level is RedactionLevel.STRICT
    assert _problems(_GOOD + "records: {words: none}\n") == [
        "agent.yaml:24:18: records.words is 'none'; known: raw, redacted"
    ]


def test_the_fingerprint_follows_the_text():
    assert parse_profile(_GOOD).sha256 != parse_profile(_GOOD + "\n").sha256
    assert parse_profile(_GOOD).sha256 == parse_profile(_GOOD).sha256


def test_bare_yes_no_and_off_are_words():
    source = _GOOD + "knobs: {backchannel: off}\n"
    source = source.replace("  thanks_denied: Fine.", "  thanks_denied: Fine.\n  yes: [yes, ok]\n  no: [no]")
    profile = parse_profile(source)

    assert profile.opening.yes == ("yes", "ok")
    assert profile.opening.no == ("no",)
    assert profile.knobs.backchannel is BackchannelLevel.OFF


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("greeting", "greting", "agent.yaml:9:1: profile: unknown key 'greting'; did you mean 'greeting'?"),
        (
            "May we?",
            '""',
            "agent.yaml:6:13: opening.question is missing or empty; ask for consent to the recording",
        ),
        (
            "where is {number}",
            "where is {numbr}",
            "agent.yaml:16:15: intents.status.phrases: there is no slot 'numbr'; did you mean 'number'?",
        ),
        (
            "where is {number}",
            "where [is {number}",
            "agent.yaml:16:15: intents.status.phrases: 'where [is {number}' has a [ without its ]",
        ),
        (
            "needs: [number]",
            "needs: [numbers]",
            "agent.yaml:17:13: intents.status.needs: there is no slot 'numbers'; did you mean 'number'?",
        ),
        (
            "tool: crm.lookup",
            "tool: crm.look",
            "agent.yaml:18:11: intents.status.tool: there is no tool 'crm.look'; did you mean 'crm.lookup'?",
        ),
        (
            "{first_name}:",
            "{frst_name}:",
            "agent.yaml:19:10: intents.status.say: nothing fills {frst_name}; did you mean 'first_name'?",
        ),
        (
            "    not_found: Nothing for {number}.\n",
            "",
            "agent.yaml:18:11: intents.status.not_found is missing; write what is said when the tool finds nothing",
        ),
        ("type: digits", "type: digit", "agent.yaml:12:11: slots.number.type is 'digit'; did you mean 'digits'?"),
        (
            '["Pardon?"]',
            "[]",
            "agent.yaml:21:11: fallback is empty; write what is said when nothing was understood",
        ),
        (
            "apology: Sorry.",
            "voice: {pitch: high}\napology: Sorry.",
            "agent.yaml:22:16: voice.pitch must be a number from 0 to 99",
        ),
        (
            "apology: Sorry.",
            "recogniser: {name: sherpa}\napology: Sorry.",
            "agent.yaml:22:20: recogniser.name is 'sherpa'; did you mean 'sherpa-onnx'?",
        ),
        (
            "apology: Sorry.",
            "recogniser: {name: sherpa-onnx}\napology: Sorry.",
            "agent.yaml:22:13: recogniser.model is missing; sherpa-onnx needs a model, see docs/recognisers.md",
        ),
        (
            "apology: Sorry.",
            "recogniser: {name: pocketsphinx, model: big}\napology: Sorry.",
            "agent.yaml:22:41: recogniser.model is not for pocketsphinx, which brings its own; delete it",
        ),
        (
            "apology: Sorry.",
            "recogniser: {name: faster-whisper, model: s, sample_rate_hz: 8000}\napology: Sorry.",
            "agent.yaml:22:62: recogniser.sample_rate_hz is not for faster-whisper, which hears 16 kHz; delete it",
        ),
        (
            "apology: Sorry.",
            "recogniser: {model: small.en}\napology: Sorry.",
            "agent.yaml:22:21: recogniser.model is given without a name of a recogniser; add `name`",
        ),
        (
            "fallback:",
            "  status:\n    say: x\nfallback:",
            "agent.yaml:21:3: intents: 'status' is defined twice (first in line 16); keep one of them",
        ),
    ],
)
def test_a_mistake_is_told_with_place_and_remedy(old, new, complaint):
    assert complaint in _problems(_GOOD.replace(old, new, 1))


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file():
    broken = _GOOD.replace("notice: We record.", "notice: ''").replace("Which one?", "''").replace("Away.", "''")
    places = [line.split(": ")[1].split(" is ")[0] for line in _problems(broken)]

    assert places == ["opening.notice", "slots.number.ask", "profile.unreachable"]


def test_a_profile_says_who_listens_and_in_which_language():
    source = _GOOD + "language: de\nrecogniser: {name: sherpa-onnx, model: models/de, sample_rate_hz: 8000}\n"

    assert parse_profile(_GOOD).recogniser == RecogniserChoice()
    assert parse_profile(source).recogniser == RecogniserChoice(
        name="sherpa-onnx", model="models/de", sample_rate_hz=8000, language="de"
    )


@pytest.mark.parametrize("source", ["", "- a\n- b\n", "name: [", "a: b: c"])
def test_what_is_no_profile_at_all_says_so(source):
    assert len(_problems(source)) == 1


def test_a_missing_file_says_what_to_give(tmp_path: Path):
    with pytest.raises(ConfigError, match="give the path of an agent"):
        load_profile(tmp_path / "none.yaml")


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=80))
def test_any_text_is_a_profile_or_a_problem_never_a_crash(source):
    with pytest.raises(ConfigError):
        parse_profile(source)


@given(st.sampled_from(_GOOD.splitlines()), st.sampled_from(["", "x", "[", "  - 1", "a: {b: [c]}", "? 1"]))
def test_a_damaged_line_is_told_with_a_place_inside_the_file_or_is_harmless(line, damage):
    source = _GOOD.replace(line, damage, 1)
    try:
        parse_profile(source)
        places = []
    except ProfileError as error:
        places = [problem.line for problem in error.problems]

    assert all(1 <= place <= source.count("\n") + 1 for place in places)


@pytest.mark.parametrize("name", ["orders", "clinic", "bank"])
def test_a_shipped_profile_is_the_example_of_its_name(name):
    example = _EXAMPLES / name / "agent.yaml"

    assert example.read_text() == DEFAULT_PROFILE.with_name(f"{name}.yaml").read_text()
    assert shipped_profile(name).name == name


def test_the_default_profile_is_the_parcel_company():
    assert default_profile() == shipped_profile("orders")


def test_every_example_fits_the_tools_that_a_background_process_has():
    crm = MemoryCrm(contacts={})
    paths = sorted(_EXAMPLES.glob("*/agent.yaml"))
    tools = (*crm_tools(crm), *demo_tools(crm), *tools_beside(paths))
    fields = {tool.name: tool.result_fields for tool in tools}

    profiles = [load_profile(path, tool_fields=fields) for path in paths]
    assert [profile.name for profile in profiles] == ["bank", "clinic", "orders", "payments"]
    for profile in profiles:
        planned_agent(profile, tools, ManualClock()).check(profile)


def test_a_day_is_not_read_out_as_it_is_stored():
    source = _GOOD.replace("type: digits", "type: date").replace("Nothing for {number}.", "Nothing on {number_spoken}.")

    assert parse_profile(source).slots["number"].type is SlotType.DATE
    assert _problems(source.replace("{number_spoken}", "{number}")) == [
        "agent.yaml:19:10: intents.status.say: a voice can not read {number}; write {number_spoken}",
        "agent.yaml:20:16: intents.status.not_found: a voice can not read {number}; write {number_spoken}",
    ]


def test_the_time_zone_is_one_that_this_machine_knows():
    complaint = (
        "agent.yaml:24:11: timezone 'Europe/Lodnon' is not known here; write one like Europe/London "
        "(and install tzdata if that is missing)"
    )

    assert parse_profile(_GOOD).timezone == "UTC"
    assert parse_profile(_GOOD + "timezone: Europe/London\n").timezone == "Europe/London"
    assert _problems(_GOOD + "timezone: Europe/Lodnon\n") == [complaint]


def test_a_control_character_is_told_with_its_place():
    assert _problems("name: x\ncompany: a\x08b\n") == [
        "agent.yaml:2:11: this is not YAML: an invisible control character (code 8); delete it"
    ]


def test_every_key_of_the_default_profile_is_read():
    changed = yaml.safe_load(DEFAULT_PROFILE.read_text())
    changed["waits"]["goodbye"] = "So long."
    profile = parse_profile(yaml.safe_dump(changed))

    assert profile.waits.goodbye == "So long."
    assert profile.waits.fillers == tuple(changed["waits"]["fillers"])


def test_words_for_a_language_model_are_read():
    source = _GOOD + "agent:\n  instructions: Be brief.\n  tools: [desk.search]\n  nothing_changed: Nothing.\n"

    assert parse_profile(source).agent == ModelUse(
        instructions="Be brief.", tools=("desk.search",), nothing_changed="Nothing."
    )
    assert parse_profile(_GOOD).agent is None
    assert parse_profile(_GOOD + "agent: {instructions: Be brief.}\n").agent == ModelUse(instructions="Be brief.")


def test_words_for_a_language_model_that_say_nothing_are_told():
    (problem,) = _problems(_GOOD + "agent:\n  tools: [desk.search]\n")

    assert problem.startswith("agent.yaml:25:3: agent.instructions is missing or empty; tell the model")
