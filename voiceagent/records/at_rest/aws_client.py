"""A client of AWS KMS for one region, and its errors as ours."""

from collections.abc import Mapping
from typing import Any, Final, Protocol

from voiceagent.records.at_rest.aws_errors import error_of
from voiceagent.records.boto import Refused, boto_client, boto_errors

_WHAT: Final = "AWS KMS"
_READ_S: Final = 5.0


class KmsClient(Protocol):
    """What is used of `boto3.client("kms")`. Blocks; may be shared by threads."""

    def ask(self, operation: str, key: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        """Carry out `operation`, named as in the API reference. Raises what `error_of` makes of the answer."""
        ...


class BotoKms:
    """Credentials come from where boto3 looks for them: the environment, or the role of the machine or container."""

    def __init__(self, region: str, endpoint: str = "") -> None:
        """`endpoint`: of a private link; empty: the region's. Raises ConfigError where boto3 is not installed."""
        self._kms = boto_client("kms", region, endpoint, what="keeping keys in AWS KMS", read_s=_READ_S)

    def ask(self, operation: str, key: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            with boto_errors(_WHAT, operation, key):
                answer: Mapping[str, Any] = getattr(self._kms, _METHODS[operation])(**parameters)
        except Refused as refused:
            raise error_of(operation, key, refused.code, refused.request_id) from None
        return answer


_METHODS: Final = {
    "CreateAlias": "create_alias",
    "CreateKey": "create_key",
    "Decrypt": "decrypt",
    "Encrypt": "encrypt",
    "UpdateAlias": "update_alias",
}
