import pytest

from voiceagent.core import errors
from voiceagent.core.problems import problem_for


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.NotFound(), 404, "not_found"),
        (errors.Conflict(), 409, "conflict"),
        (errors.Unauthorised(), 401, "unauthorised"),
        (errors.Forbidden("calls:write"), 403, "forbidden"),
        (errors.BadInput("line 3"), 400, "bad_input"),
        (errors.TooManyRequests(), 429, "too_many_requests"),
        (errors.NoCapacity(), 503, "no_capacity"),
        (errors.StoreUnavailable(), 503, "store_unavailable"),
        (errors.UpstreamUnavailable(), 502, "upstream_unavailable"),
        (errors.InternalError("secret detail"), 500, "internal_error"),
        (ValueError("secret detail"), 500, "internal_error"),
    ],
)
def test_every_error_has_a_status_and_a_stable_code(error: Exception, status: int, code: str) -> None:
    problem = problem_for(error)

    assert (problem.status, problem.code) == (status, code)
    assert problem.body(request_id="r")["type"] == f"urn:voiceagent:problem:{code}"


def test_every_class_of_the_tree_is_described_by_itself_or_its_ancestor() -> None:
    def descendants(cls: type[errors.VoiceagentError]) -> list[type[errors.VoiceagentError]]:
        return [cls, *(one for child in cls.__subclasses__() for one in descendants(child))]

    for cls in descendants(errors.VoiceagentError):
        assert 400 <= problem_for(cls.__new__(cls)).status <= 503


def test_what_went_wrong_inside_is_not_told_outside() -> None:
    assert "secret" not in str(problem_for(errors.InternalError("secret detail")).body())


def test_what_can_be_tried_again_says_when() -> None:
    assert "Retry-After" in problem_for(errors.NoCapacity()).headers()
    assert problem_for(errors.TooManyRequests(retry_after_s=7)).headers()["Retry-After"] == "7"
    assert "Retry-After" not in problem_for(errors.NotFound()).headers()
