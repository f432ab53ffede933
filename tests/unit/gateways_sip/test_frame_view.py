"""The library is loaded in a process of its own: it brings its own, old OpenSSL."""

import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[3]


def run(code):
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=_ROOT, capture_output=True, text=True, timeout=30, check=False
    )
    return result.returncode, result.stdout.strip(), result.stderr


def test_the_memory_layout_of_this_build_is_the_expected_one():
    code = "from voiceagent.gateways.sip.frame_view import layout_holds; print(layout_holds())"

    assert run(code)[:2] == (0, "True")


@pytest.mark.parametrize("reader", ["read_direct", "read_slowly"])
@pytest.mark.parametrize("writer", ["DirectWriter", "SlowWriter"])
def test_what_is_written_into_a_frame_is_read_back(reader, writer):
    code = (
        "import os, pjsua2 as pj\n"
        f"from voiceagent.gateways.sip.frame_view import {reader}, {writer}\n"
        f"data, frame, writer = os.urandom(640), pj.MediaFrame(), {writer}()\n"
        "writer.write(frame, bytes(640))\n"
        "writer.write(frame, data)\n"
        f"print({reader}(frame) == data, frame.size, frame.type == pj.PJMEDIA_FRAME_TYPE_AUDIO)\n"
    )

    assert run(code)[:2] == (0, "True 640 True")


def test_an_empty_frame_reads_as_nothing():
    code = (
        "import pjsua2 as pj; from voiceagent.gateways.sip.frame_view import read_direct\n"
        "print(read_direct(pj.MediaFrame()))"
    )

    assert run(code)[:2] == (0, "b''")
