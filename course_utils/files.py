"""Where shipped files are, and how a file is written: whole or not at all."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

# Weights, codes and scores that come with the course, whatever the working directory.
SHIPPED = Path(__file__).resolve().parents[1] / "data"


def write_atomically(path: Path, content: bytes) -> None:
    """Put `content` under `path` in one step; on any error `path` stays as it was.

    The bytes first go to a name of their own in the same folder (made if need be),
    so neither an interrupt nor a second writer leaves part of a file under `path`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = _part(path)
    try:
        part.write_bytes(content)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def write_together(contents: Mapping[Path, bytes]) -> None:
    """Put each content under its path; on any error all paths hold what they held.

    Each file is replaced in one step, all of them one after the other: only a machine
    that stops in between leaves some new and some old.
    """
    before = {path: path.read_bytes() for path in contents if path.exists()}
    parts = {path: _part(path) for path in contents}
    replaced: list[Path] = []
    try:
        for path, part in parts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(contents[path])
        for path, part in parts.items():
            replaced.append(path)
            os.replace(part, path)
    except BaseException:  # Ctrl-C too
        for path in replaced:
            if path in before:
                write_atomically(path, before[path])
            else:
                path.unlink(missing_ok=True)
        raise
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)


def _part(path: Path) -> Path:
    """A name of its own in the same folder."""
    return path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
