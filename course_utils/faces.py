"""Faces with and without glasses: what ships, and the photographs behind it.

`load` gives the trained VAE and the codes of the 400 Olivetti faces; no photograph
comes with the course. `olivetti` and `celeba.read` get them, for tools/faces.py.
"""

import csv
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.datasets import fetch_olivetti_faces
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from course_utils import weights
from course_utils.conv import ConvVAE
from course_utils.files import SHIPPED
from course_utils.mnist import CACHE_VARIABLE

SHAPE = (64, 64)
FOLDER_VARIABLE = "VAE_COURSE_FACES"  # a folder that tools/faces.py has made
GLASSES = SHIPPED / "olivetti_glasses.csv"
STRENGTH = 0.1  # of the judges: one over their penalty


@dataclass(frozen=True)
class Faces:
    """A VAE and, for N pictures: codes mu, log_var (N, J), person and glasses (N,).

    `judges` (folds, D + 1) are linear classifiers, weights and then bias; judge k has
    not seen the people with fold k in `fold` (N,). `unseen` (2, n, D): pictures rebuilt
    by this model, and by one that has never seen those people. `measured` holds what
    tools/faces.py found on the photographs.
    """

    model: ConvVAE
    mu: Tensor
    log_var: Tensor
    person: Tensor
    glasses: Tensor
    fold: Tensor
    judges: Tensor
    unseen: Tensor
    card: dict[str, Any]
    measured: dict[str, Any]

    def __post_init__(self) -> None:
        """ValueError for tensors that do not go together."""
        rows = {len(t) for t in (self.mu, self.person, self.glasses, self.fold)}
        if len(rows) != 1 or self.mu.shape[1:] != (self.model.latents,):
            raise ValueError(
                f"the model has {self.model.latents} latents; codes {(*self.mu.shape,)}"
                f" do not go with it, or with {len(self.person)} people's numbers"
            )

    def index(self, person: int, photograph: int) -> int:
        """Where a person's photograph stands; IndexError if there is none."""
        rows = (self.person == person).nonzero()[:, 0].tolist()
        if not 0 <= photograph < len(rows):
            raise IndexError(
                f"person {person} has {len(rows)} photographs, got number {photograph}"
            )
        return rows[photograph]


def folder() -> Path:
    """The folder that VAE_COURSE_FACES names, else the one that ships."""
    return Path(os.environ.get(FOLDER_VARIABLE) or SHIPPED / "faces")


def load() -> Faces:
    """What lies in `folder()`; FileNotFoundError if a file is not there.

    The model is not to be trained further: what it decodes asks for no gradient.
    """
    files = "vae.safetensors", "codes.safetensors", "measured.json"
    vae, codes, scores = (folder() / name for name in files)
    for path in (vae, codes, scores):
        if not path.is_file():
            raise FileNotFoundError(f"no {path}: tools/faces.py --out makes it")
    (model, card), (tensors, _) = weights.load(vae), weights.load_tensors(codes)
    tensors["glasses"] = tensors["glasses"].bool()
    measured = json.loads(scores.read_text())
    return Faces(model.requires_grad_(False), card=card, measured=measured, **tensors)


def grey_contrast(pictures: Tensor) -> Tensor:
    """Pictures (N, ...) as rows of mean 0, deviation 1: light and contrast are gone."""
    x = pictures.flatten(1)
    return (x - x.mean(1, keepdim=True)) / x.std(1, correction=0, keepdim=True)


def judges(pictures: Tensor, glasses: Tensor, fold: Tensor) -> Tensor:
    """Logistic regressions from pictures (N, H, W), or some rows of them, to glasses.

    (folds, H W + 1): weights, bias; judge k has not seen the pictures with fold k, and
    has seen each of the others also as its mirror image.
    """
    trained = []
    for k in fold.unique():
        seen, worn = pictures[fold != k], glasses[fold != k].repeat(2)
        inputs = grey_contrast(torch.cat([seen, seen.flip(2)]).double()).numpy()
        judge = LogisticRegression(C=STRENGTH, max_iter=1000).fit(inputs, worn.numpy())
        trained.append(np.concatenate([judge.coef_[0], judge.intercept_]))
    return torch.tensor(np.array(trained), dtype=torch.float32)


def olivetti() -> tuple[Tensor, Tensor, Tensor]:
    """Photographs (400, 4096) in [0, 1], person (400,), glasses (400,).

    scikit-learn downloads them once, into VAE_COURSE_CACHE or else its own cache.
    """
    try:
        bunch = fetch_olivetti_faces(data_home=os.environ.get(CACHE_VARIABLE))
    except OSError as error:
        raise FileNotFoundError(
            f"the Olivetti faces could not be downloaded ({error}); put scikit-learn's"
            f" olivetti_py3.pkz into a folder and let {CACHE_VARIABLE} name it"
        ) from error
    with GLASSES.open(newline="") as file:
        glasses = [row["glasses"] == "1" for row in csv.DictReader(file)]
    people = torch.tensor(bunch.target, dtype=torch.int64)
    return torch.tensor(bunch.data), people, torch.tensor(glasses)
