import sys

import pytest

from voiceagent.core.errors import ConfigError
from voiceagent.interaction.backends.moshi_start import load_moshi


def test_without_the_package_it_is_told_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "moshi", None)

    with pytest.raises(ConfigError, match="make moshi-env"):
        load_moshi("kyutai/moshiko-pytorch-bf16", slots=1)
