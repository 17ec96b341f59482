"""A small folder in the layout in which CelebA's authors distribute it."""

from pathlib import Path

import numpy as np
from PIL import Image


def make(folder: Path, *, people: int, each: int = 10) -> Path:
    """Pictures of noise, 178 x 218; the later a person's number, the brighter.

    The first 8 appear with and without glasses, the others always or never; who wears
    them has a dark bar. Files are numbered across people, as in CelebA.
    """
    rng = np.random.default_rng(0)
    (folder / "img_align_celeba").mkdir(parents=True)
    attributes, identities = [], []
    for number in range(people * each):
        person = number % people
        turn = number // people
        glasses = turn % 2 == 0 if person < 8 else person % 2 == 0
        pixels = rng.uniform(0, 60, (218, 178)) + 60 + 2.5 * person
        if glasses:
            pixels[95:120, 40:140] = 0
        name = f"{number + 1:06}.jpg"
        Image.fromarray(pixels.astype(np.uint8)).convert("RGB").save(
            folder / "img_align_celeba" / name
        )
        attributes.append(f"{name} {1 if turn % 3 else -1:2} {1 if glasses else -1:2}")
        identities.append(f"{name} {100 + person}")
    head = [str(len(attributes)), "Smiling Eyeglasses"]
    (folder / "list_attr_celeba.txt").write_text("\n".join(head + attributes) + "\n")
    (folder / "identity_CelebA.txt").write_text("\n".join(identities) + "\n")
    return folder
