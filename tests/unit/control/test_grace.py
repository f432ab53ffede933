from voiceagent.control.presence import Grace


def test_who_is_missing_long_enough_is_overdue() -> None:
    grace = Grace(5.0)

    assert grace.overdue(["a"], 100.0) == []
    assert grace.overdue(["a", "b"], 104.9) == []
    assert grace.overdue(["a", "b"], 105.0) == ["a"]
    assert grace.overdue(["a", "b"], 109.9) == ["a", "b"]


def test_who_comes_back_begins_anew() -> None:
    grace = Grace(5.0)
    grace.overdue(["a"], 100.0)
    grace.overdue([], 103.0)

    assert grace.overdue(["a"], 106.0) == []
    assert grace.overdue(["a"], 111.0) == ["a"]
