"""What the gateway tells the rest of the house about calls that arrive: plain values, no library objects."""

from dataclasses import dataclass

from voiceagent.core.termination import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class SipOffer:
    """A call that may come in. `caller` is PII; `callee` is the number as listed in the directory."""

    caller: str
    callee: str
    trunk_name: str
    profile: str
    sip_call_id: str
    source: str  # ip:port; PII


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A call that was turned away, by a rule of ours or by the SIP stack itself. Fields are "" when unreadable."""

    caller: str  # PII
    callee: str  # as dialled
    trunk_name: str
    sip_call_id: str
    source: str  # PII
    sip_code: int
    reason: Reason
    explanation: str

    @property
    def source_ip(self) -> str:
        """Where it came from, without the port, which a scanner changes at will. PII."""
        return self.source.rpartition(":")[0]
