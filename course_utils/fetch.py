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

import pooch

from course_utils.download import MAX_BYTES, download, reason
from course_utils.files import write_atomically

CACHE_VARIABLE = "VAE_COURSE_CACHE"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class KnownFile:
    """A file that mirrors offer as `name`.gz, with its hashes.

    The decompressed file may also be called `alias`.
    """

    name: str
    sha256: str  # of the decompressed bytes
    archive_hash: str  # "algorithm:digest" of the archive as published
    alias: str


def cache_folder() -> Path:
    """The folder in VAE_COURSE_CACHE, else "vae-course" in the user's cache."""
    chosen = os.environ.get(CACHE_VARIABLE)
    if not chosen:
        return Path(pooch.os_cache("vae-course"))
    try:
        return Path(chosen).expanduser()
    except RuntimeError as error:
        raise ValueError(
            f"{CACHE_VARIABLE} must name a folder, got {chosen!r}: {error}"
        ) from None


def obtain(file: KnownFile, cache: Path, subfolder: str, mirrors: list[str]) -> bytes:
    """The decompressed bytes of `file`.

    Looks in `cache` and cache/subfolder, compressed or not, then asks the mirrors and
    keeps the archive in cache/subfolder. A mirror that served moves to the front of
    `mirrors`. FileNotFoundError, and KeyboardInterrupt during a download, say what was
    tried and how to place the file by hand; NotADirectoryError names what is no folder.
    """
    tried: list[str] = []
    state = "is not in the cache folder"
    for folder in (cache, cache / subfolder):
        for name in (file.name, f"{file.name}.gz", file.alias):
            try:
                return verified((folder / name).read_bytes(), file)
            except (FileNotFoundError, NotADirectoryError):
                continue  # _parent says where a file stands in place of a folder
            except OSError as error:
                state = "cannot be read in the cache folder"
                tried.append(f"{folder / name}: {error}")
            except ValueError as error:
                state = "is damaged in the cache folder"
                tried.append(f"{folder / name}: {error}")
    target = cache / subfolder
    _parent(target)
    for mirror in list(mirrors):
        url = f"{mirror.rstrip('/')}/{file.name}.gz"
        try:
            content = download(url)
            data = verified(content, file)
        except (OSError, ValueError) as error:  # requests' errors are OSErrors
            tried.append(f"{url}: {reason(error)}")
            continue
        except KeyboardInterrupt:
            tried.append(f"{url}: interrupted")
            state += ", and its download was interrupted"
            raise KeyboardInterrupt(_advice(file, target, state, tried)) from None
        mirrors.insert(0, mirrors.pop(mirrors.index(mirror)))
        algorithm, digest = file.archive_hash.split(":")
        if hashlib.new(algorithm, content, usedforsecurity=False).hexdigest() != digest:
            _log.info("%s is no archive as published, but its contents are right", url)
        name = file.name if content == data else f"{file.name}.gz"
        _keep(target / name, content)
        return data
    state += ", and no mirror gave it"
    raise FileNotFoundError(_advice(file, target, state, tried))


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


def _parent(folder: Path) -> Path:
    """`folder`, or the nearest folder above that exists.

    NotADirectoryError for something else in its place.
    """
    places = (folder, *folder.parents)
    place = next((p for p in places if os.path.lexists(p)), places[-1])
    if not os.path.isdir(place):
        what = (
            "a file" if os.path.exists(place) else "a link or drive that leads nowhere"
        )
        raise NotADirectoryError(
            f"{place} is {what}, expected a folder: move it away, or let"
            f" {CACHE_VARIABLE} name another folder"
        )
    return place


def _advice(file: KnownFile, folder: Path, state: str, tried: list[str]) -> str:
    """What was tried, and how to place the file by hand."""
    lines = "".join(f"  {line}\n" for line in tried or ["no mirror was named"])
    where = f"{folder} or into a folder that {CACHE_VARIABLE} names."
    if not os.access(_parent(folder), os.W_OK | os.X_OK):
        where = (
            f"a folder, and let {CACHE_VARIABLE} name it ({folder} cannot be written)."
        )
    return (
        f"{file.name} {state}. Tried:\n{lines}To place it by hand, put {file.name}.gz"
        f" (or {file.name}, decompressed) into {where}"
    )


def _keep(path: Path, content: bytes) -> None:
    try:
        write_atomically(path, content)
    except OSError as error:
        warnings.warn(
            f"{path.name} was fetched but cannot be kept ({error}); let"
            f" {CACHE_VARIABLE} name a folder that can be written",
            stacklevel=2,
        )
