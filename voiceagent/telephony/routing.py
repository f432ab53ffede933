"""Who may call us, and which number reaches which agent profile. Pure; default deny.

A call is accepted only when its source address lies in a trunk's `allow`, the trunk's credentials (if it has any) were
proven, and the called number is listed literally. There are no wildcards; no trunk can match everybody.
"""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from voiceagent.core.errors import ConfigError
from voiceagent.core.ids import TrunkId
from voiceagent.core.termination import Reason
from voiceagent.telephony.digest import NO_CREDENTIALS, DigestCredentials, DigestOutcome, DigestVerdict

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

MIN_PREFIX: Final = 8  # 10.0.0.0/8 and fd00::/8 are the widest networks that one owner can really have
_NUMBER = re.compile(r"\+[1-9][0-9]{1,14}|[A-Za-z0-9][A-Za-z0-9._-]{0,31}")  # E.164 (ITU-T: 15 digits), or an extension
_SEPARATORS = str.maketrans("", "", "-.() ")  # RFC 3966 visual separators


@dataclass(frozen=True, slots=True, kw_only=True)
class DialPeer:
    """Where calls of ours over a trunk go: `ip` or `ip:port`, and what we prove ourselves with."""

    address: str
    username: str = ""
    password: str = field(default="", repr=False)
    ring_timeout_s: float = 40.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trunk:
    """A configured SIP peering. `allow` holds CIDR networks or addresses; `digest` asks for a password as well.

    Raises ConfigError for an empty `allow`, for something that is no network, and for networks that (also taken
    together) are wider than /8: a catch-all is how toll fraud gets in.
    """

    trunk_id: TrunkId
    name: str
    allow: tuple[str, ...]
    digest: DigestCredentials | None = None
    outbound: DialPeer | None = None  # None: no call of ours goes over it
    networks: tuple[Network, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.allow:
            raise ConfigError(f"trunk {self.name!r} allows no source address: list its networks in `allow`")
        object.__setattr__(self, "networks", tuple(_network(self.name, text) for text in self.allow))
        for network in _collapsed(self.networks):
            if network.prefixlen < MIN_PREFIX:
                raise ConfigError(
                    f"trunk {self.name!r} allows {network}, which is nearly everybody: "
                    f"list the carrier's own networks (/{MIN_PREFIX} or narrower)"
                )

    def prefix_for(self, address: Address) -> int:
        """Length of the longest allowed prefix that holds `address`; -1 when none does."""
        return max((network.prefixlen for network in self.networks if address in network), default=-1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number of ours (E.164 with `+`, or an extension) and the agent profile that answers it."""

    number: str
    profile: str

    def __post_init__(self) -> None:
        if not _NUMBER.fullmatch(self.number):
            raise ConfigError(
                f"{self.number!r} is neither an E.164 number (+4930123456) nor an extension (letters, digits, . _ -); "
                "patterns are not supported: list every number"
            )
        if not self.profile:
            raise ConfigError(f"number {self.number} has no agent profile")


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """All trunks and numbers, one immutable snapshot. Raises ConfigError when two of them contradict each other."""

    trunks: tuple[Trunk, ...] = ()
    numbers: tuple[Number, ...] = ()

    def __post_init__(self) -> None:
        _refuse_doubles("trunk name", [trunk.name for trunk in self.trunks])
        _refuse_doubles("number", [number.number for number in self.numbers])
        owners: dict[Network, list[Trunk]] = {}
        for trunk in self.trunks:
            for network in set(trunk.networks):
                owners.setdefault(network, []).append(trunk)
        for network, sharing in owners.items():
            if len(sharing) > 1:
                _refuse_ambiguity(network, sharing)

    def peer(self, trunk: str) -> DialPeer | None:
        """Where calls over the trunk of that name go; None where there is no such trunk, or none that we call over."""
        return next((one.outbound for one in self.trunks if one.name == trunk), None)

    def number(self, callee: str) -> Number | None:
        """The listed number that `callee` (the user part of the request URI) means."""
        wanted = normalise_callee(callee)
        for number in self.numbers:
            if number.number == wanted or (number.number.startswith("+") and number.number[1:] == wanted):
                return number
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    trunk: Trunk
    number: Number
    explanation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengeNeeded:
    """Answer 401. `credentials` are those that would be accepted (trunks may share a network, not a user)."""

    realm: str
    trunks: tuple[Trunk, ...]
    stale: bool
    explanation: str

    @property
    def credentials(self) -> tuple[DigestCredentials, ...]:
        return tuple(trunk.digest for trunk in self.trunks if trunk.digest is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Answer `sip_code`. `explanation` says which rule decided and what to change."""

    sip_code: int
    reason: Reason
    explanation: str
    trunk_name: str = ""


Decision = Accepted | ChallengeNeeded | Refused
Verify = Callable[[DigestCredentials], DigestVerdict]


def nothing_proven(_credentials: DigestCredentials) -> DigestVerdict:
    """The verifier of a request without credentials."""
    return NO_CREDENTIALS


def decide(directory: Directory, source_ip: str, callee: str, verify: Verify = nothing_proven) -> Decision:
    """Decide on an incoming call. `verify` checks the request against one trunk's credentials.

    The trunks whose network matches `source_ip` most closely are asked, no others. Numbers are looked at last, so that
    strangers cannot find out which exist.
    """
    address = _address(source_ip)
    if address is None:
        return Refused(
            sip_code=400, reason=Reason.MALFORMED, explanation=f"the source address {source_ip!r} cannot be read"
        )
    candidates = _closest(directory, address)
    if not candidates:
        return Refused(
            sip_code=403,
            reason=Reason.UNKNOWN_TRUNK,
            explanation=f"no trunk allows {address}: add it to the `allow` list of the carrier's trunk if it is yours",
        )
    trunk = _proven(candidates, verify)
    if not isinstance(trunk, Trunk):
        return trunk
    number = directory.number(callee)
    if number is None:
        return Refused(
            sip_code=404,
            reason=Reason.UNKNOWN_NUMBER,
            explanation=f"trunk {trunk.name!r} matched, but no number is listed for what was dialled: "
            "add the number with an agent profile",
            trunk_name=trunk.name,
        )
    how = "source address and password" if trunk.digest else "source address"
    return Accepted(
        trunk=trunk,
        number=number,
        explanation=f"trunk {trunk.name!r} matched by {how}; number {number.number} is answered by {number.profile!r}",
    )


def normalise_callee(user: str) -> str:
    """A dialled user part without URI parameters and visual separators; `tel:` forms keep their `+`."""
    bare = user.strip().removeprefix("tel:").partition(";")[0]
    digits = bare.translate(_SEPARATORS)
    return digits if re.fullmatch(r"\+?[0-9]+", digits) else bare


def _closest(directory: Directory, address: Address) -> tuple[Trunk, ...]:
    lengths = [(trunk.prefix_for(address), trunk) for trunk in directory.trunks]
    best = max((length for length, _ in lengths), default=-1)
    return tuple(trunk for length, trunk in lengths if length == best >= 0)


def _proven(candidates: tuple[Trunk, ...], verify: Verify) -> Trunk | ChallengeNeeded | Refused:
    """The candidate that the caller is, or what to answer. Several candidates all have credentials (Directory)."""
    verdicts: list[DigestVerdict] = []
    for trunk in candidates:
        if trunk.digest is None:
            return trunk
        verdict = verify(trunk.digest)
        if verdict.outcome is DigestOutcome.GOOD:
            return trunk
        verdicts.append(verdict)
    names = ", ".join(repr(trunk.name) for trunk in candidates)
    outcomes = {verdict.outcome for verdict in verdicts}
    if outcomes == {DigestOutcome.ABSENT} or DigestOutcome.STALE in outcomes:
        stale = DigestOutcome.STALE in outcomes
        return ChallengeNeeded(
            realm=candidates[0].digest.realm if candidates[0].digest else "",
            trunks=candidates,
            stale=stale,
            explanation=f"trunk {names} asks for a password" + (" and the nonce has expired" if stale else ""),
        )
    # With several candidates the one whose user was named tells what was wrong; the others only say "not mine".
    told = next((verdict for verdict in verdicts if verdict.username), verdicts[0])
    malformed = told.outcome is DigestOutcome.MALFORMED
    return Refused(
        sip_code=400 if malformed else 403,
        reason=Reason.MALFORMED if malformed else Reason.BAD_CREDENTIALS,
        explanation=f"trunk {names} asks for a password and {told.explanation}: "
        "compare username, realm and password with the carrier's settings",
        trunk_name=candidates[0].name if len(candidates) == 1 else "",
    )


def _address(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _network(trunk: str, text: str) -> Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        raise ConfigError(
            f"trunk {trunk!r}: `allow` entry {text!r} is not a network: {error}; write {_meant(text)}"
        ) from error


def _meant(text: str) -> str:
    """What somebody may have meant who wrote something that is no network."""
    try:
        return f"{ipaddress.ip_network(text, strict=False)} or {text.partition('/')[0]}"
    except ValueError:
        return "an address (192.0.2.5) or a network (192.0.2.0/24)"


def _collapsed(networks: tuple[Network, ...]) -> list[Network]:
    fours = [network for network in networks if isinstance(network, ipaddress.IPv4Network)]
    sixes = [network for network in networks if isinstance(network, ipaddress.IPv6Network)]
    return [*ipaddress.collapse_addresses(fours), *ipaddress.collapse_addresses(sixes)]


def _refuse_doubles(what: str, values: list[str]) -> None:
    doubles = {value for value in values if values.count(value) > 1}
    if doubles:
        raise ConfigError(f"the {what} {min(doubles)!r} is listed twice")


def _refuse_ambiguity(network: Network, sharing: list[Trunk]) -> None:
    names = " and ".join(repr(trunk.name) for trunk in sharing)
    users = [trunk.digest for trunk in sharing if trunk.digest is not None]
    if len(users) < len(sharing):
        raise ConfigError(f"trunks {names} both allow {network}: give all of them credentials, or split the network")
    if len({(user.realm, user.username) for user in users}) < len(users):
        raise ConfigError(f"trunks {names} share {network} and a digest user: calls could not be told apart")
    if len({user.realm for user in users}) > 1:
        raise ConfigError(f"trunks {names} share {network} but not the realm: use one realm for both")
