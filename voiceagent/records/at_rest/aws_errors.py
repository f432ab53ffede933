"""What AWS KMS says, in words of ours. Pure.

Its own texts stay out: that of a refused signature quotes the request, session token and all. The code and the number
of the request are enough to find it in CloudTrail.
"""

from typing import Final

from voiceagent.core.errors import (
    ConfigError,
    Conflict,
    Damaged,
    NotFound,
    Unavailable,
    VoiceagentError,
)

_LOST: Final = "the wrapping key is gone, and all that it wrapped with it"
_FOREIGN: Final = "the data key was not wrapped by that key under this name"
_CREDENTIALS: Final = "give this process valid credentials, from its role or the environment"
_RIGHTS: Final = "allow that in the policies of its role and of the key"
_WRONG_KEY: Final = "the alias has to lead to a key of type SYMMETRIC_DEFAULT for encryption"

# Codes of the KMS API reference: "Errors" of each action, and "Common Error Types"
_MEANT: Final[dict[str, tuple[type[VoiceagentError], str]]] = {
    "NotFoundException": (NotFound, _LOST),
    "InvalidCiphertextException": (Damaged, _FOREIGN),
    "IncorrectKeyException": (Damaged, _FOREIGN),
    "AlreadyExistsException": (Conflict, "it is there already"),
    "DisabledException": (Unavailable, "enable the key"),
    "KMSInvalidStateException": (Unavailable, "if its deletion is pending, cancel that, or all it wrapped is lost"),
    "LimitExceededException": (Unavailable, "raise the quota of keys, or delete keys that nothing lies under"),
    "AccessDeniedException": (ConfigError, _RIGHTS),
    "NotAuthorized": (ConfigError, _RIGHTS),
    "ExpiredTokenException": (ConfigError, _CREDENTIALS),
    "IncompleteSignature": (ConfigError, _CREDENTIALS),
    "InvalidClientTokenId": (ConfigError, _CREDENTIALS),
    "InvalidSignatureException": (ConfigError, _CREDENTIALS),
    "MissingAuthenticationToken": (ConfigError, _CREDENTIALS),
    "MissingAuthenticationTokenException": (ConfigError, _CREDENTIALS),
    "OptInRequired": (ConfigError, _CREDENTIALS),
    "RequestExpired": (ConfigError, "set the clock of this machine"),
    "SignatureDoesNotMatch": (ConfigError, _CREDENTIALS),
    "UnrecognizedClientException": (ConfigError, _CREDENTIALS),
    "InvalidArnException": (ConfigError, _WRONG_KEY),
    "InvalidKeyUsageException": (ConfigError, _WRONG_KEY),
    "UnsupportedOperationException": (ConfigError, _WRONG_KEY),
    "ValidationError": (ConfigError, _WRONG_KEY),
    "ValidationException": (ConfigError, _WRONG_KEY),
}
# Throttled, or something broke on their side; what nobody documents may pass, too
_ELSE: Final = (Unavailable, "try again shortly")


def error_of(operation: str, key: str, code: str, request_id: str) -> VoiceagentError:
    """What to raise for an answer with that code. `key`: the id, ARN or alias that was asked for."""
    kind, remedy = _MEANT.get(code, _ELSE)
    return kind(f"AWS KMS answered kms:{operation} of {key} with {code} (request {request_id}): {remedy}")
