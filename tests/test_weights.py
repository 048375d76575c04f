"""The pinned download of weights, from a file server on this machine."""

from __future__ import annotations

import functools
import hashlib
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from jpadse_core import WeightsChecksum, WeightsFile, WeightsMissing, WeightsOffline

CONTENT = bytes(range(256)) * 64
DIGEST = hashlib.sha256(CONTENT).hexdigest()


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "net.onnx").write_bytes(CONTENT)
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Silent, directory=str(folder))) as httpd:
        thread = threading.Thread(target=httpd.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{httpd.server_port}"
        httpd.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("JPADSE_CACHE", str(folder))
    monkeypatch.delenv("JPADSE_OFFLINE", raising=False)
    return folder


def weights(url: str, digest: str = DIGEST) -> WeightsFile:
    return WeightsFile("net.onnx", url, digest, "CC0")


def test_weights_are_downloaded_once_and_kept(server: str, cache: Path, tmp_path: Path) -> None:
    path = weights(f"{server}/net.onnx").fetch()
    assert path == cache / "net.onnx"
    assert path.read_bytes() == CONTENT
    (tmp_path / "served" / "net.onnx").unlink()
    assert weights(f"{server}/net.onnx").fetch() == path


def test_a_download_that_is_not_the_pinned_one_is_refused_and_not_kept(server: str, cache: Path) -> None:
    with pytest.raises(WeightsChecksum, match=rf"{server}/net\.onnx gives .* is not the pinned 0000.* at {cache}/net"):
        weights(f"{server}/net.onnx", "0" * 64).fetch()
    assert list(cache.iterdir()) == []


def test_the_first_digits_of_a_digest_are_a_pin_from_eight_on(server: str) -> None:
    assert weights(f"{server}/net.onnx", DIGEST[:8]).fetch().read_bytes() == CONTENT
    for pin in ("", DIGEST[:7], "0" * 8):
        with pytest.raises(WeightsChecksum, match="is not the pinned"):
            weights(f"{server}/net.onnx", pin).fetch()


def test_a_changed_file_in_the_cache_is_refused(server: str, cache: Path) -> None:
    weights(f"{server}/net.onnx").fetch()
    (cache / "net.onnx").write_bytes(CONTENT[:-1])
    with pytest.raises(WeightsChecksum, match="delete it and try again"):
        weights(f"{server}/net.onnx").fetch()


def test_offline_nothing_is_downloaded_but_the_cache_serves(
    server: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JPADSE_OFFLINE", "1")
    with pytest.raises(WeightsOffline, match=r"JPADSE_OFFLINE is set.*\(licence: CC0\)"):
        weights(f"{server}/net.onnx").fetch()
    cache.mkdir()
    (cache / "net.onnx").write_bytes(CONTENT)
    assert weights(f"{server}/net.onnx").fetch().read_bytes() == CONTENT


def test_a_missing_file_is_an_error_with_its_address(server: str, cache: Path) -> None:
    with pytest.raises(WeightsMissing, match=r"/absent\.onnx cannot be downloaded"):
        weights(f"{server}/absent.onnx").fetch()
    assert list(cache.iterdir()) == []


def test_threads_that_want_the_same_weights_at_once_all_get_them(server: str, cache: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        paths = list(pool.map(lambda _: weights(f"{server}/net.onnx").fetch(), range(16)))
    assert {path.read_bytes() for path in paths} == {CONTENT}
    assert list(cache.iterdir()) == [cache / "net.onnx"]


def test_a_cache_that_cannot_be_written_is_an_error_that_says_how_to_move_it(server: str, cache: Path) -> None:
    cache.write_text("a file where the folder should be")
    with pytest.raises(WeightsMissing, match=r"net\.onnx: cannot be kept in .*JPADSE_CACHE"):
        weights(f"{server}/net.onnx").fetch()


def test_weights_that_cannot_be_read_are_an_error_with_their_path(server: str, cache: Path) -> None:
    (cache / "net.onnx").mkdir(parents=True)
    with pytest.raises(WeightsMissing, match=r"net\.onnx: cannot be read: Is a directory"):
        weights(f"{server}/net.onnx").fetch()


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"Transfer-Encoding: chunked\r\n\r\n40\r\nonly so much", "cannot be downloaded"),
        (b"Content-Length: 64\r\n\r\nonly so much", "broke off after 12 of 64 bytes: try again"),
    ],
)
def test_a_download_that_breaks_off_is_an_error_and_not_kept(cache: Path, answer: bytes, message: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=_break_off, args=(listening, answer), daemon=True)
        thread.start()
        with pytest.raises(WeightsMissing, match=message):
            weights(f"http://127.0.0.1:{listening.getsockname()[1]}/net.onnx").fetch()
        thread.join()
    assert list(cache.iterdir()) == []


def _break_off(listening: socket.socket, answer: bytes) -> None:
    connection, _ = listening.accept()
    with connection:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + answer)
