"""One module per table. Importing this package fills `Base.metadata`."""

from voiceagent.records.models.agent_profiles import AgentProfileModel
from voiceagent.records.models.api_keys import ApiKeyModel
from voiceagent.records.models.audit import AuditCheckpointModel, AuditDetailModel, AuditEntryModel
from voiceagent.records.models.call_events import CallEventModel
from voiceagent.records.models.call_legs import CallLegModel
from voiceagent.records.models.calls import CallModel
from voiceagent.records.models.campaigns import CampaignContactModel, CampaignModel
from voiceagent.records.models.consent_events import ConsentClipModel, ConsentEventModel, PromptTextModel
from voiceagent.records.models.data_keys import DataKeyModel
from voiceagent.records.models.effects import EffectModel
from voiceagent.records.models.erasures import ErasureItemModel, ErasureRequestModel, ErasureTombstoneModel
from voiceagent.records.models.exports import ExportModel
from voiceagent.records.models.job_attempts import JobAttemptModel
from voiceagent.records.models.numbers import NumberModel
from voiceagent.records.models.outbound import (
    DncEntryModel,
    DncSourceModel,
    OutboundCallModel,
    OutboundConsentModel,
    OutboundDecisionModel,
)
from voiceagent.records.models.recordings import RecordingModel
from voiceagent.records.models.retention import (
    CallPurgeModel,
    CallTagModel,
    LegalHoldModel,
    PurgeRunModel,
    RetentionPolicyModel,
)
from voiceagent.records.models.tenants import TenantModel
from voiceagent.records.models.tool_calls import ToolCallModel
from voiceagent.records.models.transcript_segments import TranscriptSegmentModel
from voiceagent.records.models.transfers import CallbackModel, TransferModel
from voiceagent.records.models.trunks import TrunkModel
from voiceagent.records.models.users import UserModel
from voiceagent.records.models.webhooks import WebhookDeliveryModel, WebhookEndpointModel
from voiceagent.records.models.write_backs import WriteBackModel

__all__ = [
    "AgentProfileModel",
    "ApiKeyModel",
    "AuditCheckpointModel",
    "AuditDetailModel",
    "AuditEntryModel",
    "CallEventModel",
    "CallLegModel",
    "CallModel",
    "CallPurgeModel",
    "CallTagModel",
    "CallbackModel",
    "CampaignContactModel",
    "CampaignModel",
    "ConsentClipModel",
    "ConsentEventModel",
    "DataKeyModel",
    "DncEntryModel",
    "DncSourceModel",
    "EffectModel",
    "ErasureItemModel",
    "ErasureRequestModel",
    "ErasureTombstoneModel",
    "ExportModel",
    "JobAttemptModel",
    "LegalHoldModel",
    "NumberModel",
    "OutboundCallModel",
    "OutboundConsentModel",
    "OutboundDecisionModel",
    "PromptTextModel",
    "PurgeRunModel",
    "RecordingModel",
    "RetentionPolicyModel",
    "TenantModel",
    "ToolCallModel",
    "TranscriptSegmentModel",
    "TransferModel",
    "TrunkModel",
    "UserModel",
    "WebhookDeliveryModel",
    "WebhookEndpointModel",
    "WriteBackModel",
]
