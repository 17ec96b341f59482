"""A file of known contents: from a cache folder, else from mirrors in turn.

The SHA-256 of the decompressed bytes decides what is accepted, so a mirror may
compress anew. A download stays in memory until it is checked; nothing else is stored.
"""

import gzip
import hashlib
import io
import logging
import os
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pooch
from tqdm.auto import tqdm

from course_utils.files import write_atomically

CACHE_VARIABLE = "VAE_COURSE_CACHE"
TIMEOUT_S = 30.0  # of silence, then the next mirror is asked
MAX_BYTES = 2**26  # more than any file here: an endless answer must not fill memory
PLAIN_WORDS = {
    "ConnectionError": "no connection (no network, refused, or it went silent)",
    "ConnectTimeout": "no answer in time",
    "ReadTimeout": "no answer in time",
    "ChunkedEncodingError": "truncated: the connection broke off",
}
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class KnownFile:
    """A file that mirrors offer as `name`.gz, with its hashes."""

    name: str
    sha256: str  # of the decompressed bytes
    archive_hash: str  # "algorithm:digest" of the archive as published


def cache_folder() -> Path:
    """The folder in VAE_COURSE_CACHE, else "vae-course" in the user's cache."""
    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(chosen).expanduser() if chosen else Path(pooch.os_cache("vae-course"))


def obtain(file: KnownFile, cache: Path, subfolder: str, mirrors: list[str]) -> bytes:
    """The decompressed bytes of `file`.

    Looks in `cache` and cache/subfolder, compressed or not, then asks the mirrors and
    keeps the archive in cache/subfolder. A mirror that served moves to the front of
    `mirrors`. FileNotFoundError says what was tried and how to place the file by hand.
    """
    tried: list[str] = []
    for folder in (cache, cache / subfolder):
        for path in (folder / file.name, folder / f"{file.name}.gz"):
            try:
                return verified(path.read_bytes(), file)
            except (FileNotFoundError, NotADirectoryError):
                continue
            except (OSError, ValueError) as error:
                tried.append(f"{path}: {error}")
    for mirror in list(mirrors):
        url = f"{mirror.rstrip('/')}/{file.name}.gz"
        try:
            content = _download(url)
            data = verified(content, file)
        except (OSError, ValueError) as error:  # requests' errors are OSErrors
            tried.append(f"{url}: {_reason(error)}")
            continue
        mirrors.insert(0, mirrors.pop(mirrors.index(mirror)))
        algorithm, digest = file.archive_hash.split(":")
        if hashlib.new(algorithm, content, usedforsecurity=False).hexdigest() != digest:
            _log.info("%s is no archive as published, but its contents are right", url)
        name = file.name if content == data else f"{file.name}.gz"
        _keep(cache / subfolder / name, content)
        return data
    lines = "".join(f"  {line}\n" for line in tried or ["no mirror was named"])
    raise FileNotFoundError(
        f"{file.name} is not in the cache folder, and no mirror gave it. Tried:\n"
        f"{lines}To place it by hand, put {file.name}.gz (or {file.name}, decompressed)"
        f" into {cache / subfolder} or into a folder that {CACHE_VARIABLE} names."
    )


def verified(content: bytes, file: KnownFile) -> bytes:
    """The decompressed bytes of an archive, or of bytes that need no decompression.

    ValueError says in what way they are not those of `file`.
    """
    data = content
    if content[:2] == b"\x1f\x8b":
        try:
            data = gzip.GzipFile(fileobj=io.BytesIO(content)).read(MAX_BYTES + 1)
        except EOFError:
            raise ValueError("truncated: the archive ends too early") from None
        except (OSError, zlib.error) as error:
            raise ValueError(f"a damaged archive ({error})") from None
    found = hashlib.sha256(data).hexdigest()
    if found == file.sha256:
        return data
    if content.lstrip()[:1] == b"<":
        raise ValueError("a web page (HTML) instead of the file")
    raise ValueError(
        f"{len(data)} bytes of other contents: SHA-256 (decompressed) {found},"
        f" expected {file.sha256}"
    )


class _Bounded(io.BytesIO):
    """Bytes in memory, MAX_BYTES at most."""

    def write(self, chunk: Any) -> int:
        """ValueError once there is more."""
        if self.tell() > MAX_BYTES:
            raise ValueError(f"an answer of more than {MAX_BYTES} bytes")
        return super().write(chunk)


def _download(url: str) -> bytes:
    progress = os.environ.get("VAE_COURSE_PROGRESS", "1") != "0"
    buffer = _Bounded()
    look = {"desc": Path(url).name, "unit": "B", "unit_scale": True, "leave": False}
    with tqdm(total=1, disable=not progress, **look) as bar:
        get = pooch.HTTPDownloader(progress and bar, 2**16, timeout=TIMEOUT_S)
        get(url, buffer, None)
    return buffer.getvalue()


def _reason(error: Exception) -> str:
    """In plain words why a mirror was passed over."""
    if (response := getattr(error, "response", None)) is not None:
        return f"HTTP status {response.status_code}"
    if type(error) is ValueError:
        return str(error)
    return PLAIN_WORDS.get(type(error).__name__, f"{type(error).__name__}: {error}")


def _keep(path: Path, content: bytes) -> None:
    try:
        write_atomically(path, content)
    except OSError as error:
        warnings.warn(
            f"{path.name} was fetched but cannot be kept ({error}); let"
            f" {CACHE_VARIABLE} name a folder that can be written",
            stacklevel=2,
        )
