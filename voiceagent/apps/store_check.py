"""Doctor's look at Postgres and Redis: whether they answer, and whether tenants are kept apart."""

from voiceagent.apps.finding import Finding
from voiceagent.config.settings import Settings
from voiceagent.core.errors import VoiceagentError


def check_stores(settings: Settings) -> list[Finding]:
    """One finding or more for each store; nothing is changed."""
    return [
        *(_postgres(settings) if settings.database_url else [_embedded("postgres", "VOICEAGENT_DATABASE_URL")]),
        _redis(settings.redis_url) if settings.redis_url else _embedded("redis", "VOICEAGENT_REDIS_URL"),
    ]


def _embedded(what: str, variable: str) -> Finding:
    return Finding(what=what, ok=True, found=f"embedded ({variable} is not set)")


def _postgres(settings: Settings) -> list[Finding]:
    from voiceagent.records.migrate import current, expected

    try:
        at, wanted = current(settings.database_url), expected()
    except VoiceagentError as error:
        remedy = f"check VOICEAGENT_DATABASE_URL: {error}"
        return [Finding(what="postgres", ok=False, found="does not answer", remedy=remedy)]
    remedy = "run `voiceagent migrate`"
    schema = Finding(what="postgres", ok=at == wanted, found=f"schema {at or 'empty'}", remedy=remedy)
    return [schema, *(_tenants(settings) if schema.ok else [])]


def _tenants(settings: Settings) -> list[Finding]:
    """Whether Postgres keeps them apart for the two logins: what processes ask before they serve."""
    from voiceagent.records.opening import look
    from voiceagent.records.tenancy.check import Sees

    findings = []
    for sees, url in ((Sees.ONE_TENANT, settings.database_url), (Sees.EVERY_TENANT, settings.jobs_database)):
        try:
            login, wrong = look(url, sees)
        except VoiceagentError as error:
            login, wrong = "?", [f"check VOICEAGENT_DATABASE_JOBS_URL: {error}"]
        what = "login of the API" if sees is Sees.ONE_TENANT else "login of jobs"
        findings.append(Finding(what=what, ok=not wrong, found=login, remedy="; ".join(wrong)))
    return findings


def _redis(url: str) -> Finding:
    from voiceagent.control.connection import ping_once

    try:
        found = ping_once(url)
    except VoiceagentError as error:
        return Finding(what="redis", ok=False, found="does not answer", remedy=f"check VOICEAGENT_REDIS_URL: {error}")
    return Finding(what="redis", ok=True, found=found)
