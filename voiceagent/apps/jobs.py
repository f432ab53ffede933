"""The jobs process: writes the event stream to Postgres, closes the calls of lost gateways, does what waits, has
campaigns call, signs the audit log."""

import asyncio
from datetime import datetime
from functools import partial

import structlog

from voiceagent.apps.blobs import note_bucket, opened_blobs
from voiceagent.apps.campaigns import campaign_dialler, run_campaigns
from voiceagent.apps.crm import open_crm
from voiceagent.apps.erasure import Erasure
from voiceagent.apps.erasure_parts import ErasureParts
from voiceagent.apps.export_jobs import LONGEST_S, ExportWriting
from voiceagent.apps.object_holds import ObjectHolds
from voiceagent.apps.process import ProcessContext, run_process
from voiceagent.apps.purge import Purge
from voiceagent.apps.schedules import schedules_of
from voiceagent.apps.to_the_end import to_the_end
from voiceagent.apps.tombstone_replay import tombstones_of
from voiceagent.apps.wrapping_keys import opened_keys
from voiceagent.background.crm_on_demand import CrmOnDemand
from voiceagent.background.webhooks.delivery import WebhookDelivery
from voiceagent.background.webhooks.destination import AllowedNetworks
from voiceagent.background.write_back import WriteBack
from voiceagent.compliance.exports.export import CallExport
from voiceagent.compliance.exports.package_store import PackageStore
from voiceagent.compliance.exports.person import SubjectParts
from voiceagent.compliance.signing_identity import SigningIdentity, load_or_make
from voiceagent.config import number_pepper
from voiceagent.config.audit_keys import anchors_folder, load_or_make_signing_key, public_keys
from voiceagent.config.job_settings import JobSettings
from voiceagent.config.pepper_files import load_or_make_pepper
from voiceagent.config.settings import Settings
from voiceagent.control.connection import RedisConnection
from voiceagent.control.forgetting import RedisForgetting
from voiceagent.control.presence import Grace, Presence
from voiceagent.control.streams import EventLine, EventReader, EventStream
from voiceagent.core.clock import Clock, SystemClock
from voiceagent.core.errors import StoreUnavailable
from voiceagent.core.ids import CallId
from voiceagent.records.at_rest.data_keys import DataKeys
from voiceagent.records.at_rest.encryption import ENCRYPT_RECORDING, RecordingEncryption
from voiceagent.records.at_rest.keys import KeyProvider
from voiceagent.records.at_rest.stored_recordings import StoredRecordings
from voiceagent.records.audit.anchors import AnchorFiles
from voiceagent.records.audit.checkpoints import CheckpointWriter
from voiceagent.records.blobs.kept_blobs import KeptBlobs
from voiceagent.records.erasing.sealed_names import EXPORT, SealedNames
from voiceagent.records.erasure_values import ERASE
from voiceagent.records.intake import RecordsIntake
from voiceagent.records.jobs.retries import RetryPolicy
from voiceagent.records.jobs.worker import Handler, JobWorker, Order, WorkerOptions
from voiceagent.records.opening import open_engine
from voiceagent.records.purging.store import PURGE
from voiceagent.records.reaper import Reaper
from voiceagent.records.repositories.exports import WRITE_EXPORT
from voiceagent.records.retention_values import FOLLOW_HOLD
from voiceagent.records.tenancy.check import Sees
from voiceagent.records.unit_of_work import Records
from voiceagent.records.webhooks.books import WebhookBooks
from voiceagent.records.webhooks.outbox import DELIVER
from voiceagent.records.write_backs import WRITE_BACK, WriteBacks
from voiceagent.records.writer import RecordsWriter
from voiceagent.telephony.event_codec import encode

_log = structlog.get_logger(__name__)
_LOOK_S = 1.0
_REST_S = 5.0
_GRACE_S = 5.0  # after a restart of Redis everybody looks lost until the next heartbeat


async def main(context: ProcessContext) -> None:
    """Run the loops until told to stop."""
    async with opened_keys(context.settings) as provider, opened_blobs(context.settings) as blobs:
        await _run(context, provider, blobs)


async def _run(context: ProcessContext, provider: KeyProvider, blobs: KeptBlobs) -> None:
    settings = context.settings
    engine = await open_engine(settings.jobs_database, Sees.EVERY_TENANT, pool_size=5 + settings.jobs.concurrency)
    redis = RedisConnection(settings.redis_url)
    writer = RecordsWriter(engine)
    reader = EventReader(redis, f"jobs-{context.index}")
    intake = RecordsIntake(reader, writer)
    # Opened late: what is wrong with the CRM must not keep records from being written
    clock, crm = SystemClock(), CrmOnDemand(partial(open_crm, settings))
    keys, holds = DataKeys(engine, provider), ObjectHolds(Records(engine), blobs, clock)
    purge = _purge(settings, Records(engine), blobs, clock)
    streams = RedisForgetting(redis)
    names = SealedNames(provider)
    erasures = _erasures(settings, Records(engine), names, streams, blobs, clock)
    webhooks = WebhookDelivery(
        WebhookBooks(engine),
        context.secrets.webhook_key.encode(),
        AllowedNetworks(settings.webhooks.allow_networks),
        clock,
    )
    key = await asyncio.to_thread(load_or_make_signing_key, settings.state_dir)
    handlers = {
        WRITE_BACK: _writing_back(WriteBack(WriteBacks(engine), crm.connector, clock)),
        ENCRYPT_RECORDING: _encrypting(RecordingEncryption(engine, keys, blobs, clock, holds.is_held)),
        DELIVER: _delivering(webhooks),
        PURGE: _purging(purge),
        FOLLOW_HOLD: holds.run,
        ERASE: _erasing(Erasure(erasures)),
        WRITE_EXPORT: _exports(
            settings, Records(engine), StoredRecordings(blobs, keys), names.of_kind(EXPORT), clock
        ).run,
    }
    dialler = campaign_dialler(settings, Records(engine), redis, provider, clock)
    schedules = schedules_of(settings, Records(engine), purge, erasures, streams, clock)
    checkpoints = CheckpointWriter(engine, key, AnchorFiles(anchors_folder(settings.state_dir)), clock)
    async with asyncio.TaskGroup() as tasks:
        loops = [
            tasks.create_task(intake.run()),
            tasks.create_task(_reap(redis, Reaper(engine, writer, settings.state_dir / "recordings"))),
            tasks.create_task(crm.run()),
            tasks.create_task(checkpoints.run()),
            tasks.create_task(run_campaigns(dialler)),
            tasks.create_task(note_bucket(settings)),
        ]
        worker = JobWorker(engine, handlers, clock, _options(settings.jobs), schedules)
        jobs = tasks.create_task(worker.run())
        context.ready()
        await context.stop.wait()
        await _write_the_rest(reader)
        jobs.cancel()
        await asyncio.wait([jobs])  # what still runs may need the CRM
        for loop in loops:
            loop.cancel()
    await webhooks.close()
    await _sign_the_rest(checkpoints)
    await redis.close()
    await engine.dispose()


def _writing_back(write_back: WriteBack) -> Handler:
    async def handle(order: Order) -> None:
        await write_back.run(order.tenant_id, CallId(order.arguments["call_id"]))

    return handle


def _encrypting(encryption: RecordingEncryption) -> Handler:
    async def handle(order: Order) -> None:
        await encryption.run(order.tenant_id, order.arguments["recording_id"])

    return handle


def _delivering(webhooks: WebhookDelivery) -> Handler:
    async def handle(order: Order) -> None:
        await webhooks.run(order.tenant_id, order.arguments["delivery_id"])

    return handle


def _purge(settings: Settings, records: Records, blobs: KeptBlobs, clock: Clock) -> Purge:
    pepper = partial(load_or_make_pepper, settings.state_dir)
    return Purge(records, blobs, settings.retention.rules, pepper, clock)


def _purging(purge: Purge) -> Handler:
    async def handle(order: Order) -> None:
        await purge.run(order.tenant_id, order.arguments["run_id"])

    return handle


def _erasures(
    settings: Settings, records: Records, names: SealedNames, streams: RedisForgetting, blobs: KeptBlobs, clock: Clock
) -> ErasureParts:
    state = settings.state_dir
    return ErasureParts(
        records=records,
        blobs=blobs,
        rules=settings.retention.rules,
        names=names,
        pepper=partial(load_or_make_pepper, state),
        number_pepper=number_pepper.load_or_make_pepper(state),
        identity=lambda: load_or_make(state / "signing", "voiceagent", clock.now()),
        tombstones=tombstones_of(settings),
        packages=PackageStore(state / "exports"),
        clock=clock,
        forget_streams=streams.forget,
        home=settings.rules.home_country,
    )


def _erasing(erasure: Erasure) -> Handler:
    async def handle(order: Order) -> None:
        await erasure.run(order.tenant_id, order.arguments["request_id"])

    return handle


def _exports(
    settings: Settings, records: Records, recordings: StoredRecordings, names: SealedNames, clock: Clock
) -> ExportWriting:
    def identity_of(organisation: str, now: datetime) -> SigningIdentity:
        return load_or_make(settings.state_dir / "signing", f"voiceagent {organisation}"[:64], now)

    subject_parts = SubjectParts(
        pepper=partial(load_or_make_pepper, settings.state_dir),
        number_pepper=number_pepper.load_or_make_pepper(settings.state_dir),
        rules=settings.retention.rules,
        notice=settings.privacy.notice,
        home=settings.rules.home_country,
    )
    export = CallExport(
        records,
        recordings,
        aside=to_the_end,
        audit_keys=public_keys(settings.state_dir),
        subject_parts=subject_parts,
    )
    return ExportWriting(export, records, PackageStore(settings.state_dir / "exports"), identity_of, names, clock)


def _options(settings: JobSettings) -> WorkerOptions:
    retries = RetryPolicy(
        attempts=settings.attempts, first_wait_s=settings.first_wait_s, longest_wait_s=settings.longest_wait_s
    )
    return WorkerOptions(
        concurrency=settings.concurrency,
        silent_s=settings.silent_s,
        retries=retries,
        longest_of={WRITE_EXPORT: LONGEST_S},
    )


async def _write_the_rest(reader: EventReader) -> None:
    """Gateways stop before us: what they said last is in the stream. What cannot be stored now waits in Redis."""
    try:
        async with asyncio.timeout(_REST_S):
            while await reader.waiting():  # noqa: ASYNC110 - Redis does not say when a stream is empty
                await asyncio.sleep(0.05)
    except (TimeoutError, StoreUnavailable) as error:
        _log.warning("events are left for the next start", problem=str(error))


async def _sign_the_rest(checkpoints: CheckpointWriter) -> None:
    """All other processes have ended: what they did last is signed before nobody looks after the log."""
    try:
        async with asyncio.timeout(_REST_S):
            await checkpoints.write(all_of_it=True)
    except TimeoutError:
        _log.warning("the end of the audit log is signed at the next start")


async def _reap(redis: RedisConnection, reaper: Reaper) -> None:
    """Close calls whose gateway has said nothing for the grace; what it spooled still arrives and wins."""
    presence, live, clock, grace = Presence(redis), EventStream(redis), SystemClock(), Grace(_GRACE_S)
    while True:
        await asyncio.sleep(_LOOK_S)
        try:
            lost = {gateway.gateway_id: gateway for gateway in await presence.lost_gateways()}
            for gateway_id in grace.overdue(tuple(lost), clock.monotonic()):
                reaped = await reaper.close(tuple(lost[gateway_id].calls), clock.now())
                await live.show([EventLine(call_id=r.call_id, seq=r.seq, line=encode(r)) for r in reaped.closed])
                _log.warning("calls of a lost gateway closed", gateway_id=gateway_id, events=len(reaped.closed))
                if not reaped.unknown:
                    await presence.forget_gateway(gateway_id)
        except StoreUnavailable as error:
            _log.warning("reaper waits for its stores", problem=str(error))


if __name__ == "__main__":
    run_process("jobs", main)
