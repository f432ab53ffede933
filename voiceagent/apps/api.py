"""The admin API process."""

from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial

from voiceagent.api.app import create_app
from voiceagent.api.parts import ApiParts
from voiceagent.api.rate_limits import Limits
from voiceagent.apps.blobs import opened_blobs
from voiceagent.apps.http_serving import serve_http
from voiceagent.apps.process import ProcessContext, run_process
from voiceagent.apps.rules import rules_of_process
from voiceagent.apps.sign_in import opened_sign_in
from voiceagent.apps.wrapping_keys import opened_keys
from voiceagent.background.webhooks.destination import destination_of
from voiceagent.background.webhooks.signing import secret_of
from voiceagent.compliance.exports.links import link_key
from voiceagent.compliance.exports.package_store import PackageStore
from voiceagent.compliance.read_budget import ReadBudget
from voiceagent.config.http_settings import LimitSettings
from voiceagent.config.number_pepper import load_or_make_pepper
from voiceagent.config.pepper_files import load_or_make_pepper as load_or_make_tenant_pepper
from voiceagent.control.connection import RedisConnection
from voiceagent.control.rate_limits import RateLimit
from voiceagent.core.clock import SystemClock
from voiceagent.gateways.webrtc.tokens import TalkTokens
from voiceagent.records.at_rest.contact_seal import ContactSeals
from voiceagent.records.at_rest.data_keys import DataKeys
from voiceagent.records.at_rest.stored_recordings import StoredRecordings
from voiceagent.records.erasing.sealed_names import SealedNames
from voiceagent.records.opening import open_engine
from voiceagent.records.tenancy.check import Sees
from voiceagent.records.unit_of_work import Records


async def main(context: ProcessContext) -> None:
    """Serve until told to stop."""
    settings = context.settings
    clock = SystemClock()
    engine = await open_engine(settings.database_url, Sees.ONE_TENANT)
    redis = RedisConnection(settings.redis_url)
    records = Records(engine)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(engine.dispose)
        stack.push_async_callback(redis.close)
        blobs = await stack.enter_async_context(opened_blobs(settings))
        keys = await stack.enter_async_context(opened_keys(settings))
        sign_in = await stack.enter_async_context(opened_sign_in(settings, records, clock))
        parts = ApiParts(
            records=records,
            redis=redis,
            talk_tokens=TalkTokens(context.secrets.webrtc_key.encode()),
            recordings=StoredRecordings(blobs, DataKeys(engine, keys)),
            clock=clock,
            webhook_secret_of=partial(secret_of, context.secrets.webhook_key.encode()),
            check_webhook_url=destination_of,
            rules=rules_of_process(settings.rules, clock),
            number_pepper=load_or_make_pepper(settings.state_dir),
            sealed_names=SealedNames(keys),
            contact_seals=ContactSeals(keys),
            tenant_pepper=partial(load_or_make_tenant_pepper, settings.state_dir),
            packages=PackageStore(settings.state_dir / "exports"),
            export_link_key=link_key(context.secrets.webhook_key.encode()),
            retention=settings.retention.rules,
            talk_url=f"http://{settings.webrtc.host}:{settings.webrtc.port}/talk",
            home_country=settings.rules.home_country,
            limits=limits_of(settings.api.limits),
            raw_reads=ReadBudget(
                people=settings.api.limits.raw_reads_per_day, systems=settings.api.limits.system_raw_reads_per_day
            ),
            cancel_window=timedelta(hours=settings.privacy.cancel_window_hours),
            sign_in=sign_in,
        )
        await serve_http(create_app(parts), settings.api, context, trusted_proxies=settings.api.trusted_proxies)


def limits_of(settings: LimitSettings) -> Limits:
    """The settings as the API takes them."""
    return Limits(
        address=RateLimit(per_s=settings.address_per_s, size=settings.address_burst),
        key=RateLimit(per_s=settings.key_per_s, size=settings.key_burst),
        failures=RateLimit(per_s=settings.failures_per_minute / 60, size=settings.failures_burst),
    )


if __name__ == "__main__":
    run_process("api", main)
