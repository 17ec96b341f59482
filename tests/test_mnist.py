"""MNIST from a cache folder, and from mirrors that misbehave in every known way."""

import contextlib
import gzip
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlparse

import made_mnist
import numpy as np
import pytest
import tqdm.notebook
import tqdm.std

from course_utils import download, fetch, mnist

CONTENTS = made_mnist.contents()
ARCHIVES = made_mnist.archives()
FILES = made_mnist.known_files(CONTENTS)
DOTTED = {name.replace("-idx", ".idx"): body for name, body in CONTENTS.items()}
HTML = b"<!DOCTYPE html><html><body>Moved, please log in</body></html>"


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

    def reply(self, body, status=200, length=None, **headers):
        self.send_response(status)
        if length != "none":
            self.send_header("Content-Length", str(length or len(body)))
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def good(handler, name):
    handler.reply(ARCHIVES[name])


def compressed_anew(handler, name):
    handler.reply(gzip.compress(CONTENTS[name.removesuffix(".gz")], 1, mtime=1))


def decompressed_on_the_way(handler, name):
    handler.reply(ARCHIVES[name], Content_Encoding="gzip")


def web_page(handler, name):
    handler.reply(HTML, Content_Type="text/html")


def not_found(handler, name):
    handler.reply(b"gone", status=404)


def unavailable(handler, name):
    handler.reply(HTML, status=503)


def breaks_off(handler, name):
    body = ARCHIVES[name]
    handler.reply(body[: len(body) // 2], length=len(body))


def breaks_off_unannounced(handler, name):
    body = ARCHIVES[name]
    handler.reply(body[: len(body) // 2], length="none")


def empty(handler, name):
    handler.reply(b"")


def other_digits(handler, name):
    handler.reply(made_mnist.archives(seed=1)[name])


def damaged(handler, name):
    body = bytearray(ARCHIVES[name])
    body[20] ^= 0xFF
    handler.reply(bytes(body))


def silent(handler, name):
    handler.server.released.wait(20)


def goes_silent(handler, name):
    body = ARCHIVES[name]
    handler.reply(body[:20], length=len(body))
    handler.wfile.flush()
    handler.server.released.wait(20)


def drips(handler, name):
    handler.reply(b"", length=len(ARCHIVES[name]))
    for _ in range(50):  # an end, so that a loader without a limit fails the test
        if not handler.server.released.wait(0.1):
            handler.wfile.write(ARCHIVES[name][:1])


def drips_a_header(handler, name):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    for _ in range(50):
        if not handler.server.released.wait(0.1):
            handler.wfile.write(b"x")


def no_http(handler, name):
    handler.wfile.write(b"\x00\x01 nonsense\r\n\r\n")


def bomb(handler, name):
    handler.reply(gzip.compress(bytes(2**22)))


def endless(handler, name):
    handler.reply(bytes(2**22))


MISBEHAVIOURS = {
    web_page: "a web page (HTML) instead of the file",
    not_found: "HTTP status 404",
    unavailable: "HTTP status 503",
    breaks_off: "truncated: the connection broke off",
    breaks_off_unannounced: "truncated: the archive ends too early",
    empty: "0 bytes of other contents",
    other_digits: "other contents: SHA-256",
    damaged: "a damaged archive",
    silent: "no answer in time",
    goes_silent: "no connection (no network, refused, or it went silent)",
    no_http: "no connection (no network, refused, or it went silent)",
    drips: "too slow: below 5000 bytes a second",
    drips_a_header: "too slow: below 5000 bytes a second",
    bomb: ": 1000001 bytes of other contents",
    endless: "an answer of more than 1000000 bytes",
}


@pytest.fixture
def mirror(monkeypatch):
    """Starts mirrors that behave as told."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("VAE_COURSE_PROGRESS", "0")
    monkeypatch.setattr(download, "TIMEOUT_S", 0.5)
    for module in (download, fetch):
        monkeypatch.setattr(module, "MAX_BYTES", 1_000_000)
    running = []

    def start(answer):
        running.append(Mirror(answer))
        return running[-1]

    yield start
    for server in running:
        server.released.set()
        server.shutdown()
        server.server_close()


@pytest.fixture
def refused():
    """The address of a port at which nobody listens."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{s.getsockname()[1]}/"


def all_files(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def assert_made_set(result):
    for found, expected in zip(result, made_mnist.arrays(), strict=True):
        np.testing.assert_array_equal(found, expected)
        assert found.dtype == np.uint8


WHOLE = sorted(f"mnist/{name}" for name in ARCHIVES)


def test_fetched_once_then_read_without_network(tmp_path, mirror):
    server = mirror(good)
    assert_made_set(mnist.read(cache=tmp_path, mirrors=[server.url], files=FILES))
    assert server.asked == [f"{name}.gz" for name in made_mnist.NAMES]
    assert all_files(tmp_path) == WHOLE
    for name, body in ARCHIVES.items():
        assert (tmp_path / "mnist" / name).read_bytes() == body
    assert_made_set(mnist.read(cache=tmp_path, mirrors=[], files=FILES))


@pytest.mark.parametrize("answer", MISBEHAVIOURS, ids=lambda f: f.__name__)
def test_bad_mirror_leads_to_the_next(answer, tmp_path, mirror):
    first, second = mirror(answer), mirror(good)
    urls = [first.url, second.url]
    assert_made_set(mnist.read(cache=tmp_path, mirrors=urls, files=FILES))
    assert all_files(tmp_path) == WHOLE
    assert len(first.asked) == 1, "a mirror that failed is asked again for each file"


@pytest.mark.parametrize("answer", MISBEHAVIOURS, ids=lambda f: f.__name__)
def test_only_bad_mirrors_say_what_was_tried(answer, tmp_path, mirror, refused):
    server = mirror(answer)
    with pytest.raises(FileNotFoundError) as caught:
        mnist.read(cache=tmp_path, mirrors=[server.url, refused], files=FILES)
    message = str(caught.value)
    name = "train-images-idx3-ubyte"
    assert f"{server.url}{name}.gz: " in message and MISBEHAVIOURS[answer] in message
    assert f"{refused}{name}.gz: no connection" in message
    assert str(tmp_path / "mnist") in message and "VAE_COURSE_CACHE" in message
    assert all(part in message for part in made_mnist.NAMES)
    assert "object at 0x" not in message
    assert all_files(tmp_path) == []


def test_slow_mirror_that_keeps_coming_is_waited_for(tmp_path, mirror, refused):
    def slowly(handler, name):
        body = ARCHIVES[name]
        handler.reply(b"", length=len(body))
        for start in range(0, len(body), 4096):  # a real line: 20 kB/s
            handler.wfile.write(body[start : start + 4096])
            time.sleep(0.2)

    start = time.monotonic()
    urls = [mirror(slowly).url, refused]
    assert_made_set(mnist.read(cache=tmp_path, mirrors=urls, files=FILES))
    assert time.monotonic() - start > 2 * download.TIMEOUT_S, "no test of patience"


def test_limits_fit_the_real_files():
    assert 5 <= download.TIMEOUT_S <= 60
    assert 500 <= download.MIN_RATE <= 10_000  # half of a slow line that must pass
    largest = 47_040_016  # bytes: train-images-idx3-ubyte, decompressed
    assert largest <= fetch.MAX_BYTES <= 10 * largest


def test_mirrors_are_two_hosts():
    addresses = [urlparse(url) for url in mnist.MIRRORS]
    assert {address.scheme for address in addresses} == {"https"}
    assert len({address.hostname for address in addresses}) >= 2


def test_other_names_of_the_decompressed_files():
    assert [file.alias for file in mnist.FILES] == [
        "train-images.idx3-ubyte",
        "train-labels.idx1-ubyte",
        "t10k-images.idx3-ubyte",
        "t10k-labels.idx1-ubyte",
    ]


def test_refused_connection_leads_to_the_next(tmp_path, mirror, refused):
    urls = [refused, mirror(good).url]
    assert_made_set(mnist.read(cache=tmp_path, mirrors=urls, files=FILES))


def test_archive_compressed_anew_is_accepted(tmp_path, mirror, caplog):
    caplog.set_level(logging.INFO)
    url = mirror(compressed_anew).url
    assert_made_set(mnist.read(cache=tmp_path, mirrors=[url], files=FILES))
    assert "its contents are right" in caplog.text
    assert_made_set(mnist.read(cache=tmp_path, mirrors=[], files=FILES))


def test_published_archive_is_recognised(tmp_path, mirror, caplog):
    caplog.set_level(logging.INFO)
    mnist.read(cache=tmp_path, mirrors=[mirror(good).url], files=FILES)
    assert "its contents" not in caplog.text


def test_file_that_arrives_decompressed_is_accepted(tmp_path, mirror):
    url = mirror(decompressed_on_the_way).url
    assert_made_set(mnist.read(cache=tmp_path, mirrors=[url], files=FILES))
    assert all_files(tmp_path) == sorted(f"mnist/{name}" for name in CONTENTS)
    assert_made_set(mnist.read(cache=tmp_path, mirrors=[], files=FILES))


@pytest.mark.parametrize("subfolder", [".", "mnist"])
@pytest.mark.parametrize(
    "held", [ARCHIVES, CONTENTS, DOTTED], ids=["compressed", "plain", "dotted"]
)
def test_placed_files_are_used_and_nothing_is_written(
    subfolder, held, tmp_path, monkeypatch
):
    folder = tmp_path / subfolder
    folder.mkdir(exist_ok=True)
    for name, body in held.items():
        (folder / name).write_bytes(body)
    before, stamp = all_files(tmp_path), folder.stat().st_mtime_ns
    folder.chmod(0o555)  # read-only, except for root: so the time stamp is compared
    try:
        monkeypatch.setenv("VAE_COURSE_CACHE", str(tmp_path))
        monkeypatch.setattr(mnist, "FILES", FILES)
        monkeypatch.setattr(fetch, "download", lambda url: pytest.fail(url))
        assert_made_set(mnist.read())
    finally:
        folder.chmod(0o755)
    assert (all_files(tmp_path), folder.stat().st_mtime_ns) == (before, stamp)


def test_only_what_is_missing_is_fetched(tmp_path, mirror):
    missing = "t10k-labels-idx1-ubyte.gz"
    for name, body in ARCHIVES.items():
        if name != missing:
            (tmp_path / name).write_bytes(body)
    server = mirror(good)
    assert_made_set(mnist.read(cache=tmp_path, mirrors=[server.url], files=FILES))
    assert server.asked == [missing]


@pytest.mark.parametrize(
    "body, reason",
    [
        (HTML, "a web page (HTML) instead of the file"),
        (ARCHIVES["train-images-idx3-ubyte.gz"][:500], "truncated"),
        (made_mnist.archives(seed=1)["train-images-idx3-ubyte.gz"], "other contents"),
    ],
)
def test_damaged_cache_is_replaced_or_named(body, reason, tmp_path, mirror):
    spoilt = tmp_path / "mnist" / "train-images-idx3-ubyte.gz"
    spoilt.parent.mkdir()
    spoilt.write_bytes(body)
    with pytest.raises(FileNotFoundError) as caught:
        mnist.read(cache=tmp_path, mirrors=[], files=FILES)
    message = str(caught.value)
    assert f"{spoilt}: " in message and reason in message
    assert message.startswith("train-images-idx3-ubyte is damaged in the cache folder")
    assert_made_set(mnist.read(cache=tmp_path, mirrors=[mirror(good).url], files=FILES))
    assert spoilt.read_bytes() == ARCHIVES[spoilt.name]


def test_unreadable_file_is_named(tmp_path):
    (tmp_path / "train-images-idx3-ubyte.gz").mkdir()  # no chmod: root reads all
    with pytest.raises(FileNotFoundError, match="^train-images-idx3-ubyte cannot be"):
        mnist.read(cache=tmp_path, mirrors=[], files=FILES)


def test_missing_file_is_called_missing(tmp_path):
    message = "^train-images-idx3-ubyte is not in the cache folder, and no mirror gave"
    with pytest.raises(FileNotFoundError, match=message):
        mnist.read(cache=tmp_path, mirrors=[], files=FILES)


@pytest.mark.parametrize("below", [".", "a/b"])
@pytest.mark.parametrize("name", ["cache", "cache/mnist"])
def test_file_in_place_of_a_folder(name, below, tmp_path, mirror):
    in_the_way = tmp_path / name
    in_the_way.parent.mkdir(exist_ok=True)
    in_the_way.write_text("in the way")
    cache = tmp_path / "cache" / below if name == "cache" else tmp_path / "cache"
    server = mirror(good)
    for mirrors in ([], [server.url]):
        with pytest.raises(NotADirectoryError) as caught:
            mnist.read(cache=cache, mirrors=mirrors, files=FILES)
        message = str(caught.value)
        assert f"{in_the_way} is a file, expected a folder" in message
        assert "VAE_COURSE_CACHE" in message
    assert server.asked == [] and in_the_way.read_text() == "in the way"


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_dead_link_in_place_of_a_folder(tmp_path):
    (tmp_path / "mnist").symlink_to(tmp_path / "nowhere")
    with pytest.raises(NotADirectoryError, match="mnist is a link or drive that leads"):
        mnist.read(cache=tmp_path, mirrors=[], files=FILES)


def test_a_file_called_mnist_beside_the_files_does_no_harm(tmp_path):
    made_mnist.place(tmp_path)
    (tmp_path / "mnist").write_text("notes")
    assert_made_set(mnist.read(cache=tmp_path, mirrors=[], files=FILES))


@pytest.mark.parametrize("exists", [True, False])
def test_folder_that_cannot_be_written_offline(exists, tmp_path, monkeypatch):
    folder = tmp_path / "mnist"
    if exists:
        folder.mkdir()
    locked = folder if exists else tmp_path

    def access(path, mode):  # no chmod: root writes everywhere
        assert mode & os.W_OK
        return Path(path) != locked

    monkeypatch.setattr(fetch.os, "access", access)
    with pytest.raises(FileNotFoundError) as caught:
        mnist.read(cache=tmp_path, mirrors=[], files=FILES)
    message = str(caught.value)
    assert f"let VAE_COURSE_CACHE name it ({folder} cannot be written)" in message


def test_folder_that_cannot_be_written_online(tmp_path, mirror, monkeypatch):
    def refuse(path, content):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(fetch, "write_atomically", refuse)
    with pytest.warns(UserWarning, match="VAE_COURSE_CACHE name a folder that can"):
        result = mnist.read(cache=tmp_path, mirrors=[mirror(good).url], files=FILES)
    assert_made_set(result)


def test_cache_variable(monkeypatch, tmp_path):
    monkeypatch.setenv("VAE_COURSE_CACHE", str(tmp_path))
    assert fetch.cache_folder() == tmp_path
    monkeypatch.setenv("VAE_COURSE_CACHE", "~/digits")
    assert fetch.cache_folder() == Path.home() / "digits"
    for unset in (
        lambda: monkeypatch.setenv("VAE_COURSE_CACHE", ""),
        lambda: monkeypatch.delenv("VAE_COURSE_CACHE"),
    ):
        unset()
        assert fetch.cache_folder().name == "vae-course"
    monkeypatch.setenv("VAE_COURSE_CACHE", "~nosuchuser/x")
    with pytest.raises(ValueError, match="VAE_COURSE_CACHE must .* '~nosuchuser/x'"):
        fetch.cache_folder()


def pauses_halfway(handler, name):
    """Sends a file in two halves, so that a bar can be seen between them."""
    body = ARCHIVES[name]
    handler.reply(body[: len(body) // 2], length=len(body))
    handler.wfile.flush()
    handler.server.released.wait(0.4)
    handler.wfile.write(body[len(body) // 2 :])


def test_progress_bar_and_its_switch(tmp_path, mirror, monkeypatch, capfd):
    monkeypatch.setattr(download, "tqdm", tqdm.std.tqdm)
    mnist.read(cache=tmp_path / "a", mirrors=[mirror(good).url], files=FILES)
    assert capfd.readouterr() == ("", "")
    monkeypatch.setenv("VAE_COURSE_PROGRESS", "1")
    url = mirror(pauses_halfway).url
    mnist.read(cache=tmp_path / "b", mirrors=[url], files=FILES)
    lines = capfd.readouterr().err.split("\r")
    first = [line for line in lines if line.startswith("train-images-idx3-ubyte.gz: ")]
    shown = [int(p) for p in re.findall(r" (\d+)%", "".join(first))]
    assert shown == sorted(shown) and shown[-1] == 100
    assert any(30 < percent < 70 for percent in shown)
    size = len(ARCHIVES["train-images-idx3-ubyte.gz"]) / 1000
    assert f"{size:.1f}k/{size:.1f}k" in first[-1]


def test_progress_bar_of_a_quick_download_is_full(tmp_path, mirror, monkeypatch, capfd):
    monkeypatch.setattr(download, "tqdm", tqdm.std.tqdm)
    monkeypatch.setenv("VAE_COURSE_PROGRESS", "1")
    mnist.read(cache=tmp_path, mirrors=[mirror(good).url], files=FILES)
    assert capfd.readouterr().err.count("100%") >= len(FILES)


def test_progress_widget_of_a_notebook(tmp_path, mirror, monkeypatch, capsys):
    shown = {}

    class Seen(tqdm.notebook.tqdm):
        def display(self, *args, **kwargs):
            super().display(*args, **kwargs)
            bar = self.container.children[1]
            shown.setdefault(self.desc, []).append((bar.value, bar.max))

    monkeypatch.setattr(download, "tqdm", Seen)
    monkeypatch.setenv("VAE_COURSE_PROGRESS", "1")
    url = mirror(pauses_halfway).url
    assert_made_set(mnist.read(cache=tmp_path, mirrors=[url], files=FILES))
    size = len(ARCHIVES["train-images-idx3-ubyte.gz"])
    states = shown["train-images-idx3-ubyte.gz"]
    assert states[-1] == (size, size)
    assert any(0.3 < value / top < 0.7 for value, top in states if top == size)
    early = [value for value, top in states if top != size]
    assert not any(early), "the bar moves before it knows how far"


@pytest.mark.parametrize("look", [tqdm.std.tqdm, tqdm.notebook.tqdm])
@pytest.mark.parametrize("length", ["none", "-5", "0"])
def test_length_unknown_or_wrong_does_not_stop_the_bar(
    look, length, tmp_path, mirror, monkeypatch, capfd
):
    def answer(handler, name):
        handler.reply(ARCHIVES[name], length=length)

    monkeypatch.setattr(download, "tqdm", look)
    monkeypatch.setenv("VAE_COURSE_PROGRESS", "1")
    urls = [mirror(answer).url, mirror(good).url]
    assert_made_set(mnist.read(cache=tmp_path, mirrors=urls, files=FILES))


# The real thing in processes of their own; the made set replaces hashes and mirrors.
CHILD = """
import signal, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)  # deaf under nohup
import made_mnist
from course_utils import mnist
files = made_mnist.known_files(made_mnist.contents())
result = mnist.read(cache=Path(sys.argv[2]), mirrors=sys.argv[3:], files=files)
assert all((a == b).all() for a, b in zip(result, made_mnist.arrays(), strict=True))
"""


def start_child(folder, *urls):
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, str(Path(__file__).parent), str(folder), *urls],
        env={**os.environ, "VAE_COURSE_PROGRESS": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_processes_at_once(tmp_path, mirror):
    both = threading.Barrier(2, timeout=60)

    def slowly(handler, name):
        body = ARCHIVES[name]
        half = len(body) // 2
        handler.reply(body[:half], length=len(body))
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait()  # neither gets the end before both have the beginning
        handler.wfile.write(body[half:])

    url = mirror(slowly).url
    children = [start_child(tmp_path, url) for _ in range(2)]
    errors = [child.communicate(timeout=90)[1] for child in children]
    assert errors == ["", ""]
    assert [child.returncode for child in children] == [0, 0]
    assert all_files(tmp_path) == WHOLE


@pytest.mark.skipif(os.name == "nt", reason="sends SIGINT to another process")
def test_interrupt_stops_and_leaves_nothing(tmp_path, mirror):
    half, bystander = mirror(goes_silent), mirror(good)
    child = start_child(tmp_path, half.url, bystander.url)
    deadline = time.monotonic() + 60
    while not half.asked and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.2)
    child.send_signal(signal.SIGINT)
    error = child.communicate(timeout=30)[1]
    assert child.returncode != 0 and "\nKeyboardInterrupt: " in error
    assert f"{half.url}train-images-idx3-ubyte.gz: interrupted" in error
    assert "To place it by hand" in error and str(tmp_path / "mnist") in error
    assert "During handling" not in error and "the data set 'digits' needs no" in error
    assert all_files(tmp_path) == [] and bystander.asked == []


def test_interrupt_is_no_reason_to_ask_the_next(tmp_path, monkeypatch):
    asked = []

    def interrupted(url):
        asked.append(url)
        raise KeyboardInterrupt

    monkeypatch.setattr(fetch, "download", interrupted)
    with pytest.raises(KeyboardInterrupt) as caught:
        mnist.read(cache=tmp_path, mirrors=["http://a/", "http://b/"], files=FILES)
    assert len(asked) == 1 and all_files(tmp_path) == []
    message = str(caught.value)
    assert message.startswith("train-images-idx3-ubyte is not in the cache folder, and")
    assert "its download was interrupted. Tried:\n  http://a/train-images" in message
    assert "To place it by hand" in message and "http://b/" not in message


def test_a_mistake_in_the_code_is_no_reason_to_ask_the_next(tmp_path, monkeypatch):
    monkeypatch.setattr(fetch, "download", lambda url: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        mnist.read(cache=tmp_path, mirrors=["http://a/", "http://b/"], files=FILES)


def half_written(path, content):
    with path.open("wb") as f:
        f.write(content[: len(content) // 2])
    raise KeyboardInterrupt


def test_interrupt_while_it_is_kept_leaves_nothing(tmp_path, mirror, monkeypatch):
    monkeypatch.setattr(Path, "write_bytes", half_written)
    with pytest.raises(KeyboardInterrupt):
        mnist.read(cache=tmp_path, mirrors=[mirror(good).url], files=FILES)
    assert all_files(tmp_path) == []


@pytest.mark.parametrize("moment", ["write_bytes", "replace"])
def test_interrupted_write_leaves_nothing(moment, tmp_path, monkeypatch):
    from course_utils import files

    whole = tmp_path / "file"
    whole.write_bytes(b"before")

    def stop(*_):
        raise KeyboardInterrupt

    if moment == "write_bytes":
        monkeypatch.setattr(Path, "write_bytes", half_written)
    else:
        monkeypatch.setattr(files.os, "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        files.write_atomically(whole, b"after")
    assert all_files(tmp_path) == ["file"] and whole.read_bytes() == b"before"


@pytest.mark.parametrize(
    "data, reason",
    [
        (b"", "expected 00 00 08 03 and 3 sizes of 4 bytes, got nothing"),
        (b"\x00\x00\x08", "got 00 00 08"),
        (HTML, "got 3c 21"),
        (b"\x00\x00\x08\x01" + CONTENTS["train-images-idx3-ubyte"][4:], "00 00 08 01"),
        (b"\x00\x00\x0d\x03" + CONTENTS["train-images-idx3-ubyte"][4:], "00 00 0d 03"),
        (CONTENTS["train-images-idx3-ubyte"][:-1], "(40, 28, 28), and 31359 values"),
        (CONTENTS["train-images-idx3-ubyte"] + b"x", "(40, 28, 28), and 31361 values"),
        (b"\x00\x00\x08\x03" + b"\xff" * 12, "4294967295), and 0 values"),
    ],
)
def test_damaged_header(data, reason):
    with pytest.raises(ValueError, match="images: damaged IDX header") as caught:
        mnist.parse_idx(data, 3, "images")
    assert reason in str(caught.value)


def test_images_and_labels_must_go_together(tmp_path):
    made = {**CONTENTS, "t10k-labels-idx1-ubyte": CONTENTS["train-labels-idx1-ubyte"]}
    for name, body in made.items():
        (tmp_path / name).write_bytes(body)
    with pytest.raises(ValueError, match="12 images came with 40 labels"):
        mnist.read(cache=tmp_path, mirrors=[], files=made_mnist.known_files(made))


def test_sixty_thousand_images_are_parsed_without_a_copy():
    data = made_mnist.idx_bytes(np.zeros((60000, 28, 28), np.uint8))
    start = time.process_time()
    images = mnist.parse_idx(data, 3, "images")
    assert time.process_time() - start < 0.05
    assert images.shape == (60000, 28, 28) and not images.flags.owndata
