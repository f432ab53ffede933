"""All settings. Sources, strongest first: environment (`VOICEAGENT_SIP__PORT=5070`), `voiceagent.yaml`, defaults.

Secrets never stand in the file: `password_env` names an environment variable, everything internal is made at first
start and kept in the state folder with access for its owner only (`config.secrets_file`).
"""

import json
import os
import re
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from voiceagent.config.agent_settings import AgentSettings
from voiceagent.config.blob_settings import BlobSettings
from voiceagent.config.config_file import config_nodes, read_config_file
from voiceagent.config.http_settings import ApiSettings, HttpSettings, Port
from voiceagent.config.job_settings import JobSettings, WebhookSettings
from voiceagent.config.key_settings import KeySettings
from voiceagent.config.privacy_settings import PrivacySettings
from voiceagent.config.recogniser_checks import choice_problems
from voiceagent.config.redaction_settings import RedactionSettings
from voiceagent.config.retention_settings import RetentionSettings
from voiceagent.config.rule_settings import RuleSettings
from voiceagent.config.settings_part import SettingsPart
from voiceagent.config.settings_problems import ENV_DELIMITER, ENV_PREFIX, settings_problems
from voiceagent.config.store_urls import database_url_problem, redis_url_problem
from voiceagent.config.trunk_settings import TrunkSettings
from voiceagent.conversation.profile import RecogniserChoice
from voiceagent.core.errors import ConfigError

CONFIG_FILE = "voiceagent.yaml"


class SipSettings(SettingsPart):
    """SIP gateway cells. One cell has `lines_per_cell` lines; `lines` decides how many cells run."""

    host: str = "127.0.0.1"
    public_host: str = ""
    port: Port = 5060
    rtp_port: Port = 40_000
    lines: int = Field(4, ge=1, le=512)
    lines_per_cell: int = Field(4, ge=1)
    codecs: tuple[Literal["PCMU", "PCMA", "G722"], ...] = Field(("PCMU", "PCMA", "G722"), min_length=1)
    media_timeout_s: float = Field(15.0, gt=0)
    nice: int = Field(-10, ge=-20, le=19)
    lines_kept_free: int = Field(1, ge=0)  # of each cell, which campaigns leave to callers
    strangers: Literal["answer", "drop"] = "answer"  # refuse and record who is on no trunk, or let nothing of them in


class WorkerSettings(SettingsPart):
    """The interaction worker. `preset`, `checkpoint` and `threads` are the native backend's; docs/moshi.md tells of the
    other."""

    host: str = "127.0.0.1"
    port: Port = 8090
    backend: Literal["native", "moshi"] = "native"
    weights: str = ""  # of backend moshi: a folder, or a name on the hub
    device: str = ""  # of backend moshi: cuda or cpu; empty takes a GPU when there is one
    preset: str = "tiny"
    checkpoint: Path | None = None  # None: the one that is shipped
    slots: int = Field(32, ge=1, le=4096)
    threads: int = Field(1, ge=1)


class RecogniserSettings(SettingsPart):
    """Who listens to callers whose profile does not say; docs/recognisers.md tells which there are."""

    name: str = ""  # empty: moonshine where its files are, else pocketsphinx
    model: str = ""  # a folder, or a name that the recogniser can download
    sample_rate_hz: int = Field(16_000, ge=8_000, le=48_000)  # of the model

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        problems = [f"{key} {problem}" for key, problem in choice_problems(self.choice).items()]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def choice(self) -> RecogniserChoice:
        return RecogniserChoice(name=self.name, model=self.model, sample_rate_hz=self.sample_rate_hz)


class CrmSettings(SettingsPart):
    """Which CRM the tools use: the name of an installed connector, and its own options."""

    connector: str = "demo"
    options: dict[str, Any] = Field(default_factory=dict)


class NumberSettings(SettingsPart):
    """A number of ours and the profile that answers it."""

    number: str
    profile: str


class Settings(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX,
        env_nested_delimiter=ENV_DELIMITER,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,  # it may be a URL with a password
    )

    state_dir: Path = Path(".voiceagent")
    database_url: str = ""  # empty: embedded PostgreSQL under state_dir; else the API's login, which sees one tenant
    database_jobs_url: str = ""  # the login of jobs and background, which sees every tenant
    database_owner_url: str = ""  # for migrations only
    redis_url: str = ""  # empty: embedded Redis under state_dir
    log_json: bool = False
    log_pii: bool = False
    tenant: str = "default"
    sip: SipSettings = SipSettings()
    webrtc: HttpSettings = HttpSettings(port=8081)
    api: ApiSettings = ApiSettings()
    background: HttpSettings = HttpSettings(port=8091)
    worker: WorkerSettings = WorkerSettings()
    recogniser: RecogniserSettings = RecogniserSettings()
    crm: CrmSettings = CrmSettings()
    jobs: JobSettings = JobSettings()
    webhooks: WebhookSettings = WebhookSettings()
    retention: RetentionSettings = RetentionSettings()
    agent: AgentSettings = AgentSettings()
    rules: RuleSettings = RuleSettings()
    privacy: PrivacySettings = PrivacySettings()
    redaction: RedactionSettings = RedactionSettings()
    keys: KeySettings = KeySettings()
    blobs: BlobSettings = BlobSettings()
    trunks: tuple[TrunkSettings, ...] = (TrunkSettings(name="local", allow=("127.0.0.1/32",)),)
    numbers: tuple[NumberSettings, ...] = (NumberSettings(number="+15550100", profile="orders"),)
    profiles: tuple[Path, ...] = ()  # agent.yaml files; the shipped `orders` profile is always there

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - a .env file would be a second place to look
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, InitSettingsSource(settings_cls, read_config_file(Path(CONFIG_FILE)))

    @field_validator("state_dir")
    @classmethod
    def _can_be_a_folder(cls, value: Path) -> Path:
        folder = value.absolute()
        # os.path has an answer where Path raises: below a folder that we may not enter
        nearest = next(path for path in (folder, *folder.parents) if os.path.exists(path))  # noqa: PTH110
        if not nearest.is_dir():
            raise ValueError(f"{nearest} is a file; name a folder, it is made when it does not exist")
        return value

    @field_validator("database_url", "database_jobs_url", "database_owner_url")
    @classmethod
    def _is_postgres(cls, value: str) -> str:
        if value and (problem := database_url_problem(value)):
            raise ValueError(problem)
        return value

    @field_validator("redis_url")
    @classmethod
    def _is_redis(cls, value: str) -> str:
        if value and (problem := redis_url_problem(value)):
            raise ValueError(problem)
        return value

    @field_validator("trunks")
    @classmethod
    def _trunks_are_unique(cls, value: tuple[TrunkSettings, ...]) -> tuple[TrunkSettings, ...]:
        _check_unique("trunk", [trunk.name for trunk in value])
        return value

    @field_validator("numbers")
    @classmethod
    def _numbers_are_unique(cls, value: tuple[NumberSettings, ...]) -> tuple[NumberSettings, ...]:
        _check_unique("number", [number.number for number in value])
        return value

    def with_free_ports(self) -> Self:
        """The same settings with every port left to the machine."""
        parts: dict[str, Any] = {
            name: getattr(self, name).model_copy(update={"port": 0})
            for name in ("webrtc", "api", "background", "worker")
        }
        return self.model_copy(update={**parts, "sip": self.sip.model_copy(update={"port": 0, "rtp_port": 0})})

    @property
    def jobs_database(self) -> str:
        """Where jobs and the background agent connect to."""
        return self.database_jobs_url or self.database_url

    @property
    def owner_database(self) -> str:
        """Where migrations connect to."""
        return self.database_owner_url or self.database_url

    @property
    def cells(self) -> int:
        """How many SIP gateway processes `sip.lines` needs."""
        return -(-self.sip.lines // self.sip.lines_per_cell)


def _check_unique(what: str, names: list[str]) -> None:
    double = {name for name in names if names.count(name) > 1}
    if double:
        raise ValueError(f"{what} {', '.join(sorted(double))} is listed twice; keep one")


def load_settings(**overrides: Any) -> Settings:
    """Read settings from all sources. Raises ConfigError with the place and remedy of each mistake."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        file = Path(CONFIG_FILE)
        problems = settings_problems(error, Settings, file, config_nodes(file), os.environ)
        raise ConfigError(f"settings are not valid:\n{problems}") from error
    except SettingsError as error:
        raise ConfigError(_not_json(error)) from error


def _not_json(error: SettingsError) -> str:
    """What to say of an environment variable whose list or mapping cannot be read. Its value may be a secret."""
    field = re.search(r'field "(\w+)"', str(error))
    variable = f"VOICEAGENT_{field[1].upper()}" if field else "VOICEAGENT_…"
    return (
        f"environment variable {variable} (or one that begins with {variable}__) is not JSON: "
        f"{error.__cause__ or error}; lists and mappings are written as JSON there, or as YAML in {CONFIG_FILE}"
    )


def settings_from_file(path: Path) -> Settings:
    """The complete settings that a supervisor wrote for its children. Raises ConfigError."""
    try:
        return Settings(**json.loads(path.read_text()))
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot read settings from {path}: {error}") from error


def settings_to_file(settings: Settings, path: Path) -> None:
    """Write complete settings for children; readable by their owner only, since URLs may hold passwords."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(settings.model_dump_json(indent=1))
