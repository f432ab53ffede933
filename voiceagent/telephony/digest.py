"""SIP digest authentication (RFC 3261 section 22, RFC 2617/7616, RFC 8760): pure checks, no clock, no random, no state.

A nonce carries its own issue time and a signature, so any process with the secret can check it without memory. Which
nonce counts were used already is remembered by the caller (`DigestVerdict.nonce` and `.nonce_count`).
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from voiceagent.core.errors import ConfigError

MAX_HEADER_CHARS: Final = 4096  # no honest Authorization header is longer; keeps garbage cheap
_NONCE_BYTES: Final = 8 + 12 + 16  # issue time in ms, random, truncated HMAC-SHA-256
RANDOM_BYTES: Final = 12
# The lookbehind keeps the search linear: a name is tried at its first letter only.
_FIELD = re.compile(r'(?<![A-Za-z0-9_-])([A-Za-z][A-Za-z0-9_-]*)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')


class Algorithm(StrEnum):
    """Hash algorithms, strongest first: the order in which they are offered (RFC 8760 section 2.4)."""

    SHA_256 = "SHA-256"
    MD5 = "MD5"


def _digest(algorithm: Algorithm, text: str) -> str:
    data = text.encode("utf-8", "surrogateescape")
    if algorithm is Algorithm.SHA_256:
        return hashlib.sha256(data).hexdigest()
    return hashlib.md5(data, usedforsecurity=False).hexdigest()  # what most SIP equipment speaks; not our choice


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestCredentials:
    """What a trunk must prove. `ha1` is MD5(username:realm:password), `ha1_sha256` the same under SHA-256, lower hex.

    An empty hash means that the algorithm is not offered. Raises ConfigError when nothing could ever verify.
    """

    username: str
    realm: str
    ha1: str = field(default="", repr=False)  # as good as the password itself
    ha1_sha256: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if not self.username or not self.realm or '"' in self.username + self.realm:
            raise ConfigError("digest credentials need a username and a realm without quotes")
        if not self.ha1 and not self.ha1_sha256:
            raise ConfigError(f"digest user {self.username!r} has no hash: set ha1 (MD5) or ha1_sha256")
        for name, value, digits in (("ha1", self.ha1, 32), ("ha1_sha256", self.ha1_sha256, 64)):
            if value and not re.fullmatch(rf"[0-9a-f]{{{digits}}}", value):
                raise ConfigError(f"{name} of digest user {self.username!r} must be {digits} lower-case hex digits")

    @classmethod
    def from_password(cls, username: str, realm: str, password: str) -> "DigestCredentials":
        """Hash a password under every algorithm; the password itself is not kept."""
        secret = f"{username}:{realm}:{password}"
        return cls(
            username=username,
            realm=realm,
            ha1=_digest(Algorithm.MD5, secret),
            ha1_sha256=_digest(Algorithm.SHA_256, secret),
        )

    def hashed(self, algorithm: Algorithm) -> str:
        """H(A1) under `algorithm`; "" when not known."""
        return self.ha1_sha256 if algorithm is Algorithm.SHA_256 else self.ha1

    def algorithms(self) -> tuple[Algorithm, ...]:
        """What can be verified, strongest first."""
        return tuple(algorithm for algorithm in Algorithm if self.hashed(algorithm))


class DigestOutcome(StrEnum):
    ABSENT = "absent"  # no credentials for this realm: challenge
    GOOD = "good"
    STALE = "stale"  # right or wrong, the nonce is too old: challenge again with stale=true
    BAD = "bad"
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestVerdict:
    """What a set of credentials proved. `nonce` and `nonce_count` are for the replay guard."""

    outcome: DigestOutcome
    explanation: str = ""
    username: str = ""
    nonce: str = ""
    nonce_count: int = 0


NO_CREDENTIALS: Final = DigestVerdict(outcome=DigestOutcome.ABSENT, explanation="no Authorization header was sent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """A parsed Authorization header."""

    username: str
    realm: str
    nonce: str
    uri: str
    response: str
    cnonce: str
    nonce_count: str  # eight hex digits as sent: they are part of the hash
    algorithm: Algorithm


def parse_authorization(header: str) -> Authorization | str:
    """The header's fields, or, for anything that cannot be checked, why not. Never raises."""
    if len(header) > MAX_HEADER_CHARS:
        return f"the Authorization header is longer than {MAX_HEADER_CHARS} characters"
    scheme, _, rest = header.strip().partition(" ")
    if scheme.lower() != "digest":
        return "the Authorization scheme is not Digest"
    fields = {name.lower(): bare or re.sub(r"\\(.)", r"\1", quoted) for name, quoted, bare in _FIELD.findall(rest)}
    missing = [name for name in ("username", "realm", "nonce", "uri", "response") if not fields.get(name)]
    if missing:
        return f"the Authorization header lacks {', '.join(missing)}"
    algorithm = next((one for one in Algorithm if one.value == fields.get("algorithm", "MD5").upper()), None)
    if algorithm is None:
        return "the Authorization algorithm is neither MD5 nor SHA-256"
    if fields.get("qop", "").lower() != "auth" or not fields.get("cnonce"):
        return "the Authorization header does not use qop=auth, which replay protection needs"
    if not re.fullmatch(r"[0-9a-fA-F]{8}", fields.get("nc", "")):
        return "the nonce count (nc) is not eight hex digits"
    return Authorization(
        username=fields["username"],
        realm=fields["realm"],
        nonce=fields["nonce"],
        uri=fields["uri"],
        response=fields["response"].lower(),
        cnonce=fields["cnonce"],
        nonce_count=fields["nc"],
        algorithm=algorithm,
    )


def expected_response(ha1: str, method: str, authorization: Authorization) -> str:
    """The response a holder of `ha1` would have sent (RFC 7616 section 3.4.1, qop=auth), lower hex."""
    ha2 = _digest(authorization.algorithm, f"{method}:{authorization.uri}")
    parts = (ha1, authorization.nonce, authorization.nonce_count, authorization.cnonce, "auth", ha2)
    return _digest(authorization.algorithm, ":".join(parts))


@dataclass(frozen=True, slots=True, kw_only=True)
class NonceSigner:
    """Makes and checks nonces. Processes that share `secret` accept each other's. `now_s`: since the epoch."""

    secret: bytes = field(repr=False)
    lifetime_s: float = 60.0

    def __post_init__(self) -> None:
        if len(self.secret) < 16:
            raise ConfigError("the nonce secret must have at least 16 bytes")

    def make(self, now_s: float, random: bytes) -> str:
        """A nonce issued at `now_s`; `random` is RANDOM_BYTES of fresh randomness."""
        if len(random) != RANDOM_BYTES:
            raise ValueError(f"a nonce needs {RANDOM_BYTES} random bytes, got {len(random)}")
        body = int(now_s * 1000).to_bytes(8, "big") + random
        return base64.urlsafe_b64encode(body + self._sign(body)).decode()

    def check(self, nonce: str, now_s: float) -> DigestOutcome:
        """GOOD, STALE (ours, but too old or from the future) or BAD (not ours)."""
        try:
            raw = base64.b64decode(nonce, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return DigestOutcome.BAD
        body, signature = raw[:20], raw[20:]
        if len(raw) != _NONCE_BYTES or not hmac.compare_digest(signature, self._sign(body)):
            return DigestOutcome.BAD
        age_s = now_s - int.from_bytes(body[:8], "big") / 1000
        return DigestOutcome.GOOD if -1.0 <= age_s <= self.lifetime_s else DigestOutcome.STALE

    def _sign(self, body: bytes) -> bytes:
        return hmac.digest(self.secret, body, "sha256")[:16]


def challenges(credentials: Sequence[DigestCredentials], nonce: str, *, stale: bool) -> tuple[str, ...]:
    """Values of the WWW-Authenticate headers that invite any of `credentials`, strongest algorithm first."""
    wanted = {
        (item.realm, algorithm): None for algorithm in Algorithm for item in credentials if item.hashed(algorithm)
    }
    suffix = ", stale=true" if stale else ""
    return tuple(
        f'Digest realm="{realm}", nonce="{nonce}", algorithm={algorithm.value}, qop="auth"{suffix}'
        for realm, algorithm in wanted
    )


def verify(
    headers: Sequence[str],
    credentials: DigestCredentials,
    *,
    method: str,
    signer: NonceSigner,
    now_s: float,
) -> DigestVerdict:
    """Check the request's Authorization headers against one set of credentials. Never raises."""
    problem = ""
    for header in headers:
        parsed = parse_authorization(header)
        if isinstance(parsed, str):
            problem = problem or parsed
        elif (parsed.username, parsed.realm) == (credentials.username, credentials.realm):
            return _judge(parsed, credentials, method=method, signer=signer, now_s=now_s)
    if problem:
        return DigestVerdict(outcome=DigestOutcome.MALFORMED, explanation=problem)
    if headers:
        return DigestVerdict(
            outcome=DigestOutcome.BAD,
            explanation="the username or realm is not the one this trunk is configured with",
        )
    return NO_CREDENTIALS


def _judge(
    sent: Authorization, credentials: DigestCredentials, *, method: str, signer: NonceSigner, now_s: float
) -> DigestVerdict:
    outcome = signer.check(sent.nonce, now_s)
    explanation = {
        DigestOutcome.GOOD: "the response matches",
        DigestOutcome.STALE: "the nonce has expired",
    }.get(outcome, "the nonce was not issued by this gateway: do its cells share one nonce secret?")
    ha1 = credentials.hashed(sent.algorithm)
    # A nonce of unknown origin gets a new challenge too (RFC 7616 section 3.3): after a restart it is an honest one.
    outcome = DigestOutcome.STALE if outcome is DigestOutcome.BAD else outcome
    if not ha1:
        outcome = DigestOutcome.BAD
        explanation = f"{sent.algorithm.value} was used but no {sent.algorithm.value} hash is configured for this trunk"
    elif outcome is DigestOutcome.GOOD:
        expected = expected_response(ha1, method, sent)
        if not hmac.compare_digest(expected.encode(), sent.response.encode("utf-8", "surrogateescape")):
            outcome, explanation = DigestOutcome.BAD, "the password is wrong"
    return DigestVerdict(
        outcome=outcome,
        explanation=explanation,
        username=sent.username,
        nonce=sent.nonce,
        nonce_count=int(sent.nonce_count, 16),
    )
