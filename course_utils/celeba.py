"""CelebA as its authors distribute it, made like the Olivetti faces: grey, 64x64.

You download it yourself, and its terms (research, not commerce) are between you and
its authors: Z. Liu, P. Luo, X. Wang and X. Tang, Deep Learning Face Attributes in the
Wild, 2015.
"""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from course_utils.faces import SHAPE

IMAGES, ATTRIBUTES = "img_align_celeba", "list_attr_celeba.txt"
IDENTITIES = "identity_CelebA.txt"


def read(
    folder: Path | str,
    *,
    people: int = 400,
    each: int = 10,
    attribute: str = "Eyeglasses",
) -> tuple[Tensor, Tensor, Tensor]:
    """Photographs (N, 4096), person (N,) and attribute (N,) of a folder.

    `folder` holds img_align_celeba/, list_attr_celeba.txt and identity_CelebA.txt. Kept
    are `each` photographs of `people` persons: half of them, as far as there are so
    many, appear both with and without the attribute; the others, by their number, in
    one way. ValueError if there are too few.
    """
    root = Path(folder)
    for name in (IMAGES, ATTRIBUTES, IDENTITIES):
        if not (root / name).exists():
            raise FileNotFoundError(f"{root} has no {name}, which CelebA comes with")
    lines = (root / ATTRIBUTES).read_text().splitlines()
    names = lines[1].split()
    if attribute not in names:
        raise ValueError(f"CelebA has no attribute {attribute!r}; it has {names}")
    rows = (line.split() for line in lines[2:] if line.strip())
    has = {row[0]: row[1 + names.index(attribute)] == "1" for row in rows}
    files: dict[int, list[str]] = {}
    for line in (root / IDENTITIES).read_text().splitlines():
        if line.strip():
            files.setdefault(int(line.split()[1]), []).append(line.split()[0])
    # Alternating with and without, so that the photographs kept show both if they can.
    ranked = {}
    for number, own in files.items():
        worn = [[f for f in sorted(own) if has[f] is value] for value in (True, False)]
        few = max(min(len(worn[0]), each // 2), each - len(worn[1]))
        kept = worn[0][:few] + worn[1][: each - few]
        if len(kept) == each:
            ranked[number] = kept
    if len(ranked) < people:
        raise ValueError(
            f"{len(ranked)} people have {each} photographs, {people} were asked for"
        )
    ways = {n: len({has[f] for f in ranked[n]}) for n in sorted(ranked)}
    both, one = ([n for n in ways if ways[n] == k] for k in (2, 1))
    few = min(len(both), max(people // 2, people - len(one)))
    order = both[:few] + one[: people - few]
    rows_kept = [(k, file) for k, n in enumerate(order) for file in sorted(ranked[n])]
    pictures = [_grey(root / IMAGES / file) for _, file in rows_kept]
    person = torch.tensor([k for k, _ in rows_kept])
    return torch.stack(pictures), person, torch.tensor([has[f] for _, f in rows_kept])


def _grey(path: Path) -> Tensor:
    """The face in the middle of an aligned photograph of 178 x 218, 64x64."""
    with Image.open(path) as photograph:
        face = photograph.convert("L").crop((25, 45, 153, 173)).resize(SHAPE)
        return torch.tensor(np.asarray(face, dtype=np.float32) / 255).flatten()
