"""Where shipped files are, and how a file is written: whole or not at all."""

import os
import secrets
from pathlib import Path

# Weights, codes and scores that come with the course, whatever the working directory.
SHIPPED = Path(__file__).resolve().parents[1] / "data"


def write_atomically(path: Path, content: bytes) -> None:
    """Put `content` under `path` in one step; on any error `path` stays as it was.

    The bytes first go to a name of their own in the same folder (made if need be),
    so neither an interrupt nor a second writer leaves part of a file under `path`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    try:
        part.write_bytes(content)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
