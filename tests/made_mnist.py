"""A small made set in MNIST's format, for tests that need no real digits."""

import gzip
import hashlib

import numpy as np

from course_utils.mnist import FILES

NAMES = tuple(FILES)


def arrays(seed=0):
    """Train images (40, 28, 28) and labels, test images (12, 28, 28) and labels."""
    rng = np.random.default_rng(seed)
    return tuple(
        part
        for number in (40, 12)
        for part in (
            rng.integers(0, 256, (number, 28, 28), dtype=np.uint8),
            rng.integers(0, 10, number, dtype=np.uint8),
        )
    )


def contents(seed=0):
    """The four files, decompressed, by name: 00 00 08 axes, the sizes, the values."""
    return {
        name: bytes([0, 0, 8, values.ndim])
        + np.array(values.shape, ">u4").tobytes()
        + values.tobytes()
        for name, values in zip(NAMES, arrays(seed), strict=True)
    }


def archives(seed=0):
    """The four files as published, by name with .gz; the same bytes at every call."""
    made = contents(seed)
    return {f"{name}.gz": gzip.compress(data, mtime=0) for name, data in made.items()}


def known_files():
    """What stands in `mnist.FILES` for the made set."""
    return {name: hashlib.sha256(data).hexdigest() for name, data in contents().items()}


def place(folder):
    """Write the four archives into a folder; returns their known files."""
    for name, body in archives().items():
        (folder / name).write_bytes(body)
    return known_files()
