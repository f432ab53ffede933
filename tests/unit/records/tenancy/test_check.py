import re
from dataclasses import replace

import pytest

from voiceagent.records.tenancy.check import Sees, Standing, problems

GOOD = Standing(login="voiceagent_api", too_strong=(), owned=(), open=(), tables=17, sees_every_tenant=False)


def test_a_login_that_owns_nothing_and_sees_one_tenant_is_for_the_api():
    assert problems(GOOD, Sees.ONE_TENANT) == []


def test_a_login_with_the_policy_of_jobs_is_for_jobs():
    assert problems(replace(GOOD, sees_every_tenant=True), Sees.EVERY_TENANT) == []


@pytest.mark.parametrize("sees", Sees)
@pytest.mark.parametrize(
    ("flaw", "told"),
    [
        ({"too_strong": ("postgres",)}, r"does not bind postgres.*connect as voiceagent_"),
        ({"owned": ("calls",)}, r"owns calls.*VOICEAGENT_DATABASE_OWNER_URL"),
        ({"open": ("calls", "effects")}, r"not forced on calls, effects.*voiceagent migrate"),
        ({"tables": 0}, r"no tables yet.*voiceagent migrate"),
    ],
)
def test_what_is_wrong_is_told_with_what_to_do(sees, flaw, told):
    (one,) = problems(replace(GOOD, sees_every_tenant=sees is Sees.EVERY_TENANT, **flaw), sees)

    assert re.search(told, one)


def test_the_api_does_not_work_as_a_role_that_sees_every_tenant():
    (one,) = problems(replace(GOOD, sees_every_tenant=True), Sees.ONE_TENANT)

    assert "set VOICEAGENT_DATABASE_URL" in one


def test_the_records_writer_is_told_that_it_would_see_nothing():
    (one,) = problems(GOOD, Sees.EVERY_TENANT)

    assert "set VOICEAGENT_DATABASE_JOBS_URL" in one
