"""Recordings of a package in which masked words are silent."""

import io
import json
import wave
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from voiceagent.compliance.exports.request import from_data
from voiceagent.compliance.exports.verdict import Outcome
from voiceagent.compliance.exports.verify import verify_package
from voiceagent.compliance.exports.writer import PackageWriter
from voiceagent.records.values import ConsentClip


@pytest.fixture
def wanted(request_for_all):
    return replace(request_for_all, mute_masked=True)


@pytest.fixture
def masked(calls):
    """The first call, whose recording of 80 ms begins 900 ms after the answer; a turn of 40 ms in it was masked."""
    call = replace(calls[0], masked_words=True)
    recordings = tuple(replace(one, start_ms=900) for one in call.recordings)
    turn = replace(call.segments[0], text="it is [CARD]", planned="", start_ms=900 + 150 + 20, end_ms=900 + 150 + 60)
    heard = [replace(one, text="hello", planned="hello") for one in call.segments[1:]]
    return replace(call, recordings=recordings, segments=(turn, *heard))


def sound_of(package: Path) -> tuple[bytes, str]:
    with zipfile.ZipFile(package) as files:
        (name,) = [name for name in files.namelist() if name.startswith("media/")]
        (row,) = [json.loads(line) for line in files.read("records/recordings.jsonl").splitlines()]
        with wave.open(io.BytesIO(files.read(name))) as sound:
            return sound.readframes(sound.getnframes()), row["media_state"]


def test_a_masked_turn_is_silent_and_the_rest_is_heard(write, masked, wanted, request_for_all, tmp_path):
    heard, delivered = sound_of(write(tmp_path / "heard.zip", [masked], request_for_all))
    muted, silenced = sound_of(write(tmp_path / "muted.zip", [masked], wanted))

    first = (20 * 16) * 4  # ms, frames a ms, bytes a frame; the head of the turn is the 150 above
    assert (delivered, silenced) == ("delivered", "masked_turns_silenced")
    assert len(muted) == len(heard) > first
    assert muted[:first] == heard[:first]
    assert not any(muted[first:])
    assert any(heard[first:])


def test_where_nobody_knows_what_to_mute_no_recording_is_handed_out(write, masked, wanted, tmp_path):
    package = write(tmp_path / "raw.zip", [replace(masked, masked_words=False)], wanted)

    with zipfile.ZipFile(package) as files:
        assert not [name for name in files.namelist() if name.startswith("media/")]
        assert json.loads(files.read("records/recordings.jsonl"))["media_state"] == "not_masked"


def test_the_package_verifies_tells_of_it_and_is_made_again_byte_for_byte(write, masked, wanted, tmp_path):
    package = write(tmp_path / "one.zip", [masked], wanted)
    manifest = json.loads(zipfile.ZipFile(package).read("manifest.json"))

    again = write(tmp_path / "again.zip", [masked], from_data(manifest["request"]))

    assert verify_package(package).outcome is Outcome.GOOD
    assert "silent in turns whose words were masked" in manifest["redaction"]["note"]
    assert again.read_bytes() == package.read_bytes()


@pytest.mark.parametrize(("words_masked", "state"), [(True, "masked_turns_silenced"), (False, "not_masked")])
def test_the_sound_of_an_answer_is_no_way_around_it(words_masked, state, masked, wanted, identity, sound, tmp_path):
    call = replace(masked, masked_words=words_masked)
    (recording,) = call.recordings
    clip = ConsentClip(
        id="clip_1",
        call_id=call.record.call_id,
        tenant_id="default",
        at=call.record.started_at,
        purpose="recording",
        state="kept",
        path="clip",
        sha256=recording.sha256,
        size_bytes=sound.size,
        start_ms=900 + 150,
        duration_ms=80,
        key_id="",
    )

    with PackageWriter(tmp_path / "clip.zip", wanted, identity, version="0.1.0") as writer:
        writer.add_clip(call, clip, sound)
        package = writer.finish(0)

    with zipfile.ZipFile(package) as files:
        row = json.loads(files.read("records/consent_clips.jsonl"))
        media = [files.read(name) for name in files.namelist() if name.startswith("media/")]
    assert row["media_state"] == state
    assert bool(media) == words_masked
    assert not any(any(one[-60 * 64 :]) for one in media)  # from the answer's first ms on: the turn's head is before it
