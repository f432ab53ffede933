"""One transaction of one tenant. `commit` here is the only commit; without it everything is undone."""

from contextlib import ExitStack
from datetime import datetime
from types import TracebackType
from typing import Self

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from voiceagent.core.ids import TenantId
from voiceagent.records.engine import store_errors, text_errors
from voiceagent.records.repositories.agent_profiles import AgentProfileRepository
from voiceagent.records.repositories.api_keys import ApiKeyRepository, find_api_key
from voiceagent.records.repositories.audit import AuditRepository
from voiceagent.records.repositories.call_contents import CallContentRepository
from voiceagent.records.repositories.calls import CallRepository
from voiceagent.records.repositories.campaign_contacts import CampaignContactRepository
from voiceagent.records.repositories.campaigns import CampaignRepository
from voiceagent.records.repositories.dnc import DncRepository
from voiceagent.records.repositories.dossiers import DossierRepository
from voiceagent.records.repositories.erasure_items import ErasureItemRepository
from voiceagent.records.repositories.erasures import ErasureRepository
from voiceagent.records.repositories.exports import ExportRepository
from voiceagent.records.repositories.handing_over import CallbackRepository, TransferRepository
from voiceagent.records.repositories.jobs import JobRepository
from voiceagent.records.repositories.legal_holds import LegalHoldRepository
from voiceagent.records.repositories.numbers import NumberRepository
from voiceagent.records.repositories.outbound import OutboundRepository
from voiceagent.records.repositories.outbound_calls import OutboundCallRepository
from voiceagent.records.repositories.personal_data import PersonalDataRepository
from voiceagent.records.repositories.prompt_texts import PromptTextRepository
from voiceagent.records.repositories.retention import RetentionRepository
from voiceagent.records.repositories.tenants import TenantRepository
from voiceagent.records.repositories.trunks import TrunkRepository
from voiceagent.records.repositories.users import UserRepository
from voiceagent.records.repositories.webhooks import WebhookRepository
from voiceagent.records.tenancy.context import bind_to_tenant
from voiceagent.records.values import ApiKey


class UnitOfWork:
    """`async with records.unit_of_work(tenant_id) as work: … await work.commit()`. Raises StoreUnavailable."""

    def __init__(self, engine: AsyncEngine, tenant_id: TenantId) -> None:
        self._session = AsyncSession(engine, expire_on_commit=False)
        bind_to_tenant(self._session, tenant_id)
        self._errors = ExitStack()
        self.users = UserRepository(self._session, tenant_id)
        self.tenants = TenantRepository(self._session)
        self.trunks = TrunkRepository(self._session, tenant_id)
        self.numbers = NumberRepository(self._session, tenant_id)
        self.agent_profiles = AgentProfileRepository(self._session, tenant_id)
        self.prompt_texts = PromptTextRepository(self._session, tenant_id)
        self.calls = CallRepository(self._session, tenant_id)
        self.contents = CallContentRepository(self._session, tenant_id)
        self.dossiers = DossierRepository(self._session, tenant_id)
        self.exports = ExportRepository(self._session, tenant_id)
        self.jobs = JobRepository(self._session, tenant_id)
        self.transfers = TransferRepository(self._session, tenant_id)
        self.callbacks = CallbackRepository(self._session, tenant_id)
        self.webhooks = WebhookRepository(self._session, tenant_id)
        self.outbound = OutboundRepository(self._session, tenant_id)
        self.outbound_calls = OutboundCallRepository(self._session, tenant_id)
        self.campaigns = CampaignRepository(self._session, tenant_id)
        self.campaign_contacts = CampaignContactRepository(self._session, tenant_id)
        self.dnc = DncRepository(self._session, tenant_id)
        self.retention = RetentionRepository(self._session, tenant_id)
        self.legal_holds = LegalHoldRepository(self._session, tenant_id)
        self.erasures = ErasureRepository(self._session, tenant_id)
        self.erasure_items = ErasureItemRepository(self._session, tenant_id)
        self.api_keys = ApiKeyRepository(self._session, tenant_id)
        self.personal_data = PersonalDataRepository(self._session, tenant_id)
        self.audit = AuditRepository(self._session, tenant_id)

    @property
    def session(self) -> AsyncSession:
        """For what reads across repositories."""
        return self._session

    async def commit(self) -> None:
        await self._session.commit()

    async def __aenter__(self) -> Self:
        self._errors.enter_context(store_errors())
        self._errors.enter_context(text_errors())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()
        self._errors.__exit__(kind, error, trace)


class Records:
    """The door to Postgres: one per process."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine

    def unit_of_work(self, tenant_id: TenantId) -> UnitOfWork:
        return UnitOfWork(self.engine, tenant_id)

    async def find_api_key(self, sha256: str) -> ApiKey | None:
        """The key of any tenant with that hash: it is what tells us the tenant. Raises StoreUnavailable."""
        with store_errors():
            async with AsyncSession(self.engine) as session:
                return await find_api_key(session, sha256)

    async def note_use(self, key: ApiKey, now: datetime) -> None:
        """Remember when a key was used last. Raises StoreUnavailable."""
        async with self.unit_of_work(TenantId(key.tenant_id)) as work:
            await work.api_keys.touch(key.id, now)
            await work.commit()

    async def ping(self) -> None:
        """Raises StoreUnavailable when Postgres does not answer."""
        with store_errors():
            async with self.engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
