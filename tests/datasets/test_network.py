"""Short limits and whole answers."""

from __future__ import annotations

import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tftune.datasets import network
from tftune.datasets.network import fetch, reachable
from tftune.errors import DataError

OPEN = urllib.request.urlopen  # before the fixture of this folder takes it away


class Handler(BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        self.send_response(200 if self.path == "/whole" else 404)
        self.end_headers()

    def do_GET(self) -> None:
        self.send_response(404 if self.path == "/missing" else 200)
        self.send_header("Content-Length", "100" if self.path == "/half" else "5")
        self.end_headers()
        if self.path == "/slow":
            time.sleep(1)
        self.wfile.write(b"12345")

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server on this machine only, without the proxies of the environment."""
    monkeypatch.setattr(urllib.request, "urlopen", OPEN)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_fetches_the_whole_content(address: str) -> None:
    assert fetch(f"{address}/whole") == b"12345"


@pytest.mark.parametrize(("path", "reason"), [("missing", "404"), ("half", "95 bytes are missing")])
def test_an_error_or_half_a_file_is_no_content(address: str, path: str, reason: str) -> None:
    with pytest.raises(DataError, match=f"{path}: .*{reason}"):
        fetch(f"{address}/{path}")


def test_more_than_the_limit_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "LARGEST_BYTES", 4)
    with pytest.raises(DataError, match="more than 4 bytes"):
        fetch(f"{address}/whole")


def test_slow_content_ends_at_the_total_limit(address: str) -> None:
    started = time.monotonic()
    with pytest.raises(DataError, match=r"did not answer within 0\.5 s"):
        fetch(f"{address}/slow", answer_seconds=2, total_seconds=0.5)
    assert time.monotonic() - started < 2


def test_reachable_asks_for_the_head_only(address: str) -> None:
    assert reachable(f"{address}/whole") is None
    assert "404" in str(reachable(f"{address}/missing"))


def test_a_closed_port_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(urllib.request, "urlopen", OPEN)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody answers
        started = time.monotonic()
        assert "refused" in str(reachable(f"http://127.0.0.1:{taken.getsockname()[1]}/"))
    assert time.monotonic() - started < 5


def test_a_name_look_up_that_hangs_ends_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr(urllib.request, "urlopen", lambda request, timeout: over.wait(30))
    started = time.monotonic()
    assert "did not answer within 0.3 s" in str(
        reachable("https://example.org/file", answer_seconds=0.3)
    )
    assert time.monotonic() - started < 2
    over.set()
