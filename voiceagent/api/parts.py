"""What the admin API works with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from voiceagent.api.ports import SignIn, TalkTokenIssuer
from voiceagent.api.rate_limits import USUAL, Limits
from voiceagent.api.resources.webhooks.service import SecretOf
from voiceagent.compliance.exports.package_store import PackageStore
from voiceagent.compliance.read_budget import ReadBudget
from voiceagent.compliance.retention.rules import Rules
from voiceagent.compliance.rules.book import RuleBook
from voiceagent.control.connection import RedisConnection
from voiceagent.core.clock import Clock
from voiceagent.core.ids import TenantId
from voiceagent.records.at_rest.contact_seal import ContactSeals
from voiceagent.records.at_rest.stored_recordings import StoredRecordings
from voiceagent.records.erasing.sealed_names import SealedNames
from voiceagent.records.export_values import CANCEL_WINDOW
from voiceagent.records.unit_of_work import Records


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiParts:
    """Opening and closing them is the business of the process.

    `number_pepper`: what numbers are hashed with; `tenant_pepper`: what the purge makes pseudonyms with.
    `packages`: where finished exports lie; `export_link_key` signs links to them.
    `talk_url`: the gateway's talk page as browsers reach it, "" when unknown.
    `home_country`: of numbers that are written without one, "" when unknown.
    `cancel_window`: how long a person's package is kept back before it may be taken.
    `raw_reads`: how much of what is not masked somebody opens in a day.
    `sign_in`: knows people; None where only API keys count.
    `retention`: defaults and legal limits; policies and holds are read for each request.
    """

    records: Records
    redis: RedisConnection
    talk_tokens: TalkTokenIssuer
    recordings: StoredRecordings
    webhook_secret_of: SecretOf
    check_webhook_url: Callable[[str], object]  # raises BadInput
    clock: Clock
    rules: RuleBook
    number_pepper: bytes = field(repr=False)
    sealed_names: SealedNames
    contact_seals: ContactSeals
    tenant_pepper: Callable[[TenantId], bytes] = field(repr=False)
    packages: PackageStore
    export_link_key: bytes = field(repr=False)
    talk_url: str = ""
    home_country: str = ""
    retention: Rules = field(default_factory=Rules)
    limits: Limits = USUAL
    raw_reads: ReadBudget = field(default_factory=ReadBudget)
    cancel_window: timedelta = CANCEL_WINDOW
    sign_in: SignIn | None = None
