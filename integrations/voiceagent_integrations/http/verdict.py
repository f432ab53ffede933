"""What an outcome means: take it, ask again, renew the token, or fail in this project's terms. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from voiceagent.core.errors import ConfigError, Forbidden, Unauthorised, UpstreamUnavailable, VoiceagentError
from voiceagent_integrations.http.backoff import Dice, backoff_s, retry_after_s
from voiceagent_integrations.http.message import Answer, Ask, Garbled, Lost, Outcome

_BROKEN: Final = frozenset({500, 502, 503, 504})  # the vendor's side; anything may have happened to the request


@dataclass(frozen=True, slots=True, kw_only=True)
class Blame:
    """Names for messages: the vendor, and the settings that hold the credentials."""

    vendor: str
    credentials: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Where a request stands: `attempt` counts from 1, `left_s` is what remains of the budget."""

    attempt: int
    left_s: float
    renewed: bool  # the token, during this request
    now: datetime


@dataclass(frozen=True, slots=True)
class Take:
    answer: Answer


@dataclass(frozen=True, slots=True)
class AskAgain:
    wait_s: float
    why: str  # not yet


@dataclass(frozen=True, slots=True)
class RenewToken:
    pass


@dataclass(frozen=True, slots=True)
class Fail:
    error: VoiceagentError


Verdict = Take | AskAgain | RenewToken | Fail


def is_failure(outcome: Outcome) -> bool:
    """Whether the breaker counts it: the vendor is not well. A refusal is an answer, and so is "not so fast"."""
    if isinstance(outcome, Lost):
        return not outcome.crowded
    return isinstance(outcome, Garbled) or outcome.status in _BROKEN


def judge(outcome: Outcome, ask: Ask, situation: Situation, *, blame: Blame, dice: Dice) -> Verdict:
    """What to do next. Waits that do not fit into `left_s` fail at once: the caller on the phone is told sooner."""
    if isinstance(outcome, Garbled):
        return Fail(UpstreamUnavailable(f"{blame.vendor} did not {ask.what}: {outcome.why}"))
    if isinstance(outcome, Lost):
        may = ask.repeatable or not outcome.sent
        return _again(outcome.why, ask, situation, wait_s=backoff_s(situation.attempt, dice), may=may, blame=blame)
    if 200 <= outcome.status < 300 or outcome.status in ask.hand_back:
        return Take(outcome)
    if outcome.status == 401 and ask.authorised and not situation.renewed:
        return RenewToken()
    if outcome.status == 429 or outcome.status in _BROKEN:
        return _later(outcome, ask, situation, blame=blame, dice=dice)
    return Fail(refusal(outcome, ask, blame))


def _later(outcome: Answer, ask: Ask, situation: Situation, *, blame: Blame, dice: Dice) -> Verdict:
    asked_s = retry_after_s(outcome.headers.get("retry-after", ""), situation.now)
    wait_s = (asked_s or 0.0) + backoff_s(situation.attempt, dice)
    may = ask.repeatable or outcome.status == 429  # what was turned away was not carried out
    why = "too many requests" if outcome.status == 429 else f"status {outcome.status}"
    return _again(why, ask, situation, wait_s=wait_s, may=may, blame=blame)


def _again(why: str, ask: Ask, situation: Situation, *, wait_s: float, may: bool, blame: Blame) -> Verdict:
    if may and wait_s < situation.left_s:
        return AskAgain(wait_s, why)
    return Fail(UpstreamUnavailable(f"{blame.vendor} did not {ask.what}: {why}"))


def refusal(answer: Answer, ask: Ask, blame: Blame) -> VoiceagentError:
    """The error of a status that no repetition helps. Tells the vendor's error code, never its text."""
    said = f"{answer.status} {answer.code}".strip()
    if answer.status == 401 or not ask.authorised:
        names = ", ".join(blame.credentials)
        return Unauthorised(f"{blame.vendor} refuses the credentials ({said}); check the connector's settings {names}")
    if answer.status == 403:
        return Forbidden(
            f"{blame.vendor} does not let these credentials {ask.what} ({said}); see the connector's README"
        )
    if answer.status == 404:
        return ConfigError(f"{blame.vendor} knows no way to {ask.what} ({said}); check the address in the settings")
    if 300 <= answer.status < 400:
        return ConfigError(f"{blame.vendor} has moved ({said}); set the connector to the address it leads to")
    return ConfigError(f"{blame.vendor} refuses to {ask.what} ({said}); does all that the settings name exist there?")
