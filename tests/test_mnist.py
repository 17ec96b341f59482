"""MNIST from a cache folder, and from mirrors that misbehave in every known way."""

import _thread
import contextlib
import gzip
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlparse

import made_mnist
import numpy as np
import pytest

from course_utils import mnist

CONTENTS = made_mnist.contents()
ARCHIVES = made_mnist.archives()
DOTTED = {name.replace("-idx", ".idx"): body for name, body in CONTENTS.items()}
FIRST = made_mnist.NAMES[0]
HTML = b"<!DOCTYPE html><html><body>Moved, please log in</body></html>"
STORED = sorted(f"mnist/{name}" for name in CONTENTS)


class Mirror(ThreadingHTTPServer):
    """A mirror on this machine; `answer(handler, name)` decides how it behaves."""

    daemon_threads = True

    def __init__(self, answer):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer, self.asked = answer, []
        self.released = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}/mnist/"
        threading.Thread(target=self.serve_forever, args=[0.02], daemon=True).start()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        name = self.path.rsplit("/", 1)[1]
        self.server.asked.append(name)
        with contextlib.suppress(ConnectionError):
            self.server.answer(self, name)

    def reply(self, body, status=200, length=None):
        self.send_response(status)
        if length != "none":
            self.send_header("Content-Length", str(length or len(body)))
        self.end_headers()
        self.wfile.write(body)

    def drip(self, chunk=b"x", pause=0.1):
        """Ends some time, so that a loader without a limit fails the test."""
        end = time.monotonic() + 15
        while not self.server.released.wait(pause) and time.monotonic() < end:
            self.wfile.write(chunk)

    def log_message(self, *args):
        pass


def slow_line(handler, name):
    body = ARCHIVES[name]
    handler.reply(b"", length=len(body))
    for start in range(0, len(body), 4096):  # 20 kB/s
        handler.wfile.write(body[start : start + 4096])
        time.sleep(0.2)


def half(handler, name, length=None):
    handler.reply(ARCHIVES[name][:500], length=length or len(ARCHIVES[name]))


def good(handler, name):
    handler.reply(ARCHIVES[name])


GOOD = {
    "as published": good,
    "compressed anew": lambda h, name: h.reply(gzip.compress(CONTENTS[name[:-3]], 1)),
    "slow line": slow_line,
}
BAD = {
    "web page": lambda h, name: h.reply(HTML),
    "not found": lambda h, name: h.reply(b"gone", status=404),
    "breaks off": half,
    "breaks off unannounced": lambda h, name: half(h, name, "none"),
    "other digits": lambda h, name: h.reply(made_mnist.archives(seed=1)[name]),
    "goes silent": lambda h, name: (half(h, name), h.server.released.wait(20)),
    "drips": lambda h, name: (h.reply(b"", length=len(ARCHIVES[name])), h.drip()),
    "drips a header": lambda h, name: (h.wfile.write(b"HTTP/1.1 200 OK\r\n"), h.drip()),
    "no HTTP": lambda h, name: h.wfile.write(b"\x00\x01 nonsense\r\n\r\n"),
    "bomb": lambda h, name: h.reply(gzip.compress(bytes(2**22))),
    "endless": lambda h, name: (h.reply(b"", length="none"), h.drip(bytes(2**14), 0)),
}


@pytest.fixture(autouse=True)
def made_set(monkeypatch, tmp_path):
    """The made set, an empty cache folder, no mirror, and little patience."""
    monkeypatch.setattr(mnist, "FILES", made_mnist.known_files())
    monkeypatch.setattr(mnist, "MIRRORS", ())
    monkeypatch.setattr(mnist, "PATIENCE_S", 0.5)
    monkeypatch.setattr(mnist, "MAX_BYTES", 1_000_000)
    monkeypatch.setenv("VAE_COURSE_CACHE", str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def mirrors(monkeypatch):
    """Starts mirrors that behave as told, to be asked in this order."""
    running = []

    def start(*answers):
        running.extend(Mirror(answer) for answer in answers)
        monkeypatch.setattr(mnist, "MIRRORS", [server.url for server in running])
        return running

    yield start
    for server in running:
        server.released.set()
        server.shutdown()
        server.server_close()


def all_files(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def assert_made_set(result):
    for found, expected in zip(result, made_mnist.arrays(), strict=True):
        np.testing.assert_array_equal(found, expected)
        assert found.dtype == np.uint8


@pytest.mark.parametrize("answer", GOOD.values(), ids=GOOD)
def test_fetched_once_then_read_without_network(answer, tmp_path, mirrors, monkeypatch):
    (server,) = mirrors(answer)
    assert_made_set(mnist.read())
    assert all_files(tmp_path) == STORED
    monkeypatch.setattr(mnist, "MIRRORS", ())
    assert_made_set(mnist.read())
    (tmp_path / "mnist" / FIRST).unlink()
    refused = "http://127.0.0.1:9/"  # where nobody listens
    monkeypatch.setattr(mnist, "MIRRORS", [refused, server.url])
    server.asked.clear()
    assert_made_set(mnist.read())
    assert server.asked == [f"{FIRST}.gz"], "only what is missing is fetched"


@pytest.mark.parametrize("answer", BAD.values(), ids=BAD)
def test_bad_mirror_leads_to_the_next_or_is_named(answer, tmp_path, mirrors):
    server, start = mirrors(answer)[0], time.monotonic()
    with pytest.raises(FileNotFoundError) as caught:
        mnist.read()
    assert time.monotonic() - start < 10, "it waited until a drip ended by itself"
    for part in (f"{server.url}{FIRST}.gz", str(tmp_path), "VAE_COURSE_CACHE"):
        assert part in str(caught.value)
    assert all_files(tmp_path) == []
    server.asked.clear()
    mirrors(good)
    assert_made_set(mnist.read())
    assert all_files(tmp_path) == STORED
    assert len(server.asked) == 1, "a mirror that failed is asked again for each file"


def test_there_is_a_second_mirror_elsewhere(monkeypatch):
    monkeypatch.undo()
    addresses = [urlparse(url) for url in mnist.MIRRORS]
    assert {address.scheme for address in addresses} == {"https"}
    assert len({address.hostname for address in addresses}) >= 2
    assert mnist.MAX_BYTES >= 47_040_016  # the largest file, decompressed


@pytest.mark.parametrize("subfolder", [".", "mnist"])
@pytest.mark.parametrize(
    "held", [ARCHIVES, CONTENTS, DOTTED], ids=["compressed", "plain", "dotted"]
)
def test_placed_files_are_used_and_nothing_is_written(subfolder, held, tmp_path):
    folder = tmp_path / subfolder
    folder.mkdir(exist_ok=True)
    for name, body in held.items():
        (folder / name).write_bytes(body)
    before, stamp = all_files(tmp_path), folder.stat().st_mtime_ns
    assert_made_set(mnist.read())
    assert (all_files(tmp_path), folder.stat().st_mtime_ns) == (before, stamp)


@pytest.mark.parametrize("subfolder", [".", "mnist"])
@pytest.mark.parametrize(
    "end, body",
    [
        (".gz", HTML),
        (".gz", ARCHIVES[f"{FIRST}.gz"][:500]),
        ("", CONTENTS[FIRST][:-1]),
        ("", made_mnist.contents(seed=1)[FIRST]),
    ],
    ids=["web page", "half an archive", "cut", "other digits"],
)
def test_damaged_file_is_named_and_left(subfolder, end, body, tmp_path, mirrors):
    mirrors(good)
    spoilt = tmp_path / subfolder / f"{FIRST}{end}"
    spoilt.parent.mkdir(exist_ok=True)
    spoilt.write_bytes(body)
    with pytest.raises(ValueError, match="damaged") as caught:
        mnist.read()
    assert str(spoilt) in str(caught.value) and spoilt.read_bytes() == body


def test_cache_variable(monkeypatch):
    for chosen, folder in {"~/digits": "digits", "": "vae-course"}.items():
        monkeypatch.setenv("VAE_COURSE_CACHE", chosen)
        assert mnist.cache_folder().name == folder
        assert "~" not in str(mnist.cache_folder())


@pytest.mark.parametrize("blocked", [".", "mnist"])
def test_folder_that_cannot_be_used_is_named(blocked, tmp_path, mirrors, monkeypatch):
    monkeypatch.setenv("VAE_COURSE_CACHE", str(tmp_path / "cache"))
    in_the_way = tmp_path / "cache" / blocked
    in_the_way.parent.mkdir(exist_ok=True)
    in_the_way.write_text("a file")
    mirrors(good)
    with pytest.raises(FileNotFoundError, match="VAE_COURSE_CACHE") as caught:
        mnist.read()
    assert str(in_the_way) in str(caught.value)
    assert in_the_way.read_text() == "a file"


def test_two_readers_at_once(tmp_path, mirrors):
    mirrors(slow_line)
    with ThreadPoolExecutor(2) as pool:
        for result in pool.map(lambda _: mnist.read(), range(2)):
            assert_made_set(result)
    assert all_files(tmp_path) == STORED


@pytest.mark.skipif(os.name == "nt", reason="a wait is not interrupted there")
def test_interrupt_stops_and_leaves_nothing(tmp_path, mirrors):
    def interrupted_halfway(handler, name):
        half(handler, name)
        _thread.interrupt_main()  # Ctrl-C
        handler.server.released.wait(20)

    _, bystander = mirrors(interrupted_halfway, good)
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            mnist.read()
    finally:
        signal.signal(signal.SIGINT, handler)
    assert all_files(tmp_path) == [] and bystander.asked == []
