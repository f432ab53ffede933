import hashlib
import subprocess
import sys
from typing import Final

import numpy as np
import pytest

from voiceagent.apps.demo.options import DemoOptions, demo_script
from voiceagent.audio.spans import sound_spans
from voiceagent.core.errors import ConfigError
from voiceagent.testing.caller.script import CallerVoice, Say, Script
from voiceagent.testing.caller.voice import render_lines, slug

_ELSEWHERE: Final = """
import hashlib
from voiceagent.testing.caller.script import CallerVoice
from voiceagent.testing.caller.voice import spoken_line
print(hashlib.sha256(spoken_line("Is that all right with you?", CallerVoice(name="en-us+f2"))).hexdigest())
"""


def _script(text: str, **voice: str) -> Script:
    return Script(name="test", steps=(Say(text=text),), voice=CallerVoice(**voice))


def test_every_line_of_the_demos_caller_is_recorded() -> None:
    script = demo_script(DemoOptions())

    lines = render_lines(script)

    assert script.voice.recorded
    assert set(lines) == set(script.texts)
    assert all(sound_spans(pcm) and pcm.dtype == np.int16 for pcm in lines.values())


def test_a_line_that_was_never_recorded_is_refused_with_the_remedy() -> None:
    with pytest.raises(ConfigError, match=r"no something-else\.wav .* record it or name an espeak-ng voice"):
        render_lines(_script("Something else!", recorded="sky"))


def test_any_other_line_is_spoken_by_the_voice_of_the_script() -> None:
    lines = render_lines(_script("Hello there.", name="en-us+m3"))

    assert len(lines["Hello there."]) > 8000


def test_a_breathy_voice_is_the_same_audio_in_every_run() -> None:
    script = _script("Is that all right with you?", name="en-us+f2")
    before = render_lines(script)
    render_lines(_script("Something else.", name="en-us+f2"))
    elsewhere = subprocess.run([sys.executable, "-c", _ELSEWHERE], check=True, capture_output=True, text=True).stdout

    assert np.array_equal(render_lines(script)["Is that all right with you?"], before["Is that all right with you?"])
    assert elsewhere.strip() == hashlib.sha256(before["Is that all right with you?"].tobytes()).hexdigest()


@pytest.mark.parametrize(
    ("text", "name"), [("Mm-hm.", "mm-hm"), ("Yes, that's fine.", "yes-that-s-fine"), (" 4 2? ", "4-2")]
)
def test_a_line_is_filed_under_its_words(text: str, name: str) -> None:
    assert slug(text) == name
