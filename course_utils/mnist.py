"""MNIST's four files: hand-placed in the cache folder, else fetched once by pooch.

MNIST is by LeCun, Cortes and Burges, CC BY-SA 3.0; data/README.md says more.
"""

import gzip
import hashlib
import io
import itertools
import os
import threading
import time
import zlib
from collections import deque
from pathlib import Path

import numpy as np
import pooch

CACHE_VARIABLE = "VAE_COURSE_CACHE"
MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
# The SHA-256 of the decompressed bytes, so that a mirror may compress anew.
HASHES = """
train-images-idx3-ubyte ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db
train-labels-idx1-ubyte 65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5
t10k-images-idx3-ubyte  0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7
t10k-labels-idx1-ubyte  ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2
"""
FILES = dict(line.split() for line in HASHES.strip().splitlines())
PATIENCE_S = 30.0  # of silence, then the next mirror is asked
MIN_RATE = 5000  # bytes a second on average, after a start of 2 * PATIENCE_S
MAX_BYTES = 2**26  # more than any of the files: an endless answer must not fill memory


def cache_folder() -> Path:
    """The folder in VAE_COURSE_CACHE, else "vae-course" in the user's cache."""
    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(os.path.expanduser(chosen or pooch.os_cache("vae-course")))


def read() -> list[np.ndarray]:
    """Train images (60000, 28, 28) and labels (60000,), test likewise; all uint8.

    Files placed in the cache folder or its subfolder "mnist" are used and left as they
    are; missing ones are fetched into "mnist". ValueError names a file there that is
    damaged; FileNotFoundError says what was tried and how to place a file by hand.
    """
    mirrors, arrays = deque(MIRRORS), []
    for name, sha256 in FILES.items():
        content = _placed(name, sha256) or _fetched(name, sha256, mirrors)
        start, shape = (16, (-1, 28, 28)) if "images" in name else (8, (-1,))
        arrays.append(np.frombuffer(content, np.uint8, offset=start).reshape(shape))
    return arrays


def _placed(name: str, sha256: str) -> bytes | None:
    """What the first file found in the cache folder holds, under any usual name."""
    folders = cache_folder(), cache_folder() / "mnist"
    stems = name, name.replace("-idx", ".idx")
    for folder, stem, end in itertools.product(folders, stems, ("", ".gz")):
        path = folder / f"{stem}{end}"
        if path.is_file():
            content = _unpacked(path.read_bytes(), path)
            if (found := hashlib.sha256(content).hexdigest()) != sha256:
                raise ValueError(
                    f"{path} is damaged or another file, move it away: its SHA-256"
                    f" (decompressed) is {found}, expected {sha256}"
                )
            return content
    return None


def _fetched(name: str, sha256: str, mirrors: deque[str]) -> bytes:
    """From the first mirror that has the right file; it is asked first from then on."""
    folder, tried = cache_folder() / "mnist", ""
    for _ in range(len(mirrors)):
        url = f"{mirrors[0].rstrip('/')}/{name}.gz"
        try:  # pooch compares the hash before the file gets its name
            known = dict(known_hash=f"sha256:{sha256}", fname=name, path=folder)
            return Path(pooch.retrieve(url, downloader=_save, **known)).read_bytes()
        except (OSError, ValueError) as error:  # requests' errors are OSErrors
            tried += f"\n  {url}: {type(error).__name__}: {error}"
            mirrors.rotate(-1)
    raise FileNotFoundError(
        f"MNIST's {name} is not in {cache_folder()}, and no mirror gave it. To place it"
        f" by hand, put {name}.gz (or {name}, decompressed) into that folder, or into"
        f" another that {CACHE_VARIABLE} names. The data sets 'mnist_small' and"
        f" 'digits' need no download. Tried:{tried or ' no mirror'}"
    )


def _save(url: str, path: str, _: object) -> None:
    """Write what `url` answers, decompressed; TimeoutError if it comes too slowly.

    A thread reads, since a read of bytes that drip in does not return; given up, it is
    left behind, and ends with its next bytes or the process.
    """
    failed: list[Exception] = []
    shown = os.environ.get("VAE_COURSE_PROGRESS", "1") != "0"
    get = pooch.HTTPDownloader(progressbar=shown, timeout=PATIENCE_S, chunk_size=2**12)

    def run() -> None:
        try:
            get(url, answer, None)
        except Exception as error:
            failed.append(error)

    with io.BytesIO() as answer:
        thread, start = threading.Thread(target=run, daemon=True), time.monotonic()
        thread.start()
        while thread.is_alive():
            thread.join(0.1)  # short: an interrupt is noticed between two waits
            if answer.tell() > MAX_BYTES:
                raise ValueError(f"an answer of more than {MAX_BYTES} bytes")
            if time.monotonic() - start > 2 * PATIENCE_S + answer.tell() / MIN_RATE:
                raise TimeoutError(f"slower than {MIN_RATE} bytes a second")
        if failed:
            raise failed[0]
        Path(path).write_bytes(_unpacked(answer.getvalue(), url))


def _unpacked(content: bytes, origin: object) -> bytes:
    """Decompressed, if it is an archive; ValueError names one that is damaged."""
    if content[:2] != b"\x1f\x8b":
        return content
    try:
        return gzip.GzipFile(fileobj=io.BytesIO(content)).read(MAX_BYTES)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"{origin} is a damaged archive ({error})") from None
