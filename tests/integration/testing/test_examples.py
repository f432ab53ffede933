"""Every call that an example's scenarios tell goes as they say."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from voiceagent.cli.main import app

_EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.mark.parametrize("folder", sorted(path.parent.name for path in _EXAMPLES.glob("*/scenarios")))
def test_the_scenarios_of_an_example_pass(folder):
    done = CliRunner().invoke(app, ["test", str(_EXAMPLES / folder)])

    assert done.exit_code == 0, done.output
