from voiceagent.api.rate_limits import USUAL
from voiceagent.apps.api import limits_of
from voiceagent.config.http_settings import LimitSettings


def test_the_limits_that_nobody_set_are_the_usual_ones():
    assert limits_of(LimitSettings()) == USUAL
    assert limits_of(LimitSettings(failures_per_minute=60, failures_burst=5)).failures.per_s == 1.0
