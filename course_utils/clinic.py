"""The ward of lesson 11: the lesson's own loss with one line of it changed, trained."""

import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn

from course_utils.evaluation import elbo
from course_utils.judging import Loss
from course_utils.likelihoods import Bernoulli, Gaussian, Likelihood
from course_utils.models import VAE, kl_to_standard_normal, reparameterise, vae_loss
from course_utils.training import evaluate, fit

# The healthy lines, and for each patient the one that is changed and what it becomes.
ENCODE = "mu, log_var = model.encode(x)"
DRAW = "z = mu + (log_var / 2).exp() * eps"
DECODE = "x_logits = model.decode(z)"
KL = "kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var)"
TOTALS = "nll, kl = nll.sum(1).mean(), kl.sum(1).mean()"
LOSS = 'return {"loss": nll + kl, "reconstruction": nll}'
GAUSSIAN = "nll = 0.5 * ((x - mean) ** 2 + math.log(2 * math.pi))"
BUGS = {
    "A": (DRAW, "z = mu + log_var * eps"),
    "B": (DRAW, "z = mu + log_var.exp() * eps"),
    "C": ("eps = torch.randn_like(mu)", "eps = torch.rand_like(mu)"),
    "D": (KL, "kl = 0.5 * (mu**2 + (2 * log_var).exp() - 1) - log_var"),
    "E": (DRAW, f"{DRAW} if model.training else mu"),
    "F": (TOTALS, "nll, kl = nll.mean(), kl.sum(1).mean()"),
    "G": (TOTALS, "nll, kl = nll.sum(1).mean(), kl.mean()"),
    "H": (TOTALS, "nll, kl = nll.sum(1).mean(), kl.sum()"),
    "I": (LOSS, 'return {"loss": nll - kl, "reconstruction": nll}'),
    "J": (GAUSSIAN, "nll = 0.5 * (x - mean) ** 2"),
    "K": (DECODE, "x_logits = model.decode(z).sigmoid()"),
    "L": (DRAW, "z = torch.distributions.Normal(mu, (log_var / 2).exp()).sample()"),
    "M": (ENCODE, "mu, log_var = torch.no_grad()(model.encode)(x)"),
    "N": (DECODE, "x_logits = model.decode(eps)"),
    "O": (DECODE, "x_logits = model.decode(z.detach())"),
}


@dataclass(frozen=True)
class Patient:
    """A trained model; before training and after each epoch, on test pictures: nats."""

    model: nn.Module
    reported: list[float]  # the loss of its program
    honest: list[float]  # its -ELBO
    kl: list[float]


def ill(program: Callable, patient: str) -> Callable:
    """`program` with the patient's line for its healthy one; ValueError if unknown."""
    if patient not in BUGS:
        raise ValueError(f"no patient {patient!r} on the ward; known: {[*BUGS]}")
    healthy, bug = BUGS[patient]
    source = textwrap.dedent(inspect.getsource(program))
    if (times := source.count(healthy)) != 1:
        raise ValueError(f"{healthy!r} must stand once in the program, found {times}")
    space = dict(program.__globals__)
    exec(compile(source.replace(healthy, bug), f"<patient {patient}>", "exec"), space)
    return space[program.__name__]


def reveal(*patients: str) -> None:
    """Print what was changed: the healthy line, and the patient's."""
    for patient in patients:
        healthy, bug = BUGS[patient]
        print(f"{patient}  - {healthy}\n   + {bug}")


def admit(
    loss: Loss,
    train: Tensor,
    test: Tensor,
    *,
    latents: int = 8,
    hidden: tuple[int, ...] = (128,),
    likelihood: Likelihood | None = None,
    seed: int = 1,
    **recipe: Any,
) -> Patient:
    """Train the ward's VAE with `loss` on pictures (N, D); `recipe` is for `fit`."""
    torch.manual_seed(seed)  # all patients start from the same weights
    pixels, meaning = train.shape[1], likelihood or Bernoulli()
    model = VAE(pixels=pixels, latents=latents, likelihood=meaning, hidden=hidden)
    model.to(recipe.get("device") or "cpu")
    start = evaluate(model, test, loss=loss)["loss"]

    def opinion(model: nn.Module) -> Tensor:
        bound = elbo(model, test)
        return torch.tensor([-bound.value, bound.kl])

    recipe |= {"seed": seed, "test": test, "watch": opinion}
    history = fit(model, train, loss=loss, **recipe)
    honest, kl = torch.stack(history.watched).T.tolist()
    return Patient(model, [start, *history.test["loss"]], honest, kl)


def treated(price: Callable[[Tensor, float], Tensor], *, steps: int) -> Loss:
    """-ELBO, in training with price(KL (B, J), share of the steps done) for its KL."""
    step = 0

    def loss(model: VAE, x: Tensor) -> dict[str, Tensor]:
        nonlocal step
        if not model.training:
            return vae_loss(model, x)
        step += 1
        mu, log_var = model.encode(x)
        nll = model.likelihood.nll(model.decode(reparameterise(mu, log_var)), x).mean()
        return {"loss": nll + price(kl_to_standard_normal(mu, log_var), step / steps)}

    return loss


def living(model: VAE, images: Tensor) -> int:
    """Units of the encoder's first layer that are on for some picture (N, D)."""
    return int((model.encoder[:2](images) > 0).any(dim=0).sum())


def without_code(likelihood: Likelihood, train: Tensor, test: Tensor) -> float:
    """-log p of `test` (N, D), each pixel alike in all pictures as in `train`: nats."""
    mean = train.mean(dim=0)
    if not isinstance(likelihood, Gaussian):
        mean = mean.clamp(1e-3, 1 - 1e-3).logit()
    log_var = train.var(dim=0).clamp(min=1e-8).log()
    output = torch.cat([mean, log_var]) if likelihood.heads == 2 else mean
    return likelihood.nll(output.expand(len(test), -1), test).mean().item()


def draw_of(program: Callable, *, training: bool = True) -> Callable:
    """The function draw(mu, log_var) of (B, J): the code that the program decodes."""

    def draw(mu: Tensor, log_var: Tensor) -> Tensor:
        seen = []

        def decode(z: Tensor) -> Tensor:
            seen.append(z)
            return torch.zeros(len(z), 1)

        spy = SimpleNamespace(training=training, decode=decode)
        spy.encode = lambda x: (mu, log_var)
        program(spy, torch.zeros(len(mu), 1))
        return seen[0]

    return draw
