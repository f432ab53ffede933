"""Decides on INVITEs: routing, digest and replay protection in one place. SIP thread only."""

import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace

from voiceagent.core.clock import Clock
from voiceagent.core.termination import Reason
from voiceagent.gateways.sip.invite import Invite
from voiceagent.telephony import digest
from voiceagent.telephony.digest import DigestCredentials, DigestOutcome, DigestVerdict, NonceSigner
from voiceagent.telephony.routing import Accepted, ChallengeNeeded, Directory, Refused, decide

DirectorySource = Callable[[], Directory]
_MAX_NONCES = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """Answer 401 with these WWW-Authenticate values."""

    headers: tuple[str, ...]


class ReplayGuard:
    """Remembers the highest nonce count used with each nonce, for as long as nonces live. Bounded: the oldest go."""

    def __init__(self, lifetime_s: float) -> None:
        self._lifetime_s = lifetime_s
        self._seen: OrderedDict[str, tuple[int, float]] = OrderedDict()  # nonce -> highest count, time of last use

    def accept(self, nonce: str, count: int, now_s: float) -> bool:
        """True when (nonce, count) was not used before; counts must grow (RFC 7616 section 3.4)."""
        while self._seen:
            oldest = next(iter(self._seen))
            if len(self._seen) <= _MAX_NONCES and now_s - self._seen[oldest][1] <= self._lifetime_s:
                break
            del self._seen[oldest]
        if count <= self._seen.get(nonce, (0, 0.0))[0]:
            return False
        self._seen[nonce] = (count, now_s)
        self._seen.move_to_end(nonce)
        return True


class Admission:
    """Applies the current directory to an INVITE."""

    def __init__(self, directory_source: DirectorySource, *, secret: bytes, lifetime_s: float, clock: Clock) -> None:
        self._directory_source = directory_source
        self._signer = NonceSigner(secret=secret or secrets.token_bytes(32), lifetime_s=lifetime_s)
        self._replays = ReplayGuard(lifetime_s)
        self._clock = clock

    def judge(self, invite: Invite) -> Accepted | Challenge | Refused:
        """What to do with `invite`."""
        if not invite.complete:
            return Refused(
                sip_code=400,
                reason=Reason.MALFORMED,
                explanation="the INVITE lacks a user in its request URI or a Call-ID: the sender is no ordinary trunk",
            )
        now_s = self._clock.now().timestamp()

        def verify(credentials: DigestCredentials) -> DigestVerdict:
            return self._verify(invite, credentials, now_s)

        decision = decide(self._directory_source(), invite.source_ip, invite.callee, verify)
        if isinstance(decision, Accepted) and invite.media_name:
            return Refused(
                sip_code=488,
                reason=Reason.UNSUPPORTED_REQUEST,
                # the library would ask DNS on the thread that all calls of this cell share
                explanation=f"the offer's `c=` names {invite.media_name}: have the carrier send an IP address",
                trunk_name=decision.trunk.name,
            )
        if not isinstance(decision, ChallengeNeeded):
            return decision
        nonce = self._signer.make(now_s, secrets.token_bytes(digest.RANDOM_BYTES))
        return Challenge(headers=digest.challenges(decision.credentials, nonce, stale=decision.stale))

    def trunk_name(self, invite: Invite) -> str:
        """The trunk that the source address belongs to, "" when none or not certain; for records of refusals."""
        decision = decide(self._directory_source(), invite.source_ip, invite.callee)
        if isinstance(decision, Accepted):
            return decision.trunk.name
        if isinstance(decision, ChallengeNeeded):
            return decision.trunks[0].name if len(decision.trunks) == 1 else ""
        return decision.trunk_name

    def _verify(self, invite: Invite, credentials: DigestCredentials, now_s: float) -> DigestVerdict:
        verdict = digest.verify(invite.authorization, credentials, method="INVITE", signer=self._signer, now_s=now_s)
        if verdict.outcome is not DigestOutcome.GOOD:
            return verdict
        if self._replays.accept(verdict.nonce, verdict.nonce_count, now_s):
            return verdict
        return replace(verdict, outcome=DigestOutcome.BAD, explanation="its nonce count was used before (a replay)")
