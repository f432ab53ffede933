"""Moonshine's files come once, from a server, and only as they were published."""

import hashlib
import io
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from voiceagent.core.errors import ConfigError, Unavailable
from voiceagent.speech.moonshine.files import Archive, check, fetch


def packed(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(f"package/model/{name}")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


_PUBLISHED = {"encoder.onnx": b"hears", "decoder.onnx": b"writes"}
_OFFERS = {
    "/good": packed({**_PUBLISHED, "more.js": b"x"}),
    "/changed": packed({**_PUBLISHED, "decoder.onnx": b"lies"}),
    "/short": packed({"encoder.onnx": b"hears"}),
    "/cut": packed(_PUBLISHED)[:60],
    "/page": b"<html>log in</html>",
}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    class Offers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = _OFFERS.get(self.path)
            self.send_response(200 if body else 404)
            self.send_header("content-length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_arguments: object) -> None:
            """Quiet."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Offers)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{http.server_port}"
    http.shutdown()
    http.server_close()


def archive(url: str) -> Archive:
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in _PUBLISHED.items()}
    return Archive(url=url, inside="package/model", digests=digests)


def test_files_are_fetched_once_with_progress(server: str, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    first = fetch(tmp_path / "new", archive(f"{server}/good"), lambda come, whole: seen.append((come, whole)))
    second = fetch(tmp_path / "new", archive(f"{server}/gone"))

    assert (first, second) == (True, False)
    assert {path.name: path.read_bytes() for path in (tmp_path / "new").iterdir()} == _PUBLISHED
    assert seen[-1] == (len(_OFFERS["/good"]), len(_OFFERS["/good"]))


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/changed", "decoder.onnx .* is not what was published"),
        ("/short", "is not the archive that was expected: .*decoder.onnx"),
        ("/cut", "is not the archive that was expected"),
        ("/page", "is not the archive that was expected"),
        ("/nothing", "could not be fetched from .*/nothing: HTTPStatusError"),
    ],
)
def test_what_is_not_as_published_is_refused_and_nothing_of_it_kept(
    server: str, tmp_path: Path, path: str, said: str
) -> None:
    with pytest.raises(Unavailable, match=said):
        fetch(tmp_path / "new", archive(server + path))

    assert list(tmp_path.iterdir()) == []


def test_no_server_is_an_error_that_says_where_was_looked(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"could not be fetched from http://127.0.0.1:9/x: ConnectError"):
        fetch(tmp_path, archive("http://127.0.0.1:9/x"))


def test_missing_files_are_named_with_the_command_that_gets_them(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"moonshine lacks encoder_model.onnx, .* run `voiceagent fetch`"):
        check(tmp_path)
