"""Which draft a vCon follows, and what an emitter has to be told beside the call itself."""

from dataclasses import dataclass
from enum import StrEnum


class VconProfile(StrEnum):
    """The value of the top-level `vcon`.

    0.4.0 is what peers read today (draft -03); 0.5.0 (draft -04) has other names for two members.
    """

    V0_4_0 = "0.4.0"
    V0_5_0 = "0.5.0"

    @property
    def redacted(self) -> str:
        """The member that names the less redacted container."""
        return "redacted" if self is VconProfile.V0_4_0 else "redacted_from"

    @property
    def amended(self) -> str:
        """The member that names the container before it was added to."""
        return "amended" if self is VconProfile.V0_4_0 else "amended_from"


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorVcon:
    """The container that this one follows. `kind` says how it was redacted, such as `pii_masked`."""

    uuid: str
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VconOptions:
    """`organisation` answers the calls. `media_url` is an https address; a recording lies below it under its hash.

    At most one of `redacts` and `amends`.
    """

    organisation: str
    profile: VconProfile = VconProfile.V0_4_0
    media_url: str = "https://media.invalid/"  # RFC 2606: leads nowhere; in a package the file is found by its hash
    redacts: PriorVcon | None = None
    amends: PriorVcon | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedMedia:
    """The file of a recording as it is delivered with the container: `content_hash` as the draft writes it."""

    name: str
    content_hash: str
