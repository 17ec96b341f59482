"""A small made set in MNIST's format, for tests that need no real digits."""

import gzip
import hashlib

import numpy as np

from course_utils.fetch import KnownFile

TRAIN, TEST = 40, 12
NAMES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


def idx_bytes(values):
    """An unsigned-byte array in the IDX format."""
    header = bytes([0, 0, 8, values.ndim])
    return header + np.array(values.shape, ">u4").tobytes() + values.tobytes()


def arrays(seed=0):
    """Train images (40, 28, 28) and labels, test images (12, 28, 28) and labels."""
    rng = np.random.default_rng(seed)
    return tuple(
        part
        for number in (TRAIN, TEST)
        for part in (
            rng.integers(0, 256, (number, 28, 28), dtype=np.uint8),
            rng.integers(0, 10, number, dtype=np.uint8),
        )
    )


def contents(seed=0):
    """The four files, decompressed, by name."""
    return dict(zip(NAMES, map(idx_bytes, arrays(seed)), strict=True))


def archives(seed=0):
    """The four files as published, by name with .gz; the same bytes at every call."""
    made = contents(seed)
    return {f"{name}.gz": _archive(data) for name, data in made.items()}


def known_files(made):
    """What a loader knows of decompressed contents by name: names and hashes."""
    return tuple(
        KnownFile(
            name,
            hashlib.sha256(made[name]).hexdigest(),
            "sha256:" + hashlib.sha256(_archive(made[name])).hexdigest(),
            name.replace("-idx", ".idx"),
        )
        for name in NAMES
    )


def place(folder, seed=0):
    """Write the four archives into a folder; returns their known files."""
    for name, body in archives(seed).items():
        (folder / name).write_bytes(body)
    return known_files(contents(seed))


def _archive(data):
    return gzip.compress(data, 9, mtime=0)
