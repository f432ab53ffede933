"""The door to boto3, an extra: clients of AWS, or of what speaks its protocols, and their errors as ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from voiceagent.core.errors import ConfigError, Unavailable

INSTALL: Final = "pip install 'voiceagent[aws]'"
_CONNECT_S: Final = 2.0
_ATTEMPTS: Final = 4  # of what was throttled or got no answer; waits grow up to seconds
AT_ONCE: Final = 16  # requests


class Refused(Exception):
    """The service answered, with an error. Its own text stays out: that of a refused signature quotes the request,
    session token and all. The code and the number of the request are enough to find it in CloudTrail.
    """

    def __init__(self, operation: str, code: str, request_id: str) -> None:
        super().__init__(f"{operation}: {code}")
        self.operation = operation
        self.code = code
        self.request_id = request_id


def boto_client(
    service: str,
    region: str,
    endpoint: str,
    *,
    what: str,
    read_s: float,
    ca_file: Path | None = None,
    **options: Any,
) -> Any:
    """A client; blocks, may be shared by threads. Credentials come from where boto3 looks for them: the environment,
    or the role of the machine or container. Raises ConfigError where boto3 is not installed. `what` needs it.
    """
    try:
        import boto3  # noqa: PLC0415 - an extra
        from botocore.config import Config  # noqa: PLC0415
    except ImportError:
        raise ConfigError(f"{what} needs boto3: run `{INSTALL}`") from None
    if ca_file is not None and not ca_file.is_file():
        raise ConfigError(f"no certificates can be read from the ca_file {ca_file}")
    config = Config(
        connect_timeout=_CONNECT_S,
        read_timeout=read_s,
        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
        max_pool_connections=AT_ONCE,
        ignore_configured_endpoint_urls=True,  # whoever sets a variable must not send keys or sound elsewhere
        **options,
    )
    session = boto3.session.Session()  # of our own: the default one is shared by all who load boto3
    verify = None if ca_file is None else str(ca_file)
    return session.client(service, region_name=region, endpoint_url=endpoint or None, config=config, verify=verify)


@contextmanager
def boto_errors(what: str, operation: str, target: str) -> Iterator[None]:
    """Raises Refused for an answer that is an error, ConfigError without credentials, Unavailable without an answer."""
    from botocore.exceptions import (  # noqa: PLC0415
        BotoCoreError,
        ClientError,
        NoCredentialsError,
        PartialCredentialsError,
    )

    try:
        yield
    except ClientError as error:
        said = error.response
        request_id = said.get("ResponseMetadata", {}).get("RequestId") or "unknown"
        raise Refused(operation, said.get("Error", {}).get("Code") or "unknown", request_id) from None
    except (NoCredentialsError, PartialCredentialsError):
        raise ConfigError(
            f"no credentials for {what}: give the machine or container a role, or set AWS_ACCESS_KEY_ID, "
            "AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN"
        ) from None
    except BotoCoreError as error:
        raise Unavailable(f"{what} gave no answer to {operation} of {target}: {type(error).__name__}") from None
