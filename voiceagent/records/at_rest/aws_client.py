"""The door to boto3, an extra: a client of AWS KMS for one region, and its errors as ours."""

from collections.abc import Mapping
from typing import Any, Final, Protocol

from voiceagent.core.errors import ConfigError, Unavailable
from voiceagent.records.at_rest.aws_errors import error_of

INSTALL: Final = "pip install 'voiceagent[aws]'"
_CONNECT_S: Final = 2.0
_READ_S: Final = 5.0
_ATTEMPTS: Final = 4  # of what was throttled or got no answer; waits grow up to seconds
AT_ONCE: Final = 16  # requests


class KmsClient(Protocol):
    """What is used of `boto3.client("kms")`. Blocks; may be shared by threads."""

    def ask(self, operation: str, key: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        """Carry out `operation`, named as in the API reference. Raises what `error_of` makes of the answer."""
        ...


class BotoKms:
    """Credentials come from where boto3 looks for them: the environment, or the role of the machine or container."""

    def __init__(self, region: str, endpoint: str = "") -> None:
        """`endpoint`: of a private link; empty: the region's. Raises ConfigError where boto3 is not installed."""
        try:
            import boto3  # noqa: PLC0415 - an extra
            from botocore.config import Config  # noqa: PLC0415
        except ImportError:
            raise ConfigError(f"keys in AWS KMS need boto3: run `{INSTALL}`") from None
        options = Config(
            connect_timeout=_CONNECT_S,
            read_timeout=_READ_S,
            retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
            max_pool_connections=AT_ONCE,
            ignore_configured_endpoint_urls=True,  # whoever sets a variable must not send keys elsewhere
        )
        session = boto3.session.Session()  # of our own: the default one is shared by all who load boto3
        self._kms = session.client("kms", region_name=region, endpoint_url=endpoint or None, config=options)

    def ask(self, operation: str, key: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        from botocore.exceptions import (  # noqa: PLC0415
            BotoCoreError,
            ClientError,
            NoCredentialsError,
            PartialCredentialsError,
        )

        try:
            answer: Mapping[str, Any] = getattr(self._kms, _METHODS[operation])(**parameters)
        except ClientError as error:
            said = error.response
            request_id = said.get("ResponseMetadata", {}).get("RequestId", "unknown")
            # From None: their text may quote the request
            raise error_of(operation, key, said.get("Error", {}).get("Code", "unknown"), request_id) from None
        except (NoCredentialsError, PartialCredentialsError):
            raise ConfigError(
                "no credentials for AWS KMS: give the machine or container a role, or set AWS_ACCESS_KEY_ID, "
                "AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN"
            ) from None
        except BotoCoreError as error:
            raise Unavailable(f"AWS KMS gave no answer to {operation} of {key}: {type(error).__name__}") from None
        return answer


_METHODS: Final = {
    "CreateAlias": "create_alias",
    "CreateKey": "create_key",
    "Decrypt": "decrypt",
    "Encrypt": "encrypt",
    "UpdateAlias": "update_alias",
}
