"""What Vault says, in words of ours. Pure. Statuses: docs, "HTTP status codes"; texts: builtin/logical/transit."""

from collections.abc import Callable
from typing import Final

from voiceagent.core.errors import (
    ConfigError,
    Damaged,
    NotFound,
    Unavailable,
    VoiceagentError,
)

# 412: a standby that has not heard of what the active node did; 429: a rate limit quota; 472, 473: a standby of another
# cluster, where a load balancer sends us on to one that serves
_PASSES: Final = {412, 429, 472, 473, 500, 502, 503, 504}
_NO_KEY: Final = ("encryption key not found", "key not found", "policy not found")
_TOO_OLD: Final = "disallowed by policy (too old)"
_Told = tuple[Callable[[str], VoiceagentError], str]


def may_pass(status: int) -> bool:
    """Whether the same request may be answered otherwise a moment later."""
    return status in _PASSES


def error_of(status: int, told: str, path: str) -> VoiceagentError:
    """What to raise for an answer to `path`. `told`: its errors, "" for none."""
    kind, remedy = _bad_request(told, path) if status == 400 else _refused(status, told)
    return kind(f"Vault answered {path} with {status}" + (f" ({told})" if told else "") + f": {remedy}")


def _bad_request(told: str, path: str) -> _Told:
    if told.startswith(_NO_KEY):
        return NotFound, "the wrapping key is gone, and all that it wrapped with it"
    if _TOO_OLD in told:  # not destroyed: whoever may change the key can allow it again
        return Unavailable, "lower min_decryption_version of the key until `voiceagent data-keys move` has run"
    if "/decrypt/" in path:
        return Damaged, "the data key was not wrapped by that key under this name"
    return _otherwise()


def _refused(status: int, told: str) -> _Told:
    if status == 403:
        return ConfigError, "renew the token of this process, or allow it that path in its policy"
    if status == 404 and not told:  # a path that is served names no errors, one that is not tells so
        return NotFound, "there is no such key"
    if status == 404:
        return ConfigError, "enable a transit engine there, or correct `keys.vault.mount`"
    if status == 503:
        return Unavailable, "unseal it, or wait until its maintenance ends"
    if 300 <= status < 400:
        return ConfigError, "name the active node or its load balancer in `keys.vault.address`"
    if may_pass(status):
        return Unavailable, "try again shortly"
    return _otherwise()


def _otherwise() -> _Told:
    return ConfigError, "check `keys.vault` and the settings of the key"
