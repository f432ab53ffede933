"""The worker process: the interaction model, the recogniser and the voice behind one WebSocket per call."""

import asyncio

from voiceagent.apps.http_serving import serve_http
from voiceagent.apps.presence import announce_worker
from voiceagent.apps.process import ProcessContext, run_process
from voiceagent.apps.profiles import load_profiles
from voiceagent.apps.recognisers import load_recognisers
from voiceagent.config.settings import WorkerSettings
from voiceagent.control.connection import RedisConnection
from voiceagent.conversation.profile import VoiceChoice
from voiceagent.core.clock import SystemClock
from voiceagent.interaction.contract import DuplexModel
from voiceagent.speech.contract import Voice
from voiceagent.worker.scheduler import TurnScheduler
from voiceagent.worker.server import WorkerParts, WorkerServer


async def main(context: ProcessContext) -> None:
    """Load the model, serve sessions, keep the lease table informed that we are here."""
    from voiceagent.speech.espeak import EspeakVoice

    settings = context.settings.worker
    voices: dict[VoiceChoice, Voice] = {}

    def voice(choice: VoiceChoice) -> Voice:
        if choice not in voices:
            voices[choice] = EspeakVoice(choice)
        return voices[choice]

    model = _load_model(settings)
    scheduler = TurnScheduler(model, SystemClock())
    recogniser = load_recognisers(context.settings, load_profiles(context.settings).values())
    server = WorkerServer(
        WorkerParts(
            worker_id=context.instance,
            scheduler=scheduler,
            recogniser=recogniser,
            make_voice=voice,
            token=context.secrets.worker_token,
        )
    )
    redis = RedisConnection(context.settings.redis_url)
    async with asyncio.TaskGroup() as tasks:
        announcing = tasks.create_task(announce_worker(context, redis, slots=model.slots))
        await serve_http(server.app, settings, context)
        announcing.cancel()
    await redis.close()


def _load_model(settings: WorkerSettings) -> DuplexModel:
    """The model of the chosen backend. Raises ConfigError that says what it lacks."""
    if settings.backend == "moshi":
        from voiceagent.interaction.backends.moshi_start import load_moshi

        return load_moshi(settings.weights, slots=settings.slots, device=settings.device)
    from voiceagent.interaction.backends.native import load_native

    return load_native(settings.preset, settings.checkpoint, slots=settings.slots, threads=settings.threads)


if __name__ == "__main__":
    run_process("worker", main)
