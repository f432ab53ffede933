"""What an outcome leads to, as a table."""

from datetime import UTC, datetime

import pytest

from voiceagent.core.errors import ConfigError, Forbidden, Unauthorised, UpstreamUnavailable
from voiceagent_integrations.http.message import Answer, Ask, Garbled, Lost
from voiceagent_integrations.http.verdict import AskAgain, Blame, Fail, RenewToken, Situation, Take, is_failure, judge

BLAME = Blame(vendor="Acme", credentials=("client_id", "client_secret"))
READ = Ask(what="find a contact", method="GET", path="/c", repeatable=True, hand_back=frozenset({404}))
WRITE = Ask(what="add a note", method="POST", path="/n")
TOKEN = Ask(what="issue an access token", method="POST", path="/t", authorised=False, repeatable=True)


def verdict(outcome, ask=READ, *, left_s=2.0, renewed=False):
    situation = Situation(attempt=1, left_s=left_s, renewed=renewed, now=datetime(2026, 1, 1, tzinfo=UTC))
    return judge(outcome, ask, situation, blame=BLAME, dice=lambda: 0.5)


def status(number, **headers):
    return Answer(status=number, headers=headers)


@pytest.mark.parametrize("number", [200, 201, 204, 404])
def test_an_answer_that_the_caller_understands_is_taken(number):
    assert verdict(status(number)) == Take(status(number))


@pytest.mark.parametrize(
    ("outcome", "ask", "wait_s", "why"),
    [
        (status(500), READ, 0.05, "status 500"),
        (status(503, **{"retry-after": "1"}), READ, 1.05, "status 503"),
        (status(429, **{"retry-after": "1"}), WRITE, 1.05, "too many requests"),
        (status(429), WRITE, 0.05, "too many requests"),
        (Lost(why="no answer", sent=True), READ, 0.05, "no answer"),
        (Lost(why="refused", sent=False), WRITE, 0.05, "refused"),
        (status(500), TOKEN, 0.05, "status 500"),
    ],
    ids=str,
)
def test_what_may_be_repeated_is(outcome, ask, wait_s, why):
    assert verdict(outcome, ask) == AskAgain(wait_s, why)


@pytest.mark.parametrize(
    ("outcome", "ask", "left_s"),
    [
        (status(500), WRITE, 2.0),
        (status(503, **{"retry-after": "0"}), WRITE, 2.0),
        (Lost(why="no answer", sent=True), WRITE, 2.0),
        (status(429, **{"retry-after": "30"}), READ, 2.0),
        (status(500), READ, 0.05),
        (Garbled(why="not JSON"), READ, 2.0),
    ],
    ids=str,
)
def test_what_may_not_be_repeated_is_unavailable_at_once(outcome, ask, left_s):
    found = verdict(outcome, ask, left_s=left_s)

    assert isinstance(found, Fail)
    assert isinstance(found.error, UpstreamUnavailable)


def test_a_refused_token_is_renewed_once():
    assert verdict(status(401)) == RenewToken()
    assert isinstance(verdict(status(401), renewed=True).error, Unauthorised)


@pytest.mark.parametrize(
    ("number", "ask", "error", "words"),
    [
        (400, TOKEN, Unauthorised, "client_id, client_secret"),
        (401, TOKEN, Unauthorised, "client_id, client_secret"),
        (403, READ, Forbidden, "find a contact"),
        (404, WRITE, ConfigError, "address"),
        (301, READ, ConfigError, "moved"),
        (400, WRITE, ConfigError, "refuses to add a note"),
        (409, WRITE, ConfigError, "refuses to add a note"),
    ],
)
def test_a_refusal_says_what_to_look_at(number, ask, error, words):
    found = verdict(Answer(status=number, code="BAD_THING"), ask)

    assert isinstance(found, Fail)
    assert type(found.error) is error
    assert words in str(found.error)
    assert "BAD_THING" in str(found.error)


def test_the_breaker_counts_what_is_broken_and_not_what_is_refused():
    broken = [status(500), status(502), status(503), status(504), Lost(why="", sent=True), Garbled(why="")]

    assert all(is_failure(outcome) for outcome in broken)
    assert not is_failure(Lost(why="busy", sent=False, crowded=True))
    assert not any(is_failure(status(number)) for number in (200, 400, 401, 403, 404, 409, 429))
