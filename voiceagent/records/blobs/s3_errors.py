"""What a store that speaks S3 says, in words of ours. Pure."""

from typing import Final

from voiceagent.core.errors import ConfigError, Damaged, NotFound, Unavailable, VoiceagentError
from voiceagent.records.boto import Refused

_GONE: Final = "the recording's file is missing from the store"
_CREDENTIALS: Final = "give this process valid credentials, from its role or the environment"
_RIGHTS: Final = "allow that in the policies of its role and of the bucket"
_BUCKET: Final = "correct `blobs.s3.bucket`, or make the bucket"
_REGION: Final = "the bucket is in another region: correct `blobs.s3.region`"

# Codes of the S3 API reference, "List of error codes"; a HEAD has no body, and tells its status only
_MEANT: Final[dict[str, tuple[type[VoiceagentError], str]]] = {
    "404": (NotFound, _GONE),
    "NoSuchKey": (NotFound, _GONE),
    "NoSuchVersion": (NotFound, _GONE),
    "405": (NotFound, _GONE),  # a delete marker, asked for by its version
    "MethodNotAllowed": (NotFound, _GONE),
    "412": (Damaged, "the object was replaced while it was read"),
    "PreconditionFailed": (Damaged, "the object was replaced while it was read"),
    "InvalidRange": (Damaged, "the object is shorter than it was"),
    "416": (Damaged, "the object is shorter than it was"),
    "NoSuchBucket": (ConfigError, _BUCKET),
    "InvalidBucketName": (ConfigError, _BUCKET),
    "301": (ConfigError, _REGION),
    "PermanentRedirect": (ConfigError, _REGION),
    "AuthorizationHeaderMalformed": (ConfigError, _REGION),
    "IllegalLocationConstraintException": (ConfigError, _REGION),
    "400": (ConfigError, "check the bucket, the region and the credentials: the store gave no reason"),
    "403": (ConfigError, _RIGHTS),
    "AccessDenied": (ConfigError, _RIGHTS),
    "AllAccessDisabled": (ConfigError, _RIGHTS),
    "ExpiredToken": (ConfigError, _CREDENTIALS),
    "InvalidAccessKeyId": (ConfigError, _CREDENTIALS),
    "InvalidToken": (ConfigError, _CREDENTIALS),
    "SignatureDoesNotMatch": (ConfigError, _CREDENTIALS),
    "RequestTimeTooSkewed": (ConfigError, "set the clock of this machine"),
    "EntityTooLarge": (ConfigError, "the store takes no object of that size in one request"),
    "InvalidObjectState": (Unavailable, "the object was archived by a lifecycle rule: restore it there, drop the rule"),
    "BadDigest": (Unavailable, "it was changed on its way; try again"),
    "InvalidDigest": (Unavailable, "it was changed on its way; try again"),
    "XAmzContentChecksumMismatch": (Unavailable, "it was changed on its way; try again"),
}
# Throttled, or something broke on their side; what nobody documents may pass, too
_ELSE: Final = (Unavailable, "try again shortly")

# How a deletion that a lock forbids is refused: by S3 and Ceph with AccessDenied, by MinIO with InvalidRequest. Whether
# it was the lock has to be looked up
MAY_BE_LOCKED: Final = frozenset({"AccessDenied", "InvalidRequest", "ObjectLocked", "MethodNotAllowed"})
# What a bucket, or a store, without object lock says when it is asked about it
NO_LOCKS: Final = frozenset(
    {
        "InvalidRequest",
        "NoSuchObjectLockConfiguration",
        "NotImplemented",
        "ObjectLockConfigurationNotFoundError",
        "MethodNotAllowed",
    }
)


def error_of(refused: Refused, what: str) -> VoiceagentError:
    """What to raise. `what`: the place, or the bucket, that was asked for."""
    kind, remedy = _MEANT.get(refused.code, _ELSE)
    told = f"{refused.operation} of {what} with {refused.code} (request {refused.request_id})"
    return kind(f"the store answered s3:{told}: {remedy}")
