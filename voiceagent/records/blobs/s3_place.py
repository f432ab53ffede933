"""How the place of an object is written: `s3://bucket/key`, and its version, where the bucket keeps versions."""

import re
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import quote, unquote

from voiceagent.core.errors import ConfigError

S3_SCHEME: Final = "s3://"
UNVERSIONED: Final = "null"  # the version of what was put while the bucket kept none
_PLACE: Final = re.compile(
    r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,62})/(?P<key>[^?]+)(\?versionId=(?P<version>[^?&]+))?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Place:
    """`version` is "" where the bucket kept none: then there is one at most."""

    bucket: str
    key: str
    version: str = ""

    @classmethod
    def of(cls, place: str) -> Self:
        """Raises ConfigError for what is not written so."""
        found = _PLACE.fullmatch(place)
        if not found:
            raise ConfigError(f"{place!r} is no place in a bucket")
        return cls(bucket=found["bucket"], key=unquote(found["key"]), version=unquote(found["version"] or ""))

    def __str__(self) -> str:
        version = f"?versionId={quote(self.version, safe='')}" if self.version else ""
        return f"{S3_SCHEME}{self.bucket}/{quote(self.key)}{version}"

    @property
    def asked(self) -> dict[str, str]:
        """As parameters of a request."""
        return {"Key": self.key, **({"VersionId": self.version} if self.version else {})}

    def is_same(self, other: "S3Place") -> bool:
        """A list of versions names also that of a bucket without them."""
        one, two = self.version or UNVERSIONED, other.version or UNVERSIONED
        return (self.bucket, self.key, one) == (other.bucket, other.key, two)


def is_in_bucket(place: str) -> bool:
    """Whether it lies in some bucket, and not in a folder."""
    return place.startswith(S3_SCHEME)
