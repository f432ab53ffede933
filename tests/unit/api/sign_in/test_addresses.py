import pytest

from voiceagent.api.sign_in.addresses import problem_of


@pytest.mark.parametrize(
    "url",
    [
        "https://login.example.com/realms/acme",
        "https://login.example.com:8443",
        "http://127.0.0.1:8080/realms/acme",
        "http://localhost:1",
        "http://[::1]:1",
    ],
)
def test_https_or_this_machine_will_do(url: str) -> None:
    assert problem_of(url) == ""


@pytest.mark.parametrize(
    "url",
    [
        *("", "login.example.com", "http://login.example.com", "http://127.0.0.1.example.com", "ftp://127.0.0.1"),
        *("https://anna:secret@login.example.com", "https://login.example.com/?a=b", "https://login.example.com/#a"),
        *("https://login.example.com:0", "https://login.example.com:x", "https://[", "https://login example.com"),
    ],
)
def test_anything_else_is_said_to_be_wrong(url: str) -> None:
    assert problem_of(url).startswith(("is not like", "has to begin"))
