"""Which rules apply beside the shipped ones, and where this installation is."""

from pathlib import Path

from pydantic import field_validator

from voiceagent.compliance.rules.book import BookedPack, RuleBook
from voiceagent.compliance.rules.loading import packs_of_folder, rule_book
from voiceagent.compliance.rules.place import Place, stated_place
from voiceagent.compliance.rules.signing import read_public_key
from voiceagent.config.settings_part import SettingsPart
from voiceagent.core.errors import BadInput, ConfigError


class RuleSettings(SettingsPart):
    """`packs` is a folder of rule packs of one's own, each with a signature by one of `keys` (PEM files).

    home: where our side of calls is, as `US-FL` or `DE`; without it, where the called number belongs.
    """

    packs: Path | None = None
    keys: tuple[Path, ...] = ()
    allow_unsigned: bool = False
    home: str = ""

    @field_validator("home")
    @classmethod
    def _is_a_place(cls, value: str) -> str:
        try:
            if value:
                stated_place(value)
        except BadInput as problem:
            raise ValueError(str(problem)) from None
        return value

    @property
    def home_place(self) -> Place | None:
        return stated_place(self.home) if self.home else None

    @property
    def home_country(self) -> str:
        """ISO 3166; "" when it is not said where home is."""
        return self.home_place.country if self.home_place else ""


def load_rule_book(settings: RuleSettings) -> RuleBook:
    """All packs, checked. Raises ConfigError: nothing starts with rules that cannot be trusted or kept."""
    return rule_book(_own_packs(settings))


def _own_packs(settings: RuleSettings) -> list[BookedPack]:
    if settings.packs is None:
        return []
    keys = []
    for path in settings.keys:
        try:
            keys.append(read_public_key(path.read_bytes()))
        except OSError as error:
            raise ConfigError(f"cannot read {path} of `rules.keys`: {error.strerror}") from error
        except ConfigError as error:
            raise ConfigError(f"{path} of `rules.keys`: {error}") from error
    return packs_of_folder(settings.packs, keys, allow_unsigned=settings.allow_unsigned)
