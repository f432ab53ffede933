"""Where encrypted recordings lie: in the state folder, or in a bucket that speaks S3.

Credentials never stand here: they come from the role or the environment, as boto3 finds them.
"""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from voiceagent.config.key_settings import Address
from voiceagent.config.settings_part import SettingsPart
from voiceagent.records.blobs.kept_blobs import LockRule
from voiceagent.records.blobs.store import LockMode


def _folder(value: str) -> str:
    if value and (value.startswith("/") or not value.endswith("/") or "//" in value):
        raise ValueError("has to be like voiceagent/ and end with a slash, or be empty")
    return value


class LockSettings(SettingsPart):
    """Each object is locked from the sealing of its recording for so many days. Nobody can delete it before, nor can an
    erasure: it destroys the key, and the object goes when the lock is over.
    """

    mode: LockMode
    days: int = Field(ge=1, le=36_500)

    @property
    def rule(self) -> LockRule:
        return LockRule(mode=self.mode, length=timedelta(days=self.days))


class S3Settings(SettingsPart):
    """`endpoint`: of a store of your own, such as Ceph, or of a private link; empty: the region's.

    `ca_file`: PEM, of an authority of your own. Two installations in one bucket need two prefixes.
    """

    bucket: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")
    region: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{1,31}$")
    prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9/_.-]{0,200}$"), AfterValidator(_folder)] = "voiceagent/"
    endpoint: Address | Literal[""] = ""
    ca_file: Path | None = None
    lock: LockSettings | None = None


class BlobSettings(SettingsPart):
    """`store` takes what is new. A bucket that is filled in is read and deleted from, also where `store` is local."""

    store: Literal["local", "s3"] = "local"
    s3: S3Settings | None = None

    @model_validator(mode="after")
    def _is_filled_in(self) -> Self:
        if self.store == "s3" and self.s3 is None:
            raise ValueError("store s3 needs its settings, such as s3: {bucket: acme-recordings, region: eu-central-1}")
        return self
