"""Thirteen ways to squeeze pictures into two numbers, each with its default settings.

What each keeps is told in the table of lesson 05; nothing here is tuned.
"""

import time

import numpy as np
import torch
from scipy.spatial.distance import cdist
from sklearn import cluster, decomposition, discriminant_analysis, manifold
from sklearn.kernel_approximation import Nystroem
from sklearn.neural_network import BernoulliRBM
from sklearn.pipeline import make_pipeline
from torch import Tensor

from course_utils.likelihoods import GreyCrossEntropy
from course_utils.models import Autoencoder, autoencoder_loss
from course_utils.training import fit

METHODS = (
    *("PCA", "classical MDS", "ICA", "dictionary", "k-means", "kernel PCA", "Isomap"),
    *("LLE", "t-SNE", "RBM", "autoencoder", "LDA", "kernel map + LDA"),
)


def classical_mds(pictures: Tensor) -> np.ndarray:
    """Places in the plane from the distances alone: (N, D) -> (N, 2)."""
    flat = pictures.double().numpy()
    apart = cdist(flat, flat) ** 2
    centred = apart - apart.mean(0) - apart.mean(1)[:, None] + apart.mean()
    value, vector = np.linalg.eigh(-centred / 2)
    return vector[:, -2:] * np.sqrt(value[-2:])


def autoencoder_map(pictures: Tensor) -> np.ndarray:
    """The codes of an autoencoder trained on these pictures: (N, D) -> (N, 2)."""
    torch.manual_seed(0)
    pixels = pictures.shape[1]
    model = Autoencoder(pixels=pixels, latents=2, likelihood=GreyCrossEntropy())
    fit(model, pictures, loss=autoencoder_loss, epochs=80, batch_size=64, cosine=True)
    return model.encode(pictures).detach().numpy()


def without_labels(name: str, pictures: Tensor) -> np.ndarray:
    """The map that a method makes of pictures (N, D) in [0, 1]: (N, 2)."""
    if name == "classical MDS":
        return classical_mds(pictures)
    if name == "autoencoder":
        return autoencoder_map(pictures)
    flat = decomposition.PCA(2, svd_solver="full")  # ICA trips over blank pixels
    known = {
        "PCA": flat,
        "ICA": make_pipeline(flat, decomposition.FastICA(2, random_state=0)),
        "dictionary": decomposition.MiniBatchDictionaryLearning(2, random_state=0),
        "k-means": cluster.KMeans(2, random_state=0),  # distances to two centres
        "kernel PCA": decomposition.KernelPCA(2, kernel="rbf", random_state=0),
        "Isomap": manifold.Isomap(n_components=2),
        "LLE": manifold.LocallyLinearEmbedding(n_components=2, random_state=0),
        "t-SNE": manifold.TSNE(2, random_state=0),
        "RBM": BernoulliRBM(2, random_state=0),
    }
    return known[name].fit_transform(pictures.double().numpy())


def with_labels(name: str, known: Tensor, labels: Tensor, asked: Tensor) -> np.ndarray:
    """LDA, straight or after a kernel map, fitted on known pictures: (N, 2)."""
    lda = discriminant_analysis.LinearDiscriminantAnalysis(n_components=2)
    method = make_pipeline(Nystroem(random_state=0), lda) if "kernel" in name else lda
    method.fit(known.double().numpy(), labels.numpy())
    return method.transform(asked.double().numpy())


def every_map(
    asked: Tensor, known: Tensor, labels: Tensor
) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The map (N, 2) that each method makes of `asked`, and how long that took.

    Those that use labels learn from `known`, so that they do not see the answers.
    """
    maps, took = {}, {}
    for name in METHODS:
        begun = time.process_time()
        if "LDA" in name:
            maps[name] = with_labels(name, known, labels, asked)
        else:
            maps[name] = without_labels(name, asked)
        took[name] = "under 1 s" if time.process_time() - begun < 0.7 else "seconds"
    return maps, took


def right_guesses(codes: np.ndarray, labels: Tensor) -> float:
    """Share of labels that the five nearest other codes name rightly: (N, 2), (N,)."""
    z = torch.as_tensor(codes)
    votes = labels[torch.cdist(z, z).argsort(1)[:, 1:6]].mode(1).values
    return (votes == labels).float().mean().item()


def grid_over(codes: Tensor, side: int) -> tuple[Tensor, np.ndarray, tuple]:
    """Tiles over the plane of codes (N, 2): centres, how many codes lie in each, edges.

    The edges (left, right, low, top) leave room, an eighth of the range on each side;
    the range is that of all codes but half a percent. The first row is on top.
    """
    ends = torch.quantile(codes, torch.tensor([0.005, 0.995]), dim=0)
    (left, low), (right, top) = ends.lerp(ends.flip(0), -0.125).tolist()
    steps = (torch.arange(side) + 0.5) / side
    down, across = top - (top - low) * steps, left + (right - left) * steps
    x, y = codes.T.numpy()
    box = np.array([[left, right], [low, top]])
    counts, *_ = np.histogram2d(x, y, bins=side, range=box)
    centres = torch.cartesian_prod(down, across).flip(1)
    return centres, counts.T[::-1], (left, right, low, top)
