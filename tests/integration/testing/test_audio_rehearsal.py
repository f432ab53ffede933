"""A scenario with audio goes through the shipped model, a recogniser and the voice, on the same clock."""

import asyncio

import pytest

from voiceagent.apps.new_agent.create import create_agent
from voiceagent.testing.rehearsal.agent_folder import read_agent
from voiceagent.testing.rehearsal.audio_line import AudioEquipment, AudioLine
from voiceagent.testing.rehearsal.call import RehearsedCall
from voiceagent.testing.rehearsal.transcript import Missing
from voiceagent.testing.rehearsal.virtual_time import VirtualTimeLoop


def test_a_caller_is_heard_answered_and_stops_the_agent(tmp_path):
    agent = read_agent(create_agent("my-line", tmp_path))
    equipment = AudioEquipment(agent.profile)

    async def main() -> None:
        call = RehearsedCall(agent, AudioLine(equipment))
        await call.begin()
        await call.says("what are your opening hours")
        await call.heard("For which day", within=2.5)
        await call.says("on wednesday")
        await call.used("my_line.opening_hours", {"day": "Wednesday"})
        await call.overlaps("what are your opening hours on saturday", at=0.6)
        await call.heard("On Wednesday we are", interrupted=True)
        await call.heard("on Saturday we are closed")
        with pytest.raises(Missing, match="'on Monday'"):
            await call.heard("on Monday")
        await call.hangs_up()

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(main())
