"""Who speaks in made dialogues, and what is asked of whom."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from voiceagent.core.errors import ConfigError, Unavailable
from voiceagent.interaction.training import behaviours
from voiceagent.interaction.training.clip_bank import ClipBank, ClipKind
from voiceagent.interaction.training.clip_making import build
from voiceagent.interaction.training.clips_of_a_voice import MadeClip, keep
from voiceagent.interaction.training.render import RenderPlan, claim
from voiceagent.interaction.training.speakers import Speaker
from voiceagent.interaction.training.timeline import Timeline
from voiceagent.interaction.training.voices import CastVoice

_VOICES = ["espeak:en", "espeak:en+f1", "kokoro:af", "flite:slt", "prompts:en", "queen:joe"]
_SECOND = 16_000


@pytest.fixture
def bank(tmp_path: Path) -> ClipBank:
    """A hundred clips of hum for each voice and kind; only synthesisers have fillers and sentences of agents."""
    people = {4, 5}
    synthetic = {ClipKind.FILLER, ClipKind.AGENT}
    clips = [
        {"kind": kind, "voice": voice, "start": 0, "length": _SECOND, "word_starts": [], "text": ""}
        for voice in range(len(_VOICES))
        for kind in ClipKind
        for _ in range(100)
        if not (voice in people and kind in synthetic)
    ]
    (tmp_path / "index.json").write_text(json.dumps({"seed": 1, "voices": _VOICES, "clips": clips}))
    (np.sin(np.arange(_SECOND) / 20) * 8000).astype("<i2").tofile(tmp_path / "clips.i16")
    return ClipBank(tmp_path)


def test_people_can_be_left_out(tmp_path: Path, bank: ClipBank) -> None:
    shares = _shares(ClipBank(tmp_path, people=0.0), ClipKind.TURN)

    assert set(shares) == {"espeak", "kokoro", "flite"}


def _shares(bank: ClipBank, kind: ClipKind) -> dict[str, float]:
    dice = np.random.default_rng(1)
    drawn = Counter(bank.voices[bank.speaker(dice, kind)].split(":")[0] for _ in range(4000))
    return {engine: count / 4000 for engine, count in drawn.items()}


def test_people_speak_most_and_each_family_has_its_share_however_many_voices_it_has(bank: ClipBank) -> None:
    shares = _shares(bank, ClipKind.TURN)

    assert shares["espeak"] == pytest.approx(0.1375, abs=0.03)
    assert shares["kokoro"] + shares["flite"] == pytest.approx(0.4125, abs=0.03)
    assert shares["prompts"] + shares["queen"] == pytest.approx(0.45, abs=0.03)


def test_where_a_family_has_nothing_to_say_the_others_share_its_part(bank: ClipBank) -> None:
    shares = _shares(bank, ClipKind.AGENT)

    assert set(shares) == {"espeak", "kokoro", "flite"}
    assert shares["espeak"] == pytest.approx(0.25, abs=0.03)


def test_a_family_with_a_few_clips_of_a_kind_is_not_asked_until_they_are_known_by_heart(tmp_path: Path) -> None:
    many, few = ({"kind": "turn", "start": 0, "length": 9, "word_starts": [], "text": "", "voice": v} for v in (0, 1))
    index = {"seed": 1, "voices": ["espeak:en", "queen:joe"], "clips": [many] * 400 + [few] * 20}
    (tmp_path / "index.json").write_text(json.dumps(index))
    np.zeros(9, "<i2").tofile(tmp_path / "clips.i16")

    shares = _shares(ClipBank(tmp_path), ClipKind.TURN)

    assert shares["queen"] == pytest.approx(0.045 / (0.045 + 0.1375), abs=0.03)


@pytest.mark.parametrize("share", [-0.1, 1.0, 1.5])
def test_a_share_of_people_that_leaves_nobody_else_is_refused(tmp_path: Path, bank: ClipBank, share: float) -> None:
    with pytest.raises(ConfigError, match="people"):
        ClipBank(tmp_path, people=share)


def test_clips_of_other_voices_are_not_taken_for_these(tmp_path: Path, bank: ClipBank) -> None:
    with pytest.raises(ConfigError, match="other voices"):
        build(tmp_path, seed=1, voices=[CastVoice(engine="espeak", name="en-us")])


def test_what_was_made_before_a_stop_is_not_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    voices = [CastVoice(engine="festival", name=name) for name in ("joe", "ann")]
    monkeypatch.setenv("PATH", str(tmp_path))  # there is no synthesiser that could make anything
    with pytest.raises(Unavailable, match="text2wave"):
        build(tmp_path, seed=1, voices=voices)
    for number, sound in enumerate((7, 9)):
        said = MadeClip(kind=ClipKind.TURN, pcm=np.full(2000, sound, np.int16), word_starts=(sound,), text=str(sound))
        keep(tmp_path / "voices" / f"{number:04d}.npz", [said, said])

    build(tmp_path, seed=1, voices=voices)

    bank = ClipBank(tmp_path)
    assert [(clip.voice, clip.start, clip.word_starts, clip.text) for clip in bank.clips] == [
        (0, 0, (7,), "7"),
        (0, 2000, (7,), "7"),
        (1, 4000, (9,), "9"),
        (1, 6000, (9,), "9"),
    ]
    assert [set(bank.sound(clip) * 32768) for clip in bank.clips] == [{7}, {7}, {9}, {9}]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clips.i16", "index.json"]


def test_a_bank_that_was_begun_with_another_seed_is_not_gone_on_with(tmp_path: Path) -> None:
    (tmp_path / "voices").mkdir()
    (tmp_path / "voices" / "plan.json").write_text(json.dumps({"seed": 2, "voices": ["espeak:en-us"]}))

    with pytest.raises(ConfigError, match="other voices"):
        build(tmp_path, seed=1, voices=[CastVoice(engine="espeak", name="en-us")])


def test_a_folder_of_dialogues_holds_those_of_one_plan(tmp_path: Path) -> None:
    plan = RenderPlan(folder=tmp_path, preset_name="toy", seed=1, shards=0, espeak_voices=1, held_out=True)
    claim(plan)
    claim(replace(plan, shards=3))

    with pytest.raises(ConfigError, match="planned otherwise"):
        claim(replace(plan, people=0.1))


def _pauses(bank: ClipBank, voice: str) -> int:
    """In how many of 200 turns of that voice there is a moment of doubt before the end."""
    speaker, dice = Speaker(bank=bank, voice=_VOICES.index(voice), shift=1.0), np.random.default_rng(1)
    lines = [Timeline(length=60 * _SECOND) for _ in range(200)]
    for line in lines:
        behaviours.turn(dice, line, speaker, 0)
    return sum(bool(line.hard) for line in lines)


def test_voices_that_end_a_clause_like_a_sentence_pause_as_well_so_that_a_flat_tune_tells_nothing(
    bank: ClipBank,
) -> None:
    assert _pauses(bank, "flite:slt") > 60
