"""Questions about outbound calls and consents to be called, as API clients see them. Fields are only ever added."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from voiceagent.api.one_line import ONE_LINE
from voiceagent.compliance.rules.rules import ConsentKind, Purpose
from voiceagent.telephony.e164 import canonical

_E164 = r"^\+[1-9][0-9]{6,14}$"
Number = Annotated[
    str,
    Field(pattern=_E164, description="E.164. Personal data; only its HMAC is stored."),
    AfterValidator(canonical),
]
Line = Annotated[
    str, Field(pattern=_E164, description="The number of ours that they see; there is no other caller id.")
]
Campaign = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[\w.:-]+$")]
Sha256 = Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")]


class OutboundQuestionBody(BaseModel):
    """May this number be called now, for this?"""

    model_config = ConfigDict(extra="forbid")

    number: Number
    purpose: Purpose
    campaign: Campaign
    callee_place: str = Field(
        "",
        max_length=6,
        description="Where they are known to be, as `US-FL` or `DE`: its time counts instead of the number's, "
        "and its rules beside those of the number.",
    )
    human_intro: bool = Field(default=False, description="A person speaks first.")
    exemption: str = Field("", max_length=200, pattern=ONE_LINE, description="Why none has to. Kept with the decision.")


class OutboundCheck(BaseModel):
    """One rule that was asked; `code` says what would be wrong."""

    model_config = ConfigDict(from_attributes=True)

    code: str
    passed: bool
    detail: str


class OutboundDecision(BaseModel):
    """What was decided, and by which rules. `rules_sha256` is of the packs' names and hashes."""

    id: str
    at: datetime
    allowed: bool
    code: str = Field(description="The first check that failed; empty when the call is allowed.")
    purpose: Purpose
    campaign: str
    checks: list[OutboundCheck]
    rules: list[str]
    rules_sha256: str
    unsigned_rules: list[str] = Field(description="Packs among them that nobody signed.")


class OutboundEvidence(OutboundDecision):
    """A decision with all that it follows from."""

    evidence: dict[str, Any] = Field(description="Question, facts, packs and decision as they were.")
    evidence_sha256: str
    replayed: bool | None = Field(
        description="Whether deciding again gives the same; null when one of its packs is not installed any more."
    )


class OutboundConsentBody(BaseModel):
    """A consent to be called, with the evidence that 16 CFR 310.5(a)(8) asks for."""

    model_config = ConfigDict(extra="forbid")

    number: Number
    seller: str = Field(min_length=1, max_length=200, pattern=ONE_LINE, description="Whose calls were agreed to.")
    kind: ConsentKind
    campaigns: list[Campaign] = Field(default_factory=list, max_length=50, description="Empty: all of the seller's.")
    captured_at: AwareDatetime
    expires_at: AwareDatetime | None = None
    source: str = Field(
        min_length=1, max_length=200, pattern=ONE_LINE, description="Where it was given: a form, a call, a paper."
    )
    artefact_url: str = Field(
        "", max_length=500, pattern=ONE_LINE, description="Where a copy of what they saw and signed lies."
    )
    artefact_sha256: Sha256 = ""
    disclosure_sha256: Sha256 = Field("", description="Of the text that they agreed to.")
    signature_method: str = Field(
        "", max_length=100, pattern=ONE_LINE, description="As E-SIGN has it; asked for with PEWC."
    )

    @model_validator(mode="after")
    def _has_its_evidence(self) -> "OutboundConsentBody":
        if self.kind is ConsentKind.PEWC and not (self.artefact_url and self.artefact_sha256 and self.signature_method):
            raise ValueError("written consent has artefact_url, artefact_sha256 and signature_method")
        if self.expires_at is not None and self.expires_at <= self.captured_at:
            raise ValueError("expires_at is not after captured_at")
        return self


class OutboundConsent(BaseModel):
    """A stored consent; its number is not shown, since it is not kept."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    seller: str
    kind: ConsentKind
    campaigns: list[str]
    captured_at: datetime
    expires_at: datetime | None
    source: str
    recorded_at: datetime
    revoked_at: datetime | None
