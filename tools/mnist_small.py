"""Make data/mnist_small.npz, the images that come with the course, and print its hash.

They are the first 6000 training and the first 1000 test images of MNIST with their
labels, uint8. The same files in give the same bytes out (with the same zlib). MNIST
is fetched, or read from the folder in VAE_COURSE_CACHE.
"""

import hashlib
import io
import zipfile
from pathlib import Path

import numpy as np

from course_utils import mnist
from course_utils.data import SMALL

TRAIN, TEST = 6000, 1000


def write(path: Path, **arrays: np.ndarray) -> None:
    """As numpy.savez_compressed, but without the time of day in the file."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, values in arrays.items():
            content = io.BytesIO()
            np.lib.format.write_array(content, values, allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy")  # dated 1980
            archive.writestr(entry, content.getvalue(), zipfile.ZIP_DEFLATED, 9)


def main(path: Path = SMALL) -> None:
    train, train_labels, test, test_labels = mnist.read()
    write(
        path,
        train_images=train[:TRAIN],
        train_labels=train_labels[:TRAIN],
        test_images=test[:TEST],
        test_labels=test_labels[:TEST],
    )
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    print(f"{path.name}: {path.stat().st_size} bytes, SHA-256 {digest}")


if __name__ == "__main__":
    main()
