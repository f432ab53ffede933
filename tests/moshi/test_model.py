"""What goes into Moshi comes to bear, and what it says by itself comes out."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from voiceagent.core.clock import SystemClock
from voiceagent.interaction.backends.moshi import MoshiModel
from voiceagent.interaction.contract import MicroTurnIn, MicroTurnOut, SessionContext
from voiceagent.interaction.engine.engine import Engine
from voiceagent.testing.duplex_contract import noise, said
from voiceagent.worker.scheduler import TurnScheduler

MakeMoshi = Callable[..., MoshiModel]


def _talk(model: MoshiModel, turns: list[MicroTurnIn]) -> list[MicroTurnOut]:
    slot = model.open(SessionContext())
    return [model.step({slot: turn})[slot] for turn in turns]


def test_a_micro_turn_is_eighty_milliseconds(make_moshi: MakeMoshi):
    assert make_moshi(1).tick_ms == 80


@pytest.mark.parametrize(
    "change",
    [
        lambda turn: replace(turn, caller_pcm=turn.caller_pcm // 2),
        lambda turn: replace(turn, agent_pcm=turn.agent_pcm[::-1].copy()),
        lambda turn: replace(turn, agent_words=("goodbye",)),
    ],
    ids=["caller", "agent as played", "words as played"],
)
def test_everything_that_is_heard_comes_to_bear(make_moshi: MakeMoshi, change: Callable[[MicroTurnIn], MicroTurnIn]):
    model = make_moshi(1)
    turns = [noise(model, seed, speaking=True) for seed in range(4)] + [noise(model, seed) for seed in range(4, 8)]
    changed = [change(turn) if number == 3 else turn for number, turn in enumerate(turns)]

    before, after = _talk(model, turns), _talk(make_moshi(1), changed)
    assert [said(out) for out in before[:3]] == [said(out) for out in after[:3]]
    assert [out.floor for out in before[4:]] != [out.floor for out in after[4:]]


def test_a_judge_of_the_floor_makes_no_audio(make_moshi: MakeMoshi):
    model = make_moshi(1)

    assert all(out.own_speech is None for out in _talk(model, [noise(model, seed) for seed in range(4)]))


def test_a_speaker_is_heard_where_the_platform_is_silent(make_moshi: MakeMoshi):
    """The first micro-turn of its own is lost each time: a frame is whole when its late codes are there."""
    model = make_moshi(1, speaks=True)
    platform_speaks = [False] * 4 + [True] * 3 + [False] * 3
    outs = _talk(model, [noise(model, seed, speaking=speaks) for seed, speaks in enumerate(platform_speaks)])

    heard = [out.own_speech for out in outs]
    assert [own is not None for own in heard] == [False, *[True] * 3, *[False] * 3, False, True, True]
    assert all(len(own.pcm) == 1280 and own.pcm.std() > 0 for own in heard if own and own.pcm is not None)
    assert any(own.text.strip() for own in heard if own)


def test_own_speech_played_back_is_not_taken_for_the_platforms(make_moshi: MakeMoshi):
    model = make_moshi(1, speaks=True)
    echo = [replace(noise(model, seed), agent_pcm=np.full(1280, 900, np.int16)) for seed in range(5)]

    assert _talk(model, echo)[-1].own_speech is not None


def test_the_engine_serves_calls_that_are_out_of_step(make_moshi: MakeMoshi):
    engine = Engine(make_moshi(3))
    slots = [engine.open(SessionContext()) for _ in range(3)]
    for seed in range(6):
        for slot in slots[: 1 + seed % 3]:
            engine.offer(slot, noise(engine.model, seed + slot), now=0.0)
        engine.step(now=0.01)

    assert engine.counters.turns == 12
    assert engine.counters.refused_turns == 0


async def test_a_worker_runs_it_in_its_engine_thread(make_moshi: MakeMoshi):
    import asyncio

    model = make_moshi(2)
    scheduler = TurnScheduler(model, SystemClock())
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(scheduler.run())
        slots = [await scheduler.open(SessionContext()) for _ in range(2)]
        outs = await asyncio.gather(*(scheduler.turn(slot, noise(model, slot)) for slot in slots))
        for slot in slots:
            await scheduler.close(slot)
        running.cancel()

    assert all(0.0 <= out.floor.speak <= 1.0 for out in outs)
