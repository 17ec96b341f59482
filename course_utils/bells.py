"""Twenty bells fitted to codes, with the interface of torch.distributions."""

import numpy as np
import torch
from sklearn.mixture import GaussianMixture
from torch import Tensor


class Bells:
    """A mixture of Gaussians fitted to codes (N, J) by EM, as in lesson 08."""

    def __init__(self, number: int, codes: Tensor) -> None:
        """ValueError for fewer codes than bells, and for NaN."""
        self._fitted = GaussianMixture(number, tol=1e-2, random_state=0)
        self._fitted.fit(codes.double().numpy())

    def log_prob(self, z: Tensor) -> Tensor:
        """The log density at codes z (N, J): (N,), nats."""
        return torch.tensor(self._fitted.score_samples(z.double().numpy()))

    def sample(self, number: int) -> Tensor:
        """(number, J), the same in every call, in random order."""
        drawn, _ = self._fitted.sample(number)  # these are sorted by bell
        mixed = np.random.default_rng(0).permutation(drawn)
        return torch.tensor(mixed).float()
