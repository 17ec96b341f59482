"""MNIST's four IDX files: fetched, checked and parsed.

MNIST is by LeCun, Cortes and Burges, CC BY-SA 3.0; data/README.md says more.
"""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from course_utils.fetch import KnownFile, cache_folder, obtain

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
FILES = (
    KnownFile(
        "train-images-idx3-ubyte",
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "md5:f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "train-images.idx3-ubyte",
    ),
    KnownFile(
        "train-labels-idx1-ubyte",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "sha256:3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        "train-labels.idx1-ubyte",
    ),
    KnownFile(
        "t10k-images-idx3-ubyte",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "sha256:8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "t10k-images.idx3-ubyte",
    ),
    KnownFile(
        "t10k-labels-idx1-ubyte",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        "sha256:f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        "t10k-labels.idx1-ubyte",
    ),
)
AXES = (3, 1, 3, 1)  # images have three, labels one


def read(
    *,
    cache: Path | None = None,
    mirrors: Iterable[str] | None = None,
    files: Sequence[KnownFile] | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Train images (60000, 28, 28) and labels (60000,), test likewise; all uint8.

    Without arguments: from the folder in VAE_COURSE_CACHE or the user's cache, or its
    subfolder "mnist", else from the mirrors. FileNotFoundError if neither has the
    files; ValueError for a damaged header or unequal numbers of images and labels.
    An interrupted download raises KeyboardInterrupt with the same advice.
    """
    folder = cache_folder() if cache is None else cache
    queue = list(MIRRORS if mirrors is None else mirrors)
    wanted = FILES if files is None else files
    try:
        contents = [obtain(file, folder, "mnist", queue) for file in wanted]
    except (FileNotFoundError, KeyboardInterrupt) as error:
        needs = (
            f"MNIST needs {', '.join(file.name for file in wanted)};"
            " the data set 'digits' needs no download."
        )
        raise type(error)(f"{error}\n{needs}".lstrip()) from None
    train, train_labels, test, test_labels = (
        parse_idx(data, axes, file.name)
        for data, axes, file in zip(contents, AXES, wanted, strict=True)
    )
    for images, labels in [(train, train_labels), (test, test_labels)]:
        if len(images) != len(labels):
            raise ValueError(f"{len(images)} images came with {len(labels)} labels")
    return train, train_labels, test, test_labels


def parse_idx(data: bytes, axes: int, name: str) -> np.ndarray:
    """The uint8 array in IDX bytes: 00 00 08 axes, big-endian sizes, the values.

    The array is a read-only view of `data`. ValueError names what the header holds
    and what was expected.
    """
    start = 4 + 4 * axes
    expected = bytes([0, 0, 8, axes])
    if len(data) < start or data[:4] != expected:
        raise ValueError(
            f"{name}: damaged IDX header: expected {expected.hex(' ')} and {axes}"
            f" sizes of 4 bytes, got {data[:start].hex(' ') or 'nothing'}"
        )
    shape = tuple(np.frombuffer(data, ">u4", axes, 4).tolist())
    number = len(data) - start
    if number != math.prod(shape):
        raise ValueError(
            f"{name}: damaged IDX header: it announces the shape {shape},"
            f" and {number} values follow"
        )
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)
